//! A business, its outlets, and the rules the owner sets once for all bookings.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{Currency, Language, LocationId, Money, ResourceId, TenantId, tariff::Tariff};

/// A business. Its `slug` stands in URLs and never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub language: Language,
    pub currency: Currency,
    pub status: TenantStatus,
    pub policy: BookingPolicy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    Active,
    Suspended,
}

/// What the owner decides about booking as such.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BookingPolicy {
    /// No booking closer than this.
    pub notice_minutes: u32,
    /// No booking farther than this.
    pub horizon_days: u32,
    /// Starts are offered on this grid of the location's wall clock.
    pub grid_minutes: u32,
    /// A slot stays held for the customer who is deciding.
    pub hold_minutes: u32,
    /// The customer may cancel or move until this long before the start.
    pub cancel_cutoff_minutes: u32,
    /// Bookings and holds one customer may have open at once.
    pub open_per_customer: u32,
    /// New bookings wait for a member's yes.
    pub needs_approval: bool,
    /// What cancelling after the cut-off costs the customer.
    pub late_cancel: LateCancel,
    /// No-shows after which [`Self::after_strikes`] holds; 0: never.
    pub strikes: u32,
    pub after_strikes: AfterStrikes,
    /// A mark of arrival, completion or no-show can be taken back for this long.
    pub undo_minutes: u32,
    /// A freed slot waits this long for whoever is next on the waitlist, at most; less when the start is near.
    pub offer_minutes: u32,
    pub tariff: Tariff,
    /// No visit starts later than this many minutes after the midnight that began the day's hours; past 1440 in hours
    /// that run over midnight.
    pub latest_start_minute: Option<u16>,
    /// Closed on the public holidays of the location's country, where no other hours are set for the date.
    pub closed_on_holidays: bool,
    /// How much one customer, or one resource, may take.
    pub limits: Vec<Limit>,
}

/// At most so much in each day or week of the location's wall clock. What is `None` is not limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub of: LimitOf,
    pub per: Period,
    #[serde(default)]
    pub bookings: Option<u32>,
    /// A customer's visible minutes; of a resource, those it is kept for, buffers included.
    #[serde(default)]
    pub minutes: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitOf {
    /// Each customer.
    Customer,
    /// Each resource of a kind.
    Kind(String),
    /// One resource.
    Resource(ResourceId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Day,
    /// Monday to Sunday (ISO 8601).
    Week,
}

/// Cancelling after the cut-off, by the customer; members decide for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateCancel {
    #[default]
    Free,
    /// That many hundredths of the total, told before the yes.
    FeePercent(u32),
    /// Only a person of the team can.
    Refused,
}

/// What a customer with too many no-shows may still do alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterStrikes {
    Nothing,
    /// Each booking waits for a member's yes.
    #[default]
    NeedsApproval,
    /// A person of the team books.
    Refused,
}

/// What cancelling costs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelTerms {
    Free,
    Fee(Money),
    Refused,
}

/// A number of the policy that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be {least} to {most}")]
pub struct OutOfBounds {
    pub field: &'static str,
    pub least: u32,
    pub most: u32,
}

