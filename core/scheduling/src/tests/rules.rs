//! What an owner may set, one rule at a time.

use domain::{
    BookingId,
    tenant::{Limit, LimitOf, Period},
};

use super::*;
use crate::{
    Kept, Unable, candidates,
    fair::{Fairness, Given},
    holidays,
};

fn id(number: u128) -> ResourceId {
    ResourceId(Uuid::from_u128(number))
}

fn room(number: u128, capacity: u32) -> Resource {
    Resource { kind: "room".into(), capacity, ..resource(number, &[]) }
}

fn need(kind: &str, count: Count) -> Need {
    Need { role: kind.into(), kind: kind.into(), skill: None, count, frees_in_gaps: false, choosable: false }
}

fn hour(needs: Vec<Need>) -> Visit {
    one(Service { needs, ..service(&[(60, true)], 0, 0) })
}

fn closed(inputs: &Inputs, date: &str, open: Vec<(u16, u16)>) -> HoursException {
    let date: Date = date.parse().unwrap();
    let location = inputs.location;
    HoursException {
        id: BlockId(Uuid::nil()),
        location,
        resource: None,
        first: date,
        last: date,
        open,
        reason: "fiesta".into(),
    }
}

fn reasons(inputs: &Inputs, visit: &Visit, wall: &str) -> String {
    match explain(inputs, visit, at(inputs, wall)) {
        Ok(_) => "free".to_owned(),
        Err(reasons) => reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

/// From six in the evening to two in the morning, Fridays.
fn night(to_minute: u16) -> Inputs {
    let mut inputs = inputs("America/Mexico_City");
    inputs.location_hours = WeeklyHours(vec![WeeklySpan { weekday: 5, from_minute: 1_320, to_minute }]);
    inputs.policy.grid_minutes = 60;
    inputs
}

#[test]
fn hours_over_midnight_belong_to_the_day_they_began_however_they_are_written() {
    for to in [120, 1_560] {
        let mut inputs = night(to);
        let visit = one(service(&[(60, true)], 0, 0));
        check(&inputs, &visit, "2026-03-06", expect!["22:00 P1, 23:00 P1"]);
        check(&inputs, &visit, "2026-03-07", expect!["00:00 P1, 01:00 P1"]);
        inputs.exceptions = vec![closed(&inputs, "2026-03-07", vec![])];
        check(&inputs, &visit, "2026-03-07", expect!["00:00 P1, 01:00 P1"]);
        inputs.exceptions = vec![closed(&inputs, "2026-03-06", vec![])];
        check(&inputs, &visit, "2026-03-07", expect![""]);
    }
}

#[test]
fn an_exception_without_length_closes() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.exceptions = vec![closed(&inputs, "2026-03-03", vec![(0, 0)])];
    check(&inputs, &one(service(&[(60, true)], 0, 0)), "2026-03-03", expect![""]);
    assert_eq!(reasons(&inputs, &one(service(&[(60, true)], 0, 0)), "2026-03-03T09:00"), "closed then: fiesta");
}

#[test]
fn nothing_begins_after_the_latest_start_and_past_midnight_it_counts_on() {
    let mut inputs = night(120);
    let visit = one(service(&[(60, true)], 0, 0));
    inputs.policy.latest_start_minute = Some(1_380);
    check(&inputs, &visit, "2026-03-06", expect!["22:00 P1, 23:00 P1"]);
    check(&inputs, &visit, "2026-03-07", expect![""]);
    assert_eq!(reasons(&inputs, &visit, "2026-03-07T00:00"), "no visit begins later than 23:00");
    inputs.policy.latest_start_minute = Some(1_440);
    check(&inputs, &visit, "2026-03-07", expect!["00:00 P1"]);
}

#[test]
fn somebody_s_own_split_shift_lies_within_the_hours_of_the_place() {
    let mut inputs = inputs("America/Mexico_City");
    let shift = |from_minute, to_minute| WeeklySpan { weekday: 2, from_minute, to_minute };
    inputs.resources[0].hours = WeeklyHours(vec![shift(480, 600), shift(780, 1_200)]);
    check(&inputs, &one(service(&[(60, true)], 0, 0)), "2026-03-03", expect!["09:00 P1, 13:00 P1"]);
    check(&inputs, &one(service(&[(60, true)], 0, 0)), "2026-03-04", expect![""]);
}

#[test]
fn public_holidays_close_unless_the_owner_says_otherwise_for_the_date() {
    let mut inputs = inputs("America/Mexico_City");
    let visit = one(service(&[(120, true)], 0, 0));
    let (first, last) = ("2026-01-01".parse().unwrap(), "2026-12-31".parse().unwrap());
    inputs.exceptions = holidays::exceptions("MX", inputs.location, first, last);
    check(&inputs, &visit, "2026-03-16", expect![""]);
    assert_eq!(reasons(&inputs, &visit, "2026-03-16T09:00"), "closed then: Natalicio de Benito Juárez");
    check(&inputs, &visit, "2026-03-17", expect!["09:00 P1, 12:00 P1"]);
    inputs.exceptions.insert(0, closed(&inputs, "2026-03-16", vec![(600, 720)]));
    check(&inputs, &visit, "2026-03-16", expect!["10:00 P1"]);
}

fn limit(of: LimitOf, per: Period, bookings: Option<u32>, minutes: Option<u32>) -> Limit {
    Limit { of, per, bookings, minutes }
}

fn booked(inputs: &mut Inputs, booking: u128, number: u128, from: &str, to: &str) {
    taken(inputs, number, from, to);
    inputs.busy.last_mut().unwrap().booking = Some(BookingId(Uuid::from_u128(booking)));
}

#[test]
fn a_person_takes_so_many_a_day_and_so_many_minutes_a_week() {
    let mut inputs = inputs("America/Mexico_City");
    let visit = one(service(&[(60, true)], 0, 0));
    // One booking in two parts is one booking.
    booked(&mut inputs, 1, 1, "2026-03-03T09:00", "2026-03-03T09:30");
    booked(&mut inputs, 1, 1, "2026-03-03T10:00", "2026-03-03T10:30");
    inputs.policy.limits = vec![limit(LimitOf::Kind("person".into()), Period::Day, Some(2), None)];
    check(&inputs, &visit, "2026-03-03", expect!["12:00 P1, 12:30 P1, 13:00 P1"]);
    booked(&mut inputs, 2, 1, "2026-03-03T13:00", "2026-03-03T14:00");
    check(&inputs, &visit, "2026-03-03", expect![""]);
    assert_eq!(
        explain(&inputs, &visit, at(&inputs, "2026-03-03T12:00")).unwrap_err(),
        [Reason::AllTaken { service: "S".into() }]
    );
    assert_eq!(candidates(&inputs, &visit, at(&inputs, "2026-03-03T12:00"))[0].unable, Some(Unable::LimitReached));
    check(&inputs, &visit, "2026-03-04", expect!["09:00 P1, 09:30 P1, 10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"]);
    // Two hours are taken this week, half of one by what is done.
    inputs.policy.limits = vec![limit(LimitOf::Resource(id(1)), Period::Week, None, Some(180))];
    check(&inputs, &one(service(&[(120, true)], 0, 0)), "2026-03-05", expect![""]);
    check(
        &inputs,
        &one(service(&[(60, true)], 0, 0)),
        "2026-03-05",
        expect!["09:00 P1, 09:30 P1, 10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"],
    );
    let done = inputs.busy.remove(0);
    inputs.records.done.push(done);
    check(&inputs, &one(service(&[(90, true)], 0, 0)), "2026-03-05", expect![""]);
    check(&inputs, &one(service(&[(120, true)], 0, 0)), "2026-03-10", expect!["09:00 P1, 12:00 P1"]);
}

#[test]
fn the_second_service_of_a_visit_counts_what_the_first_already_takes() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.policy.limits = vec![limit(LimitOf::Resource(id(1)), Period::Day, None, Some(60))];
    let half = || VisitItem { service: service(&[(60, true)], 0, 0), wish: Wish::Any };
    check(&inputs, &Visit::new(vec![half(), half()]), "2026-03-03", expect![""]);
    inputs.resources.push(resource(2, &[]));
    check(&inputs, &Visit::new(vec![half(), half()]), "2026-03-03", expect!["09:00 P1+P2, 12:00 P1+P2"]);
}

