//! Commits whose answers are lost, by a proxy between the writer and the PostgreSQL server.

use crate::{MIGRATIONS, count, insert};
use database::{Database, DatabaseError, Location, ServerUrl, Transaction};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use testkit::postgres::{PostgresServer, unused_schema};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

const SOCKET: &str = ".s.PGSQL.5432";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The server does not receive the commit.
    Before,
    /// The client does not receive the answer.
    After,
    /// The client does not receive the answer, and nobody can connect again.
    AfterForGood,
}

/// Accepts connections in place of the server, and cuts the first one that commits once it is armed.
struct Between {
    directory: TempDir,
    armed: Arc<AtomicBool>,
    relaying: JoinHandle<()>,
}

impl Between {
    fn new(server: &PostgresServer, cut: Cut) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(SOCKET)).unwrap();
        let armed = Arc::new(AtomicBool::new(false));
        let url = server.url();
        let (_, behind) = url.split_once("host=").unwrap();
        let behind = format!("{behind}/{SOCKET}");
        let arming = armed.clone();
        let relaying = tokio::spawn(async move {
            let mut relayed = tokio::task::JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let server = UnixStream::connect(&behind).await.unwrap();
                        relayed.spawn(relay(accepted.unwrap().0, server, cut, arming.clone()));
                    }
                    Some(was_cut) = relayed.join_next() => {
                        if was_cut.unwrap() && cut == Cut::AfterForGood {
                            return;
                        }
                    }
                }
            }
        });
        Self {
            directory,
            armed,
            relaying,
        }
    }

    fn url(&self) -> ServerUrl {
        let host = self.directory.path().display();
        let url = format!("postgres://passbook@/postgres?host={host}");
        url.parse().unwrap()
    }
}

/// Returns whether the connection was cut.
async fn relay(
    mut client: UnixStream,
    mut server: UnixStream,
    cut: Cut,
    armed: Arc<AtomicBool>,
) -> bool {
    let (mut asked, mut answered) = ([0; 65_536], [0; 65_536]);
    let mut committing = false;
    loop {
        tokio::select! {
            length = client.read(&mut asked) => {
                let asked = &asked[..length.unwrap_or(0)];
                committing = asked.windows(6).any(|part| part == b"COMMIT")
                    && armed.load(Ordering::SeqCst);
                if committing && cut == Cut::Before {
                    armed.store(false, Ordering::SeqCst);
                    return true;
                }
                if asked.is_empty() || server.write_all(asked).await.is_err() {
                    return false;
                }
            }
            length = server.read(&mut answered) => {
                let answered = &answered[..length.unwrap_or(0)];
                if committing {
                    armed.store(false, Ordering::SeqCst);
                    return true;
                }
                if answered.is_empty() || client.write_all(answered).await.is_err() {
                    return false;
                }
            }
        }
    }
}

/// Cuts the connection during a unit's commit. Returns the unit's result, the number of its runs, and the number of
/// committed rows.
async fn cut(cut: Cut) -> (Result<(), DatabaseError>, u32, i64) {
    let between = Between::new(PostgresServer::shared(), cut);
    let schema = unused_schema();
    let location = Location::schema(&between.url(), &schema).waiting(Duration::ZERO);
    let opened = tokio::task::spawn_blocking(move || Database::open(location, MIGRATIONS));
    let database = opened.await.unwrap().unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    between.armed.store(true, Ordering::SeqCst);
    let answer = database
        .write(async move |tx: &mut Transaction<'_>| {
            insert(tx, counted.fetch_add(1, Ordering::SeqCst).into()).await
        })
        .await;
    assert!(!between.armed.load(Ordering::SeqCst), "nothing was cut");
    drop(database);
    between.relaying.abort();
    (answer, runs.load(Ordering::SeqCst), kept(&schema).await)
}

/// Reads from the server directly.
async fn kept(schema: &str) -> i64 {
    let url: ServerUrl = PostgresServer::shared().url().parse().unwrap();
    let directly = Location::schema(&url, schema);
    count(&Database::open(directly, MIGRATIONS).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_committed_before_the_answer_was_lost_is_committed_once() {
    let (answer, runs, kept) = cut(Cut::After).await;
    answer.unwrap();
    assert_eq!((runs, kept), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_whose_commit_did_not_reach_the_server_runs_again() {
    let (answer, runs, kept) = cut(Cut::Before).await;
    answer.unwrap();
    assert_eq!((runs, kept), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_with_unknown_outcome_says_so() {
    let (answer, runs, kept) = cut(Cut::AfterForGood).await;
    assert!(
        matches!(answer, Err(DatabaseError::OutcomeUnknown { .. })),
        "{answer:?}"
    );
    assert_eq!((runs, kept), (1, 1));
}
