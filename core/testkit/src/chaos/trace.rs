//! What the kernel saw of one webhook: the sync of its row returned before the 200 was written.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use app::tasks::Tasks;
use serde_json::json;

use super::{
    house::House,
    nemesis::Fault,
    node::{Arm, Node},
    wire,
};

/// The lines from the request to the answer; an error when nothing was synced between them. SQLite only: PostgreSQL
/// syncs in a process of its own.
pub async fn synced_before_answered(house: &House) -> Result<Vec<String>> {
    let flat = house.flat(1, Fault::Reorder)?;
    let file = flat.folder.path().join("trace");
    let tasks = Arc::new(Tasks::default());
    let recipe = flat.recipe("data", "http://127.0.0.1:9", &[])?;
    let node = Node::start(recipe, vec![Arm::Traced(file.clone())], &tasks);
    let address = node.ready(Duration::from_secs(60)).await?;
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "52", "phone_number_id": house.number },
        "contacts": [{ "profile": { "name": "Ana" }, "wa_id": "5215500000001" }],
        "messages": [{ "from": "5215500000001", "id": "wamid.TRACED", "timestamp": "1772463600", "type": "text", "text": { "body": "hola" } }],
    } }] }] })
    .to_string();
    let signature = channels::simulator::sign(&house.secret, body.as_bytes());
    let status = wire::post(&address, &house.path, &signature, &body).await?;
    ensure!(status == 200, "the webhook was answered with {status}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stopped = node.stop(Duration::from_secs(20)).await;
    tasks.drain(Duration::from_millis(500)).await;
    stopped?;
    let trace = std::fs::read_to_string(&file).context("strace wrote nothing")?;
    between(&trace)
}

/// From the read of the request to the write of its answer, with every sync that returned in between.
fn between(trace: &str) -> Result<Vec<String>> {
    let from =
        trace.lines().position(|line| line.contains("POST /webhooks/")).context("the request is not in the trace")?;
    let rest = trace.lines().skip(from);
    let mut lines = Vec::new();
    for line in rest {
        let synced = ["fsync", "fdatasync"].iter().any(|call| line.contains(call)) && line.trim_end().ends_with("= 0");
        let answered = line.contains("HTTP/1.1 200");
        if lines.is_empty() || synced || answered {
            lines.push(line.to_owned());
        }
        if answered {
            ensure!(lines.len() > 2, "the 200 was written before anything was synced: {lines:?}");
            return Ok(lines);
        }
    }
    anyhow::bail!("the answer is not in the trace")
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = "7 recvfrom(9, \"POST /webhooks/whatsapp/chn\", 8192) = 512";
    const SYNC: &str = "8 fdatasync(11) = 0";
    const WRITE: &str = "7 writev(9, \"HTTP/1.1 200 OK\") = 90";

    #[test]
    fn a_sync_counts_only_between_the_request_and_the_answer() {
        assert_eq!(
            between(&[SYNC, READ, "8 fdatasync(11 <unfinished ...>", SYNC, WRITE].join("\n")).unwrap(),
            [READ, SYNC, WRITE]
        );
        assert!(between(&[SYNC, READ, WRITE, SYNC].join("\n")).is_err());
        assert!(between(&[READ, "8 fdatasync(11) = -1 EIO", WRITE].join("\n")).is_err());
    }
}
