//! Who waits, who is asked when a slot is freed, and for how long the slot is theirs alone.
//!
//! Invariants: a slot is offered to one entry at a time; who is asked does not depend on the order in which entries
//! were loaded; nobody is asked who could not come in time, and no offer outlives the last moment at which the slot
//! could still be booked. Start at [`next`]; [`window`] says how long an offer stands.

use domain::{CustomerId, ResourceId, ServiceId, Span, WaitlistEntryId};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Weekday},
    tz::TimeZone,
};

/// Somebody waiting for a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: WaitlistEntryId,
    pub customer: CustomerId,
    /// Any of them will do.
    pub wishes: Vec<WaitWish>,
    /// How many come together; all of them or none.
    pub party: u32,
    /// Larger is asked first.
    pub priority: i32,
    pub since: Timestamp,
    /// Slots that were offered and passed on, let expire, or taken and given back: not offered again.
    pub passed: Vec<Span>,
    pub state: EntryState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    Waiting,
    /// Has an offer; gets no second one meanwhile.
    Offered,
    /// Booked, or no longer wants to.
    Done,
}

/// One thing an entry would take. Empty lists mean "any".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitWish {
    pub service: ServiceId,
    pub resources: Vec<ResourceId>,
    /// First and last date, both included.
    pub first: Date,
    pub last: Date,
    pub days: Vec<Weekday>,
    /// `[from, to)` in minutes of the wall clock between which the visit must start.
    pub between: Option<(u16, u16)>,
}

/// What has become free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freed {
    pub service: ServiceId,
    pub span: Span,
    /// Who and what it would be with.
    pub resources: Vec<ResourceId>,
    /// How many people there is room for: seats not taken, less those already promised in other offers.
    pub seats: u32,
}

/// A freed slot kept for one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    pub entry: WaitlistEntryId,
    /// From then on the next in line is asked.
    pub until: Timestamp,
}

/// How long offers stand, and what keeps them from being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferRules {
    /// An offer stands this long, when the slot is far away.
    pub claim_minutes: u32,
    /// It never stands shorter than this: nobody could answer; such a slot is not offered any more.
    pub least_minutes: u32,
    /// No booking closer than this, as for everybody.
    pub notice_minutes: u32,
    /// An offer takes at most one part in so many of the time that is left, so that others have their turn.
    pub share: u32,
}

impl Default for OfferRules {
    fn default() -> Self {
        Self { claim_minutes: 1_440, least_minutes: 5, notice_minutes: 30, share: 4 }
    }
}

/// Until when an offer made at `now` for a slot at `start` stands: the claim time, but at most a share of what is
/// left before the notice begins. `None` when less than the least is left: then it is too late to ask anybody.
///
/// With the defaults: five days ahead 24 h; one day ahead about 6 h; one hour ahead 7 min 30 s.
pub fn window(rules: &OfferRules, now: Timestamp, start: Timestamp) -> Option<Timestamp> {
    let last = start.checked_sub(minutes(rules.notice_minutes)).ok()?;
    let left = last.duration_since(now);
    let least = minutes(rules.least_minutes.max(1));
    if left < least {
        return None;
    }
    let shared = left / i32::try_from(rules.share.max(1)).unwrap_or(i32::MAX);
    let stands = minutes(rules.claim_minutes).min(shared).max(least);
    now.checked_add(stands).ok()
}

/// The offer to make for `freed`, or `None` when nobody who waits wants it, fits in, and could still come.
pub fn next(rules: &OfferRules, zone: &TimeZone, now: Timestamp, freed: &Freed, entries: &[Entry]) -> Option<Offer> {
    let until = window(rules, now, freed.span.from())?;
    let first = line(zone, freed, entries).into_iter().next()?;
    Some(Offer { entry: first.id, until })
}

/// Everybody who would be asked for `freed`, first to last: higher priority, then longer waiting, then the smaller id.
pub fn line<'a>(zone: &TimeZone, freed: &Freed, entries: &'a [Entry]) -> Vec<&'a Entry> {
    let mut line: Vec<&Entry> = entries.iter().filter(|entry| wants(zone, freed, entry)).collect();
    line.sort_by_key(|entry| (std::cmp::Reverse(entry.priority), entry.since, entry.id));
    line
}

