//! Every route there is, with who may use it. The router is built from this table and from nothing else.

use std::{future::Future, pin::Pin};

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::{MethodFilter, on},
};
use domain::access::Permission;

use crate::{
    answer::{Answers, Refused},
    api, assets,
    call::Call,
    desk::Desk,
    events, files, gate, health, message_templates,
    pages::{
        admin, agenda, bookings, calendar, inbox, login, module_switch, modules, outside_calendars, overview, policies,
        prices, quarantine, series, simulator, texts, undelivered, usage, waitlist,
    },
    webhooks,
};

/// Who a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Anyone,
    /// Providers: proven by signature or token, never by cookie.
    Webhook,
    Member,
    Platform,
}

/// Which tenant a route touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    None,
    /// Named by `{slug}` in the path; must be the session's own.
    Slug,
    /// The session's own.
    Session,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response, Refused>> + Send>>;

/// One entry of the table.
pub struct Route {
    pub verb: Verb,
    pub path: &'static str,
    pub audience: Audience,
    pub permission: Option<Permission>,
    pub scope: Scope,
    pub answers: Answers,
    pub takes_bearer: bool,
    pub body_limit: usize,
    pub(crate) handler: fn(Call) -> Answer,
}

const KIB: usize = 1024;
/// Meta's own limit of one call.
const WEBHOOK_LIMIT: usize = 3 * 1024 * KIB;
/// The largest file there is; the use case says so in words.
const FILE_LIMIT: usize = 33 * 1024 * KIB;

/// The largest component with its seal and the form around them; what is larger by a little is told in words.
const COMPONENT_LIMIT: usize = domain::release::LARGEST + 64 * KIB;

impl Route {
    /// Only `None` where nobody's session matters, so that health and assets never touch the database.
    pub(crate) fn asks_session(&self) -> bool {
        let open = self.path.starts_with("/assets") || self.path.starts_with("/files");
        !(open || self.path.ends_with('z') || self.audience == Audience::Webhook)
    }

    /// The named parts of `path`, which matched.
    pub(crate) fn params(&self, path: &str) -> Vec<(String, String)> {
        self.path
            .split('/')
            .zip(path.split('/'))
            .filter_map(|(pattern, part)| {
                let name = pattern.strip_prefix('{')?.strip_suffix('}')?;
                Some((name.to_owned(), part.to_owned()))
            })
            .collect()
    }
}

macro_rules! route {
    ($verb:ident $path:literal $audience:ident $scope:ident $answers:ident $permission:expr, $handler:path) => {
        route!($verb $path $audience $scope $answers $permission, $handler,
            if matches!(Audience::$audience, Audience::Webhook) { WEBHOOK_LIMIT } else { 64 * KIB })
    };
    ($verb:ident $path:literal $audience:ident $scope:ident $answers:ident $permission:expr, $handler:path, $limit:expr) => {
        Route {
            verb: Verb::$verb,
            path: $path,
            audience: Audience::$audience,
            permission: $permission,
            scope: Scope::$scope,
            answers: Answers::$answers,
            takes_bearer: matches!(Scope::$scope, Scope::Session),
            body_limit: $limit,
            handler: |call| Box::pin($handler(call)),
        }
    };
}

const INBOX: Option<Permission> = Some(Permission::ReadInbox);
const REPLY: Option<Permission> = Some(Permission::Reply);
const CALENDAR: Option<Permission> = Some(Permission::ReadCalendar);
const BOOKINGS: Option<Permission> = Some(Permission::ManageBookings);
const SETTINGS: Option<Permission> = Some(Permission::ManageSettings);
const PLATFORM: Option<Permission> = Some(Permission::Platform);

