//! The built server, started for browser tests on a free port with a demo of its own.

use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{leash::Leash, shell::target};

/// What the server prints once it can be reached, before the address.
const LISTENING: &str = "listening on ";
const PATIENCE: Duration = Duration::from_secs(60);

/// Stopped by its process id when dropped, or when we are killed.
pub(crate) struct Server {
    pub(crate) url: String,
    child: Child,
    folder: tempfile::TempDir,
    _leash: Leash,
}

impl Server {
    pub(crate) fn start(root: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("frontdesk").tempdir()?;
        let log = folder.path().join("log");
        let output = File::create(&log)?;
        let mut child = Command::new(target(root).join("debug/frontdesk"))
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.path().join("data"))
            .current_dir(root)
            // Fragments are merged for a second and a half otherwise, each time a test writes something.
            .env("FRONTDESK_BURST_MS", "200")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .context("cannot run the built server")?;
        let leash = Leash::new(
            "kill \"$1\"; sleep 1; rm -rf \"$2\"",
            &[&child.id().to_string(), folder.path().to_str().context("the temporary folder's name is not UTF-8")?],
        )?;
        let url = match wait_for_address(&mut child, &log) {
            Ok(url) => url,
            Err(error) => {
                // It may be gone already; then there is nothing to stop.
                let _gone = child.kill();
                return Err(error);
            }
        };
        Ok(Self { url, child, folder, _leash: leash })
    }

    /// What it said so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").arg(&pid).status();
        let until = Instant::now() + Duration::from_secs(10);
        while asked.is_ok() && Instant::now() < until {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        // Asked politely long enough.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn wait_for_address(child: &mut Child, log: &Path) -> Result<String> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let said = std::fs::read_to_string(log)?;
        if let Some(url) = address(&said) {
            return Ok(url);
        }
        if let Some(status) = child.try_wait()? {
            bail!("the server ended with {status} before it listened; it said:\n{said}");
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("the server did not say `{LISTENING}http://…` within {} s", PATIENCE.as_secs())
}

fn address(said: &str) -> Option<String> {
    // Up to the last line break only: a half-written line may hold half an address.
    let (whole, _rest) = said.rsplit_once('\n')?;
    whole.lines().find_map(|line| {
        let (_before, after) = line.split_once(LISTENING)?;
        after.split_whitespace().next().filter(|word| word.starts_with("http://")).map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_only_once_its_line_is_whole() {
        assert_eq!(address("INFO seeding\nINFO listening on http://127.0.0.1:80"), None);
        let said = "INFO seeding\nINFO listening on http://127.0.0.1:8099 (sqlite)\n";
        assert_eq!(address(said).as_deref(), Some("http://127.0.0.1:8099"));
    }
}
