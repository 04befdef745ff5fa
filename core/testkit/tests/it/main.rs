//! The product as its users meet it: real server, real webhook, real components, both databases.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail there and then")]

mod agenda;
mod api;
mod canaries;
mod chat;
mod clocks;
mod elsewhere;
mod module_chats;
mod module_reach;
mod module_requests;
mod modules;
mod policies;
mod providers;
mod registry;
mod regressions;
mod stage;
mod texts;
mod undelivered;
mod webhooks;
mod window;

use std::collections::BTreeMap;

use testkit::TestApp;

/// Logs the owner in; the cookie.
async fn cookie(app: &TestApp) -> (String, String) {
    let token = app.app.login("sofia@luz.example", "frontdesk-demo", "test").await.unwrap().token;
    let csrf = app.app.session(&token).await.unwrap().unwrap().csrf;
    (token, csrf)
}

/// A JSON post as a program would make it; status and body.
async fn post(app: &TestApp, path: &str, headers: &BTreeMap<&str, String>, body: &str) -> (u16, String) {
    let client = channels::http::client().unwrap();
    let mut request =
        client.post(format!("{}{path}", app.url)).header("content-type", "application/json").body(body.to_owned());
    // The first answer of a module waits for its compiler, which is slow in a build for tests.
    request = request.timeout(std::time::Duration::from_secs(60));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
