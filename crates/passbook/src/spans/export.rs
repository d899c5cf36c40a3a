//! The task that sends finished spans to the collector.

use super::otlp::{Finished, request};
use rand::RngExt as _;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

/// Spans in one request.
const SPANS_MAX: usize = 1_024;

/// How long a request waits for more spans.
const COLLECTING: Duration = Duration::from_millis(500);

/// Sends what the layer recorded.
pub(crate) struct Exporter {
    client: reqwest::Client,
    url: String,
    waiting: mpsc::Receiver<Finished>,
    /// Whether the last request failed: the log says so once.
    failing: bool,
    /// Spans that were dropped, as far as the log has said it.
    dropped: u64,
}

impl Exporter {
    pub(super) fn new(
        client: reqwest::Client,
        url: String,
        waiting: mpsc::Receiver<Finished>,
    ) -> Self {
        Self {
            client,
            url,
            waiting,
            failing: false,
            dropped: 0,
        }
    }

    /// Exports until `stop` turns true, then what waits, until a request fails. Spans of a request that fails are lost:
    /// they show how the bank works, and are no record of what it did.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            let first = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                first = self.waiting.recv() => first,
            };
            let Some(first) = first else { return };
            let mut spans = vec![first];
            let until = Instant::now() + COLLECTING;
            while spans.len() < SPANS_MAX
                && let Ok(Some(span)) = timeout_at(until, self.waiting.recv()).await
            {
                spans.push(span);
            }
            self.export(&spans).await;
        }
        loop {
            let left = std::iter::from_fn(|| self.waiting.try_recv().ok());
            let left: Vec<_> = left.take(SPANS_MAX).collect();
            if left.is_empty() || !self.export(&left).await {
                return;
            }
        }
    }

    /// Answers whether the collector took them.
    async fn export(&mut self, spans: &[Finished]) -> bool {
        let newest = spans.last().map_or(0, |span| span.dropped_before);
        if newest > self.dropped {
            let dropped = newest - self.dropped;
            tracing::warn!(dropped, "spans were dropped: the collector is too slow");
            self.dropped = newest;
        }
        // A span's id is not zero (OpenTelemetry, "SpanContext").
        let made = || rand::rng().random_range(1..=u64::MAX).to_be_bytes();
        let sent = self
            .client
            .post(&self.url)
            .json(&request(spans, made))
            .send();
        let taken = sent.await.and_then(reqwest::Response::error_for_status);
        if let Err(error) = &taken
            && !self.failing
        {
            tracing::warn!(%error, "spans are not exported, and lost, until the collector takes them");
        }
        self.failing = taken.is_err();
        taken.is_ok()
    }
}
