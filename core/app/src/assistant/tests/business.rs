//! A small business in memory: three people, three services, and a module that does as a transcript says.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    BookingId, Currency, CustomerId, Language, LocationId, Money, ReleaseId, ResourceId, ServiceId, Span, TenantId,
    booking::{Booking, BookingItem, BookingSource, BookingState, PriceLine, Quote},
    catalog::{Block, Count, HoursException, Need, Phase, Resource, Service, WeeklyHours, WeeklySpan},
    customer::Customer,
    tenant::{BookingPolicy, LateCancel, Location, Tenant, TenantStatus},
    vertical::{
        Activated, Ask, CallContext, Choice, ConfigProblem, Description, Desk, Dialog, Draft, Effect, Event, Form,
        Next, Nowhere, Objection, Question, Quotation, Review, StepAnswer, Text, Tool, ToolAnswer, Turn, Vertical,
        VerticalError, Words,
    },
};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use scheduling::{Busy, Inputs, Records, explain};
use uuid::Uuid;

use super::super::{Action, Facts, Outcome};

/// Whose bookings are whose.
const CUSTOMER: u128 = 1;
const STRANGER: u128 = 2;

#[derive(Clone)]
pub(super) struct Business {
    now: Timestamp,
    zone: TimeZone,
    language: Language,
    name: String,
    policy: BookingPolicy,
    no_shows: u32,
    waiting: bool,
    answered: std::collections::BTreeMap<String, Timestamp>,
    completed_visits: u32,
    services: Vec<Service>,
    resources: Vec<Resource>,
    blocks: Vec<Block>,
    pub(super) bookings: Vec<Booking>,
    module: Module,
    /// Somebody else is about to be faster.
    pub(super) racer: bool,
    /// What that somebody got.
    pub(super) raced: Option<BookingId>,
}

impl Business {
    /// "Estudio Luz" on Monday the second of March 2026, ten in the morning.
    pub(super) fn new() -> Self {
        let zone = TimeZone::get("America/Mexico_City").unwrap();
        Self {
            now: "2026-03-02T16:00:00Z".parse().unwrap(),
            zone,
            language: Language::Spanish,
            name: "Mariana Ruiz".into(),
            policy: BookingPolicy::default(),
            no_shows: 0,
            waiting: false,
            answered: std::collections::BTreeMap::new(),
            completed_visits: 0,
            services: vec![
                service(1, "corte", "Corte", &["corte", "haircut", "cut", "corte de pelo"], 45, 350),
                service(2, "tinte", "Tinte", &["color", "dye", "colour"], 120, 1_200),
                service(3, "barba", "Barba", &["beard", "beard trim", "arreglo de barba"], 30, 200),
            ],
            resources: vec![
                resource(11, "Ana", &["corte", "tinte"]),
                resource(12, "Luis", &["corte", "barba"]),
                resource(13, "Marta", &["tinte"]),
            ],
            blocks: Vec::new(),
            bookings: Vec::new(),
            module: Module::default(),
            racer: false,
            raced: None,
        }
    }

