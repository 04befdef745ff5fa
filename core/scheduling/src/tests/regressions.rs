//! What went wrong elsewhere.
