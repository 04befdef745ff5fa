//! What a message wants: cues weighed, then settled by what was said with them and by what had been asked.

use crate::{
    cues::{self, CUES},
    detect, entities,
    lexicon::{Lexicon, find},
    meaning::{Context, Days, Entities, Expecting, Intent, Request, Understanding},
    times,
    words::{Word, clauses},
};

/// Reads `text` against the tenant's names and the state of the conversation.
pub fn understand(text: &str, lexicon: &Lexicon, context: &Context) -> Understanding {
    let all = clauses(text);
    let (language, language_sure) = detect::language(&all, context.language);
    let mut requests: Vec<Request> = Vec::new();
    for mut words in all {
        let request = clause(&mut words, lexicon, context, language);
        join(&mut requests, request);
    }
    if requests.is_empty() {
        requests.push(symbols(text));
    }
    Understanding { language, language_sure, requests }
}

/// A message without letters: a thumb up is a yes.
fn symbols(text: &str) -> Request {
    let has = |list: &[&str]| list.iter().any(|sign| !sign.chars().any(char::is_alphanumeric) && text.contains(sign));
    let (intent, confidence) = if has(cues::YES) {
        (Intent::Affirm, 0.8)
    } else if has(cues::NO) {
        (Intent::Deny, 0.8)
    } else {
        (Intent::Unknown, 0.0)
    };
    Request { intent, confidence, entities: Entities::default() }
}

fn clause(words: &mut [Word], lexicon: &Lexicon, context: &Context, language: domain::Language) -> Request {
    let mut found = Entities::default();
    // A name said for its own sake comes first: "soy Abril" is no month.
    let plain = words.to_vec();
    let tool = find(&mut words.to_vec(), &lexicon.tools).into_iter().next();
    found.time =
        times::read(words, &context.now, language, context.expecting == Some(Expecting::Time) && words.len() <= 4);
    entities::read(words, lexicon, context, &mut found);
    let (intent, confidence) = decide(&plain, &found, tool.map(|tool| tool.key), context);
    if intent == Intent::Move
        && let Some(Days::OneOf(days)) = &found.time.days
        && let [from, to] = days.as_slice()
    {
        // "del jueves al viernes": the first tells which booking, the second where to.
        (found.booking_day, found.time.days) = (Some(*from), Some(Days::On(*to)));
    }
    Request { intent, confidence, entities: found }
}

fn decide(words: &[Word], found: &Entities, tool: Option<String>, context: &Context) -> (Intent, f32) {
    let cue = strongest(words);
    let content =
        !found.services.is_empty() || !found.resources.is_empty() || !found.time.is_empty() || found.party.is_some();
    let short = words.len() <= 6;
    let (yes, no, instead) = (leads(words, cues::YES), leads(words, cues::NO), contains(words, cues::INSTEAD));
    let asked = context.expecting.is_some_and(|expecting| expecting != Expecting::Anything);
    // A word by itself that ends everything: "BAJA", "STOP".
    if let [only] = words
        && matches!(only.text.as_str(), "stop" | "baja" | "alto" | "unsubscribe" | "berhenti" | "parar")
    {
        return (Intent::OptOut, 0.98);
    }
    match cue {
        Some((
            intent @ (Intent::Emergency | Intent::OptOut | Intent::OptIn | Intent::HandToPerson | Intent::Waitlist),
            weight,
        )) => return (intent, weight),
        Some((Intent::Cancel | Intent::Move, weight)) if negated(words, "cancel") => {
            let moves = strongest_of(words, &Intent::Move).is_some()
                || contains(words, &["cambiar", "mover", "change", "move"]);
            return (if moves { Intent::Move } else { Intent::Deny }, weight);
        }
        // Asked "shall I book it?", "cancel" takes back the question and no appointment.
        Some((Intent::Cancel, _)) if context.expecting == Some(Expecting::Confirmation) && words.len() <= 2 => {
            return (Intent::Deny, 0.9);
        }
        Some((Intent::Cancel, weight)) => {
            let moved = strongest_of(words, &Intent::Move);
            return moved.map_or((Intent::Cancel, weight), |weight| (Intent::Move, weight));
        }
        // "¿me puedes cambiar...?" while something is being put together corrects that and not a booking.
        Some((Intent::Move, weight))
            if !(asked && content && !contains(words, &["cita", "appointment", "booking", "reserva"])) =>
        {
            return (Intent::Move, weight);
        }
        Some((
            intent @ (Intent::AskPrice
            | Intent::AskHours
            | Intent::AskLocation
            | Intent::AskServices
            | Intent::ListBookings),
            weight,
        )) => {
            return (intent, weight);
        }
        _ => {}
    }
    if let Some(name) = tool.filter(|_| !asked) {
        return (Intent::Tool(name), 0.85);
    }
    if found.choice.is_some() && (!instead || short) {
        return (Intent::Choose, 0.9);
    }
    if let Some((intent @ (Intent::MoreOptions | Intent::Earlier | Intent::Later), weight)) = cue.clone()
        && (asked || !content)
    {
        return (intent, weight);
    }
    if no && (content || (instead && !short)) && (asked || instead) {
        return (Intent::Correct, 0.85);
    }
    if yes && !content && !no {
        return (Intent::Affirm, if words.len() <= 4 { 0.95 } else { 0.75 });
    }
    if no && !content {
        return (Intent::Deny, if words.len() <= 4 { 0.95 } else { 0.7 });
    }
    if content && (instead || !found.excluded_resources.is_empty()) && asked {
        return (Intent::Correct, 0.8);
    }
    settle(cue, words, found, content, asked, yes)
}

