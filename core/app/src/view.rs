//! What pages and the API show and ask: plain structs, and the list of `App` methods that `web` calls.
//!
//! Invariants: instants are UTC, zones are named beside them and formatted only when rendered; names and
//! words of customers are data, never markup; nothing here holds a secret except [`LoggedIn::token`] and
//! [`SessionView::csrf`]. Every method takes a [`Clerk`] (who asks, already allowed by the route) or is named
//! for the outside. Another tenant's id is [`AppError::NotFound`], exactly like one that never existed.
//!
//! ```text
//! // people
//! async fn login(&self, email: &str, password: &str, source: &str) -> Result<LoggedIn, AppError>   // Denied for wrong pair, TooMany after 5 in 15 minutes per address or source
//! async fn session(&self, token: &str) -> Result<Option<SessionView>, AppError>                    // None: unknown, idle too long, expired; touches it
//! async fn logout(&self, token: &str) -> Result<(), AppError>
//! // dashboard
//! async fn nav(&self, clerk: &Clerk) -> Result<NavCounts, AppError>
//! async fn overview(&self, clerk: &Clerk) -> Result<OverviewView, AppError>
//! async fn inbox(&self, clerk: &Clerk, filter: InboxFilter, cursor: Option<&str>) -> Result<InboxList, AppError>   // 40 a page, waiting first on the first page
//! async fn thread(&self, clerk: &Clerk, conversation: ConversationId, before: Option<MessageId>) -> Result<ThreadView, AppError>   // newest 60, oldest first; does not mark read
//! async fn mark_read(&self, clerk: &Clerk, conversation: ConversationId) -> Result<(), AppError>
//! async fn reply(&self, clerk: &Clerk, conversation: ConversationId, text: &str, key: &str) -> Result<MessageId, AppError>   // key: the form's own, sent twice is one message; Invalid{"text"} when the assistant has the thread; outside the window it waits
//! async fn take_over(&self, clerk: &Clerk, conversation: ConversationId) -> Result<(), AppError>
//! async fn give_back(&self, clerk: &Clerk, conversation: ConversationId) -> Result<(), AppError>
//! async fn catalog(&self, clerk: &Clerk) -> Result<CatalogView, AppError>
//! async fn calendar(&self, clerk: &Clerk, first: Date, days: u32) -> Result<CalendarView, AppError>   // dates of the location's wall clock, days 1..=42
//! async fn booking(&self, clerk: &Clerk, booking: BookingId) -> Result<BookingView, AppError>
//! async fn bookings(&self, clerk: &Clerk, from: Timestamp, to: Timestamp) -> Result<Vec<BookingView>, AppError>   // at most 500, by start
//! async fn availability(&self, clerk: &Clerk, wish: &AvailabilityWish) -> Result<Vec<OpeningView>, AppError>
//! async fn book(&self, clerk: &Clerk, new: &NewBooking, idempotency: Option<&str>) -> Result<BookingView, AppError>   // same key and body: same answer; other body: KeyReused
//! async fn move_booking(&self, clerk: &Clerk, booking: BookingId, to: &MoveBooking) -> Result<BookingView, AppError>
//! async fn act_on_booking(&self, clerk: &Clerk, booking: BookingId, action: BookingAction, version: i64) -> Result<BookingView, AppError>   // not Move
//! async fn hold_for(&self, clerk: &Clerk, new: &NewBooking) -> Result<BookingView, AppError>      // lets go by itself after the owner's hold time; confirmed by act_on_booking
//! async fn booking_file(&self, clerk: &Clerk, booking: BookingId) -> Result<BookingFile, AppError>
//! async fn walk_in(&self, clerk: &Clerk, new: &WalkIn) -> Result<BookingView, AppError>            // begins now and has arrived
//! async fn block(&self, clerk: &Clerk, new: &NewBlock) -> Result<BlockMade, AppError>
//! async fn unblock(&self, clerk: &Clerk, block: BlockId) -> Result<(), AppError>
//! async fn matrix(&self, clerk: &Clerk) -> Result<MatrixView, AppError>
//! async fn plan_series(&self, clerk: &Clerk, new: &NewSeries) -> Result<SeriesPlan, AppError>
//! async fn create_series(&self, clerk: &Clerk, new: &NewSeries) -> Result<SeriesView, AppError>    // SeriesConflicts tells all of them before anything is written
//! async fn series, cancel_series, move_series(&self, clerk: &Clerk, series: SeriesId, …) -> Result<SeriesView, AppError>
//! async fn approvals(&self, clerk: &Clerk) -> Result<Vec<BookingView>, AppError>                   // waiting for a member's yes, soonest first
//! async fn waitlist(&self, clerk: &Clerk) -> Result<WaitlistView, AppError>
//! async fn join_waitlist(&self, clerk: &Clerk, new: &JoinWaitlist) -> Result<WaitlistEntryView, AppError>
//! async fn leave_waitlist_for(&self, clerk: &Clerk, entry: WaitlistEntryId) -> Result<(), AppError>
//! async fn act_and_tell(&self, clerk: &Clerk, booking: BookingId, action: BookingAction, version: i64, notify: bool) -> Result<BookingView, AppError>
//! async fn policy(&self, clerk: &Clerk) -> Result<PolicyView, AppError>
//! async fn set_policy, set_tariff(&self, clerk: &Clerk, …) -> Result<(), AppError>                 // Invalid names the field; each leaves the other as it is
//! async fn set_member(&self, clerk: &Clerk, customer: CustomerId, member: bool) -> Result<(), AppError>
//! async fn outside_calendars(&self, clerk: &Clerk) -> Result<Vec<OutsideCalendarView>, AppError>
//! async fn connect_outside_calendar(&self, clerk: &Clerk, new: &NewOutsideCalendar) -> Result<OutsideCalendarView, AppError>   // read once before it answers; a calendar that cannot be read is connected all the same, and closed
//! async fn read_outside_calendar_now, disconnect_outside_calendar(&self, clerk: &Clerk, id: OutsideCalendarId) -> …
//! // what changed, for SSE
//! async fn events_after(&self, tenant: TenantId, seq: i64) -> Result<Vec<ChangeView>, AppError>    // oldest first, at most 200
//! async fn latest_event(&self, tenant: TenantId) -> Result<i64, AppError>
//! fn bell(&self) -> tokio::sync::watch::Receiver<u64>                                               // rings when anything was committed here
//! // webhooks
//! async fn challenge(&self, channel: ChannelId, webhook: Webhook<'_>) -> Result<ChallengeOutcome, AppError>
//! async fn receive_webhook(&self, channel: ChannelId, webhook: Webhook<'_>) -> Result<WebhookOutcome, AppError>
//! // simulator (NotFound everywhere when the server runs without one)
//! async fn simulator_lines(&self) -> Result<Vec<SimulatorLine>, AppError>
//! async fn simulator(&self, slug: &str) -> Result<SimulatorView, AppError>
//! async fn simulator_screen(&self, slug: &str, phone: &Phone) -> Result<Screen, AppError>
//! async fn simulator_say(&self, slug: &str, from: &Handset, body: Body) -> Result<String, AppError>
//! async fn simulator_look(&self, slug: &str, phone: &Phone) -> Result<(), AppError>
//! async fn simulator_clear(&self, slug: &str, phone: &Phone) -> Result<(), AppError>
//! async fn graph_post(&self, phone_number_id: &str, authorization: &str, json: &str) -> Result<GraphAnswer, AppError>   // messages and typing
//! fn clock(&self) -> ClockView
//! async fn move_clock(&self, to: ClockMove) -> Result<ClockView, AppError>                          // NotFound when the clock is real
//! // platform and health
//! async fn platform(&self) -> Result<PlatformView, AppError>
//! async fn health(&self) -> HealthView
//! fn env(&self) -> &domain::Env                                                                     // request ids
//! fn public_url(&self) -> &str                                                                      // scheme://host[:port], for Origin checks and webhook URLs
//! ```