#[test]
fn a_customer_has_a_limit_too_and_is_told() {
    let mut inputs = inputs("America/Mexico_City");
    let visit = one(service(&[(120, true)], 0, 0));
    inputs.policy.limits = vec![limit(LimitOf::Customer, Period::Week, Some(1), None)];
    inputs.records.customer =
        vec![Kept { booking: None, span: Span::lasting(at(&inputs, "2026-03-05T09:00"), 60).unwrap() }];
    assert_eq!(
        reasons(&inputs, &visit, "2026-03-03T09:00"),
        "this customer has reached the limit of 1 bookings a week"
    );
    check(&inputs, &visit, "2026-03-03", expect![""]);
    check(&inputs, &visit, "2026-03-09", expect!["09:00 P1, 12:00 P1"]);
}

#[test]
fn a_party_takes_a_seat_each_or_a_place_for_itself() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![room(1, 6), room(2, 10)];
    inputs.policy.grid_minutes = 120;
    for _seat in 0..4 {
        taken(&mut inputs, 1, "2026-03-03T12:00", "2026-03-03T14:00");
    }
    taken(&mut inputs, 2, "2026-03-03T12:00", "2026-03-03T14:00");
    let seats = hour(vec![need("room", Count::Seats)]);
    check(&inputs, &seats.clone().for_party(2), "2026-03-03", expect!["10:00 P2, 12:00 P2"]);
    inputs.resources[0].weight = 1_000;
    check(&inputs, &seats.clone().for_party(2), "2026-03-03", expect!["10:00 P1, 12:00 P1"]);
    check(&inputs, &seats.clone().for_party(3), "2026-03-03", expect!["10:00 P1, 12:00 P2"]);
    let opening = explain(&inputs, &seats.clone().for_party(3), at(&inputs, "2026-03-03T12:00")).unwrap();
    assert_eq!(opening.items[0].claims[0].units, 3);
    let whole = hour(vec![need("room", Count::Whole)]);
    check(&inputs, &whole.clone().for_party(7), "2026-03-03", expect!["10:00 P2"]);
    let opening = explain(&inputs, &whole.clone().for_party(2), at(&inputs, "2026-03-03T10:00")).unwrap();
    let claim = &opening.items[0].claims[0];
    assert_eq!((claim.name.as_str(), claim.units), ("P1", 6));
    assert_eq!(reasons(&inputs, &whole.for_party(11), "2026-03-03T10:00"), "S holds 10 at most, and 11 would come");
    assert_eq!(reasons(&inputs, &seats.for_party(11), "2026-03-03T10:00"), "S holds 10 at most, and 11 would come");
}

