//! Who comes first among those who could all do it.
//!
//! Four rules, each deciding only what the one before leaves open: the largest shortfall against one's share of the
//! work; the higher priority; least recently given something; and in the end place in lists, name and id, so that the
//! order never depends on the order in which anything was loaded.
//!
//! Whoever was not there for a while (joined later, on leave) is credited with the part of what was given out
//! meanwhile that would have been theirs. Without that, coming back would mean getting everything until the others
//! are caught up with.

use std::{cmp::Reverse, collections::HashMap};

use domain::{ResourceId, Span, catalog::Resource};
use jiff::Timestamp;

/// What fair assignment goes by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fairness {
    /// What was given to whom within the counting window, up to now: what lies ahead is added from what is taken.
    pub given: Vec<Given>,
    /// When somebody could not be given anything: on leave, or before they joined.
    pub absences: Vec<(ResourceId, Span)>,
    /// Larger comes first where shortfalls are equal; 0 for those who are not named.
    pub priorities: Vec<(ResourceId, i32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    pub resource: ResourceId,
    /// When it was given, or when it takes place: whichever the tenant counts by.
    pub at: Timestamp,
    /// In minutes, as what lies ahead is.
    pub amount: u32,
}

/// Shares are compared in millionths, in whole numbers.
const UNIT: i128 = 1_000_000;

/// `resources` in the order in which they are to be asked. A weight of 0 is asked last.
pub fn order<'a>(fairness: &Fairness, resources: &[&'a Resource]) -> Vec<&'a Resource> {
    let had = had(fairness, resources);
    let all: i128 = had.iter().map(|had| had.amount).sum();
    let weights: i128 = resources.iter().map(|resource| i128::from(resource.weight)).sum();
    let shortfall = |resource: &Resource, had: &Had| {
        (all * i128::from(resource.weight)).checked_div(weights).unwrap_or(0) - had.amount
    };
    let priority = |id: ResourceId| {
        let named = fairness.priorities.iter().find(|(named, _)| *named == id);
        named.map_or(0, |(_, priority)| *priority)
    };
    let mut ranked: Vec<_> = resources.iter().copied().zip(had).collect();
    ranked.sort_by(|(one, one_had), (other, other_had)| {
        let key = |resource: &'a Resource, had: &Had| {
            (
                Reverse(resource.weight > 0),
                Reverse(shortfall(resource, had)),
                Reverse(resource.weight),
                Reverse(priority(resource.id)),
                had.last,
                resource.position,
                resource.name.as_str(),
                resource.id,
            )
        };
        key(one, one_had).cmp(&key(other, other_had))
    });
    ranked.into_iter().map(|(resource, _)| resource).collect()
}

/// What one was given, in millionths, and when last; what it is credited with counts as given.
#[derive(Debug, Clone, Copy, Default)]
struct Had {
    amount: i128,
    last: Option<Timestamp>,
}

fn had(fairness: &Fairness, resources: &[&Resource]) -> Vec<Had> {
    let places: HashMap<ResourceId, usize> = resources.iter().map(|resource| resource.id).zip(0..).collect();
    let mut all = credits(fairness, resources);
    for given in &fairness.given {
        if let Some(had) = places.get(&given.resource).and_then(|place| all.get_mut(*place)) {
            had.amount += i128::from(given.amount) * UNIT;
            had.last = had.last.max(Some(given.at));
        }
    }
    all
}

/// What would have come to each of all that the others were given in its absence: to each of those who were there, it
/// would have been one more to share with.
fn credits(fairness: &Fairness, resources: &[&Resource]) -> Vec<Had> {
    let mut away: HashMap<ResourceId, Vec<Span>> = HashMap::new();
    for (who, span) in &fairness.absences {
        away.entry(*who).or_default().push(*span);
    }
    let absent =
        |who: ResourceId, at: Timestamp| away.get(&who).is_some_and(|all| all.iter().any(|span| span.contains(at)));
    // Who was there depends on the moment alone, and many were given something at the same one.
    let mut present: HashMap<Timestamp, i128> = HashMap::new();
    let times = fairness.given.iter().map(|given| given.at).filter(|_| !away.is_empty());
    for at in times {
        present.entry(at).or_insert_with(|| {
            resources.iter().filter(|other| !absent(other.id, at)).map(|other| i128::from(other.weight)).sum()
        });
    }
    let credit = |resource: &&Resource| {
        let Some(own) = away.get(&resource.id) else { return Had::default() };
        let missed = fairness.given.iter().filter(|given| given.resource != resource.id);
        let missed = missed.filter(|given| own.iter().any(|span| span.contains(given.at)));
        let part = |given: &Given| {
            let part = i128::from(given.amount) * UNIT * i128::from(resource.weight);
            part.checked_div(present.get(&given.at).copied().unwrap_or(0)).unwrap_or(0)
        };
        Had { amount: missed.map(part).sum(), last: None }
    };
    resources.iter().map(credit).collect()
}

