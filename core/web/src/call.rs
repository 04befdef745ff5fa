//! One request, read in full and proven: all that a handler may look at.

use std::{net::IpAddr, str::FromStr};

use app::view::{AppError, Clerk, SessionView};
use bytes::Bytes;
use domain::{Language, access::Principal, ids::Id};
use http::{HeaderMap, Uri};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::de::DeserializeOwned;

use crate::{answer::Refused, desk::Desk};

pub(crate) struct Call {
    pub(crate) desk: Desk,
    /// Present on every route whose audience logs in, and where a visitor happens to be logged in.
    pub(crate) session: Option<SessionView>,
    /// The session's token as it came, for logging out and for streams that ask again.
    pub(crate) token: Option<String>,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) uri: Uri,
    pub(crate) body: Bytes,
    pub(crate) peer: Option<IpAddr>,
}

impl Call {
    pub(crate) fn param(&self, name: &str) -> Result<&str, Refused> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).ok_or(Refused::NotFound)
    }

    /// A typed id from the path; malformed is as unknown.
    pub(crate) fn id<I: Id>(&self, name: &str) -> Result<I, Refused> {
        I::from_str(self.param(name)?).map_err(|_malformed| Refused::NotFound)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn is_htmx(&self) -> bool {
        self.header("hx-request") == Some("true")
    }

    pub(crate) fn query(&self) -> Fields {
        Fields::parse(self.uri.query().unwrap_or_default().as_bytes())
    }

    pub(crate) fn form(&self) -> Fields {
        Fields::parse(&self.body)
    }

    /// The body as JSON; unknown fields, wrong kinds and non-JSON are told apart from nothing.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        serde_json::from_slice(&self.body).map_err(|wrong| invalid("body", &wrong.to_string()))
    }

    pub(crate) fn session(&self) -> Result<&SessionView, Refused> {
        self.session.as_ref().ok_or(Refused::LogIn)
    }

    pub(crate) fn clerk(&self) -> Result<Clerk, Refused> {
        let session = self.session()?;
        match session.principal {
            Principal::Member { id, tenant, role } => {
                Ok(Clerk { tenant, member: id, role, language: session.language })
            }
            Principal::PlatformAdmin { .. } | Principal::Anonymous => Err(Refused::NotFound),
        }
    }

    /// Who decides for the platform, as the audit log knows them: by address.
    pub(crate) fn admin(&self) -> Result<String, Refused> {
        let session = self.session()?;
        match session.principal {
            Principal::PlatformAdmin { .. } => Ok(session.email.clone()),
            Principal::Member { .. } | Principal::Anonymous => Err(Refused::NotFound),
        }
    }

    /// The member's language, else what the browser prefers.
    pub(crate) fn language(&self) -> Language {
        self.session.as_ref().map_or_else(|| preferred(self.header("accept-language")), |session| session.language)
    }

    /// The zone that the tenant's dashboard tells times in.
    pub(crate) fn zone(&self) -> Result<TimeZone, Refused> {
        let name = self.session()?.tenant.as_ref().map_or("UTC", |tenant| tenant.zone.as_str());
        TimeZone::get(name).map_err(|_unknown| invalid("zone", "unknown time zone"))
    }
}

/// A form or query: names may repeat, the first counts.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    fn parse(raw: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(raw).into_owned().collect())
    }

    /// Empty when absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    pub(crate) fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refused> {
        self.some(name).map(str::parse).transpose().map_err(|_wrong| invalid(name, "cannot be read"))
    }

    pub(crate) fn required<T: FromStr>(&self, name: &str) -> Result<T, Refused> {
        self.parsed(name)?.ok_or_else(|| invalid(name, "is missing"))
    }

    /// Fields whose names begin with `prefix`, by what follows it.
    pub(crate) fn named<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    /// Names outside `known`: an API refuses them rather than guess.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Refused> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(invalid(name, "is not a parameter")),
            None => Ok(()),
        }
    }
}

pub(crate) fn invalid(field: &str, reason: &str) -> Refused {
    Refused::App(AppError::Invalid { field: field.to_owned(), reason: reason.to_owned() })
}

/// The instant a wall clock of `zone` shows `text`; in a gap or fold what a calendar would take.
pub(crate) fn instant(text: &str, zone: &TimeZone) -> Result<Timestamp, Refused> {
    let wall: DateTime = text.parse().map_err(|_wrong| invalid("start", "is not a date and time"))?;
    let zoned = wall.to_zoned(zone.clone()).map_err(|_wrong| invalid("start", "is out of range"))?;
    Ok(zoned.timestamp())
}

/// The first language of `Accept-Language` that pages exist in.
fn preferred(header: Option<&str>) -> Language {
    header
        .unwrap_or_default()
        .split(',')
        .filter_map(|entry| entry.split(';').next()?.trim().parse::<Language>().ok())
        .find(|language| templates::pages::PAGE_LANGUAGES.contains(language))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_chooses_among_page_languages_only() {
        assert_eq!(preferred(Some("pt-BR,es;q=0.8,en;q=0.7")), Language::Spanish);
        assert_eq!(preferred(Some("de")), Language::English);
        assert_eq!(preferred(None), Language::English);
    }

    #[test]
    fn a_wall_time_is_read_in_the_zone_of_the_location() {
        let zone = TimeZone::get("America/Mexico_City").unwrap();
        assert_eq!(instant("2026-03-05T17:00", &zone).ok(), "2026-03-05T23:00:00Z".parse().ok());
        assert!(instant("tomorrow", &zone).is_err());
    }
}
