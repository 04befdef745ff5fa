//! Message templates at Meta. They belong to the business account, so the line needs its `waba_id`.

use domain::{
    channel::{Event, Line},
    delivery::{RefusalKind, SendFailure},
    template::{Template, TemplateCategory, TemplateReport, TemplateStatus},
};
use serde_json::{Value, json};

use super::Graph;
use crate::answers::refused;

/// Pages of the list that are read; a hundred templates each.
const PAGES: usize = 20;

impl Graph {
    fn templates_url(&self, line: &Line) -> Result<String, SendFailure> {
        let account = line.secret("waba_id");
        let sound = !account.is_empty() && account.chars().all(|letter| letter.is_ascii_alphanumeric());
        let lacking = || refused(RefusalKind::AccountProblem, None, "the channel has no business account (waba_id)");
        sound.then(|| format!("{}/{account}/message_templates", self.base)).ok_or_else(lacking)
    }

    pub(super) async fn submit(&self, line: &Line, template: &Template) -> Result<TemplateReport, SendFailure> {
        let mut body = json!({ "type": "BODY", "text": template.text });
        if let (false, Some(fields)) = (template.examples.is_empty(), body.as_object_mut()) {
            fields.insert("example".to_owned(), json!({ "body_text": [template.examples] }));
        }
        let new = json!({
            "name": template.name,
            "language": template.language,
            "category": template.category.as_str().to_ascii_uppercase(),
            "components": [body],
        });
        let made = self.success(line, self.clients.api.post(self.templates_url(line)?).json(&new)).await?;
        Ok(TemplateReport {
            name: template.name.clone(),
            language: template.language.clone(),
            status: TemplateStatus::of_provider(made.get("status").and_then(Value::as_str).unwrap_or_default()),
            provider_id: made.get("id").and_then(id),
            reason: None,
            category: category(&made, "category"),
        })
    }

    pub(super) async fn reports(&self, line: &Line) -> Result<Vec<TemplateReport>, SendFailure> {
        let (url, mut after, mut reports) = (self.templates_url(line)?, String::new(), Vec::new());
        for _ in 0..PAGES {
            let mut query = vec![("fields", "name,language,status,category,rejected_reason"), ("limit", "100")];
            if !after.is_empty() {
                query.push(("after", after.as_str()));
            }
            let page = self.success(line, self.clients.api.get(&url).query(&query)).await?;
            let rows = page.get("data").and_then(Value::as_array).into_iter().flatten();
            reports.extend(rows.filter_map(row));
            let next = page.pointer("/paging/next").and(page.pointer("/paging/cursors/after")).and_then(Value::as_str);
            let Some(next) = next else { break };
            after = next.to_owned();
        }
        Ok(reports)
    }
}

fn row(row: &Value) -> Option<TemplateReport> {
    let get = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(TemplateReport {
        name: get("name")?,
        language: get("language")?,
        status: TemplateStatus::of_provider(&get("status")?),
        provider_id: row.get("id").and_then(id),
        reason: get("rejected_reason").filter(|reason| reason != "NONE"),
        category: category(row, "category"),
    })
}

/// `message_template_status_update`, and the update that moves a template to another category.
pub(super) fn update(field: &str, value: &Value) -> Option<Event> {
    let get = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    if field != "message_template_status_update" {
        return None;
    }
    let reason = value.pointer("/rejection_info/reason").and_then(Value::as_str).map(str::to_owned);
    let report = TemplateReport {
        name: get("message_template_name")?,
        language: get("message_template_language")?,
        status: TemplateStatus::of_provider(&get("event")?),
        provider_id: value.get("message_template_id").and_then(id),
        reason: reason.or_else(|| get("reason")).filter(|reason| reason != "NONE"),
        category: category(value, "message_template_category"),
    };
    Some(Event::Template { report })
}

/// Text in answers, a number in webhooks.
fn id(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string()))
}

fn category(value: &Value, name: &str) -> Option<TemplateCategory> {
    value.get(name).and_then(Value::as_str).and_then(TemplateCategory::parse)
}
