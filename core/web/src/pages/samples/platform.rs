//! Samples of what the platform's admins see.

use super::*;

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
