//! What a module of 1.0 says of itself, into `domain`'s words. Lengths are checked afterwards, in `checks`.

use domain::{
    catalog::{Count, Need, Phase},
    vertical::{self, Text, Words, describing},
};

use super::bindings::frontdesk::vertical::shapes as wit;

pub(super) fn description(described: wit::Description) -> vertical::Description {
    vertical::Description {
        name: described.name,
        version: described.version,
        title: texts(described.title),
        languages: described.languages,
        capabilities: described.capabilities.into_iter().map(wanted).collect(),
        requires: described
            .requires
            .into_iter()
            .map(|wanted| vertical::Requirement { module: wanted.module, versions: wanted.versions })
            .collect(),
        config_schema: described.config_schema,
        data_version: described.data_version,
        vocabulary: described.vocabularies.into_iter().map(vocabulary).collect(),
        starter_services: described.services.into_iter().map(service).collect(),
        tools: described.tools.into_iter().map(tool).collect(),
        dialogs: described
            .dialogs
            .into_iter()
            .map(|dialog| vertical::Dialog {
                key: dialog.key,
                description: dialog.description,
                triggers: all_words(dialog.triggers),
            })
            .collect(),
        forms: described.forms.into_iter().map(form).collect(),
        prompts: described.prompts.into_iter().map(template).collect(),
        messages: described.messages.into_iter().map(template).collect(),
        automations: described.automations.into_iter().map(automation).collect(),
        tiles: described
            .tiles
            .into_iter()
            .map(|tile| vertical::Tile { key: tile.key, title: texts(tile.title), measure: tile.measure, of: tile.of })
            .collect(),
        events: described.events,
    }
}

fn texts(list: Vec<wit::Text>) -> Vec<Text> {
    list.into_iter().map(|text| Text { language: text.language, text: text.text }).collect()
}

fn all_words(list: Vec<wit::Words>) -> Vec<Words> {
    list.into_iter().map(|words| Words { key: words.key, words: words.words }).collect()
}

fn wanted(wanted: wit::Wanted) -> vertical::WantedCapability {
    let reasons = texts(wanted.reason);
    let reason = describing::in_language(&reasons, "en").unwrap_or_default().to_owned();
    vertical::WantedCapability { name: wanted.name, targets: wanted.targets, reason, reasons }
}

fn vocabulary(vocabulary: wit::Vocabulary) -> vertical::Vocabulary {
    vertical::Vocabulary {
        language: vocabulary.language,
        services: all_words(vocabulary.services),
        resource_nouns: vocabulary.resource_nouns,
        phrases: all_words(vocabulary.phrases),
        urgent: vocabulary.urgent,
    }
}

fn service(service: wit::StarterService) -> vertical::StarterService {
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
    vertical::StarterService {
        key: service.key,
        names: service.names.into_iter().map(|name| Words { key: name.language, words: vec![name.text] }).collect(),
        phases: service.phases.into_iter().map(|phase| Phase { minutes: phase.minutes, busy: phase.busy }).collect(),
        buffer_before_minutes: service.buffer_before,
        buffer_after_minutes: service.buffer_after,
        price_minor: service.price,
        needs: service.needs.into_iter().map(need).collect(),
    }
}

fn tool(tool: wit::Tool) -> vertical::Tool {
    vertical::Tool {
        name: tool.name,
        description: tool.description,
        triggers: all_words(tool.triggers),
        input_schema: tool.input_schema,
    }
}

fn form(form: wit::Form) -> vertical::Form {
    let question = |question: wit::Question| vertical::Question {
        key: question.key,
        kind: question.kind,
        ask: texts(question.ask),
        choices: question
            .choices
            .into_iter()
            .map(|choice| vertical::Choice { value: choice.value, label: texts(choice.label) })
            .collect(),
        required: question.required,
        when: question.when.map(|when| vertical::Condition { question: when.question, answers: when.answers }),
        sensitive: question.sensitive,
    };
    vertical::Form {
        key: form.key,
        title: texts(form.title),
        services: form.services,
        asked: form.asked,
        questions: form.questions.into_iter().map(question).collect(),
    }
}

fn template(template: wit::Template) -> vertical::Template {
    vertical::Template { key: template.key, language: template.language, body: template.body }
}

fn automation(automation: wit::Automation) -> vertical::Automation {
    vertical::Automation {
        key: automation.key,
        title: texts(automation.title),
        occasion: automation.occasion,
        minutes: automation.minutes,
        message: automation.message,
        services: automation.services,
        on: automation.on,
        fields: automation.fields.into_iter().map(|field| (field.key, field.value)).collect(),
    }
}
