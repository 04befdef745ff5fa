//! Openings and refusals as pages and the API show them.

use scheduling::{Opening, Reason};

use crate::view::{OpeningView, ResourceName};

pub(crate) fn opening_view(opening: &Opening) -> OpeningView {
    OpeningView {
        from: opening.span.from(),
        to: opening.span.to(),
        resources: names(opening.items.iter().flat_map(|item| &item.claims)),
    }
}

pub(crate) fn names<'a>(claims: impl Iterator<Item = &'a domain::booking::Claim>) -> Vec<ResourceName> {
    let mut names: Vec<ResourceName> = Vec::new();
    for claim in claims {
        if !names.iter().any(|name| name.id == claim.resource) {
            names.push(ResourceName { id: claim.resource, name: claim.name.clone(), role: claim.role.clone() });
        }
    }
    names
}

/// Stable names of reasons, for programs.
pub(crate) fn code(reason: &Reason) -> &'static str {
    match reason {
        Reason::Past => "past",
        Reason::TooSoon { .. } => "too_soon",
        Reason::TooFar { .. } => "past_horizon",
        Reason::OffGrid { .. } => "off_grid",
        Reason::Closed { .. } | Reason::PastClosing => "outside_hours",
        Reason::NobodyCan { .. } => "unskilled",
        Reason::Wished { why: scheduling::Unable::LacksSkill, .. } => "unskilled",
        Reason::Wished { why: scheduling::Unable::NotWorking, .. } => "outside_hours",
        Reason::Wished { why: scheduling::Unable::Blocked, .. } => "blocked",
        Reason::Wished { why: scheduling::Unable::Busy, .. } | Reason::AllTaken { .. } => "taken",
    }
}
