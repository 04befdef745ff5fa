//! Releases switched while customers talk.

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

    let back = app.app.roll_back("luz").await.unwrap();
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
    app.app.roll_back("luz").await.unwrap();
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
    let usage = app.app.module_usage("luz", "2026-01-01").await.unwrap();
    assert!(usage.iter().any(|usage| usage.module == "hostile" && usage.failures >= 3), "{usage:?}");
    assert!(app.app.module_metrics().contains("frontdesk_module_failures_total{tenant="));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_names_what_would_differ_and_changes_nothing() {
    let app = TestApp::sqlite().await.unwrap();
    let module = app.app.releases().await.unwrap()[0].module.clone();
    let phone = app.phone("luz", "+525598760021", "Inés").unwrap();
    phone.chat(&["quiero corte y barba el jueves a las 12 con Luis", "si"]).await.unwrap();
    let same = app.app.rehearse("luz", &module, None, None, 30).await.unwrap();
    assert!(same.visits > 0 && same.differences.is_empty(), "{same:?}");

    let dearer = Some(serde_json::json!({ "combo_discount_percent": 0, "max_services": 1 }));
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
    let refused = app.app.switch("luz", &module, None, wrong, None).await.unwrap_err().to_string();
    assert!(refused.starts_with("the configuration does not fit: /combo_discount_percent"), "{refused}");
    let unknown = app.app.switch("luz", &module, None, None, Some(&["memory".to_owned()])).await.unwrap_err();
    assert_eq!(unknown.to_string(), "the module does not ask for \"memory\"; it asks for: scheduling, messages");
    let without = app.app.switch("luz", &module, None, None, Some(&[])).await.unwrap();
    assert_eq!((without.grants.len(), without.withheld), (0, vec!["scheduling".to_owned(), "messages".to_owned()]));
    let upgraded = app.app.switch("luz", &module, None, None, None).await.unwrap();
    assert_eq!(upgraded.withheld, ["scheduling", "messages"], "an upgrade keeps what it had");

    app.app.turn_module("luz", false).await.unwrap();
    assert_eq!(app.app.running_digest("luz").await.unwrap(), None);
    assert!(app.app.turn_module("luz", false).await.is_err(), "it is off already");
    app.app.turn_module("luz", true).await.unwrap();
    assert!(app.app.running_digest("luz").await.unwrap().is_some());
}

/// A thousand switches between two releases while customers talk: every turn ends, and each price is wholly of one
/// release.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_switches_lose_nothing_and_mix_nothing() {
    let app = TestApp::sqlite().await.unwrap();
    let module = app.app.releases().await.unwrap()[0].module.clone();
    let second = changed(component(&module).unwrap());
    let installed = app.host.install(second.clone()).await.unwrap();
    app.app.keep_release(&installed.digest, &installed.description, &second).await.unwrap();
    let half = Some(serde_json::json!({ "combo_discount_percent": 50 }));
    app.app.activate("luz", &module, Some(&installed.digest), half).await.unwrap();
    let switching = async {
        for _ in 0..1_000 {
            app.app.roll_back("luz").await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let numbers = ["+525598760011", "+525598760012"];
    let talk = async |number: &str, hour: &str| {
        let wish = format!("quiero corte y barba el jueves a las {hour} con Luis");
        let phone = app.phone("luz", number, "Regina").unwrap();
        let mut totals = Vec::new();
        for _ in 0..4 {
            let said = phone.chat(&[wish.as_str(), "#No, gracias"]).await.unwrap();
            totals.extend(said.lines().filter(|line| line.contains("Total")).map(|line| line.trim().to_owned()));
        }
        totals
    };
    let ((), mut totals, more) = tokio::join!(switching, talk(numbers[0], "12"), talk(numbers[1], "4"));
    totals.extend(more);
    assert!(!totals.is_empty());
    assert!(totals.iter().all(|total| total == "Total: $530" || total == "Total: $450"), "{totals:?}");
}
