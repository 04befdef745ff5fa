//! Debian's NATS server, started, killed and started again on the same port.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Mutex,
};

use anyhow::{Context, Result};

use super::locked;

pub(crate) struct NatsServer {
    port: u16,
    child: Mutex<Option<Child>>,
}

impl NatsServer {
    pub(crate) fn start() -> Result<Self> {
        // Free a moment ago; whoever takes it meanwhile breaks the seed, and the seed says so.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let server = Self { port, child: Mutex::new(None) };
        server.again()?;
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Starts it; let it go on when it is only stopped.
    pub(crate) fn again(&self) -> Result<()> {
        let mut child = locked(&self.child);
        if let Some(stopped) = child.as_ref() {
            return signal(stopped, "CONT");
        }
        let mut command = Command::new("nats-server");
        command.args(["-a", "127.0.0.1", "-p", &self.port.to_string()]);
        let running = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        *child = Some(running.context("nats-server cannot be run; cargo xtask chaos installs it")?);
        Ok(())
    }

    /// Gone, as if the machine had lost power.
    pub(crate) fn kill(&self) -> Result<()> {
        if let Some(mut child) = locked(&self.child).take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// There, and deaf: connections stay open and nothing comes back.
    pub(crate) fn stand_still(&self) -> Result<()> {
        locked(&self.child).as_ref().map_or(Ok(()), |child| signal(child, "STOP"))
    }
}

fn signal(child: &Child, name: &str) -> Result<()> {
    Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status()?;
    Ok(())
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        // What does not die now dies with the machine.
        let _killed = self.kill();
    }
}
