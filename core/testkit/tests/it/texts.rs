//! What customers read in the owner's words: said, gone back from, and harmless when it fails. On both databases.

use std::{collections::BTreeMap, time::Duration};

use app::view::{AppError, Clerk, texts::TextChange};
use domain::{Language, text::TextKind};
use jiff::SignedDuration;
use testkit::TestApp;

use crate::module_reach::{at, completed, on_both_engines, owner, says_in_time, thread};

on_both_engines!(
    a_message_is_said_in_the_owners_words_and_as_it_comes_again,
    what_cannot_be_said_is_refused_by_name_before_it_is_kept,
    a_template_that_loops_costs_its_owner_the_modules_words_and_nobody_else_anything,
    programs_word_texts_and_are_told_what_is_wrong,
);

const GREETING: (TextKind, &str, Language) = (TextKind::Platform, "greet", Language::Spanish);
const THANKS: (TextKind, &str, Language) = (TextKind::Message, "thanks", Language::Spanish);

fn invalid(tried: Result<u32, AppError>) -> String {
    match tried {
        Err(AppError::Invalid { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

async fn a_message_is_said_in_the_owners_words_and_as_it_comes_again(app: TestApp) {
    let clerk = owner(&app).await;
    let greeted = async |number: &str| {
        app.phone("luz", number, "Regina").unwrap().chat(&["hola"]).await.unwrap().lines().nth(1).unwrap().to_owned()
    };
    let as_it_comes = greeted("+525598760201").await;
    assert!(as_it_comes.contains("Soy el asistente"), "{as_it_comes}");
    let first = app.app.write_text(&clerk, GREETING, "Qué gusto, {{ name }}. Aquí {{ business }}.", 0).await.unwrap();
    assert!(greeted("+525598760202").await.starts_with("< Qué gusto, Regina. Aquí Luz de Luna"));
    let second =
        app.app.write_text(&clerk, GREETING, "Qué gusto, {{ name }}.\r\n¿Qué necesitas?", first).await.unwrap();
    assert_eq!(greeted("+525598760203").await, "< Qué gusto, Regina.");
    let stale = app.app.write_text(&clerk, GREETING, "Buenas", first).await;
    assert!(matches!(stale, Err(AppError::Stale)), "{stale:?}");

    let text = app.app.text(&clerk, GREETING.0, GREETING.1, GREETING.2).await.unwrap();
    assert_eq!((text.version, text.own.as_deref()), (2, Some("Qué gusto, {{ name }}.\n¿Qué necesitas?")));
    let changed = |wanted: TextChange| -> String {
        let pieces = text.versions[0].changes.iter().filter(|piece| piece.change == wanted);
        pieces.map(|piece| piece.text.as_str()).collect()
    };
    assert_eq!(
        (changed(TextChange::Removed).trim(), changed(TextChange::Added).trim()),
        ("}}. Aquí {{ business }}.", "}}.\n¿Qué necesitas?")
    );

    let third = app.app.restore_text(&clerk, GREETING, first, second).await.unwrap();
    assert!(greeted("+525598760204").await.starts_with("< Qué gusto, Regina. Aquí Luz de Luna"));
    app.app.restore_text(&clerk, GREETING, 0, third).await.unwrap();
    assert_eq!(greeted("+525598760205").await, as_it_comes);
    assert!(app.stop().await);
}

async fn what_cannot_be_said_is_refused_by_name_before_it_is_kept(app: TestApp) {
    let clerk = owner(&app).await;
    let tried = async |text, body: &str| invalid(app.app.write_text(&clerk, text, body, 0).await);
    let unknown = tried(GREETING, "Hola {{ nombre }} de {{ business }}").await;
    assert_eq!(unknown, "{{ nombre }} is not known here; known are: business, name");
    let logic = tried(GREETING, "{% if name %}Hola{% endif %}").await;
    assert!(logic.starts_with("here only names"), "{logic}");
    let unknown = tried(THANKS, "{% if vip %}Hola{% endif %} {{ name }}").await;
    assert!(unknown.starts_with("{{ vip }} is not known here; known are: business,"), "{unknown}");
    let broken = tried(THANKS, "{% if name %}Hola").await;
    assert!(broken.starts_with("syntax error: unexpected end of input"), "{broken}");
    let bomb =
        tried(THANKS, "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}").await;
    assert!(bomb.starts_with("rendering it was stopped"), "{bomb}");
    let long = tried(THANKS, &"muy largo ".repeat(103)).await;
    assert_eq!(long, "it gets 1029 characters long, and 1024 fit");
    let button = tried((TextKind::Platform, "yes_button", Language::Spanish), "Sí, por favor, apártamelo").await;
    assert_eq!(button, "it gets 25 characters long, and 20 fit");
    assert_eq!(tried(GREETING, "  \n").await, "it says nothing");
    let nothing = app.app.text(&clerk, TextKind::Message, "unheard-of", Language::Spanish).await;
    assert!(matches!(nothing, Err(AppError::NotFound)), "{nothing:?}");
    let preview = app.app.preview_text(&clerk, THANKS, "{{ name|upper }}, {{ time }}").await.unwrap();
    assert_eq!((preview.text.as_deref(), preview.flaws.len()), (Some("ANA, 17:00"), 0));
    assert!(app.stop().await);
}

/// Books, comes, and two hours later reads what the automation says.
async fn visited(app: &TestApp, clerk: &Clerk, names: &[&str]) {
    for (place, name) in names.iter().enumerate() {
        let phone = app.phone("luz", &format!("+52559876030{place}"), name).unwrap();
        let wish = format!("quiero un corte el martes a las {} con Luis", ["11", "12", "4"][place]);
        phone.chat(&[wish.as_str(), "si"]).await.unwrap();
    }
    let mut last = None;
    for name in names {
        last = last.max(Some(completed(app, clerk, name).await.to));
    }
    at(app, last.unwrap().checked_add(SignedDuration::from_hours(3)).unwrap()).await;
}

async fn a_template_that_loops_costs_its_owner_the_modules_words_and_nobody_else_anything(app: TestApp) {
    let clerk = owner(&app).await;
    app.app.set_automation("luz", "after-visit", true).await.unwrap();
    // Harmless with made-up values, so it is kept; a bomb for one customer, and wrong for another.
    let bomb = "{% if name == 'Vera' %}{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}\
                {% elif name == 'Nora' %}{{ name.surname.first }}{% endif %}Hasta pronto, {{ name|upper }}.";
    app.app.write_text(&clerk, THANKS, bomb, 0).await.unwrap();
    let other = app.another("luz").await.unwrap();
    visited(&app, &clerk, &["Vera", "Nora", "Iris"]).await;
    // Somebody else's customer talks while the bombs go off.
    let neighbour = app.phone(&other, "+525598760310", "Rosa").unwrap();
    let answer = neighbour.chat(&["hola"]).await.unwrap();
    assert!(answer.contains("Soy el asistente"), "{answer}");
    for name in ["Vera", "Nora"] {
        let said = says_in_time(&app, &clerk, name, &format!("Gracias por venir, {name}")).await;
        assert_eq!(said, 1, "{:?}", thread(&app, &clerk, name).await);
    }
    assert_eq!(says_in_time(&app, &clerk, "Iris", "Hasta pronto, IRIS.").await, 1);

    let mut alerts = Vec::new();
    for _ in 0..100 {
        let mut tx = app.app.store().read(clerk.tenant).await.unwrap();
        let mut seen = 0;
        alerts.clear();
        loop {
            let changes = store::events::after(&mut tx, seen).await.unwrap();
            let Some(last) = changes.last() else { break };
            seen = last.seq;
            alerts.extend(changes.into_iter().filter(|change| change.kind == "alert").map(|change| change.subject));
        }
        drop(tx);
        if !alerts.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(
        alerts.iter().all(|alert| alert.starts_with("text:message:") && alert.ends_with("thanks:es-MX")),
        "{alerts:?}"
    );
    assert!(!alerts.is_empty());
    let usage = app.app.module_usage("luz", 366).await.unwrap();
    assert!(usage.iter().any(|usage| usage.module == "prompts" && usage.failures >= 1), "{usage:?}");
    assert!(app.stop().await);
}

async fn programs_word_texts_and_are_told_what_is_wrong(app: TestApp) {
    let (token, _) = crate::cookie(&app).await;
    let bearer = BTreeMap::from([("authorization", format!("Bearer {token}"))]);
    let post = async |path: &str, body: &str| crate::post(&app, path, &bearer, body).await;
    let path = "/api/v1/texts/message/thanks?language=es";
    let (status, body) = post(path, r#"{"body":"Gracias, {{ name }}","version":0}"#).await;
    assert_eq!((status, body.as_str()), (200, r#"{"version":1}"#));
    let (status, _) = post(path, r#"{"body":"Gracias","version":0}"#).await;
    assert_eq!(status, 409);
    let (status, body) = post(path, r#"{"body":"{{ nadie }}","version":1}"#).await;
    assert!(status == 422 && body.contains("{{ nadie }} is not known here"), "{body}");
    let preview = "/api/v1/texts/message/thanks/preview?language=es";
    let (status, body) = post(preview, r#"{"body":"{{ name|length }}"}"#).await;
    assert_eq!((status, body.as_str()), (200, r#"{"text":"3","flaws":[]}"#));
    let (status, _) = post("/api/v1/texts/mail/thanks", r#"{"body":"x","version":0}"#).await;
    assert_eq!(status, 404);
    let restore = "/api/v1/texts/message/thanks/restore?language=es";
    let (status, body) = post(restore, r#"{"to":0,"version":1}"#).await;
    assert_eq!((status, body.as_str()), (200, r#"{"version":2}"#));
    assert!(app.stop().await);
}
