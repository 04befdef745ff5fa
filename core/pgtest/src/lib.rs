//! A throwaway PostgreSQL for tests: its own cluster on a socket in a temporary folder, one database per test.
//!
//! Invariants: never listens on a network; runs as an unprivileged user, because `initdb` and `postgres` refuse
//! root; is stopped by the process id it wrote, by whoever started it. `cargo xtask test` starts one and names it
//! in [`VARIABLE`]; a test run by hand without one starts its own and stops it when the process ends.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context, Result, bail, ensure};

/// Holds the socket folder of a running cluster.
pub const VARIABLE: &str = "FRONTDESK_TEST_POSTGRES";
/// Debian's place for the server binaries, newest first.
const FOLDERS: [&str; 4] =
    ["/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/15/bin", "/usr/local/bin"];
/// The cluster's own superuser.
const SUPERUSER: &str = "frontdesk_test";

/// A running cluster; stopped when dropped.
#[derive(Debug)]
pub struct Cluster {
    folder: tempfile::TempDir,
    bin: PathBuf,
}

impl Cluster {
    /// `durable` keeps fsync on, where surviving a crash is what is tested.
    pub fn start(durable: bool) -> Result<Self> {
        let bin = binaries()?;
        let folder = tempfile::Builder::new().prefix("fdpg").tempdir()?;
        let data = folder.path().join("data");
        fs::create_dir(&data)?;
        hand_over(folder.path())?;
        hand_over(&data)?;
        let init = as_server(&bin.join("initdb"))
            .args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust", "--username", SUPERUSER, "-D"])
            .arg(&data)
            .output()
            .context("initdb")?;
        ensure!(init.status.success(), "initdb: {}", String::from_utf8_lossy(&init.stderr));
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=200 -c fsync={} -c shared_buffers=64MB",
            folder.path().display(),
            if durable { "on" } else { "off" }
        );
        let started = as_server(&bin.join("pg_ctl"))
            .args(["start", "--wait", "--silent", "-D"])
            .arg(&data)
            .arg("-l")
            .arg(folder.path().join("log"))
            .args(["-o", &options])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .context("pg_ctl")?;
        ensure!(
            started.success(),
            "PostgreSQL did not start: {}",
            fs::read_to_string(folder.path().join("log")).unwrap_or_default()
        );
        Ok(Self { folder, bin })
    }

    /// What [`VARIABLE`] should hold.
    pub fn socket(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let stopped =
            as_server(&self.bin.join("pg_ctl")).args(["stop", "--mode=immediate", "--silent", "-D"]).arg(data).status();
        drop(stopped);
    }
}

/// A new empty database in the cluster that [`VARIABLE`] names; its URL.
pub fn database() -> Result<String> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let socket = std::env::var(VARIABLE).with_context(|| {
        format!("{VARIABLE} is not set: run the tests with `cargo xtask test`, or start a cluster with `cargo xtask postgres`")
    })?;
    let name = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let created = Command::new(binaries()?.join("createdb")).args(["-h", &socket, "-U", SUPERUSER, &name]).output()?;
    ensure!(created.status.success(), "createdb: {}", String::from_utf8_lossy(&created.stderr));
    let host: String = socket.replace('/', "%2F");
    Ok(format!("postgres://{SUPERUSER}@{host}/{name}"))
}

/// Where the server programs are, or what to install.
pub fn binaries() -> Result<PathBuf> {
    let found = FOLDERS.iter().map(Path::new).find(|folder| folder.join("initdb").exists());
    found.map(Path::to_owned).context("no PostgreSQL server programs found: install Debian's package postgresql-15")
}

/// A command run as the user `postgres` when we are root.
fn as_server(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn hand_over(path: &Path) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(if path.ends_with("data") { 0o700 } else { 0o755 }))?;
    if is_root() {
        let changed = Command::new("chown").arg("postgres:postgres").arg(path).status()?;
        if !changed.success() {
            bail!("there is no user postgres to run the server as: install Debian's package postgresql-15");
        }
    }
    Ok(())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}
