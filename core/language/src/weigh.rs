//! What one clause wants: its cues weighed, then settled by what was said with them and by what had been asked.
//!
//! The order of the steps in [`Clause::decide`] is the rule: what must never be missed first, then changes to what is
//! booked, questions, answers to what we asked, and last what is only likely.

use crate::{
    cues::{self, Cues, Phrase, contains},
    meaning::{Context, Entities, Expecting, Hour, Intent, Match},
    words::Word,
};

pub(crate) fn says(words: &[Word], phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| cues::find(words, phrase).is_some())
}

/// What is known of a clause when its intent is weighed.
pub(crate) struct Clause<'c> {
    words: &'c [Word],
    cues: &'c Cues,
    found: &'c Entities,
    expecting: Option<Expecting>,
    cue: Option<(Intent, f32)>,
    /// Something of a booking was named.
    content: bool,
    yes: bool,
    no: bool,
    instead: bool,
    /// We are waiting for something in particular.
    asked: bool,
}

impl<'c> Clause<'c> {
    pub(crate) fn new(words: &'c [Word], cues: &'c Cues, found: &'c Entities, context: &Context) -> Self {
        let expecting = context.expecting.filter(|expecting| *expecting != Expecting::Anything);
        Self {
            words,
            cues,
            found,
            expecting,
            // "lo más tarde que tengas" is a time, not a wish for later ones.
            cue: strongest(words, cues).filter(|(intent, _)| {
                !(matches!(intent, Intent::Earlier | Intent::Later)
                    && matches!(found.time.hour, Some(Hour::First | Hour::Last | Hour::Until(_) | Hour::From(_))))
            }),
            content: !found.services.is_empty()
                || !found.removed_services.is_empty()
                || !found.resources.is_empty()
                || (!found.excluded_resources.is_empty() && expecting.is_some())
                || !found.time.is_empty()
                || found.party.is_some()
                || found.again,
            yes: leads(without_tag(words, cues), &cues.yes),
            no: leads(without_tag(words, cues), &cues.no),
            instead: contains(words, &cues.instead),
            asked: expecting.is_some(),
        }
    }

    pub(crate) fn decide(&self, tool: Option<Match>) -> (Intent, f32) {
        // A word by itself that ends everything: "BAJA", "STOP".
        if let [only] = self.words
            && matches!(only.text.as_str(), "stop" | "baja" | "alto" | "unsubscribe" | "berhenti" | "parar")
        {
            return (Intent::OptOut, 0.98);
        }
        if let Some(sure) = self.urgent().or_else(|| self.change()) {
            return sure;
        }
        // What the trade itself has an answer to is no question that nobody can answer, whatever else was asked.
        let phrase = tool.as_ref().is_some_and(|tool| tool.said.split_whitespace().nth(1).is_some());
        let question = self.question().filter(|(intent, _)| !(phrase && *intent == Intent::AskOther));
        if let Some(sure) = question {
            return sure;
        }
        if let Some(tool) = tool.filter(|_| !self.asked || phrase) {
            return (Intent::Tool(tool.key), 0.85);
        }
        if let Some(unsure) = self.unsure() {
            return unsure;
        }
        let short = self.words.len() <= 6;
        // "¿tienes algo con Ana en la tarde?" asks for more, though one of the offered would do.
        let asks = self.words.len() > 4 && matches!(self.cue, Some((Intent::AskAvailability, _)));
        if self.found.choice.is_some() && (!self.instead || short) && !asks {
            return (Intent::Choose, 0.9);
        }
        if self.found.any_resource && self.asked && !self.instead {
            return (Intent::Inform, 0.85);
        }
        self.answer(short).unwrap_or_else(|| self.settle())
    }

    /// What comes before everything else, whatever was asked.
    fn urgent(&self) -> Option<(Intent, f32)> {
        let (intent, weight) = self.cue.clone()?;
        let first = matches!(
            intent,
            Intent::Emergency
                | Intent::OptOut
                | Intent::OptIn
                | Intent::HandToPerson
                | Intent::Complaint
                | Intent::Waitlist
        );
        // "puede ser más tarde, voy a llegar tarde de todos modos" while a time is chosen is about the time.
        let first = first || (intent == Intent::RunningLate && !self.putting_together());
        first.then_some((intent, weight))
    }

