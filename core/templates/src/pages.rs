//! The dashboard's pages: each a typed context that names its template, rendered with escaping on and undefined names refused.
//!
//! Invariants: templates are compiled in from `templates/pages/`; what customers wrote enters as data and is
//! escaped; text of ours comes from [`Words`] and exists in every page language. Start at [`Pages::render`].

mod calendar_words;
mod module_words;
mod show;
mod text_words;
mod words;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, value::Serde};
use serde::Serialize;

pub use calendar_words::{CalendarWords, calendar_words};
pub use module_words::{ModuleWords, module_words};
pub use text_words::{TextWords, text_words};
pub use words::{PAGE_LANGUAGES, PlatformWords, Words, words};

/// A page or a part of one: its fields are all its template may name.
pub trait Page: Serialize {
    /// File name in `templates/pages/`.
    const TEMPLATE: &'static str;
}

/// The template named something its context lacks, or does not parse: a bug of ours.
#[derive(Debug, thiserror::Error)]
#[error("the page {template} cannot be rendered")]
pub struct PageBroken {
    template: String,
    #[source]
    source: minijinja::Error,
}

/// Every template in `templates/pages/`, compiled in.
pub const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("../../../templates/pages/base.html")),
    ("shell.html", include_str!("../../../templates/pages/shell.html")),
    ("platform.html", include_str!("../../../templates/pages/platform.html")),
    ("module_activation.html", include_str!("../../../templates/pages/module_activation.html")),
    ("modules.html", include_str!("../../../templates/pages/modules.html")),
    ("icons.html", include_str!("../../../templates/pages/icons.html")),
    ("login.html", include_str!("../../../templates/pages/login.html")),
    ("error.html", include_str!("../../../templates/pages/error.html")),
    ("usage.html", include_str!("../../../templates/pages/usage.html")),
    ("outside_calendars.html", include_str!("../../../templates/pages/outside_calendars.html")),
    ("overview.html", include_str!("../../../templates/pages/overview.html")),
    ("inbox.html", include_str!("../../../templates/pages/inbox.html")),
    ("inbox_list.html", include_str!("../../../templates/pages/inbox_list.html")),
    ("thread.html", include_str!("../../../templates/pages/thread.html")),
    ("decisions.html", include_str!("../../../templates/pages/decisions.html")),
    ("undelivered.html", include_str!("../../../templates/pages/undelivered.html")),
    ("quarantine.html", include_str!("../../../templates/pages/quarantine.html")),
    ("messages.html", include_str!("../../../templates/pages/messages.html")),
    ("customer_card.html", include_str!("../../../templates/pages/customer_card.html")),
    ("calendar.html", include_str!("../../../templates/pages/calendar.html")),
    ("booking.html", include_str!("../../../templates/pages/booking.html")),
    ("new_booking.html", include_str!("../../../templates/pages/new_booking.html")),
    ("walk_in.html", include_str!("../../../templates/pages/walk_in.html")),
    ("block.html", include_str!("../../../templates/pages/block.html")),
    ("new_block.html", include_str!("../../../templates/pages/new_block.html")),
    ("new_series.html", include_str!("../../../templates/pages/new_series.html")),
    ("series.html", include_str!("../../../templates/pages/series.html")),
    ("waitlist.html", include_str!("../../../templates/pages/waitlist.html")),
    ("prices.html", include_str!("../../../templates/pages/prices.html")),
    ("policies.html", include_str!("../../../templates/pages/policies.html")),
    ("texts.html", include_str!("../../../templates/pages/texts.html")),
    ("text.html", include_str!("../../../templates/pages/text.html")),
    ("module_texts.html", include_str!("../../../templates/pages/module_texts.html")),
    ("matrix.html", include_str!("../../../templates/pages/matrix.html")),
    ("admin.html", include_str!("../../../templates/pages/admin.html")),
    ("simulators.html", include_str!("../../../templates/pages/simulators.html")),
    ("simulator.html", include_str!("../../../templates/pages/simulator.html")),
];

/// All pages, parsed once.
pub struct Pages {
    environment: Environment<'static>,
}

impl Pages {
    pub fn new() -> Result<Self, PageBroken> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_name| AutoEscape::Html);
        show::register(&mut environment);
        for (name, source) in TEMPLATES {
            environment
                .add_template(name, source)
                .map_err(|source| PageBroken { template: (*name).to_owned(), source })?;
        }
        Ok(Self { environment })
    }

    pub fn render<P: Page>(&self, page: &P) -> Result<String, PageBroken> {
        self.render_sample(P::TEMPLATE, page)
    }

    /// Renders `template` with any context: for samples, which are plain JSON.
    pub fn render_sample(&self, template: &str, context: impl Serialize) -> Result<String, PageBroken> {
        let broken = |source| PageBroken { template: template.to_owned(), source };
        self.environment.get_template(template).map_err(broken)?.render(Serde(context)).map_err(broken)
    }
}