    /// `english`, `portuguese`, `indonesian`, `name Ann`, `no name`, `now 2026-03-05T09:00`, `wait 40`, `others Ana corte 2026-03-05T17:00`,
    /// `mine Ana corte 2026-03-05T17:00`, `away Ana 2026-03-05`, `full 2026-03-05 7` (days), `faster` (somebody takes
    /// the next slot first), `module notes`, `policy cutoff 1440`, `policy late fee 50`, `policy late refused`,
    /// `missed 3` (no-shows), `approval`, `visits 2` (that took place), `answered skin 2025-08-01T10:00` (a form's question, for
    /// the visit then).
    pub(super) fn direct(&mut self, directive: &str) {
        let words: Vec<&str> = directive.split_whitespace().collect();
        match words.as_slice() {
            ["english"] => self.speak(Language::English, ["Haircut", "Color", "Beard trim"]),
            ["portuguese"] => self.speak(Language::Portuguese, ["Corte", "Coloração", "Barba"]),
            ["indonesian"] => self.speak(Language::Indonesian, ["Potong rambut", "Cat rambut", "Cukur jenggot"]),
            ["no", "name"] => self.name.clear(),
            ["name", rest @ ..] => self.name = rest.join(" "),
            ["now", at] => self.now = self.at(at),
            ["wait", minutes] => {
                self.now = self.now.checked_add(SignedDuration::from_mins(minutes.parse().unwrap())).unwrap();
            }
            ["others", who, what, at] => self.book(STRANGER, who, what, at),
            ["mine", who, what, at] => self.book(CUSTOMER, who, what, at),
            ["away", who, date] => {
                let resource = self.resources.iter().find(|resource| resource.name == *who).unwrap().id;
                self.block(resource, date, 1);
            }
            ["full", date, days] => {
                for resource in self.resources.clone() {
                    self.block(resource.id, date, days.parse().unwrap());
                }
            }
            ["faster"] => self.racer = true,
            ["module", mode] => self.module = Module { mode: (*mode).to_owned() },
            ["policy", "cutoff", minutes] => self.policy.cancel_cutoff_minutes = minutes.parse().unwrap(),
            ["policy", "late", "fee", percent] => {
                self.policy.late_cancel = LateCancel::FeePercent(percent.parse().unwrap());
            }
            ["policy", "late", "refused"] => self.policy.late_cancel = LateCancel::Refused,
            ["visits", number] => self.completed_visits = number.parse().unwrap(),
            ["answered", question, at] => {
                self.answered.insert((*question).to_owned(), self.at(at));
            }
            ["approval"] => self.policy.needs_approval = true,
            ["missed", times] => self.no_shows = times.parse().unwrap(),
            _ => panic!("no such directive: {directive}"),
        }
    }

    fn speak(&mut self, language: Language, names: [&str; 3]) {
        self.language = language;
        for (service, name) in self.services.iter_mut().zip(names) {
            service.name = name.to_owned();
        }
    }

    fn at(&self, wall: &str) -> Timestamp {
        wall.parse::<DateTime>().unwrap().to_zoned(self.zone.clone()).unwrap().timestamp()
    }

    fn block(&mut self, resource: ResourceId, date: &str, days: i64) {
        let from = self.at(&format!("{date}T00:00"));
        let span = Span::new(from, from.checked_add(SignedDuration::from_hours(24 * days)).unwrap()).unwrap();
        let id = domain::BlockId(Uuid::from_u128(900 + u128::try_from(self.blocks.len()).unwrap()));
        self.blocks.push(Block { id, resource, span, reason: String::new() });
    }

    fn book(&mut self, customer: u128, who: &str, what: &str, at: &str) {
        let facts = self.facts();
        let resource = self.resources.iter().find(|resource| resource.name == who).unwrap().id;
        let visit = facts.visit(&[what.to_owned()], Some(resource), &[]);
        let mut inputs = self.inputs();
        inputs.policy.notice_minutes = 0;
        let opening = explain(&inputs, &visit, self.at(at)).unwrap_or_else(|reasons| panic!("{who} {at}: {reasons:?}"));
        let quote = Quote {
            lines: Vec::new(),
            total: visit.items.first().map_or(Money::zero(Currency::MXN), |item| item.service.price),
            deposit: None,
        };
        self.keep(customer, opening.span, opening.items, quote, BookingState::Confirmed);
    }

    fn keep(
        &mut self,
        customer: u128,
        span: Span,
        items: Vec<BookingItem>,
        quote: Quote,
        state: BookingState,
    ) -> Booking {
        let booking = Booking {
            id: BookingId(Uuid::from_u128(100 + u128::try_from(self.bookings.len()).unwrap())),
            location: LocationId(Uuid::nil()),
            customer: CustomerId(Uuid::from_u128(customer)),
            conversation: None,
            series: None,
            state,
            span,
            wall: String::new(),
            items,
            quote,
            party: 1,
            note: String::new(),
            source: BookingSource::Chat,
            hold_until: None,
            version: 1,
            created_at: self.now,
        };
        self.bookings.push(booking.clone());
        booking
    }

    fn live(&self, booking: &Booking) -> bool {
        booking.state.blocks() && booking.hold_until.is_none_or(|until| until > self.now)
    }