    /// Cancelling and moving what is booked, or taking back what was just proposed.
    fn change(&self) -> Option<(Intent, f32)> {
        let names_booking = contains(self.words, &self.cues.booked);
        let (intent, weight) =
            self.cue.clone().filter(|(intent, _)| matches!(intent, Intent::Cancel | Intent::Move))?;
        let denied = self.uncancelled();
        let cancels = intent == Intent::Cancel;
        if cancels && self.expecting == Some(Expecting::ConfirmCancel) && !denied {
            return Some((if self.no && !self.yes { Intent::Deny } else { Intent::Affirm }, 0.9));
        }
        if denied {
            let moves = self.weight_of(&Intent::Move).is_some() || contains(self.words, &self.cues.moving);
            return Some((if moves { Intent::Move } else { Intent::Deny }, weight));
        }
        if cancels {
            // Asked "shall I book it?", "cancel" takes back the question and no appointment.
            if self.expecting == Some(Expecting::Confirmation) && !names_booking && !self.content {
                return Some((Intent::Deny, 0.9));
            }
            let moved = self.weight_of(&Intent::Move);
            let moved = moved.or_else(|| contains(self.words, &self.cues.otherwise).then_some(0.85));
            return Some(moved.map_or((Intent::Cancel, weight), |weight| (Intent::Move, weight)));
        }
        // "sí, muévela": the yes to what was read back.
        if self.expecting == Some(Expecting::Confirmation) && self.yes && !self.content {
            return Some((Intent::Affirm, 0.85));
        }
        // "¿me puedes cambiar...?" while something is being put together corrects that and not a booking.
        (!(self.putting_together() && self.content) || names_booking).then_some((intent, weight))
    }

    fn question(&self) -> Option<(Intent, f32)> {
        let (intent, weight) = self.cue.clone()?;
        let asks = matches!(
            intent,
            Intent::AskPrice
                | Intent::AskDuration
                | Intent::AskHours
                | Intent::AskLocation
                | Intent::AskServices
                | Intent::AskOther
                | Intent::AskStaff
                | Intent::ListBookings
        );
        let lost = matches!(intent, Intent::Repeat | Intent::Help | Intent::Skip) && !self.content && !self.yes;
        (asks || lost).then_some((intent, weight))
    }

    /// "no sé": help with whatever was asked.
    fn unsure(&self) -> Option<(Intent, f32)> {
        if self.content || !contains(self.words, &self.cues.unsure) {
            return None;
        }
        let intent = match self.expecting {
            Some(Expecting::Service) | None => Intent::AskServices,
            Some(Expecting::Day | Expecting::Time | Expecting::Choice) => Intent::MoreOptions,
            Some(Expecting::Resource) => Intent::Skip,
            Some(_) => Intent::Repeat,
        };
        Some((intent, 0.7))
    }

    /// A yes, a no, or a turn to something else, in answer to what we said.
    fn answer(&self, short: bool) -> Option<(Intent, f32)> {
        let Self { content, yes, no, instead, asked, .. } = *self;
        if let Some(minutes) = self.found.time.shift.filter(|_| asked) {
            return Some((if minutes < 0 { Intent::Earlier } else { Intent::Later }, 0.88));
        }
        if let Some((intent @ (Intent::MoreOptions | Intent::Earlier | Intent::Later), weight)) = self.cue.clone()
            && (asked || !content)
        {
            return Some((intent, weight));
        }
        if no && (content || (instead && !short)) && (asked || instead) {
            return Some((Intent::Correct, 0.85));
        }
        // "good morning", "bisa booking?" begin with a word that could be a yes.
        let opening = matches!(self.cue, Some((Intent::Greet | Intent::Book | Intent::Help, _)));
        if yes && !content && !no && (asked || !opening) {
            return Some((Intent::Affirm, if self.words.len() <= 4 { 0.95 } else { 0.75 }));
        }
        if no && !content {
            return Some((Intent::Deny, if self.words.len() <= 4 { 0.95 } else { 0.7 }));
        }
        let differs = !self.found.excluded_resources.is_empty() || !self.found.removed_services.is_empty();
        (content && (instead || differs) && asked).then_some((Intent::Correct, 0.8))
    }

