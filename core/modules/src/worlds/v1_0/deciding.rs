//! Visits in, verdicts out: between `wit/1.0.0` and `domain`.

use std::collections::BTreeMap;

use domain::{
    Currency, Money,
    booking::PriceLine,
    vertical::{
        self, Adjustment, Ask, Choice, ConfigProblem, Effect, Next, Objection, Quotation, Review, StepAnswer, Text,
        ToolAnswer, VerticalError,
    },
};
use jiff::{Timestamp, tz::TimeZone};

use super::{About, asking, bindings::frontdesk::vertical::shapes as wit};
use crate::checks;

/// Longest text for a customer, and longest state between two steps of a dialog.
const TEXT: usize = 4_096;
const STATE: usize = 16 << 10;

pub(super) fn context(about: &About) -> wit::Context {
    let context = &about.context;
    wit::Context {
        language: context.language.tag().to_owned(),
        zone: context.zone.clone(),
        now: moment(context.now, &context.zone()),
        currency: context.currency.code().to_owned(),
        config: about.config.to_string(),
        request: context.request.clone(),
        fields: Vec::new(),
        ext: None,
    }
}

fn fields(map: &BTreeMap<String, String>) -> Vec<wit::Field> {
    map.iter().map(|(key, value)| wit::Field { key: key.clone(), value: value.clone() }).collect()
}

/// What the wall of the location shows at an instant.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> wit::Moment {
    let wall = zone.to_datetime(at);
    wit::Moment {
        at: at.as_millisecond(),
        date: wall.date().to_string(),
        weekday: u8::try_from(wall.weekday().to_monday_one_offset()).unwrap_or_default(),
        minute: u32::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).unwrap_or_default(),
    }
}

pub(super) fn draft(draft: &vertical::Draft, zone: &TimeZone) -> wit::Draft {
    let chosen = |resource: &vertical::DraftResource| wit::Chosen {
        name: resource.name.clone(),
        kind: resource.kind.clone(),
        role: resource.role.clone(),
        skills: resource.skills.clone(),
        fields: Vec::new(),
    };
    let item = |item: &vertical::DraftItem| wit::DraftItem {
        key: item.key.clone(),
        name: item.name.clone(),
        minutes: item.minutes,
        price: item.price.minor,
        resources: item.resources.iter().map(chosen).collect(),
        fields: Vec::new(),
    };
    wit::Draft {
        items: draft.items.iter().map(item).collect(),
        start: draft.start.map(|at| moment(at, zone)),
        end: draft.end.map(|at| moment(at, zone)),
        party: draft.party,
        visitor: draft.customer.as_ref().map(|customer| visitor(customer, zone)),
        fields: fields(&draft.fields),
        ext: None,
    }
}

fn visitor(customer: &vertical::DraftCustomer, zone: &TimeZone) -> wit::Visitor {
    wit::Visitor {
        completed_visits: customer.completed_visits,
        no_shows: customer.no_shows,
        last_visit: customer.last_visit.map(|at| moment(at, zone)),
        fields: fields(&customer.fields),
    }
}

pub(super) fn booking(booking: vertical::KnownBooking, zone: &TimeZone) -> wit::Booking {
    wit::Booking {
        id: booking.id,
        state: booking.state,
        start: moment(booking.start, zone),
        end: moment(booking.end, zone),
        services: booking.services,
        resources: booking.resources,
        party: booking.party,
        total: booking.total_minor,
        fields: Vec::new(),
    }
}

pub(super) fn turn(turn: &vertical::Turn, zone: &TimeZone) -> wit::Turn {
    wit::Turn {
        dialog: turn.dialog.clone(),
        said: turn.said.clone(),
        heard: fields(&turn.heard),
        state: turn.state.clone(),
        draft: turn.draft.as_ref().map(|visit| draft(visit, zone)),
        fields: vec![wit::Field { key: "step".to_owned(), value: turn.step.to_string() }],
    }
}