mod bookings;
mod canaries;
mod inbox;
mod messaging;
mod modules;
mod outside_calendars;
mod policies;
mod series;
pub mod texts;
mod waitlist;

pub use bookings::*;
pub use canaries::*;
pub use inbox::*;
pub use messaging::{ChallengeOutcome, FileView, NewFile, NewTemplate, TemplateSync, WebhookOutcome};
pub use modules::*;
pub use outside_calendars::*;
pub use policies::*;
pub use series::*;
pub use waitlist::*;

use domain::{
    BlockId, ChannelId, Currency, Language, MemberId, Money, ResourceId, ServiceId, TenantId,
    access::{Principal, Role},
    catalog::WeeklyHours,
    plan::Plan,
    simulator::Handset,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// A member at work, as the session and the route established. Carries the tenant into every use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clerk {
    pub tenant: TenantId,
    pub member: MemberId,
    pub role: Role,
    pub language: Language,
}

/// Why a use case did not do it. The texts are for people; `web` maps each to one status.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// 404. Also for things of other tenants.
    #[error("there is no such thing here")]
    NotFound,
    /// 401. Wrong address or password, never which.
    #[error("the address or the password is wrong")]
    Denied,
    /// 422.
    #[error("{field}: {reason}")]
    Invalid { field: String, reason: String },
    /// 409. The time cannot be had; why, and what can.
    #[error("that time cannot be booked")]
    NotBookable(Box<NotBookable>),
    /// 409. Visits of a series that cannot be had and are not decided on; nothing was written.
    #[error("some visits of the series cannot be booked")]
    SeriesConflicts(Box<SeriesPlan>),
    /// 409. Somebody changed it in between.
    #[error("it was changed in the meantime")]
    Stale,
    /// 422. The idempotency key came with another body.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// 429.
    #[error("too many attempts")]
    TooMany { retry_after_seconds: u32 },
    /// 503. Database locked, gone, or draining.
    #[error("not available right now")]
    Unavailable { retry_after_seconds: u32 },
    /// 500. A bug; the cause is logged once, at the rim.
    #[error("something broke")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Reasons in the asking member's language, and the nearest times that can be had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotBookable {
    pub reasons: Vec<ReasonView>,
    pub alternatives: Vec<OpeningView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonView {
    /// Stable: `taken`, `outside_hours`, `blocked`, `too_soon`, `past_horizon`, `unskilled`, …
    pub code: String,
    pub text: String,
}

