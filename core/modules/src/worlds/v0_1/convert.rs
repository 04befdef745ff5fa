//! Between the types of `wit/0.1.0` and those of `domain`.

use domain::{
    Money,
    booking::PriceLine,
    catalog::{Count, Need, Phase},
    vertical::{
        self, Ask, Draft, Effect, Objection, Review, StarterService, Tool, ToolAnswer, VerticalError, Vocabulary,
        WantedCapability, Words,
    },
};

use super::{About, bindings::frontdesk::vertical::shapes as wit};
use crate::checks;

pub(super) fn context(about: &About) -> wit::Context {
    let context = &about.context;
    wit::Context {
        language: context.language.tag().to_owned(),
        zone: context.zone.clone(),
        now: context.now.as_millisecond(),
        currency: context.currency.code().to_owned(),
        config: about.config.to_string(),
        request: context.request.clone(),
    }
}

pub(super) fn draft(draft: &Draft) -> wit::Draft {
    let chosen = |resource: &vertical::DraftResource| wit::Chosen {
        name: resource.name.clone(),
        kind: resource.kind.clone(),
        role: resource.role.clone(),
        skills: resource.skills.clone(),
    };
    let item = |item: &vertical::DraftItem| wit::DraftItem {
        key: item.key.clone(),
        name: item.name.clone(),
        minutes: item.minutes,
        price: item.price.minor,
        resources: item.resources.iter().map(chosen).collect(),
    };
    wit::Draft {
        items: draft.items.iter().map(item).collect(),
        start: draft.start.map(jiff::Timestamp::as_millisecond),
        end: draft.end.map(jiff::Timestamp::as_millisecond),
        party: draft.party,
        visitor: draft.customer.as_ref().map(|customer| wit::Visitor {
            completed_visits: customer.completed_visits,
            no_shows: customer.no_shows,
            last_visit: customer.last_visit.map(jiff::Timestamp::as_millisecond),
        }),
        fields: draft.fields.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        ext: None,
    }
}

pub(super) fn lines(lines: Vec<wit::PriceLine>, currency: domain::Currency) -> Result<Vec<PriceLine>, VerticalError> {
    checks::most(&lines, 64, "too many price lines")?;
    let line = |line: wit::PriceLine| {
        Ok(PriceLine {
            key: checks::label(&line.key)?,
            label: checks::label(&line.label)?,
            amount: Money::new(line.amount, currency),
        })
    };
    lines.into_iter().map(line).collect()
}

pub(super) fn review(review: wit::Verdict, items: usize) -> Result<Review, VerticalError> {
    let objection = |objection: wit::Objection| {
        Ok(Objection { code: checks::label(&objection.code)?, text: checks::text(&objection.text, 1_000)? })
    };
    let plain = Review {
        refusals: review.refusals.into_iter().map(objection).collect::<Result<_, VerticalError>>()?,
        notes: review.notes.iter().map(|note| checks::text(note, 1_000)).collect::<Result<_, _>>()?,
        order: review.order,
        required: review
            .required
            .into_iter()
            .map(|(key, question)| Ok(Ask { key, question: checks::text(&question, 1_000)?, choices: Vec::new() }))
            .collect::<Result<_, VerticalError>>()?,
        ..Review::default()
    };
    checks::review(plain, items)
}

pub(super) fn answer(answer: wit::ToolAnswer) -> Result<ToolAnswer, VerticalError> {
    let effect = |effect: wit::Effect| match effect {
        wit::Effect::HandToPerson(reason) => Some(Effect::HandToPerson { reason }),
        wit::Effect::Remember((key, value)) => Some(Effect::RememberField { key, value }),
        wit::Effect::Other(_) => None,
    };
    checks::answer(ToolAnswer { text: answer.text, effects: answer.effects.into_iter().filter_map(effect).collect() })
}

pub(super) fn description(described: wit::Description) -> vertical::Description {
    vertical::Description {
        name: described.name,
        version: described.version,
        languages: described.languages,
        capabilities: described
            .capabilities
            .into_iter()
            .map(|wanted| WantedCapability { name: wanted.name, reason: wanted.reason, ..Default::default() })
            .collect(),
        config_schema: described.config_schema,
        vocabulary: described.vocabularies.into_iter().map(vocabulary).collect(),
        starter_services: described.services.into_iter().map(service).collect(),
        tools: described
            .tools
            .into_iter()
            .map(|tool| Tool {
                name: tool.name,
                description: tool.description,
                triggers: all_words(tool.triggers),
                input_schema: tool.input_schema,
            })
            .collect(),
        ..vertical::Description::default()
    }
}

fn all_words(list: Vec<wit::Words>) -> Vec<Words> {
    list.into_iter().map(|words| Words { key: words.key, words: words.words }).collect()
}

fn vocabulary(vocabulary: wit::Vocabulary) -> Vocabulary {
    Vocabulary {
        language: vocabulary.language,
        services: all_words(vocabulary.services),
        resource_nouns: vocabulary.resource_nouns,
        phrases: all_words(vocabulary.phrases),
        urgent: Vec::new(),
    }
}

fn service(service: wit::StarterService) -> StarterService {
    let need = |need: wit::Need| Need {
        role: need.role,
        kind: need.kind,
        skill: need.skill,
        count: match need.count {
            0 => Count::All,
            1 => Count::One,
            more => Count::Several(more),
        },
        frees_in_gaps: need.frees_in_gaps,
        choosable: need.choosable,
    };
    StarterService {
        key: service.key,
        names: all_words(service.names),
        phases: service.phases.into_iter().map(|phase| Phase { minutes: phase.minutes, busy: phase.busy }).collect(),
        buffer_before_minutes: service.buffer_before,
        buffer_after_minutes: service.buffer_after,
        price_minor: service.price,
        needs: service.needs.into_iter().map(need).collect(),
    }
}
