//! The owner's rules for booking: one form, every number with its bounds, and what is wrong said beside it.

use app::view::{AppError, PolicyView};
use axum::response::Response;
use domain::tenant::{AfterStrikes, BookingPolicy, LateCancel, Limit, LimitOf, Period};
use serde::Serialize;
use templates::pages::{Page, Words, words};

use crate::{
    answer::{Refused, redirect},
    call::{Call, Fields, invalid},
    desk::Frame,
};

/// Empty lines for further limits.
const MORE: usize = 2;

#[derive(Debug, Serialize)]
pub(crate) struct PoliciesPage {
    pub(crate) frame: Frame,
    pub(crate) groups: Vec<Group>,
    pub(crate) form: PolicyForm,
    pub(crate) rules: PolicyView,
    pub(crate) problem: String,
    pub(crate) saved: bool,
}

impl Page for PoliciesPage {
    const TEMPLATE: &'static str = "policies.html";
}

/// Numbers that belong together.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) numbers: Vec<Number>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Number {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) value: String,
    pub(crate) least: u32,
    pub(crate) most: u32,
    pub(crate) wrong: bool,
}

/// What is no plain number, as typed.
#[derive(Debug, Serialize)]
pub(crate) struct PolicyForm {
    pub(crate) latest_start: String,
    pub(crate) needs_approval: bool,
    pub(crate) closed_on_holidays: bool,
    pub(crate) late_cancel: String,
    pub(crate) late_fee: String,
    pub(crate) after_strikes: String,
    pub(crate) limits: Vec<LimitForm>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LimitForm {
    /// `customer`, `kind:person` or an id; empty: none.
    pub(crate) of: String,
    pub(crate) per: String,
    pub(crate) bookings: String,
    pub(crate) minutes: String,
}

/// `GET /t/{slug}/policies`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let rules = call.desk.app.policy(&call.clerk()?).await?;
    let policy = &rules.policy;
    let value = |name: &str| number(policy, name).to_string();
    let groups = groups(words(call.language()), value, None);
    let form = shown(policy);
    let saved = call.query().text("saved") == "1";
    page(&call, rules, groups, form, String::new(), saved).await
}

async fn page(
    call: &Call,
    rules: PolicyView,
    groups: Vec<Group>,
    form: PolicyForm,
    problem: String,
    saved: bool,
) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let mut frame = call.desk.frame(call.session()?, "policies", words(clerk.language).policies);
    frame.nav = call.desk.app.nav(&clerk).await?;
    call.desk.html(&PoliciesPage { frame, groups, form, rules, problem, saved })
}

/// `POST /t/{slug}/policies`: kept, or the form again as it was typed with what is wrong.
pub(crate) async fn update(call: Call) -> Result<Response, Refused> {
    let (clerk, fields, t) = (call.clerk()?, call.form(), words(call.language()));
    let rules = call.desk.app.policy(&clerk).await?;
    let wrong = match read(&fields, &rules.policy, t) {
        Ok(policy) => match call.desk.app.set_policy(&clerk, policy).await {
            Ok(()) => return Ok(redirect(&format!("/t/{}/policies?saved=1", call.param("slug")?))),
            Err(AppError::Invalid { field, .. }) if field == "limits" => Wrong::limits(t),
            Err(wrong @ AppError::Invalid { .. }) => Wrong { field: "", told: Refused::App(wrong).told() },
            Err(other) => return Err(other.into()),
        },
        Err(wrong) => wrong,
    };
    let groups = groups(t, |name| fields.text(name).to_owned(), Some(wrong.field));
    page(&call, rules, groups, typed(&fields), wrong.told, false).await
}

/// What cannot be kept: the field, and a line for the person in front of it.
struct Wrong {
    field: &'static str,
    told: String,
}

impl Wrong {
    fn limits(t: &Words) -> Self {
        Self { field: "limits", told: format!("{}: {}", t.limits, t.limits_wrong) }
    }
}

fn bounds(name: &str) -> (u32, u32) {
    let bounds = BookingPolicy::BOUNDS.iter().find(|(field, ..)| *field == name);
    bounds.map_or((0, u32::MAX), |(_, least, most)| (*least, *most))
}

/// Fields and what they are called.
type Named = Vec<(&'static str, &'static str)>;

