//! "Why is ten o'clock not offered?": the engine's answer for one start, in English, for whoever runs the server.

use domain::TenantId;
use jiff::{Timestamp, civil::DateTime};
use scheduling::{Inputs, Visit, alternatives, candidates, explain};

use crate::{App, assistant::Facts, view::AppError};

/// A start somebody asks about.
#[derive(Debug, Clone)]
pub struct StartQuestion {
    /// Slug.
    pub tenant: String,
    /// Keys or names, one after the other in one visit.
    pub services: Vec<String>,
    /// `2026-03-03T10:00` on the location's clock, or an instant as in `2026-03-03T16:00:00Z`.
    pub at: String,
    /// Name or id of the one who is wished for.
    pub resource: Option<String>,
    pub party: u32,
    /// Everybody who could and what keeps them, and what is near.
    pub in_full: bool,
}

const ALTERNATIVES: usize = 4;

impl App {
    /// Whether the start can be had, with whom, or every reason against it; a line each.
    pub async fn why(&self, question: &StartQuestion) -> Result<Vec<String>, AppError> {
        let tenant = self.tenant_named(&question.tenant).await?;
        let facts = self.facts(tenant, None, "why").await?;
        let visit = visit(&facts, question)?;
        let at = start(&facts.inputs, &question.at)?;
        let inputs = &facts.inputs;
        let told = told(inputs, at);
        let names: Vec<&str> = visit.items.iter().map(|item| item.service.name.as_str()).collect();
        let mut lines = vec![format!("{} for {} on {told}", names.join(" + "), people(visit.party))];
        match explain(inputs, &visit, at) {
            Ok(opening) => lines.push(format!("free with {}", who(&opening))),
            Err(reasons) => {
                lines.push("not offered, because".to_owned());
                lines.extend(reasons.iter().map(|reason| format!("  {reason}")));
            }
        }
        if question.in_full {
            in_full(inputs, &facts, &visit, at, &mut lines);
        }
        Ok(lines)
    }

    async fn tenant_named(&self, slug: &str) -> Result<TenantId, AppError> {
        let mut tx = self.store.platform_look().await?;
        let tenant = store::tenants::by_slug(&mut tx, slug).await?;
        tenant.map(|tenant| tenant.id).ok_or_else(|| invalid("tenant", format!("there is no {slug}")))
    }
}

fn in_full(inputs: &Inputs, facts: &Facts, visit: &Visit, at: Timestamp, lines: &mut Vec<String>) {
    lines.push("who could, fairest first".to_owned());
    lines.extend(candidates(inputs, visit, at).into_iter().map(|one| {
        let state = one.unable.map_or_else(|| "is free".to_owned(), |why| why.to_string());
        format!("  {} ({}, {}) {state}", one.name, one.service, one.role)
    }));
    let near = alternatives(inputs, visit, at.max(facts.now()), facts.horizon(), ALTERNATIVES);
    lines.push(if near.is_empty() { "nothing is free up to the horizon" } else { "near it" }.to_owned());
    lines.extend(near.iter().map(|other| {
        let wished = if other.as_wished { "" } else { ", not as wished" };
        format!("  {} with {}{wished}", told(inputs, other.opening.start()), who(&other.opening))
    }));
}

fn visit(facts: &Facts, question: &StartQuestion) -> Result<Visit, AppError> {
    let key = |said: &String| {
        let known = facts.services.iter().find(|service| service.key == *said || service.name == *said);
        known.map(|service| service.key.clone()).ok_or_else(|| {
            let keys: Vec<&str> = facts.services.iter().map(|service| service.key.as_str()).collect();
            invalid("service", format!("there is no {said}; there is {}", keys.join(", ")))
        })
    };
    let keys: Vec<String> = question.services.iter().map(key).collect::<Result<_, _>>()?;
    let resource =
        match &question.resource {
            None => None,
            Some(said) => {
                let mut all = facts.inputs.resources.iter();
                let known = all.find(|resource| resource.name == *said || resource.id.to_string() == *said);
                let names = || facts.inputs.resources.iter().map(|resource| resource.name.as_str()).collect::<Vec<_>>();
                Some(known.ok_or_else(|| {
                    invalid("resource", format!("there is no {said}; there is {}", names().join(", ")))
                })?)
            }
        };
    Ok(facts.visit(&keys, resource.map(|resource| resource.id), &[]).for_party(question.party))
}

fn start(inputs: &Inputs, said: &str) -> Result<Timestamp, AppError> {
    let instant = said.parse::<Timestamp>().ok();
    let wall = || {
        let wall = said.parse::<DateTime>().ok()?;
        inputs.zone.to_ambiguous_timestamp(wall).compatible().ok()
    };
    instant.or_else(wall).ok_or_else(|| invalid("at", format!("{said} is not a time such as 2026-03-03T10:00")))
}

fn told(inputs: &Inputs, at: Timestamp) -> String {
    at.to_zoned(inputs.zone.clone()).strftime("%A %F %H:%M (%Q)").to_string()
}

fn who(opening: &scheduling::Opening) -> String {
    opening.resources().into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" and ")
}

fn people(party: u32) -> String {
    if party == 1 { "one person".to_owned() } else { format!("{party} people") }
}

fn invalid(field: &str, reason: String) -> AppError {
    AppError::Invalid { field: field.to_owned(), reason }
}
