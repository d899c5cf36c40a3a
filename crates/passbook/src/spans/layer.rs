//! The layer that records the spans of entries.

use super::otlp::Finished;
use super::traces::{MessageId, TraceId, Traces};
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{Filtered, Targets};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;
use types::Time;

/// Records the spans of [`types::ENTRY_SPANS`] and hands the finished ones to the exporter.
pub(crate) struct EntrySpans {
    finished: mpsc::Sender<Finished>,
    /// Spans that were dropped because the exporter has too many.
    dropped: Arc<AtomicU64>,
    traces: Mutex<Traces>,
    /// The time when the layer was made, by the clock and by the monotonic clock that measures from then on.
    begun: (Time, Instant),
}

/// What the fields of a span say about its entry. Nothing else of a span is recorded.
#[derive(Debug, Clone, Default)]
struct Fields {
    subject: Option<String>,
    sequence: Option<u64>,
    channel: Option<String>,
    generation: Option<u64>,
    number: Option<u64>,
}

/// A span that is open.
struct Open {
    start_ns: u64,
    fields: Fields,
}

impl EntrySpans {
    pub(crate) fn new(finished: mpsc::Sender<Finished>, now: Time) -> Self {
        Self {
            finished,
            dropped: Arc::default(),
            traces: Mutex::default(),
            begun: (now, Instant::now()),
        }
    }

    /// The layer, for these spans only.
    pub(crate) fn filtered<S>(self) -> Filtered<Self, Targets, S>
    where
        S: Subscriber + for<'l> LookupSpan<'l>,
    {
        self.with_filter(Targets::new().with_target(types::ENTRY_SPANS, Level::TRACE))
    }

    fn now_ns(&self) -> u64 {
        let (time, instant) = self.begun;
        let passed = u64::try_from(instant.elapsed().as_nanos()).unwrap_or(u64::MAX);
        time.ms().saturating_mul(1_000_000).saturating_add(passed)
    }

    fn traces(&self) -> std::sync::MutexGuard<'_, Traces> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The trace that the fields name. Fields that name an entry and its message are remembered.
    fn trace_of(&self, fields: &Fields) -> Option<TraceId> {
        let entry = fields.entry();
        match (entry, fields.message()) {
            (Some(trace), Some(message)) => {
                self.traces().put(message, trace);
                Some(trace)
            }
            (Some(trace), None) => Some(trace),
            (None, Some(message)) => self.traces().get(&message),
            (None, None) => None,
        }
    }
}

impl Fields {
    fn entry(&self) -> Option<TraceId> {
        Some(TraceId::of_entry(self.subject.as_ref()?, self.sequence?))
    }

    fn message(&self) -> Option<MessageId> {
        Some(MessageId {
            channel: self.channel.clone()?,
            generation: self.generation?,
            number: self.number?,
        })
    }
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "sequence" => self.sequence = Some(value),
            "generation" => self.generation = Some(value),
            "number" => self.number = Some(value),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "subject" => self.subject = Some(format!("{value:?}")),
            "channel" => self.channel = Some(format!("{value:?}")),
            _ => {}
        }
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for EntrySpans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let open = Open {
            start_ns: self.now_ns(),
            fields,
        };
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        if let Some(open) = extensions.get_mut::<Open>() {
            values.record(&mut open.fields);
            // Before whoever publishes the message opens a span of it.
            self.trace_of(&open.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else {
            return;
        };
        let Some(Open { start_ns, fields }) = span.extensions_mut().remove::<Open>() else {
            return;
        };
        let Some(trace) = self.trace_of(&fields) else {
            return;
        };
        let finished = Finished {
            name: span.name(),
            trace,
            start_ns,
            end_ns: self.now_ns(),
            message: fields.message(),
            sequence: fields.sequence,
            dropped_before: self.dropped.load(Ordering::Relaxed),
        };
        if self.finished.try_send(finished).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
