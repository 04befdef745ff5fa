//! What changes a price: the owner's rules as a list in words, a form for one of them, the deposit and rounding.

use app::view::{AppError, PolicyView, ServiceView};
use axum::response::Response;
use domain::{
    Currency, Money,
    tariff::{Change, Condition, Deposit, DepositPart, PriceRule, Tariff},
};
use serde::Serialize;
use templates::pages::{Page, Words, words};

use crate::{
    answer::{Refused, redirect},
    call::{Call, Fields},
    desk::Frame,
};

#[derive(Debug, Serialize)]
pub(crate) struct PricesPage {
    pub(crate) frame: Frame,
    pub(crate) rules: Vec<RuleRow>,
    pub(crate) form: RuleForm,
    pub(crate) deposit: DepositForm,
    pub(crate) services: Vec<ServiceView>,
    pub(crate) currency: Currency,
    pub(crate) problem: String,
    pub(crate) saved: bool,
}

impl Page for PricesPage {
    const TEMPLATE: &'static str = "prices.html";
}

/// One rule in words.
#[derive(Debug, Serialize)]
pub(crate) struct RuleRow {
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) when: Vec<String>,
    pub(crate) change: String,
}

/// One rule as typed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct RuleForm {
    /// Empty for a new one.
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) service: String,
    pub(crate) days: Vec<u8>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) member: bool,
    pub(crate) party: String,
    pub(crate) demand: String,
    pub(crate) within: String,
    pub(crate) change: String,
    pub(crate) amount: String,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct DepositForm {
    /// `none`, `share` or `amount`.
    pub(crate) part: String,
    pub(crate) amount: String,
    pub(crate) from_total: String,
    pub(crate) members_free: bool,
    pub(crate) round_to: String,
}

/// `GET /t/{slug}/prices?edit=KEY`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let view = call.desk.app.policy(&call.clerk()?).await?;
    let query = call.query();
    let edited = view.policy.tariff.rules.iter().find(|rule| Some(rule.key.as_str()) == query.some("edit"));
    let form = edited.map(|rule| shown(rule, view.currency)).unwrap_or_default();
    let saved = query.text("saved") == "1";
    page(&call, view, form, String::new(), saved).await
}

async fn page(
    call: &Call,
    view: PolicyView,
    form: RuleForm,
    problem: String,
    saved: bool,
) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let t = words(clerk.language);
    let mut frame = call.desk.frame(call.session()?, "policies", t.prices);
    frame.nav = call.desk.app.nav(&clerk).await?;
    let services = call.desk.app.catalog(&clerk).await?.services;
    let tariff = &view.policy.tariff;
    let rules = tariff.rules.iter().map(|rule| row(rule, &services, view.currency, t)).collect();
    let deposit = shown_deposit(tariff, view.currency);
    call.desk.html(&PricesPage { frame, rules, form, deposit, services, currency: view.currency, problem, saved })
}

/// `POST /t/{slug}/prices`: one rule, new or in place of the one with its key.
pub(crate) async fn update(call: Call) -> Result<Response, Refused> {
    let (fields, t) = (call.form(), words(call.language()));
    let view = call.desk.app.policy(&call.clerk()?).await?;
    let mut tariff = view.policy.tariff.clone();
    let Some(mut rule) = read(&fields, view.currency) else {
        return page(&call, view, typed(&fields), t.prices_wrong.to_owned(), false).await;
    };
    match tariff.rules.iter_mut().find(|known| known.key == rule.key) {
        Some(known) => *known = rule,
        None => {
            let taken = |number: &usize| tariff.rules.iter().any(|known| known.key == format!("rule-{number}"));
            let number = (1..).find(|number| !taken(number)).unwrap_or(usize::MAX);
            rule.key = format!("rule-{number}");
            tariff.rules.push(rule);
        }
    }
    keep(&call, view, tariff, typed(&fields)).await
}

/// `POST /t/{slug}/prices/remove`
pub(crate) async fn remove(call: Call) -> Result<Response, Refused> {
    let view = call.desk.app.policy(&call.clerk()?).await?;
    let mut tariff = view.policy.tariff.clone();
    let key = call.form().text("key").to_owned();
    tariff.rules.retain(|rule| rule.key != key);
    keep(&call, view, tariff, RuleForm::default()).await
}

/// `POST /t/{slug}/prices/deposit`: what is paid ahead, and to what totals are rounded.
pub(crate) async fn deposit(call: Call) -> Result<Response, Refused> {
    let (fields, t) = (call.form(), words(call.language()));
    let view = call.desk.app.policy(&call.clerk()?).await?;
    let Some((deposit, round_to)) = read_deposit(&fields, view.currency) else {
        return page(&call, view, RuleForm::default(), t.deposit_wrong.to_owned(), false).await;
    };
    let tariff = Tariff { deposit, round_to, ..view.policy.tariff.clone() };
    keep(&call, view, tariff, RuleForm::default()).await
}