/// The table.
pub static ROUTES: &[Route] = &[
    route!(Get "/" Anyone None Html None, login::root),
    route!(Get "/login" Anyone None Html None, login::show),
    route!(Post "/login" Anyone None Html None, login::create),
    route!(Post "/logout" Anyone None Html None, login::destroy),
    route!(Get "/assets/{file}" Anyone None Plain None, assets::show),
    route!(Get "/files/{token}" Anyone None Plain None, files::linked),
    route!(Get "/healthz" Anyone None Plain None, health::live),
    route!(Get "/readyz" Anyone None Json None, health::ready),
    route!(Get "/webhooks/whatsapp/{channel}" Webhook None Plain None, webhooks::challenge),
    route!(Post "/webhooks/whatsapp/{channel}" Webhook None Plain None, webhooks::receive),
    route!(Get "/t/{slug}" Member Slug Html CALENDAR, overview::show),
    route!(Get "/t/{slug}/inbox" Member Slug Html INBOX, inbox::index),
    route!(Get "/t/{slug}/inbox/{conversation}" Member Slug Html INBOX, inbox::show),
    route!(Post "/t/{slug}/inbox/{conversation}/read" Member Slug Json INBOX, inbox::read),
    route!(Post "/t/{slug}/inbox/{conversation}/reply" Member Slug Html REPLY, inbox::reply),
    route!(Post "/t/{slug}/inbox/{conversation}/file" Member Slug Json REPLY, files::send, FILE_LIMIT),
    route!(Post "/t/{slug}/inbox/{conversation}/template" Member Slug Json REPLY, message_templates::send),
    route!(Get "/t/{slug}/media/{media}" Member Slug Plain INBOX, files::show),
    route!(Post "/t/{slug}/inbox/{conversation}/take-over" Member Slug Html REPLY, inbox::take_over),
    route!(Post "/t/{slug}/inbox/{conversation}/give-back" Member Slug Html REPLY, inbox::give_back),
    route!(Get "/t/{slug}/calendar" Member Slug Html CALENDAR, calendar::show),
    route!(Get "/t/{slug}/calendar/feed" Member Slug Json CALENDAR, calendar::feed),
    route!(Get "/t/{slug}/bookings/new" Member Slug Html BOOKINGS, bookings::new),
    route!(Post "/t/{slug}/bookings" Member Slug Html BOOKINGS, bookings::create),
    route!(Get "/t/{slug}/bookings/{booking}" Member Slug Html CALENDAR, bookings::show),
    route!(Post "/t/{slug}/bookings/{booking}/act" Member Slug Html BOOKINGS, bookings::act),
    route!(Post "/t/{slug}/bookings/{booking}/move" Member Slug Html BOOKINGS, bookings::shift),
    route!(Post "/t/{slug}/bookings/{booking}/drag" Member Slug Json BOOKINGS, bookings::drag),
    route!(Get "/t/{slug}/walk-ins/new" Member Slug Html BOOKINGS, agenda::new_walk_in),
    route!(Post "/t/{slug}/walk-ins" Member Slug Html BOOKINGS, agenda::walk_in),
    route!(Get "/t/{slug}/blocks/new" Member Slug Html BOOKINGS, agenda::new_block),
    route!(Post "/t/{slug}/blocks" Member Slug Html BOOKINGS, agenda::block),
    route!(Get "/t/{slug}/blocks/{block}" Member Slug Html CALENDAR, agenda::show_block),
    route!(Post "/t/{slug}/blocks/{block}/remove" Member Slug Html BOOKINGS, agenda::unblock),
    route!(Get "/t/{slug}/series/new" Member Slug Html BOOKINGS, series::new),
    route!(Post "/t/{slug}/series" Member Slug Html BOOKINGS, series::create),
    route!(Get "/t/{slug}/series/{series}" Member Slug Html CALENDAR, series::show),
    route!(Post "/t/{slug}/series/{series}/cancel" Member Slug Html BOOKINGS, series::cancel),
    route!(Get "/t/{slug}/waitlist" Member Slug Html CALENDAR, waitlist::index),
    route!(Post "/t/{slug}/waitlist/{entry}/leave" Member Slug Html BOOKINGS, waitlist::leave),
    route!(Get "/t/{slug}/undelivered" Member Slug Html SETTINGS, undelivered::index),
    route!(Post "/t/{slug}/undelivered/again" Member Slug Html SETTINGS, undelivered::all_again),
    route!(Post "/t/{slug}/undelivered/{item}/again" Member Slug Html SETTINGS, undelivered::again),
    route!(Post "/t/{slug}/undelivered/{item}/discard" Member Slug Html SETTINGS, undelivered::discard),
    route!(Get "/t/{slug}/matrix" Member Slug Html CALENDAR, waitlist::matrix),
    route!(Get "/t/{slug}/policies" Member Slug Html SETTINGS, policies::index),
    route!(Post "/t/{slug}/policies" Member Slug Html SETTINGS, policies::update),
    route!(Get "/t/{slug}/prices" Member Slug Html SETTINGS, prices::index),
    route!(Post "/t/{slug}/prices" Member Slug Html SETTINGS, prices::update),
    route!(Post "/t/{slug}/prices/remove" Member Slug Html SETTINGS, prices::remove),
    route!(Post "/t/{slug}/prices/deposit" Member Slug Html SETTINGS, prices::deposit),
    route!(Get "/t/{slug}/calendars" Member Slug Html SETTINGS, outside_calendars::index),
    route!(Post "/t/{slug}/calendars" Member Slug Html SETTINGS, outside_calendars::create),
    route!(Post "/t/{slug}/calendars/{calendar}/read" Member Slug Html SETTINGS, outside_calendars::read),
    route!(Post "/t/{slug}/calendars/{calendar}/remove" Member Slug Html SETTINGS, outside_calendars::remove),
    route!(Get "/t/{slug}/texts" Member Slug Html SETTINGS, texts::index),
    route!(Get "/t/{slug}/texts/{kind}/{key}" Member Slug Html SETTINGS, texts::show),
    route!(Post "/t/{slug}/texts/{kind}/{key}" Member Slug Html SETTINGS, texts::update),
    route!(Post "/t/{slug}/texts/{kind}/{key}/restore" Member Slug Html SETTINGS, texts::restore),
    route!(Get "/t/{slug}/events" Member Slug Json INBOX, events::stream),
    route!(Get "/api/v1/bookings" Member Session Json CALENDAR, api::bookings),
    route!(Post "/api/v1/bookings" Member Session Json BOOKINGS, api::book),
    route!(Get "/api/v1/bookings/{booking}" Member Session Json CALENDAR, api::file),
    route!(Post "/api/v1/bookings/{booking}/act" Member Session Json BOOKINGS, api::act),
    route!(Post "/api/v1/bookings/{booking}/move" Member Session Json BOOKINGS, api::shift),
    route!(Post "/api/v1/holds" Member Session Json BOOKINGS, api::hold),
    route!(Get "/api/v1/approvals" Member Session Json CALENDAR, api::approvals),
    route!(Post "/api/v1/walk-ins" Member Session Json BOOKINGS, api::walk_in),
    route!(Post "/api/v1/blocks" Member Session Json BOOKINGS, api::block),
    route!(Post "/api/v1/blocks/{block}/remove" Member Session Json BOOKINGS, api::unblock),
    route!(Get "/api/v1/matrix" Member Session Json CALENDAR, api::matrix),
    route!(Post "/api/v1/series/plan" Member Session Json BOOKINGS, api::plan_series),
    route!(Post "/api/v1/series" Member Session Json BOOKINGS, api::create_series),
    route!(Get "/api/v1/series/{series}" Member Session Json CALENDAR, api::show_series),
    route!(Post "/api/v1/series/{series}/cancel" Member Session Json BOOKINGS, api::cancel_series),
    route!(Post "/api/v1/series/{series}/move" Member Session Json BOOKINGS, api::shift_series),
    route!(Get "/api/v1/waitlist" Member Session Json CALENDAR, api::waitlist),
    route!(Post "/api/v1/waitlist" Member Session Json BOOKINGS, api::join_waitlist),
    route!(Post "/api/v1/waitlist/{entry}/leave" Member Session Json BOOKINGS, api::leave_waitlist),
    route!(Get "/api/v1/availability" Member Session Json CALENDAR, api::availability),
    route!(Get "/api/v1/policy" Member Session Json SETTINGS, api::policy),
    route!(Post "/api/v1/policy" Member Session Json SETTINGS, api::set_policy),
    route!(Get "/api/v1/outside-calendars" Member Session Json SETTINGS, api::outside_calendars::index),
    route!(Post "/api/v1/outside-calendars" Member Session Json SETTINGS, api::outside_calendars::create),
    route!(Post "/api/v1/outside-calendars/{calendar}/read" Member Session Json SETTINGS, api::outside_calendars::read),
    route!(Post "/api/v1/outside-calendars/{calendar}/remove" Member Session Json SETTINGS, api::outside_calendars::remove),
    route!(Get "/api/v1/texts" Member Session Json SETTINGS, api::texts::index),
    route!(Get "/api/v1/texts/{kind}/{key}" Member Session Json SETTINGS, api::texts::show),
    route!(Post "/api/v1/texts/{kind}/{key}" Member Session Json SETTINGS, api::texts::update),
    route!(Post "/api/v1/texts/{kind}/{key}/preview" Member Session Json SETTINGS, api::texts::preview),
    route!(Post "/api/v1/texts/{kind}/{key}/restore" Member Session Json SETTINGS, api::texts::restore),
    route!(Post "/api/v1/tariff" Member Session Json SETTINGS, api::set_tariff),
    route!(Post "/api/v1/customers/{customer}/member" Member Session Json BOOKINGS, api::set_member),
    route!(Get "/api/v1/undelivered" Member Session Json SETTINGS, api::undelivered),
    route!(Post "/api/v1/undelivered/again" Member Session Json SETTINGS, api::take_all_up_again),
    route!(Post "/api/v1/undelivered/{item}/again" Member Session Json SETTINGS, api::take_up_again),
    route!(Post "/api/v1/undelivered/{item}/discard" Member Session Json SETTINGS, api::discard),
    route!(Get "/api/v1/templates" Member Session Json SETTINGS, message_templates::index),
    route!(Post "/api/v1/templates" Member Session Json SETTINGS, message_templates::create),
    route!(Post "/api/v1/templates/sync" Member Session Json SETTINGS, message_templates::sync),
    route!(Post "/api/v1/templates/{template}/submit" Member Session Json SETTINGS, message_templates::submit),
    route!(Get "/admin" Platform None Html PLATFORM, admin::show),
    route!(Get "/admin/modules" Platform None Html PLATFORM, modules::index),
    route!(Post "/admin/modules/canaries" Platform None Html PLATFORM, modules::start),
    route!(Post "/admin/modules/canaries/{canary}/stop" Platform None Html PLATFORM, modules::stop),
    route!(Post "/admin/modules/canaries/{canary}/promote" Platform None Html PLATFORM, modules::promote),
    route!(Get "/api/v1/canaries" Platform None Json PLATFORM, api::canaries),
    route!(Post "/api/v1/canaries" Platform None Json PLATFORM, api::start_canary),
    route!(Post "/api/v1/canaries/{canary}/stop" Platform None Json PLATFORM, api::stop_canary),
    route!(Post "/api/v1/canaries/{canary}/promote" Platform None Json PLATFORM, api::promote_canary),
    route!(Get "/admin/usage" Platform None Html PLATFORM, usage::index),
    route!(Get "/api/v1/usage" Platform None Json PLATFORM, api::usage),
    route!(Post "/admin/modules" Platform None Html PLATFORM, module_switch::install, COMPONENT_LIMIT),
    route!(Get "/admin/modules/businesses/{tenant}" Platform None Html PLATFORM, module_switch::show),
    route!(Post "/admin/modules/businesses/{tenant}/activate" Platform None Html PLATFORM, module_switch::activate),
    route!(Post "/admin/modules/businesses/{tenant}/rollback" Platform None Html PLATFORM, module_switch::roll_back),
    route!(Post "/admin/modules/businesses/{tenant}/disable" Platform None Html PLATFORM, module_switch::disable),
    route!(Post "/admin/modules/businesses/{tenant}/enable" Platform None Html PLATFORM, module_switch::enable),
    route!(Get "/api/v1/modules" Platform None Json PLATFORM, api::modules::index),
    route!(Post "/api/v1/modules" Platform None Json PLATFORM, api::modules::install, COMPONENT_LIMIT),
    route!(Get "/api/v1/tenants/{tenant}/module" Platform None Json PLATFORM, api::modules::show),
    route!(Post "/api/v1/tenants/{tenant}/module" Platform None Json PLATFORM, api::modules::activate),
    route!(Post "/api/v1/tenants/{tenant}/module/rollback" Platform None Json PLATFORM, api::modules::roll_back),
    route!(Post "/api/v1/tenants/{tenant}/module/disable" Platform None Json PLATFORM, api::modules::disable),
    route!(Post "/api/v1/tenants/{tenant}/module/enable" Platform None Json PLATFORM, api::modules::enable),
    route!(Get "/api/v1/plans" Platform None Json PLATFORM, api::plans),
    route!(Post "/api/v1/tenants/{tenant}/plan" Platform None Json PLATFORM, api::set_plan),
    route!(Post "/api/v1/tenants/{tenant}/pin" Platform None Json PLATFORM, api::pin_module),
    route!(Get "/admin/texts" Platform None Html PLATFORM, texts::modules),
    route!(Get "/admin/quarantine" Platform None Html PLATFORM, quarantine::index),
    route!(Post "/admin/quarantine/again" Platform None Html PLATFORM, quarantine::all_again),
    route!(Post "/admin/quarantine/{item}/again" Platform None Html PLATFORM, quarantine::again),
    route!(Post "/admin/quarantine/{item}/discard" Platform None Html PLATFORM, quarantine::discard),
    route!(Get "/metrics" Platform None Plain PLATFORM, health::metrics),
    route!(Get "/simulator" Anyone None Html None, simulator::index),
    route!(Get "/simulator/{slug}" Anyone None Html None, simulator::show),
    route!(Get "/simulator/{slug}/screen" Anyone None Json None, simulator::screen),
    route!(Post "/simulator/{slug}/say" Anyone None Json None, simulator::say),
    route!(Post "/simulator/{slug}/look" Anyone None Json None, simulator::look),
    route!(Post "/simulator/{slug}/clear" Anyone None Json None, simulator::clear),
    route!(Post "/simulator/{slug}/clock" Anyone None Json None, simulator::clock),
    route!(Post "/simulator/graph/{version}/{phone_id}/messages" Webhook None Json None, simulator::graph_messages),
    route!(Post "/simulator/graph/{version}/{phone_id}/media" Webhook None Json None, simulator::graph_media, FILE_LIMIT),
];

