//! Message templates: drafted here, handed in, and kept level with what the provider says of them.

use domain::{
    ChannelId, ConversationId, MessageId, TemplateId,
    channel::Line,
    delivery::SendFailure,
    message::Author,
    template::{Template, TemplateStatus, lint, places},
};

use crate::{
    App,
    passage::template_body,
    view::{AppError, Clerk, NewTemplate, TemplateSync},
};

impl App {
    pub async fn templates(&self, clerk: &Clerk) -> Result<Vec<Template>, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        Ok(store::templates::all(&mut tx).await?)
    }

    /// Keeps a draft, or says everything that a provider would find wrong with it.
    pub async fn draft_template(&self, clerk: &Clerk, new: NewTemplate) -> Result<Template, AppError> {
        let flaws = lint(&new.name, &new.text, &new.examples);
        if !flaws.is_empty() {
            let told: Vec<String> = flaws.iter().map(ToString::to_string).collect();
            return Err(invalid("text", &told.join("; ")));
        }
        let sound = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
        if new.language.is_empty() || new.language.len() > 8 || !new.language.chars().all(sound) {
            return Err(invalid("language", "is a code like es_MX or en"));
        }
        let line = self.own_line(clerk, new.channel).await?;
        let template = Template {
            id: self.env.id(),
            channel: line.id,
            purpose: new.purpose,
            name: new.name,
            language: new.language,
            category: new.category,
            text: new.text,
            examples: new.examples,
            status: TemplateStatus::Draft,
            provider_id: None,
            reason: None,
        };
        let mut tx = self.store.write(clerk.tenant).await?;
        if !store::templates::insert(&mut tx, &template).await? {
            return Err(invalid("name", "exists in this language already"));
        }
        store::audit::append(&mut tx, &clerk.member.to_string(), "drafted_template", &template.id.to_string()).await?;
        tx.commit().await?;
        Ok(template)
    }

    /// Hands a draft in. The provider's refusal is told in its own words and changes nothing here.
    pub async fn submit_template(&self, clerk: &Clerk, id: TemplateId) -> Result<Template, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let template = store::templates::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        drop(tx);
        if !matches!(template.status, TemplateStatus::Draft | TemplateStatus::Rejected) {
            return Err(invalid("status", "it was handed in already"));
        }
        let line = self.own_line(clerk, template.channel).await?;
        let report = self.channel(&line)?.submit_template(&line, &template).await.map_err(|failure| told(&failure))?;
        let mut tx = self.store.write(clerk.tenant).await?;
        store::templates::report(&mut tx, line.id, &report).await?;
        store::audit::append(&mut tx, &clerk.member.to_string(), "submitted_template", &id.to_string()).await?;
        let now = store::templates::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        tx.commit().await?;
        Ok(now)
    }

    /// Asks the provider where everything stands. Templates we do not know are counted and left alone.
    pub async fn sync_templates(&self, clerk: &Clerk, channel: ChannelId) -> Result<TemplateSync, AppError> {
        let line = self.own_line(clerk, channel).await?;
        let reports = self.channel(&line)?.template_reports(&line).await.map_err(|failure| told(&failure))?;
        let mut sync = TemplateSync::default();
        let mut tx = self.store.write(clerk.tenant).await?;
        for report in &reports {
            let known = store::templates::report(&mut tx, line.id, report).await?;
            if known { sync.known += 1 } else { sync.unknown += 1 }
        }
        tx.commit().await?;
        Ok(sync)
    }

    /// A member sends an approved template: in the window and outside it.
    pub async fn reply_with_template(
        &self,
        clerk: &Clerk,
        conversation: ConversationId,
        template: TemplateId,
        values: Vec<String>,
        key: &str,
    ) -> Result<MessageId, AppError> {
        let talk = self.taken_over(clerk, conversation).await?;
        let line = self.line(talk.channel).await?.ok_or(AppError::NotFound)?;
        let mut tx = self.store.write(clerk.tenant).await?;
        let template = store::templates::find(&mut tx, template).await?.ok_or(AppError::NotFound)?;
        if template.channel != line.id || template.status != TemplateStatus::Approved {
            return Err(invalid("template", "is not approved on this channel"));
        }
        if values.len() != places(&template.text) || values.iter().any(|value| value.trim().is_empty()) {
            return Err(invalid("values", "the template takes one value for each of its places"));
        }
        let body = template_body(line.provider, &template, values);
        let (author, cause) = (Author::Member { member: clerk.member }, reply_cause(clerk, key));
        let said = self.say(&mut tx, &line, &talk, body, author, &cause, self.env.now()).await?;
        let message = self.said_already(&mut tx, conversation, said).await?;
        tx.commit().await?;
        self.ring();
        Ok(message)
    }

    /// A channel of the member's own tenant; another's does not exist.
    async fn own_line(&self, clerk: &Clerk, channel: ChannelId) -> Result<Line, AppError> {
        self.line(channel).await?.filter(|line| line.tenant == clerk.tenant).ok_or(AppError::NotFound)
    }
}

/// The same form twice is one message.
pub(crate) fn reply_cause(clerk: &Clerk, key: &str) -> String {
    format!("reply:{}:{}", clerk.member, key.chars().take(64).collect::<String>())
}

fn invalid(field: &str, reason: &str) -> AppError {
    AppError::Invalid { field: field.to_owned(), reason: reason.to_owned() }
}

fn told(failure: &SendFailure) -> AppError {
    match failure {
        SendFailure::Refused { reason, .. } => invalid("template", reason),
        SendFailure::NotSent { wait_seconds, .. } => {
            AppError::Unavailable { retry_after_seconds: wait_seconds.unwrap_or(30) }
        }
        SendFailure::Ambiguous { .. } => AppError::Unavailable { retry_after_seconds: 30 },
    }
}
