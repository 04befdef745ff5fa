//! What an owner does with texts: sees them, words them otherwise, tries them, goes back. And what the platform sees.
//!
//! Invariant: nothing is kept that names what nobody gives, or that did not render with made-up values just now.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    Language,
    tenant::Tenant,
    text::{OwnText, TextKind, TextName, Wanted},
    vertical::{Description, Template},
};
use serde_json::Value;
use templates::messages::Messages;

use super::{changes, cleaned, in_language, sample};
use crate::{
    App,
    placeholders::{filled_with, is_plain, named, words},
    view::{
        AppError, Clerk,
        texts::{ModuleText, ModuleTexts, TextList, TextPreview, TextRow, TextVersionView, TextView},
    },
};

/// A message with buttons carries no more, and a button's own title much less.
const LONGEST: usize = 1_024;
const BUTTON: usize = 20;
/// A prompt is for a model, not for a telephone.
const PROMPT: usize = 8_000;
/// What any message of a module's may name beside the module's own fields.
const ABOUT: [&str; 10] = ["business", "name", "what", "date", "day", "on", "time", "who", "person", "total"];

/// What is needed to judge one text.
struct Ground {
    tenant: Tenant,
    service: Option<String>,
    description: Option<Arc<Description>>,
    own: Vec<OwnText>,
}

impl App {
    /// Every text in `language`: the module's first, then the assistant's own.
    pub async fn texts(&self, clerk: &Clerk, language: Language) -> Result<TextList, AppError> {
        let ground = self.ground(clerk).await?;
        let module = ground.description.as_ref().map(|description| description.name.clone()).unwrap_or_default();
        let mut texts = Vec::new();
        let mut names: Vec<TextName> = Vec::new();
        for (kind, templates) in ground.templates() {
            let keys = templates.iter().map(|template| template.key.clone()).collect::<BTreeSet<_>>().into_iter();
            names.extend(keys.map(|key| TextName { kind, module: module.clone(), key, language }));
        }
        let keys = Messages::keys(language).into_iter().map(str::to_owned);
        names.extend(keys.map(|key| TextName { kind: TextKind::Platform, module: String::new(), key, language }));
        for name in names {
            let own = ground.own.iter().find(|own| own.name == name).map(|own| own.body.clone());
            let Some(beneath) = self.beneath(&ground, &name) else { continue };
            texts.push(TextRow { kind: name.kind, key: name.key, own: own.is_some(), body: own.unwrap_or(beneath) });
        }
        Ok(TextList { language, module, texts })
    }

    /// One text of the module that runs, or of the assistant's.
    pub async fn text(
        &self,
        clerk: &Clerk,
        kind: TextKind,
        key: &str,
        language: Language,
    ) -> Result<TextView, AppError> {
        let ground = self.ground(clerk).await?;
        let name = ground.name(kind, key, language)?;
        let beneath = self.beneath(&ground, &name).ok_or(AppError::NotFound)?;
        let names = self.known(&ground, &name).await;
        let samples = ground.samples(&names, language);
        let mut tx = self.store.read(clerk.tenant).await?;
        let kept = store::texts::versions(&mut tx, &name).await?;
        drop(tx);
        let said = |place: usize| kept.get(place).and_then(|kept| kept.body.as_deref()).unwrap_or(&beneath);
        let versions = kept.iter().enumerate().map(|(place, version)| TextVersionView {
            version: version.version,
            body: version.body.clone(),
            at: version.at,
            changes: changes::between(said(place + 1), said(place)),
        });
        let versions = versions.collect();
        let shown =
            |name: &String| (name.clone(), words(samples.get(name).unwrap_or(&Value::Null)).replace('\n', " / "));
        Ok(TextView {
            own: kept.first().and_then(|newest| newest.body.clone()),
            version: kept.first().map_or(0, |newest| newest.version),
            names: names
                .iter()
                .map(shown)
                .filter(|(_, value)| kind != TextKind::Platform || !value.is_empty())
                .collect(),
            plain: kind == TextKind::Platform,
            most: most(&name),
            versions,
            beneath,
            name,
        })
    }

