//! The corpus, and what must hold for any text.

use domain::Language;
use expect_test::expect_file;
use jiff::civil::date;
use proptest::prelude::*;

use crate::{Context, Entry, Expecting, Lexicon, Offered, say, understand};

fn lexicon() -> Lexicon {
    let entry = |key: &str, words: &[&str]| Entry {
        key: key.into(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    Lexicon {
        services: vec![
            entry(
                "cut",
                &["corte", "corte de pelo", "haircut", "trim", "corte de cabelo", "potong rambut", "potong", "cukur"],
            ),
            entry("beard", &["barba", "arreglo de barba", "beard", "jenggot", "jenggotnya"]),
            entry("colour", &["tinte", "color", "hair color", "dye", "coloração", "cat rambut", "cat"]),
            entry("balayage", &["balayage"]),
            entry("nails", &["manicure", "uñas", "nails", "unhas", "unha", "kuku"]),
        ],
        resources: vec![
            entry("ana", &["Ana"]),
            entry("luis", &["Luis"]),
            entry("mariana", &["Mariana"]),
            entry("diego", &["Diego"]),
        ],
        resource_nouns: vec![],
        urgent: vec!["dolor en el pecho".into(), "chest pain".into()],
        tools: vec![entry("aftercare", &["cuidados después", "aftercare"])],
    }
}

/// Monday the second of March 2026, ten in the morning in Mexico City.
fn context(expecting: Option<Expecting>) -> Context {
    let now = date(2026, 3, 2).at(10, 0, 0, 0).in_tz("America/Mexico_City").unwrap();
    let offered = if matches!(expecting, Some(Expecting::Choice | Expecting::WhichBooking)) {
        let offer = |id: &str, hour: i8, who: &str| Offered {
            id: id.into(),
            label: id.into(),
            at: Some(date(2026, 3, 5).at(hour, 0, 0, 0)),
            resource: Some(who.into()),
        };
        vec![offer("slot:0", 11, "ana"), offer("slot:1", 16, "luis"), offer("slot:2", 17, "ana")]
    } else {
        vec![]
    };
    Context { language: None, now, expecting, offered }
}

fn shown(line: &str, language: Option<Language>) -> String {
    let (asked, text) = line.split_once('|').map_or((None, line), |(asked, text)| (Some(asked.trim()), text.trim()));
    let expecting = asked.map(|asked| match asked {
        "day" => Expecting::Day,
        "time" => Expecting::Time,
        "service" => Expecting::Service,
        "confirm" => Expecting::Confirmation,
        "choice" => Expecting::Choice,
        "name" => Expecting::Name,
        "resource" => Expecting::Resource,
        "cancel" => Expecting::ConfirmCancel,
        "which" => Expecting::WhichBooking,
        other => panic!("{other}"),
    });
    let understood = understand(text, &lexicon(), &Context { language, ..context(expecting) });
    let parts = understood.requests.iter().map(|request| {
        let found = &request.entities;
        let keys = |list: &[crate::Match]| list.iter().map(|found| found.key.clone()).collect::<Vec<_>>().join("+");
        let mut text = request.intent.name().to_owned();
        let mut add = |name: &str, value: String| {
            if !value.is_empty() {
                text.push_str(&format!(" {name}={value}"));
            }
        };
        add("what", keys(&found.services));
        add("without", keys(&found.removed_services));
        let flags = [("adding", found.adding), ("only", found.only), ("again", found.again), ("all", found.all)];
        flags.into_iter().filter(|(_, set)| *set).for_each(|(name, _)| add(name, "yes".into()));
        add("who", keys(&found.resources));
        add("not", keys(&found.excluded_resources));
        add("any", if found.any_resource { "yes".into() } else { String::new() });
        add("days", found.time.days.as_ref().map(|days| format!("{days:?}")).unwrap_or_default());
        add("hour", found.time.hour.map(|hour| format!("{hour:?}")).unwrap_or_default());
        add("shift", found.time.shift.map(|minutes| minutes.to_string()).unwrap_or_default());
        add("repeats", found.time.repeats.unwrap_or_default().into());
        add("impossible", found.time.impossible.clone().unwrap_or_default());
        add("party", found.party.map(|party| party.to_string()).unwrap_or_default());
        add("name", found.name.clone().unwrap_or_default());
        add("choice", found.choice.map(|choice| choice.to_string()).unwrap_or_default());
        text
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// `corpus/LANGUAGE.txt` holds messages; `corpus/LANGUAGE.read` what they were read as, looked over by a person.
fn corpus(name: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");
    let messages = std::fs::read_to_string(format!("{folder}/{name}.txt")).unwrap();
    // Spanish and English need no prior; the others are what the conversation was in.
    let prior = match name.split('_').next() {
        Some("pt") => Some(Language::Portuguese),
        Some("id") => Some(Language::Indonesian),
        _ => None,
    };
    let mut read = String::new();
    for line in messages.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        read.push_str(&format!("{line}\n    {}\n", shown(line, prior)));
    }
    expect_file![format!("{folder}/{name}.read")].assert_eq(&read);
}

#[test]
fn spanish_as_it_is_written() {
    corpus("es");
}

#[test]
fn spanish_in_the_wild() {
    corpus("es_wild");
}

#[test]
fn english_in_the_wild() {
    corpus("en_wild");
}

#[test]
fn english_as_it_is_written() {
    corpus("en");
}

#[test]
fn portuguese_as_it_is_written() {
    corpus("pt");
}

#[test]
fn portuguese_in_the_wild() {
    corpus("pt_wild");
}

#[test]
fn indonesian_as_it_is_written() {
    corpus("id");
}

#[test]
fn indonesian_in_the_wild() {
    corpus("id_wild");
}

#[test]
fn we_say_things_as_people_do() {
    let thursday = date(2026, 3, 5);
    let today = date(2026, 3, 4);
    assert_eq!(say::date(Language::Spanish, thursday, today), "mañana, jueves 5 de marzo");
    assert_eq!(say::date(Language::English, thursday, date(2026, 3, 1)), "Thursday, March 5");
    assert_eq!(say::at_time(Language::Spanish, jiff::civil::time(13, 0, 0, 0)), "a la 1:00 p.m.");
    assert_eq!(say::at_time(Language::Spanish, jiff::civil::time(0, 30, 0, 0)), "a las 12:30 a.m.");
    let pesos = |minor| say::money(Language::Spanish, domain::Money::new(minor, domain::Currency::MXN));
    assert_eq!([pesos(35_000), pesos(125_050), pesos(-5_000), pesos(0)], ["$350", "$1,250.50", "-$50", "$0"]);
    assert_eq!(say::date(Language::Portuguese, thursday, today), "amanhã, quinta-feira, 5 de março");
    assert_eq!(say::date(Language::Indonesian, thursday, date(2026, 3, 1)), "Kamis, 5 Maret");
    let one = jiff::civil::time(1, 0, 0, 0);
    assert_eq!(
        [Language::Portuguese, Language::Indonesian].map(|spoken| say::at_time(spoken, one)),
        ["à 01:00", "pukul 01.00"]
    );
    let reais = domain::Money::new(125_050, "BRL".parse().unwrap());
    assert_eq!(say::money(Language::Portuguese, reais), "R$ 1.250,50");
    assert_eq!(
        [Language::Portuguese, Language::Indonesian].map(|spoken| say::duration(spoken, 90)),
        ["1 h 30 min", "1 jam 30 menit"]
    );
    let names = ["Ana".to_owned(), "Luis".to_owned(), "Iris".to_owned()];
    assert_eq!(say::list(Language::Spanish, &names, say::Conjunction::And), "Ana, Luis e Iris");
}

#[test]
fn a_line_that_cannot_be_read_says_why() {
    let answer = |input: &str| crate::nlu::line(input);
    assert!(answer("{").contains("error"));
    assert!(answer(r#"{"locale":"es","now":"x","tz":"America/Mexico_City","text":"hola"}"#).contains("now"));
    assert!(
        answer(r#"{"locale":"es","now":"2026-03-02T10:00:00-06:00","tz":"Mars/Base","text":"hola"}"#)
            .contains("Mars/Base")
    );
    let fine = answer(
        r#"{"locale":"es-MX","now":"2026-03-02T10:00:00-06:00","tz":"America/Mexico_City","text":"quiero un corte mañana a las 5"}"#,
    );
    let fine: serde_json::Value = serde_json::from_str(&fine).unwrap();
    assert_eq!(fine["intent"], "book");
    assert_eq!(fine["entities"]["services"][0], "haircut");
    assert_eq!((fine["time"]["date"].as_str(), fine["time"]["time"].as_str()), (Some("2026-03-03"), Some("17:00")));
}

#[test]
fn the_locale_of_a_line_is_the_prior_and_no_more() {
    let read = |locale: &str, text: &str| -> serde_json::Value {
        let line = serde_json::json!({
            "locale": locale, "now": "2026-03-02T10:00:00-06:00", "tz": "America/Mexico_City", "text": text,
        });
        serde_json::from_str(&crate::nlu::line(&line.to_string())).unwrap()
    };
    let asked = read("pt-BR", "oi, qria marcar um corte amanha de tarde");
    assert_eq!((asked["intent"].as_str(), asked["language"].as_str()), (Some("book"), Some("pt-BR")));
    assert_eq!(
        (asked["time"]["date"].as_str(), asked["time"]["part"].as_str()),
        (Some("2026-03-03"), Some("afternoon"))
    );
    let asked = read("id", "kak, mau booking potong rambut besok jam setengah 5 bisa?");
    assert_eq!((asked["intent"].as_str(), asked["entities"]["services"][0].as_str()), (Some("book"), Some("haircut")));
    assert_eq!((asked["time"]["date"].as_str(), asked["time"]["time"].as_str()), (Some("2026-03-03"), Some("16:30")));
    assert_eq!(read("es-MX", "quero marcar um corte amanhã às 17h30")["language"], "pt-BR");
    assert_eq!(read("pt-BR", "can I get a haircut tomorrow please")["language"], "en");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        let understood = understand(&text, &lexicon(), &context(Some(Expecting::Choice)));
        prop_assert!(!understood.requests.is_empty());
    }

    #[test]
    fn no_soup_of_time_words_makes_it_panic(words in prop::collection::vec(prop::sample::select(vec![
        "el", "31", "de", "febrero", "a", "las", "25:99", "entre", "y", "99/99/99", "next", "friday", "12am", "antes", "mañana", "la", "0", "to", "quarter", "4294967295", "horas", "en", ":", "5.5.5", "30/2", "a las",
    ]), 0..20)) {
        understand(&words.join(" "), &lexicon(), &context(Some(Expecting::Time)));
    }

    #[test]
    fn no_soup_in_portuguese_or_indonesian_makes_it_panic(words in prop::collection::vec(prop::sample::select(vec![
        "às", "17h30", "99h99", "da", "tarde", "depois", "de", "amanhã", "segunda", "que", "vem", "e", "meia", "para", "as",
        "dia", "31", "fevereiro", "entre", "das", "até", "daqui", "a", "0", "1", "quinze", "semana", "não", "sem", "nome", "é",
        "jam", "pukul", "setengah", "kurang", "lewat", "lebih", "tgl", "tgl99", "jam5", "minggu", "depan", "lagi", "dan", "ke",
        "dua", "belas", "ber", "orang", "antara", "sampai", "bulan", "hari", "ini", "yang", "nomor", "25.99", ",", "?",
    ]), 0..20), indonesian in any::<bool>(), choosing in any::<bool>()) {
        let language = Some(if indonesian { Language::Indonesian } else { Language::Portuguese });
        let expecting = Some(if choosing { Expecting::Choice } else { Expecting::Time });
        let understood = understand(&words.join(" "), &lexicon(), &Context { language, ..context(expecting) });
        prop_assert!(!understood.requests.is_empty());
    }
}
