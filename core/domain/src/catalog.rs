//! What is sold and what it needs: services, resources, skills, hours.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::{BlockId, LocationId, Money, ResourceId, ServiceId, Span};

/// Anything bookable. `kind` and `skills` are words the module and the owner choose; core only compares them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub id: ResourceId,
    pub location: LocationId,
    /// What it is, as services ask for it: `person`, `room`, `device`, or a word of the module's.
    pub kind: String,
    pub name: String,
    /// Skill keys: broad categories and exact service keys alike.
    pub skills: Vec<String>,
    /// How many bookings it takes at the same time; 1 for a person.
    pub capacity: u32,
    pub active: bool,
    pub hours: WeeklyHours,
    /// Share of the work under fair assignment; 100 is a full share.
    pub weight: u32,
    /// Shown in lists and lanes, small first.
    pub position: i32,
}

/// What is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub id: ServiceId,
    /// Stable key that modules, skills and imports use.
    pub key: String,
    /// Name in the tenant's language.
    pub name: String,
    /// Other words customers use for it.
    pub synonyms: Vec<String>,
    pub active: bool,
    /// What happens, in order; their sum is the visible duration.
    pub phases: Vec<Phase>,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    pub price: Money,
    /// What must be free, by role. Never empty.
    pub needs: Vec<Need>,
    pub position: i32,
}

impl Service {
    pub fn minutes(&self) -> u32 {
        self.phases.iter().map(|phase| phase.minutes).sum()
    }
}

/// A stretch of a service. In a gap (`busy: false`) the resources of roles with `frees_in_gaps` are free for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    pub minutes: u32,
    pub busy: bool,
}

/// One role a service must fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// What the resource is for here: `with`, `room`, `device`.
    pub role: String,
    /// [`Resource::kind`] it must have.
    pub kind: String,
    /// Skill it must have, if any: compared with [`Resource::skills`].
    #[serde(default)]
    pub skill: Option<String>,
    /// How many of them.
    #[serde(default)]
    pub count: Count,
    /// Free for others during the service's gaps.
    #[serde(default)]
    pub frees_in_gaps: bool,
    /// The customer may wish for a particular one ("with Ana").
    #[serde(default)]
    pub choosable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    #[default]
    One,
    /// That many different ones.
    Several(u32),
    /// Every active resource of the kind.
    All,
    /// One with room for the whole party beside whoever is there already: a seat each.
    Seats,
    /// One that holds the whole party, for itself alone.
    Whole,
}

/// Opening hours of one week in the location's wall clock. Split shifts are several spans a day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WeeklyHours(pub Vec<WeeklySpan>);

/// `from..to` in minutes after the midnight that begins `weekday`; `to` past 1440 runs into the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklySpan {
    /// 1 Monday to 7 Sunday (ISO 8601).
    pub weekday: u8,
    pub from_minute: u16,
    pub to_minute: u16,
}

impl WeeklySpan {
    pub fn day(self) -> Option<Weekday> {
        Weekday::from_monday_one_offset(i8::try_from(self.weekday).ok()?).ok()
    }
}

/// Dates on which other hours hold than in a usual week. `open` empty means closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursException {
    pub id: BlockId,
    pub location: LocationId,
    /// `None`: the whole location.
    pub resource: Option<ResourceId>,
    pub first: Date,
    pub last: Date,
    /// `(from, to)` in minutes after midnight of each date.
    pub open: Vec<(u16, u16)>,
    pub reason: String,
}

/// A stretch in which a resource cannot be booked: break, leave, maintenance, an outside calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub id: BlockId,
    pub resource: ResourceId,
    pub span: Span,
    pub reason: String,
}
