//! Conformance: every test runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail there and then")]

mod bookings;
mod canaries;
mod desk;
mod messaging;
mod module_reach;
mod queues;
mod seats;
mod storm;
mod texts;
mod waitlist;
mod walls;

/// Makes `sqlite::NAME` and `postgres::NAME` out of each `async fn NAME(desk: Desk)` of this file.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::desk::Desk::sqlite().await).await; })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::desk::Desk::postgres().await).await; })+
        }
    };
}
