//! The assistant's voice: messages of `templates/` filled in the conversation's language.

use domain::{
    Language,
    booking::{Booking, BookingItem, Claim, PriceLine, Quote},
    catalog::Service,
    message::{Body, Choice},
    tenant::Period,
};
use jiff::Timestamp;
use language::say::{self, Conjunction};
use scheduling::{Opening, Reason, Unable, Visit, VisitItem};
use serde_json::{Value, json};
use templates::messages::Messages;

use super::Facts;

/// Whom a visit is with, or, where it is with nobody, the room or whatever else is kept for it.
pub(crate) struct Company {
    pub(crate) who: String,
    pub(crate) person: bool,
}

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
        if let Some(own) = self.facts.texts.platform(key, self.language, &values) {
            return own;
        }
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

    /// Whom the customer will see; where that is nobody in particular, the room or whatever else is kept.
    pub(crate) fn who(self, items: &[BookingItem]) -> Company {
        let claims = items.iter().flat_map(|item| &item.claims);
        let is_person = |claim: &&Claim| self.facts.resource(claim.resource).is_none_or(|it| it.kind == "person");
        let (people, things): (Vec<&Claim>, Vec<&Claim>) = claims.partition(is_person);
        let person = !people.is_empty() || things.is_empty();
        let mut names: Vec<String> = Vec::new();
        for claim in if person { people } else { things } {
            if !names.contains(&claim.name) {
                names.push(claim.name.clone());
            }
        }
        if names.is_empty() {
            return Company { who: self.words("anybody", json!({})), person };
        }
        Company { who: say::list(self.language, &names, Conjunction::And), person }
    }

    pub(crate) fn date(self, at: Timestamp) -> String {
        say::date(self.language, self.facts.local(at).date(), self.facts.wall().date())
    }

    /// The date by itself, wherever today is: never "tomorrow".
    fn day(self, at: Timestamp) -> String {
        say::date(self.language, self.facts.local(at).date(), jiff::civil::Date::MIN)
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
        let Company { who, person } = self.who(&booking.items);
        json!({
            "what": self.items(&booking.items),
            "date": self.date(booking.span.from()),
            "day": self.day(booking.span.from()),
            "on": self.on(booking.span.from()),
            "time": self.time(booking.span.from()),
            "who": who,
            "person": person,
            "total": say::money(self.language, booking.quote.total),
        })
    }

    pub(crate) fn about_opening(self, opening: &Opening) -> Value {
        let Company { who, person } = self.who(&opening.items);
        json!({
            "what": self.items(&opening.items),
            "date": self.date(opening.start()),
            "on": self.on(opening.start()),
            "time": self.time(opening.start()),
            "who": who,
            "person": person,
        })
    }

    /// Price lines, where there is more than the one.
    pub(crate) fn lines(self, quote: &Quote) -> Vec<String> {
        if quote.lines.len() < 2 {
            return Vec::new();
        }
        let named = |line: &PriceLine| {
            let service = self.facts.services.iter().find(|service| line.key == "base" && service.name == line.label);
            service.map_or_else(|| line.label.clone(), |service| self.service(service))
        };
        quote.lines.iter().map(|line| format!("{}: {}", named(line), say::money(self.language, line.amount))).collect()
    }

    /// As [`Speech::reason`], where a day was asked for and no hour.
    pub(crate) fn reason_of_day(self, reasons: &[Reason], visit: &Visit) -> String {
        match reasons.first() {
            Some(Reason::Closed { because }) => {
                self.words("closed_day", json!({ "because": because.clone().unwrap_or_default() }))
            }
            _ => self.reason(reasons, visit),
        }
    }

    /// The first reason that says something to a customer.
    pub(crate) fn reason(self, reasons: &[Reason], visit: &Visit) -> String {
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
            Reason::Wished { resource, name, why } | Reason::Needed { resource, name, why } => {
                let key = match why {
                    Unable::LacksSkill => "who_cannot",
                    Unable::NotWorking | Unable::Blocked => "who_away",
                    Unable::Away | Unable::Busy => "who_busy",
                    Unable::LimitReached => "who_full",
                };
                let beyond = |item: &&VisitItem| !self.facts.suits(*resource, &item.service);
                let what = self.names(visit.items.iter().filter(beyond).map(|item| self.service(&item.service)));
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
