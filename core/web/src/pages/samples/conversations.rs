//! Samples of the inbox.

use super::*;

fn messages() -> Vec<MessageView> {
    let choice =
        |title: &str| Choice { id: "a".to_owned(), title: title.to_owned(), description: "with Ana".to_owned() };
    let text = HOSTILE.to_owned();
    let bodies = [
        Body::text(HOSTILE),
        Body::Buttons { text: text.clone(), buttons: vec![choice(HOSTILE)] },
        Body::List { text: text.clone(), button: "Times".to_owned(), rows: vec![choice("5 pm")] },
        Body::Chosen { id: "a".to_owned(), title: text.clone() },
        Body::Media {
            kind: MediaKind::Document,
            media: MediaRef::default(),
            caption: text.clone(),
            filename: text.clone(),
        },
        Body::Location { latitude: 19.4, longitude: -99.1, name: text.clone(), address: text.clone() },
        Body::Contacts { names: vec![text.clone()] },
        Body::Reaction { to: "x".to_owned(), emoji: "👍".to_owned() },
        Body::Template { name: "n".to_owned(), language: "en".to_owned(), params: Vec::new(), text: text.clone() },
        Body::Order { text: text.clone(), items: 2 },
        Body::System { kind: "k".to_owned(), text: text.clone() },
        Body::Edited { original: "x".to_owned(), text },
        Body::Revoked { original: "x".to_owned() },
        Body::Unsupported { kind: "poll".to_owned() },
    ];
    let authors = [Author::Customer, Author::Assistant, Author::Member { member: id(1) }, Author::System];
    let message = |(number, body): (u32, Body)| {
        let author = *authors.iter().cycle().nth(number.try_into().unwrap()).unwrap();
        let ours = author != Author::Customer;
        let ticks = Ticks::ALL.into_iter().cycle().nth(number.try_into().unwrap()).filter(|_| ours);
        MessageView {
            id: id(number),
            author,
            author_name: "Sofía".to_owned(),
            body,
            ticks,
            failure: (ticks == Some(Ticks::Failed)).then(|| HOSTILE.to_owned()),
            at: at("2026-03-05T16:00:00Z"),
        }
    };
    (0..).zip(bodies).map(message).collect()
}

fn thread(answering: Answering) -> ThreadView {
    ThreadView {
        row: row(1, answering),
        messages: messages(),
        more: true,
        window_closes: Some(at("2026-03-06T16:55:00Z")),
        leaves_now: true,
        templates: vec![TemplateOffer {
            id: id(1),
            name: "visit_reminder".to_owned(),
            text: format!("{HOSTILE} {{{{1}}}} {{{{2}}}}"),
            places: 2,
        }],
        card: CustomerCard {
            id: id(1),
            name: HOSTILE.to_owned(),
            phone: "+525511223344".to_owned(),
            language: Some(Language::Spanish),
            note: HOSTILE.to_owned(),
            completed_visits: 4,
            no_shows: 1,
            upcoming: vec![booking(1, BookingState::Confirmed)],
            past: vec![booking(2, BookingState::NoShow)],
        },
        version: 3,
    }
}

#[test]
fn samples_of_the_inbox_are_what_its_contexts_hold() {
    let list = InboxList {
        rows: vec![row(1, Answering::Waiting), row(2, Answering::Assistant)],
        next: Some("next&page".to_owned()),
    };
    let (reply_key, problem, draft) = ("key".to_owned(), HOSTILE.to_owned(), HOSTILE.to_owned());
    check(&inbox::ListPart {
        frame: frame("inbox"),
        list: list.clone(),
        filter: InboxFilter::All,
        selected: String::new(),
    });
    check(&inbox::ThreadPart {
        frame: frame("inbox"),
        thread: thread(Answering::Person { member: id(1) }),
        filter: InboxFilter::Mine,
        reply_key: reply_key.clone(),
        problem: problem.clone(),
        draft: draft.clone(),
    });
    check(&inbox::InboxPage {
        frame: frame("inbox"),
        list,
        filter: InboxFilter::All,
        selected: String::new(),
        thread: Some(thread(Answering::Waiting)),
        reply_key,
        problem,
        draft,
    });
}
