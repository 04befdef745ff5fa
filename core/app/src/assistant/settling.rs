//! A visit as long, and with as much room around it, as the module wants; and the start that has room for that.

use domain::{
    Language, Span,
    booking::Booking,
    catalog::{Phase, Service},
    vertical::{Adjustment, Review},
};
use jiff::Timestamp;
use scheduling::{Inputs, Opening, Reason, Visit, explain};

use super::{Facts, Judged, judging::Answers};

/// A start that can be had, and what the module says of the visit there.
pub(crate) struct Settled {
    pub(crate) opening: Opening,
    pub(crate) judged: Judged,
}

/// What stands between a customer's yes and a firm visit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Terms {
    /// Why a member must agree first.
    pub(crate) approval: Option<String>,
}

impl Terms {
    pub(crate) fn of(judged: &Judged) -> Self {
        let why = judged.review.adjustments.iter().find_map(|adjustment| match adjustment {
            Adjustment::NeedsApproval { why } => Some(why.clone()),
            Adjustment::Minutes { .. } | Adjustment::Buffers { .. } | Adjustment::NotBefore { .. } => None,
        });
        Self { approval: why }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Facts {
    /// The catalogue's visit at `start`, made as the module wants it. The module always judges the catalogue's lengths:
    /// judging what it made longer would make it longer again.
    pub(crate) async fn settle(
        &self,
        language: Language,
        inputs: &Inputs,
        visit: &Visit,
        start: Timestamp,
        answers: Option<&Answers>,
    ) -> Result<Settled, Vec<Reason>> {
        let opening = explain(inputs, visit, start)?;
        let judged = self.judge(language, visit, Some(&opening), answers).await;
        let fitted = fitted(visit, &judged.review);
        if fitted == *visit {
            return Ok(Settled { opening, judged });
        }
        let opening = explain(inputs, &fitted, start)?;
        let judged = self.judge(language, visit, Some(&opening), answers).await;
        Ok(Settled { opening, judged })
    }

    /// The visit as the module wants it before a time is chosen: what is offered has room for it.
    pub(crate) async fn fitting(&self, language: Language, visit: Visit, answers: &Answers) -> Visit {
        if self.activated.is_none() {
            return visit;
        }
        let judged = self.judge(language, &visit, None, Some(answers)).await;
        fitted(&visit, &judged.review)
    }
}

/// The visit with the lengths and buffers of this verdict.
pub(crate) fn fitted(visit: &Visit, review: &Review) -> Visit {
    let mut visit = visit.clone();
    for adjustment in &review.adjustments {
        match adjustment {
            Adjustment::Minutes { item, minutes } => {
                if let Some(item) = visit.items.get_mut(*item) {
                    last(&mut item.service, *minutes);
                }
            }
            Adjustment::Buffers { item, before, after } => {
                if let Some(item) = visit.items.get_mut(*item) {
                    (item.service.buffer_before_minutes, item.service.buffer_after_minutes) = (*before, *after);
                }
            }
            Adjustment::NotBefore { .. } | Adjustment::NeedsApproval { .. } => {}
        }
    }
    visit
}

/// The visit as it was booked: moving it changes when it is, not how long it takes.
pub(crate) fn as_booked(mut visit: Visit, booking: &Booking) -> Visit {
    for (item, booked) in visit.items.iter_mut().zip(&booking.items) {
        if item.service.id == booked.service {
            last(&mut item.service, minutes(booked.span.from(), booked.span.to()));
            let blocked = booked.claims.iter().flat_map(|claim| &claim.blocked);
            let first = blocked.clone().map(|span: &Span| span.from()).min().unwrap_or(booked.span.from());
            let end = blocked.map(|span: &Span| span.to()).max().unwrap_or(booked.span.to());
            item.service.buffer_before_minutes = minutes(first, booked.span.from());
            item.service.buffer_after_minutes = minutes(booked.span.to(), end);
        }
    }
    visit
}

fn minutes(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(to.duration_since(from).as_mins()).unwrap_or(0)
}

/// Longer or shorter in its last stretch of work: a customer who waits while colour sets waits as long as before.
fn last(service: &mut Service, wanted: u32) {
    let whole = service.minutes();
    if wanted > whole {
        match service.phases.iter_mut().rev().find(|phase| phase.busy) {
            Some(phase) => phase.minutes += wanted - whole,
            None => service.phases.push(Phase { minutes: wanted - whole, busy: true }),
        }
        return;
    }
    let mut less = whole - wanted;
    for phase in service.phases.iter_mut().rev() {
        let cut = less.min(phase.minutes);
        phase.minutes -= cut;
        less -= cut;
    }
    service.phases.retain(|phase| phase.minutes > 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Currency, Money, ServiceId};
    use scheduling::{VisitItem, Wish};

    fn visit(phases: &[(u32, bool)]) -> Visit {
        let service = Service {
            id: ServiceId(uuid::Uuid::nil()),
            key: "colour".into(),
            name: "Colour".into(),
            synonyms: vec![],
            active: true,
            phases: phases.iter().map(|(minutes, busy)| Phase { minutes: *minutes, busy: *busy }).collect(),
            buffer_before_minutes: 0,
            buffer_after_minutes: 5,
            price: Money::zero(Currency::MXN),
            needs: vec![],
            position: 0,
        };
        Visit::new(vec![VisitItem { service, wish: Wish::Any }])
    }

    fn phases(visit: &Visit) -> Vec<(u32, bool)> {
        visit.items[0].service.phases.iter().map(|phase| (phase.minutes, phase.busy)).collect()
    }

    #[test]
    fn more_minutes_are_work_at_the_end_and_fewer_are_cut_from_there() {
        let colour = visit(&[(45, true), (30, false), (30, true)]);
        let with = |minutes| {
            let adjustments = vec![Adjustment::Minutes { item: 0, minutes }];
            phases(&fitted(&colour, &Review { adjustments, ..Review::default() }))
        };
        assert_eq!(with(150), [(45, true), (30, false), (75, true)]);
        assert_eq!(with(105), [(45, true), (30, false), (30, true)]);
        assert_eq!(with(60), [(45, true), (15, false)]);
    }

    #[test]
    fn buffers_and_items_that_are_not_there() {
        let cut = visit(&[(30, true)]);
        let adjustments =
            vec![Adjustment::Buffers { item: 0, before: 10, after: 20 }, Adjustment::Minutes { item: 7, minutes: 5 }];
        let fitted = fitted(&cut, &Review { adjustments, ..Review::default() });
        let service = &fitted.items[0].service;
        assert_eq!((service.buffer_before_minutes, service.buffer_after_minutes, service.minutes()), (10, 20, 30));
    }
}
