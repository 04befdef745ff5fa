//! The one way in: reads the request, then asks who, whose, whether and from where before any handler runs.
//!
//! Invariants: another tenant's pages are 404 whether or not they exist; every unsafe call by cookie must come
//! from our own origin and bring the session's token; a bearer token needs neither.

use std::net::SocketAddr;

use app::view::{AppError, SessionView};
use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use bytes::{Bytes, BytesMut};
use domain::access::{Principal, can};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, Method, header};
use subtle::ConstantTimeEq as _;

use crate::{
    answer::{Answers, Refused, redirect},
    call::Call,
    desk::Desk,
    multipart::Multipart,
    routes::{Audience, Route, Scope},
};

/// How the caller proved who they are.
enum Proof {
    Cookie(String),
    Bearer(String),
}

/// Takes a request through `route`, whatever comes of it.
pub(crate) async fn enter(desk: Desk, route: &'static Route, request: Request) -> Response {
    let request_id = format!("req_{}", desk.app.env().uuid().simple());
    let is_get = request.method() == Method::GET || request.method() == Method::HEAD;
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
    let mut response = match pass(&desk, route, request).await {
        Ok(response) => response,
        Err(Refused::LogIn) if route.answers == Answers::Html && is_get => redirect("/login"),
        Err(refused) => {
            let language = accepted
                .as_ref()
                .and_then(|value| value.to_str().ok())
                .and_then(|text| text.split([',', ';']).next()?.trim().parse().ok())
                .unwrap_or_default();
            refused.answer(&desk, route.answers, language, &request_id)
        }
    };
    tracing::debug!(request_id, route = route.path, status = response.status().as_u16(), "answered");
    secure(response.headers_mut(), &desk, &request_id);
    response
}

async fn pass(desk: &Desk, route: &'static Route, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let params = route.params(parts.uri.path());
    let proof = if route.audience == Audience::Webhook { None } else { proof(&parts.headers, route) };
    let token = proof.as_ref().map(|(Proof::Cookie(token) | Proof::Bearer(token))| token.clone());
    let session = match &token {
        Some(token) if route.asks_session() => desk.app.session(token).await?,
        _ => None,
    };
    admit(route, session.as_ref(), &params)?;
    let body = whole(body, route.body_limit).await?;
    let unsafe_method = !matches!(parts.method, Method::GET | Method::HEAD);
    if unsafe_method && route.audience != Audience::Webhook && !matches!(proof, Some(Proof::Bearer(_))) {
        same_origin(&parts.headers, desk.app.public_url())?;
        if let (Some(session), false) = (&session, route.audience == Audience::Anyone) {
            with_token(token_given(&parts.headers, &body).await?.as_deref(), session)?;
        }
    }
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    (route.handler)(Call {
        desk: desk.clone(),
        session,
        token,
        params,
        headers: parts.headers,
        uri: parts.uri,
        body,
        peer,
    })
    .await
}

/// How far past its limit a body is read and thrown away.
const SPILLED: usize = 8 << 20;

/// The body, or [`Refused::TooLarge`]. One that is too large is read a little further: whoever is still writing when we
/// hang up sees a broken line and not the answer.
async fn whole(body: Body, most: usize) -> Result<Bytes, Refused> {
    let mut parts = body.into_data_stream();
    let (mut kept, mut seen) = (BytesMut::new(), 0_usize);
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_cut_off| Refused::TooLarge)?;
        seen = seen.saturating_add(part.len());
        if seen <= most {
            kept.extend_from_slice(&part);
        } else if seen > most.saturating_add(SPILLED) {
            break;
        }
    }
    if seen > most { Err(Refused::TooLarge) } else { Ok(kept.freeze()) }
}

