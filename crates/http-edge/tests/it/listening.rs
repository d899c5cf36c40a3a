//! A listener that serves, for tests over a real connection.

use axum::Router;
use http_edge::{Admission, AdmissionSettings, Class, Cors, Limits, Listener};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Refuses without delay.
pub(crate) fn at_once() -> AdmissionSettings {
    AdmissionSettings {
        refusal_delay: Duration::ZERO,
        ..AdmissionSettings::default()
    }
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) served: JoinHandle<()>,
}

pub(crate) async fn serve(router: Router, limits: Limits) -> Running {
    serve_with(router, limits, Cors::default()).await
}

pub(crate) async fn serve_with(router: Router, limits: Limits, cors: Cors) -> Running {
    let admission = Admission::new(AdmissionSettings::default(), Vec::new());
    run(router, limits, cors, admission).await
}

/// Serves routes of these classes.
pub(crate) async fn serve_admitting(
    router: Router,
    settings: AdmissionSettings,
    classes: &[(&'static str, Class)],
) -> Running {
    let admission = Admission::new(settings, classes.to_vec());
    run(router, Limits::default(), Cors::default(), admission).await
}

pub(crate) async fn run(
    router: Router,
    limits: Limits,
    cors: Cors,
    admission: Admission,
) -> Running {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(loopback, None, limits).await.unwrap();
    let address = listener.address().unwrap();
    let (stop, stopping) = watch::channel(false);
    let listener = listener.allowing(cors).admitting(admission);
    let served = tokio::spawn(listener.serve(router, stopping));
    Running {
        address,
        stop,
        served,
    }
}
