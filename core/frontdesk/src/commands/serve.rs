//! `frontdesk serve`, with or without the demo.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use app::{App, Demo};
use tokio::net::TcpListener;

use crate::{
    cli::say,
    commands::module::install_built,
    config::Config,
    control,
    wiring::{self, Role},
};

/// The demo's businesses: data, not code.
const DEMO: &str = include_str!("../../../../demo/demo.toml");
/// How long running work may take to end.
const GRACE: Duration = Duration::from_secs(10);

fn demo() -> Result<Demo> {
    Demo::parse(DEMO).map_err(|reason| anyhow::anyhow!("demo/demo.toml: {reason}"))
}

/// Listens, works, and drains when asked to stop.
pub(crate) async fn run(config: Config, with_demo: bool) -> Result<()> {
    log(&config);
    let listener =
        TcpListener::bind(&config.listen).await.with_context(|| format!("cannot listen on {}", config.listen))?;
    let own_url = format!("http://{}", listener.local_addr()?);
    let demo = with_demo.then(demo).transpose()?;
    let handsets = demo.as_ref().map(Demo::handsets).unwrap_or_default();
    let desk =
        wiring::build(&config, Role { demo: with_demo, own_url: own_url.clone(), handsets, ..Role::default() }).await?;
    if let Some(demo) = &demo {
        install_built(&desk, &config.modules_dir, &demo.modules()).await?;
        desk.app.set_up_demo(demo).await.context("the demo cannot be set up")?;
    }
    let (app, tasks, store) = desk.start().await;
    let control = control::serve(&config, app.clone(), tasks.stop())?;
    tasks.spawn("control", control);
    greet(&own_url, demo.as_ref())?;
    if with_demo {
        tell_doors(&own_url, &store).await?;
    }
    let watched = Arc::clone(&tasks);
    let (tell, told) = tokio::sync::oneshot::channel();
    let ended = web::serve(listener, app, async move {
        tokio::select! {
            () = asked_to_stop() => {}
            // Half a server is worse than none: whoever watches us starts a whole one.
            name = watched.broken() => drop(tell.send(name)),
        }
    });
    let ended = ended.await;
    tasks.drain(GRACE).await;
    store.close().await;
    if let Ok(name) = told.await {
        bail!("the work called {name} broke off; see the log above");
    }
    ended.context("the server failed")
}

fn greet(url: &str, demo: Option<&Demo>) -> Result<()> {
    say(format_args!("listening on {url}"))?;
    let Some(demo) = demo else { return Ok(()) };
    for business in demo.businesses() {
        let slug = &business.slug;
        say(format_args!("\n  {} ({}), {}", business.name, business.module, business.number))?;
        say(format_args!("    simulator {url}/simulator/{slug}"))?;
        for login in &business.logins {
            say(format_args!("    {:<9} {url}/t/{slug}   {} / {}", login.role, login.email, login.password))?;
        }
        let phones = business.phones.iter().map(|phone| format!("{} {}", phone.name, phone.phone));
        say(format_args!("    phones    {}", phones.collect::<Vec<_>>().join(" · ")))?;
    }
    let admin = demo.admin();
    say(format_args!("\n  {} {url}/admin   {} / {}", admin.role, admin.email, admin.password))?;
    say("\n  Ctrl-C ends it; frontdesk demo-remove removes the demo's data.")
}

/// The demo's webhooks with the secrets that sign for them, for whoever wants to post by hand.
async fn tell_doors(url: &str, store: &store::Store) -> Result<()> {
    let mut tx = store.platform_read().await?;
    for line in store::channels::of_provider(&mut tx, domain::channel::Provider::Simulator).await? {
        let (number, secret) = (&line.external_id, line.secret("app_secret"));
        say(format_args!(
            "  webhook     {url}/webhooks/whatsapp/{}   phone_number_id {number}, app secret {secret}",
            line.id
        ))?;
    }
    Ok(())
}

/// Removes the demo businesses and everything of theirs.
pub(crate) async fn remove_demo(config: &Config) -> Result<()> {
    let desk = wiring::build(config, Role::default()).await?;
    let app: &App = &desk.app;
    let removed = app.remove_demo(&demo()?).await?;
    say(format_args!("removed {removed} demo businesses"))
}

async fn asked_to_stop() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_no_signals_here) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

fn log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_unset| "warn,frontdesk=info,app=info,web=info,modules=info".into());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A logger that is there already, in tests, stays.
    let _set = if config.log == "json" { builder.json().try_init() } else { builder.try_init() };
}