#[cfg(test)]
mod tests {
    use domain::{LocationId, catalog::WeeklyHours};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> ResourceId {
        ResourceId(Uuid::from_u128(number))
    }

    fn person(number: u128, weight: u32) -> Resource {
        Resource {
            id: id(number),
            location: LocationId(Uuid::nil()),
            kind: "person".into(),
            name: format!("P{number}"),
            skills: vec![],
            capacity: 1,
            active: true,
            hours: WeeklyHours::default(),
            weight,
            position: 0,
        }
    }

    fn given(number: u128, hour: i64) -> Given {
        Given { resource: id(number), at: Timestamp::from_second(hour * 3_600).unwrap(), amount: 1 }
    }

    fn ordered(fairness: &Fairness, people: &[Resource]) -> Vec<u128> {
        let people: Vec<&Resource> = people.iter().collect();
        order(fairness, &people).iter().map(|person| person.id.0.as_u128()).collect()
    }

    #[test]
    fn the_largest_shortfall_against_the_weight_comes_first() {
        let people = [person(1, 100), person(2, 100), person(3, 200)];
        let fairness = Fairness { given: vec![given(1, 1), given(2, 2), given(3, 3)], ..Fairness::default() };
        assert_eq!(ordered(&fairness, &people)[0], 3, "has half the share that is due");
        let fairness =
            Fairness { given: vec![given(1, 1), given(3, 2), given(3, 3), given(3, 4)], ..Fairness::default() };
        assert_eq!(ordered(&fairness, &people), [2, 1, 3]);
    }

    #[test]
    fn priority_then_least_recent_then_the_list_decide_what_is_equal() {
        let people = [person(1, 100), person(2, 100), person(3, 100)];
        assert_eq!(ordered(&Fairness::default(), &people), [1, 2, 3]);
        let given = vec![given(1, 9), given(2, 5), given(3, 7)];
        let fairness = Fairness { given, ..Fairness::default() };
        assert_eq!(ordered(&fairness, &people), [2, 3, 1]);
        let fairness = Fairness { priorities: vec![(id(1), 5)], ..fairness };
        assert_eq!(ordered(&fairness, &people), [1, 2, 3]);
    }

    #[test]
    fn a_newcomer_gets_a_share_and_not_everything() {
        let people = [person(1, 100), person(2, 100), person(3, 100)];
        let earlier: Vec<Given> = (0..20).map(|hour| given(1 + u128::from(hour % 2 == 1), hour)).collect();
        let joined = Span::new(Timestamp::UNIX_EPOCH, Timestamp::from_second(20 * 3_600).unwrap()).unwrap();
        let mut fairness = Fairness { given: earlier, absences: vec![(id(3), joined)], ..Fairness::default() };
        let mut next = Vec::new();
        for hour in 20..26 {
            let first = ordered(&fairness, &people)[0];
            next.push(first);
            fairness.given.push(given(first, hour));
        }
        next.sort_unstable();
        assert_eq!(next, [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn without_weight_one_is_asked_last() {
        let fairness = Fairness { given: vec![given(2, 1); 50], ..Fairness::default() };
        assert_eq!(ordered(&fairness, &[person(1, 0), person(2, 100)]), [2, 1]);
        assert_eq!(ordered(&fairness, &[person(1, 0)]), [1]);
    }

    proptest! {
        #[test]
        fn the_order_does_not_depend_on_how_things_were_loaded(
            given in prop::collection::vec((1_u128..6, 0_i64..50, 1_u32..4), 0..30),
            weights in prop::collection::vec(0_u32..300, 5),
            turn in 0_usize..5,
        ) {
            let mut people: Vec<Resource> = (1..).zip(weights).map(|(number, weight)| person(number, weight)).collect();
            let given = given.into_iter().map(|(who, hour, amount)| Given { amount, ..self::given(who, hour) });
            let mut fairness = Fairness { given: given.collect(), ..Fairness::default() };
            let first = ordered(&fairness, &people);
            people.rotate_left(turn);
            fairness.given.reverse();
            prop_assert_eq!(first, ordered(&fairness, &people));
        }

        /// Over many rounds everybody ends within one visit of the share that the weight promises.
        #[test]
        fn in_the_long_run_everybody_has_their_share(weights in prop::collection::vec(1_u32..300, 2..6)) {
            let people: Vec<Resource> = (1..).zip(&weights).map(|(number, weight)| person(number, *weight)).collect();
            let mut fairness = Fairness::default();
            for hour in 0..200 {
                let first = ordered(&fairness, &people)[0];
                fairness.given.push(self::given(first, hour));
            }
            let all: u32 = weights.iter().sum();
            for person in &people {
                let had = fairness.given.iter().filter(|given| given.resource == person.id).count();
                let due = 200.0 * f64::from(person.weight) / f64::from(all);
                prop_assert!((f64::from(u32::try_from(had).unwrap()) - due).abs() <= 2.0, "{had} of {due}");
            }
        }
    }
}
