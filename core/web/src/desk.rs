//! What every handler has at hand: the application, the pages, and the frame around each page.

use std::sync::Arc;

use app::{
    App,
    view::{NavCounts, SessionView},
};
use axum::{body::Body, response::Response};
use domain::{
    Language,
    access::{Permission, can},
};
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde::Serialize;
use templates::pages::{Page, Pages, Words, words};
use tokio::sync::watch;

use crate::{ServeError, answer::Refused, assets};

/// Shared by all requests.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) app: Arc<App>,
    pages: Arc<Pages>,
    bundle: Arc<Bundle>,
    /// True when the process is about to end.
    pub(crate) draining: watch::Receiver<bool>,
}

struct Bundle {
    css: String,
    js: String,
    icon: String,
}

/// What is around every page: texts, assets, and who is looking.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Frame {
    pub(crate) t: &'static Words,
    pub(crate) title: String,
    pub(crate) css: String,
    pub(crate) js: String,
    pub(crate) icon: String,
    pub(crate) csrf: String,
    pub(crate) slug: String,
    pub(crate) business: String,
    pub(crate) member: String,
    pub(crate) nav: NavCounts,
    pub(crate) active: &'static str,
    /// May change the business: such pages are in the menu.
    pub(crate) settings: bool,
    pub(crate) zone: String,
    pub(crate) now: Timestamp,
}

impl Desk {
    pub(crate) fn new(app: Arc<App>, draining: watch::Receiver<bool>) -> Result<Self, ServeError> {
        let named = |stem, ending| assets::path_of(stem, ending).ok_or(ServeError::Assets);
        let bundle = Bundle { css: named("style", ".css")?, js: named("app", ".js")?, icon: named("icon", ".svg")? };
        Ok(Self { app, pages: Arc::new(Pages::new()?), bundle: Arc::new(bundle), draining })
    }

    /// A frame for somebody who is not logged in.
    pub(crate) fn bare_frame(&self, language: Language, title: &str) -> Frame {
        Frame {
            t: words(language),
            title: title.to_owned(),
            css: self.bundle.css.clone(),
            js: self.bundle.js.clone(),
            icon: self.bundle.icon.clone(),
            csrf: String::new(),
            slug: String::new(),
            business: String::new(),
            member: String::new(),
            nav: NavCounts::default(),
            active: "",
            settings: false,
            zone: "UTC".to_owned(),
            now: self.app.env().now(),
        }
    }

    /// A frame for `session`, without the menu's numbers.
    pub(crate) fn frame(&self, session: &SessionView, active: &'static str, title: &str) -> Frame {
        let mut frame = self.bare_frame(session.language, title);
        frame.csrf.clone_from(&session.csrf);
        frame.member.clone_from(&session.name);
        frame.active = active;
        if let Some(tenant) = &session.tenant {
            frame.slug.clone_from(&tenant.slug);
            frame.business.clone_from(&tenant.name);
            frame.zone.clone_from(&tenant.zone);
            frame.settings = can(&session.principal, Permission::ManageSettings, Some(tenant.id));
        }
        frame
    }

    pub(crate) fn html<P: Page>(&self, page: &P) -> Result<Response, Refused> {
        let mut response = Response::new(Body::from(self.pages.render(page)?));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("hx-request"));
        Ok(response)
    }
}
