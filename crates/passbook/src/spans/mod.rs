//! Spans from the core bank's commit to the devices' streams, exported by OTLP: one trace for each entry.
//!
//! Nobody sends a trace's id to anybody. It is derived from the entry's subject and sequence, which core bank, relay and
//! notification know. The broker knows a channel and a number only: the span in which notification numbers an entry has
//! both, and from it the layer learns which message belongs to which trace.

mod export;
mod layer;
mod otlp;
mod traces;

pub(crate) use export::Exporter;
pub(crate) use layer::EntrySpans;

use crate::config::Config;
use anyhow::Context as _;
use std::time::Duration;
use types::Clock;

/// Finished spans that wait to be exported. Further ones are dropped and counted.
const WAITING_MAX: usize = 8_192;

/// How long the collector may take to answer.
pub(crate) const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// The layer that records the spans and the task that exports them, if a collector is configured.
pub(crate) fn configured(
    config: &Config,
    clock: &Clock,
) -> anyhow::Result<Option<(EntrySpans, Exporter)>> {
    let Some(collector) = &config.tracing.otlp else {
        return Ok(None);
    };
    let client = reqwest::Client::builder()
        .timeout(EXPORT_TIMEOUT)
        .no_proxy()
        .build()
        .context("no HTTP client for tracing.otlp")?;
    let (finished, waiting) = tokio::sync::mpsc::channel(WAITING_MAX);
    let layer = EntrySpans::new(finished, clock());
    let url = format!("{}/v1/traces", collector.trim_end_matches('/'));
    Ok(Some((layer, Exporter::new(client, url, waiting))))
}
