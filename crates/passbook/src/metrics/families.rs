//! Every metric. Names, kinds and labels are an interface: `docs/metrics.md` lists them. The tests compare that page
//! with this table, and this table with a server's answer.

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Increases, from 0 at the start of the process.
    Counter,
    /// Increases and decreases.
    Gauge,
    /// The number of samples up to each bucket's bound.
    Histogram,
}

/// One metric, with all its labels.
#[derive(Debug)]
pub(super) struct Family {
    /// Its name, which ends with its unit.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Its labels, with their values. Empty if it has none.
    pub(super) labels: &'static str,
    pub(super) meaning: &'static str,
}

macro_rules! families {
    ($($name:literal $kind:ident $labels:literal $meaning:literal)*) => {
        &[$(Family { name: $name, kind: Kind::$kind, labels: $labels, meaning: $meaning }),*]
    };
}

/// All metrics.
pub(super) const FAMILIES: &[Family] = families! {
    "passbook_ready" Gauge "" "1 while devices are served, else 0; `GET /readyz` gives the reason."
    "passbook_log_appends_total" Counter "`log`: `broker`, `pubsub`" "Records that were appended."
    "passbook_log_commits_total" Counter "`log`" "Groups of records that were committed, each with one fsync."
    "passbook_log_commit_seconds" Histogram "`log`" "How long a group took from gathering it to its being durable."
    "passbook_log_fsync_seconds" Histogram "`log`" "How long the fsync of a group took."
    "passbook_log_queued_bytes" Gauge "`log`" "What waits to be appended."
    "passbook_log_segments" Gauge "`log`" "Live segments."
    "passbook_log_disk_bytes" Gauge "`log`" "Size of the log's files."
    "passbook_log_stopped" Gauge "`log`" "1 after the log has stopped: the process ends then."
    "passbook_streams_open" Gauge "" "Streams to devices that are open."
    "passbook_catch_ups_total" Counter "`by`: `stream`, `pull`" "Channels of streams that reached their newest message, and pulls that were answered."
    "passbook_wake_to_sent_seconds" Histogram "" "From the wake-up of a stream by a durable message to the frame that is handed to its connection."
    "passbook_events_queued" Gauge "" "Events in the pub/sub that notification has not acknowledged."
    "passbook_events_waiting" Gauge "" "Events in notification's inbox that wait for earlier ones of their subject, or for their channel."
    "passbook_events_fetched_total" Counter "" "Events that had to be fetched from the core bank."
    "passbook_events_unprocessable_total" Counter "" "Events that could not be read as the pub/sub delivered them, or not be processed as the core bank has them."
    "passbook_subjects_stopped" Gauge "" "Subjects of which an event cannot be processed. See runbooks/stopped-subject.md."
    "passbook_channels_contradicted" Gauge "" "Channels that the core bank's books contradict. See runbooks/contradicted-channel.md."
    "passbook_entries_numbered_total" Counter "" "Entries that notification numbered."
    "passbook_messages_published_total" Counter "" "Messages that the broker acknowledged to notification."
    "passbook_channel_restarts_total" Counter "" "Channels that were restarted in a later generation."
    "passbook_outgoing_oldest_seconds" Gauge "" "Age of the oldest message that the broker has not acknowledged; 0 if it has all."
    "passbook_comparisons_total" Counter "" "Comparisons of which every step ended, perhaps with a failure."
    "passbook_comparison_seconds" Histogram "`step`: `keys`, `ciam`, `broker`, `core_bank`, `forgetting`" "How long a step of the comparison took."
    "passbook_comparison_lag_seconds" Gauge "" "Time since the step of the comparison that is the longest behind last succeeded; since the start of the process before that."
    "passbook_database_waiting" Gauge "`database`: `bank`, `notification`, `ciam`; `queue`: `write`, `read`" "Units of work that wait for the writer, or for a reader."
    "passbook_database_stopped" Gauge "`database`" "1 after a writer or a reader is gone: the process ends then."
    "passbook_database_disk_bytes" Gauge "`database`" "Size of the database's files."
    "passbook_refusals_total" Counter "`code`, `name`: those of errors.md" "Requests that were refused with that error code, on all listeners."
    "process_cpu_seconds_total" Gauge "" "Processor time in user and system mode."
    "process_resident_memory_bytes" Gauge "" "Memory in use."
    "process_open_fds" Gauge "" "Open file handles."
    "process_max_fds" Gauge "" "The limit of open file handles."
    "process_threads" Gauge "" "Threads."
};

impl Family {
    /// The description that a scraper shows.
    pub(super) fn help(&self) -> String {
        match self.labels {
            "" => self.meaning.to_owned(),
            labels => format!("{} Labels: {labels}.", self.meaning),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected content of `docs/metrics.md`. `PASSBOOK_WRITE=1` writes the file.
    #[test]
    fn the_page_lists_every_metric() {
        let row = |family: &Family| {
            let kind = format!("{:?}", family.kind).to_lowercase();
            let (name, labels, meaning) = (family.name, family.labels, family.meaning);
            format!("| `{name}` | {kind} | {labels} | {meaning} |\n")
        };
        let rows: String = FAMILIES.iter().map(row).collect();
        let page = format!("{}{rows}", include_str!("page.md"));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
        if std::env::var_os("PASSBOOK_WRITE").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), page);
    }
}
