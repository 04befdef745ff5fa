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
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=500 -c fsync={} -c shared_buffers=64MB",
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

    /// A new database of this cluster, empty or a copy; its URL.
    pub fn database(&self, name: &str, template: Option<&str>) -> Result<String> {
        let mut command = self.client("createdb");
        if let Some(template) = template {
            command.args(["-T", template]);
        }
        told(command.arg(name))?;
        Ok(url(&self.socket().display().to_string(), name))
    }

    pub fn drop_database(&self, name: &str) -> Result<()> {
        told(self.client("dropdb").args(["--if-exists", "--force", name])).map(|_said| ())
    }

    /// Everything in a database, as SQL.
    pub fn dump(&self, name: &str) -> Result<String> {
        told(self.client("pg_dump").arg(name))
    }

    pub fn load(&self, name: &str, dump: &str) -> Result<()> {
        let file = self.folder.path().join("load.sql");
        // The role belongs to the cluster, not to the database, so a dump does not make it.
        fs::write(&file, format!("CREATE ROLE frontdesk_app NOLOGIN NOBYPASSRLS;\n{dump}"))?;
        told(self.client("psql").args(["--quiet", "-d", name, "-f"]).arg(&file)).map(|_said| ())
    }

    /// As if the machine had lost power and come back.
    pub fn crash_and_restart(&self) -> Result<()> {
        let mut command = as_server(&self.bin.join("pg_ctl"));
        command.args(["restart", "--wait", "--silent", "--mode=immediate", "-D"]);
        command.arg(self.folder.path().join("data")).arg("-l").arg(self.folder.path().join("log"));
        let done = command.stdin(Stdio::null()).stdout(Stdio::null()).status().context("pg_ctl")?;
        ensure!(done.success(), "PostgreSQL did not restart");
        Ok(())
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.arg("-h").arg(self.socket()).args(["-U", SUPERUSER]);
        command
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
    told(Command::new(binaries()?.join("createdb")).args(["-h", &socket, "-U", SUPERUSER, &name]))?;
    Ok(url(&socket, &name))
}

fn url(socket: &str, name: &str) -> String {
    format!("postgres://{SUPERUSER}@{}/{name}", socket.replace('/', "%2F"))
}

/// What a program printed; an error holds its complaint.
fn told(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot run {:?}", command.get_program()))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{:?}: {complaint}", command.get_program());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
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
