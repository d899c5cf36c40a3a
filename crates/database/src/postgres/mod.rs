//! PostgreSQL: one schema per service, one writer per process with group commit, readers beside it.
//!
//! Units that write run in SERIALIZABLE transactions, so that several processes may write at once: see
//! `docs/decisions/0020-postgresql.md`.

mod connector;
mod failure;
mod reader;
mod schema;
mod server;
mod session;
mod value;
mod writer;

pub(crate) use schema::{check, exists, identify, identity, is_used, remove, size, verify};
pub use server::{Server, ServerUrl, UrlError};
pub(crate) use session::Session;

use crate::unit::Work;
use crate::{DatabaseError, Migration, thread};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, watch};

/// Applies `migrations` and starts the threads: one that writes, `readers` that read.
pub(crate) fn start(
    server: &Server,
    migrations: &[Migration],
    write_queue: mpsc::Receiver<Work>,
    read_queue: mpsc::Receiver<Work>,
    readers: usize,
    failed: &watch::Sender<bool>,
) -> Result<(), DatabaseError> {
    blocking(async || schema::prepare(server, migrations).await)??;
    let write_server = server.clone();
    thread::spawn(server.schema(), "writer", move || {
        writer::run(write_server, write_queue);
    })?;
    let read_queue = Arc::new(Mutex::new(read_queue));
    for _ in 0..readers {
        let (read_server, queue, failed) = (server.clone(), read_queue.clone(), failed.clone());
        thread::spawn(server.schema(), "reader", move || {
            reader::run(read_server, &queue, failed);
        })?;
    }
    Ok(())
}

/// Runs a future over its own connection, for callers that may be on a thread of a runtime.
pub(crate) fn blocking<T: Send>(work: impl AsyncFnOnce() -> T + Send) -> Result<T, DatabaseError> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| Ok(runtime()?.block_on(work())));
        thread.join().unwrap_or(Err(DatabaseError::Stopped))
    })
}

/// The runtime of one thread's connection.
fn runtime() -> Result<tokio::runtime::Runtime, DatabaseError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| DatabaseError::Unavailable {
            cause: Arc::new(error),
        })
}