    /// How it would read, and everything that is wrong with it.
    pub async fn preview_text(
        &self,
        clerk: &Clerk,
        (kind, key, language): (TextKind, &str, Language),
        body: &str,
    ) -> Result<TextPreview, AppError> {
        let ground = self.ground(clerk).await?;
        let name = ground.name(kind, key, language)?;
        self.beneath(&ground, &name).ok_or(AppError::NotFound)?;
        Ok(self.judged(&ground, &name, body).await)
    }

    /// Keeps the owner's words, or says everything that is wrong with them. `after`: the version that was looked at.
    pub async fn write_text(
        &self,
        clerk: &Clerk,
        (kind, key, language): (TextKind, &str, Language),
        body: &str,
        after: u32,
    ) -> Result<u32, AppError> {
        let ground = self.ground(clerk).await?;
        let name = ground.name(kind, key, language)?;
        self.beneath(&ground, &name).ok_or(AppError::NotFound)?;
        // Browsers end lines with two characters.
        let body = body.replace("\r\n", "\n").trim().to_owned();
        let preview = self.judged(&ground, &name, &body).await;
        if !preview.flaws.is_empty() {
            return Err(AppError::Invalid { field: "body".to_owned(), reason: preview.flaws.join("; ") });
        }
        self.add_version(clerk, &name, after, Some(&body)).await
    }

    /// Goes back to version `to`; 0 is before anything was written. What was newest stays among the versions.
    pub async fn restore_text(
        &self,
        clerk: &Clerk,
        (kind, key, language): (TextKind, &str, Language),
        to: u32,
        after: u32,
    ) -> Result<u32, AppError> {
        let name = self.ground(clerk).await?.name(kind, key, language)?;
        let mut tx = self.store.read(clerk.tenant).await?;
        let body = match to {
            0 => None,
            version => store::texts::version(&mut tx, &name, version).await?.ok_or(AppError::NotFound)?.body,
        };
        drop(tx);
        match body {
            // The module may have changed since: an old text is judged as a new one.
            Some(body) => self.write_text(clerk, (kind, key, language), &body, after).await,
            None => self.add_version(clerk, &name, after, None).await,
        }
    }

    /// What every installed module says, in its newest release.
    pub async fn module_texts(&self) -> Result<Vec<ModuleTexts>, AppError> {
        let mut modules: Vec<ModuleTexts> = Vec::new();
        for release in self.releases().await? {
            if modules.iter().any(|module| module.module == release.module) {
                continue;
            }
            let described = &release.description;
            let text = |kind| {
                move |template: &Template| ModuleText {
                    kind,
                    key: template.key.clone(),
                    language: template.language.clone(),
                    body: template.body.clone(),
                }
            };
            let messages = described.messages.iter().map(text(TextKind::Message));
            let texts = messages.chain(described.prompts.iter().map(text(TextKind::Prompt))).collect();
            modules.push(ModuleTexts { module: release.module, version: release.version, texts });
        }
        Ok(modules)
    }

