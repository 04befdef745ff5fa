//! A sample of every page, built from the typed contexts and kept as JSON beside the templates, so that
//! a template and its context cannot drift apart. `UPDATE_EXPECT=1` rewrites the files.

use app::{
    undelivered::{UndeliveredItem, UndeliveredKind},
    view::*,
};
use domain::{
    Currency, Language, Money,
    booking::{BookingSource, BookingState, PriceLine},
    canary::{CanaryState, Figures, Side, Standing},
    catalog::WeeklyHours,
    conversation::{Answering, ConversationStatus},
    delivery::Ticks,
    ids::Id,
    message::{Author, Body, Choice, MediaKind, MediaRef},
    outside_calendar::{Standing as Believed, Unread},
    simulator::Handset,
};
use jiff::Timestamp;
use serde_json::Value;
use templates::pages::{Page, words};

use super::{
    admin, agenda, bookings, calendar, inbox, login, module_switch, modules, outside_calendars, overview, policies,
    prices, quarantine, series, simulator, texts, undelivered, usage, waitlist,
};
use crate::{answer::ErrorPage, desk::Frame};

const HOSTILE: &str = "<img src=x onerror=\"alert(1)\">{{ 7*7 }}";

fn id<I: Id>(number: u32) -> I {
    I::from_uuid(format!("018f0000-0000-7000-8000-0000{number:08x}").parse().unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn frame(active: &'static str) -> Frame {
    Frame {
        t: words(Language::English),
        title: "Sample".to_owned(),
        css: "/assets/style.css".to_owned(),
        js: "/assets/app.js".to_owned(),
        icon: "/assets/icon.svg".to_owned(),
        csrf: "token".to_owned(),
        slug: "sample".to_owned(),
        business: HOSTILE.to_owned(),
        member: "Sofía Arriaga".to_owned(),
        nav: NavCounts { unread: 2, waiting: 1 },
        active,
        settings: true,
        zone: "America/Mexico_City".to_owned(),
        now: at("2026-03-05T18:00:00Z"),
    }
}

fn booking(number: u32, state: BookingState) -> BookingView {
    let resources = vec![ResourceName { id: id(1), name: "Ana".to_owned(), role: "with".to_owned() }];
    let (from, to) = (at("2026-03-05T23:00:00Z"), at("2026-03-05T23:45:00Z"));
    let total = Money::new(35_000, Currency::MXN);
    BookingView {
        id: id(number),
        customer: id(1),
        customer_name: HOSTILE.to_owned(),
        customer_phone: "+525511223344".to_owned(),
        conversation: Some(id(1)),
        series: Some(id(1)),
        state,
        from,
        to,
        items: vec![BookingItemView { service: id(1), name: "Cut".to_owned(), from, to, resources: resources.clone() }],
        resources,
        lines: vec![PriceLine { key: "base".to_owned(), label: "Cut".to_owned(), amount: total }],
        total,
        party: 2,
        note: HOSTILE.to_owned(),
        source: BookingSource::Chat,
        hold_until: None,
        deposit: None,
        created_at: from,
        version: 1,
    }
}

fn canary(number: u32, state: CanaryState, by_rule: bool) -> CanaryView {
    let figures = Figures { calls: 40, traps: 3, turns: 12, times: [(11_000, 40)].into(), ..Figures::default() };
    let tenant = |(place, standing): (usize, Standing)| CanaryTenant {
        slug: format!("sample-{place}"),
        side: *Side::ALL.iter().cycle().nth(place).unwrap(),
        standing,
        note: HOSTILE.to_owned(),
    };
    CanaryView {
        id: id(number),
        module: "sample".to_owned(),
        version: "0.2.0".to_owned(),
        digest: "9f86d081884c7d65".to_owned(),
        percent: 10,
        state,
        by_rule,
        started_at: at("2026-03-05T16:00:00Z"),
        started_by: "command line".to_owned(),
        ended_at: by_rule.then(|| at("2026-03-05T17:00:00Z")),
        ended_by: by_rule.then(|| "rule".to_owned()),
        reason: by_rule.then(|| HOSTILE.to_owned()),
        new: figures.into(),
        old: Figures::default().into(),
        tenants: Standing::ALL.into_iter().enumerate().map(tenant).collect(),
    }
}

fn row(number: u32, answering: Answering) -> InboxRow {
    InboxRow {
        id: id(number),
        customer: if number == 1 { HOSTILE.to_owned() } else { String::new() },
        last_line: HOSTILE.to_owned(),
        last_author: "assistant".to_owned(),
        last_at: Some(at("2026-03-05T17:00:00Z")),
        unread: 2,
        answering,
        answering_name: "Sofía".to_owned(),
        status: ConversationStatus::Open,
    }
}

fn decisions(base: &str) -> undelivered::DecisionList {
    use UndeliveredKind::{Event, Failed, Job, Parked, Quarantined};
    let item = |kind| UndeliveredItem {
        id: "out_1".to_owned(),
        kind,
        reason: HOSTILE.to_owned(),
        conversation: Some(id(1)),
        text: HOSTILE.to_owned(),
        at: Some(at("2026-03-05T17:00:00Z")),
        provider: Some(domain::channel::Provider::Meta),
        tenant: Some("sample".to_owned()),
    };
    let items = [Parked, Failed, Event, Quarantined, Job].map(item).to_vec();
    undelivered::DecisionList {
        items,
        base: base.to_owned(),
        again: Some(3),
        left: Some(1),
        problem: HOSTILE.to_owned(),
    }
}

/// One message of each kind, by each author.
fn messages() -> Vec<MessageView> {
    let choice =
        |title: &str| Choice { id: "a".to_owned(), title: title.to_owned(), description: "with Ana".to_owned() };
    let text = HOSTILE.to_owned();
    let bodies = [
        Body::text(HOSTILE),
        Body::Buttons { text: text.clone(), buttons: vec![choice(HOSTILE)] },
        Body::List { text: text.clone(), button: "Times".to_owned(), rows: vec![choice("5 pm")] },
        Body::Chosen { id: "a".to_owned(), title: text.clone() },
        Body::Media {
            kind: MediaKind::Document,
            media: MediaRef::default(),
            caption: text.clone(),
            filename: text.clone(),
        },
        Body::Location { latitude: 19.4, longitude: -99.1, name: text.clone(), address: text.clone() },
        Body::Contacts { names: vec![text.clone()] },
        Body::Reaction { to: "x".to_owned(), emoji: "👍".to_owned() },
        Body::Template { name: "n".to_owned(), language: "en".to_owned(), params: Vec::new(), text: text.clone() },
        Body::Order { text: text.clone(), items: 2 },
        Body::System { kind: "k".to_owned(), text: text.clone() },
        Body::Edited { original: "x".to_owned(), text },
        Body::Revoked { original: "x".to_owned() },
        Body::Unsupported { kind: "poll".to_owned() },
    ];
    let authors = [Author::Customer, Author::Assistant, Author::Member { member: id(1) }, Author::System];
    let message = |(number, body): (u32, Body)| {
        let author = *authors.iter().cycle().nth(number.try_into().unwrap()).unwrap();
        let ours = author != Author::Customer;
        let ticks = Ticks::ALL.into_iter().cycle().nth(number.try_into().unwrap()).filter(|_| ours);
        MessageView {
            id: id(number),
            author,
            author_name: "Sofía".to_owned(),
            body,
            ticks,
            failure: (ticks == Some(Ticks::Failed)).then(|| HOSTILE.to_owned()),
            at: at("2026-03-05T16:00:00Z"),
        }
    };
    (0..).zip(bodies).map(message).collect()
}

fn thread(answering: Answering) -> ThreadView {
    ThreadView {
        row: row(1, answering),
        messages: messages(),
        more: true,
        window_closes: Some(at("2026-03-06T16:55:00Z")),
        leaves_now: true,
        templates: vec![TemplateOffer {
            id: id(1),
            name: "visit_reminder".to_owned(),
            text: format!("{HOSTILE} {{{{1}}}} {{{{2}}}}"),
            places: 2,
        }],
        card: CustomerCard {
            id: id(1),
            name: HOSTILE.to_owned(),
            phone: "+525511223344".to_owned(),
            language: Some(Language::Spanish),
            note: HOSTILE.to_owned(),
            completed_visits: 4,
            no_shows: 1,
            upcoming: vec![booking(1, BookingState::Confirmed)],
            past: vec![booking(2, BookingState::NoShow)],
        },
        version: 3,
    }
}

fn catalog() -> CatalogView {
    CatalogView {
        services: vec![ServiceView {
            id: id(1),
            key: "cut".to_owned(),
            name: HOSTILE.to_owned(),
            minutes: 45,
            price: Money::new(35_000, Currency::MXN),
        }],
        resources: vec![ResourceView {
            id: id(1),
            name: HOSTILE.to_owned(),
            kind: "person".to_owned(),
            hours: WeeklyHours::default(),
        }],
    }
}

/// The page as its template sees it; the texts are left out, they are the catalogue's.
fn check<P: Page>(page: &P) {
    let mut sample = serde_json::to_value(page).unwrap();
    if let Some(frame) = sample.get_mut("frame").and_then(Value::as_object_mut) {
        frame.remove("t");
    }
    let text = format!("{}\n", serde_json::to_string_pretty(&sample).unwrap());
    let name = P::TEMPLATE.replace(".html", ".json");
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../templates/pages/samples").join(name);
    expect_test::expect_file![path].assert_eq(&text);
}

fn line() -> SimulatorLine {
    SimulatorLine {
        slug: "sample".to_owned(),
        business: HOSTILE.to_owned(),
        display_number: "+52 55 5000 1000".to_owned(),
        language: Language::Spanish,
    }
}

#[test]
fn samples_of_the_inbox_are_what_its_contexts_hold() {
    let list = InboxList {
        rows: vec![row(1, Answering::Waiting), row(2, Answering::Assistant)],
        next: Some("next&page".to_owned()),
    };
    let (reply_key, problem, draft) = ("key".to_owned(), HOSTILE.to_owned(), HOSTILE.to_owned());
    check(&inbox::ListPart {
        frame: frame("inbox"),
        list: list.clone(),
        filter: InboxFilter::All,
        selected: String::new(),
    });
    check(&inbox::ThreadPart {
        frame: frame("inbox"),
        thread: thread(Answering::Person { member: id(1) }),
        filter: InboxFilter::Mine,
        reply_key: reply_key.clone(),
        problem: problem.clone(),
        draft: draft.clone(),
    });
    check(&inbox::InboxPage {
        frame: frame("inbox"),
        list,
        filter: InboxFilter::All,
        selected: String::new(),
        thread: Some(thread(Answering::Waiting)),
        reply_key,
        problem,
        draft,
    });
}

#[test]
fn samples_of_the_calendar_are_what_its_contexts_hold() {
    let has_resources = true;
    check(&calendar::CalendarPage {
        frame: frame("calendar"),
        has_resources,
        open_booking: String::new(),
        customer: String::new(),
        at: String::new(),
        lane: String::new(),
    });
    check(&bookings::BookingPart {
        frame: frame("calendar"),
        booking: booking(1, BookingState::Confirmed),
        actions: bookings::offered(BookingState::Confirmed),
        can_move: true,
        resources: catalog().resources,
        history: vec![change()],
        answers: vec![domain::booking::VisitAnswer {
            key: "allergies".to_owned(),
            question: HOSTILE.to_owned(),
            answer: HOSTILE.to_owned(),
            sensitive: true,
        }],
        approval: Some(HOSTILE.to_owned()),
        problem: HOSTILE.to_owned(),
    });
    let opening = booking(1, BookingState::Held);
    check(&bookings::NewBookingPart {
        frame: frame("calendar"),
        catalog: catalog(),
        form: bookings::BookingForm {
            start: "2026-03-05T17:00".to_owned(),
            name: HOSTILE.to_owned(),
            ..bookings::BookingForm::default()
        },
        key: "key".to_owned(),
        problem: HOSTILE.to_owned(),
        alternatives: vec![OpeningView { from: opening.from, to: opening.to, resources: opening.resources }],
    });
}

fn change() -> domain::booking::Change {
    domain::booking::Change {
        version: 1,
        at: at("2026-03-01T18:00:00Z"),
        action: "place".to_owned(),
        by: domain::booking::Actor::Customer,
        state: BookingState::Confirmed,
        start: at("2026-03-05T23:00:00Z"),
    }
}

#[test]
fn samples_of_walk_ins_blocks_and_series_are_what_their_contexts_hold() {
    let hostile = || HOSTILE.to_owned();
    check(&agenda::WalkInPart { frame: frame("calendar"), catalog: catalog(), problem: hostile() });
    check(&agenda::BlockPart {
        frame: frame("calendar"),
        catalog: catalog(),
        start: "2026-03-05T17:00".to_owned(),
        resource: String::new(),
        problem: hostile(),
        made: true,
        across: vec![booking(1, BookingState::Confirmed)],
    });
    let (from, to) = (at("2026-03-05T23:00:00Z"), at("2026-03-06T01:00:00Z"));
    check(&agenda::ShownBlockPart {
        frame: frame("calendar"),
        block: BlockView { id: id(1), resource: id(1), from, to, reason: hostile() },
    });
    let opening = || OpeningView { from, to, resources: booking(1, BookingState::Held).resources };
    let visit = |free: bool| PlannedVisit {
        date: "2026-03-05".parse().unwrap(),
        start: from,
        opening: free.then(opening),
        reasons: vec![ReasonView { code: "taken".to_owned(), text: hostile() }],
        alternatives: vec![opening()],
    };
    check(&series::NewSeriesPart {
        frame: frame("calendar"),
        catalog: catalog(),
        form: series::SeriesForm { name: hostile(), ..series::SeriesForm::default() },
        problem: hostile(),
        plan: Some(SeriesPlan { visits: vec![visit(true), visit(false)], free: 1, conflicts: 1 }),
    });
    check(&series::SeriesPart {
        frame: frame("calendar"),
        series: SeriesView {
            id: id(1),
            customer: id(1),
            rule: "FREQ=WEEKLY;COUNT=2".to_owned(),
            first: "2026-03-05T17:00:00".parse().unwrap(),
            services: vec!["cut".to_owned()],
            resource: None,
            party: 1,
            version: 1,
            visits: vec![booking(1, BookingState::Confirmed), booking(2, BookingState::Cancelled)],
            history: Vec::new(),
        },
    });
}

#[test]
fn samples_of_who_waits_and_who_is_free_are_what_their_contexts_hold() {
    let entry = WaitlistEntryView {
        id: id(1),
        customer: id(1),
        customer_name: HOSTILE.to_owned(),
        customer_phone: "+525511223344".to_owned(),
        conversation: Some(id(1)),
        services: vec!["Cut".to_owned()],
        wishes: vec![domain::waitlist::Wish {
            first: "2026-03-05".parse().unwrap(),
            last: "2026-03-07".parse().unwrap(),
            resources: Vec::new(),
            days: Vec::new(),
            between: None,
        }],
        party: 2,
        priority: 0,
        place: 1,
        state: domain::waitlist::EntryState::Offered,
        offered: Some(at("2026-03-05T23:00:00Z")),
        offer_ends: Some(at("2026-03-05T20:00:00Z")),
        created_at: at("2026-03-01T18:00:00Z"),
    };
    check(&waitlist::WaitlistPage {
        frame: frame("waitlist"),
        approvals: vec![booking(1, BookingState::PendingApproval)],
        waitlist: WaitlistView { entries: vec![entry] },
    });
    let cell = |able: bool, next: Option<&str>| MatrixCell { resource: id(1), able, next: next.map(at) };
    let cells = vec![cell(true, Some("2026-03-05T23:00:00Z")), cell(true, None), cell(false, None)];
    let resources =
        ["Ana", HOSTILE, "Luis"].map(|name| ResourceName { id: id(1), name: name.to_owned(), role: String::new() });
    check(&waitlist::MatrixPage {
        frame: frame("matrix"),
        matrix: MatrixView {
            resources: resources.into(),
            rows: vec![MatrixRow { key: "cut".to_owned(), name: "Cut".to_owned(), minutes: 45, cells }],
            days: 14,
        },
    });
}

fn module() -> ModuleRow {
    ModuleRow {
        name: "sample".to_owned(),
        version: "0.1.0".to_owned(),
        digest: "9f86d081884c7d65".to_owned(),
        title: HOSTILE.to_owned(),
        publisher: Some(HOSTILE.to_owned()),
        languages: vec!["en".to_owned()],
        contributes: Contribution { services: 4, tools: 1, dialogs: 1, forms: 0, automations: 2, messages: 3 },
        asks_for: vec![AskedFor {
            name: "http".to_owned(),
            targets: vec!["https://stock.example".to_owned()],
            why: HOSTILE.to_owned(),
        }],
        settings_schema: serde_json::json!({ "type": "object", "title": HOSTILE }),
        installed_at: at("2026-03-05T16:00:00Z"),
        tenants: 1,
    }
}

fn business() -> BusinessModule {
    let granted = |grant: &str| Granted { grant: grant.to_owned(), why: HOSTILE.to_owned() };
    let runs = TenantModule {
        module: "sample".to_owned(),
        version: "0.1.0".to_owned(),
        digest: "9f86d081884c7d65".to_owned(),
        on: false,
        granted: vec![granted("scheduling")],
        withheld: vec![granted("http:https://stock.example")],
        settings: serde_json::json!({ "greeting": HOSTILE }),
    };
    BusinessModule { slug: "sample".to_owned(), name: HOSTILE.to_owned(), runs: Some(runs) }
}

#[test]
fn a_sample_of_a_release_before_it_runs_is_what_its_context_holds() {
    let asked = module_switch::Asked {
        name: "http".to_owned(),
        targets: vec!["https://stock.example".to_owned()],
        why: HOSTILE.to_owned(),
        granted: true,
        new: true,
    };
    let w = templates::pages::module_words(Language::English);
    check(&module_switch::ActivationPage {
        frame: frame("modules"),
        w,
        business: business(),
        release: module(),
        asked: vec![asked],
        settings: HOSTILE.to_owned(),
        schema: HOSTILE.to_owned(),
        problem: HOSTILE.to_owned(),
    });
}

#[test]
fn samples_of_the_platforms_pages_are_what_their_contexts_hold() {
    let tenant = TenantRow {
        slug: "sample".to_owned(),
        name: HOSTILE.to_owned(),
        active: true,
        module: "sample 0.1.0".to_owned(),
        channels: 1,
        bookings_30_days: 12,
        conversations_30_days: 7,
        plan: domain::plan::Plan::Growth,
    };
    let canaries = vec![canary(1, CanaryState::Running, false), canary(2, CanaryState::Stopped, true)];
    let platform = PlatformView { tenants: vec![tenant], modules: vec![module()], canaries: canaries.clone() };
    check(&admin::AdminPage { frame: frame("admin"), platform });
    let problem = HOSTILE.to_owned();
    let plans = vec![modules::PlanRow::from((domain::plan::Plan::Growth, domain::plan::Limits::default()))];
    check(&modules::ModulesPage {
        frame: frame("modules"),
        w: templates::pages::module_words(Language::English),
        businesses: vec![business(), BusinessModule { slug: "bare".to_owned(), name: "Bare".to_owned(), runs: None }],
        modules: vec![module()],
        canaries,
        plans,
        problem,
    });
    let cost = UsageRow {
        tenant: "luz".to_owned(),
        module: "sample".to_owned(),
        function: "quote".to_owned(),
        calls: 120,
        failures: 1,
        cpu_us: 4_150,
        host_calls: 30,
        host_bytes: 7 << 10,
        peak_memory_bytes: 1 << 20,
    };
    check(&usage::UsagePage::new(frame("usage"), 7, vec![cost]));
}

#[test]
fn samples_of_the_other_pages_are_what_their_contexts_hold() {
    let frame_of = frame;
    check(&login::LoginPage { frame: frame_of(""), email: "sofia@luz.example".to_owned(), problem: "no" });
    check(&ErrorPage {
        frame: frame_of(""),
        status: 404,
        heading: "This page does not exist",
        next: "It may have been moved.",
        detail: HOSTILE.to_owned(),
        reference: "req_1".to_owned(),
    });
    let keys = ["number", "hours", "services", "people", "first_booking"];
    let checklist = keys.into_iter().map(|key| ChecklistStep { key: key.to_owned(), done: key == "hours" }).collect();
    let overview = OverviewView {
        today: BookingState::ALL.into_iter().map(|state| booking(1, state)).collect(),
        waiting: vec![row(1, Answering::Waiting)],
        checklist,
        undelivered: Some(2),
        unread_calendars: vec![outside_calendar(Believed::Late), outside_calendar(Believed::Closed)],
    };
    check(&overview::OverviewPage { frame: frame_of("home"), overview });
    check(&undelivered::UndeliveredPage { frame: frame_of("undelivered"), list: decisions("/t/sample/undelivered") });
    check(&quarantine::QuarantinePage { frame: frame_of("quarantine"), list: decisions("/admin/quarantine") });
    check(&simulator::SimulatorsPage { frame: frame_of(""), lines: vec![line()] });
    let handset = Handset { phone: domain::Phone::parse("+525511223344").unwrap(), name: HOSTILE.to_owned() };
    let clock = ClockView { now: at("2026-03-05T18:00:00Z"), ahead_seconds: 0, movable: true };
    let zone = "America/Mexico_City".to_owned();
    let shown = SimulatorView { line: line(), zone, channel: id(1), handsets: vec![handset], clock };
    check(&simulator::SimulatorPage { frame: frame_of(""), simulator: shown });
}

#[test]
fn samples_of_the_rules_are_what_their_contexts_hold() {
    let resources = vec![ResourceName { id: id(1), name: HOSTILE.to_owned(), role: "person".to_owned() }];
    let rules = PolicyView {
        policy: domain::tenant::BookingPolicy::default(),
        currency: Currency::MXN,
        resources,
        kinds: vec!["person".to_owned()],
        country: "MX".to_owned(),
        holidays: vec![HolidayView { date: "2026-03-16".parse().unwrap(), name: HOSTILE.to_owned() }],
    };
    check(&policies::PoliciesPage {
        frame: frame("policies"),
        groups: vec![policies::Group {
            key: "when",
            title: "When",
            numbers: vec![policies::Number {
                name: "notice_minutes",
                label: "Notice",
                value: HOSTILE.to_owned(),
                least: 0,
                most: 10,
                wrong: true,
            }],
        }],
        form: policies::PolicyForm {
            latest_start: String::new(),
            needs_approval: true,
            closed_on_holidays: true,
            late_cancel: "fee".to_owned(),
            late_fee: "50".to_owned(),
            after_strikes: "refused".to_owned(),
            limits: vec![policies::LimitForm {
                of: "kind:person".to_owned(),
                per: "week".to_owned(),
                bookings: "2".to_owned(),
                minutes: String::new(),
            }],
        },
        rules,
        problem: HOSTILE.to_owned(),
        saved: true,
    });
}

#[test]
fn samples_of_prices_are_what_their_contexts_hold() {
    check(&prices::PricesPage {
        frame: frame("policies"),
        rules: vec![prices::RuleRow {
            key: "rule-1".to_owned(),
            label: HOSTILE.to_owned(),
            when: vec![HOSTILE.to_owned(), "12:00–14:00".to_owned()],
            change: "+20 %".to_owned(),
        }],
        form: prices::RuleForm {
            key: "rule-1".to_owned(),
            label: HOSTILE.to_owned(),
            days: vec![1, 7],
            member: true,
            change: "per_hour".to_owned(),
            ..prices::RuleForm::default()
        },
        deposit: prices::DepositForm { part: "share".to_owned(), ..prices::DepositForm::default() },
        services: vec![ServiceView {
            id: id(1),
            key: "cut".to_owned(),
            name: HOSTILE.to_owned(),
            minutes: 45,
            price: Money::new(35_000, Currency::MXN),
        }],
        currency: Currency::MXN,
        problem: HOSTILE.to_owned(),
        saved: true,
    });
}

fn outside_calendar(standing: Believed) -> OutsideCalendarView {
    OutsideCalendarView {
        id: id(1),
        resource: ResourceName { id: id(1), name: HOSTILE.to_owned(), role: "person".to_owned() },
        name: HOSTILE.to_owned(),
        host: "calendar.example.com".to_owned(),
        standing,
        unread: (standing != Believed::Read).then_some(Unread::Revoked),
        read_at: (standing != Believed::Closed).then(|| at("2026-03-05T17:00:00Z")),
        skipped: 2,
    }
}

#[test]
fn the_sample_of_other_calendars_is_what_its_context_holds() {
    let w = templates::pages::calendar_words(Language::English);
    let row = |standing| outside_calendars::row(outside_calendar(standing), w);
    let hours = WeeklyHours::default();
    check(&outside_calendars::OutsideCalendarsPage {
        frame: frame("policies"),
        w,
        calendars: vec![row(Believed::Read), row(Believed::Late), row(Believed::Closed)],
        resources: vec![ResourceView { id: id(1), name: HOSTILE.to_owned(), kind: "person".to_owned(), hours }],
        form: outside_calendars::CalendarForm {
            resource: id::<domain::ResourceId>(1).to_string(),
            name: HOSTILE.to_owned(),
            address: HOSTILE.to_owned(),
        },
        note: w.connected,
        problem: HOSTILE.to_owned(),
    });
}

#[test]
fn samples_of_texts_are_what_their_contexts_hold() {
    use app::view::texts::{
        ModuleText, ModuleTexts, TextChange, TextPiece, TextPreview, TextRow, TextVersionView, TextView,
    };
    use domain::text::{TextKind, TextName};
    use templates::pages::text_words;

    let w = text_words(Language::English);
    let name = TextName {
        kind: TextKind::Message,
        module: "m".to_owned(),
        key: "after-visit".to_owned(),
        language: Language::Spanish,
    };
    let row = TextRow { kind: name.kind, key: name.key.clone(), body: HOSTILE.to_owned(), own: true };
    check(&texts::TextsPage {
        frame: frame("policies"),
        w,
        language: name.language,
        languages: texts::tabs(),
        groups: vec![texts::TextGroup { kind: name.kind, title: w.kind_message, texts: vec![row] }],
    });
    let piece = |change| TextPiece { change, text: HOSTILE.to_owned() };
    let version = |version, body: Option<&str>| TextVersionView {
        version,
        body: body.map(str::to_owned),
        at: at("2026-03-05T17:00:00Z"),
        changes: [TextChange::Same, TextChange::Removed, TextChange::Added].map(piece).to_vec(),
    };
    check(&texts::TextPage {
        frame: frame("policies"),
        w,
        text: TextView {
            name,
            beneath: HOSTILE.to_owned(),
            own: Some(HOSTILE.to_owned()),
            version: 3,
            names: vec![("name".to_owned(), HOSTILE.to_owned())],
            plain: false,
            most: 1_024,
            versions: vec![version(3, Some(HOSTILE)), version(2, None), version(1, Some(HOSTILE))],
        },
        body: HOSTILE.to_owned(),
        preview: TextPreview { text: Some(HOSTILE.to_owned()), flaws: vec![HOSTILE.to_owned()] },
        problem: HOSTILE.to_owned(),
        saved: true,
    });
    let text = ModuleText {
        kind: TextKind::Prompt,
        key: "tone".to_owned(),
        language: "es".to_owned(),
        body: HOSTILE.to_owned(),
    };
    check(&texts::ModuleTextsPage {
        frame: frame("texts"),
        w,
        modules: vec![ModuleTexts { module: "m".to_owned(), version: "1.0.0".to_owned(), texts: vec![text] }],
    });
}
