//! What changes a price besides the service itself: data that the owner sets.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Rules in the order in which their lines are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tariff {
    pub rules: Vec<PriceRule>,
    /// Core's part of the total becomes a multiple of so many minor units, the nearest; half goes away from zero.
    pub round_to: Option<u32>,
    pub deposit: Option<Deposit>,
}

/// One line more, where all conditions hold. Every rule changes the service's own price: they do not compound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRule {
    /// Stable: `peak`, `weekend`, `member`.
    pub key: String,
    /// In the tenant's language.
    pub label: String,
    /// Service keys; none means all.
    #[serde(default)]
    pub services: Vec<String>,
    #[serde(default)]
    pub when: Vec<Condition>,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// 1 Monday to 7 Sunday, of the location's wall clock.
    Weekdays(Vec<u8>),
    /// `[from, to)` in minutes of the location's wall clock; over midnight when `to` is smaller.
    Between(u16, u16),
    /// Both included.
    Dates(Date, Date),
    Member,
    /// At least so many come.
    Party(u32),
    /// At least so many percent of the day's working time are taken.
    Demand(u32),
    /// Booked at most so many minutes before the start.
    Within(u32),
}

impl Condition {
    /// Whether it is one of time, which may hold for a part of a visit.
    pub fn is_of_time(&self) -> bool {
        match self {
            Self::Weekdays(_) | Self::Between(..) | Self::Dates(..) => true,
            Self::Member | Self::Party(_) | Self::Demand(_) | Self::Within(_) => false,
        }
    }
}

/// Amounts are in minor units of the tenant's currency; negative ones are discounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Hundredths of a percent of the service's price, for the part of the visit in which the conditions of time hold.
    Share(i32),
    /// For each hour in which they hold, by the minute.
    PerHour(i64),
    /// Once, if they hold at the start.
    Amount(i64),
    /// For each person after the first, if they hold at the start.
    PerPerson(i64),
}

/// What is paid ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    pub part: DepositPart,
    /// Only for totals of at least so many minor units.
    #[serde(default)]
    pub from_total: i64,
    /// Members pay none.
    #[serde(default)]
    pub members_free: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepositPart {
    /// Hundredths of a percent of the total.
    Share(i32),
    /// But never more than the total.
    Amount(i64),
}
