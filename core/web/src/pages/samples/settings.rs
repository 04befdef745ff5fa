//! Samples of what owners set up: rules, prices, calendars kept elsewhere, texts.

use super::*;

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
        services: vec![service()],
        currency: Currency::MXN,
        problem: HOSTILE.to_owned(),
        saved: true,
    });
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
