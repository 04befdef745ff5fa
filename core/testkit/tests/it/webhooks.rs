//! The door: proven or refused, stored or said so.

use std::collections::BTreeMap;

use domain::{Phone, channel::Provider};
use testkit::TestApp;

struct Door {
    app: TestApp,
    path: String,
    secret: String,
    number: String,
}

async fn door() -> Door {
    let app = TestApp::sqlite().await.unwrap();
    let mut tx = app.app.store().platform_read().await.unwrap();
    let line = store::channels::of_provider(&mut tx, Provider::Simulator).await.unwrap().remove(0);
    drop(tx);
    Door {
        path: format!("/webhooks/whatsapp/{}", line.id),
        secret: line.secret("app_secret").to_owned(),
        number: line.external_id,
        app,
    }
}

impl Door {
    async fn post(&self, body: &str, signature: Option<String>) -> u16 {
        let headers =
            signature.map(|signature| BTreeMap::from([("x-hub-signature-256", signature)])).unwrap_or_default();
        crate::post(&self.app, &self.path, &headers, body).await.0
    }

    async fn signed(&self, body: &str) -> u16 {
        self.post(body, Some(channels::simulator::sign(&self.secret, body.as_bytes()))).await
    }

    fn envelope(&self, id: &str, text: &str) -> String {
        format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp",
            "metadata":{{"display_phone_number":"52","phone_number_id":"{}"}},"contacts":[{{"profile":{{"name":"Ana P"}},"wa_id":"5215500002222"}}],
            "messages":[{{"from":"5215500002222","id":"{id}","timestamp":"1772463600","type":"text","text":{{"body":"{text}"}}}}]}}}}]}}]}}"#,
            self.number
        )
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_signature_is_401_and_garbage_with_a_right_one_is_kept() {
    let door = door().await;
    let body = door.envelope("wamid.A", "hola");
    assert_eq!(door.post(&body, None).await, 401);
    assert_eq!(door.post(&body, Some(channels::simulator::sign("guessed", body.as_bytes()))).await, 401);
    assert_eq!(door.signed("{not json").await, 200);
    assert_eq!(door.signed(&body.replace(&door.number, "999")).await, 200, "an unknown number is quarantined");
    assert_eq!(door.signed(&body).await, 200);
    let huge = format!(r#"{{"x":"{}"}}"#, "y".repeat(4 << 20));
    assert_eq!(door.post(&huge, None).await, 413);
    assert_eq!(
        crate::post(&door.app, "/webhooks/whatsapp/chn_00000000000000000000000000000000", &BTreeMap::new(), &body)
            .await
            .0,
        404
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_sent_ten_times_is_answered_once() {
    let door = door().await;
    let body = door.envelope("wamid.SAME", "hola");
    for _ in 0..10 {
        assert_eq!(door.signed(&body).await, 200);
    }
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    let screen = door.app.app.simulator_screen("luz", &Phone::parse("+525500002222").unwrap()).await.unwrap();
    assert_eq!(screen.bubbles.iter().filter(|bubble| !bubble.from_customer).count(), 1, "{screen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_last_week_is_shown_and_not_answered() {
    let door = door().await;
    let old = door.envelope("wamid.OLD", "quiero un corte mañana a las 11").replace("1772463600", "1771858800");
    assert_eq!(door.signed(&old).await, 200);
    // A fresh one afterwards is answered: the lane went on, and did not answer for the old one.
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    let answers = async || {
        let phone = Phone::parse("+525500002222").unwrap();
        let bubbles = door.app.app.simulator_screen("luz", &phone).await.unwrap().bubbles;
        bubbles.iter().filter(|bubble| !bubble.from_customer).count()
    };
    let (token, _) = crate::cookie(&door.app).await;
    let clerk = crate::chat::clerk(&door.app.app.session(&token).await.unwrap().unwrap());
    let inbox = door.app.app.inbox(&clerk, Default::default(), None).await.unwrap();
    let heard = inbox.rows.iter().find(|row| row.last_line.contains("quiero un corte"));
    assert!(heard.is_some(), "members see it: {inbox:?}");
    assert_eq!(answers().await, 0);
    assert_eq!(door.signed(&door.envelope("wamid.NEW", "hola")).await, 200);
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    assert_eq!(answers().await, 1);
}