    fn inputs(&self) -> Inputs {
        let open = |weekday| WeeklySpan { weekday, from_minute: 600, to_minute: 1_200 };
        let claims = |booking: &Booking| {
            let claims = booking.items.iter().flat_map(|item| &item.claims);
            let spans = claims.flat_map(|claim| claim.blocked.iter().map(|span| (claim.resource, *span)));
            spans.map(|(resource, span)| Busy { resource, span, booking: Some(booking.id) }).collect::<Vec<_>>()
        };
        Inputs {
            location: LocationId(Uuid::nil()),
            zone: self.zone.clone(),
            now: self.now,
            policy: self.policy.clone(),
            location_hours: WeeklyHours((1..=6).map(open).collect()),
            exceptions: vec![HoursException {
                id: domain::BlockId(Uuid::from_u128(800)),
                location: LocationId(Uuid::nil()),
                resource: None,
                first: "2026-03-16".parse().unwrap(),
                last: "2026-03-16".parse().unwrap(),
                open: Vec::new(),
                reason: "día festivo".into(),
            }],
            resources: self.resources.clone(),
            blocks: self.blocks.clone(),
            busy: self.bookings.iter().filter(|booking| self.live(booking)).flat_map(claims).collect(),
            records: Records::default(),
        }
    }

    pub(super) fn facts(&self) -> Facts {
        let inputs = self.inputs();
        let mut mine: Vec<Booking> = self
            .bookings
            .iter()
            .filter(|booking| {
                booking.customer == CustomerId(Uuid::from_u128(CUSTOMER))
                    && booking.state != BookingState::Cancelled
                    && booking.span.to() > self.now
            })
            .cloned()
            .collect();
        mine.sort_by_key(|booking| booking.span.from());
        Facts {
            tenant: Tenant {
                id: TenantId(Uuid::nil()),
                slug: "luz".into(),
                name: "Estudio Luz".into(),
                language: self.language,
                currency: Currency::MXN,
                status: TenantStatus::Active,
                policy: self.policy.clone(),
            },
            location: Location {
                id: LocationId(Uuid::nil()),
                name: "Centro".into(),
                address: "Av. Juárez 10, Centro".into(),
                zone: self.zone.clone(),
                country: "MX".into(),
            },
            location_hours: inputs.location_hours.clone(),
            services: self.services.clone(),
            inputs,
            customer: Customer {
                id: CustomerId(Uuid::from_u128(CUSTOMER)),
                name: self.name.clone(),
                language: None,
                note: String::new(),
                no_shows: self.no_shows,
                member: false,
            },
            bookings: mine,
            offers: Vec::new(),
            waiting: self.waiting,
            texts: crate::texts::Texts::default(),
            completed_visits: self.completed_visits,
            last_visit: None,
            last_booking: self
                .bookings
                .iter()
                .filter(|booking| booking.customer == CustomerId(Uuid::from_u128(CUSTOMER)))
                .filter(|booking| !matches!(booking.state, BookingState::Cancelled | BookingState::Held))
                .max_by_key(|booking| booking.span.from())
                .cloned(),
            activated: (!self.module.mode.is_empty()).then(activated),
            description: (!self.module.mode.is_empty()).then(|| Arc::new(description(&self.module.mode))),
            vertical: Arc::new(self.module.clone()),
            outside: Arc::new(Nowhere),
            store: None,
            rehearsed: false,
            request: "turn:1".into(),
            allowance: None,
            rounding: String::new(),
            customer_fields: std::collections::BTreeMap::new(),
            answered: self.answered.clone(),
        }
    }