async fn keep(call: &Call, view: PolicyView, tariff: Tariff, form: RuleForm) -> Result<Response, Refused> {
    let t = words(call.language());
    match call.desk.app.set_tariff(&call.clerk()?, tariff).await {
        Ok(()) => Ok(redirect(&format!("/t/{}/prices?saved=1", call.param("slug")?))),
        Err(AppError::Invalid { field, .. }) if field == "deposit" => {
            page(call, view, form, t.deposit_wrong.to_owned(), false).await
        }
        Err(AppError::Invalid { .. }) => page(call, view, form, t.prices_wrong.to_owned(), false).await,
        Err(other) => Err(other.into()),
    }
}

/// A condition made of one number.
type Numbered = fn(u32) -> Condition;

/// The rule the form describes; `None` when something in it cannot be read.
fn read(fields: &Fields, currency: Currency) -> Option<PriceRule> {
    let mut when = Vec::new();
    let days: Vec<u8> = days(fields);
    if !days.is_empty() {
        when.push(Condition::Weekdays(days));
    }
    if fields.some("from").is_some() || fields.some("to").is_some() {
        // Until midnight is until the end of the day.
        let to = Some(minute(fields.text("to"))?).map(|to| if to == 0 { 1_440 } else { to })?;
        when.push(Condition::Between(minute(fields.text("from"))?, to));
    }
    if fields.some("first").is_some() || fields.some("last").is_some() {
        when.push(Condition::Dates(fields.text("first").parse().ok()?, fields.text("last").parse().ok()?));
    }
    if fields.text("member") == "true" {
        when.push(Condition::Member);
    }
    let conditions: [(&str, Numbered); 3] =
        [("party", Condition::Party), ("demand", Condition::Demand), ("within", Condition::Within)];
    for (name, condition) in conditions {
        if let Some(number) = fields.some(name) {
            when.push(condition(number.trim().parse().ok()?));
        }
    }
    let amount = |digits| decimal(fields.text("amount"), digits);
    let change = match fields.text("change") {
        "per_hour" => Change::PerHour(amount(currency.exponent())?),
        "amount" => Change::Amount(amount(currency.exponent())?),
        "per_person" => Change::PerPerson(amount(currency.exponent())?),
        _ => Change::Share(i32::try_from(amount(2)?).ok()?),
    };
    Some(PriceRule {
        key: fields.some("key").unwrap_or("new").to_owned(),
        label: fields.text("label").trim().to_owned(),
        services: fields.some("service").map(str::to_owned).into_iter().collect(),
        when,
        change,
    })
}

fn read_deposit(fields: &Fields, currency: Currency) -> Option<(Option<Deposit>, Option<u32>)> {
    let money = |name: &str| decimal(fields.text(name), currency.exponent());
    let part = match fields.text("part") {
        "share" => Some(DepositPart::Share(i32::try_from(decimal(fields.text("amount"), 2)?).ok()?)),
        "amount" => Some(DepositPart::Amount(money("amount")?)),
        _ => None,
    };
    let from_total = if fields.some("from_total").is_some() { money("from_total")? } else { 0 };
    let members_free = fields.text("members_free") == "true";
    let round_to = match fields.some("round_to") {
        Some(_) => Some(u32::try_from(money("round_to")?).ok().filter(|step| *step > 0)?),
        None => None,
    };
    Some((part.map(|part| Deposit { part, from_total, members_free }), round_to))
}

fn days(fields: &Fields) -> Vec<u8> {
    fields.named("day.").filter_map(|(day, _)| day.parse().ok()).collect()
}

/// `12.5` with two digits is 1250; more digits than there are is nothing.
fn decimal(text: &str, digits: u32) -> Option<i64> {
    let text = text.trim().replace(',', ".");
    let (sign, text) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let width = usize::try_from(digits).ok()?;
    let all_digits = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
    if whole.is_empty() || part.len() > width || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let minor: i64 = format!("{whole}{part:0<width$}").parse().ok()?;
    minor.checked_mul(sign)
}

fn told(minor: i64, digits: u32) -> String {
    let unit = 10_i64.checked_pow(digits).unwrap_or(1);
    let (whole, part) = (minor.unsigned_abs() / unit.unsigned_abs(), minor.unsigned_abs() % unit.unsigned_abs());
    let sign = if minor < 0 { "-" } else { "" };
    let width = usize::try_from(digits).unwrap_or(0);
    if part == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:0>width$}") }
}

fn minute(text: &str) -> Option<u16> {
    let time: jiff::civil::Time = text.parse().ok()?;
    Some(u16::try_from(time.hour()).ok()? * 60 + u16::try_from(time.minute()).ok()?)
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60 % 24, minute % 60)
}

