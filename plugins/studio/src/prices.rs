//! Equipment by the piece, nights on top, and a deposit of the whole.

use sdk::{Context, Draft, Quotation, say};

use crate::{
    config::Config,
    rules::standing,
    sentences::{EQUIPMENT, NIGHT},
};

pub(crate) fn quote(context: &Context, draft: &Draft, config: &Config) -> Quotation {
    let base = draft.price();
    let rented = standing(draft, config);
    let equipment = rented.iter().map(|(equipment, number)| equipment.price * i64::from(*number)).sum();
    let night = share(night_part(base, draft, config), config.night_percent);
    let total = base + night + equipment;
    let quotation = Quotation::default().line("night", say(context, NIGHT), night).line(
        "equipment",
        say(context, EQUIPMENT),
        equipment,
    );
    let deposit = share(total, config.deposit_percent);
    if deposit > 0 { quotation.deposit(deposit) } else { quotation }
}

/// The part of the price that falls into the night, by its minutes.
fn night_part(base: i64, draft: &Draft, config: &Config) -> i64 {
    let (Some(start), minutes) = (&draft.start, draft.minutes()) else { return 0 };
    if minutes == 0 {
        return 0;
    }
    let night = config.night_from_hour * 60;
    let dark = (start.minute + minutes).saturating_sub(start.minute.max(night));
    base * i64::from(dark) / i64::from(minutes)
}

fn share(amount: i64, percent: i64) -> i64 {
    (amount * percent + 50) / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{context, session};

    fn shown(draft: &Draft) -> (Vec<(String, i64)>, Option<i64>) {
        let quotation = quote(&context("en"), draft, &Config::default());
        (quotation.lines.into_iter().map(|line| (line.key, line.amount)).collect(), quotation.deposit)
    }

    #[test]
    fn half_is_paid_first_and_equipment_counts() {
        assert_eq!(shown(&session(120, 3, 10, Some("nothing"))), (vec![], Some(15_000)));
        let (lines, deposit) = shown(&session(120, 3, 10, Some("drums and 2 mics")));
        assert_eq!((lines, deposit), (vec![("equipment".to_owned(), 25_000)], Some(27_500)));
    }

    #[test]
    fn only_the_part_at_night_costs_more() {
        assert_eq!(shown(&session(120, 3, 21, None)).0, [("night".to_owned(), 3_000)], "one of two hours");
        assert_eq!(shown(&session(120, 3, 22, None)).0, [("night".to_owned(), 6_000)]);
        assert_eq!(shown(&session(120, 3, 20, None)).0, []);
    }
}
