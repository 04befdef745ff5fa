//! A message as the requests it makes, in order: clauses read one by one, then put together.

use crate::{
    cues::{Cues, Phrase, contains},
    detect, entities,
    lexicon::{Lexicon, find},
    meaning::{Context, Days, Entities, Expecting, Hour, Intent, Request, Understanding},
    times,
    tongue::{self, Tongue},
    weigh::{Clause, says, strongest},
    words::{Word, clauses, fold},
};

/// Reads `text` against the tenant's names and the state of the conversation.
pub fn understand(text: &str, lexicon: &Lexicon, context: &Context) -> Understanding {
    let all = clauses(text);
    let (language, language_sure) = detect::language(&all, context.language);
    let mut requests: Vec<Request> = Vec::new();
    let tongue = tongue::of(language);
    let written_out = all.into_iter().map(|words| tongue.written_out(words));
    for words in written_out.flat_map(|words| questions(words, &tongue.cues)) {
        join(&mut requests, clause(words, tongue, lexicon, context, language));
    }
    if requests.is_empty() {
        requests.push(symbols(text, &tongue.cues));
    }
    Understanding { language, language_sure, requests }
}

/// "cuánto cuesta, dónde están y a qué hora abren": a clause that asks several things is one for each.
fn questions(words: Vec<Word>, cues: &Cues) -> Vec<Vec<Word>> {
    let asks = |words: &[Word]| {
        strongest(words, cues).is_some_and(|(intent, _)| {
            matches!(
                intent,
                Intent::AskPrice
                    | Intent::AskDuration
                    | Intent::AskHours
                    | Intent::AskLocation
                    | Intent::AskStaff
                    | Intent::AskOther
                    | Intent::ListBookings
            )
        })
    };
    let parts = words.split(|word| word.text == "," || contains(std::slice::from_ref(word), &cues.and));
    let mut questions: Vec<Vec<Word>> = Vec::new();
    let mut from = 0;
    for part in parts {
        let to = from + part.len();
        // With the word that joined them, so that "corte y barba" stays whole.
        let whole = words.get(from.saturating_sub(1)..to).unwrap_or_default();
        match questions.last_mut().filter(|before| !(asks(part) && asks(before))) {
            Some(before) => before.extend_from_slice(whole),
            None => questions.push(part.to_vec()),
        }
        from = to + 1;
    }
    questions.retain(|part| !part.is_empty());
    questions
}

/// A message without letters: a thumb up is a yes.
fn symbols(text: &str, cues: &Cues) -> Request {
    let has = |list: &[Phrase]| list.iter().filter_map(Phrase::sign).any(|sign| text.contains(sign));
    let (intent, confidence) = if has(&cues.yes) {
        (Intent::Affirm, 0.8)
    } else if has(&cues.no) {
        (Intent::Deny, 0.8)
    } else {
        (Intent::Unknown, 0.0)
    };
    Request { intent, confidence, entities: Entities::default() }
}

fn clause(
    plain: Vec<Word>,
    tongue: &Tongue,
    lexicon: &Lexicon,
    context: &Context,
    language: domain::Language,
) -> Request {
    let mut found = Entities::default();
    let words = &mut tongue.gloss.known(plain.clone(), !context.offered.is_empty());
    let tool = find(&mut plain.clone(), &lexicon.tools).into_iter().next();
    // A lone number is an hour where we asked for one, or listed some.
    let bare_hour = match context.expecting {
        Some(Expecting::Time) => words.len() <= 4,
        Some(Expecting::Choice) => words.len() <= 2,
        _ => false,
    };
    found.time = times::read(words, &context.now, language, bare_hour);
    entities::read(words, &tongue.cues, lexicon, context, &mut found);
    let urgent = lexicon.urgent.iter().any(|phrase| Phrase::read(&fold(phrase)).find(&plain).is_some());
    let (intent, confidence) = if urgent {
        (Intent::Emergency, 0.98)
    } else {
        Clause::new(&plain, &tongue.cues, &found, context).decide(tool)
    };
    if intent == Intent::Move
        && let Some(Days::OneOf(days)) = &found.time.days
        && let [from, to] = days.as_slice()
    {
        // "del jueves al viernes": the first tells which booking, the second where to.
        (found.booking_day, found.time.days) = (Some(*from), Some(Days::On(*to)));
    }
    if matches!(intent, Intent::Move | Intent::Correct) {
        last_hour(words, &mut found);
    }
    Request { intent, confidence, entities: found }
}

/// "no alcanzo a las 5, ¿puede ser a las 6?", "de las 5 a las 6": of two hours the last is the wish.
fn last_hour(words: &mut [Word], found: &mut Entities) {
    if let Some(Hour::At(_)) = found.time.hour
        && let Some(later @ Hour::At(_)) = times::another_hour(words)
    {
        found.time.hour = Some(later);
    }
    if let Some(Hour::Between(from, to)) = found.time.hour
        && says(words, &["de las", "de la", "from"])
    {
        (found.booking_hour, found.time.hour) = (Some(from), Some(Hour::At(to)));
    }
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
    into.removed_services.extend(more.removed_services);
    into.adding |= more.adding;
    into.only |= more.only;
    into.again |= more.again;
    into.all |= more.all;
    into.resources.extend(more.resources);
    into.excluded_resources.extend(more.excluded_resources);
    into.any_resource |= more.any_resource;
    into.time.days = more.time.days.or(into.time.days.take());
    into.time.hour = more.time.hour.or(into.time.hour.take());
    into.time.shift = more.time.shift.or(into.time.shift);
    into.time.repeats = more.time.repeats.or(into.time.repeats);
    into.time.impossible = more.time.impossible.or(into.time.impossible.take());
    into.booking_hour = more.booking_hour.or(into.booking_hour);
    into.booking_day = more.booking_day.or(into.booking_day);
    into.party = more.party.or(into.party);
    into.duration_minutes = more.duration_minutes.or(into.duration_minutes);
    into.phone = more.phone.or(into.phone.take());
    into.email = more.email.or(into.email.take());
    into.name = more.name.or(into.name.take());
    into.choice = more.choice.or(into.choice);
}
