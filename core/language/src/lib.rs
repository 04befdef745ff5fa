//! Pure language: what a customer meant, and how to say dates, prices and lists in each language. No I/O.
//!
//! Invariants: deterministic, given the text, the lexicon and the context; never panics on any text; one grammar
//! of times serves all languages. Start at [`understand`]: the text becomes words (`words`) of a language (`detect`),
//! which chooses how it is read (`tongue`); words are put as the grammar knows them (`gloss`), times are read (`times`),
//! then names (`lexicon`, `entities`), then what is wanted (`weigh`, by the phrases of `data/cues`), and clauses are put
//! together again (`intents`).

mod choice;
mod cues;
mod days;
mod detect;
mod entities;
mod gloss;
mod hours;
mod intents;
mod lexicon;
mod meaning;
pub mod nlu;
mod numbers;
pub mod say;
mod times;
mod tongue;
mod verbs;
mod weigh;
mod words;

pub use intents::understand;
pub use lexicon::{Entry, Lexicon};
pub use meaning::{
    Context, DayPart, Days, Entities, Expecting, Hour, Intent, Match, Offered, Request, TimeWish, Understanding,
};

#[cfg(test)]
mod tests;
