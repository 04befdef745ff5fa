//! How a message may reach a customer now: as free text, as a template, or not before the customer writes again.

use jiff::Timestamp;

use crate::{channel::Provider, conversation::window_closes, template::Template};

/// The way open to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage<'a> {
    /// Anything goes.
    FreeText,
    /// Only what the provider has approved goes, and this is approved.
    Template(&'a Template),
    /// Nothing goes until the customer writes, which opens the window.
    Wait,
}

/// The one place that decides it, for the assistant, jobs, the API and members alike.
///
/// `approved` is the template that would say it, if there is one; its status is looked at here.
pub fn choose(
    provider: Provider,
    last_inbound_at: Option<Timestamp>,
    now: Timestamp,
    approved: Option<&Template>,
) -> Passage<'_> {
    let open = !provider.has_window() || window_closes(last_inbound_at).is_some_and(|closes| now < closes);
    match approved.filter(|template| template.status == crate::template::TemplateStatus::Approved) {
        _ if open => Passage::FreeText,
        Some(template) => Passage::Template(template),
        None => Passage::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ChannelId, TemplateId,
        template::{TemplateCategory, TemplatePurpose, TemplateStatus},
    };
    use uuid::Uuid;

    fn template(status: TemplateStatus) -> Template {
        Template {
            id: TemplateId(Uuid::nil()),
            channel: ChannelId(Uuid::nil()),
            purpose: TemplatePurpose::Reminder,
            name: "visit_reminder".into(),
            language: "es_MX".into(),
            category: TemplateCategory::Utility,
            text: String::new(),
            examples: vec![],
            status,
            provider_id: None,
            reason: None,
        }
    }

    #[test]
    fn the_way_depends_on_who_carries_when_they_wrote_and_what_is_approved() {
        let heard: Timestamp = "2026-03-02T15:00:00Z".parse().unwrap();
        let (approved, paused) = (template(TemplateStatus::Approved), template(TemplateStatus::Paused));
        let way = |provider, heard: Option<Timestamp>, now: &str, template| match choose(
            provider,
            heard,
            now.parse().unwrap(),
            template,
        ) {
            Passage::FreeText => "free",
            Passage::Template(_) => "template",
            Passage::Wait => "wait",
        };
        let (soon, margin, late) = ("2026-03-03T14:54:59Z", "2026-03-03T14:55:00Z", "2026-03-05T15:00:00Z");
        assert_eq!(way(Provider::Meta, Some(heard), soon, Some(&approved)), "free", "a template costs money");
        assert_eq!(way(Provider::Meta, Some(heard), margin, None), "wait", "clear of the end by five minutes");
        assert_eq!(way(Provider::Twilio, Some(heard), late, Some(&approved)), "template");
        assert_eq!(way(Provider::Meta, Some(heard), late, Some(&paused)), "wait", "paused is not approved");
        assert_eq!(way(Provider::Meta, None, soon, None), "wait", "never wrote");
        assert_eq!(way(Provider::Evolution, None, late, None), "free", "a phone knows no window");
        assert_eq!(way(Provider::Wassenger, Some(heard), late, Some(&approved)), "free");
    }
}
