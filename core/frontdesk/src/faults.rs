//! Lets the chaos harness strike: `FRONTDESK_FAILPOINT=point:k[:panic|stop]` and `FRONTDESK_SABOTAGE=name`.
//!
//! Invariant: only builds with debug assertions listen to either; a release does not have this code.

use domain::Env;

/// `env`, with whatever the environment arms.
#[cfg(not(debug_assertions))]
pub(crate) fn armed(env: Env) -> Env {
    env
}

/// `env`, with whatever the environment arms.
#[cfg(debug_assertions)]
pub(crate) fn armed(env: Env) -> Env {
    match armed::Armed::from_environment() {
        Some(armed) => env.with_faults(std::sync::Arc::new(armed)),
        None => env,
    }
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::atomic::{AtomicU32, Ordering};

    use domain::faults::{Faults, Point, Sabotage};

    enum Blow {
        /// As if the power went: nothing is flushed, nobody is told.
        Die,
        Panic,
        /// Stands still until somebody says go on.
        Stop,
    }

    pub(super) struct Armed {
        point: Option<(Point, u32, Blow)>,
        passed: AtomicU32,
        turns: AtomicU32,
        sabotage: Option<Sabotage>,
    }

    impl Armed {
        pub(super) fn from_environment() -> Option<Self> {
            let point = std::env::var("FRONTDESK_FAILPOINT").ok().and_then(|text| parse(&text));
            let sabotage = std::env::var("FRONTDESK_SABOTAGE").ok().and_then(|text| Sabotage::parse(&text));
            (point.is_some() || sabotage.is_some()).then(|| Self {
                point,
                passed: AtomicU32::new(0),
                turns: AtomicU32::new(0),
                sabotage,
            })
        }
    }

    /// `turn_taken:3:panic`: the third time the code is there.
    fn parse(text: &str) -> Option<(Point, u32, Blow)> {
        let mut words = text.split(':');
        let point = Point::parse(words.next()?)?;
        let nth = words.next()?.parse().ok()?;
        let blow = match words.next() {
            Some("panic") => Blow::Panic,
            Some("stop") => Blow::Stop,
            _ => Blow::Die,
        };
        Some((point, nth, blow))
    }

    impl Faults for Armed {
        fn pass(&self, point: Point) {
            if self.sabotaged(Sabotage::LeaveOpen) && point == Point::ArrivalCommitted {
                // Files that nobody will ever close.
                (0..4).filter_map(|_| std::fs::File::open("/dev/null").ok()).for_each(std::mem::forget);
            }
            let turn = point == Point::TurnTaken;
            if turn && self.sabotaged(Sabotage::Panic) && self.turns.fetch_add(1, Ordering::SeqCst) % 7 == 6 {
                std::panic::panic_any("sabotage");
            }
            let Some((armed, nth, blow)) = &self.point else { return };
            if *armed == point && self.passed.fetch_add(1, Ordering::SeqCst) + 1 == *nth {
                match blow {
                    Blow::Die => std::process::abort(),
                    Blow::Stop => {
                        let own = std::process::id().to_string();
                        // Without the program nothing stops, and the run shows it.
                        let _stopped = std::process::Command::new("kill").args(["-STOP", &own]).status();
                    }
                    Blow::Panic => std::panic::panic_any("failpoint"),
                }
            }
        }

        fn sabotaged(&self, sabotage: Sabotage) -> bool {
            self.sabotage == Some(sabotage)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_failpoint_strikes_the_nth_time_and_only_then() {
            let armed = Armed {
                point: parse("turn_taken:2:panic"),
                passed: AtomicU32::new(0),
                turns: AtomicU32::new(0),
                sabotage: None,
            };
            armed.pass(Point::TurnTaken);
            armed.pass(Point::TurnWritten);
            assert!(std::panic::catch_unwind(|| armed.pass(Point::TurnTaken)).is_err());
            armed.pass(Point::TurnTaken);
        }
    }
}
