//! `TestApp`: the real server on a throwaway database, with the demo in it and a phone to talk to it.
//!
//! Nothing is faked but the phones: webhooks are signed posts over HTTP, modules are the built components, and the
//! clock stands where the test puts it. Start at [`TestApp::sqlite`].

pub mod chaos;
pub mod providers;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use app::{App, Demo, tasks::Tasks, view::ClockMove};
use domain::{
    Phone,
    message::{Body, Choice},
    outside_calendar::Calendars,
    simulator::{Bubble, Handset},
    vertical::Outside,
};
use frontdesk::{
    config::Config,
    wiring::{self, Role},
};
use jiff::Timestamp;
use tokio::{net::TcpListener, sync::oneshot};

/// Where every test begins: Monday, 2 March 2026, nine in the morning in Mexico City.
pub const MONDAY: &str = "2026-03-02T15:00:00Z";

/// A running server.
pub struct TestApp {
    pub url: String,
    pub app: Arc<App>,
    pub host: Arc<frontdesk::wiring::Host>,
    demo: Demo,
    config: Config,
    copies: AtomicUsize,
    ledger: tokio::sync::Mutex<chaos::Ledger>,
    tasks: Arc<Tasks>,
    stop: Option<oneshot::Sender<()>>,
    _folder: tempfile::TempDir,
}

impl TestApp {
    /// With the first business of the demo: most tests need no more, and setting one up takes its time.
    pub async fn sqlite() -> Result<Self> {
        Self::sqlite_with(|config| config).await
    }

    /// Set up otherwise: other addresses of providers, another storage.
    pub async fn sqlite_with(change: impl FnOnce(Config) -> Config) -> Result<Self> {
        Self::opened(String::new(), first(&demo()?)?, change).await
    }

    pub async fn postgres() -> Result<Self> {
        Self::postgres_with(|config| config).await
    }

    pub async fn postgres_with(change: impl FnOnce(Config) -> Config) -> Result<Self> {
        Self::opened(pgtest::database()?, first(&demo()?)?, change).await
    }

    /// With the demo business that runs `module`.
    pub async fn running(module: &str) -> Result<Self> {
        let demo = demo()?;
        let only = demo.business_of(module).map(|slug| demo.only(slug));
        let only = only.with_context(|| format!("no business in demo/demo.toml runs {module}"))?;
        Self::opened(String::new(), only, |config| config).await
    }

    /// With all businesses of the demo.
    pub async fn whole_demo() -> Result<Self> {
        Self::opened(String::new(), demo()?, |config| config).await
    }

    /// With other businesses than the demo's, on `database`, or on a throwaway file when that is empty.
    pub async fn with_demo(database: String, demo: &str) -> Result<Self> {
        Self::opened(database, Demo::parse(demo).map_err(anyhow::Error::msg)?, |config| config).await
    }

    /// With other servers that modules reach instead of the network.
    pub async fn reaching(database: String, outside: Arc<dyn Outside>) -> Result<Self> {
        let role = Role { outside: Some(outside), ..Role::default() };
        Self::set_up(database, first(&demo()?)?, |config| config, role).await
    }

    /// With calendars kept elsewhere instead of the network's.
    pub async fn beside(database: String, calendars: Arc<dyn Calendars>) -> Result<Self> {
        let role = Role { calendars: Some(calendars), ..Role::default() };
        Self::set_up(database, first(&demo()?)?, |config| config, role).await
    }

    async fn opened(database: String, demo: Demo, change: impl FnOnce(Config) -> Config) -> Result<Self> {
        Self::set_up(database, demo, change, Role::default()).await
    }