    /// As the app carries it out, without a database.
    pub(super) fn act(&mut self, action: &Action, facts: &Facts) -> Outcome {
        match action {
            Action::Hold { opening, quote, .. } => {
                if self.beaten(opening) {
                    return Outcome::Taken;
                }
                let until = SignedDuration::from_mins(i64::from(self.policy.hold_minutes));
                let mut booking =
                    self.keep(CUSTOMER, opening.span, opening.items.clone(), quote.clone(), BookingState::Held);
                booking.hold_until = self.now.checked_add(until).ok();
                self.put(booking.clone());
                Outcome::Held(booking)
            }
            Action::Confirm { booking } => {
                let Some(mut booking) = self.bookings.iter().find(|own| own.id == *booking).cloned() else {
                    return Outcome::Refused;
                };
                if booking.state != BookingState::Held || !self.live(&booking) {
                    return Outcome::Taken;
                }
                booking.state = booking.state.after(crate::bookings::yes_to(facts)).unwrap();
                self.put(booking.clone());
                Outcome::Confirmed(booking)
            }
            Action::Release { booking } => {
                if let Some(mut booking) = facts.booking(*booking).cloned() {
                    booking.state = BookingState::Cancelled;
                    self.put(booking);
                }
                Outcome::Done
            }
            Action::Cancel { booking, .. } => match facts.booking(*booking).cloned() {
                Some(mut booking) => {
                    booking.state = BookingState::Cancelled;
                    self.put(booking.clone());
                    Outcome::Cancelled(booking)
                }
                None => Outcome::Refused,
            },
            Action::Move { booking, opening, quote } => {
                if self.beaten(opening) {
                    return Outcome::Taken;
                }
                let Some(old) = facts.booking(*booking) else { return Outcome::Refused };
                let moved =
                    Booking { span: opening.span, items: opening.items.clone(), quote: quote.clone(), ..old.clone() };
                self.put(moved.clone());
                Outcome::Moved(moved)
            }
            Action::SetName { name } => {
                self.name.clone_from(name);
                Outcome::Done
            }
            Action::Join(_) => {
                self.waiting = true;
                Outcome::Joined { place: 2 }
            }
            Action::LeaveWaitlist => {
                self.waiting = false;
                Outcome::Done
            }
            // Offers are made by a job: `core/testkit` plays those.
            Action::TakeOffer { .. } | Action::PassOffer { .. } => Outcome::OfferGone,
            Action::HandToPerson { .. } | Action::OptOut | Action::OptIn | Action::Effects { .. } => Outcome::Done,
        }
    }

    fn put(&mut self, booking: Booking) {
        let own = self.bookings.iter_mut().find(|own| own.id == booking.id).unwrap();
        *own = booking;
    }

    fn beaten(&mut self, opening: &scheduling::Opening) -> bool {
        if std::mem::take(&mut self.racer) {
            let quote = Quote { lines: Vec::new(), total: Money::zero(Currency::MXN), deposit: None };
            let booking = self.keep(STRANGER, opening.span, opening.items.clone(), quote, BookingState::Confirmed);
            self.raced = Some(booking.id);
            return true;
        }
        false
    }

    pub(super) fn line(&self, start: Timestamp, items: &[BookingItem]) -> String {
        let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        let mut who: Vec<&str> = items.iter().flat_map(|item| &item.claims).map(|claim| claim.name.as_str()).collect();
        who.dedup();
        let at = self.zone.to_datetime(start).strftime("%a %-d, %H:%M").to_string();
        format!("{} · {at} · {}", names.join(" + "), who.join(" + "))
    }

    /// The customer's bookings as they stand.
    pub(super) fn rows(&self) -> Vec<String> {
        let own = self.bookings.iter().filter(|booking| booking.customer == CustomerId(Uuid::from_u128(CUSTOMER)));
        own.filter(|booking| booking.state != BookingState::Cancelled || booking.hold_until.is_none())
            .map(|booking| {
                let state =
                    if booking.state.blocks() && !self.live(booking) { "expired" } else { booking.state.as_str() };
                format!("{state} · {}", self.line(booking.span.from(), &booking.items))
            })
            .collect()
    }
}

fn service(number: u128, key: &str, name: &str, synonyms: &[&str], minutes: u32, price: i64) -> Service {
    Service {
        id: ServiceId(Uuid::from_u128(number)),
        key: key.into(),
        name: name.into(),
        synonyms: synonyms.iter().map(|word| (*word).to_owned()).collect(),
        active: true,
        phases: vec![Phase { minutes, busy: true }],
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        price: Money::new(price * 100, Currency::MXN),
        needs: vec![Need {
            role: "with".into(),
            kind: "person".into(),
            skill: Some(key.into()),
            count: Count::One,
            frees_in_gaps: false,
            choosable: true,
        }],
        position: i32::try_from(number).unwrap(),
    }
}

