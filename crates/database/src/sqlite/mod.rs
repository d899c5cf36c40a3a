//! SQLite: one file per service, one writer with group commit, readers beside it.

mod connection;
mod copying;
mod folding;
mod identity;
mod reader;
mod running;
pub(crate) mod statement;
mod writer;

pub use copying::copy;
pub(crate) use identity::{identify, identity, is_used, open_still};

use crate::unit::Work;
use crate::verification::{AuditError, Verification};
use crate::{DatabaseError, Migration, migration, thread};
use audit::AuditHead;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, watch};

/// The bytes of the file and of its write-ahead log, as far as they exist.
pub(crate) fn size(path: &Path) -> u64 {
    let files = [path.to_owned(), connection::log_of(path)];
    let sizes = files.iter().map(std::fs::metadata);
    sizes.flatten().map(|file| file.len()).sum()
}

/// Opens the file, creates it on first use, applies `migrations`, and starts the threads: one that writes, `readers`
/// that read. Refuses a file whose write-ahead log is missing.
pub(crate) fn start(
    path: &Path,
    migrations: &[Migration],
    write_queue: mpsc::Receiver<Work>,
    read_queue: mpsc::Receiver<Work>,
    readers: usize,
    failed: &watch::Sender<bool>,
) -> Result<(), DatabaseError> {
    let unopened = |cause| DatabaseError::open(path, cause);
    identity::require_log(path)?;
    let mut write_connection = connection::writer(path).map_err(unopened)?;
    identity::prepare(&write_connection).map_err(unopened)?;
    folding::settle(&write_connection).map_err(unopened)?;
    migration::migrate(&mut write_connection, migrations)?;
    let read_connections = (0..readers)
        .map(|_| connection::reader(path).map_err(unopened))
        .collect::<Result<Vec<_>, _>>()?;

    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    thread::spawn(&name, "writer", move || {
        writer::run(write_connection, write_queue);
    })?;
    let read_queue = Arc::new(Mutex::new(read_queue));
    for read_connection in read_connections {
        let (queue, failed) = (read_queue.clone(), failed.clone());
        thread::spawn(&name, "reader", move || {
            reader::run(read_connection, &queue, failed);
        })?;
    }
    Ok(())
}

/// Reads every page and index of the file.
pub(crate) fn check(path: &Path) -> Result<(), DatabaseError> {
    let connection = open_still(path)?;
    let statement = "PRAGMA integrity_check(1)";
    let found: String = connection
        .query_row(statement, [], |row| row.get(0))
        .map_err(|cause| DatabaseError::statement(statement, cause))?;
    if found == "ok" {
        Ok(())
    } else {
        Err(DatabaseError::Damaged {
            path: path.to_owned(),
            found,
        })
    }
}

/// Deletes the file and SQLite's files beside it.
pub(crate) fn remove(path: &Path) -> Result<(), DatabaseError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(DatabaseError::Open {
                    database: path.display().to_string(),
                    cause: Arc::new(error),
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Verifies the audit chain in the file.
pub(crate) fn verify(path: &Path) -> Result<AuditHead, AuditError> {
    let connection = open_still(path)?;
    let failed = |cause| DatabaseError::statement(audit::READ, cause);
    let mut statement = connection.prepare(audit::READ).map_err(failed)?;
    let mut rows = statement.raw_query();
    let mut verification = Verification::default();
    while let Some(row) = rows.next().map_err(failed)? {
        let (number, hash): (i64, Vec<u8>) =
            (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?);
        let bytes: Vec<u8> = row.get(2).map_err(failed)?;
        verification.follow(number, &hash, &bytes)?;
    }
    Ok(verification.head())
}
