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
