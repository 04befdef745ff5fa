//! HTTP: pages, API, events and webhooks, built from one route table. Sole owner of axum.
//!
//! Invariants: there is no route outside [`routes::ROUTES`]; `gate` asks session, tenant, permission and
//! origin before any handler runs; another tenant's things are 404; no inline script or style leaves here.
//! Start at [`routes`], then `gate`, then any handler in `pages`.

mod answer;
mod api;
mod assets;
mod call;
mod desk;
mod events;
mod files;
mod gate;
mod health;
mod message_templates;
mod multipart;
mod pages;
pub mod routes;
mod webhooks;

use std::{future::Future, net::SocketAddr, sync::Arc};

use app::App;
use axum::Router;
use templates::pages::PageBroken;
use tokio::{net::TcpListener, sync::watch};

use desk::Desk;

/// The server could not start or broke off.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("the pages do not compile")]
    Pages(#[from] PageBroken),
    #[error("the dashboard's stylesheet or script is not in the bundle: run `cargo xtask demo`")]
    Assets,
    #[error("listening broke off")]
    Io(#[from] std::io::Error),
}

/// The whole router; `draining` turns true when the process should end, which closes event streams.
pub fn router(app: Arc<App>, draining: watch::Receiver<bool>) -> Result<Router, ServeError> {
    Ok(routes::router(Desk::new(app, draining)?))
}

/// Serves until `shutdown` resolves, then lets running requests end.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let (drain, draining) = watch::channel(false);
    let service = router(app, draining)?.into_make_service_with_connect_info::<SocketAddr>();
    let ended = async move {
        shutdown.await;
        drain.send_replace(true);
    };
    axum::serve(listener, service).with_graceful_shutdown(ended).await?;
    Ok(())
}
