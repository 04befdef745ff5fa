//! Releases switched while customers talk.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::plan::Plan;
use frontdesk::{config::Config, limits::PlanLimits};
use testkit::{TestApp, component};

/// The same component with an empty custom section at its end: another release, as a rebuild would be.
fn changed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend([0, 5, 4, b'n', b'o', b't', b'e']);
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_is_installed_switched_and_rolled_back_while_a_customer_talks() {
    let app = TestApp::sqlite().await.unwrap();
    let phone = app.phone("luz", "+525598760001", "Regina").unwrap();
    let module = app.app.releases().await.unwrap()[0].module.clone();
    let first = app.app.releases().await.unwrap()[0].digest.clone();
    let quote = async || {
        let lines = phone.chat(&["quiero corte y barba el jueves a las 12 con Luis", "#No, gracias"]).await.unwrap();
        lines.lines().find(|line| line.contains("Total")).unwrap_or_default().trim().to_owned()
    };
    assert_eq!(quote().await, "Total: $530", "ten percent off the cheaper service");

    let installed = app.host.install(changed(component(&module).unwrap())).await.unwrap();
    app.app
        .keep_release(&installed.digest, &installed.description, &changed(component(&module).unwrap()))
        .await
        .unwrap();
    assert_ne!(installed.digest, first);
    let config = serde_json::json!({ "combo_discount_percent": 50 });
    app.app.activate("luz", &module, Some(&installed.digest), Some(config)).await.unwrap();
    assert_eq!(quote().await, "Total: $450", "the next turn uses it");

    let back = app.app.roll_back("luz", app::OPERATOR).await.unwrap();
    assert_eq!(back.digest, first);
    assert_eq!(quote().await, "Total: $530", "configuration goes back with the release");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn going_back_after_other_settings_brings_the_earlier_ones() {
    let app = TestApp::sqlite().await.unwrap();
    let module = app.app.releases().await.unwrap()[0].module.clone();
    let phone = app.phone("luz", "+525598760003", "Regina").unwrap();
    let half = Some(serde_json::json!({ "combo_discount_percent": 50 }));
    app.app.activate("luz", &module, None, half).await.unwrap();
    app.app.roll_back("luz", app::OPERATOR).await.unwrap();
    let answer = phone.chat(&["quiero corte y barba el jueves a las 12 con Luis", "#No, gracias"]).await.unwrap();
    assert!(answer.contains("Total: $530"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_fails_costs_a_polite_note_and_no_booking() {
    let app = TestApp::sqlite().await.unwrap();
    let attacker = component("hostile").unwrap();
    let installed = app.host.install(attacker.clone()).await.unwrap();
    app.app.keep_release(&installed.digest, &installed.description, &attacker).await.unwrap();
    for behaviour in ["spin", "trap", "huge"] {
        app.app.activate("luz", "hostile", None, Some(serde_json::json!(behaviour))).await.unwrap();
        let phone = app.phone("luz", "+525598760001", "Regina").unwrap();
        let answer = phone.chat(&["quiero un corte el jueves a las 12", "#No, gracias"]).await.unwrap();
        assert!(answer.contains("Total: $350") && answer.contains("te lo confirma el equipo"), "{behaviour}: {answer}");
        if behaviour == "spin" {
            let usage = app.app.module_usage("luz", 366).await.unwrap();
            let failures =
                usage.iter().filter(|usage| usage.module == "hostile").map(|usage| usage.failures).sum::<u64>();
            assert_eq!(failures, 1, "a turn that waited for it once does not wait again: {usage:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_traps_three_times_is_taken_back_with_an_alert() {
    let app = TestApp::sqlite().await.unwrap();
    let first = app.app.releases().await.unwrap()[0].digest.clone();
    let attacker = component("hostile").unwrap();
    let installed = app.host.install(attacker.clone()).await.unwrap();
    app.app.keep_release(&installed.digest, &installed.description, &attacker).await.unwrap();
    app.app.activate("luz", "hostile", None, Some(serde_json::json!("trap"))).await.unwrap();
    let phone = app.phone("luz", "+525598760002", "Nora").unwrap();
    // Each request asks for a price twice: when it is judged and when it is read back.
    let twice =
        ["quiero un corte el jueves a las 12", "#No, gracias", "quiero un corte el viernes a las 12", "#No, gracias"];
    phone.chat(&twice).await.unwrap();
    let mut running = None;
    for _ in 0..100 {
        running = app.app.running_digest("luz").await.unwrap();
        if running.as_ref() == Some(&first) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(running, Some(first));
    let answer = phone.chat(&["quiero corte y barba el jueves a las 12 con Luis", "#No, gracias"]).await.unwrap();
    assert!(answer.contains("Total: $530"), "the release before answers: {answer}");
    let usage = app.app.module_usage("luz", 366).await.unwrap();
    assert!(usage.iter().any(|usage| usage.module == "hostile" && usage.failures >= 3), "{usage:?}");
    assert!(app.app.module_metrics().contains("frontdesk_module_failures_total{tenant="));
    let of_all = app.app.usage(366).await.unwrap();
    assert!(usage.iter().all(|row| of_all.contains(row)), "the platform's admin sees the same: {of_all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_names_what_would_differ_and_changes_nothing() {
    let app = TestApp::sqlite().await.unwrap();
    let module = app.app.releases().await.unwrap()[0].module.clone();
    let phone = app.phone("luz", "+525598760021", "Inés").unwrap();
    phone.chat(&["quiero corte y barba el jueves a las 12 con Luis", "si"]).await.unwrap();
    let same = app.app.rehearse("luz", &module, None, None, 30).await.unwrap();
    assert!(same.visits > 0 && same.differences.is_empty(), "{same:?}");

    let dearer = Some(serde_json::json!({ "combo_discount_percent": 0, "max_services": 1, "patch_test": true }));
    let report = app.app.rehearse("luz", &module, None, dearer, 30).await.unwrap();
    let differs: Vec<&str> = report.differences.iter().map(|difference| difference.what).collect();
    assert!(differs.contains(&"price") && differs.contains(&"refusals"), "{report:?}");
    assert!(report.differences.iter().all(|difference| ["price", "refusals"].contains(&difference.what)), "{report:?}");
    let price = report.differences.iter().find(|difference| difference.what == "price").unwrap();
    assert!(price.before.contains("= 53000") && price.after.contains("= 55000"), "{price:?}");
    let quoted = phone.chat(&["quiero corte y barba el viernes a las 12 con Luis", "#No, gracias"]).await.unwrap();
    assert!(quoted.contains("Total: $530"), "what runs is as it was: {quoted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_and_grants_are_judged_before_a_switch() {
    let app = TestApp::sqlite().await.unwrap();
    let module = app.app.releases().await.unwrap()[0].module.clone();
    let wrong = Some(serde_json::json!({ "combo_discount_percent": 99 }));
    let refused = app.app.switch("luz", &module, None, wrong, None, app::OPERATOR).await.unwrap_err().to_string();
    assert!(refused.starts_with("the configuration does not fit: /combo_discount_percent"), "{refused}");
    let unknown =
        app.app.switch("luz", &module, None, None, Some(&["memory".to_owned()]), app::OPERATOR).await.unwrap_err();
    assert_eq!(unknown.to_string(), "the module does not ask for \"memory\"; it asks for: scheduling, messages");
    let without = app.app.switch("luz", &module, None, None, Some(&[]), app::OPERATOR).await.unwrap();
    assert_eq!((without.grants.len(), without.withheld), (0, vec!["scheduling".to_owned(), "messages".to_owned()]));
    let upgraded = app.app.switch("luz", &module, None, None, None, app::OPERATOR).await.unwrap();
    assert_eq!(upgraded.withheld, ["scheduling", "messages"], "an upgrade keeps what it had");

    app.app.turn_module("luz", false, app::OPERATOR).await.unwrap();
    assert_eq!(app.app.running_digest("luz").await.unwrap(), None);
    assert!(app.app.turn_module("luz", false, app::OPERATOR).await.is_err(), "it is off already");
    app.app.turn_module("luz", true, app::OPERATOR).await.unwrap();
    assert!(app.app.running_digest("luz").await.unwrap().is_some());
}

/// Core answers for the tenant whose plan is used up; the other's module answers, and so does the first one's once it has
/// that plan too, from the next turn on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_on_a_small_plan_is_stopped_where_one_on_a_large_plan_is_not() {
    let few = PlanLimits { host_calls: Some(2), ..PlanLimits::default() };
    let plans = [(Plan::Starter, few)].into();
    let app = TestApp::sqlite_with(|config| Config { plans, ..config }).await.unwrap();
    let other = app.another("luz").await.unwrap();
    let asking = component("hostile").unwrap();
    let installed = app.host.install(asking.clone()).await.unwrap();
    app.app.keep_release(&installed.digest, &installed.description, &asking).await.unwrap();
    for (slug, plan) in [("luz", Plan::Starter), (other.as_str(), Plan::Enterprise)] {
        app.app.set_plan(slug, plan, "test").await.unwrap();
        // Asks the host four questions for a price.
        app.app.activate(slug, "hostile", None, Some(serde_json::json!("others"))).await.unwrap();
    }
    let answer = async |slug: &str| {
        let phone = app.phone(slug, "+525598760001", "Regina").unwrap();
        phone.chat(&["quiero un corte el jueves a las 12", "#No, gracias"]).await.unwrap()
    };
    let (small, large) = (answer("luz").await, answer(&other).await);
    assert!(small.contains("te lo confirma el equipo") && small.contains("Total: $350"), "{small}");
    assert!(!large.contains("te lo confirma el equipo") && large.contains("found 0"), "{large}");
    app.app.set_plan("luz", Plan::Enterprise, "test").await.unwrap();
    let upgraded = answer("luz").await;
    assert!(upgraded.contains("found 0"), "{upgraded}");
}

/// A candidate that calls itself the module and was changed in two ways is reported in those two ways and no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_of_a_release_gone_wrong_names_exactly_what_is_wrong_with_it() {
    let app = TestApp::sqlite().await.unwrap();
    let module = app.app.releases().await.unwrap()[0].module.clone();
    let phone = app.phone("luz", "+525598760021", "Inés").unwrap();
    phone.chat(&["quiero un corte el jueves a las 12 con Luis", "si", "tinte el viernes a las 4", "si"]).await.unwrap();
    let bytes = component("dearer").unwrap();
    let candidate = app.host.install(bytes.clone()).await.unwrap();
    app.app.keep_release(&candidate.digest, &candidate.description, &bytes).await.unwrap();

    let report = app.app.rehearse("luz", &module, Some(&candidate.digest), None, 30).await.unwrap();
    let (token, _) = crate::cookie(&app).await;
    let clerk = crate::chat::clerk(&app.app.session(&token).await.unwrap().unwrap());
    let (from, to) = ("2026-01-01T00:00:00Z".parse().unwrap(), "2026-05-01T00:00:00Z".parse().unwrap());
    let bookings = app.app.bookings(&clerk, from, to).await.unwrap();
    let service_of = |id: &str| {
        let booking = bookings.iter().find(|booking| booking.id.to_string() == id).unwrap();
        booking.items.iter().map(|item| item.name.clone()).collect::<Vec<_>>().join(" + ")
    };
    let (prices, rules): (Vec<_>, Vec<_>) =
        report.differences.iter().partition(|difference| difference.what == "price");
    assert!(!prices.is_empty() && !rules.is_empty(), "{report:?}");
    for difference in &prices {
        assert_eq!(service_of(&difference.booking), "Corte", "{difference:?}");
        assert!(difference.after.contains("Nueva tarifa 5000"), "{difference:?}");
    }
    for difference in &rules {
        let coloured = ["Tinte", "Mechas", "Balayage"].contains(&service_of(&difference.booking).as_str());
        assert!(
            coloured && difference.before.contains("prueba de alergia") && difference.after.is_empty(),
            "{difference:?}"
        );
    }
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["candidate"], candidate.digest);
    assert_eq!(json["differences"].as_array().unwrap().len(), report.differences.len());
    assert_eq!(json["differences"][0]["what"], report.differences[0].what);
    println!(
        "{} visits rehearsed: {} prices differ, each of a haircut; {} lose the patch test",
        report.visits,
        prices.len(),
        rules.len()
    );
}

/// A thousand activations and rollbacks while customers talk: every message is answered, and each price is wholly of one
/// release: its discount and its total belong together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_switches_lose_nothing_and_mix_nothing() {
    let app = TestApp::sqlite().await.unwrap();
    let module = app.app.releases().await.unwrap()[0].module.clone();
    let second = changed(component(&module).unwrap());
    let installed = app.host.install(second.clone()).await.unwrap();
    app.app.keep_release(&installed.digest, &installed.description, &second).await.unwrap();
    let half = serde_json::json!({ "combo_discount_percent": 50 });
    let (begun, done) = (std::time::Instant::now(), AtomicBool::new(false));
    let switching = async {
        for _ in 0..500 {
            app.app.activate("luz", &module, Some(&installed.digest), Some(half.clone())).await.unwrap();
            tokio::task::yield_now().await;
            app.app.roll_back("luz", app::OPERATOR).await.unwrap();
            tokio::task::yield_now().await;
        }
        done.store(true, Ordering::Relaxed);
        begun.elapsed()
    };
    let talk = async |number: &str, hour: &str| {
        let wish = format!("quiero corte y barba el jueves a las {hour} con Luis");
        let phone = app.phone("luz", number, "Regina").unwrap();
        let mut quotes = Vec::new();
        while !done.load(Ordering::Relaxed) || quotes.len() < 4 {
            let said = phone.chat(&[wish.as_str(), "#No, gracias"]).await.unwrap();
            let part = |name: &str| said.lines().find(|line| line.contains(name)).unwrap_or_default().trim().to_owned();
            quotes.push((part("Descuento"), part("Total")));
        }
        quotes
    };
    let (took, first, second, third) =
        tokio::join!(switching, talk("+525598760011", "12"), talk("+525598760012", "4"), talk("+525598760013", "6"));
    let quotes: Vec<(String, String)> = [first, second, third].concat();
    let of = |discount: &str, total: &str| {
        let whole = quotes.iter().filter(|(line, sum)| line.ends_with(discount) && sum.ends_with(total));
        whole.count()
    };
    let (old, new) = (of("-$20", "$530"), of("-$100", "$450"));
    println!(
        "1000 switches in {took:.1?}; {} turns said and answered meanwhile; {old} prices of one release, {new} of the other, {} mixed",
        quotes.len() * 2,
        quotes.len() - old - new
    );
    assert_eq!(old + new, quotes.len(), "{quotes:?}");
}

async fn costs_that_cannot_be_written_are_kept_for_every_business_until_they_can(app: TestApp) {
    let other = app.another("luz").await.unwrap();
    app.tamper("ALTER TABLE module_usage RENAME TO module_usage_away").await.unwrap();
    for slug in ["luz", &other] {
        let phone = app.phone(slug, "+525598760009", "Regina").unwrap();
        phone.chat(&["quiero corte y barba el jueves a las 12 con Luis", "#No, gracias"]).await.unwrap();
        assert!(app.app.keep_usage().await.is_err(), "there is nowhere to write to");
    }
    assert!(app.app.keep_usage().await.is_err(), "what failed once is tried again, also when nothing is new");
    app.tamper("ALTER TABLE module_usage_away RENAME TO module_usage").await.unwrap();
    app.app.keep_usage().await.unwrap();

    let rows = app.app.usage(366).await.unwrap();
    let written: u64 = rows.iter().map(|row| row.calls).sum();
    let metrics = app.app.module_metrics();
    let lines = metrics.lines().filter(|line| line.starts_with("frontdesk_module_calls_total{"));
    let counted: u64 = lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
    assert!(counted > 0 && written == counted, "{written} of {counted} calls are written: {rows:?}");
    for slug in ["luz", &other] {
        assert!(rows.iter().any(|row| row.tenant == slug && row.function == "quote"), "{slug}: {rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn costs_outlast_a_table_that_is_away_on_sqlite() {
    let app = TestApp::sqlite().await.unwrap();
    costs_that_cannot_be_written_are_kept_for_every_business_until_they_can(app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn costs_outlast_a_table_that_is_away_on_postgres() {
    let app = TestApp::postgres().await.unwrap();
    costs_that_cannot_be_written_are_kept_for_every_business_until_they_can(app).await;
}