impl BookingPolicy {
    /// What its numbers may be: field, least, most.
    pub const BOUNDS: [(&'static str, u32, u32); 11] = [
        ("notice_minutes", 0, 43_200),
        ("horizon_days", 1, 730),
        ("grid_minutes", 5, 240),
        ("hold_minutes", 1, 120),
        ("cancel_cutoff_minutes", 0, 20_160),
        ("open_per_customer", 1, 100),
        ("strikes", 0, 100),
        ("undo_minutes", 0, 10_080),
        ("offer_minutes", 5, 10_080),
        ("late_fee_percent", 1, 100),
        ("latest_start_minute", 0, 2_879),
    ];

    /// The first number that may not be.
    pub fn out_of_bounds(&self) -> Option<OutOfBounds> {
        let fee = match self.late_cancel {
            LateCancel::FeePercent(percent) => percent,
            LateCancel::Free | LateCancel::Refused => 100,
        };
        let numbers = [
            self.notice_minutes,
            self.horizon_days,
            self.grid_minutes,
            self.hold_minutes,
            self.cancel_cutoff_minutes,
            self.open_per_customer,
            self.strikes,
            self.undo_minutes,
            self.offer_minutes,
            fee,
            self.latest_start_minute.map_or(0, u32::from),
        ];
        let wrong =
            Self::BOUNDS.into_iter().zip(numbers).find(|((_, least, most), number)| number < least || number > most);
        wrong.map(|((field, least, most), _)| OutOfBounds { field, least, most })
    }

    /// What the customer is told before cancelling a visit of `total` that starts at `start`.
    pub fn cancel_terms(&self, start: Timestamp, total: Money, now: Timestamp) -> CancelTerms {
        if start.duration_since(now) >= SignedDuration::from_mins(i64::from(self.cancel_cutoff_minutes)) {
            return CancelTerms::Free;
        }
        match self.late_cancel {
            LateCancel::Free => CancelTerms::Free,
            LateCancel::Refused => CancelTerms::Refused,
            LateCancel::FeePercent(percent) => {
                let fee = total.share(i32::try_from(percent.min(100)).unwrap_or(100) * 100);
                fee.ok().filter(|fee| fee.minor > 0).map_or(CancelTerms::Free, CancelTerms::Fee)
            }
        }
    }

    /// Whether the customer may still change the visit alone.
    pub fn may_move(&self, start: Timestamp, now: Timestamp) -> bool {
        let late = start.duration_since(now) < SignedDuration::from_mins(i64::from(self.cancel_cutoff_minutes));
        !late || self.late_cancel == LateCancel::Free
    }

    /// What so many no-shows mean for the next booking.
    pub fn after(&self, no_shows: u32) -> AfterStrikes {
        if self.strikes > 0 && no_shows >= self.strikes { self.after_strikes } else { AfterStrikes::Nothing }
    }
}

impl Default for BookingPolicy {
    fn default() -> Self {
        Self {
            notice_minutes: 30,
            horizon_days: 90,
            grid_minutes: 15,
            hold_minutes: 10,
            cancel_cutoff_minutes: 120,
            open_per_customer: 5,
            needs_approval: false,
            late_cancel: LateCancel::default(),
            strikes: 3,
            after_strikes: AfterStrikes::default(),
            undo_minutes: 24 * 60,
            offer_minutes: 24 * 60,
            tariff: Tariff::default(),
            latest_start_minute: None,
            closed_on_holidays: false,
            limits: Vec::new(),
        }
    }
}

/// One outlet. All its hours and all times said to its customers are in `zone`.
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    pub id: LocationId,
    pub name: String,
    pub address: String,
    pub zone: TimeZone,
    /// ISO 3166 country, for public holidays; empty when unknown.
    pub country: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn cancelling_is_free_until_the_cut_off_and_then_as_the_owner_says() {
        let total = Money::new(33_301, Currency::MXN);
        let start = at("2026-03-02T18:00:00Z");
        let terms = |late_cancel, now| {
            BookingPolicy { late_cancel, ..BookingPolicy::default() }.cancel_terms(start, total, at(now))
        };
        assert_eq!(terms(LateCancel::Refused, "2026-03-02T16:00:00Z"), CancelTerms::Free);
        assert_eq!(terms(LateCancel::Refused, "2026-03-02T16:00:01Z"), CancelTerms::Refused);
        let half = Money::new(16_651, Currency::MXN);
        assert_eq!(terms(LateCancel::FeePercent(50), "2026-03-02T17:00:00Z"), CancelTerms::Fee(half));
        assert_eq!(terms(LateCancel::FeePercent(0), "2026-03-02T17:00:00Z"), CancelTerms::Free);
    }

    #[test]
    fn each_number_has_its_bounds_and_the_default_keeps_them() {
        assert_eq!(BookingPolicy::default().out_of_bounds(), None);
        let wrong = |policy: BookingPolicy| policy.out_of_bounds().map(|wrong| wrong.field);
        assert_eq!(wrong(BookingPolicy { grid_minutes: 0, ..BookingPolicy::default() }), Some("grid_minutes"));
        let fee = LateCancel::FeePercent(101);
        assert_eq!(wrong(BookingPolicy { late_cancel: fee, ..BookingPolicy::default() }), Some("late_fee_percent"));
        let late = Some(2_880);
        assert_eq!(
            wrong(BookingPolicy { latest_start_minute: late, ..BookingPolicy::default() }),
            Some("latest_start_minute")
        );
    }

    #[test]
    fn the_third_no_show_counts_and_the_second_does_not() {
        let policy = BookingPolicy::default();
        assert_eq!(policy.after(2), AfterStrikes::Nothing);
        assert_eq!(policy.after(3), AfterStrikes::NeedsApproval);
        assert_eq!(BookingPolicy { strikes: 0, ..policy }.after(9), AfterStrikes::Nothing);
    }
}
