//! What can be meant: intents, entities, times.

use domain::Language;
use jiff::{
    Zoned,
    civil::{Date, DateTime, Time},
};

/// What a message is read against.
#[derive(Debug, Clone)]
pub struct Context {
    /// The conversation's language so far.
    pub language: Option<Language>,
    /// The location's wall clock.
    pub now: Zoned,
    pub expecting: Option<Expecting>,
    /// What the last message listed, in order.
    pub offered: Vec<Offered>,
}

/// What was asked last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expecting {
    Service,
    Resource,
    Day,
    Time,
    Confirmation,
    /// Yes or no to cancelling: here "sí, cancélala" is the yes.
    ConfirmCancel,
    Choice,
    WhichBooking,
    Name,
    Party,
    Anything,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub id: String,
    pub label: String,
    pub at: Option<DateTime>,
    pub resource: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Understanding {
    pub language: Language,
    /// Whether the message itself shows its language.
    pub language_sure: bool,
    /// In the order they were said; never empty.
    pub requests: Vec<Request>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub intent: Intent,
    /// 0 to 1.
    pub confidence: f32,
    pub entities: Entities,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    Greet,
    Thanks,
    Bye,
    Help,
    Book,
    Move,
    Cancel,
    ListBookings,
    AskAvailability,
    AskPrice,
    AskHours,
    AskLocation,
    AskServices,
    Affirm,
    Deny,
    /// Changes something of what is being put together.
    Correct,
    /// Answers the open question.
    Inform,
    Choose,
    MoreOptions,
    Earlier,
    Later,
    Skip,
    Repeat,
    HandToPerson,
    OptOut,
    OptIn,
    Emergency,
    Waitlist,
    AskDuration,
    /// Who does it, who is there.
    AskStaff,
    /// About the business, but nothing we know: cards, invoices, parking for dogs.
    AskOther,
    /// "voy tarde", "on my way".
    RunningLate,
    Complaint,
    /// A module's tool, by name.
    Tool(String),
    Unknown,
}

impl Intent {
    /// The intents that words alone can show, as `data/cues` names them.
    const SHOWN: [Self; 26] = [
        Self::Greet,
        Self::Thanks,
        Self::Bye,
        Self::Help,
        Self::Book,
        Self::Move,
        Self::Cancel,
        Self::ListBookings,
        Self::AskAvailability,
        Self::AskPrice,
        Self::AskDuration,
        Self::AskHours,
        Self::AskLocation,
        Self::AskServices,
        Self::AskStaff,
        Self::AskOther,
        Self::MoreOptions,
        Self::Earlier,
        Self::Later,
        Self::Skip,
        Self::Repeat,
        Self::HandToPerson,
        Self::OptOut,
        Self::OptIn,
        Self::Emergency,
        Self::Waitlist,
    ];
    /// What somebody should hear of, whatever else was said.
    const ALARMS: [Self; 2] = [Self::RunningLate, Self::Complaint];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::SHOWN.into_iter().chain(Self::ALARMS).find(|intent| intent.name() == name)
    }

    /// Stable name, as `nlu` prints it.
    pub fn name(&self) -> &str {
        match self {
            Self::Greet => "greet",
            Self::Thanks => "thanks",
            Self::Bye => "bye",
            Self::Help => "help",
            Self::Book => "book",
            Self::Move => "move",
            Self::Cancel => "cancel",
            Self::ListBookings => "list_bookings",
            Self::AskAvailability => "ask_availability",
            Self::AskPrice => "ask_price",
            Self::AskHours => "ask_hours",
            Self::AskLocation => "ask_location",
            Self::AskServices => "ask_services",
            Self::Affirm => "affirm",
            Self::Deny => "deny",
            Self::Correct => "correct",
            Self::Inform => "inform",
            Self::Choose => "choose",
            Self::MoreOptions => "more_options",
            Self::Earlier => "earlier",
            Self::Later => "later",
            Self::Skip => "skip",
            Self::Repeat => "repeat",
            Self::HandToPerson => "hand_to_person",
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::Emergency => "emergency",
            Self::Waitlist => "waitlist",
            Self::AskDuration => "ask_duration",
            Self::AskStaff => "ask_staff",
            Self::AskOther => "ask_other",
            Self::RunningLate => "running_late",
            Self::Complaint => "complaint",
            Self::Tool(_) => "tool",
            Self::Unknown => "unknown",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entities {
    pub services: Vec<Match>,
    /// "sin barba", "quítale el tinte".
    pub removed_services: Vec<Match>,
    /// "agrégale", "too": the services come to what there is instead of in its place.
    pub adding: bool,
    /// "solo corte": the services and nothing beside them.
    pub only: bool,
    /// "lo de siempre": as last time.
    pub again: bool,
    /// "todas", "both": every booking.
    pub all: bool,
    pub resources: Vec<Match>,
    /// "with anyone".
    pub any_resource: bool,
    /// "anyone but Ana", "not with Luis".
    pub excluded_resources: Vec<Match>,
    pub time: TimeWish,
    /// Of the booking that is to be moved, where it was said: "del jueves al viernes".
    pub booking_day: Option<Date>,
    /// "de las 5 a las 6".
    pub booking_hour: Option<Time>,
    pub party: Option<u32>,
    pub duration_minutes: Option<u32>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    /// Index into what was offered.
    pub choice: Option<usize>,
}

impl Entities {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A name of the lexicon that was said.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    pub key: String,
    pub said: String,
    /// 0 to 1; 1 is letter for letter.
    pub score: f32,
}

/// When.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimeWish {
    pub days: Option<Days>,
    pub hour: Option<Hour>,
    /// Every week, every day.
    pub repeats: Option<&'static str>,
    /// That many minutes later, or earlier, than what is being talked about.
    pub shift: Option<i32>,
    /// A date that does not exist, as said.
    pub impossible: Option<String>,
}

impl TimeWish {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The one date meant, if it is one.
    pub fn date(&self) -> Option<Date> {
        match &self.days {
            Some(Days::On(date)) => Some(*date),
            Some(Days::Between(_, _) | Days::OneOf(_) | Days::Soonest) | None => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Days {
    On(Date),
    /// Both included.
    Between(Date, Date),
    OneOf(Vec<Date>),
    /// As soon as possible.
    Soonest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Hour {
    At(Time),
    From(Time),
    Until(Time),
    /// Both included.
    Between(Time, Time),
    Part(DayPart),
    /// "a primera hora".
    First,
    /// "lo más tarde que tengas".
    Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum DayPart {
    Morning,
    Noon,
    Afternoon,
    Evening,
}

impl DayPart {
    pub fn name(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::Noon => "noon",
            Self::Afternoon => "afternoon",
            Self::Evening => "evening",
        }
    }

    /// First and last minute of the day that count as this part: end excluded.
    pub fn minutes(self) -> (u16, u16) {
        match self {
            Self::Morning => (0, 12 * 60),
            Self::Noon => (12 * 60, 14 * 60),
            Self::Afternoon => (12 * 60, 19 * 60),
            Self::Evening => (18 * 60, 24 * 60),
        }
    }
}