/// Which place somebody has in the line for `freed`, counted from 1.
pub fn place(zone: &TimeZone, freed: &Freed, entries: &[Entry], entry: WaitlistEntryId) -> Option<usize> {
    line(zone, freed, entries).iter().position(|other| other.id == entry).map(|before| before + 1)
}

fn wants(zone: &TimeZone, freed: &Freed, entry: &Entry) -> bool {
    entry.state == EntryState::Waiting
        && entry.party.max(1) <= freed.seats
        && !entry.passed.contains(&freed.span)
        && entry.wishes.iter().any(|wish| fits(zone, freed, wish))
}

fn fits(zone: &TimeZone, freed: &Freed, wish: &WaitWish) -> bool {
    let wall = zone.to_datetime(freed.span.from());
    let minute = u16::from(wall.hour().unsigned_abs()) * 60 + u16::from(wall.minute().unsigned_abs());
    wish.service == freed.service
        && (wish.resources.is_empty() || wish.resources.iter().any(|wanted| freed.resources.contains(wanted)))
        && (wish.first..=wish.last).contains(&wall.date())
        && (wish.days.is_empty() || wish.days.contains(&wall.weekday()))
        && wish.between.is_none_or(|(from, to)| (from..to).contains(&minute))
}

fn minutes(number: u32) -> SignedDuration {
    SignedDuration::from_mins(i64::from(number))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone() -> TimeZone {
        TimeZone::get("America/Mexico_City").unwrap()
    }

    fn service() -> ServiceId {
        ServiceId(Uuid::from_u128(1))
    }

    fn resource(number: u128) -> ResourceId {
        ResourceId(Uuid::from_u128(number))
    }

    /// Wants anything in the first half of March, has waited since the first of February.
    fn entry(number: u128) -> Entry {
        Entry {
            id: WaitlistEntryId(Uuid::from_u128(number)),
            customer: CustomerId(Uuid::from_u128(number)),
            wishes: vec![WaitWish {
                service: service(),
                resources: vec![],
                first: "2026-03-01".parse().unwrap(),
                last: "2026-03-15".parse().unwrap(),
                days: vec![],
                between: None,
            }],
            party: 1,
            priority: 0,
            since: at("2026-02-01T00:00:00Z"),
            passed: vec![],
            state: EntryState::Waiting,
        }
    }

    /// Tuesday the third of March, ten in the morning in Mexico City.
    fn freed() -> Freed {
        let span = Span::lasting(at("2026-03-03T16:00:00Z"), 60).unwrap();
        Freed { service: service(), span, resources: vec![resource(7)], seats: 1 }
    }

    fn line_of(entries: &[Entry], freed: &Freed) -> Vec<u128> {
        line(&zone(), freed, entries).iter().map(|entry| entry.id.0.as_u128()).collect()
    }

    #[test]
    fn priority_comes_before_age_and_age_before_id() {
        let old = Entry { since: at("2026-01-01T00:00:00Z"), ..entry(9) };
        let dear = Entry { priority: 5, ..entry(8) };
        let mut entries = vec![entry(4), old, dear, entry(3)];
        assert_eq!(line_of(&entries, &freed()), [8, 9, 3, 4]);
        entries.reverse();
        assert_eq!(line_of(&entries, &freed()), [8, 9, 3, 4]);
        assert_eq!(place(&zone(), &freed(), &entries, entry(3).id), Some(3));
    }

    #[test]
    fn any_of_several_wishes_will_do_and_each_is_held_to_all_it_says() {
        let mut waiting = entry(1);
        let wish = waiting.wishes[0].clone();
        let fits = |changed: WaitWish| {
            let entries = [Entry { wishes: vec![changed], ..entry(1) }];
            !line_of(&entries, &freed()).is_empty()
        };
        assert!(fits(wish.clone()));
        assert!(fits(WaitWish { days: vec![Weekday::Tuesday], ..wish.clone() }));
        assert!(!fits(WaitWish { days: vec![Weekday::Wednesday], ..wish.clone() }));
        assert!(fits(WaitWish { between: Some((600, 601)), ..wish.clone() }));
        assert!(!fits(WaitWish { between: Some((540, 600)), ..wish.clone() }));
        assert!(fits(WaitWish { resources: vec![resource(6), resource(7)], ..wish.clone() }));
        assert!(!fits(WaitWish { resources: vec![resource(6)], ..wish.clone() }));
        assert!(!fits(WaitWish { last: "2026-03-02".parse().unwrap(), ..wish.clone() }));
        assert!(!fits(WaitWish { service: ServiceId(Uuid::from_u128(2)), ..wish.clone() }));
        waiting.wishes = vec![WaitWish { days: vec![Weekday::Sunday], ..wish.clone() }, wish];
        assert_eq!(line_of(&[waiting], &freed()), [1]);
    }

    /// pretix#1405: two friends and one seat; the seat goes to the next who fits.
    #[test]
    fn a_group_is_asked_only_when_all_of_it_fits() {
        let group = Entry { party: 2, priority: 9, ..entry(1) };
        let entries = [group, entry(2)];
        assert_eq!(line_of(&entries, &freed()), [2]);
        assert_eq!(line_of(&entries, &Freed { seats: 2, ..freed() }), [1, 2]);
        assert_eq!(line_of(&entries, &Freed { seats: 0, ..freed() }), [0_u128; 0]);
    }

    #[test]
    fn who_passed_or_has_an_offer_is_not_asked_again() {
        let passed = Entry { passed: vec![freed().span], ..entry(1) };
        let offered = Entry { state: EntryState::Offered, ..entry(2) };
        let done = Entry { state: EntryState::Done, ..entry(3) };
        let entries = [passed, offered, done, entry(4)];
        assert_eq!(line_of(&entries, &freed()), [4]);
    }

    #[test]
    fn an_offer_stands_a_day_and_shorter_the_nearer_the_slot_is() {
        let start = at("2026-03-10T12:00:00Z");
        let stands = |now: &str| {
            let now = at(now);
            window(&OfferRules::default(), now, start).map(|until| until.duration_since(now).as_secs() / 60)
        };
        assert_eq!(stands("2026-03-01T12:00:00Z"), Some(1_440));
        assert_eq!(stands("2026-03-09T12:00:00Z"), Some(352));
        assert_eq!(stands("2026-03-10T11:00:00Z"), Some(7));
        assert_eq!(stands("2026-03-10T11:20:00Z"), Some(5));
        assert_eq!(stands("2026-03-10T11:25:00Z"), Some(5));
    }

    /// pretix#1031: no offer after the start, nor so late that a yes would come too late.
    #[test]
    fn nothing_is_offered_that_could_no_longer_be_booked() {
        let start = freed().span.from();
        let rules = OfferRules::default();
        for late in ["2026-03-03T15:26:00Z", "2026-03-03T16:00:00Z", "2026-03-03T17:00:00Z"] {
            assert_eq!(next(&rules, &zone(), at(late), &freed(), &[entry(1)]), None, "{late}");
        }
        let mut now = at("2026-02-20T00:00:00Z");
        while let Some(until) = window(&rules, now, start) {
            assert!(now < until && until <= start.checked_sub(minutes(rules.notice_minutes)).unwrap());
            now = now.checked_add(minutes(7)).unwrap();
        }
    }

    #[test]
    fn the_line_moves_on_until_nobody_is_left() {
        let rules = OfferRules::default();
        let mut entries = vec![entry(1), entry(2), entry(3)];
        let mut now = at("2026-03-02T16:00:00Z");
        let mut asked = Vec::new();
        while let Some(offer) = next(&rules, &zone(), now, &freed(), &entries) {
            asked.push(offer.entry.0.as_u128());
            now = offer.until;
            let passing = entries.iter_mut().find(|entry| entry.id == offer.entry).unwrap();
            passing.passed.push(freed().span);
        }
        assert_eq!(asked, [1, 2, 3]);
    }
}
