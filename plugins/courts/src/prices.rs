//! What an hour costs beside its base: peak, weekend, lights, members.

use sdk::{Context, Draft, Quotation, say};

use crate::{
    config::Config,
    rules::is_member,
    sentences::{LIGHTS, MEMBER, PEAK, WEEKEND},
};

/// Lines for a game; without a time only what does not depend on it. Peak and weekend do not add up: the dearer holds.
/// A member's discount is on the game and what the hour adds, not on the lights.
pub(crate) fn quote(context: &Context, draft: &Draft, config: &Config) -> Quotation {
    let base = draft.price();
    let mut quotation = Quotation::default();
    let mut game = base;
    if let Some(start) = &draft.start {
        let peak = config.peak.iter().filter(|peak| peak.holds(start)).map(|peak| peak.percent).max();
        let weekend = start.is_weekend().then_some(config.weekend_percent);
        let (label, percent) = match (peak, weekend) {
            (Some(peak), weekend) if weekend.is_none_or(|weekend| weekend <= peak) => (PEAK, peak),
            (_, Some(weekend)) => (WEEKEND, weekend),
            (_, None) => (PEAK, 0),
        };
        let extra = share(base, percent);
        game += extra;
        quotation = quotation.line("hour", say(context, label), extra);
        quotation = quotation.line("lights", say(context, LIGHTS), lights(draft, config));
    }
    let discount = if is_member(draft) { share(game, config.member_discount_percent) } else { 0 };
    quotation = quotation.line("member", say(context, MEMBER), -discount);
    let owes = config.no_shows_until_deposit;
    let no_shows = draft.visitor.as_ref().map_or(0, |visitor| visitor.no_shows);
    if owes > 0 && no_shows >= owes { quotation.deposit(share(game, 50)) } else { quotation }
}

/// Each started hour of dark on a court outdoors that has lights.
fn lights(draft: &Draft, config: &Config) -> i64 {
    let Some(start) = &draft.start else { return 0 };
    let needs = |item: &sdk::DraftItem| item.with_skill("lit") && !item.with_skill("indoor");
    if !draft.items.iter().any(needs) {
        return 0;
    }
    let dark_from = config.lights_from_hour * 60;
    let end = start.minute + draft.minutes();
    let dark = end.saturating_sub(start.minute.max(dark_from));
    i64::from(dark.div_ceil(60)) * config.lights_fee
}

/// Half a minor unit rounds away from nothing, as in the catalogue.
fn share(amount: i64, percent: i64) -> i64 {
    let hundredths = amount * percent;
    (hundredths + 50 * hundredths.signum()) / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Peak,
        rules::tests::{at, context, game, member},
    };

    fn lines(draft: &Draft, config: &Config) -> Vec<(String, i64)> {
        let quotation = quote(&context("es-MX"), draft, config);
        quotation.lines.into_iter().map(|line| (line.key, line.amount)).collect()
    }

    #[test]
    fn a_quiet_morning_costs_the_base_and_an_evening_more() {
        let config = Config::default();
        assert_eq!(lines(&at(game(&["padel"]), 2, 10, 0), &config), []);
        assert_eq!(lines(&at(game(&["padel"]), 2, 18, 0), &config), [("hour".to_owned(), 10_000)]);
        assert_eq!(lines(&at(game(&["padel"]), 2, 17, 59), &config), []);
        assert_eq!(lines(&at(game(&["padel"]), 2, 22, 0), &config), []);
    }

    #[test]
    fn at_the_weekend_the_dearer_of_two_reasons_holds() {
        let all_week = Peak { weekdays: (1..=7).collect(), from_hour: 9, to_hour: 12, percent: 10 };
        let config = Config { peak: vec![all_week], ..Config::default() };
        assert_eq!(lines(&at(game(&["padel"]), 6, 10, 0), &config), [("hour".to_owned(), 6_000)]);
        assert_eq!(lines(&at(game(&["padel"]), 3, 10, 0), &config), [("hour".to_owned(), 4_000)]);
    }

    #[test]
    fn lights_are_paid_by_the_started_hour_outdoors_only() {
        let config = Config { peak: vec![], ..Config::default() };
        let lit = ["padel", "lit"];
        assert_eq!(lines(&at(game(&lit), 2, 18, 0), &config), [("lights".to_owned(), 5_000)], "half an hour of dark");
        assert_eq!(lines(&at(game(&lit), 2, 17, 30), &config), []);
        assert_eq!(lines(&at(game(&lit), 2, 20, 0), &config), [("lights".to_owned(), 10_000)], "ninety minutes");
        assert_eq!(lines(&at(game(&["padel", "lit", "indoor"]), 2, 20, 0), &config), []);
    }

    #[test]
    fn members_pay_less_for_the_game_and_the_same_for_lights() {
        let config = Config::default();
        let evening = at(member(game(&["padel", "lit"])), 2, 20, 0);
        let expected = [("hour", 10_000), ("lights", 10_000), ("member", -10_000)];
        assert_eq!(lines(&evening, &config), expected.map(|(key, amount)| (key.to_owned(), amount)));
    }

    #[test]
    fn whoever_stayed_away_twice_pays_half_first() {
        let mut draft = at(game(&["padel"]), 2, 10, 0);
        assert_eq!(quote(&context("es"), &draft, &Config::default()).deposit, None);
        draft.visitor.as_mut().unwrap().no_shows = 2;
        assert_eq!(quote(&context("es"), &draft, &Config::default()).deposit, Some(20_000));
    }
}