#[test]
fn a_calendar_outside_keeps_one_away_whatever_the_capacity_and_buffers_keep_clear_of_it() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![Resource { capacity: 5, ..resource(1, &[]) }];
    let span = Span::lasting(at(&inputs, "2026-03-03T09:30"), 15).unwrap();
    inputs.records.outside = vec![Busy { resource: id(1), span, booking: None }];
    check(&inputs, &one(service(&[(60, true)], 0, 0)), "2026-03-03", expect!["10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"]);
    let buffered = one(service(&[(60, true)], 30, 0));
    check(&inputs, &buffered, "2026-03-03", expect!["12:00 P1, 12:30 P1, 13:00 P1"]);
    let wish = Wish::Only(id(1));
    let visit = Visit::new(vec![VisitItem { wish, ..buffered.items[0].clone() }]);
    assert_eq!(reasons(&inputs, &visit, "2026-03-03T10:00"), "P1 was asked for and is busy in another calendar then");
}

#[test]
fn whose_calendar_outside_cannot_be_read_is_never_free() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &[]), resource(2, &[])];
    inputs.policy.grid_minutes = 60;
    inputs.records.unread = vec![id(1)];
    let visit = one(service(&[(60, true)], 0, 0));
    check(&inputs, &visit, "2026-03-03", expect!["09:00 P2, 10:00 P2, 12:00 P2, 13:00 P2"]);
    let wish = Wish::Only(id(1));
    let visit = Visit::new(vec![VisitItem { wish, ..visit.items[0].clone() }]);
    check(&inputs, &visit, "2026-03-03", expect![""]);
    let told = "P1 was asked for and has another calendar that cannot be read";
    assert_eq!(reasons(&inputs, &visit, "2026-03-03T10:00"), told);
}

/// Two roles, one of which only one person can fill: who is fairest for the first must not keep the second empty.
#[test]
fn roles_that_compete_for_people_are_all_filled_if_there_is_any_way() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &["a"]), resource(2, &[])];
    inputs.policy.grid_minutes = 120;
    let skilled = Need { role: "second".into(), skill: Some("a".into()), ..need("person", Count::One) };
    check(&inputs, &hour(vec![need("person", Count::One), skilled]), "2026-03-03", expect!["10:00 P2+P1, 12:00 P2+P1"]);
}

#[test]
fn of_several_one_may_be_wished_for_and_all_means_all() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &[]), resource(2, &[]), resource(3, &[])];
    inputs.policy.grid_minutes = 120;
    let two = Need { choosable: true, ..need("person", Count::Several(2)) };
    let mut visit = hour(vec![two]);
    check(&inputs, &visit, "2026-03-03", expect!["10:00 P1+P2, 12:00 P1+P2"]);
    visit.items[0].wish = Wish::Only(id(3));
    check(&inputs, &visit, "2026-03-03", expect!["10:00 P3+P1, 12:00 P3+P1"]);
    visit.items[0].wish = Wish::Not(vec![id(1)]);
    check(&inputs, &visit, "2026-03-03", expect!["10:00 P2+P3, 12:00 P2+P3"]);
    taken(&mut inputs, 2, "2026-03-03T12:00", "2026-03-03T13:00");
    let all = hour(vec![need("person", Count::All)]);
    check(&inputs, &all, "2026-03-03", expect!["10:00 P1+P3+P2"]);
    assert_eq!(reasons(&inputs, &all, "2026-03-03T12:00"), "P2 is needed and is taken then");
    assert_eq!(reasons(&inputs, &hour(vec![need("room", Count::All)]), "2026-03-03T12:00"), "nobody here does S");
    let four = hour(vec![need("person", Count::Several(4))]);
    assert_eq!(reasons(&inputs, &four, "2026-03-03T10:00"), "nobody who does S is free then");
    let none = hour(vec![need("person", Count::Several(u32::MAX))]);
    check(&inputs, &none, "2026-03-03", expect![""]);
}

