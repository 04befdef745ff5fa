//! What must hold when all is quiet, computed from the tables and from what the provider recorded.
//!
//! Each check says in a line what is wrong; an empty list is the proof. Each is itself proven by a build or a
//! database broken on purpose (`Broken`), which it must catch.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{Id, OutboxId};
use tokio::time::Instant;

use super::{
    door::Told,
    ledger::{Departure, Snapshot},
    nemesis::Fault,
    provider::Sent,
};

/// All there is to judge a seed by.
pub(crate) struct Evidence<'a> {
    pub(crate) fault: Fault,
    pub(crate) echo: bool,
    /// How long word of a first copy was to be waited for.
    pub(crate) word_wait: Duration,
    pub(crate) tables: &'a Snapshot,
    pub(crate) told: &'a Told,
    pub(crate) sent: &'a [Sent],
}

/// Copies the provider took of one message.
type Copies<'a> = BTreeMap<String, Vec<&'a Sent>>;

/// Every violation, as `I2: …`.
pub(crate) fn all(evidence: &Evidence<'_>) -> Vec<String> {
    let mut taken: Copies<'_> = BTreeMap::new();
    for sent in evidence.sent.iter().filter(|sent| sent.taken.is_some()) {
        taken.entry(sent.outbox.clone()).or_default().push(sent);
    }
    let mut found = Vec::new();
    inbox(evidence, &mut found);
    replies(evidence, &taken, &mut found);
    if evidence.tables.overlaps > 0 {
        found.push(format!("I3: {} pairs of claims overlap", evidence.tables.overlaps));
    }
    ticks(evidence, &mut found);
    order(evidence, &taken, &mut found);
    reminders(evidence, &taken, &mut found);
    jobs(evidence, &mut found);
    turns(evidence, &mut found);
    found
}

/// I1: one row for each id that got a 200, none twice, nothing half done.
fn inbox(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let rows: BTreeMap<&str, (&str, i64)> =
        evidence.tables.inbox.iter().map(|row| (row.provider_id.as_str(), (row.state.as_str(), row.copies))).collect();
    for (id, acknowledged) in &evidence.told.ids {
        match (acknowledged, rows.get(id.as_str())) {
            (Some(_), None) => found.push(format!("I1: {id} got a 200 and has no row")),
            (_, Some((_, copies))) if *copies > 1 => found.push(format!("I1: {id} has {copies} rows")),
            (_, Some((state, _))) if *state == "dead" => found.push(format!("I1: {id} was given up")),
            _ => {}
        }
    }
    for id in rows.keys().filter(|id| **id != "poison" && !evidence.told.ids.contains_key(**id)) {
        found.push(format!("I1: {id} has a row and was never posted"));
    }
    let unreadable = i64::from(evidence.told.unreadable);
    if evidence.tables.quarantined < unreadable {
        found.push(format!("I1: {unreadable} unreadable parts, {} in quarantine", evidence.tables.quarantined));
    }
}

/// I2: each message ended once; never lost means at least one copy, never doubled at most one.
fn replies(evidence: &Evidence<'_>, taken: &Copies<'_>, found: &mut Vec<String>) {
    let known: BTreeSet<String> = evidence.tables.outbox.iter().map(name).collect();
    for outbox in taken.keys().filter(|outbox| !known.contains(*outbox)) {
        found.push(format!("I2: {outbox} was sent and is in no outbox"));
    }
    for row in &evidence.tables.outbox {
        let id = name(row);
        let copies = taken.get(&id).map_or(&[][..], Vec::as_slice);
        let never_doubled = row.class.contains("never_doubled");
        if !["sent", "failed", "parked", "expired"].contains(&row.state.as_str()) {
            found.push(format!("I2: {id} stays {}", row.state));
        }
        if copies.is_empty() && (row.state == "sent" || !never_doubled) {
            found.push(format!("I2: {id} is {} ({}) and never left", row.state, row.reason));
        }
        if never_doubled && copies.len() > 1 {
            found.push(format!("I2: {id} must never be doubled and left {} times", copies.len()));
        }
        let extra = i64::try_from(copies.len()).unwrap_or(0) - 1;
        if !never_doubled && extra > row.doubts {
            found.push(format!("I2: {id} left {} times with {} doubts", copies.len(), row.doubts));
        }
        if evidence.echo {
            for pair in copies.windows(2) {
                if let [first, second] = pair {
                    premature(evidence, &id, first, second, found);
                }
            }
        }
    }
}

