//! Room for several at once: a party takes as many seats of a shared resource, and one of a resource for one.

use std::collections::BTreeMap;

use domain::{ResourceId, Span, booking::Claim};
use jiff::Timestamp;
use scheduling::{Inputs, Opening};

/// The opening with seats for all of `party`, or `None` where there is no room for them together.
///
/// A resource that takes one booking at a time takes the whole party with it: a table, a field, a person.
pub(crate) fn seated(inputs: &Inputs, opening: &Opening, party: u32) -> Option<Opening> {
    let mut seated = opening.clone();
    for claim in seated.items.iter_mut().flat_map(|item| &mut item.claims) {
        if capacity(inputs, claim.resource) > 1 && party > 1 {
            if free_seats(inputs, claim) < party {
                return None;
            }
            claim.units = party;
        }
    }
    Some(seated)
}

/// How many people there is room for at this opening.
pub(crate) fn room(inputs: &Inputs, opening: &Opening) -> u32 {
    let claims = opening.items.iter().flat_map(|item| &item.claims);
    let shared = claims.filter(|claim| capacity(inputs, claim.resource) > 1);
    shared.map(|claim| free_seats(inputs, claim)).min().unwrap_or(u32::MAX)
}

fn capacity(inputs: &Inputs, resource: ResourceId) -> u32 {
    inputs.resources.iter().find(|other| other.id == resource).map_or(1, |resource| resource.capacity)
}

/// Seats that nobody has at any moment of the claim.
fn free_seats(inputs: &Inputs, claim: &Claim) -> u32 {
    let taken = claim.blocked.iter().map(|span| most_taken(inputs, claim.resource, *span)).max().unwrap_or(0);
    capacity(inputs, claim.resource).saturating_sub(taken)
}

/// The most seats taken at one moment of `span`.
fn most_taken(inputs: &Inputs, resource: ResourceId, span: Span) -> u32 {
    let mut steps: BTreeMap<Timestamp, i32> = BTreeMap::new();
    for busy in inputs.busy.iter().filter(|busy| busy.resource == resource && busy.span.overlaps(span)) {
        *steps.entry(busy.span.from()).or_default() += 1;
        *steps.entry(busy.span.to()).or_default() -= 1;
    }
    let (mut now, mut most) = (0, 0);
    for step in steps.into_values() {
        now += step;
        most = most.max(now);
    }
    u32::try_from(most).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use domain::{
        LocationId, ServiceId,
        booking::BookingItem,
        catalog::{Resource, WeeklyHours},
        tenant::BookingPolicy,
    };
    use jiff::tz::TimeZone;
    use scheduling::Busy;
    use uuid::Uuid;

    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span::new(Timestamp::from_second(from).unwrap(), Timestamp::from_second(to).unwrap()).unwrap()
    }

    fn inputs(capacity: u32, taken: &[(i64, i64)]) -> Inputs {
        let resource = Resource {
            id: ResourceId(Uuid::nil()),
            location: LocationId(Uuid::nil()),
            kind: "room".into(),
            name: "R".into(),
            skills: vec![],
            capacity,
            active: true,
            hours: WeeklyHours::default(),
            weight: 100,
            position: 0,
        };
        let busy = |(from, to): &(i64, i64)| Busy { resource: resource.id, span: span(*from, *to), booking: None };
        Inputs {
            location: LocationId(Uuid::nil()),
            zone: TimeZone::UTC,
            now: Timestamp::UNIX_EPOCH,
            policy: BookingPolicy::default(),
            location_hours: WeeklyHours::default(),
            exceptions: vec![],
            blocks: vec![],
            busy: taken.iter().map(busy).collect(),
            records: scheduling::Records::default(),
            resources: vec![resource],
        }
    }

    fn opening() -> Opening {
        let claim = Claim {
            resource: ResourceId(Uuid::nil()),
            name: "R".into(),
            role: "room".into(),
            blocked: vec![span(0, 60)],
            units: 1,
        };
        let item =
            BookingItem { service: ServiceId(Uuid::nil()), name: "S".into(), span: span(0, 60), claims: vec![claim] };
        Opening { span: span(0, 60), items: vec![item] }
    }

    #[test]
    fn a_group_of_two_does_not_fit_where_one_seat_is_left() {
        let nearly_full = inputs(3, &[(0, 60), (30, 90)]);
        assert_eq!(room(&nearly_full, &opening()), 1);
        assert_eq!(seated(&nearly_full, &opening(), 2), None);
        assert_eq!(seated(&nearly_full, &opening(), 1), Some(opening()));
        // One after the other they take one seat, not two.
        let in_turn = inputs(3, &[(0, 30), (30, 60)]);
        let both = seated(&in_turn, &opening(), 2).unwrap();
        assert_eq!(both.items[0].claims[0].units, 2);
    }

    #[test]
    fn what_takes_one_booking_takes_the_whole_party_with_it() {
        let field = inputs(1, &[]);
        assert_eq!(seated(&field, &opening(), 4), Some(opening()));
        assert_eq!(room(&field, &opening()), u32::MAX);
    }
}
