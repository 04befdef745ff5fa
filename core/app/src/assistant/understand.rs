//! A message read with the tenant's own names and the state of the conversation.

use domain::{Language, catalog::Resource};
use language::{Context, Entry, Expecting, Lexicon, Offered, Understanding};

use super::{Asked, Facts, Memory, dialogs};

pub(super) fn read(facts: &Facts, memory: &Memory, text: &str) -> Understanding {
    let context = Context {
        language: Some(super::first_language(facts, memory)),
        now: facts.wall(),
        expecting: memory.asked.map(expecting),
        offered: offered(facts, memory),
    };
    language::understand(text, &lexicon(facts), &context)
}

fn expecting(asked: Asked) -> Expecting {
    match asked {
        Asked::Service => Expecting::Service,
        Asked::Time => Expecting::Time,
        Asked::Slot => Expecting::Choice,
        Asked::Answer | Asked::Dialog => Expecting::Anything,
        Asked::Confirm | Asked::ConfirmMove { .. } | Asked::Person => Expecting::Confirmation,
        Asked::ConfirmCancel { .. } | Asked::ConfirmCancelAll => Expecting::ConfirmCancel,
        Asked::WhichToCancel | Asked::WhichToMove => Expecting::WhichBooking,
    }
}

/// What "the second one" and "the one at five" can mean.
fn offered(facts: &Facts, memory: &Memory) -> Vec<Offered> {
    match memory.asked {
        Some(Asked::WhichToCancel | Asked::WhichToMove) => {
            let listed = memory.listed.iter().filter_map(|id| facts.booking(*id));
            listed
                .map(|booking| Offered {
                    id: booking.id.to_string(),
                    label: String::new(),
                    at: Some(facts.local(booking.span.from())),
                    resource: None,
                })
                .collect()
        }
        Some(Asked::Slot) => {
            let offers = memory.offered.iter();
            offers
                .map(|offer| Offered {
                    id: offer.start.as_second().to_string(),
                    label: String::new(),
                    at: Some(facts.local(offer.start)),
                    resource: offer.resource.map(|resource| resource.to_string()),
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn lexicon(facts: &Facts) -> Lexicon {
    let vocabulary = facts.description.iter().flat_map(|description| &description.vocabulary);
    let words_for = |key: &str| -> Vec<String> {
        vocabulary
            .clone()
            .flat_map(|vocabulary| &vocabulary.services)
            .filter(|words| words.key == key)
            .flat_map(|words| words.words.clone())
            .collect()
    };
    let services = facts.services.iter().filter(|service| service.active).map(|service| {
        let mut words = vec![service.name.clone()];
        words.extend(service.synonyms.iter().cloned());
        words.extend(words_for(&service.key));
        Entry { key: service.key.clone(), words }
    });
    let resources = facts.inputs.resources.iter().filter(|resource| resource.active);
    let tools = facts.description.iter().flat_map(|description| &description.tools);
    let dialogs = facts.description.iter().flat_map(|description| &description.dialogs);
    Lexicon {
        services: services.collect(),
        resources: resources
            .map(|resource| Entry { key: resource.id.to_string(), words: called(facts, resource) })
            .collect(),
        urgent: vocabulary.clone().flat_map(|vocabulary| vocabulary.urgent.clone()).collect(),
        resource_nouns: vocabulary.clone().flat_map(|vocabulary| vocabulary.resource_nouns.clone()).collect(),
        tools: tools
            .map(|tool| (tool.name.clone(), &tool.triggers))
            .chain(dialogs.map(|dialog| (dialogs::called(&dialog.key), &dialog.triggers)))
            .map(|(key, triggers)| Entry {
                key,
                words: triggers.iter().flat_map(|words| words.words.clone()).collect(),
            })
            .collect(),
    }
}

/// The full name, and of people each part of it that names nobody else: "Dra. Elena Ruiz" is "Elena" to most.
fn called(facts: &Facts, resource: &Resource) -> Vec<String> {
    let mut words = vec![resource.name.clone()];
    if resource.kind == "person" {
        let others = facts.inputs.resources.iter().filter(|other| other.id != resource.id);
        let shared: Vec<&str> = others.flat_map(|other| parts(&other.name)).collect();
        let own = parts(&resource.name).filter(|part| part.chars().count() > 3 && !shared.contains(part));
        words.extend(own.map(str::to_owned));
    }
    words
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|letter: char| !letter.is_alphabetic()).filter(|part| !part.is_empty())
}

/// A tag as we speak it, for names that come by language.
pub(crate) fn name_in(language: Language, names: &[domain::vertical::Words]) -> Option<String> {
    let own = names.iter().find(|words| words.key.parse::<Language>() == Ok(language));
    own.or(names.first()).and_then(|words| words.words.first().cloned())
}
