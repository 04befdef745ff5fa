//! Plans: which one a tenant has, and what its module calls may use for it.

use domain::{
    plan::{Limits, Plan},
    vertical::Vertical as _,
};

use crate::{App, SwitchError};

impl App {
    /// Every plan with its limits, the smallest first.
    pub fn plans(&self) -> Vec<(Plan, Limits)> {
        Plan::ALL.into_iter().map(|plan| (plan, self.vertical.limits(plan))).collect()
    }

    pub async fn plan_of(&self, slug: &str) -> Result<Plan, SwitchError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.read(tenant).await?;
        Ok(store::plan::of(&mut tx).await?)
    }

    /// From the tenant's next turn on.
    pub async fn set_plan(&self, slug: &str, plan: Plan, by: &str) -> Result<(), SwitchError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.write(tenant).await?;
        store::plan::set(&mut tx, plan).await?;
        store::audit::append(&mut tx, by, "plan_set", &format!("{slug} {plan}")).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }
}
