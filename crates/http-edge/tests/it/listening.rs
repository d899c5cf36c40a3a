//! A listener that serves, for tests over a real connection.

use axum::Router;
use http_edge::{Cors, Limits, Listener};
use std::net::SocketAddr;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) served: JoinHandle<()>,
}

pub(crate) async fn serve(router: Router, limits: Limits) -> Running {
    serve_with(router, limits, Cors::default()).await
}

pub(crate) async fn serve_with(router: Router, limits: Limits, cors: Cors) -> Running {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(loopback, None, limits).await.unwrap();
    let address = listener.address().unwrap();
    let (stop, stopping) = watch::channel(false);
    let served = tokio::spawn(listener.allowing(cors).serve(router, stopping));
    Running {
        address,
        stop,
        served,
    }
}
