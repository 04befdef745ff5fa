//! What a visit costs and whether it may be: core's lines by the owner's tariff first, then the module's, one total.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    Language, Money,
    booking::Quote,
    money::MoneyError,
    tariff::Condition,
    vertical::{Adjustment, Draft, DraftCustomer, DraftItem, DraftResource, Objection, Quotation, Review},
};
use scheduling::{
    Opening, Visit, VisitItem,
    price::{self, PriceContext},
};

use super::{Facts, Memory, booking::wished};

/// The customer's answers to what the module asked, by key.
pub(crate) type Answers = BTreeMap<String, String>;

/// What a visit costs and whether the module agrees. `degraded`: the module did not answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub(crate) quote: Quote,
    pub(crate) review: Review,
    pub(crate) degraded: bool,
}

impl Facts {
    /// Price and rules, core's first and then the module's. A module that fails costs a note, not the booking.
    ///
    /// Without an opening nothing is known of the time: services cost what the catalogue says.
    pub(crate) async fn judge(
        &self,
        language: Language,
        visit: &Visit,
        opening: Option<&Opening>,
        answers: Option<&Answers>,
    ) -> Judged {
        let (mut quotation, mut review, mut degraded) = (Quotation::default(), Review::default(), false);
        if let Some(activated) = &self.activated {
            let (context, draft) = (self.context(language), self.draft(visit, opening, answers));
            let desk = self.desk();
            // Its rules first: should the turn's time end with one of the two, they are worth more than its price.
            let reviewed = self.vertical.review(activated, &context, &draft, Arc::clone(&desk)).await;
            let quoted = self.vertical.quote(activated, &context, &draft, desk).await;
            for error in [reviewed.as_ref().err(), quoted.as_ref().err()].into_iter().flatten() {
                tracing::warn!(module = %activated.module, request = %self.request, %error, "the module did not answer");
            }
            degraded = quoted.is_err() || reviewed.is_err();
            quotation = quoted.unwrap_or_default();
            review = heeded(reviewed.unwrap_or_default(), opening);
        }
        let quote = self.quoted(visit, opening, quotation).unwrap_or_else(|error| {
            tracing::error!(request = %self.request, %error, "the price does not add up, the catalogue's is told");
            let none = Quote { lines: Vec::new(), total: Money::zero(self.tenant.currency), deposit: None };
            price::total(price::base_lines(visit), self.tenant.currency).unwrap_or(none)
        });
        Judged { quote, review, degraded }
    }

    /// Core's lines, the module's, their sum, and what is to be paid ahead: the larger of what the two ask for.
    fn quoted(&self, visit: &Visit, opening: Option<&Opening>, added: Quotation) -> Result<Quote, MoneyError> {
        let context = self.price_context(opening);
        let mut lines = match opening {
            Some(opening) => price::lines(&self.tenant.policy.tariff, &context, visit, opening.start())?,
            None => price::base_lines(visit),
        };
        for line in lines.iter_mut().filter(|line| line.key == price::ROUNDING) {
            line.label.clone_from(&self.rounding);
        }
        lines.extend(added.lines);
        let quote = price::total(lines, self.tenant.currency)?;
        let own = price::deposit(&self.tenant.policy.tariff, &context, quote.total)?;
        let theirs = added.deposit.filter(|deposit| deposit.currency == own.currency);
        let minor = theirs.map_or(own.minor, |theirs| theirs.minor.max(own.minor)).min(quote.total.minor);
        let deposit = (minor > 0).then(|| Money::new(minor, own.currency));
        Ok(Quote { deposit, ..quote })
    }

    /// How full the day is takes work to find out: only where a price asks for it.
    fn price_context(&self, opening: Option<&Opening>) -> PriceContext {
        let rules = &self.tenant.policy.tariff.rules;
        let asked = rules.iter().flat_map(|rule| &rule.when).any(|when| matches!(when, Condition::Demand(_)));
        let demand_percent =
            opening.filter(|_| asked).map_or(0, |opening| price::demand(&self.inputs, opening.start()));
        PriceContext { zone: self.location.zone.clone(), now: self.now(), member: self.customer.member, demand_percent }
    }

    /// The visit that is being put together, when there is one.
    pub(super) fn draft_of(&self, memory: &Memory) -> Option<Draft> {
        if memory.services.is_empty() {
            return None;
        }
        Some(self.draft(&wished(self, memory), None, Some(&memory.answers)))
    }

    fn draft(&self, visit: &Visit, opening: Option<&Opening>, answers: Option<&Answers>) -> Draft {
        let resources = |place: usize| {
            let claims = opening
                .and_then(|opening| opening.items.get(place))
                .map(|item| item.claims.as_slice())
                .unwrap_or_default();
            let chosen =
                claims.iter().filter_map(|claim| self.resource(claim.resource).map(|resource| (claim, resource)));
            chosen
                .map(|(claim, resource)| DraftResource {
                    name: resource.name.clone(),
                    kind: resource.kind.clone(),
                    role: claim.role.clone(),
                    skills: resource.skills.clone(),
                })
                .collect()
        };
        let item = |(place, item): (usize, &VisitItem)| DraftItem {
            service: item.service.id,
            key: item.service.key.clone(),
            name: item.service.name.clone(),
            minutes: item.service.minutes(),
            price: item.service.price,
            resources: resources(place),
        };
        Draft {
            items: visit.items.iter().enumerate().map(item).collect(),
            start: opening.map(|opening| opening.span.from()),
            end: opening.map(|opening| opening.span.to()),
            party: visit.party,
            customer: Some(DraftCustomer {
                id: self.customer.id,
                completed_visits: self.completed_visits,
                no_shows: self.customer.no_shows,
                last_visit: self.last_visit,
                fields: self.customer_fields.clone(),
            }),
            fields: answers.cloned().unwrap_or_default(),
        }
    }
}

/// What is not to be before a time is a reason against an earlier start, in the module's own words; the other adjustments
/// are made (see `settling`).
fn heeded(mut review: Review, opening: Option<&Opening>) -> Review {
    for adjustment in &review.adjustments {
        if let (Adjustment::NotBefore { at, why }, Some(opening)) = (adjustment, opening)
            && opening.start() < *at
        {
            review.refusals.push(Objection { code: "not-before".to_owned(), text: why.clone() });
        }
    }
    review
}
