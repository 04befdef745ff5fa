//! What is asked about the business: prices, hours, one's own bookings, what the assistant can do.

use domain::{booking::Booking, catalog::Resource, message::Body};
use jiff::civil::Date;
use language::{Entities, say};
use serde_json::json;

use super::{
    Facts, Plan, Speech,
    booking::{absorb, advance},
};

pub(super) fn help(facts: &Facts, speech: &Speech<'_>) -> Body {
    let example = facts
        .services
        .iter()
        .find(|service| service.active)
        .map(|service| service.key.clone())
        .into_iter()
        .collect::<Vec<_>>();
    speech.with("help", json!({ "example": speech.services(&example) }))
}

/// What it costs and how long it takes: what was named, or what is being talked about. With a time beside it the
/// question is half a wish, and the times follow the price.
pub(super) async fn price(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, entities: &Entities) {
    let named: Vec<String> = entities.services.iter().map(|found| found.key.clone()).collect();
    let keys = if named.is_empty() { talked_about(facts, plan) } else { named };
    let asked: Vec<_> = keys.iter().filter_map(|key| facts.service(key)).collect();
    if asked.is_empty() {
        plan.says.push(price_list(facts, speech));
        return;
    }
    let lines = asked.iter().map(|service| {
        let (price, duration) =
            (say::money(speech.language(), service.price), say::duration(speech.language(), service.minutes()));
        speech.words("price_one", json!({ "what": speech.service(service), "price": price, "duration": duration }))
    });
    let prices = lines.collect::<Vec<_>>().join("\n");
    let fresh = plan.memory.asked.is_none() && plan.memory.moving.is_none();
    if fresh && !entities.time.is_empty() {
        plan.says.push(Body::text(prices));
        absorb(&mut plan.memory, entities);
        plan.memory.services = keys;
        advance(facts, speech, plan).await;
        return;
    }
    // "¿Te agendo?" can be answered with a yes.
    let more = fresh.then(|| speech.words("price_more", json!({})));
    if fresh {
        plan.memory.services = keys;
    }
    plan.says.push(Body::text([Some(prices), more].into_iter().flatten().collect::<Vec<_>>().join("\n")));
}

/// The services of what is held, moved or put together.
fn talked_about(facts: &Facts, plan: &Plan) -> Vec<String> {
    let booking = plan.memory.held.or(plan.memory.moving).and_then(|id| facts.booking(id));
    let items = booking.iter().flat_map(|booking| &booking.items);
    let keys = items.filter_map(|item| facts.services.iter().find(|service| service.id == item.service));
    let keys: Vec<String> = keys.map(|service| service.key.clone()).collect();
    if keys.is_empty() { plan.memory.services.clone() } else { keys }
}

pub(super) fn price_list(facts: &Facts, speech: &Speech<'_>) -> Body {
    let line = |service: &domain::catalog::Service| {
        format!(
            "• {}: {} ({})",
            speech.service(service),
            say::money(speech.language(), service.price),
            say::duration(speech.language(), service.minutes())
        )
    };
    let list: Vec<String> = facts.services.iter().filter(|service| service.active).map(line).collect();
    speech.with("price_list", json!({ "list": list.join("\n") }))
}

