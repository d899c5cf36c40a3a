//! The process's log on standard error, and the spans that are recorded beside it.

use crate::cli::LogFormat;
use crate::spans::EntrySpans;
use terminal::LogWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

/// Logs to standard error what `RUST_LOG` selects; without it, warnings and errors. No colours, because colour codes are
/// control characters, which the log does not contain. Records `spans`, if there are any.
pub(crate) fn start(format: LogFormat, spans: Option<EntrySpans>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let lines = fmt::layer()
        .with_target(false)
        .with_ansi(false)
        .with_writer(LogWriter);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
    };
    let log = registry().with(lines.with_filter(filter));
    match spans {
        None => log.init(),
        Some(spans) => log.with(spans.filtered()).init(),
    }
}
