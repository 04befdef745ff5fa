//! Our own pages and built-in messages, rendered from typed contexts. Sole owner of minijinja in the host.
//!
//! Invariants: templates are compiled into the binary; undefined names are errors; no tenant's text is
//! ever a template. [`pages`] for the dashboard, [`messages`] for what customers read.

pub mod messages;
pub mod pages;
