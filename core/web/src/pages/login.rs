//! Logging in and out. The cookie is `__Host-` wherever we are reached by TLS.

use app::view::AppError;
use axum::response::Response;
use domain::Language;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use templates::pages::Page;

use crate::{
    answer::{Refused, redirect},
    call::Call,
    desk::{Desk, Frame},
};

/// The login page.
#[derive(Debug, Serialize)]
pub(crate) struct LoginPage {
    pub(crate) frame: Frame,
    pub(crate) email: String,
    pub(crate) problem: &'static str,
}

impl Page for LoginPage {
    const TEMPLATE: &'static str = "login.html";
}

/// `GET /`: to wherever the visitor belongs.
pub(crate) async fn root(call: Call) -> Result<Response, Refused> {
    Ok(redirect(&home(&call)))
}

fn home(call: &Call) -> String {
    match &call.session {
        None => "/login".to_owned(),
        Some(session) => session.tenant.as_ref().map_or("/admin".to_owned(), |tenant| format!("/t/{}", tenant.slug)),
    }
}

/// `GET /login`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    if call.session.is_some() {
        return Ok(redirect(&home(&call)));
    }
    page(&call.desk, call.language(), "", |_| "")
}

fn page(
    desk: &Desk,
    language: Language,
    email: &str,
    problem: fn(&'static templates::pages::Words) -> &'static str,
) -> Result<Response, Refused> {
    let title = templates::pages::words(language).login_title;
    let frame = desk.bare_frame(language, title);
    desk.html(&LoginPage { problem: problem(frame.t), frame, email: email.to_owned() })
}

/// `POST /login`: a new token each time, so a planted one is worth nothing.
pub(crate) async fn create(call: Call) -> Result<Response, Refused> {
    let form = call.form();
    let source = call.peer.map_or_else(|| "unknown".to_owned(), |peer| peer.to_string());
    let email = form.text("email").trim();
    match call.desk.app.login(email, form.text("password"), &source).await {
        Ok(fresh) => {
            let mut response = redirect(&fresh.home);
            set_cookie(&call.desk, &mut response, &fresh.token, None);
            Ok(response)
        }
        Err(AppError::Denied) => again(&call, email, StatusCode::UNAUTHORIZED, |t| t.login_wrong),
        Err(AppError::TooMany { retry_after_seconds }) => {
            let mut response = again(&call, email, StatusCode::TOO_MANY_REQUESTS, |t| t.login_many)?;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds));
            Ok(response)
        }
        Err(other) => Err(other.into()),
    }
}

fn again(
    call: &Call,
    email: &str,
    status: StatusCode,
    problem: fn(&'static templates::pages::Words) -> &'static str,
) -> Result<Response, Refused> {
    let mut response = page(&call.desk, call.language(), email, problem)?;
    *response.status_mut() = status;
    Ok(response)
}

/// `POST /logout`
pub(crate) async fn destroy(call: Call) -> Result<Response, Refused> {
    if let Some(token) = &call.token {
        call.desk.app.logout(token).await?;
    }
    let mut response = redirect("/login");
    set_cookie(&call.desk, &mut response, "", Some(0));
    Ok(response)
}

fn set_cookie(desk: &Desk, response: &mut Response, token: &str, max_age: Option<u32>) {
    let (name, secure) =
        if desk.app.public_url().starts_with("https://") { ("__Host-fd", "; Secure") } else { ("fd", "") };
    let age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let cookie = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
