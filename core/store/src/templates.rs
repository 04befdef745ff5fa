//! Message templates: our drafts, and where each stands with its provider.

use domain::{
    ChannelId, TemplateId,
    template::{Template, TemplateCategory, TemplatePurpose, TemplateReport, TemplateStatus},
};
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    channel_id: Uuid,
    purpose: String,
    name: String,
    language: String,
    category: String,
    text: String,
    examples: String,
    status: String,
    provider_id: Option<String>,
    reason: Option<String>,
}

impl Row {
    fn template(self) -> Result<Template, StoreError> {
        Ok(Template {
            id: TemplateId(self.id),
            channel: ChannelId(self.channel_id),
            purpose: TemplatePurpose::parse(&self.purpose).ok_or(StoreError::Corrupt("template purpose"))?,
            name: self.name,
            language: self.language,
            category: TemplateCategory::parse(&self.category).ok_or(StoreError::Corrupt("template category"))?,
            text: self.text,
            examples: codec::from_json(&self.examples, "template examples")?,
            status: TemplateStatus::parse(&self.status).ok_or(StoreError::Corrupt("template status"))?,
            provider_id: self.provider_id,
            reason: self.reason,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, channel_id, purpose, name, language, category, text, examples, status, provider_id, reason ",
            "FROM message_templates WHERE tenant_id = $1 ",
            $rest
        )
    };
}

/// Keeps a draft. False when this name and language exist on the channel already.
pub async fn insert(tx: &mut TenantTx, template: &Template) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO message_templates
        (tenant_id, id, channel_id, purpose, name, language, category, text, examples, status, provider_id, reason, changed_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(template.id.0)
        .bind(template.channel.0)
        .bind(template.purpose.as_str())
        .bind(&template.name)
        .bind(&template.language)
        .bind(template.category.as_str())
        .bind(&template.text)
        .bind(codec::json(&template.examples))
        .bind(template.status.as_str())
        .bind(&template.provider_id)
        .bind(&template.reason)
        .bind(now)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

pub async fn find(tx: &mut TenantTx, id: TemplateId) -> Result<Option<Template>, StoreError> {
    const SQL: &str = select!("AND id = $2");
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(Row::template).transpose()
}

/// By channel, name and language.
pub async fn all(tx: &mut TenantTx) -> Result<Vec<Template>, StoreError> {
    const SQL: &str = select!("ORDER BY channel_id, name, language");
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_all(conn).await?);
    rows.into_iter().map(Row::template).collect()
}

/// What may be sent for `purpose` on a channel, in every language there is.
pub async fn approved(
    tx: &mut TenantTx,
    channel: ChannelId,
    purpose: TemplatePurpose,
) -> Result<Vec<Template>, StoreError> {
    const SQL: &str = select!("AND channel_id = $2 AND purpose = $3 AND status = 'approved' ORDER BY changed_us DESC");
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(channel.0)
        .bind(purpose.as_str())
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(Row::template).collect()
}

/// Notes what the provider says of a template of ours. False when none has this name and language.
pub async fn report(tx: &mut TenantTx, channel: ChannelId, report: &TemplateReport) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE message_templates SET status = $5, provider_id = coalesce($6, provider_id), reason = $7,
        category = coalesce($8, category), changed_us = $9
        WHERE tenant_id = $1 AND channel_id = $2 AND name = $3 AND language = $4";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(channel.0)
        .bind(&report.name)
        .bind(&report.language)
        .bind(report.status.as_str())
        .bind(&report.provider_id)
        .bind(&report.reason)
        .bind(report.category.map(TemplateCategory::as_str))
        .bind(now)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(changed == 1)
}
