//! Tariffs as tables: what is booked when, and the lines that come of it.

use domain::tariff::Deposit;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::{
    Wish,
    tests::{at, inputs, service, taken},
};

fn rule(key: &str, when: Vec<Condition>, change: Change) -> PriceRule {
    PriceRule { key: key.into(), label: key.into(), services: vec![], when, change }
}

fn priced(minutes: u32, minor: i64, currency: Currency) -> Visit {
    let mut service = service(&[(minutes, true)], 0, 0);
    service.price = Money::new(minor, currency);
    Visit::new(vec![VisitItem { service, wish: Wish::Any }])
}

fn context() -> PriceContext {
    PriceContext {
        zone: TimeZone::get("America/Mexico_City").unwrap(),
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
        member: false,
        demand_percent: 0,
    }
}

fn told(tariff: &Tariff, context: &PriceContext, visit: &Visit, wall: &str) -> String {
    let start = at(&inputs("America/Mexico_City"), wall);
    let lines = lines(tariff, context, visit, start).unwrap();
    let currency = visit.items[0].service.price.currency;
    let lines: Vec<String> = lines.iter().map(|line| format!("{} {}", line.key, line.amount)).collect();
    let total = total(super::lines(tariff, context, visit, start).unwrap(), currency).unwrap().total;
    format!("{} = {total}", lines.join(" + "))
}

fn check(rules: Vec<PriceRule>, context: &PriceContext, visit: &Visit, wall: &str, expected: Expect) {
    expected.assert_eq(&told(&Tariff { rules, ..Tariff::default() }, context, visit, wall));
}

#[test]
fn the_peak_costs_more_for_the_minutes_that_lie_in_it() {
    let rules = || {
        vec![
            rule(
                "peak",
                vec![Condition::Weekdays(vec![1, 2, 3, 4, 5]), Condition::Between(1_080, 1_260)],
                Change::Share(2_500),
            ),
            rule("weekend", vec![Condition::Weekdays(vec![6, 7])], Change::Share(1_000)),
        ]
    };
    let visit = priced(90, 30_000, Currency::MXN);
    check(rules(), &context(), &visit, "2026-03-03T10:00", expect!["base 300.00 MXN = 300.00 MXN"]);
    check(rules(), &context(), &visit, "2026-03-03T17:30", expect!["base 300.00 MXN + peak 50.00 MXN = 350.00 MXN"]);
    check(rules(), &context(), &visit, "2026-03-03T18:00", expect!["base 300.00 MXN + peak 75.00 MXN = 375.00 MXN"]);
    check(rules(), &context(), &visit, "2026-03-07T18:00", expect!["base 300.00 MXN + weekend 30.00 MXN = 330.00 MXN"]);
}

#[test]
fn a_band_over_midnight_and_dates_hold_in_the_wall_clock() {
    let night = rule("night", vec![Condition::Between(1_320, 120)], Change::Share(5_000));
    let date = "2026-12-24".parse().unwrap();
    let eve = rule("eve", vec![Condition::Dates(date, date)], Change::Amount(10_000));
    let visit = priced(120, 24_000, Currency::MXN);
    check(
        vec![night, eve],
        &context(),
        &visit,
        "2026-12-24T23:00",
        expect!["base 240.00 MXN + night 120.00 MXN + eve 100.00 MXN = 460.00 MXN"],
    );
}

#[test]
fn time_people_members_demand_and_haste_each_have_their_line() {
    let rules = || {
        vec![
            rule("time", vec![], Change::PerHour(20_000)),
            rule("people", vec![], Change::PerPerson(5_000)),
            rule("group", vec![Condition::Party(4)], Change::Share(-1_000)),
            rule("member", vec![Condition::Member], Change::Share(-2_000)),
            rule("demand", vec![Condition::Demand(80)], Change::Share(1_500)),
            rule("haste", vec![Condition::Within(120)], Change::Amount(2_500)),
        ]
    };
    let visit = priced(50, 10_000, Currency::MXN);
    check(
        rules(),
        &context(),
        &visit.clone().for_party(3),
        "2026-03-03T10:00",
        expect!["base 100.00 MXN + time 166.67 MXN + people 100.00 MXN = 366.67 MXN"],
    );
    let dear = PriceContext {
        now: at(&inputs("America/Mexico_City"), "2026-03-03T08:00"),
        member: true,
        demand_percent: 80,
        ..context()
    };
    check(
        rules(),
        &dear,
        &visit.for_party(4),
        "2026-03-03T10:00",
        expect![
            "base 100.00 MXN + time 166.67 MXN + people 150.00 MXN + group -10.00 MXN + member -20.00 MXN + demand 15.00 MXN + haste 25.00 MXN = 426.67 MXN"
        ],
    );
}