pub(super) fn event(event: &vertical::Event, zone: &TimeZone) -> wit::Event {
    wit::Event {
        code: event.code.clone(),
        at: moment(event.at, zone),
        booking: event.booking.clone().map(|known| booking(known, zone)),
        visitor: event.customer.as_ref().map(|customer| visitor(customer, zone)),
        answer: event.answer.clone().map(asking::answered),
        fields: fields(&event.fields),
        ext: None,
    }
}

pub(super) fn problems(found: Vec<wit::ConfigProblem>) -> Result<Vec<ConfigProblem>, VerticalError> {
    checks::most(&found, 100, "too many problems")?;
    let problem = |problem: wit::ConfigProblem| {
        Ok(ConfigProblem { path: checks::label(&problem.path)?, problem: checks::text(&problem.problem, 1_000)? })
    };
    found.into_iter().map(problem).collect()
}

pub(super) fn quotation(told: wit::Quotation, currency: Currency) -> Result<Quotation, VerticalError> {
    checks::most(&told.lines, 64, "too many price lines")?;
    let line = |line: wit::PriceLine| {
        Ok(PriceLine {
            key: checks::label(&line.key)?,
            label: checks::label(&line.label)?,
            amount: Money::new(line.amount, currency),
        })
    };
    let lines = told.lines.into_iter().map(line).collect::<Result<_, VerticalError>>()?;
    match told.deposit {
        Some(deposit) if deposit < 0 => Err(VerticalError::BadOutput("a deposit below nothing".to_owned())),
        deposit => Ok(Quotation { lines, deposit: deposit.map(|minor| Money::new(minor, currency)) }),
    }
}

pub(super) fn review(verdict: wit::Verdict, items: usize) -> Result<Review, VerticalError> {
    let objection = |objection: wit::Objection| {
        Ok(Objection { code: checks::label(&objection.code)?, text: checks::text(&objection.text, 1_000)? })
    };
    checks::most(&verdict.adjustments, 32, "too many adjustments")?;
    let plain = Review {
        refusals: verdict.refusals.into_iter().map(objection).collect::<Result<_, VerticalError>>()?,
        adjustments: verdict
            .adjustments
            .into_iter()
            .map(|adjustment| adjusted(adjustment, items))
            .collect::<Result<_, VerticalError>>()?,
        notes: verdict.notes.iter().map(|note| checks::text(note, 1_000)).collect::<Result<_, _>>()?,
        order: verdict.order,
        required: verdict.required.into_iter().map(asked).collect::<Result<_, VerticalError>>()?,
        forms: verdict.forms.iter().map(|key| checks::label(key)).collect::<Result<_, VerticalError>>()?,
    };
    checks::review(plain, items)
}

fn adjusted(adjustment: wit::Adjustment, items: usize) -> Result<Adjustment, VerticalError> {
    let bad = |what: &str| VerticalError::BadOutput(what.to_owned());
    let item = |index: u32| {
        usize::try_from(index).ok().filter(|index| *index < items).ok_or_else(|| bad("an adjustment of no item"))
    };
    let day = |minutes: u32| if minutes <= 1_440 { Ok(minutes) } else { Err(bad("longer than a day")) };
    Ok(match adjustment {
        wit::Adjustment::Minutes((index, minutes)) => {
            if minutes == 0 {
                return Err(bad("no minutes at all"));
            }
            Adjustment::Minutes { item: item(index)?, minutes: day(minutes)? }
        }
        wit::Adjustment::Buffers((index, before, after)) => {
            Adjustment::Buffers { item: item(index)?, before: day(before)?, after: day(after)? }
        }
        wit::Adjustment::NotBefore((at, why)) => {
            Adjustment::NotBefore { at: instant(at)?, why: checks::text(&why, 1_000)? }
        }
        wit::Adjustment::NeedsApproval(why) => Adjustment::NeedsApproval { why: checks::text(&why, 1_000)? },
        // What this host cannot do itself a member must look at.
        wit::Adjustment::Other(field) => Adjustment::NeedsApproval { why: checks::label(&field.key)? },
    })
}

fn instant(millis: i64) -> Result<Timestamp, VerticalError> {
    let wrong = |error: jiff::Error| VerticalError::BadOutput(format!("a time that does not exist: {error}"));
    Timestamp::from_millisecond(millis).map_err(wrong)
}

