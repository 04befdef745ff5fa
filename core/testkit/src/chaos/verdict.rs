//! What became of a seed, in numbers: what was taken in, what left, how often, and how long answers took.

use std::{collections::BTreeMap, ops::AddAssign, time::Duration};

use tokio::time::Instant;

use super::{
    checks::{Evidence, name},
    locked,
    nemesis::Fault,
    node::Node,
};

/// The slowest answer may take so much longer for what the seed is about than the slowest just before it.
const SLOWER: Duration = Duration::from_secs(2);

/// What became of a seed.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    pub seed: u64,
    pub violations: Vec<String>,
    /// Lives of server processes that ended before their time, and those of them that ended at a failpoint.
    pub deaths: u32,
    pub at_failpoints: u32,
    /// Webhooks that got a 200, copies and statuses too; messages and statuses that got one.
    pub webhooks: usize,
    pub accepted: usize,
    pub bookings: i64,
    pub never_lost: Tally,
    pub never_doubled: Tally,
    pub answers: Answers,
    pub took: Duration,
}

/// Messages of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub messages: usize,
    pub sent: usize,
    pub lost: usize,
    pub doubled: usize,
    pub parked: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.sent += other.sent;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.parked += other.parked;
    }
}

impl Verdict {
    pub fn both(&self) -> Tally {
        let mut both = self.never_lost;
        both += self.never_doubled;
        both
    }
}

pub(crate) fn tell(evidence: &Evidence<'_>, nodes: &[Node], violations: Vec<String>, answers: Answers) -> Verdict {
    let mut copies: BTreeMap<&str, usize> = BTreeMap::new();
    for sent in evidence.sent.iter().filter(|sent| sent.taken.is_some()) {
        *copies.entry(&sent.outbox).or_default() += 1;
    }
    let mut verdict = Verdict { violations, answers, bookings: evidence.tables.bookings, ..Verdict::default() };
    for row in &evidence.tables.outbox {
        let left = copies.get(name(row).as_str()).copied().unwrap_or(0);
        let never_doubled = row.class.contains("never_doubled");
        let parked = row.state == "parked";
        let tally = if never_doubled { &mut verdict.never_doubled } else { &mut verdict.never_lost };
        *tally += Tally {
            messages: 1,
            sent: usize::from(left > 0),
            // What must not be doubled may be parked for a person to decide: that is not lost.
            lost: usize::from(left == 0 && !(never_doubled && parked)),
            doubled: usize::from(left > 1),
            parked: usize::from(parked),
        };
    }
    for node in nodes {
        let known = locked(&node.known);
        verdict.deaths += known.starts.saturating_sub(1);
        let aborted = known.exits.iter().filter(|exit| exit.contains("SIGABRT")).count();
        verdict.at_failpoints += u32::try_from(aborted).unwrap_or(u32::MAX);
    }
    verdict.webhooks = evidence.told.times.len();
    verdict.accepted = evidence.told.ids.values().flatten().count();
    verdict
}

/// How long people waited for answers: before, while and after what the seed is about.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    pub before: Vec<Duration>,
    pub during: Vec<Duration>,
    pub after: Vec<Duration>,
}

impl Answers {
    pub(crate) fn between(answers: &[(Instant, Duration)], marks: &[Instant]) -> Self {
        let mut sorted = Self::default();
        for (asked, took) in answers {
            let place = marks.iter().filter(|mark| *mark <= asked).count();
            match place {
                0 => sorted.before.push(*took),
                1 => sorted.during.push(*took),
                _ => sorted.after.push(*took),
            }
        }
        sorted
    }

    pub(crate) fn violations(&self, fault: Fault) -> Vec<String> {
        let worst = |answers: &[Duration], percent| percentile(answers, percent).unwrap_or_default();
        let mut found = Vec::new();
        if fault == Fault::Doorbell {
            let (usual, slowest) = (worst(&self.before, 100), worst(&self.during, 100));
            if self.before.is_empty() || self.during.is_empty() || self.after.is_empty() {
                found.push(format!("I10: nobody was answered in one of the three parts: {self:?}"));
            }
            // One slow answer before must not excuse slow ones after.
            let mostly = worst(&self.during, 50) > worst(&self.before, 50) + SLOWER;
            if slowest > usual + SLOWER || mostly {
                found.push(format!("I10: without the doorbell an answer took {} ms", slowest.as_millis()));
            }
        }
        // Beyond what the machine did to them anyway: the same people were answered without the pile just before.
        if fault == Fault::Noise && self.during.is_empty() {
            found.push("I10: nobody was answered behind another's pile".to_owned());
        }
        if fault == Fault::Noise && worst(&self.during, 95) > worst(&self.before, 95) + SLOWER {
            let (alone, behind) = (millis(&self.before), millis(&self.during));
            found.push(format!("I10: behind another's pile answers took {behind:?} ms, alone {alone:?}"));
        }
        found
    }

    pub fn extend(&mut self, other: &Self) {
        self.before.extend(&other.before);
        self.during.extend(&other.during);
        self.after.extend(&other.after);
    }
}

/// The time within which `percent` of them came.
pub fn percentile(times: &[Duration], percent: usize) -> Option<Duration> {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied()
}

fn millis(times: &[Duration]) -> Vec<u128> {
    times.iter().map(Duration::as_millis).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_belongs_to_the_part_in_which_it_was_asked_for() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let ms = Duration::from_millis;
        let answers = [(at(1), ms(30)), (at(2), ms(40)), (at(5), ms(500)), (at(9), ms(35))];
        let sorted = Answers::between(&answers, &[at(3), at(7)]);
        assert_eq!((sorted.before.len(), &sorted.during, &sorted.after), (2, &vec![ms(500)], &vec![ms(35)]));
        assert!(sorted.violations(Fault::Doorbell).is_empty());
        let slow = Answers { during: vec![ms(2_100)], ..sorted };
        assert_eq!(slow.violations(Fault::Doorbell).len(), 1);
        let excused = Answers { before: vec![ms(30), ms(30), ms(9_000)], during: vec![ms(2_100); 3], ..slow };
        assert_eq!(excused.violations(Fault::Doorbell).len(), 1, "one slow answer before does not excuse three");
        assert_eq!(Answers::default().violations(Fault::Doorbell).len(), 1, "silence proves nothing");
    }

    #[test]
    fn percentiles_are_of_what_there_is() {
        let times: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 95), Some(Duration::from_millis(96)));
        assert_eq!(percentile(&times, 100), Some(Duration::from_millis(100)));
        assert_eq!(percentile(&[], 50), None);
    }
}
