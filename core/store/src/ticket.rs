//! What a claim is proven with: the row and the token it was claimed under.

/// Names a row, and the claim if there was one. Without a token any claim will do: word from outside, a member's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket<I> {
    pub(crate) id: I,
    pub(crate) token: Option<i64>,
}

impl<I> Ticket<I> {
    pub(crate) fn claimed(id: I, token: i64) -> Self {
        Self { id, token: Some(token) }
    }
}

impl<I> From<I> for Ticket<I> {
    fn from(id: I) -> Self {
        Self { id, token: None }
    }
}