    async fn add_version(
        &self,
        clerk: &Clerk,
        name: &TextName,
        after: u32,
        body: Option<&str>,
    ) -> Result<u32, AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        if !store::texts::add(&mut tx, name, after, body).await? {
            return Err(AppError::Stale);
        }
        store::audit::append(&mut tx, &clerk.member.to_string(), "worded", &name.to_string()).await?;
        tx.commit().await?;
        self.ring();
        Ok(after + 1)
    }

    async fn ground(&self, clerk: &Clerk) -> Result<Ground, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let tenant = store::tenants::own(&mut tx).await?;
        let running = self.running_module(&mut tx).await?;
        let services = store::services::all(&mut tx, tenant.currency).await?;
        let own = store::texts::current(&mut tx).await?;
        let service = services.into_iter().find(|service| service.active).map(|service| service.name);
        Ok(Ground { tenant, service, description: running.map(|(_, description)| description), own })
    }

    /// What is said without the owner's words.
    fn beneath(&self, ground: &Ground, name: &TextName) -> Option<String> {
        let of = |kind| ground.templates().into_iter().find(|(of, _)| *of == kind).map(|(_, templates)| templates);
        match name.kind {
            TextKind::Platform => self.messages.source(name.language, &name.key),
            kind @ (TextKind::Message | TextKind::Prompt) => {
                in_language(of(kind)?, &name.key, name.language).map(str::to_owned)
            }
        }
    }

    /// Everything a text may name.
    async fn known(&self, ground: &Ground, name: &TextName) -> BTreeSet<String> {
        if name.kind == TextKind::Platform {
            return self.messages.names(&name.key);
        }
        let mut known: BTreeSet<String> = ABOUT.into_iter().map(str::to_owned).collect();
        for (_, templates) in ground.templates() {
            for template in templates.iter().filter(|template| template.key == name.key) {
                // A module whose own text cannot be read has no names of its own.
                known.extend(self.names_in(ground, &template.body).await.unwrap_or_default());
            }
        }
        known
    }

    async fn names_in(&self, ground: &Ground, body: &str) -> Result<BTreeSet<String>, String> {
        if is_plain(body) {
            return Ok(named(body).into_iter().map(str::to_owned).collect());
        }
        let names = self.renderer.names(ground.tenant.id, body).await.map_err(|stopped| stopped.to_string())?;
        names.map_err(|flaw| flaw.to_string())
    }

    async fn judged(&self, ground: &Ground, name: &TextName, body: &str) -> TextPreview {
        let refused = |flaw: String| TextPreview { text: None, flaws: vec![flaw] };
        if body.trim().is_empty() {
            return refused("it says nothing".to_owned());
        }
        if name.kind == TextKind::Platform && !is_plain(body) {
            return refused("here only names in double braces can be used, no conditions or loops".to_owned());
        }
        if body.chars().count() > PROMPT {
            return refused(format!("it is longer than {PROMPT} characters"));
        }
        let named = match self.names_in(ground, body).await {
            Ok(named) => named,
            Err(flaw) => return refused(flaw),
        };
        let known = self.known(ground, name).await;
        let unknown: Vec<String> = named.difference(&known).map(|name| format!("{{{{ {name} }}}}")).collect();
        if !unknown.is_empty() {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return refused(format!("{} is not known here; known are: {}", unknown.join(", "), known.join(", ")));
        }
        let values = ground.samples(&known, name.language);
        let text = match self.tried(ground, body, &values).await {
            Ok(text) => text,
            Err(flaw) => return refused(flaw),
        };
        let (long, most) = (text.chars().count(), most(name));
        let flaws = if long > most { vec![format!("it gets {long} characters long, and {most} fit")] } else { vec![] };
        TextPreview { text: Some(text), flaws }
    }

    async fn tried(&self, ground: &Ground, body: &str, values: &Value) -> Result<String, String> {
        if is_plain(body) {
            return filled_with(body, values).map_err(|why| why.to_string());
        }
        let wanted = [Wanted { body, context: values }];
        let answers = self.renderer.render(ground.tenant.id, &wanted).await.map_err(|stopped| stopped.to_string())?;
        let text = answers.into_iter().next().ok_or("no answer")?.map_err(|flaw| flaw.to_string())?;
        Some(cleaned(&text)).filter(|text| !text.is_empty()).ok_or_else(|| "it says nothing".to_owned())
    }
}

impl Ground {
    /// The module's templates by what they are for.
    fn templates(&self) -> Vec<(TextKind, &[Template])> {
        self.description.as_ref().map_or_else(Vec::new, |description| {
            vec![
                (TextKind::Message, description.messages.as_slice()),
                (TextKind::Prompt, description.prompts.as_slice()),
            ]
        })
    }

    fn name(&self, kind: TextKind, key: &str, language: Language) -> Result<TextName, AppError> {
        let module = match (kind, &self.description) {
            (TextKind::Platform, _) => String::new(),
            (TextKind::Message | TextKind::Prompt, Some(description)) => description.name.clone(),
            (TextKind::Message | TextKind::Prompt, None) => return Err(AppError::NotFound),
        };
        Ok(TextName { kind, module, key: key.to_owned(), language })
    }

    fn samples(&self, names: &BTreeSet<String>, language: Language) -> Value {
        sample::values(names, &self.tenant, self.service.as_deref(), language)
    }
}

fn most(name: &TextName) -> usize {
    match name.kind {
        TextKind::Platform if name.key.ends_with("_button") => BUTTON,
        TextKind::Platform | TextKind::Message => LONGEST,
        TextKind::Prompt => PROMPT,
    }
}
