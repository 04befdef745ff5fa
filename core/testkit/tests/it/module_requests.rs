//! Requests of modules to other servers, from the customer's words to the module's note: real component, real jobs, another
//! server that the test plays.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::vertical::{NotAnswered, Outside, WebRequest, WebResponse};
use testkit::{TestApp, component};

use crate::module_reach::{owner, says_in_time, settled, thread};

/// Answers what it was told to, in order, then that it is sunny.
#[derive(Debug, Default)]
struct Weather {
    heard: Mutex<Vec<WebRequest>>,
    answers: Mutex<VecDeque<Result<&'static str, NotAnswered>>>,
}

impl Weather {
    fn saying(answers: impl IntoIterator<Item = Result<&'static str, NotAnswered>>) -> Arc<Self> {
        Arc::new(Self { heard: Mutex::default(), answers: Mutex::new(answers.into_iter().collect()) })
    }

    fn heard(&self) -> Vec<WebRequest> {
        self.heard.lock().unwrap().clone()
    }
}

#[async_trait]
impl Outside for Weather {
    async fn ask(&self, request: &WebRequest, _patience: Duration) -> Result<WebResponse, NotAnswered> {
        self.heard.lock().unwrap().push(request.clone());
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok("sunny"))?;
        Ok(WebResponse { status: 200, headers: vec![], body: answer.into() })
    }
}

/// The first business runs the module that asks for the weather, with all it wants or with nothing.
async fn business(database: String, weather: &Arc<Weather>, granted: bool) -> TestApp {
    let outside: Arc<dyn Outside> = weather.clone();
    let app = TestApp::reaching(database, outside).await.unwrap();
    let bytes = component("hostile").unwrap();
    let installed = app.host.install(bytes.clone()).await.unwrap();
    app.app.keep_release(&installed.digest, &installed.description, &bytes).await.unwrap();
    let grants = (!granted).then(Vec::new);
    let fine = Some(serde_json::json!("fine"));
    app.app.switch("luz", "hostile", None, fine, grants.as_deref(), app::OPERATOR).await.unwrap();
    app
}

async fn asked(app: &TestApp) {
    let said = app.phone("luz", "+525598760301", "Tere").unwrap().chat(&["pregunta al clima"]).await.unwrap();
    assert!(said.contains("< sent"), "{said}");
}

async fn a_request_is_made_after_the_turn_and_its_answer_reaches_the_module(database: String) {
    let weather = Weather::saying([]);
    let app = business(database, &weather, true).await;
    asked(&app).await;
    let clerk = owner(&app).await;
    assert_eq!(says_in_time(&app, &clerk, "Tere", "rain: 200 sunny").await, 1);
    let heard = weather.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].target(), "POST https://api.example.com/v1/rain");
    assert_eq!(heard[0].headers[0].0, "idempotency-key");
    assert!(app.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_request_is_made_after_the_turn_and_its_answer_reaches_the_module() {
    a_request_is_made_after_the_turn_and_its_answer_reaches_the_module(String::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_request_is_made_after_the_turn_and_its_answer_reaches_the_module() {
    a_request_is_made_after_the_turn_and_its_answer_reaches_the_module(pgtest::database().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_nobody_answers_is_made_again_and_says_that_it_is_the_same() {
    let away = || Err(NotAnswered::Nobody("there is no way there"));
    let weather = Weather::saying([away(), away()]);
    let app = business(String::new(), &weather, true).await;
    asked(&app).await;
    let clerk = owner(&app).await;
    assert_eq!(says_in_time(&app, &clerk, "Tere", "rain: 200 sunny").await, 1);
    let heard = weather.heard();
    assert_eq!(heard.len(), 3);
    assert!(heard.iter().all(|request| *request == heard[0]), "{heard:?}");
    assert!(app.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_not_to_be_reached_is_tried_once_and_the_module_hears_of_it() {
    let weather = Weather::saying([Err(NotAnswered::Refused("only hosts by name are spoken to, by https"))]);
    let app = business(String::new(), &weather, true).await;
    asked(&app).await;
    let clerk = owner(&app).await;
    assert_eq!(says_in_time(&app, &clerk, "Tere", "rain: nobody answered").await, 1);
    assert_eq!(weather.heard().len(), 1);
    assert!(app.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_asks_on_and_on_is_not_followed() {
    let weather = Weather::saying((0..9).map(|_| Ok("again")));
    let app = business(String::new(), &weather, true).await;
    asked(&app).await;
    let clerk = owner(&app).await;
    for _ in 0..100 {
        if weather.heard().len() >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    settled().await;
    assert_eq!(weather.heard().len(), 3, "one request, and two that follow from answers");
    let notes = thread(&app, &clerk, "Tere").await;
    assert_eq!(notes.iter().filter(|note| note.as_str() == "rain: 200 again").count(), 3, "{notes:?}");
    assert!(app.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_granted_is_not_asked_for() {
    let weather = Weather::saying([]);
    let app = business(String::new(), &weather, false).await;
    asked(&app).await;
    settled().await;
    assert!(weather.heard().is_empty(), "{:?}", weather.heard());
    assert!(app.stop().await);
}