/// Where statuses carry our id, a second copy goes only after two minutes of silence (here: some seconds).
fn premature(evidence: &Evidence<'_>, id: &str, first: &Sent, second: &Sent, found: &mut Vec<String>) {
    let waited = second.at.saturating_duration_since(first.at);
    let heard: Option<Instant> = first
        .taken
        .iter()
        .flat_map(|wamid| {
            ["sent", "delivered", "read"]
                .map(|word| evidence.told.ids.get(&format!("{wamid}:{word}")).copied().flatten())
        })
        .flatten()
        .min();
    // A word that came while the second was already on its way could not stop it.
    let word_was_there = heard.is_some_and(|heard| heard + Duration::from_millis(400) < second.at);
    if waited < evidence.word_wait || word_was_there {
        found.push(format!(
            "I2: {id} was doubled after {} ms, word of it {}",
            waited.as_millis(),
            if word_was_there { "had come" } else { "had not come" }
        ));
    }
}

/// I2: ticks show the furthest that was reported, in whatever order the reports came.
fn ticks(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    const WORDS: [&str; 3] = ["read", "delivered", "sent"];
    let rank = |word: &str| WORDS.iter().rev().position(|other| *other == word);
    for (wamid, shown) in &evidence.tables.ticks {
        let told = |word: &&&str| evidence.told.ids.get(&format!("{wamid}:{word}")).copied().flatten().is_some();
        let Some(furthest) = WORDS.iter().find(told) else { continue };
        if rank(shown) < rank(furthest) {
            found.push(format!("I2: {wamid} was reported as {furthest} and is shown as {shown}"));
        }
    }
}

/// I4: to each recipient the replies of its turns left in the order of the turns.
fn order(evidence: &Evidence<'_>, taken: &Copies<'_>, found: &mut Vec<String>) {
    let mut last: BTreeMap<&str, (Instant, String)> = BTreeMap::new();
    let mut rows: Vec<(&Departure, (i64, i64))> =
        evidence.tables.outbox.iter().filter_map(|row| Some((row, cause(row)?))).collect();
    rows.sort_by_key(|(_, cause)| *cause);
    for (row, _) in rows {
        let id = name(row);
        let Some(first) = taken.get(&id).and_then(|copies| copies.iter().map(|sent| sent.at).min()) else { continue };
        if let Some((before, other)) = last.get(row.recipient.as_str())
            && first < *before
        {
            found.push(format!("I4: {id} left before {other}, which was queued earlier"));
        }
        last.insert(&row.recipient, (first, id));
    }
}

/// I5: one reminder at most for each job, and the job says what became of it.
fn reminders(evidence: &Evidence<'_>, taken: &Copies<'_>, found: &mut Vec<String>) {
    for job in evidence.tables.jobs.iter().filter(|job| job.kind == "remind" && job.due) {
        let said: Vec<&Departure> = evidence
            .tables
            .outbox
            .iter()
            .filter(|row| row.dedupe_key.contains(&format!("remind:job_{}", job.id.simple())))
            .collect();
        let copies: usize = said.iter().map(|row| taken.get(&name(row)).map_or(0, Vec::len)).sum();
        if said.len() > 1 {
            found.push(format!("I5: the reminder {} was queued {} times", job.id, said.len()));
        }
        if job.state == "done" && job.reason.is_empty() && (said.is_empty() || copies == 0) {
            found.push(format!("I5: the reminder {} is done and nobody got it", job.id));
        }
    }
}

/// I6: every job that was due has ended; only poison was set aside.
fn jobs(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for job in evidence.tables.jobs.iter().filter(|job| job.due) {
        let right = if job.kind == "unheard_of" { "dead" } else { "done" };
        if job.state != right {
            found.push(format!("I6: the job {} ({}) is {} ({})", job.id, job.kind, job.state, job.reason));
        }
    }
    if evidence.fault == Fault::Poison {
        let dead = evidence.tables.inbox.iter().any(|row| row.provider_id == "poison" && row.state == "dead");
        if !dead {
            found.push("I6: the poisoned event was not set aside".to_owned());
        }
    }
}

/// I7: no arrival was taken care of by two turns.
fn turns(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let mut taken: BTreeMap<i64, i64> = BTreeMap::new();
    for turn in &evidence.tables.turns {
        for seq in serde_json::from_str::<Vec<i64>>(&turn.seqs).unwrap_or_default() {
            if let Some(other) = taken.insert(seq, turn.token) {
                found
                    .push(format!("I7: arrival {seq} of {} was taken by tokens {other} and {}", turn.peer, turn.token));
            }
        }
    }
}

/// `cnv_…:turn:SEQ:PLACE`.
fn cause(row: &Departure) -> Option<(i64, i64)> {
    let (_, turn) = row.dedupe_key.split_once(":turn:")?;
    let (seq, place) = turn.split_once(':')?;
    Some((seq.parse().ok()?, place.parse().ok()?))
}

pub(crate) fn name(row: &Departure) -> String {
    OutboxId::from_uuid(row.id).to_string()
}