pub(crate) fn router(desk: Desk) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let filter = match route.verb {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
        };
        let enter = move |State(desk): State<Desk>, request: Request| gate::enter(desk, route, request);
        router = router.route(route.path, on(filter, enter));
    }
    let nowhere = |State(desk): State<Desk>, request: Request| async move { gate::nowhere(&desk, &request) };
    router.fallback(nowhere).with_state(desk)
}

/// The table as text, one line a route: what the golden file holds and a reviewer reads.
pub fn listing() -> String {
    let mut text = String::new();
    for route in ROUTES {
        let permission = route.permission.map_or_else(|| "-".to_owned(), |what| format!("{what:?}"));
        let verb = match route.verb {
            Verb::Get => "GET ",
            Verb::Post => "POST",
        };
        text.push_str(&format!(
            "{verb} {:<52} {:<9} {:<15} {:<8} {}\n",
            route.path,
            format!("{:?}", route.audience),
            permission,
            format!("{:?}", route.scope),
            format!("{:?}", route.answers).to_lowercase(),
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_what_a_reviewer_has_read() {
        expect_test::expect_file!["../routes.txt"].assert_eq(&listing());
    }

    #[test]
    fn tenant_pages_ask_for_a_member_and_a_permission() {
        for route in ROUTES {
            let tenant_page = route.path.starts_with("/t/");
            assert_eq!(tenant_page, route.scope == Scope::Slug, "{}", route.path);
            let guarded = matches!(route.audience, Audience::Member | Audience::Platform);
            assert_eq!(guarded, route.permission.is_some(), "{}", route.path);
        }
    }
}