/// The plain numbers of the form, in its order, and what they are called.
fn labels(t: &'static Words) -> [(&'static str, &'static str, Named); 4] {
    [
        (
            "when",
            t.policies_when,
            vec![
                ("notice_minutes", t.notice),
                ("horizon_days", t.horizon),
                ("grid_minutes", t.grid),
                ("open_per_customer", t.open_per_customer),
            ],
        ),
        ("cancel", t.policies_cancel, vec![("cancel_cutoff_minutes", t.cutoff)]),
        ("strikes", t.policies_strikes, vec![("strikes", t.strikes), ("undo_minutes", t.undo_for)]),
        ("waiting", t.policies_waiting, vec![("hold_minutes", t.hold_for), ("offer_minutes", t.offer_for)]),
    ]
}

fn groups(t: &'static Words, value: impl Fn(&str) -> String, wrong: Option<&str>) -> Vec<Group> {
    let number = |(name, label): (&'static str, &'static str)| {
        let (least, most) = bounds(name);
        Number { name, label, value: value(name), least, most, wrong: wrong == Some(name) }
    };
    let group = |(key, title, numbers): (&'static str, &'static str, Vec<_>)| Group {
        key,
        title,
        numbers: numbers.into_iter().map(number).collect(),
    };
    labels(t).into_iter().map(group).collect()
}

fn number(policy: &BookingPolicy, name: &str) -> u32 {
    match name {
        "notice_minutes" => policy.notice_minutes,
        "horizon_days" => policy.horizon_days,
        "grid_minutes" => policy.grid_minutes,
        "open_per_customer" => policy.open_per_customer,
        "cancel_cutoff_minutes" => policy.cancel_cutoff_minutes,
        "strikes" => policy.strikes,
        "undo_minutes" => policy.undo_minutes,
        "hold_minutes" => policy.hold_minutes,
        _ => policy.offer_minutes,
    }
}

/// The policy the form asks for, prices as they were.
fn read(fields: &Fields, before: &BookingPolicy, t: &'static Words) -> Result<BookingPolicy, Wrong> {
    let mut numbers = std::collections::BTreeMap::new();
    for (name, label) in labels(t).into_iter().flat_map(|(_, _, numbers)| numbers) {
        let (least, most) = bounds(name);
        let typed = fields.text(name).trim().parse::<u32>().ok().filter(|typed| (least..=most).contains(typed));
        let told = || format!("{label}: {} {least}–{most}", t.must_be);
        numbers.insert(name, typed.ok_or_else(|| Wrong { field: name, told: told() })?);
    }
    let of = |name: &str| numbers.get(name).copied().unwrap_or_default();
    let latest =
        match fields.some("latest_start") {
            None => None,
            // Hours that run over midnight are shown as on the wall and stay as they are.
            Some(text) if before.latest_start_minute.map(time).as_deref() == Some(text) => before.latest_start_minute,
            Some(text) => Some(minute(text).ok_or_else(|| Wrong {
                field: "latest_start",
                told: format!("{}: {}", t.latest_start, t.must_be_time),
            })?),
        };
    let late_cancel = match fields.text("late_cancel") {
        "fee" => {
            let fee = fields.text("late_fee").trim().parse::<u32>().ok().filter(|fee| (1..=100).contains(fee));
            let told = || format!("{}: {} 1–100", t.late_fee, t.must_be);
            LateCancel::FeePercent(fee.ok_or_else(|| Wrong { field: "late_fee", told: told() })?)
        }
        "refused" => LateCancel::Refused,
        _ => LateCancel::Free,
    };
    let after_strikes = match fields.text("after_strikes") {
        "refused" => AfterStrikes::Refused,
        "nothing" => AfterStrikes::Nothing,
        _ => AfterStrikes::NeedsApproval,
    };
    Ok(BookingPolicy {
        notice_minutes: of("notice_minutes"),
        horizon_days: of("horizon_days"),
        grid_minutes: of("grid_minutes"),
        hold_minutes: of("hold_minutes"),
        cancel_cutoff_minutes: of("cancel_cutoff_minutes"),
        open_per_customer: of("open_per_customer"),
        needs_approval: fields.text("needs_approval") == "true",
        late_cancel,
        strikes: of("strikes"),
        after_strikes,
        undo_minutes: of("undo_minutes"),
        offer_minutes: of("offer_minutes"),
        tariff: before.tariff.clone(),
        latest_start_minute: latest,
        closed_on_holidays: fields.text("closed_on_holidays") == "true",
        limits: limits(fields).map_err(|_unreadable| Wrong::limits(t))?,
    })
}