/// The database keeps claims of one resource from overlapping, also those of one visit.
#[test]
fn buffers_between_two_services_by_one_person_fall_away() {
    let inputs = inputs("America/Mexico_City");
    let part = || VisitItem { service: service(&[(60, true)], 20, 30), wish: Wish::Any };
    let opening = explain(&inputs, &Visit::new(vec![part(), part()]), at(&inputs, "2026-03-03T09:00")).unwrap();
    let wall = |at: Timestamp| inputs.zone.to_datetime(at).strftime("%H:%M").to_string();
    let kept: Vec<String> = opening
        .items
        .iter()
        .flat_map(|item| &item.claims[0].blocked)
        .map(|span| format!("{}-{}", wall(span.from()), wall(span.to())))
        .collect();
    assert_eq!(kept, ["08:40-10:00", "10:00-11:30"]);
}

#[test]
fn who_was_given_what_decides_who_is_offered() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &[]), resource(2, &[]), resource(3, &[])];
    inputs.policy.grid_minutes = 120;
    let given = |number, day: i64| Given {
        resource: id(number),
        at: Timestamp::from_second(1_767_225_600 + day * 86_400).unwrap(),
        amount: 1,
    };
    inputs.records.fairness = Fairness { given: vec![given(1, 0), given(2, 1), given(3, 2)], ..Fairness::default() };
    check(&inputs, &hour(vec![need("person", Count::One)]), "2026-03-03", expect!["10:00 P1, 12:00 P1"]);
    inputs.records.fairness.given.push(given(1, 3));
    check(&inputs, &hour(vec![need("person", Count::One)]), "2026-03-03", expect!["10:00 P2, 12:00 P2"]);
    inputs.records.fairness.priorities = vec![(id(3), 1)];
    check(&inputs, &hour(vec![need("person", Count::One)]), "2026-03-03", expect!["10:00 P3, 12:00 P3"]);
}

#[test]
fn equally_free_people_come_in_one_order_whatever_their_ids_and_however_they_were_loaded() {
    let mut inputs = inputs("America/Mexico_City");
    let named = |number, name: &str| Resource { name: name.into(), position: 0, ..resource(number, &[]) };
    let who = |inputs: &Inputs| {
        let visit = hour(vec![need("person", Count::One)]);
        explain(inputs, &visit, at(inputs, "2026-03-03T09:00")).unwrap().items[0].claims[0].name.clone()
    };
    inputs.resources = vec![named(9, "Ana"), named(3, "Luis")];
    assert_eq!(who(&inputs), "Ana");
    inputs.resources = vec![named(1, "Luis"), named(2, "Ana")];
    assert_eq!(who(&inputs), "Ana");
}

#[test]
fn everybody_who_could_is_listed_with_what_keeps_them() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &["a"]), resource(2, &[]), resource(3, &["a"]), room(4, 1)];
    inputs.resources[2].hours = WeeklyHours(vec![WeeklySpan { weekday: 3, from_minute: 540, to_minute: 840 }]);
    taken(&mut inputs, 1, "2026-03-03T09:00", "2026-03-03T09:30");
    let skilled = Need { skill: Some("a".into()), ..need("person", Count::One) };
    let all = candidates(&inputs, &hour(vec![skilled]), at(&inputs, "2026-03-03T09:00"));
    let mut told: Vec<String> = all
        .iter()
        .map(|one| format!("{} {}", one.name, one.unable.map_or("is free".to_owned(), |why| why.to_string())))
        .collect();
    told.sort();
    assert_eq!(told, ["P1 is taken then", "P2 does not do this", "P3 is not working then"]);
}

#[test]
fn there_is_a_reason_even_for_nothing() {
    let inputs = inputs("America/Mexico_City");
    assert_eq!(reasons(&inputs, &Visit::new(vec![]), "2026-03-03T09:00"), "there is nothing to book");
    assert_eq!(
        reasons(&inputs, &one(service(&[(60, true)], 0, 0)), "2025-12-31T11:45"),
        "it is in the past; starts are offered every 30 minutes of the wall clock; closed then"
    );
}
