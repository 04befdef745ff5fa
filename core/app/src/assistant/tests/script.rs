//! Plays a transcript and writes it out with the answers it got.
//!
//! `# note`, `@ directive` (see [`Business::direct`]), `> what the customer writes`, `>+ more of the same turn`,
//! `> [title]` taps what was shown, `> (voice)` sends something that is not text. The rest is answers: `! action`,
//! `< reply`, and at the end `= booking`.

use std::{fmt::Write, path::Path};

use domain::{
    Language,
    booking::BookingState,
    message::{Body, Choice, MediaKind, MediaRef},
};
use templates::messages::Messages;

use super::{
    super::{
        Action, Heard, Memory, Outcome, Speech, conclude, first_language, lost, notes, plan, plan_after_loss,
        remember_lost,
    },
    business::Business,
};

pub(super) async fn play(path: &Path, source: &str) -> String {
    let mut stage = Stage::new(path.display().to_string());
    let mut heard: Vec<Heard> = Vec::new();
    for line in source.lines().filter(|line| !line.is_empty() && !line.starts_with(['<', '!', '='])) {
        let said = line.strip_prefix("> ").or_else(|| line.strip_prefix(">+ "));
        if !line.starts_with(">+") && !heard.is_empty() {
            stage.turn(std::mem::take(&mut heard)).await;
        }
        stage.written.push_str(line);
        stage.written.push('\n');
        match (said, line.strip_prefix("@ ")) {
            (Some(said), _) => heard.push(Heard { body: stage.body(said) }),
            (None, Some(directive)) => stage.business.direct(directive),
            (None, None) => {}
        }
    }
    if !heard.is_empty() {
        stage.turn(heard).await;
    }
    for line in stage.business.rows() {
        writeln!(stage.written, "= {line}").unwrap();
    }
    stage.written
}

struct Stage {
    path: String,
    business: Business,
    messages: Messages,
    memory: serde_json::Value,
    waiting_for_person: bool,
    /// Everything tappable that was ever shown, newest last.
    shown: Vec<Choice>,
    written: String,
}

impl Stage {
    fn new(path: String) -> Self {
        let messages = Messages::load().unwrap();
        Self {
            path,
            business: Business::new(),
            messages,
            memory: serde_json::Value::Null,
            waiting_for_person: false,
            shown: Vec::new(),
            written: String::new(),
        }
    }

