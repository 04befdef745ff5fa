//! Blocks: time of a resource that nobody can book. Making one never touches bookings; it tells which it stands across.

use domain::{BlockId, Span, catalog::Block};

use crate::{
    App,
    view::{AppError, BlockMade, BlockView, Clerk, NewBlock},
};

/// Leave and repairs are long; longer than this is a mistake.
const LONGEST_MINUTES: i64 = 366 * 24 * 60;

impl App {
    pub async fn block(&self, clerk: &Clerk, new: &NewBlock) -> Result<BlockMade, AppError> {
        let invalid =
            |field: &str, reason: &str| AppError::Invalid { field: field.to_owned(), reason: reason.to_owned() };
        let span = Span::new(new.from, new.to).ok_or_else(|| invalid("to", "must be after from"))?;
        if span.minutes() > LONGEST_MINUTES {
            return Err(invalid("to", "must be within a year"));
        }
        let mut tx = self.store.write(clerk.tenant).await?;
        let resources = store::resources::all(&mut tx).await?;
        if !resources.iter().any(|resource| resource.id == new.resource) {
            return Err(AppError::NotFound);
        }
        let reason = new.reason.trim().chars().take(200).collect();
        let block = Block { id: self.env.id(), resource: new.resource, span, reason };
        store::blocks::insert(&mut tx, &block).await?;
        let mut across = Vec::new();
        for booking in store::bookings::touching(&mut tx, span).await? {
            let mut claims = booking.items.iter().flat_map(|item| &item.claims);
            let hit = claims.any(|claim| {
                claim.resource == block.resource && claim.blocked.iter().any(|blocked| blocked.overlaps(span))
            });
            if hit && booking.state.blocks() {
                across.push(self.booking_view(&mut tx, booking).await?);
            }
        }
        store::audit::append(&mut tx, &clerk.member.to_string(), "blocked", &block.id.to_string()).await?;
        store::events::push(&mut tx, "booking", block.id).await?;
        tx.commit().await?;
        self.ring();
        Ok(BlockMade { id: block.id, across })
    }

    pub async fn block_view(&self, clerk: &Clerk, id: BlockId) -> Result<BlockView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let block = store::blocks::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        let (from, to) = (block.span.from(), block.span.to());
        Ok(BlockView { id, resource: block.resource, from, to, reason: block.reason })
    }

    /// Takes it away; whoever waits for that time gets a chance at it.
    pub async fn unblock(&self, clerk: &Clerk, id: BlockId) -> Result<(), AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        let block = store::blocks::remove(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        self.offer_later(&mut tx, &id.to_string(), block.span).await?;
        store::audit::append(&mut tx, &clerk.member.to_string(), "unblocked", &id.to_string()).await?;
        store::events::push(&mut tx, "booking", id).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }
}
