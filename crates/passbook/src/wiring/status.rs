//! The state of the services, for operators and for `GET /readyz`.

use super::Services;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use database::Load;
use database::Location;
use http_edge::{Json, Rejection, Routes};
use log_embedded::{EmbeddedLog, Histogram};
use protocol::http::{
    ComparisonStatus, DatabaseStatus, EventStatus, LogStatus, MessageStatus, NotReady, Readiness,
    Status,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use types::{ErrorCode, Time, error_chain};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

const READINESS: &str = "/readyz";

/// `GET /readyz` of the public listener.
pub(crate) fn readiness(services: &Arc<Services>) -> Router {
    for_everybody().serve_open(services)
}

/// What the API document says of that route.
pub(super) fn document() -> OpenApi {
    for_everybody().document()
}

fn for_everybody() -> Routes<Arc<Services>> {
    Routes::new().for_everybody(OpenApiRouter::default().routes(routes!(answer)))
}

/// Why devices are not served.
struct Unready;

http_edge::refuses!(
    Unready: LogStopped,
    DatabaseStopped,
    TrustListMissing,
    TrustListExpired,
    RevocationsUnknown,
);

/// Says whether devices are served. The problem names the gravest reason why they are not.
#[utoipa::path(get, path = READINESS, responses((status = OK, body = Readiness), Unready))]
async fn answer(State(services): State<Arc<Services>>) -> Result<Json<Readiness>, Rejection> {
    match services.not_ready().into_iter().next() {
        None => Ok(Json(Readiness { ready: true })),
        Some((code, detail)) => Err(Rejection::new(code).with_detail(detail)),
    }
}

/// `GET /v1/operator/status`. The caller protects it with the operator's token.
pub(crate) fn routes(services: Arc<Services>) -> Router {
    let status = async |State(services): State<Arc<Services>>| Json(services.status().await);
    Router::new()
        .route("/v1/operator/status", get(status))
        .with_state(services)
}

impl Services {
    /// The reasons why devices are not served, the gravest first. Empty if devices are served.
    pub(crate) fn not_ready(&self) -> Vec<(ErrorCode, String)> {
        let mut reasons = Vec::new();
        for (name, log) in self.logs() {
            if let Some(stopped) = log.stop_reason() {
                reasons.push((ErrorCode::LogStopped, format!("{name}: {stopped}")));
            }
        }
        for (name, load) in self.database_loads() {
            if load.stopped {
                let detail = format!("the database of {name} has lost its writer or a reader");
                reasons.push((ErrorCode::DatabaseStopped, detail));
            }
        }
        reasons.extend(untrusted(
            self.stated.notification.trust_expires(),
            (self.clock)(),
        ));
        if !self.guard.is_informed() {
            let detail = "nobody answers who was revoked".to_owned();
            reasons.push((ErrorCode::RevocationsUnknown, detail));
        }
        reasons
    }

    /// The state of all services. Omits those that do not answer.
    pub(crate) async fn status(&self) -> Status {
        let notification = &self.stated.notification;
        let now = (self.clock)();
        let figures = notification.figures().await;
        let figures = figures
            .inspect_err(|error| tracing::warn!("figures are missing: {}", error_chain(error)))
            .ok();
        let counters = notification.counters();
        let not_ready = self.not_ready().into_iter().map(|(code, detail)| NotReady {
            code: code.number(),
            name: code.slug().to_owned(),
            detail,
        });
        let not_ready: Vec<_> = not_ready.collect();
        let age = |since: Option<Time>| since.map_or(0, |since| now.ms_since(since));
        let compared = figures.and_then(|figures| figures.compared);
        Status {
            ready: not_ready.is_empty(),
            not_ready,
            streams_open: self.broker.streams(),
            events: EventStatus {
                unpublished: self.unpublished().await,
                queued: self.events.waiting().await.ok(),
                waiting: figures.map(|figures| figures.events_waiting),
                fetched: counters.fetched,
                unprocessable: counters.unprocessable,
                subjects_stopped: figures.map(|figures| figures.subjects_stopped),
            },
            messages: MessageStatus {
                numbered: counters.entries,
                published: counters.published,
                outgoing_oldest_ms: figures.map(|figures| age(figures.outgoing_oldest)),
                restarts: counters.restarts,
                channels_contradicted: figures.map(|figures| figures.channels_contradicted),
            },
            comparison: ComparisonStatus {
                comparisons: counters.comparisons,
                lag_ms: compared.map(|compared| now.ms_since(compared)),
                took_us: figures.map_or(0, |figures| micros(figures.comparison)),
            },
            logs: self.log_statuses().await,
            databases: self.database_statuses().await,
            process: crate::process::status(now.ms_since(self.opened)),
        }
    }

    fn logs(&self) -> impl Iterator<Item = (&'static str, &EmbeddedLog)> {
        ["broker", "pubsub"]
            .into_iter()
            .zip(self.logs.iter().map(|log| &**log))
    }

    /// Events that the core bank of this process has not published.
    async fn unpublished(&self) -> Option<u64> {
        self.sandbox.as_ref()?.bank.unpublished().await.ok()
    }

    fn database_loads(&self) -> Vec<(&'static str, Load)> {
        let sandbox = self.sandbox.as_ref();
        let bank = sandbox.map(|sandbox| ("bank", sandbox.bank.database_load()));
        let others = [
            ("notification", self.stated.notification.database_load()),
            ("ciam", self.ciam.database_load()),
            ("gateway", self.gateway.database_load()),
            ("risk", self.risk.database_load()),
        ];
        bank.into_iter().chain(others).collect()
    }

    async fn log_statuses(&self) -> Vec<LogStatus> {
        let mut statuses = Vec::new();
        let paths = [self.directory.broker(), self.directory.pubsub()];
        for ((name, log), path) in self.logs().zip(paths) {
            let metrics = log.metrics();
            statuses.push(LogStatus {
                log: name.to_owned(),
                stopped: log.stop_reason().map(|stopped| stopped.to_string()),
                appends: metrics.records,
                commits: metrics.groups,
                commit_us: quantiles(&metrics.commit),
                fsync_us: quantiles(&metrics.fdatasync),
                queued_bytes: metrics.queued_bytes,
                segments: metrics.segments,
                disk_bytes: sizes(move || files_in(&path)).await,
            });
        }
        statuses
    }

    async fn database_statuses(&self) -> Vec<DatabaseStatus> {
        let mut statuses = Vec::new();
        for ((name, load), (_, location)) in
            self.database_loads().iter().zip(self.directory.databases())
        {
            let count = |waiting| u64::try_from(waiting).unwrap_or(u64::MAX);
            statuses.push(DatabaseStatus {
                database: (*name).to_owned(),
                stopped: load.stopped,
                writes_waiting: count(load.writes_waiting),
                reads_waiting: count(load.reads_waiting),
                disk_bytes: sizes(move || files_of(&location)).await,
            });
        }
        statuses
    }
}

/// The reason why devices would reject every signature made now. `None` if they accept signatures.
fn untrusted(expires: Option<Time>, now: Time) -> Option<(ErrorCode, String)> {
    match expires {
        None => Some((
            ErrorCode::TrustListMissing,
            "notification has no trust list".to_owned(),
        )),
        Some(expires) if now > expires => Some((
            ErrorCode::TrustListExpired,
            format!("it ended {} seconds ago", now.ms_since(expires) / 1000),
        )),
        Some(_) => None,
    }
}

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The median and the 99th percentile.
fn quantiles(of: &Histogram) -> [u64; 2] {
    [500_000, 990_000].map(|per_million| micros(of.quantile(per_million)))
}

/// The total size of the files, read on a blocking thread. A file that was deleted meanwhile counts as empty.
async fn sizes(files: impl FnOnce() -> Vec<PathBuf> + Send + 'static) -> u64 {
    let summed = move || {
        let sizes = files().into_iter().filter_map(|file| file.metadata().ok());
        sizes.map(|file| file.len()).sum()
    };
    tokio::task::spawn_blocking(summed).await.unwrap_or(0)
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// A database's file, its write-ahead log, and the log's index. A database on a server has no local files.
fn files_of(database: &Location) -> Vec<PathBuf> {
    let Location::File(path) = database else {
        return Vec::new();
    };
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    ["", "-wal", "-shm"].map(with).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trust_list_is_there_and_not_expired() {
        let now = Time::from_ms(1_790_000_000_000);
        let check = |expires: Option<Time>, expected: Option<ErrorCode>| {
            assert_eq!(untrusted(expires, now).map(|(code, _)| code), expected);
        };
        check(None, Some(ErrorCode::TrustListMissing));
        check(Some(now.minus_ms(1)), Some(ErrorCode::TrustListExpired));
        check(Some(now), None);
    }
}