fn typed(fields: &Fields) -> RuleForm {
    let text = |name: &str| fields.text(name).to_owned();
    RuleForm {
        key: text("key"),
        label: text("label"),
        service: text("service"),
        days: days(fields),
        from: text("from"),
        to: text("to"),
        first: text("first"),
        last: text("last"),
        member: fields.text("member") == "true",
        party: text("party"),
        demand: text("demand"),
        within: text("within"),
        change: text("change"),
        amount: text("amount"),
    }
}

fn shown(rule: &PriceRule, currency: Currency) -> RuleForm {
    let (change, amount) = match rule.change {
        Change::Share(share) => ("share", told(i64::from(share), 2)),
        Change::PerHour(minor) => ("per_hour", told(minor, currency.exponent())),
        Change::Amount(minor) => ("amount", told(minor, currency.exponent())),
        Change::PerPerson(minor) => ("per_person", told(minor, currency.exponent())),
    };
    let mut form = RuleForm {
        key: rule.key.clone(),
        label: rule.label.clone(),
        service: rule.services.first().cloned().unwrap_or_default(),
        change: change.to_owned(),
        amount,
        ..RuleForm::default()
    };
    for when in &rule.when {
        match when {
            Condition::Weekdays(days) => form.days.clone_from(days),
            Condition::Between(from, to) => (form.from, form.to) = (clock(*from), clock(*to)),
            Condition::Dates(first, last) => (form.first, form.last) = (first.to_string(), last.to_string()),
            Condition::Member => form.member = true,
            Condition::Party(least) => form.party = least.to_string(),
            Condition::Demand(least) => form.demand = least.to_string(),
            Condition::Within(minutes) => form.within = minutes.to_string(),
        }
    }
    form
}

fn shown_deposit(tariff: &Tariff, currency: Currency) -> DepositForm {
    let money = |minor: i64| told(minor, currency.exponent());
    let round_to = tariff.round_to.map(|step| money(i64::from(step))).unwrap_or_default();
    let Some(deposit) = tariff.deposit else {
        return DepositForm { part: "none".to_owned(), round_to, ..DepositForm::default() };
    };
    let (part, amount) = match deposit.part {
        DepositPart::Share(share) => ("share", told(i64::from(share), 2)),
        DepositPart::Amount(minor) => ("amount", money(minor)),
    };
    let from_total = if deposit.from_total > 0 { money(deposit.from_total) } else { String::new() };
    DepositForm { part: part.to_owned(), amount, from_total, members_free: deposit.members_free, round_to }
}

fn row(rule: &PriceRule, services: &[ServiceView], currency: Currency, t: &'static Words) -> RuleRow {
    let name = |key: &String| services.iter().find(|service| service.key == *key).map(|service| service.name.clone());
    let names = rule.services.iter().map(|key| name(key).unwrap_or_else(|| key.clone()));
    let when = rule.when.iter().map(|when| match when {
        Condition::Weekdays(days) => {
            let all = [t.mon, t.tue, t.wed, t.thu, t.fri, t.sat, t.sun];
            let named = days.iter().filter_map(|day| all.get(usize::from(*day).checked_sub(1)?).copied());
            named.collect::<Vec<_>>().join(" ")
        }
        Condition::Between(from, to) => format!("{}–{}", clock(*from), clock(*to)),
        Condition::Dates(first, last) => format!("{first} – {last}"),
        Condition::Member => t.rule_member.to_owned(),
        Condition::Party(least) => format!("{}: {least}", t.rule_party),
        Condition::Demand(least) => format!("{}: {least}", t.rule_demand),
        Condition::Within(minutes) => format!("{}: {minutes}", t.rule_within),
    });
    let signed = |minor: i64| {
        let money = Money::new(minor, currency).to_string().replace(".00 ", " ");
        if minor > 0 { format!("+{money}") } else { money }
    };
    let change = match rule.change {
        Change::Share(share) => format!("{}{} %", if share > 0 { "+" } else { "" }, told(i64::from(share), 2)),
        Change::PerHour(minor) => format!("{} {}", signed(minor), t.change_hour),
        Change::Amount(minor) => signed(minor),
        Change::PerPerson(minor) => format!("{} {}", signed(minor), t.change_person),
    };
    RuleRow { key: rule.key.clone(), label: rule.label.clone(), when: names.chain(when).collect(), change }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_told() {
        for (text, digits, minor) in [("12.5", 2, 1_250), ("-20", 2, -2_000), ("7,05", 2, 705), ("900", 0, 900)] {
            assert_eq!(decimal(text, digits), Some(minor), "{text}");
            assert_eq!(decimal(&told(minor, digits), digits), Some(minor), "{text}");
        }
        for text in ["", "-", "1.234", "1e3", "--1", "12.5.1", "٣"] {
            assert_eq!(decimal(text, 2), None, "{text}");
        }
    }
}