/// A fresh login. `token` goes into the cookie and nowhere else.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    pub token: String,
    /// `/t/{slug}` or `/admin`.
    pub home: String,
}

/// Who is behind a session cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    pub principal: Principal,
    pub name: String,
    pub email: String,
    pub language: Language,
    pub csrf: String,
    /// `None` for a platform admin.
    pub tenant: Option<TenantView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantView {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub language: Language,
    pub currency: Currency,
    /// IANA name of the first location's zone: all of the dashboard's times are told in it.
    pub zone: String,
    pub location: String,
}

/// Numbers beside the menu entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NavCounts {
    pub unread: u32,
    pub waiting: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverviewView {
    /// Today's at the location, by start, cancelled ones left out.
    pub today: Vec<BookingView>,
    pub waiting: Vec<InboxRow>,
    pub checklist: Vec<ChecklistStep>,
    /// How many things did not get through; `None` for who may not decide about them.
    pub undelivered: Option<u32>,
    /// Calendars kept elsewhere that were not read lately.
    pub unread_calendars: Vec<OutsideCalendarView>,
}

/// A step to being live. `key`: `number`, `hours`, `services`, `people`, `first_booking`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistStep {
    pub key: String,
    pub done: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogView {
    pub services: Vec<ServiceView>,
    pub resources: Vec<ResourceView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceView {
    pub id: ServiceId,
    pub key: String,
    pub name: String,
    pub minutes: u32,
    pub price: Money,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceView {
    pub id: ResourceId,
    pub name: String,
    pub kind: String,
    /// Of an ordinary week; empty means the location's.
    pub hours: WeeklyHours,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalendarView {
    pub zone: String,
    pub first: Date,
    pub days: u32,
    pub now: Timestamp,
    pub grid_minutes: u32,
    /// In lane order, active ones.
    pub resources: Vec<ResourceView>,
    /// Touching the window, cancelled ones left out.
    pub bookings: Vec<BookingView>,
    pub blocks: Vec<BlockView>,
    pub elsewhere: Vec<ElsewhereView>,
    /// When each resource works in the window, exceptions applied: `(resource, from, to)`.
    pub open: Vec<OpenView>,
    /// What is particular about its days for everybody: holidays, other hours.
    pub notes: Vec<DayNote>,
}

/// A date that is not like others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayNote {
    pub date: Date,
    pub name: String,
    pub closed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenView {
    pub resource: ResourceId,
    pub from: Timestamp,
    pub to: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockView {
    pub id: BlockId,
    pub resource: ResourceId,
    pub from: Timestamp,
    pub to: Timestamp,
    pub reason: String,
}

/// Something changed. `kind`: `message`, `status` (ticks of one), `conversation`, `booking`; `subject`: its public id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeView {
    pub seq: i64,
    pub kind: String,
    pub subject: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulatorLine {
    pub slug: String,
    pub business: String,
    pub display_number: String,
    pub language: Language,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulatorView {
    pub line: SimulatorLine,
    pub zone: String,
    pub channel: ChannelId,
    /// Phones with a history first, then some to start with.
    pub handsets: Vec<Handset>,
    pub clock: ClockView,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockView {
    pub now: Timestamp,
    pub ahead_seconds: i64,
    pub movable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockMove {
    AdvanceSeconds(i64),
    SetTo(Timestamp),
    /// Back to the real time.
    Real,
}

/// What the platform admin sees first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlatformView {
    pub tenants: Vec<TenantRow>,
    pub modules: Vec<ModuleRow>,
    /// The newest first: what the rule stopped is an alert.
    pub canaries: Vec<CanaryView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRow {
    pub slug: String,
    pub name: String,
    pub active: bool,
    /// Module and version that run for it; empty when none.
    pub module: String,
    pub channels: u32,
    pub bookings_30_days: u64,
    pub conversations_30_days: u64,
    pub plan: Plan,
}

/// What a tenant's calls of one function of a module cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRow {
    /// Its slug.
    pub tenant: String,
    pub module: String,
    pub function: String,
    pub calls: u64,
    pub failures: u64,
    pub cpu_us: u64,
    /// Questions to the host.
    pub host_calls: u64,
    /// Of these questions and their answers.
    pub host_bytes: u64,
    pub peak_memory_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    pub ready: bool,
    pub parts: Vec<HealthPart>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthPart {
    pub name: String,
    pub ok: bool,
    pub detail: String,
}