/// Audience, tenant and permission, in this order: a stranger learns nothing of what exists.
fn admit(route: &Route, session: Option<&SessionView>, params: &[(String, String)]) -> Result<(), Refused> {
    match route.audience {
        Audience::Anyone | Audience::Webhook => return Ok(()),
        Audience::Member | Audience::Platform => {}
    }
    let session = session.ok_or(Refused::LogIn)?;
    let own = session.tenant.as_ref();
    let tenant = match route.scope {
        Scope::None => None,
        Scope::Slug => {
            let slug = params.iter().find(|(name, _)| name == "slug").map(|(_, slug)| slug.as_str());
            Some(own.filter(|tenant| Some(tenant.slug.as_str()) == slug).ok_or(Refused::NotFound)?.id)
        }
        Scope::Session => Some(own.ok_or(Refused::NotFound)?.id),
    };
    let allowed = route.permission.is_some_and(|what| can(&session.principal, what, tenant));
    match (allowed, route.audience, &session.principal) {
        (true, ..) => Ok(()),
        // What belongs to the platform does not exist for members.
        (false, Audience::Platform, _) | (false, _, Principal::PlatformAdmin { .. }) => Err(Refused::NotFound),
        (false, ..) => Err(Refused::Forbidden),
    }
}

fn proof(headers: &HeaderMap, route: &Route) -> Option<Proof> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .filter(|_| route.takes_bearer);
    if let Some(token) = bearer {
        return Some(Proof::Bearer(token.trim().to_owned()));
    }
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == "__Host-fd" || *name == "fd")
        .map(|(_, token)| Proof::Cookie(token.to_owned()))
}

/// The browser says that our own page sent this, or the origin is ours.
fn same_origin(headers: &HeaderMap, public_url: &str) -> Result<(), Refused> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let ours = match text("sec-fetch-site") {
        Some(site) => site == "same-origin" || site == "none",
        None => text("origin").is_some_and(|origin| origin == public_url.trim_end_matches('/')),
    };
    if ours { Ok(()) } else { Err(Refused::Forbidden) }
}

/// The session's token, as a header or in the form.
async fn token_given(headers: &HeaderMap, body: &Bytes) -> Result<Option<String>, Refused> {
    if let Some(header) = headers.get("x-csrf-token") {
        return Ok(header.to_str().ok().map(str::to_owned));
    }
    if let Some(form) = Multipart::read(headers, body).await? {
        return Ok(form.some("csrf").and_then(|token| String::from_utf8(token.to_vec()).ok()));
    }
    let form = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let mut pairs = url::form_urlencoded::parse(body);
    Ok(form.then(|| pairs.find(|(name, _)| name == "csrf").map(|(_, value)| value.into_owned())).flatten())
}

fn with_token(given: Option<&str>, session: &SessionView) -> Result<(), Refused> {
    let same = given.is_some_and(|given| bool::from(given.as_bytes().ct_eq(session.csrf.as_bytes())));
    if same && !session.csrf.is_empty() { Ok(()) } else { Err(Refused::Forbidden) }
}

/// Headers that every response carries.
fn secure(headers: &mut HeaderMap, desk: &Desk, request_id: &str) {
    const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A file may only be locked up further than a page.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(CSP));
    if desk.app.public_url().starts_with("https://") {
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", id);
    }
}

/// A page for what no route matches.
pub(crate) fn nowhere(desk: &Desk, request: &Request) -> Response {
    let request_id = format!("req_{}", desk.app.env().uuid().simple());
    let answers = if request.uri().path().starts_with("/api/") { Answers::Json } else { Answers::Html };
    let refused = Refused::App(AppError::NotFound);
    let mut response = refused.answer(desk, answers, domain::Language::default(), &request_id);
    secure(response.headers_mut(), desk, &request_id);
    response
}

#[cfg(test)]
mod tests {
    use app::view::TenantView;
    use domain::{
        Currency, Language, MemberId, TenantId,
        access::{Permission, Role},
        ids::Id as _,
    };

    use super::*;
    use crate::routes::ROUTES;

    fn person(number: u128, slug: Option<&str>, role: Role) -> SessionView {
        let id = MemberId::from_uuid(domain::Env::uuid(&env(number)));
        let tenant = slug.map(|slug| TenantView {
            id: TenantId::from_uuid(domain::Env::uuid(&env(number))),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            language: Language::English,
            currency: Currency::USD,
            zone: "UTC".to_owned(),
            location: String::new(),
        });
        let principal = match &tenant {
            Some(tenant) => Principal::Member { id, tenant: tenant.id, role },
            None => Principal::PlatformAdmin { id },
        };
        SessionView {
            principal,
            name: String::new(),
            email: String::new(),
            language: Language::English,
            csrf: "c".to_owned(),
            tenant,
        }
    }