    async fn set_up(database: String, demo: Demo, change: impl FnOnce(Config) -> Config, role: Role) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let root = repository()?;
        share_compiled(folder.path(), &root)?;
        let config = change(Config {
            database,
            data_dir: folder.path().to_owned(),
            modules_dir: root.join("target/modules"),
            burst_ms: 20,
            ..Config::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let role = Role { demo: true, own_url: url.clone(), handsets: demo.handsets(), ..role };
        let desk = wiring::build(&config, role).await?;
        desk.app.move_clock(ClockMove::SetTo(MONDAY.parse::<Timestamp>()?)).await?;
        for name in demo.modules() {
            desk.install(component(name)?).await?;
        }
        desk.app.set_up_demo(&demo).await?;
        let host = Arc::clone(&desk.host);
        let (app, tasks, _store) = desk.start().await;
        let ledger = tokio::sync::Mutex::new(chaos::Ledger::open(&config.database_url()).await?);
        let (stop, stopped) = oneshot::channel::<()>();
        let served = web::serve(listener, Arc::clone(&app), async move {
            // A dropped test asks to stop as well as one that says so.
            let _asked = stopped.await;
        });
        tasks.spawn("http", async move {
            if let Err(error) = served.await {
                // Seen as failing requests by the test itself.
                drop(error);
            }
        });
        let (copies, stop) = (AtomicUsize::new(0), Some(stop));
        Ok(Self { url, app, host, demo, config, copies, ledger, tasks, stop, _folder: folder })
    }

    /// Where this server keeps what it keeps.
    pub fn data_dir(&self) -> &std::path::Path {
        &self.config.data_dir
    }

    /// A phone that talks to the demo business `slug`.
    pub fn phone(&self, slug: &str, number: &str, name: &str) -> Result<TestPhone<'_>> {
        let phone = Phone::parse(number)?;
        Ok(TestPhone {
            app: &self.app,
            ledger: &self.ledger,
            slug: slug.to_owned(),
            handset: Handset { phone, name: name.to_owned() },
        })
    }

    /// One more business like `slug`, which nobody else talks to; its slug.
    pub async fn another(&self, slug: &str) -> Result<String> {
        let copy = self.demo.again(slug, self.copies.fetch_add(1, Ordering::Relaxed) + 1);
        self.app.set_up_demo(&copy).await?;
        let business = copy.businesses().into_iter().next().with_context(|| format!("no business {slug}"))?;
        Ok(business.slug)
    }

    /// Another node on the same PostgreSQL. It works at nothing by itself: the test says what it does.
    pub async fn another_node(&self) -> Result<Arc<App>> {
        let role = Role { demo: true, own_url: self.url.clone(), ..Role::default() };
        Ok(wiring::build(&self.config, role).await?.app)
    }

    /// Statements straight to the database, past the code that owns its tables.
    pub async fn tamper(&self, sql: &'static str) -> Result<()> {
        chaos::tamper(&self.config.database_url(), sql).await
    }

    /// The demo business that runs `module`.
    pub fn business_of(&self, module: &str) -> Option<String> {
        self.demo.business_of(module).map(str::to_owned)
    }

    /// Drains as the server does.
    pub async fn stop(mut self) -> bool {
        if let Some(stop) = self.stop.take() {
            // Gone already is stopped already.
            let _told = stop.send(());
        }
        self.tasks.drain(Duration::from_secs(5)).await
    }
}

/// Lends the installation in `folder` the key and the compiled modules of all tests: to compile them anew would be most of
/// a test's time.
fn share_compiled(folder: &Path, root: &Path) -> Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, symlink};
    let mut key =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join("master.key"))?;
    key.write_all("7".repeat(64).as_bytes())?;
    let compiled = root.join("target/compiled-for-tests/app");
    std::fs::create_dir_all(&compiled)?;
    Ok(symlink(compiled, folder.join("compiled"))?)
}

fn demo() -> Result<Demo> {
    let demo = std::fs::read_to_string(repository()?.join("demo/demo.toml"))?;
    Demo::parse(&demo).map_err(anyhow::Error::msg)
}

fn first(demo: &Demo) -> Result<Demo> {
    let first = demo.businesses().first().map(|business| demo.only(&business.slug));
    first.context("the demo has no business")
}

/// One simulated customer.
pub struct TestPhone<'a> {
    app: &'a App,
    ledger: &'a tokio::sync::Mutex<chaos::Ledger>,
    slug: String,
    handset: Handset,
}

