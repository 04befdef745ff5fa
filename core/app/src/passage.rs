//! The window in use: what may be said now is said, what may not waits in sight until the customer writes.

use domain::{
    Language, MessageId,
    channel::{Line, Provider},
    conversation::Conversation,
    delivery::{DeliveryClass, Ticks},
    message::{Author, Body, Message},
    template::{Template, filled, places},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{
    TenantTx, jobs, outbox,
    waiting::{self, Waiting},
};

use crate::{App, view::AppError};

/// Kind of the job, as stored: never reused for anything else.
pub(crate) const EXPIRE: &str = "expire_waiting";
/// How long a message waits when nothing else says so.
pub(crate) const PATIENCE: SignedDuration = SignedDuration::from_hours(72);

impl App {
    /// Puts a message into the thread without sending it. `None`: this cause waits already.
    pub(crate) async fn hold_back(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        said: (Body, Author, &str),
        expires_at: Timestamp,
    ) -> Result<Option<MessageId>, AppError> {
        let (body, author, cause) = said;
        let dedupe_key = format!("{}:{cause}", conversation.id);
        if waiting::waits(tx, &dedupe_key).await? {
            return Ok(None);
        }
        let now = self.env.now();
        let message = Message { ticks: Some(Ticks::Queued), ..self.said(conversation.id, author, body.clone(), now) };
        store::messages::insert(tx, &message).await?;
        let held = Waiting { message: message.id, conversation: conversation.id, dedupe_key, body, expires_at };
        self.wait_in_sight(tx, &held).await?;
        store::conversations::spoke(tx, conversation.id, now).await?;
        store::events::push(tx, "message", conversation.id).await?;
        Ok(Some(message.id))
    }

    /// Makes a message wait that is in the thread already.
    pub(crate) async fn wait_in_sight(&self, tx: &mut TenantTx, held: &Waiting) -> Result<(), AppError> {
        waiting::push(tx, held).await?;
        self.expire_later(tx, held).await
    }

    async fn expire_later(&self, tx: &mut TenantTx, held: &Waiting) -> Result<(), AppError> {
        let payload = json!({ "message": held.message });
        jobs::push(tx, EXPIRE, &held.dedupe_key, &payload, held.expires_at).await?;
        Ok(())
    }

    /// The customer wrote: what waited leaves, in its order.
    pub(crate) async fn let_through(
        &self,
        tx: &mut TenantTx,
        line: &Line,
        conversation: &Conversation,
    ) -> Result<(), AppError> {
        let now = self.env.now();
        for held in waiting::take(tx, conversation.id).await? {
            if held.expires_at <= now {
                self.gave_up(tx, held.message).await?;
                continue;
            }
            let departure = outbox::Departure {
                channel: line.id,
                conversation: conversation.id,
                message: held.message,
                dedupe_key: held.dedupe_key,
                class: DeliveryClass::NeverLost,
                recipient: conversation.address.clone(),
                body: held.body,
                reply_to: None,
                expires_at: Some(held.expires_at),
                at: now,
            };
            outbox::push(tx, &departure).await?;
        }
        Ok(())
    }

    /// `Some`: there was nothing to do, and why.
    pub(crate) async fn expire_waiting(&self, job: &jobs::Claimed) -> Result<Option<&'static str>, AppError> {
        let id = job.payload.get("message").and_then(|id| id.as_str()).and_then(|id| id.parse::<MessageId>().ok());
        let Some(id) = id else { return Ok(Some("no message")) };
        let mut tx = self.store.write(job.tenant).await?;
        if waiting::remove(&mut tx, id).await? {
            self.gave_up(&mut tx, id).await?;
            tx.commit().await?;
            self.ring();
        }
        Ok(None)
    }

    async fn gave_up(&self, tx: &mut TenantTx, message: MessageId) -> Result<(), AppError> {
        let reason = "the customer did not write in time, and no template was approved";
        store::messages::report(tx, message, None, Ticks::Failed, Some(reason)).await?;
        store::events::push(tx, "status", message).await?;
        Ok(())
    }
}

/// The version that a customer of `language` can read: the same language, the same region first.
pub(crate) fn in_language(templates: &[Template], language: Language) -> Option<&Template> {
    let tag = language.tag().replace('-', "_");
    let spoken = tag.split('_').next().unwrap_or_default().to_owned();
    let exact = templates.iter().find(|template| template.language.eq_ignore_ascii_case(&tag));
    exact.or_else(|| templates.iter().find(|template| template.language.split('_').next() == Some(spoken.as_str())))
}

/// A template with its values, as it leaves: providers that number their contents know it by that number.
pub(crate) fn template_body(provider: Provider, template: &Template, values: Vec<String>) -> Body {
    let params: Vec<String> = values.into_iter().take(places(&template.text)).collect();
    let name = match (provider, &template.provider_id) {
        (Provider::Twilio, Some(content)) => content.clone(),
        _ => template.name.clone(),
    };
    Body::Template { name, language: template.language.clone(), text: filled(&template.text, &params), params }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        ChannelId, TemplateId,
        template::{TemplateCategory, TemplatePurpose, TemplateStatus},
    };
    use uuid::Uuid;

    fn template(language: &str) -> Template {
        Template {
            id: TemplateId(Uuid::nil()),
            channel: ChannelId(Uuid::nil()),
            purpose: TemplatePurpose::Reminder,
            name: "visit_reminder".into(),
            language: language.into(),
            category: TemplateCategory::Utility,
            text: "Le esperamos para {{1}} el {{2}}.".into(),
            examples: vec![],
            status: TemplateStatus::Approved,
            provider_id: Some("HX1".into()),
            reason: None,
        }
    }

    #[test]
    fn customers_are_written_to_in_their_language_or_not_at_all() {
        let all = [template("es"), template("es_MX"), template("en_US")];
        let chosen = |language| in_language(&all, language).map(|template| template.language.as_str());
        assert_eq!(chosen(Language::Spanish), Some("es_MX"));
        assert_eq!(chosen(Language::English), Some("en_US"));
        assert_eq!(chosen(Language::Portuguese), None);
    }

    #[test]
    fn a_template_takes_as_many_values_as_it_has_places() {
        let values = || vec!["corte".to_owned(), "lunes".to_owned(), "Luis".to_owned()];
        let meta = template_body(Provider::Meta, &template("es"), values());
        let Body::Template { name, params, text, .. } = &meta else { panic!("{meta:?}") };
        assert_eq!(
            (name.as_str(), params.len(), text.as_str()),
            ("visit_reminder", 2, "Le esperamos para corte el lunes.")
        );
        assert!(
            matches!(template_body(Provider::Twilio, &template("es"), values()), Body::Template { name, .. } if name == "HX1")
        );
    }
}