    /// What is left: requests for a time, answers, small talk.
    fn settle(&self) -> (Intent, f32) {
        let Self { found, content, asked, yes, .. } = *self;
        let anything = content || !found.is_empty();
        match self.cue.clone() {
            Some((intent @ (Intent::AskAvailability | Intent::Book), weight)) => {
                // "quiero el jueves" in answer to "which day?" is an answer.
                if asked && anything && !contains(self.words, &self.cues.wish) {
                    return (Intent::Inform, 0.75);
                }
                (intent, if content { (weight + 0.12).min(0.98) } else { weight })
            }
            Some((Intent::Greet | Intent::Thanks | Intent::Bye | Intent::Help | Intent::Skip, _)) | None
                if anything && asked =>
            {
                (Intent::Inform, 0.8)
            }
            None if self.asks_after_somebody() => (Intent::AskStaff, 0.7),
            Some((Intent::Greet | Intent::Thanks | Intent::Bye | Intent::Help | Intent::Skip | Intent::Repeat, _))
            | None
                if !found.services.is_empty()
                    || found.again
                    || (content && !found.time.is_empty() && !found.resources.is_empty()) =>
            {
                (Intent::Book, 0.7)
            }
            Some((intent, weight)) => (intent, weight),
            None if !found.excluded_resources.is_empty() || found.any_resource || anything => {
                (if asked || !content { Intent::Inform } else { Intent::Book }, if asked { 0.75 } else { 0.55 })
            }
            None if yes => (Intent::Affirm, 0.6),
            None => (Intent::Unknown, 0.0),
        }
    }

    /// "¿está Ana hoy?", "is Ana in today?".
    fn asks_after_somebody(&self) -> bool {
        !self.asked
            && !self.found.resources.is_empty()
            && self.found.services.is_empty()
            && self.found.time.hour.is_none()
            && contains(self.words, &self.cues.there)
    }

    fn weight_of(&self, intent: &Intent) -> Option<f32> {
        let cues = self.cues.intents.iter().filter(|cue| cue.intent == *intent);
        cues.filter(|cue| longest(self.words, &cue.phrases).is_some()).map(|cue| cue.weight).max_by(f32::total_cmp)
    }

    /// "no quiero cancelar", "I don't want to cancel".
    fn uncancelled(&self) -> bool {
        let is = |word: &Word, phrases: &[Phrase]| contains(std::slice::from_ref(word), phrases);
        let place = self.words.iter().position(|word| is(word, &self.cues.cancelling));
        let before = |place: usize| self.words.iter().take(place).rev().take(4);
        place.is_some_and(|place| {
            // "no, mejor cancélala" denies something else.
            before(place)
                .take_while(|word| word.text != "," && !is(word, &self.cues.rather))
                .any(|word| is(word, &self.cues.not))
        })
    }

    /// A booking is being put together: the words are about it rather than about one that stands.
    fn putting_together(&self) -> bool {
        self.expecting.is_some_and(|expecting| match expecting {
            Expecting::Service
            | Expecting::Resource
            | Expecting::Day
            | Expecting::Time
            | Expecting::Confirmation
            | Expecting::Choice
            | Expecting::Name
            | Expecting::Party => true,
            Expecting::ConfirmCancel | Expecting::WhichBooking | Expecting::Anything => false,
        })
    }
}

pub(crate) fn strongest(words: &[Word], cues: &Cues) -> Option<(Intent, f32)> {
    let mut best: Option<(Intent, f32)> = None;
    for cue in &cues.intents {
        let Some(length) = longest(words, &cue.phrases) else { continue };
        // A longer phrase says more than a word that only happens to be in it.
        let weight = (cue.weight + if length >= 3 { 0.03 } else { 0.0 }).min(0.99);
        if best.as_ref().is_none_or(|(_, other)| weight > *other) {
            best = Some((cue.intent.clone(), weight));
        }
    }
    best
}

fn longest(words: &[Word], phrases: &[Phrase]) -> Option<usize> {
    phrases.iter().filter_map(|phrase| phrase.find(words)).map(|(from, to)| to - from).max()
}

fn without_tag<'w>(words: &'w [Word], cues: &Cues) -> &'w [Word] {
    match words {
        [rest @ .., last] if !rest.is_empty() && contains(std::slice::from_ref(last), &cues.tag) => {
            without_tag(rest, cues)
        }
        all => all,
    }
}

/// Whether the clause begins with one of `phrases`, or is little more than it.
fn leads(words: &[Word], phrases: &[Phrase]) -> bool {
    Cues::yes_or_no(words, phrases).any(|(from, to)| from == 0 || (words.len() <= 4 && to == words.len()))
}