    /// Chance that is different for each `number` and the same in each run.
    fn env(number: u128) -> domain::Env {
        struct Fixed(u128);
        impl domain::Clock for Fixed {
            fn now(&self) -> jiff::Timestamp {
                jiff::Timestamp::UNIX_EPOCH
            }
        }
        impl domain::Random for Fixed {
            fn fill(&self, bytes: &mut [u8]) {
                for (place, byte) in bytes.iter_mut().zip(self.0.to_le_bytes()) {
                    *place = byte;
                }
            }
        }
        domain::Env::new(std::sync::Arc::new(Fixed(number)), std::sync::Arc::new(Fixed(number)))
    }

    /// What the gate says of every route to one visitor on the pages of `slug`.
    fn statuses(session: Option<&SessionView>, slug: &str) -> Vec<(&'static Route, u16)> {
        let params = [("slug".to_owned(), slug.to_owned())];
        ROUTES
            .iter()
            .map(|route| (route, admit(route, session, &params).map_or_else(|why| why.status().as_u16(), |()| 200)))
            .collect()
    }

    #[test]
    fn nobody_passes_where_somebody_must_be() {
        for (route, status) in statuses(None, "own") {
            let open = matches!(route.audience, Audience::Anyone | Audience::Webhook);
            assert_eq!(status, if open { 200 } else { 401 }, "{}", route.path);
        }
    }

    #[test]
    fn a_member_of_another_tenant_learns_nothing() {
        let stranger = person(1, Some("theirs"), Role::Owner);
        for (route, status) in statuses(Some(&stranger), "own") {
            let expected = match (route.audience, route.scope) {
                (Audience::Platform, _) | (_, Scope::Slug) => 404,
                _ => 200,
            };
            assert_eq!(status, expected, "{}", route.path);
        }
    }

    #[test]
    fn a_platform_admin_is_no_member_and_staff_is_no_platform_admin() {
        let admin = person(2, None, Role::Owner);
        for (route, status) in statuses(Some(&admin), "own") {
            assert_eq!(status, if route.audience == Audience::Member { 404 } else { 200 }, "{}", route.path);
        }
        let staff = person(3, Some("own"), Role::Staff);
        for (route, status) in statuses(Some(&staff), "own") {
            let expected = match (route.audience, route.permission) {
                (Audience::Platform, _) => 404,
                (_, Some(Permission::ManageSettings)) => 403,
                _ => 200,
            };
            assert_eq!(status, expected, "{}", route.path);
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_our_own_pages_may_change_anything() {
        let ours = "https://desk.example";
        for (pairs, allowed) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("origin", "https://desk.example")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://desk.example")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "https://desk.example.evil")], false),
            (&[("origin", "null")], false),
            (&[], false),
        ] {
            assert_eq!(same_origin(&headers(pairs), ours).is_ok(), allowed, "{pairs:?}");
        }
    }

    async fn passes(headers: &HeaderMap, body: &'static str, session: &SessionView) -> bool {
        let given = token_given(headers, &Bytes::from_static(body.as_bytes())).await;
        given.is_ok_and(|given| with_token(given.as_deref(), session).is_ok())
    }

    #[tokio::test]
    async fn a_form_without_the_sessions_token_is_refused() {
        let session = person(1, Some("own"), Role::Owner);
        let form = headers(&[("content-type", "application/x-www-form-urlencoded")]);
        assert!(passes(&form, "text=hi&csrf=c", &session).await);
        assert!(!passes(&form, "text=hi&csrf=d", &session).await);
        assert!(!passes(&form, "text=hi", &session).await);
        assert!(passes(&headers(&[("x-csrf-token", "c")]), "{}", &session).await);
        let files = headers(&[("content-type", "multipart/form-data; boundary=b")]);
        let with_file = "--b\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\nc\r\n--b--\r\n";
        assert!(passes(&files, with_file, &session).await);
        assert!(!passes(&files, "--b--\r\n", &session).await);
        assert!(!passes(&headers(&[]), with_file, &session).await, "it must say what it is");
        let unset = SessionView { csrf: String::new(), ..session };
        assert!(!passes(&form, "csrf=", &unset).await);
    }
}
