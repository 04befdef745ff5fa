//! Openings and refusals as pages and the API show them.

use scheduling::{Opening, Reason, Unable};

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
        Reason::Nothing => "nothing",
        Reason::Past => "past",
        Reason::TooSoon { .. } => "too_soon",
        Reason::TooFar { .. } => "past_horizon",
        Reason::OffGrid { .. } => "off_grid",
        Reason::Closed { .. } | Reason::PastClosing | Reason::PastLatestStart { .. } => "outside_hours",
        Reason::NobodyCan { .. } => "unskilled",
        Reason::PartyTooLarge { .. } => "party_too_large",
        Reason::Wished { why, .. } | Reason::Needed { why, .. } => match why {
            Unable::LacksSkill => "unskilled",
            Unable::NotWorking => "outside_hours",
            Unable::Blocked => "blocked",
            Unable::Away | Unable::Unread | Unable::Busy => "taken",
            Unable::LimitReached => "limit_reached",
        },
        Reason::AllTaken { .. } => "taken",
        Reason::CustomerLimit(_) => "limit_reached",
    }
}
