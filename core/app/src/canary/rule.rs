//! When a canary stops by itself: the sums of those who try the new release beside those of who stayed, over the same
//! stretch of time. What is written here is what `docs/operators-guide.md` says.
//!
//! Invariant: pure. The first reason that holds is given, in a sentence for the admin.

use domain::canary::Figures;

/// Failed calls that are no accident any more.
const FAILURES: u64 = 3;
/// How much larger the share of failed calls may be, in hundredths of a percent: one percent.
const FAILING_MORE: u64 = 100;
/// Turns, or bookings judged, that a share is worth looking at from.
const ENOUGH: u64 = 20;
/// A share may be half as large again, and five percent on top of it.
const MORE: u64 = 500;
/// Calls that a p99 is worth looking at from.
const CALLS: u64 = 100;
/// A p99 may be twice as long, and must be longer by this much to matter to anybody.
const SLOWER_US: u64 = 20_000;

/// Why the new release must go, if it must.
pub(crate) fn verdict(new: &Figures, old: &Figures) -> Option<String> {
    failing(new, old)
        .or_else(|| {
            let part = |figures: &Figures| (figures.fallbacks, figures.turns);
            (new.turns >= ENOUGH).then(|| larger("turns were answered without it", part(new), part(old)))?
        })
        .or_else(|| {
            let part = |figures: &Figures| (figures.hand_overs, figures.turns);
            let enough = new.turns.min(old.turns) >= ENOUGH;
            enough.then(|| larger("turns ended with a person", part(new), part(old)))?
        })
        .or_else(|| {
            let part = |figures: &Figures| (figures.refused, figures.judged);
            let enough = new.judged.min(old.judged) >= ENOUGH;
            enough.then(|| larger("bookings were refused", part(new), part(old)))?
        })
        .or_else(|| slower(new, old))
}

fn failing(new: &Figures, old: &Figures) -> Option<String> {
    let (theirs, before) = ((new.failures(), new.calls), (old.failures(), old.calls));
    let too_many = new.failures() >= FAILURES && share(theirs) > share(before) + FAILING_MORE;
    too_many.then(|| {
        let kinds = format!("{} trapped, {} ran out of time", new.traps, new.timeouts);
        format!("{} ({kinds})", compared("calls failed", theirs, before))
    })
}

fn larger(what: &str, new: (u64, u64), old: (u64, u64)) -> Option<String> {
    (share(new) > share(old) * 3 / 2 + MORE).then(|| compared(what, new, old))
}

fn slower(new: &Figures, old: &Figures) -> Option<String> {
    let (p99, before) = (new.p99_us()?, old.p99_us()?);
    let slower = new.calls.min(old.calls) >= CALLS && p99 > before * 2 && p99 >= before + SLOWER_US;
    slower
        .then(|| format!("of 100 calls one takes {} ms or more, on the old release {} ms", p99 / 1_000, before / 1_000))
}

/// In hundredths of a percent.
fn share((part, whole): (u64, u64)) -> u64 {
    part.saturating_mul(10_000).checked_div(whole).unwrap_or(0)
}

fn compared(what: &str, new: (u64, u64), old: (u64, u64)) -> String {
    format!("{} of {} {what}, on the old release {} of {}", new.0, new.1, old.0, old.1)
}

#[cfg(test)]
mod tests {
    use domain::canary::Figures;

    use super::verdict;

    fn quiet() -> Figures {
        Figures { calls: 200, judged: 50, turns: 50, times: [(4_000, 200)].into(), ..Figures::default() }
    }

    fn check(change: impl Fn(&mut Figures), expected: Option<&str>) {
        let mut new = quiet();
        change(&mut new);
        assert_eq!(verdict(&new, &quiet()).as_deref(), expected);
    }

    #[test]
    fn a_release_like_the_one_before_goes_on() {
        check(|_same| {}, None);
    }

    #[test]
    fn three_failed_calls_stop_it_and_two_do_not() {
        check(|new| new.traps = 2, None);
        check(
            |new| (new.traps, new.timeouts) = (2, 1),
            Some("3 of 200 calls failed, on the old release 0 of 200 (2 trapped, 1 ran out of time)"),
        );
        let failing = Figures { traps: 3, ..quiet() };
        assert_eq!(verdict(&failing, &failing), None, "the old release fails as often: the new one is not to blame");
        let alone = Figures { calls: 4, traps: 3, ..Figures::default() };
        assert!(verdict(&alone, &Figures::default()).is_some(), "nobody needs to be compared with to see that");
    }

    #[test]
    fn a_share_must_be_clearly_larger_and_of_enough() {
        check(|new| new.fallbacks = 2, None);
        check(|new| new.fallbacks = 3, Some("3 of 50 turns were answered without it, on the old release 0 of 50"));
        check(|new| new.hand_overs = 3, Some("3 of 50 turns ended with a person, on the old release 0 of 50"));
        check(|new| new.refused = 3, Some("3 of 50 bookings were refused, on the old release 0 of 50"));
        check(|new| (new.turns, new.hand_overs) = (19, 19), None);
        let (new, old) = (Figures { refused: 17, ..quiet() }, Figures { refused: 10, ..quiet() });
        assert_eq!(verdict(&new, &old), None, "34 % against 20 % is within half as much again and five percent");
        let (new, old) = (Figures { refused: 15, ..quiet() }, Figures { judged: 19, ..quiet() });
        assert_eq!(verdict(&new, &old), None, "too few to compare with");
    }

    #[test]
    fn twice_as_slow_stops_it_when_anybody_can_feel_it() {
        let of = |step: u64| Figures { times: [(step, 200)].into(), ..quiet() };
        check(|new| new.times = [(11_000, 200)].into(), None);
        assert!(verdict(&of(64_000), &of(22_000)).is_some_and(|why| why.contains("64 ms") && why.contains("22 ms")));
        assert_eq!(verdict(&of(22_000), &of(11_000)), None);
    }
}
