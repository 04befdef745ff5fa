//! What customers read, in the owner's words: every text, one of them with a preview and its versions, and the way back.

use app::view::{
    AppError, Clerk,
    texts::{ModuleTexts, TextList, TextPreview, TextRow, TextView},
};
use axum::response::Response;
use domain::{Language, text::TextKind};
use serde::Serialize;
use templates::pages::{Page, TextWords, text_words};

use crate::{
    answer::{Refused, redirect},
    call::Call,
    desk::Frame,
};

/// The list, in one language.
#[derive(Debug, Serialize)]
pub(crate) struct TextsPage {
    pub(crate) frame: Frame,
    pub(crate) w: &'static TextWords,
    pub(crate) language: Language,
    pub(crate) languages: Vec<LanguageTab>,
    pub(crate) groups: Vec<TextGroup>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LanguageTab {
    pub(crate) tag: Language,
    pub(crate) name: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct TextGroup {
    pub(crate) kind: TextKind,
    pub(crate) title: &'static str,
    pub(crate) texts: Vec<TextRow>,
}

impl Page for TextsPage {
    const TEMPLATE: &'static str = "texts.html";
}

/// One text.
#[derive(Debug, Serialize)]
pub(crate) struct TextPage {
    pub(crate) frame: Frame,
    pub(crate) w: &'static TextWords,
    pub(crate) text: TextView,
    /// As typed, or as it is.
    pub(crate) body: String,
    pub(crate) preview: TextPreview,
    pub(crate) problem: String,
    pub(crate) saved: bool,
}

impl Page for TextPage {
    const TEMPLATE: &'static str = "text.html";
}

/// What modules say, for the platform.
#[derive(Debug, Serialize)]
pub(crate) struct ModuleTextsPage {
    pub(crate) frame: Frame,
    pub(crate) w: &'static TextWords,
    pub(crate) modules: Vec<ModuleTexts>,
}

impl Page for ModuleTextsPage {
    const TEMPLATE: &'static str = "module_texts.html";
}

pub(crate) fn tabs() -> Vec<LanguageTab> {
    let name = |tag| match tag {
        Language::Spanish => "Español",
        Language::English => "English",
        Language::Portuguese => "Português",
        Language::Indonesian => "Bahasa Indonesia",
    };
    Language::ALL.map(|tag| LanguageTab { tag, name: name(tag) }).into()
}

/// The language asked for, else the member's own.
fn asked(call: &Call, clerk: &Clerk) -> Result<Language, Refused> {
    Ok(call.query().parsed("language")?.unwrap_or(clerk.language))
}

/// `GET /t/{slug}/texts?language=…`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let w = text_words(clerk.language);
    let mut frame = call.desk.frame(call.session()?, "policies", w.texts);
    frame.nav = call.desk.app.nav(&clerk).await?;
    let TextList { language, texts, .. } = call.desk.app.texts(&clerk, asked(&call, &clerk)?).await?;
    let titles =
        [(TextKind::Message, w.kind_message), (TextKind::Prompt, w.kind_prompt), (TextKind::Platform, w.kind_platform)];
    let group = |(kind, title)| TextGroup {
        kind,
        title,
        texts: texts.iter().filter(|text| text.kind == kind).cloned().collect(),
    };
    let groups = titles.map(group).into_iter().filter(|group| !group.texts.is_empty()).collect();
    call.desk.html(&TextsPage { frame, w, language, languages: tabs(), groups })
}

/// `GET /t/{slug}/texts/{kind}/{key}?language=…`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    page(&call, None, String::new()).await
}

/// The page, with what was typed where something was.
async fn page(call: &Call, typed: Option<String>, problem: String) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let (kind, key, language) = named(call, &clerk)?;
    let text = call.desk.app.text(&clerk, kind, key, language).await?;
    let body = typed.or_else(|| text.own.clone()).unwrap_or_else(|| text.beneath.clone());
    // As it comes is shown as it comes: the platform's own may say more than owners can.
    let unchanged = body == text.beneath;
    let preview = if unchanged && text.plain {
        TextPreview { text: None, flaws: Vec::new() }
    } else {
        call.desk.app.preview_text(&clerk, (kind, key, language), &body).await?
    };
    let w = text_words(clerk.language);
    let mut frame = call.desk.frame(call.session()?, "policies", key);
    frame.nav = call.desk.app.nav(&clerk).await?;
    let saved = problem.is_empty() && call.query().text("saved") == "1";
    call.desk.html(&TextPage { frame, w, text, body, preview, problem, saved })
}

fn named<'a>(call: &'a Call, clerk: &Clerk) -> Result<(TextKind, &'a str, Language), Refused> {
    let kind = call.param("kind")?.parse().map_err(|_unknown| Refused::NotFound)?;
    Ok((kind, call.param("key")?, asked(call, clerk)?))
}

fn address(call: &Call, clerk: &Clerk) -> Result<String, Refused> {
    let (kind, key, language) = named(call, clerk)?;
    Ok(format!("/t/{}/texts/{kind}/{key}?language={language}&saved=1", call.param("slug")?))
}

/// `POST /t/{slug}/texts/{kind}/{key}`: `do` is `preview` or `save`.
pub(crate) async fn update(call: Call) -> Result<Response, Refused> {
    let (clerk, form) = (call.clerk()?, call.form());
    let body = form.text("body").replace("\r\n", "\n");
    if form.text("do") == "preview" {
        return page(&call, Some(body), String::new()).await;
    }
    let after = form.required("version")?;
    let written = call.desk.app.write_text(&clerk, named(&call, &clerk)?, &body, after).await;
    match written {
        Ok(_version) => Ok(redirect(&address(&call, &clerk)?)),
        Err(AppError::Invalid { reason, .. }) => page(&call, Some(body), reason).await,
        Err(AppError::Stale) => page(&call, Some(body), text_words(clerk.language).stale.to_owned()).await,
        Err(other) => Err(other.into()),
    }
}

/// `POST /t/{slug}/texts/{kind}/{key}/restore`
pub(crate) async fn restore(call: Call) -> Result<Response, Refused> {
    let (clerk, form) = (call.clerk()?, call.form());
    let (to, after) = (form.required("to")?, form.required("version")?);
    match call.desk.app.restore_text(&clerk, named(&call, &clerk)?, to, after).await {
        Ok(_version) => Ok(redirect(&address(&call, &clerk)?)),
        Err(AppError::Invalid { reason, .. }) => page(&call, None, reason).await,
        Err(AppError::Stale) => page(&call, None, text_words(clerk.language).stale.to_owned()).await,
        Err(other) => Err(other.into()),
    }
}

/// `GET /admin/texts`
pub(crate) async fn modules(call: Call) -> Result<Response, Refused> {
    let session = call.session()?;
    let w = text_words(session.language);
    let frame = call.desk.frame(session, "texts", w.module_texts);
    let modules = call.desk.app.module_texts().await?;
    let modules = modules.into_iter().filter(|module| !module.texts.is_empty()).collect();
    call.desk.html(&ModuleTextsPage { frame, w, modules })
}
