//! Every service with everybody who can do it, and when each is free next.

use domain::Span;
use jiff::{SignedDuration, Timestamp};
use scheduling::free_starts;

use crate::{
    App,
    assistant::Facts,
    view::{AppError, Clerk, MatrixCell, MatrixRow, MatrixView, ResourceName},
};

/// Farther ahead nobody asks at the desk.
const DAYS: u32 = 14;

impl App {
    pub async fn matrix(&self, clerk: &Clerk) -> Result<MatrixView, AppError> {
        let facts = self.facts(clerk.tenant, None, "matrix").await?;
        let mut able: Vec<_> = facts.inputs.resources.iter().filter(|resource| resource.active).collect();
        able.retain(|resource| facts.services.iter().any(|service| facts.suits(resource.id, service)));
        let resources = able.iter().map(|resource| ResourceName {
            id: resource.id,
            name: resource.name.clone(),
            role: String::new(),
        });
        let row = |service: &domain::catalog::Service| MatrixRow {
            key: service.key.clone(),
            name: service.name.clone(),
            minutes: service.minutes(),
            cells: able
                .iter()
                .map(|resource| {
                    let able = facts.suits(resource.id, service);
                    let next = if able { next(&facts, &service.key, resource.id) } else { None };
                    MatrixCell { resource: resource.id, able, next }
                })
                .collect(),
        };
        let rows = facts.services.iter().filter(|service| service.active).map(row).collect();
        Ok(MatrixView { resources: resources.collect(), rows, days: DAYS })
    }
}

/// Day by day, so that a free morning is found without working out the fortnight.
fn next(facts: &Facts, key: &str, resource: domain::ResourceId) -> Option<Timestamp> {
    let visit = facts.visit(&[key.to_owned()], Some(resource), &[]);
    (0..DAYS).find_map(|day| {
        let from = facts.now().checked_add(SignedDuration::from_hours(24 * i64::from(day))).ok()?;
        let window = Span::new(from, from.checked_add(SignedDuration::from_hours(24)).ok()?)?;
        free_starts(&facts.inputs, &visit, window).first().map(scheduling::Opening::start)
    })
}
