//! Ends what we started when we end, however that happens: a shell waits on a pipe that only we hold open.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// While this lives, nothing happens; when our process is gone, `script` runs.
pub(crate) struct Leash(Child);

impl Leash {
    /// `script` is for `sh` and finds `arguments` as `$1`, `$2`….
    pub(crate) fn new(script: &str, arguments: &[&str]) -> Result<Self> {
        let waiting = format!("cat >/dev/null; {script}");
        // A session of its own, so that Ctrl-C reaches us and not the one who cleans up after us.
        let shell = Command::new("setsid")
            .args(["sh", "-c", &waiting, "leash"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Ok(Self(shell.context("cannot run setsid")?))
    }
}

impl Drop for Leash {
    /// Let go without running: who drops it has cleaned up in the ordinary way.
    fn drop(&mut self) {
        // If it is gone already there is nothing to end.
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Waits for `path`, at most two seconds.
    fn appears(path: &std::path::Path) -> bool {
        (0..40).any(|_try| {
            std::thread::sleep(Duration::from_millis(50));
            path.exists()
        })
    }

    #[test]
    fn the_script_runs_when_the_pipe_closes_and_not_when_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let (torn, let_go) = (folder.path().join("torn"), folder.path().join("let_go"));
        let mut leash = Leash::new("touch \"$1\"", &[torn.to_str().unwrap()]).unwrap();
        drop(leash.0.stdin.take());
        assert!(appears(&torn));
        drop(Leash::new("touch \"$1\"", &[let_go.to_str().unwrap()]).unwrap());
        assert!(!let_go.exists());
    }
}
