//! `GET /metrics`: the servers' counters and measurements, in the text format of Prometheus.
//!
//! Adapters and services count through the `metrics` facade, with handles that they make once. Values that can only be
//! read, above all the sizes of queues, are read when the metrics are requested.

mod families;
mod gauges;

use crate::wiring::Services;
use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use families::{FAMILIES, Kind};
use http_edge::Limits;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Upper bounds of the histograms' buckets in seconds.
const BUCKETS: [f64; 19] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// How often samples are sorted into buckets if nobody requests the metrics. They use memory until then.
const UPKEEP: Duration = Duration::from_secs(5);

/// The text format's media type.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The process's metrics recorder.
pub(crate) struct Metrics(PrometheusHandle);

impl Metrics {
    /// Installs the recorder. Call it before opening anything that counts: earlier handles count nothing.
    pub(crate) fn install() -> anyhow::Result<Self> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)
            .and_then(PrometheusBuilder::install_recorder)
            .context("the metrics' recorder cannot be installed")?;
        for family in FAMILIES {
            match family.kind {
                Kind::Counter => metrics::describe_counter!(family.name, family.help()),
                Kind::Gauge => metrics::describe_gauge!(family.name, family.help()),
                Kind::Histogram => {
                    metrics::describe_histogram!(family.name, family.help());
                    if family.labels.is_empty() {
                        // Makes the metric visible without a sample.
                        drop(metrics::histogram!(family.name));
                    }
                }
            }
        }
        http_edge::register_refusals();
        Ok(Self(handle))
    }

    /// The limits of the metrics' listener.
    pub(crate) fn limits() -> Limits {
        Limits {
            connections_max: 64,
            ..Limits::default()
        }
    }

    /// Sorts samples into buckets, for ever.
    pub(crate) fn keep(&self) -> impl Future<Output = ()> + use<> {
        let handle = self.0.clone();
        async move {
            let mut tick = tokio::time::interval(UPKEEP);
            loop {
                tick.tick().await;
                handle.run_upkeep();
            }
        }
    }

    /// The route of the metrics' listener.
    pub(crate) fn routes(self, services: Arc<Services>) -> Router {
        let source = Source {
            services,
            metrics: self,
            turn: Mutex::default(),
        };
        Router::new()
            .route("/metrics", get(scrape))
            .with_state(Arc::new(source))
    }
}

struct Source {
    services: Arc<Services>,
    metrics: Metrics,
    /// Locked while the tables are read: one read at a time, however many requests.
    turn: Mutex<()>,
}

async fn scrape(State(source): State<Arc<Source>>) -> impl IntoResponse {
    let _turn = source.turn.lock().await;
    gauges::set(&source.services.status().await);
    ([(CONTENT_TYPE, TEXT_FORMAT)], source.metrics.0.render())
}