pub(super) fn asked(ask: wit::Ask) -> Result<Ask, VerticalError> {
    checks::most(&ask.choices, 10, "too many choices")?;
    let choice = |choice: wit::Choice| {
        let label = choice
            .label
            .into_iter()
            .map(|text| Ok(Text { language: checks::label(&text.language)?, text: checks::label(&text.text)? }));
        Ok(Choice { value: checks::label(&choice.value)?, label: label.collect::<Result<_, VerticalError>>()? })
    };
    Ok(Ask {
        key: checks::label(&ask.key)?,
        question: checks::text(&ask.question, TEXT)?,
        choices: ask.choices.into_iter().map(choice).collect::<Result<_, VerticalError>>()?,
    })
}

pub(super) fn answer(answer: wit::ToolAnswer) -> Result<ToolAnswer, VerticalError> {
    Ok(ToolAnswer { text: checks::text(&answer.text, TEXT)?, effects: effects(answer.effects)? })
}

pub(super) fn step(answer: wit::StepAnswer) -> Result<StepAnswer, VerticalError> {
    if answer.state.len() > STATE {
        return Err(VerticalError::BadOutput("the state of the dialog is too large".to_owned()));
    }
    let next = match answer.next {
        wit::Next::Ask(ask) => Next::Ask(asked(ask)?),
        wit::Next::Done(text) => Next::Done(checks::text(&text, TEXT)?),
        wit::Next::HandToPerson(reason) => Next::HandToPerson { reason: checks::text(&reason, 1_000)? },
        wit::Next::Pass | wit::Next::Other(_) => Next::Pass,
    };
    Ok(StepAnswer { next, state: answer.state, effects: effects(answer.effects)? })
}

pub(super) fn effects(wanted: Vec<wit::Effect>) -> Result<Vec<Effect>, VerticalError> {
    checks::most(&wanted, 20, "too many effects")?;
    wanted.into_iter().filter_map(|wanted| effect(wanted).transpose()).collect()
}

fn effect(wanted: wit::Effect) -> Result<Option<Effect>, VerticalError> {
    let text = |raw: &str| checks::text(raw, 1_000);
    Ok(Some(match wanted {
        wit::Effect::HandToPerson(reason) => Effect::HandToPerson { reason: text(&reason)? },
        wit::Effect::Remember(field) => {
            Effect::RememberField { key: checks::label(&field.key)?, value: text(&field.value)? }
        }
        wit::Effect::Keep(field) => Effect::Keep { key: checks::label(&field.key)?, value: text(&field.value)? },
        wit::Effect::Send(outgoing) => Effect::Send(vertical::Outgoing {
            message: checks::label(&outgoing.message)?,
            fields: named(outgoing.fields)?,
            at: outgoing.at.map(instant).transpose()?,
        }),
        wit::Effect::ProposeMove(proposal) => Effect::ProposeMove(vertical::MoveProposal {
            booking: checks::label(&proposal.booking)?,
            reason: text(&proposal.reason)?,
            earliest: proposal.earliest.map(instant).transpose()?,
            latest: proposal.latest.map(instant).transpose()?,
        }),
        wit::Effect::Note(note) => Effect::Note { text: text(&note)? },
        wit::Effect::Count((key, amount)) => Effect::Count { key: checks::label(&key)?, amount },
        wit::Effect::BeginDialog(dialog) => Effect::BeginDialog { dialog: checks::label(&dialog)? },
        wit::Effect::Request(errand) => Effect::Request(vertical::Errand {
            key: checks::label(&errand.key)?,
            request: asking::request(errand.request).map_err(|why| VerticalError::BadOutput(why.to_owned()))?,
        }),
        wit::Effect::Other(_) => return Ok(None),
    }))
}

fn named(list: Vec<wit::Field>) -> Result<BTreeMap<String, String>, VerticalError> {
    checks::most(&list, 64, "too many fields")?;
    list.into_iter().map(|field| Ok((checks::label(&field.key)?, checks::text(&field.value, TEXT)?))).collect()
}