#[test]
fn a_rule_concerns_the_services_it_names() {
    let mut only = rule("peak", vec![], Change::Amount(100));
    only.services = vec!["other".into()];
    check(
        vec![only],
        &context(),
        &priced(30, 500, Currency::MXN),
        "2026-03-03T10:00",
        expect!["base 5.00 MXN = 5.00 MXN"],
    );
}

#[test]
fn totals_round_to_what_can_be_paid_in_each_currency() {
    let rounded = |minor, code: &str, step| {
        let tariff = Tariff { round_to: Some(step), ..Tariff::default() };
        told(&tariff, &context(), &priced(30, minor, code.parse().unwrap()), "2026-03-03T10:00")
    };
    expect!["base 102.49 MXN + rounding 0.01 MXN = 102.50 MXN"].assert_eq(&rounded(10_249, "MXN", 50));
    expect!["base 102.25 MXN + rounding 0.25 MXN = 102.50 MXN"].assert_eq(&rounded(10_225, "MXN", 50));
    expect!["base 1234 JPY + rounding -34 JPY = 1200 JPY"].assert_eq(&rounded(1_234, "JPY", 100));
    expect!["base 1.234 KWD + rounding 0.001 KWD = 1.235 KWD"].assert_eq(&rounded(1_234, "KWD", 5));
    expect!["base 1.00 USD = 1.00 USD"].assert_eq(&rounded(100, "USD", 5));
}

#[test]
fn a_deposit_is_part_of_the_total_and_never_more() {
    let tariff = |part, from_total| Tariff {
        deposit: Some(Deposit { part, from_total, members_free: true }),
        ..Tariff::default()
    };
    let of = |tariff: &Tariff, minor| deposit(tariff, &context(), Money::new(minor, Currency::MXN)).unwrap().minor;
    assert_eq!(of(&tariff(DepositPart::Share(3_000), 0), 33_335), 10_001);
    assert_eq!(of(&tariff(DepositPart::Amount(20_000), 0), 15_000), 15_000);
    assert_eq!(of(&tariff(DepositPart::Amount(20_000), 50_000), 49_999), 0);
    assert_eq!(of(&tariff(DepositPart::Share(20_000), 0), 100), 100);
    assert_eq!(of(&Tariff::default(), 100), 0);
    let member = PriceContext { member: true, ..context() };
    let all = Money::new(90_000, Currency::MXN);
    assert_eq!(deposit(&tariff(DepositPart::Amount(20_000), 0), &member, all).unwrap().minor, 0);
}

#[test]
fn demand_is_the_taken_part_of_the_day_s_working_time() {
    let mut inputs = inputs("America/Mexico_City");
    let noon = at(&inputs, "2026-03-03T12:00");
    assert_eq!(demand(&inputs, noon), 0);
    // One of the four hours of the day, and what lies outside of them or on another day.
    taken(&mut inputs, 1, "2026-03-03T09:00", "2026-03-03T10:00");
    taken(&mut inputs, 1, "2026-03-03T20:00", "2026-03-03T21:00");
    taken(&mut inputs, 1, "2026-03-04T09:00", "2026-03-04T10:00");
    assert_eq!(demand(&inputs, noon), 25);
}

#[test]
fn what_does_not_fit_is_an_error_and_not_a_wrong_price() {
    let tariff = Tariff { rules: vec![rule("huge", vec![], Change::Share(i32::MAX))], ..Tariff::default() };
    let start = context().now;
    assert_eq!(lines(&tariff, &context(), &priced(30, i64::MAX, Currency::MXN), start), Err(MoneyError::Overflow));
}

proptest! {
    /// A share of the whole is at most one minor unit away from the sum of its parts, and rounding is half away from zero.
    #[test]
    fn fractions_round_to_the_nearest(minor in -1_000_000_i64..1_000_000, part in -20_000_i64..20_000, whole in 1_i64..10_000) {
        let money = fraction(Money::new(minor, Currency::MXN), i128::from(part), i128::from(whole)).unwrap();
        let exact = i128::from(minor) * i128::from(part);
        let off = (exact - i128::from(money.minor) * i128::from(whole)).abs() * 2;
        prop_assert!(off <= i128::from(whole));
        if off == i128::from(whole) {
            prop_assert!(i128::from(money.minor).abs() * i128::from(whole) > exact.abs());
        }
    }
}
