//! What the owner decides about booking as such: read, changed, and who counts as a member of the house.

use domain::CustomerId;

use crate::{
    App,
    view::{AppError, Clerk},
};

impl App {
    /// Whether a customer pays members' prices from now on. What is booked keeps its price.
    pub async fn set_member(&self, clerk: &Clerk, customer: CustomerId, member: bool) -> Result<(), AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        let known = store::customers::find(&mut tx, customer).await?.ok_or(AppError::NotFound)?;
        store::customers::set_member(&mut tx, known.id, member).await?;
        let what = if member { "made_member" } else { "ended_membership" };
        store::audit::append(&mut tx, &clerk.member.to_string(), what, &customer.to_string()).await?;
        store::events::push(&mut tx, "customer", customer).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }
}
