//! The assistant's voice: messages of `templates/` filled in the conversation's language.

use domain::{
    Language,
    booking::{Booking, BookingItem, Quote},
    catalog::Service,
    message::{Body, Choice},
    tenant::Period,
};
use jiff::Timestamp;
use language::say::{self, Conjunction};
use scheduling::{Opening, Reason, Unable};
use serde_json::{Value, json};
use templates::messages::Messages;

use super::Facts;

/// Speaks one language about one tenant.
#[derive(Clone, Copy)]
pub(crate) struct Speech<'a> {
    messages: &'a Messages,
    facts: &'a Facts,
    language: Language,
}

impl<'a> Speech<'a> {
    pub(crate) fn new(messages: &'a Messages, facts: &'a Facts, language: Language) -> Self {
        Self { messages, facts, language }
    }

    pub(crate) fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }

    pub(crate) fn language(self) -> Language {
        self.language
    }

    /// A message whose names are all in `values`. One that does not render is a bug: logged, and the customer asked again.
    pub(crate) fn words(self, key: &str, values: Value) -> String {
        self.messages.render(self.language, key, values).unwrap_or_else(|error| {
            tracing::error!(%error, "a message does not render");
            self.messages.render(self.language, "unknown", json!({})).unwrap_or_default()
        })
    }

    pub(crate) fn text(self, key: &str) -> Body {
        Body::text(self.words(key, json!({})))
    }

    pub(crate) fn with(self, key: &str, values: Value) -> Body {
        Body::text(self.words(key, values))
    }

    pub(crate) fn choice(self, id: &str, key: &str) -> Choice {
        Choice { id: id.to_owned(), title: self.words(key, json!({})), description: String::new() }
    }

    /// "corte y barba".
    pub(crate) fn names(self, names: impl IntoIterator<Item = String>) -> String {
        let names: Vec<String> = names.into_iter().map(|name| lowered(&name)).collect();
        say::list(self.language, &names, Conjunction::And)
    }

    pub(crate) fn services(self, keys: &[String]) -> String {
        self.names(keys.iter().filter_map(|key| self.facts.service(key)).map(|service| self.service(service)))
    }

    pub(crate) fn items(self, items: &[BookingItem]) -> String {
        let name = |item: &BookingItem| {
            let service = self.facts.services.iter().find(|service| service.id == item.service);
            service.map_or_else(|| item.name.clone(), |service| self.service(service))
        };
        self.names(items.iter().map(name))
    }

    /// The tenant's name for it; in another language the module's, where it has one.
    pub(crate) fn service(self, service: &Service) -> String {
        let starters = self.facts.description.iter().flat_map(|description| &description.starter_services);
        let foreign =
            starters.filter(|_| self.language != self.facts.tenant.language).find(|starter| starter.key == service.key);
        foreign
            .and_then(|starter| super::name_in(self.language, &starter.names))
            .unwrap_or_else(|| service.name.clone())
    }

    pub(crate) fn who(self, items: &[BookingItem]) -> String {
        let mut names: Vec<String> = Vec::new();
        for claim in items.iter().flat_map(|item| &item.claims) {
            if !names.contains(&claim.name) {
                names.push(claim.name.clone());
            }
        }
        if names.is_empty() {
            self.words("anybody", json!({}))
        } else {
            say::list(self.language, &names, Conjunction::And)
        }
    }

    pub(crate) fn date(self, at: Timestamp) -> String {
        say::date(self.language, self.facts.local(at).date(), self.facts.wall().date())
    }

    pub(crate) fn time(self, at: Timestamp) -> String {
        say::at_time(self.language, self.facts.local(at).time())
    }

    /// The date as it stands in a sentence: "el jueves 5 de marzo", "on Thursday, March 5", "na quinta-feira, 5 de
    /// março", "hari Kamis, 5 Maret", and without more where it is near: "mañana, martes 3 de marzo".
    pub(crate) fn on(self, at: Timestamp) -> String {
        let date = self.date(at);
        let near = self.facts.local(at).date().duration_since(self.facts.wall().date()).as_hours() <= 24;
        match self.language {
            _ if near => date,
            Language::Spanish => format!("el {date}"),
            Language::English => format!("on {date}"),
            // "no sábado", "no domingo"; the other days are feminine.
            Language::Portuguese if date.starts_with("sáb") || date.starts_with("dom") => format!("no {date}"),
            Language::Portuguese => format!("na {date}"),
            Language::Indonesian => format!("hari {date}"),
        }
    }

    /// "el jueves 5 de marzo a las 5:00 p.m.".
    pub(crate) fn when(self, at: Timestamp) -> String {
        format!("{} {}", self.on(at), self.time(at))
    }

    /// For a button: "jue 5, 5:00 p.m.".
    pub(crate) fn short(self, at: Timestamp) -> String {
        let local = self.facts.local(at);
        format!("{}, {}", say::short_date(self.language, local.date()), say::time(self.language, local.time()))
    }

    /// What, when and with whom, for a message about a booking.
    pub(crate) fn about(self, booking: &Booking) -> Value {
        json!({
            "what": self.items(&booking.items),
            "date": self.date(booking.span.from()),
            "on": self.on(booking.span.from()),
            "time": self.time(booking.span.from()),
            "who": self.who(&booking.items),
            "total": say::money(self.language, booking.quote.total),
        })
    }

    pub(crate) fn about_opening(self, opening: &Opening) -> Value {
        json!({
            "what": self.items(&opening.items),
            "date": self.date(opening.start()),
            "on": self.on(opening.start()),
            "time": self.time(opening.start()),
            "who": self.who(&opening.items),
        })
    }

    /// Price lines, where there is more than the one.
    pub(crate) fn lines(self, quote: &Quote) -> Vec<String> {
        if quote.lines.len() < 2 {
            return Vec::new();
        }
        quote.lines.iter().map(|line| format!("{}: {}", line.label, say::money(self.language, line.amount))).collect()
    }

    /// The first reason that says something to a customer.
    pub(crate) fn reason(self, reasons: &[Reason]) -> String {
        let Some(reason) = reasons.first() else { return self.words("nothing_then", json!({})) };
        match reason {
            Reason::Past => self.words("past", json!({})),
            Reason::TooSoon { minutes } => {
                self.words("too_soon", json!({ "duration": say::duration(self.language, *minutes) }))
            }
            Reason::TooFar { days } => self.words("too_far", json!({ "days": days })),
            Reason::OffGrid { minutes } => self.words("off_grid", json!({ "minutes": minutes })),
            Reason::Closed { because } => {
                self.words("closed", json!({ "because": because.clone().unwrap_or_default() }))
            }
            Reason::PastClosing => self.words("past_closing", json!({})),
            Reason::NobodyCan { service } => self.words("nobody", json!({ "what": lowered(service) })),
            Reason::Wished { name, why, .. } | Reason::Needed { name, why, .. } => {
                let key = match why {
                    Unable::LacksSkill => "who_cannot",
                    Unable::NotWorking | Unable::Blocked => "who_away",
                    Unable::Away | Unable::Busy => "who_busy",
                    Unable::LimitReached => "who_full",
                };
                let what = self.facts.services.first().map(|service| lowered(&service.name)).unwrap_or_default();
                self.words(key, json!({ "who": name, "what": what }))
            }
            Reason::PastLatestStart { minute } => {
                let time = format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
                self.words("last_start", json!({ "time": time }))
            }
            Reason::PartyTooLarge { party, most, .. } => {
                self.words("party_too_large", json!({ "party": party, "most": most }))
            }
            Reason::CustomerLimit(limit) => {
                let period = match (limit.per, self.language) {
                    (Period::Day, Language::Spanish) => "un día",
                    (Period::Week, Language::Spanish) => "una semana",
                    (Period::Day, Language::English) => "day",
                    (Period::Week, Language::English) => "week",
                    (Period::Day, Language::Portuguese) => "um dia",
                    (Period::Week, Language::Portuguese) => "uma semana",
                    (Period::Day, Language::Indonesian) => "satu hari",
                    (Period::Week, Language::Indonesian) => "satu minggu",
                };
                self.words("your_limit", json!({ "period": period }))
            }
            Reason::Nothing => self.words("nothing_then", json!({})),
            Reason::AllTaken { .. } => self.words("all_taken", json!({})),
        }
    }
}

/// Names of services are written large in lists and small in sentences.
fn lowered(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