    fn body(&self, said: &str) -> Body {
        if let Some(title) = said.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let tapped = self.shown.iter().rev().find(|choice| choice.title == title);
            let id = tapped.unwrap_or_else(|| panic!("{}: nothing called {title:?} was shown", self.path)).id.clone();
            return Body::Chosen { id, title: title.to_owned() };
        }
        let Some((kind, words)) = said.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
            return Body::text(said);
        };
        let words = words.trim().to_owned();
        let media =
            |kind| Body::Media { kind, media: MediaRef::default(), caption: words.clone(), filename: String::new() };
        match kind {
            "voice" => media(MediaKind::Voice),
            "image" => media(MediaKind::Image),
            "sticker" => media(MediaKind::Sticker),
            "document" => media(MediaKind::Document),
            "location" => Body::Location { latitude: 19.4, longitude: -99.1, name: words, address: String::new() },
            "contact" => Body::Contacts { names: vec![words] },
            "reaction" => Body::Reaction { to: "wamid.1".into(), emoji: words },
            "edited" => Body::Edited { original: "wamid.1".into(), text: words },
            "revoked" => Body::Revoked { original: "wamid.1".into() },
            "unsupported" => Body::Unsupported { kind: "poll".into() },
            "tapped" => Body::Chosen { id: words.clone(), title: words },
            other => panic!("{}: nobody sends a {other:?}", self.path),
        }
    }

    /// As the app does it: plan, act in one go, plan again when a slot was lost.
    async fn turn(&mut self, heard: Vec<Heard>) {
        if self.waiting_for_person {
            self.written.push_str("! a person answers here\n\n");
            return;
        }
        let before = Memory::read(&self.memory);
        let mut again: Option<Memory> = None;
        'tries: for _ in 0..3 {
            let facts = self.business.facts();
            let speech = Speech::new(&self.messages, &facts, first_language(&facts, &before));
            let plan = match again.take() {
                None => plan(&facts, &speech, before.clone(), &heard).await,
                Some(memory) => plan_after_loss(&facts, &speech, memory).await,
            };
            let mut memory = plan.memory;
            let language = memory.language.unwrap_or(facts.tenant.language);
            let speech = Speech::new(&self.messages, &facts, language);
            let notes = notes(&facts, &speech, &plan.actions).await;
            let (mut says, mut log, mut trial) = (plan.says, Vec::new(), self.business.clone());
            for action in &plan.actions {
                let outcome = trial.act(action, &facts);
                log.push(told(action, &outcome, &trial));
                if lost(action, &outcome) {
                    self.business.racer = trial.racer;
                    self.business
                        .bookings
                        .extend(trial.bookings.into_iter().filter(|booking| trial.raced == Some(booking.id)));
                    self.written.push_str(&log.concat());
                    again = Some(remember_lost(memory, &facts, action));
                    continue 'tries;
                }
                says.extend(conclude(&facts, &speech, &mut memory, &outcome, notes.clone()).await);
            }
            self.waiting_for_person = plan.actions.iter().any(|action| matches!(action, Action::HandToPerson { .. }));
            self.business = trial;
            self.memory = serde_json::to_value(&memory).unwrap();
            self.written.push_str(&log.concat());
            self.check(&heard, &says, language);
            self.show(&says);
            self.written.push('\n');
            return;
        }
        panic!("{}: planned three times in vain", self.path);
    }

    /// What WhatsApp refuses and what nobody wants to get.
    fn check(&self, heard: &[Heard], says: &[Body], language: Language) {
        let path = &self.path;
        let silent = heard.iter().all(|heard| matches!(heard.body, Body::Reaction { .. } | Body::Revoked { .. }));
        assert_eq!(says.is_empty(), silent, "{path}: {heard:?} was answered with {says:?}");
        assert!(says.len() <= 2, "{path}: {} bubbles at once in {language}: {says:?}", says.len());
        for body in says {
            assert!(!body.words().trim().is_empty() && !body.words().contains("{{"), "{path}: {body:?}");
            let Some((button, choices)) = tappable(body) else { continue };
            let (title, most) = if button.is_some() { (24, 10) } else { (20, 3) };
            assert!(button.is_none_or(|button| button.chars().count() <= 20), "{path}: {button:?}");
            assert!(body.words().chars().count() <= 1_024, "{path}: too long for buttons");
            assert!((1..=most).contains(&choices.len()), "{path}: {} choices", choices.len());
            for (place, choice) in choices.iter().enumerate() {
                assert!(choice.title.chars().count() <= title, "{path}: {:?} is too long", choice.title);
                assert!(choice.description.chars().count() <= 72, "{path}: {:?} is too long", choice.description);
                let twin =
                    choices.iter().skip(place + 1).any(|other| other.title == choice.title || other.id == choice.id);
                assert!(!twin, "{path}: {:?} is there twice", choice.title);
            }
        }
    }

    fn show(&mut self, says: &[Body]) {
        for body in says {
            for line in body.words().lines() {
                writeln!(self.written, "< {line}").unwrap();
            }
            let Some((button, choices)) = tappable(body) else { continue };
            if let Some(button) = button {
                writeln!(self.written, "<   {{{button}}}").unwrap();
                for row in choices {
                    writeln!(self.written, "<   [{}] {}", row.title, row.description).unwrap();
                }
            } else {
                let titles: Vec<String> = choices.iter().map(|choice| format!("[{}]", choice.title)).collect();
                writeln!(self.written, "<   {}", titles.join(" ")).unwrap();
            }
            self.shown.extend(choices.iter().cloned());
        }
    }
}

/// What of a message can be tapped; a list has a button that opens it.
fn tappable(body: &Body) -> Option<(Option<&str>, &[Choice])> {
    if let Body::List { button, rows, .. } = body {
        return Some((Some(button), rows));
    }
    if let Body::Buttons { buttons, .. } = body { Some((None, buttons)) } else { None }
}

fn told(action: &Action, outcome: &Outcome, business: &Business) -> String {
    let what = match action {
        Action::Hold { opening, quote, .. } => {
            format!("hold {} {}", business.line(opening.start(), &opening.items), quote.total.minor / 100)
        }
        Action::Confirm { .. } => "confirm".to_owned(),
        Action::Release { .. } => "release".to_owned(),
        Action::Cancel { fee: None, .. } => "cancel".to_owned(),
        Action::Cancel { fee: Some(fee), .. } => format!("cancel for {}", fee.minor / 100),
        Action::Join(joining) => {
            let wish = &joining.wish;
            format!("wait for {} {}..{} {:?}", joining.services.join(","), wish.first, wish.last, wish.between)
        }
        Action::TakeOffer { .. } => "take the offer".to_owned(),
        Action::PassOffer { .. } => "pass the offer".to_owned(),
        Action::LeaveWaitlist => "leave the waitlist".to_owned(),
        Action::Move { opening, .. } => format!("move to {}", business.line(opening.start(), &opening.items)),
        Action::HandToPerson { reason } => format!("hand to a person: {reason}"),
        Action::OptOut => "opt out".to_owned(),
        Action::OptIn => "opt in".to_owned(),
        Action::SetName { name } => format!("call the customer {name:?}"),
        Action::Effects { tool, effects } => format!("{} effects of {tool}", effects.len()),
    };
    let ended = match outcome {
        Outcome::Confirmed(booking) if booking.state == BookingState::PendingApproval => ": pending",
        Outcome::Taken => ": taken",
        Outcome::Refused => ": refused",
        Outcome::Held(_)
        | Outcome::Confirmed(_)
        | Outcome::Cancelled(_)
        | Outcome::Moved(_)
        | Outcome::Joined { .. }
        | Outcome::Passed
        | Outcome::OfferGone
        | Outcome::Done => "",
    };
    format!("! {what}{ended}\n")
}