/// Who does it, who is there, who it will be.
pub(super) fn staff(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, entities: &Entities) {
    if let Some(held) = plan.memory.held.and_then(|id| facts.booking(id)).filter(|_| entities.services.is_empty()) {
        plan.says.push(speech.with("staff_yours", speech.about(held)));
        return;
    }
    if let Some(resource) = named(facts, entities) {
        works(facts, speech, plan, resource, entities.time.date().unwrap_or(facts.wall().date()));
        return;
    }
    let named: Vec<String> = entities.services.iter().map(|found| found.key.clone()).collect();
    let keys = if named.is_empty() { plan.memory.services.clone() } else { named };
    let asked: Vec<&domain::catalog::Service> = keys.iter().filter_map(|key| facts.service(key)).collect();
    let wished = match &plan.memory.days {
        Some(language::Days::On(date)) => Some(*date),
        _ => None,
    };
    let date = entities.time.date().or(wished);
    let able = facts.inputs.resources.iter().filter(|resource| {
        let fits = |service: &&domain::catalog::Service| facts.suits(resource.id, service);
        let any = facts.services.iter().any(|service| facts.suits(resource.id, service));
        let there = date.is_none_or(|date| !spans(facts, resource, date).is_empty());
        resource.active && there && if asked.is_empty() { any } else { asked.iter().all(fits) }
    });
    let names: Vec<String> = able.map(|resource| resource.name.clone()).collect();
    let who = say::list(speech.language(), &names, say::Conjunction::And);
    let what = speech.names(asked.iter().map(|service| speech.service(service)));
    let date = date.map(|date| say::date(speech.language(), date, facts.wall().date())).unwrap_or_default();
    plan.says.push(speech.with("staff", json!({ "who": who, "what": what, "date": date })));
}

fn named<'f>(facts: &'f Facts, entities: &Entities) -> Option<&'f Resource> {
    entities.resources.first().and_then(|found| found.key.parse().ok()).and_then(|id| facts.resource(id))
}

fn spans(facts: &Facts, resource: &Resource, date: Date) -> Vec<(u16, u16)> {
    let own = if resource.hours.0.is_empty() { &facts.location_hours } else { &resource.hours };
    let inputs = &facts.inputs;
    let minute = |at: jiff::civil::DateTime| {
        let day = u16::from(at.date() != date) * 24;
        (u16::from(at.hour().unsigned_abs()) + day) * 60 + u16::from(at.minute().unsigned_abs())
    };
    scheduling::open_spans(own, &facts.location_hours, &inputs.exceptions, resource.id, &inputs.zone, date, 1)
        .into_iter()
        .map(|span| (minute(facts.local(span.from())), minute(facts.local(span.to()))))
        .collect()
}

/// When somebody works on a day.
fn works(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, resource: &Resource, date: Date) {
    let open = spans(facts, resource, date);
    let date = say::date(speech.language(), date, facts.wall().date());
    let key = if open.is_empty() { "works_not" } else { "works" };
    let list = say::spans(speech.language(), &open);
    plan.says.push(speech.with(key, json!({ "who": resource.name, "date": date, "list": list })));
}

pub(super) fn hours(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, entities: &Entities) {
    if let (Some(resource), Some(date)) = (named(facts, entities), entities.time.date()) {
        works(facts, speech, plan, resource, date);
        return;
    }
    if let Some(date) = entities.time.date() {
        let exception = facts
            .inputs
            .exceptions
            .iter()
            .find(|exception| exception.resource.is_none() && exception.first <= date && date <= exception.last);
        let open: Vec<(u16, u16)> = match exception {
            Some(exception) => exception.open.clone(),
            None => facts
                .location_hours
                .0
                .iter()
                .filter(|span| span.day() == Some(date.weekday()))
                .map(|span| (span.from_minute, span.to_minute))
                .collect(),
        };
        let told = say::date(speech.language(), date, facts.wall().date());
        plan.says.push(speech.with("hours_day", json!({ "date": told, "list": say::spans(speech.language(), &open) })));
        return;
    }
    let list = say::weekly_hours(speech.language(), &facts.location_hours);
    plan.says.push(speech.with("hours", json!({ "place": facts.location.name, "list": list })));
}

pub(super) fn lines(speech: &Speech<'_>, bookings: &[&Booking]) -> String {
    let line = |(place, booking): (usize, &&Booking)| {
        let mut about = speech.about(booking);
        if let Some(fields) = about.as_object_mut() {
            fields.insert("number".to_owned(), json!(place + 1));
        }
        speech.words("booking_line", about)
    };
    bookings.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn list(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    let bookings = facts.firm_bookings();
    plan.memory.listed = bookings.iter().map(|booking| booking.id).collect();
    let text = if bookings.is_empty() {
        speech.text("no_bookings")
    } else {
        speech.with("bookings", json!({ "list": lines(speech, &bookings) }))
    };
    plan.says.push(text);
}