fn resource(number: u128, name: &str, skills: &[&str]) -> Resource {
    Resource {
        id: ResourceId(Uuid::from_u128(number)),
        location: LocationId(Uuid::nil()),
        kind: "person".into(),
        name: name.into(),
        skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        capacity: 1,
        active: true,
        hours: WeeklyHours::default(),
        weight: 100,
        position: i32::try_from(number).unwrap(),
    }
}

fn activated() -> Activated {
    Activated {
        tenant: TenantId(Uuid::nil()),
        module: "test".into(),
        release: ReleaseId(Uuid::nil()),
        digest: "00".into(),
        config: serde_json::Value::Null,
        grants: Vec::new(),
        data_version: 0,
        plan: domain::plan::Plan::default(),
    }
}

fn description(mode: &str) -> Description {
    let words = |key: &str, words: &[&str]| Words {
        key: key.into(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    Description {
        name: "test".into(),
        tools: vec![Tool {
            name: "care".into(),
            description: "What to mind afterwards".into(),
            triggers: vec![words("es", &["cuidados"]), words("en", &["aftercare"])],
            input_schema: "{}".into(),
        }],
        dialogs: vec![Dialog {
            key: "advice".into(),
            description: "What suits you".into(),
            triggers: vec![words("es", &["asesoría", "una asesoría"]), words("en", &["consultation"])],
        }],
        forms: form(mode).into_iter().collect(),
        ..Description::default()
    }
}

/// Of the modes `form-new`, `form-every`, `form-once:6`: one question, for colour only.
fn form(mode: &str) -> Option<Form> {
    let skin = Question {
        key: "skin".into(),
        kind: "yes-no".into(),
        ask: vec![Text { language: "es".into(), text: "¿Tienes la piel sensible?".into() }],
        choices: Vec::new(),
        required: true,
        when: None,
        sensitive: false,
    };
    Some(Form {
        key: "skin".into(),
        title: Vec::new(),
        services: vec!["tinte".into()],
        asked: mode.strip_prefix("form-")?.to_owned(),
        questions: vec![skin],
    })
}

/// What suits you, in two questions; a price is not this dialog's to tell.
fn advice(turn: &Turn) -> StepAnswer {
    let ask = |key: &str, question: &str, choices: &[(&str, &str)]| {
        let label = |text: &str| vec![Text { language: "es".into(), text: text.into() }];
        let choices = choices.iter().map(|(value, text)| Choice { value: (*value).into(), label: label(text) });
        Next::Ask(Ask { key: key.into(), question: question.into(), choices: choices.collect() })
    };
    let wishes = [("care", "Cuidarlo"), ("change", "Cambiarlo")];
    let (next, state) = match (turn.state.as_str(), turn.heard.get("choice")) {
        ("", _) => (ask("wish", "¿Qué buscas para tu cabello?", &wishes), "wish".into()),
        ("wish", None) => (ask("wish", "Elige una de las dos, por favor.", &wishes), "wish".into()),
        ("wish", Some(wish)) => (ask("since", "¿Desde cuándo lo piensas?", &[]), format!("since {wish}")),
        (state, _) if turn.heard.get("intent").is_some_and(|intent| intent == "ask_price") => {
            (Next::Pass, state.into())
        }
        (state, _) => {
            let draft = turn.draft.as_ref().map_or(0, |draft| draft.items.len());
            (
                Next::Done(format!("Anotado ({state}): {}. Paso {}, {draft} servicios.", turn.said, turn.step)),
                String::new(),
            )
        }
    };
    let effects = match &next {
        Next::Done(_) => vec![Effect::Note { text: turn.said.clone() }],
        Next::Ask(_) | Next::Pass | Next::HandToPerson { .. } => Vec::new(),
    };
    StepAnswer { next, state, effects }
}

/// A module of one trick: `quotes`, `notes`, `refuses`, `orders`, `asks`, `down`, `leads`, `leads-on`, `leads-wrong`, `opens`, and
/// those of [`form`].
#[derive(Clone, Default)]
struct Module {
    mode: String,
}

impl Module {
    fn up(&self) -> Result<(), VerticalError> {
        if self.mode == "down" { Err(VerticalError::Trapped("unreachable".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl Vertical for Module {
    async fn describe(&self, _: &Activated, _: Language) -> Result<Description, VerticalError> {
        Ok(description(&self.mode))
    }

    async fn check_config(&self, _: &Activated, _: &CallContext) -> Result<Vec<ConfigProblem>, VerticalError> {
        Ok(Vec::new())
    }

    async fn quote(
        &self,
        _: &Activated,
        context: &CallContext,
        _: &Draft,
        _: Arc<dyn Desk>,
    ) -> Result<Quotation, VerticalError> {
        self.up()?;
        let lines = (self.mode == "quotes").then(|| PriceLine {
            key: "weekend".into(),
            label: if context.language == Language::Spanish { "Productos" } else { "Products" }.into(),
            amount: Money::new(5_000, Currency::MXN),
        });
        Ok(Quotation { lines: lines.into_iter().collect(), deposit: None })
    }

    async fn review(
        &self,
        _: &Activated,
        context: &CallContext,
        draft: &Draft,
        _: Arc<dyn Desk>,
    ) -> Result<Review, VerticalError> {
        self.up()?;
        let spanish = context.language == Language::Spanish;
        let mut review = Review::default();
        let has = |key: &str| draft.items.iter().any(|item| item.key == key);
        match self.mode.as_str() {
            "notes" => review
                .notes
                .push(if spanish { "Llega con el cabello seco." } else { "Please come with dry hair." }.into()),
            "refuses" if has("tinte") => review.refusals.push(Objection {
                code: "patch".into(),
                text: if spanish {
                    "Para el tinte necesitamos verte antes."
                } else {
                    "We need to see you before a color."
                }
                .into(),
            }),
            "orders" if draft.items.len() == 2 => review.order = vec![1, 0],
            "asks" if !draft.fields.contains_key("allergies") => {
                let question = if spanish { "¿Tienes alguna alergia?" } else { "Do you have any allergies?" };
                review.required.push(Ask { key: "allergies".into(), question: question.into(), choices: vec![] });
            }
            "asks" => review.notes.push(draft.fields.values().cloned().collect::<Vec<_>>().join("; ")),
            _ => {}
        }
        Ok(review)
    }

    async fn call_tool(
        &self,
        _: &Activated,
        _: &CallContext,
        tool: &str,
        _: &serde_json::Value,
        _: Arc<dyn Desk>,
    ) -> Result<ToolAnswer, VerticalError> {
        self.up()?;
        let effects =
            if self.mode == "hands" { vec![Effect::HandToPerson { reason: tool.into() }] } else { Vec::new() };
        if self.mode == "opens" {
            let effects = vec![Effect::BeginDialog { dialog: "advice".into() }];
            return Ok(ToolAnswer { text: "Depende de lo que busques.".into(), effects });
        }
        Ok(ToolAnswer { text: "Evita lavarlo dos días.".into(), effects })
    }

    async fn step(
        &self,
        _: &Activated,
        _: &CallContext,
        turn: &Turn,
        _: Arc<dyn Desk>,
    ) -> Result<StepAnswer, VerticalError> {
        match self.mode.as_str() {
            "leads" | "opens" => Ok(advice(turn)),
            "leads-on" => {
                let ask =
                    Ask { key: "more".into(), question: format!("¿Y qué más? ({})", turn.step), choices: vec![] };
                Ok(StepAnswer { next: Next::Ask(ask), state: "more".into(), effects: Vec::new() })
            }
            "leads-wrong" if turn.step > 0 => Err(VerticalError::Trapped("unreachable".into())),
            "leads-wrong" => Ok(advice(turn)),
            _ => Ok(StepAnswer { next: Next::Pass, state: String::new(), effects: Vec::new() }),
        }
    }

    async fn on_event(
        &self,
        _: &Activated,
        _: &CallContext,
        _: &Event,
        _: Arc<dyn Desk>,
    ) -> Result<Vec<Effect>, VerticalError> {
        Ok(Vec::new())
    }

    async fn migrate(&self, _: &Activated, _: &CallContext, _: u32, _: Arc<dyn Desk>) -> Result<(), VerticalError> {
        Ok(())
    }
}
