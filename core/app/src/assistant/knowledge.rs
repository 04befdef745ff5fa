//! What the business tells of itself, in passages that a module may look for: services, hours, place, people.
//!
//! Invariants: only what customers are told anyway; found without a model, by what the question was understood to ask and
//! by the words it shares. Uploaded articles there are none yet; they will be more passages here.

use domain::vertical::Passage;
use language::{Context, Intent, Lexicon, Request, say};

use super::{Facts, understand};

/// Shorter words say little.
const TELLING: usize = 4;

/// Everything that can be found. Made once for a turn's calls.
pub(crate) struct Knowledge {
    passages: Vec<Known>,
    lexicon: Lexicon,
    context: Context,
}

struct Known {
    about: About,
    passage: Passage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    /// By its key.
    Service(String),
    Hours,
    Place,
    /// By its id.
    Person(String),
}

impl Knowledge {
    pub(crate) fn of(facts: &Facts) -> Self {
        let context =
            Context { language: Some(facts.tenant.language), now: facts.wall(), expecting: None, offered: Vec::new() };
        let place = [hours(facts), place(facts)];
        let passages = services(facts).chain(place).chain(people(facts)).collect();
        Self { passages, lexicon: understand::lexicon(facts), context }
    }

    /// Best first.
    pub(crate) fn search(&self, question: &str, most: usize) -> Vec<Passage> {
        let requests = language::understand(question, &self.lexicon, &self.context).requests;
        let words: Vec<String> = telling(question);
        let weight = |known: &Known| {
            let meant: usize = requests.iter().map(|request| meant(request, &known.about)).sum();
            let text = telling(&format!("{} {}", known.passage.title, known.passage.text));
            meant + words.iter().filter(|word| text.contains(word)).count()
        };
        let mut found: Vec<(usize, &Known)> = self.passages.iter().map(|known| (weight(known), known)).collect();
        found.retain(|(weight, _)| *weight > 0);
        found.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        found.into_iter().take(most).map(|(_, known)| known.passage.clone()).collect()
    }
}

/// How much a request is about it: named counts more than a kind.
fn meant(request: &Request, about: &About) -> usize {
    let found = &request.entities;
    match about {
        About::Service(key) if found.services.iter().any(|service| service.key == *key) => 4,
        About::Service(_) => usize::from(
            found.services.is_empty()
                && matches!(request.intent, Intent::AskPrice | Intent::AskDuration | Intent::AskServices),
        ),
        About::Hours => {
            if request.intent == Intent::AskHours {
                3
            } else {
                0
            }
        }
        About::Place => {
            if request.intent == Intent::AskLocation {
                3
            } else {
                0
            }
        }
        About::Person(id) if found.resources.iter().any(|resource| resource.key == *id) => 4,
        About::Person(_) => usize::from(found.resources.is_empty() && request.intent == Intent::AskStaff),
    }
}

fn telling(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| word.chars().count() >= TELLING).collect()
}

fn services(facts: &Facts) -> impl Iterator<Item = Known> {
    let language = facts.tenant.language;
    facts.services.iter().filter(|service| service.active).map(move |service| Known {
        about: About::Service(service.key.clone()),
        passage: Passage {
            title: service.name.clone(),
            text: format!(
                "{}: {} ({})",
                service.name,
                say::money(language, service.price),
                say::duration(language, service.minutes())
            ),
            source: format!("service.{}", service.key),
        },
    })
}

fn hours(facts: &Facts) -> Known {
    let text = say::weekly_hours(facts.tenant.language, &facts.location_hours);
    Known {
        about: About::Hours,
        passage: Passage { title: facts.location.name.clone(), text, source: "hours".to_owned() },
    }
}

fn place(facts: &Facts) -> Known {
    let (title, text) = (facts.location.name.clone(), facts.location.address.clone());
    Known { about: About::Place, passage: Passage { title, text, source: "place".to_owned() } }
}

/// Whoever can be chosen, with what they do.
fn people(facts: &Facts) -> impl Iterator<Item = Known> {
    let people = facts.inputs.resources.iter().filter(|resource| resource.active && resource.kind == "person");
    people.map(|person| {
        let does = facts.services.iter().filter(|service| service.active && facts.suits(person.id, service));
        let names: Vec<String> = does.map(|service| service.name.clone()).collect();
        Known {
            about: About::Person(person.id.to_string()),
            passage: Passage {
                title: person.name.clone(),
                text: say::list(facts.tenant.language, &names, say::Conjunction::And),
                source: "person".to_owned(),
            },
        }
    })
}