fn time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60 % 24, minute % 60)
}

/// Minutes after midnight of `18:30`.
fn minute(text: &str) -> Option<u16> {
    let time: jiff::civil::Time = text.parse().ok()?;
    let (hour, minute) = (u16::try_from(time.hour()).ok()?, u16::try_from(time.minute()).ok()?);
    Some(hour * 60 + minute)
}

/// `limit.0.of`, `limit.0.per`, … A line that is about nobody is no limit.
fn limits(fields: &Fields) -> Result<Vec<Limit>, Refused> {
    let mut limits = Vec::new();
    for line in typed_limits(fields).into_iter().filter(|line| !line.of.is_empty()) {
        let of = match (line.of.as_str(), line.of.strip_prefix("kind:")) {
            ("customer", _) => LimitOf::Customer,
            (_, Some(kind)) => LimitOf::Kind(kind.to_owned()),
            (id, None) => LimitOf::Resource(id.parse().map_err(|_malformed| invalid("limits", "is nobody"))?),
        };
        let per = if line.per == "week" { Period::Week } else { Period::Day };
        let some = |text: &str| match text.trim() {
            "" => Ok(None),
            typed => typed.parse::<u32>().map(Some).map_err(|_no_number| invalid("limits", "is no number")),
        };
        limits.push(Limit { of, per, bookings: some(&line.bookings)?, minutes: some(&line.minutes)? });
    }
    Ok(limits)
}

fn typed_limits(fields: &Fields) -> Vec<LimitForm> {
    let lines = fields.named("limit.").filter_map(|(rest, of)| Some((rest.strip_suffix(".of")?, of)));
    lines
        .map(|(line, of)| {
            let text = |name: &str| fields.text(&format!("limit.{line}.{name}")).to_owned();
            LimitForm { of: of.to_owned(), per: text("per"), bookings: text("bookings"), minutes: text("minutes") }
        })
        .collect()
}

fn typed(fields: &Fields) -> PolicyForm {
    let text = |name: &str| fields.text(name).to_owned();
    PolicyForm {
        latest_start: text("latest_start"),
        needs_approval: fields.text("needs_approval") == "true",
        closed_on_holidays: fields.text("closed_on_holidays") == "true",
        late_cancel: text("late_cancel"),
        late_fee: text("late_fee"),
        after_strikes: text("after_strikes"),
        limits: typed_limits(fields),
    }
}

fn shown(policy: &BookingPolicy) -> PolicyForm {
    let (late_cancel, late_fee) = match policy.late_cancel {
        LateCancel::Free => ("free", String::new()),
        LateCancel::FeePercent(fee) => ("fee", fee.to_string()),
        LateCancel::Refused => ("refused", String::new()),
    };
    let after_strikes = match policy.after_strikes {
        AfterStrikes::Nothing => "nothing",
        AfterStrikes::NeedsApproval => "needs_approval",
        AfterStrikes::Refused => "refused",
    };
    let some = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let limit = |limit: &Limit| LimitForm {
        of: match &limit.of {
            LimitOf::Customer => "customer".to_owned(),
            LimitOf::Kind(kind) => format!("kind:{kind}"),
            LimitOf::Resource(id) => id.to_string(),
        },
        per: if limit.per == Period::Week { "week" } else { "day" }.to_owned(),
        bookings: some(limit.bookings),
        minutes: some(limit.minutes),
    };
    let empty =
        || LimitForm { of: String::new(), per: "week".to_owned(), bookings: String::new(), minutes: String::new() };
    PolicyForm {
        latest_start: policy.latest_start_minute.map(time).unwrap_or_default(),
        needs_approval: policy.needs_approval,
        closed_on_holidays: policy.closed_on_holidays,
        late_cancel: late_cancel.to_owned(),
        late_fee,
        after_strikes: after_strikes.to_owned(),
        limits: policy.limits.iter().map(limit).chain((0..MORE).map(|_| empty())).collect(),
    }
}
