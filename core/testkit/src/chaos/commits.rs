//! A line to PostgreSQL that breaks off now and then after a COMMIT was carried out and before anybody is told.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result};
use app::tasks::Tasks;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
};

use super::{chance::Chance, locked};

/// As the driver sends it: a statement of its own.
const COMMIT: &[u8] = b"COMMIT\0";
/// Of a hundred commits so many are not told of.
const PERCENT: u64 = 8;

pub(crate) struct CommitLine {
    /// The database, reached over this line.
    pub(crate) url: String,
    cuts: Arc<Mutex<bool>>,
}

impl CommitLine {
    /// `database` is reached by a socket in a folder, as the harness's clusters are.
    pub(crate) async fn before(database: &str, chance: Chance, tasks: &Arc<Tasks>) -> Result<Self> {
        let (who, place) = database.split_once('@').context("no user in the database's address")?;
        let (folder, name) = place.split_once('/').context("no name in the database's address")?;
        let socket = PathBuf::from(folder.replace("%2F", "/")).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("{who}@{}/{name}?sslmode=disable", listener.local_addr()?);
        let cuts = Arc::new(Mutex::new(true));
        let (shared, mut chance, own) = (Arc::clone(&cuts), chance, Arc::clone(tasks));
        tasks.spawn("commit line", async move {
            while let Ok((near, _)) = listener.accept().await {
                let (socket, shared, chance) = (socket.clone(), Arc::clone(&shared), Chance::new(chance.number()));
                own.spawn("connection", async move {
                    // A line that broke is what was wanted.
                    let _broken = carry(near, &socket, &shared, chance).await;
                });
            }
        });
        Ok(Self { url, cuts })
    }

    /// From now on everything is told.
    pub(crate) fn mend(&self) {
        *locked(&self.cuts) = false;
    }
}

async fn carry(mut near: TcpStream, socket: &Path, cuts: &Mutex<bool>, mut chance: Chance) -> std::io::Result<()> {
    let mut far = UnixStream::connect(socket).await?;
    let (mut out, mut back) = (vec![0_u8; 16_384], vec![0_u8; 16_384]);
    loop {
        tokio::select! {
            read = near.read(&mut out) => {
                let asked = out.get(..read?).unwrap_or_default();
                if asked.is_empty() {
                    return Ok(());
                }
                far.write_all(asked).await?;
                let commits = asked.windows(COMMIT.len()).any(|window| window == COMMIT);
                if commits && *locked(cuts) && chance.likely(PERCENT) {
                    // Its answer is the proof that it was carried out; nobody else hears of it.
                    let _answer = tokio::time::timeout(Duration::from_secs(5), far.read(&mut back)).await;
                    return Ok(());
                }
            }
            read = far.read(&mut back) => {
                let told = back.get(..read?).unwrap_or_default();
                if told.is_empty() {
                    return Ok(());
                }
                near.write_all(told).await?;
            }
        }
    }
}
