//! Rings between nodes on one PostgreSQL. They only shorten a poll: nothing depends on one being heard.

use sqlx::postgres::PgListener;

use crate::{Store, StoreError, engine::Pools};

/// Rung once for a batch, with its commit: a ring for every row would cost half of the throughput.
pub(crate) const CHANNEL: &str = "frontdesk_arrivals";

/// Hears of arrivals at any node.
pub struct Doorbell(PgListener);

impl Doorbell {
    /// Returns at the next ring, or an error when the line is down; it mends itself before the next call returns.
    pub async fn heard(&mut self) -> Result<(), StoreError> {
        // `None` is a line that was lost and is there again: something may have been missed.
        Ok(self.0.try_recv().await.map(|_ring_or_reconnected| ())?)
    }
}

impl Store {
    /// `None` on SQLite, where there is nobody else.
    pub async fn doorbell(&self) -> Result<Option<Doorbell>, StoreError> {
        let Pools::Postgres(pool) = self.pools() else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Doorbell(listener)))
    }
}
