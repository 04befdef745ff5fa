//! What is said in an owner's words: over the platform's messages and over a module's, each layer falling back to the one
//! beneath when it does not render.
//!
//! Invariants: names are filled in here, anything more is rendered in the sandbox and never while a transaction is open;
//! whatever becomes of an owner's text, the customer gets a sentence, and a text that failed is told as an alert.

pub(crate) mod changes;
mod owners;
mod sample;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use domain::{
    Language, TenantId,
    text::{OwnText, TextKind, TextName, Wanted},
    vertical::{Description, Template},
};
use serde_json::Value;
use tokio::sync::Notify;

use crate::{
    App,
    desk::lock,
    placeholders::{filled_with, is_plain},
    view::AppError,
};

/// Longest message that leaves.
const LONGEST: usize = 4_096;

/// An owner's texts as a turn finds them.
#[derive(Clone, Default)]
pub(crate) struct Texts {
    pub(crate) own: Arc<Vec<OwnText>>,
    pub(crate) alarms: Arc<Alarms>,
    pub(crate) tenant: Option<TenantId>,
}

/// Texts that did not render, until they are told.
#[derive(Default)]
pub(crate) struct Alarms {
    failed: Mutex<BTreeSet<(TenantId, String)>>,
    pub(crate) raised: Notify,
}

impl Alarms {
    fn raise(&self, tenant: TenantId, name: &TextName, why: &dyn std::fmt::Display) {
        tracing::warn!(%tenant, %name, %why, "an owner's text does not render; the one beneath is said");
        lock(&self.failed).insert((tenant, name.to_string()));
        self.raised.notify_one();
    }
}

impl Texts {
    fn own(&self, name: &TextName) -> Option<&str> {
        self.own.iter().find(|own| own.name == *name).map(|own| own.body.as_str())
    }

    fn failed(&self, name: &TextName, why: &dyn std::fmt::Display) {
        if let Some(tenant) = self.tenant {
            self.alarms.raise(tenant, name, why);
        }
    }

    /// A message of the platform's in the owner's words, if there are such and they have a value for each name.
    pub(crate) fn platform(&self, key: &str, language: Language, values: &Value) -> Option<String> {
        // Most owners never change a word.
        if self.own.is_empty() {
            return None;
        }
        let name = TextName { kind: TextKind::Platform, module: String::new(), key: key.to_owned(), language };
        match filled_with(self.own(&name)?, values) {
            Ok(text) => Some(text),
            Err(why) => {
                self.failed(&name, &why);
                None
            }
        }
    }
}

/// One text and what is said where the owner's does not render.
pub(crate) struct Layers<'a> {
    name: TextName,
    own: Option<&'a str>,
    /// The module's, in this language or the nearest there is.
    beneath: Option<&'a str>,
}

impl<'a> Layers<'a> {
    /// Of a message of a module's.
    pub(crate) fn of_message(
        texts: &'a Texts,
        description: &'a Description,
        key: &str,
        language: Language,
    ) -> Layers<'a> {
        let name =
            TextName { kind: TextKind::Message, module: description.name.clone(), key: key.to_owned(), language };
        let own = texts.own(&name);
        Layers { name, own, beneath: in_language(&description.messages, key, language) }
    }

    /// The module's own words; without them there is no such message.
    pub(crate) fn beneath(&self) -> Option<&'a str> {
        self.beneath
    }

    fn all(&self) -> impl Iterator<Item = &'a str> {
        self.own.into_iter().chain(self.beneath)
    }

    /// Whether it can be said without the sandbox.
    pub(crate) fn is_plain(&self) -> bool {
        self.all().all(is_plain)
    }
}

/// Nothing could be said.
#[derive(Debug, thiserror::Error)]
#[error("no layer of it renders: {0}")]
pub(crate) struct Unsaid(String);

impl App {
    /// The first layer that renders. Must not be called while a transaction is open, unless the layers are plain.
    pub(crate) async fn worded(&self, texts: &Texts, layers: &Layers<'_>, values: &Value) -> Result<String, Unsaid> {
        let mut last = Unsaid("there is none".to_owned());
        for body in layers.all() {
            match self.text_of(texts.tenant, body, values).await {
                Ok(text) => return Ok(text),
                Err(why) => {
                    if layers.own == Some(body) {
                        texts.failed(&layers.name, &why);
                    }
                    last = Unsaid(why);
                }
            }
        }
        Err(last)
    }

    /// One body: filled in where names are all there is, else rendered in the sandbox.
    async fn text_of(&self, tenant: Option<TenantId>, body: &str, values: &Value) -> Result<String, String> {
        let Some(tenant) = tenant.filter(|_| !is_plain(body)) else {
            return filled_with(body, values).map_err(|why| why.to_string());
        };
        let mut answers = self
            .renderer
            .render(tenant, &[Wanted { body, context: values }])
            .await
            .map_err(|stopped| stopped.to_string())?;
        let text = answers.pop().ok_or("no answer")?.map_err(|flaw| flaw.to_string())?;
        let text = cleaned(&text);
        match text.chars().count() {
            0 => Err("it says nothing".to_owned()),
            long if long > LONGEST => Err(format!("it is longer than {LONGEST} characters")),
            _ => Ok(text),
        }
    }

    /// Tells owners which of their texts were not said, until the next time.
    pub(crate) async fn tell_of_texts(&self) -> Result<(), AppError> {
        let failed = std::mem::take(&mut *lock(&self.text_alarms.failed));
        let told = !failed.is_empty();
        for (tenant, name) in failed {
            let mut tx = self.store.write(tenant).await?;
            if store::tenants::exists(&mut tx).await? {
                store::audit::append(&mut tx, "platform", "text_failed", &name).await?;
                store::events::push(&mut tx, "alert", format!("text:{name}")).await?;
                tx.commit().await?;
            }
        }
        if told {
            self.ring();
        }
        Ok(())
    }
}

/// What came out of a template is a stranger's: no control characters, no blank edges.
fn cleaned(text: &str) -> String {
    let seen = |letter: &char| *letter == '\n' || !letter.is_control();
    text.chars().filter(seen).collect::<String>().trim().to_owned()
}

/// The template of this key in the language, else in English, else the first.
pub(crate) fn in_language<'a>(templates: &'a [Template], key: &str, language: Language) -> Option<&'a str> {
    let of = |wanted: &str| {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        templates
            .iter()
            .find(|template| template.key == key && primary(&template.language) == primary(wanted))
            .map(|template| template.body.as_str())
    };
    let first = || templates.iter().find(|template| template.key == key).map(|template| template.body.as_str());
    of(language.tag()).or_else(|| of("en")).or_else(first)
}
