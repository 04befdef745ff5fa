//! Nothing a module says is believed before it passed here: lengths, numbers, characters.

use domain::vertical::{Description, Review, ToolAnswer, VerticalError, granting::is_address};

/// Longest text a customer may be told, and longest label.
const TEXT: usize = 4_096;
const LABEL: usize = 120;

fn bad(what: &str) -> VerticalError {
    VerticalError::BadOutput(what.to_owned())
}

/// Text for a person: bounded, without control characters or marks that reorder what is read.
pub(crate) fn text(raw: &str, most: usize) -> Result<String, VerticalError> {
    if raw.chars().count() > most {
        return Err(bad("a text is too long"));
    }
    let hidden = |letter: char| {
        (letter.is_control() && letter != '\n') || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    Ok(raw.chars().filter(|letter| !hidden(*letter)).collect())
}

pub(crate) fn label(raw: &str) -> Result<String, VerticalError> {
    text(raw, LABEL)
}

pub(crate) fn most<T>(list: &[T], most: usize, what: &str) -> Result<(), VerticalError> {
    if list.len() > most { Err(bad(what)) } else { Ok(()) }
}

pub(crate) fn description(described: Description) -> Result<Description, VerticalError> {
    let key = |key: &str| {
        !key.is_empty()
            && key.len() <= 64
            && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte))
    };
    if !key(&described.name) {
        return Err(bad("the name must be lower-case letters, digits and dashes"));
    }
    most(&described.starter_services, 200, "too many services")?;
    most(&described.tools, 50, "too many tools")?;
    most(&described.dialogs, 50, "too many dialogs")?;
    most(&described.forms, 50, "too many forms")?;
    most(&described.vocabulary, 20, "too many languages")?;
    if !described
        .starter_services
        .iter()
        .all(|service| key(&service.key) && !service.phases.is_empty() && !service.needs.is_empty())
    {
        return Err(bad("a service lacks a key, a duration or what it needs"));
    }
    let http = described.capabilities.iter().filter(|wanted| wanted.name == "http");
    for wanted in http {
        if wanted.targets.is_empty() || !wanted.targets.iter().all(|target| is_address(target)) {
            return Err(bad("an address it wants is not METHOD https://host/path"));
        }
    }
    if serde_json::from_str::<serde_json::Value>(&described.config_schema).is_err() {
        return Err(bad("the configuration schema is not JSON"));
    }
    Ok(described)
}

pub(crate) fn review(review: Review, items: usize) -> Result<Review, VerticalError> {
    most(&review.refusals, 20, "too many refusals")?;
    most(&review.notes, 20, "too many notes")?;
    most(&review.required, 20, "too many fields")?;
    let mut places: Vec<u32> = review.order.clone();
    places.sort_unstable();
    let whole = places.iter().zip(0_u32..).all(|(place, expected)| *place == expected) && places.len() == items;
    if !review.order.is_empty() && !whole {
        return Err(bad("the order is not one of the items"));
    }
    Ok(review)
}

pub(crate) fn answer(answer: ToolAnswer) -> Result<ToolAnswer, VerticalError> {
    most(&answer.effects, 20, "too many effects")?;
    Ok(ToolAnswer { text: text(&answer.text, TEXT)?, effects: answer.effects })
}