/// What is left: requests for a time, answers, small talk.
fn settle(
    cue: Option<(Intent, f32)>,
    words: &[Word],
    found: &Entities,
    content: bool,
    asked: bool,
    yes: bool,
) -> (Intent, f32) {
    let anything = content || !found.is_empty();
    match cue {
        Some((intent @ (Intent::AskAvailability | Intent::Book), weight)) => {
            if asked && weak_wish(words) && anything {
                return (Intent::Inform, 0.75);
            }
            (intent, if content { (weight + 0.12).min(0.98) } else { weight })
        }
        Some((Intent::Greet | Intent::Thanks | Intent::Bye | Intent::Help, _)) | None if anything && asked => {
            (Intent::Inform, 0.8)
        }
        Some((Intent::Greet | Intent::Thanks | Intent::Bye | Intent::Help | Intent::Skip | Intent::Repeat, _))
        | None
            if !found.services.is_empty() || (content && !found.time.is_empty() && !found.resources.is_empty()) =>
        {
            (Intent::Book, 0.7)
        }
        Some((intent, weight)) => (intent, weight),
        None if !found.excluded_resources.is_empty() || found.any_resource || anything => (
            if asked {
                Intent::Inform
            } else if content {
                Intent::Book
            } else {
                Intent::Inform
            },
            if asked { 0.75 } else { 0.55 },
        ),
        None if yes => (Intent::Affirm, 0.6),
        None => (Intent::Unknown, 0.0),
    }
}

/// "quiero el jueves" in answer to "which day?" is an answer.
fn weak_wish(words: &[Word]) -> bool {
    !contains(words, &["cita", "agendar", "reservar", "appointment", "book", "agendame"])
}

fn strongest(words: &[Word]) -> Option<(Intent, f32)> {
    let mut best: Option<(Intent, f32)> = None;
    for cue in CUES {
        let Some(length) = longest(words, cue.phrases) else { continue };
        // A longer phrase says more than a word that only happens to be in it.
        let weight = (cue.weight + if length >= 3 { 0.03 } else { 0.0 }).min(0.99);
        if best.as_ref().is_none_or(|(_, other)| weight > *other) {
            best = Some((cue.intent.clone(), weight));
        }
    }
    best
}

fn strongest_of(words: &[Word], intent: &Intent) -> Option<f32> {
    CUES.iter()
        .filter(|cue| cue.intent == *intent)
        .find(|cue| longest(words, cue.phrases).is_some())
        .map(|cue| cue.weight)
}

fn longest(words: &[Word], phrases: &[&str]) -> Option<usize> {
    phrases.iter().filter_map(|phrase| cues::find(words, phrase)).map(|(from, to)| to - from).max()
}

fn contains(words: &[Word], phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| cues::find(words, phrase).is_some())
}

/// Whether the clause begins with one of `phrases`, or is little more than it.
fn leads(words: &[Word], phrases: &[&str]) -> bool {
    phrases
        .iter()
        .filter_map(|phrase| cues::find(words, phrase))
        .any(|(from, to)| from == 0 || (words.len() <= 4 && to == words.len()))
}

/// "no quiero cancelar", "I don't want to cancel".
fn negated(words: &[Word], stem: &str) -> bool {
    let place = words.iter().position(|word| word.text.starts_with(stem));
    place.is_some_and(|place| {
        words.iter().take(place).rev().take(4).any(|word| matches!(word.text.as_str(), "no" | "not" | "sin"))
    })
}

/// Puts a clause with the ones before it: what only adds detail is part of the request it follows.
fn join(requests: &mut Vec<Request>, next: Request) {
    let adds = matches!(
        next.intent,
        Intent::Inform | Intent::Unknown | Intent::Book | Intent::AskAvailability | Intent::Correct
    );
    let Some(last) = requests.last_mut() else {
        requests.push(next);
        return;
    };
    let takes = matches!(
        last.intent,
        Intent::Book
            | Intent::AskAvailability
            | Intent::Inform
            | Intent::Move
            | Intent::Cancel
            | Intent::Correct
            | Intent::AskPrice
            | Intent::Deny
    );
    if adds && takes && (next.intent != Intent::Unknown || last.intent != Intent::Deny) {
        if matches!(last.intent, Intent::Inform) && next.intent != Intent::Unknown {
            (last.intent, last.confidence) = (next.intent.clone(), next.confidence);
        } else if last.intent == Intent::Deny && !next.entities.is_empty() {
            (last.intent, last.confidence) = (Intent::Correct, 0.85);
        }
        merge(&mut last.entities, next.entities);
    } else if next.intent != Intent::Unknown || requests.iter().all(|request| request.intent == Intent::Greet) {
        requests.push(next);
    }
}

fn merge(into: &mut Entities, more: Entities) {
    into.services.extend(more.services);
    into.resources.extend(more.resources);
    into.excluded_resources.extend(more.excluded_resources);
    into.any_resource |= more.any_resource;
    into.time.days = more.time.days.or(into.time.days.take());
    into.time.hour = more.time.hour.or(into.time.hour.take());
    into.time.repeats = more.time.repeats.or(into.time.repeats);
    into.time.impossible = more.time.impossible.or(into.time.impossible.take());
    into.booking_day = more.booking_day.or(into.booking_day);
    into.party = more.party.or(into.party);
    into.duration_minutes = more.duration_minutes.or(into.duration_minutes);
    into.phone = more.phone.or(into.phone.take());
    into.email = more.email.or(into.email.take());
    into.name = more.name.or(into.name.take());
    into.choice = more.choice.or(into.choice);
}
