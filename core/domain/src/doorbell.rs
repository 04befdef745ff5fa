//! Rings between nodes: one tells the others that something arrived at it.
//!
//! Invariant: a ring only shortens a poll. One that is lost costs a moment and nothing else, so nothing waits for one.

use async_trait::async_trait;

/// A line to the other nodes.
#[async_trait]
pub trait Doorbell: Send + Sync {
    /// Tells the other nodes, soon or not at all.
    async fn ring(&self);
    /// Returns when another node rang; several rings at once are one. A line that is down mends itself meanwhile.
    async fn heard(&self);
    /// Why rings do not get through just now.
    fn trouble(&self) -> Option<String>;
}
