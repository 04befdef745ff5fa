//! The drill: a copy made while people wrote is restored elsewhere, and says nothing until somebody lets it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use app::tasks::Tasks;
use tokio::{process::Command, time::Instant};
use uuid::Uuid;

use super::{
    house::House,
    ledger::{self, Ledger},
    node::{Node, Recipe},
    stage::Stage,
};

/// Long enough for whatever would move to move: every loop polls twice a second.
const WATCHED: Duration = Duration::from_secs(3);
const REST: Duration = Duration::from_secs(45);

fn file(stage: &Stage) -> PathBuf {
    stage.flat.folder.path().join("backup")
}

/// While the nodes work.
pub(crate) async fn back_up(stage: &Stage) -> Result<()> {
    let file = file(stage);
    let recipe = stage.flat.recipe("data", &stage.proxy.url, &[])?;
    command(&recipe, &["backup", &file.display().to_string()], &stage.flat.database).await
}

/// What is wrong with the restored copy.
pub(crate) async fn drill(house: &House, stage: &Stage, tenant: Uuid) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let database = house.second(stage.trial.seed, &stage.flat)?;
    let recipe = stage.flat.recipe_on(&database, "restored", &stage.proxy.url, &[])?;
    command(&recipe, &["restore", &file(stage).display().to_string()], &database).await?;
    let data = stage.flat.folder.path().join("restored");
    let before = stage.provider.sent().len();
    run_on(recipe.clone(), async { tokio::time::sleep(WATCHED).await }).await?;
    let after = stage.provider.sent().len();
    if after > before {
        found.push(format!("I2: a restored copy sent {} messages by itself", after - before));
    }
    let tables = Ledger::open(&database).await?.snapshot().await?;
    if tables.outbox.is_empty() {
        found.push("I2: the copy holds no message at all".to_owned());
    }
    for row in tables.outbox.iter().filter(|row| ["queued", "claimed", "sending"].contains(&row.state.as_str())) {
        found.push(format!("I2: {} is {} in a restored copy", row.id, row.state));
    }
    if tables.overlaps > 0 {
        found.push(format!("I3: {} pairs of claims overlap in the copy", tables.overlaps));
    }
    if let Some(row) = ledger::first_broken_audit(&database, &data, tenant).await? {
        found.push(format!("I9: the copy's audit chain breaks at row {row}"));
    }
    command(&recipe, &["release"], &database).await?;
    let left = run_on(recipe, at_rest(&database)).await??;
    found.extend(left.into_iter().map(|(what, many)| format!("I10: {many} {what} of the copy wait after its release")));
    house.forget_second(stage.trial.seed)?;
    Ok(found)
}

/// A node for as long as `meanwhile` takes.
async fn run_on<T>(recipe: Recipe, meanwhile: impl Future<Output = T>) -> Result<T> {
    let tasks = Arc::new(Tasks::default());
    let node = Node::start(recipe, Vec::new(), &tasks);
    node.ready(Duration::from_secs(20)).await.context("on the restored copy")?;
    let outcome = meanwhile.await;
    node.stop(Duration::from_secs(15)).await?;
    tasks.drain(Duration::from_millis(500)).await;
    Ok(outcome)
}

async fn at_rest(database: &str) -> Result<Vec<(String, i64)>> {
    let until = Instant::now() + REST;
    loop {
        let left = Ledger::open(database).await?.restless().await?;
        if left.is_empty() || Instant::now() > until {
            return Ok(left);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn command(recipe: &Recipe, words: &[&str], database: &str) -> Result<()> {
    let data = recipe.arguments.last().context("no data directory")?;
    let mut command = Command::new(&recipe.binary);
    command.args(words).args(["--database", database, "--data-dir", data]).envs(&recipe.environment);
    let output = command.kill_on_drop(true).output().await?;
    ensure!(output.status.success(), "I10: {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