impl TestPhone<'_> {
    /// Says `line` (or taps the choice it names after `#`) and waits for the answer. Gives everything new on the screen.
    pub async fn say(&self, line: &str) -> Result<Vec<Bubble>> {
        let before = self.bubbles().await?;
        let body = match line.strip_prefix('#') {
            Some(wanted) => {
                tapped(&before, wanted.trim()).with_context(|| format!("nothing to tap that begins with {wanted}"))?
            }
            None => Body::text(line),
        };
        self.app.simulator_say(&self.slug, &self.handset, body).await?;
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(25)).await;
            let now = self.bubbles().await?;
            if now.iter().skip(before.len()).any(|bubble| !bubble.from_customer) {
                return Ok(self.all_of_it().await?.into_iter().skip(before.len()).collect());
            }
        }
        anyhow::bail!("no answer to {line:?} in five seconds")
    }

    /// The screen once nothing more comes: all that was said has been answered, and every answer has left.
    async fn all_of_it(&self) -> Result<Vec<Bubble>> {
        for _ in 0..2_000 {
            let now = self.app.clock().now;
            if self.ledger.lock().await.settled(&self.slug, &self.handset.phone, now).await? {
                return self.bubbles().await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        anyhow::bail!("{} was not done with its work in twenty seconds", self.slug)
    }

    /// Says `line` and waits for the first word of the answer: how long that took. Looks at the phone alone, so that ten
    /// who are timed do not take the server's time by looking.
    pub async fn timed(&self, line: &str) -> Result<Duration> {
        let screen = self.app.simulator_mirror(&self.slug, &self.handset.phone).await?;
        let mut before = screen().bubbles.len();
        // A screen keeps the last few hundred bubbles: on a full one, no answer is ever one more.
        if before > 30 {
            self.app.simulator_clear(&self.slug, &self.handset.phone).await?;
            before = 0;
        }
        let begun = Instant::now();
        self.app.simulator_say(&self.slug, &self.handset, Body::text(line)).await?;
        while begun.elapsed() < Duration::from_secs(20) {
            if screen().bubbles.iter().skip(before).any(|bubble| !bubble.from_customer) {
                return Ok(begun.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        anyhow::bail!("no answer to {line:?} in twenty seconds")
    }

    /// Says each line and gives the transcript.
    pub async fn chat(&self, lines: &[&str]) -> Result<String> {
        let mut transcript = String::new();
        for line in lines {
            for bubble in self.say(line).await? {
                transcript.push_str(&shown(&bubble));
                transcript.push('\n');
            }
        }
        Ok(transcript)
    }

    /// Has the conversation of a file again: its lines with `>` as they stand, what is answered now with `<`. A line that
    /// cannot be said ends it, with `!` and the reason.
    pub async fn replay(&self, file: &str) -> String {
        let mut transcript = String::new();
        for line in file.lines() {
            let Some(said) = line.strip_prefix("> ") else {
                if line.starts_with(['#', '@']) || line.is_empty() {
                    transcript.push_str(&format!("{line}\n"));
                }
                continue;
            };
            transcript.push_str(&format!("> {said}\n"));
            match self.say(said).await {
                Ok(bubbles) => {
                    for bubble in bubbles.iter().filter(|bubble| !bubble.from_customer) {
                        transcript.push_str(&format!("{}\n", shown(bubble)));
                    }
                }
                Err(error) => transcript.push_str(&format!("! {error}\n")),
            }
        }
        transcript
    }

    /// All that is on the screen.
    pub async fn bubbles(&self) -> Result<Vec<Bubble>> {
        Ok(self.app.simulator_screen(&self.slug, &self.handset.phone).await?.bubbles)
    }
}

fn tapped(bubbles: &[Bubble], wanted: &str) -> Option<Body> {
    let newest = bubbles.iter().rev().map(choices).find(|choices| !choices.is_empty())?;
    let choice = newest.iter().find(|choice| choice.title.starts_with(wanted))?;
    Some(Body::Chosen { id: choice.id.clone(), title: choice.title.clone() })
}

/// What can be tapped on it.
fn choices(bubble: &Bubble) -> &[Choice] {
    if let Body::Buttons { buttons: choices, .. } | Body::List { rows: choices, .. } = &bubble.body {
        choices
    } else {
        &[]
    }
}

/// `> ` what the customer said, `< ` what was answered, with its buttons.
fn shown(bubble: &Bubble) -> String {
    let mark = if bubble.from_customer { ">" } else { "<" };
    let mut text = format!("{mark} {}", bubble.body.words().replace('\n', "\n  "));
    for choice in choices(bubble) {
        text.push_str(&format!(" [{}]", choice.title));
    }
    text
}

/// A built module's bytes.
pub fn component(name: &str) -> Result<Vec<u8>> {
    let path = repository()?.join(format!("target/modules/{name}.wasm"));
    std::fs::read(&path).with_context(|| format!("{} is not there; run: cargo xtask modules", path.display()))
}

/// Where the repository lies.
pub fn repository() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("no repository")?;
    ensure!(root.join("Cargo.toml").exists(), "the repository moved since this was built");
    Ok(root.to_owned())
}
