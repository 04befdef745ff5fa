//! A Unix socket in the data directory, through which commands reach the server that owns the database.
//!
//! Only the owner of the data directory can open it (mode 0600). One JSON line in, one JSON line out.

use std::{os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use app::{App, tasks::Stop};
use serde::{Deserialize, Serialize};
use store::StoreError;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
};

use crate::{
    cli::say,
    commands::{
        availability::{self, AvailabilityQuestion},
        channel::{self, ChannelCommand},
        module::{self, ModuleCommand},
        plan::{self, PlanCommand},
        quarantine::{self, QuarantineCommand},
    },
    config::Config,
    wiring::{self, Role},
};

/// What can be asked of a running server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    Module(ModuleCommand),
    Plan(PlanCommand),
    Channel(ChannelCommand),
    Availability(AvailabilityQuestion),
    Quarantine(QuarantineCommand),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done(String),
    Failed(String),
}

fn path(config: &Config) -> PathBuf {
    config.data_dir.join("control.sock")
}

/// The running server's answer; `None` when no server listens.
pub(crate) async fn ask(config: &Config, order: &Order) -> Result<Option<String>> {
    let Ok(mut socket) = UnixStream::connect(path(config)).await else { return Ok(None) };
    let mut line = serde_json::to_string(order)?;
    line.push('\n');
    socket.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    let reading = BufReader::new(socket);
    tokio::time::timeout(Duration::from_secs(60), async {
        let mut reading = reading;
        reading.read_line(&mut answer).await
    })
    .await
    .context("the server does not answer")??;
    match serde_json::from_str(&answer).context("the server answered something else")? {
        Answer::Done(text) => Ok(Some(text)),
        Answer::Failed(why) => bail!("{why}"),
    }
}

/// Serves commands until the process ends.
pub(crate) fn serve(config: &Config, app: Arc<App>, mut stop: Stop) -> Result<impl Future<Output = ()> + Send + use<>> {
    let path = path(config);
    // A socket left by a process that was killed; the database's own lock keeps two servers apart.
    if path.exists() {
        std::fs::remove_file(&path)?;
    }
    let listener = UnixListener::bind(&path).with_context(|| format!("cannot open {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.wait() => break,
            };
            if let Ok((socket, _)) = accepted
                && let Err(error) = converse(socket, &app).await
            {
                tracing::warn!(%error, "a control command was not answered");
            }
        }
        // Gone already is as good.
        let _removed = std::fs::remove_file(&path);
    })
}

async fn converse(socket: UnixStream, app: &App) -> Result<()> {
    let mut stream = BufReader::new(socket);
    let mut line = String::new();
    tokio::time::timeout(Duration::from_secs(5), stream.read_line(&mut line)).await??;
    let answer = match serde_json::from_str::<Order>(&line) {
        Ok(order) => match carry_out(app, &order).await {
            Ok(text) => Answer::Done(text),
            Err(error) => Answer::Failed(format!("{error:#}")),
        },
        Err(error) => Answer::Failed(error.to_string()),
    };
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    Ok(stream.get_mut().write_all(text.as_bytes()).await?)
}

/// Does it, in whichever process owns the database; the answer is for the terminal.
pub(crate) async fn carry_out(app: &App, order: &Order) -> Result<String> {
    match order {
        Order::Module(command) => module::carry_out(app, command).await,
        Order::Plan(command) => plan::carry_out(app, command).await,
        Order::Channel(command) => channel::carry_out(app, command).await,
        Order::Availability(question) => availability::answer(app, question).await,
        Order::Quarantine(command) => quarantine::carry_out(app, command).await,
    }
}

/// Through the server that owns the database, or by ourselves when none runs.
pub(crate) async fn run(config: &Config, order: Order) -> Result<()> {
    if let Some(answer) = ask(config, &order).await? {
        return say(answer);
    }
    let desk = match wiring::build(config, Role::default()).await {
        Ok(desk) => desk,
        Err(error) if matches!(error.downcast_ref::<StoreError>(), Some(StoreError::AlreadyRunning(_))) => {
            return Err(error.context("a server runs on this database but does not answer on its control socket"));
        }
        Err(error) => return Err(error),
    };
    say(carry_out(&desk.app, &order).await?)
}
