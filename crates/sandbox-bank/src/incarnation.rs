//! The incarnation of the books: a new one whenever they were put back to an older state.

use crate::{BankError, SandboxBank};
use database::{DatabaseError, Transaction, params};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::UNIX_EPOCH;
use types::Incarnation;

/// The incarnation, in the caller's transaction.
pub(crate) async fn current(tx: &mut Transaction<'_>) -> Result<Incarnation, DatabaseError> {
    tx.query_one("SELECT incarnation FROM books", &[])
        .await?
        .get(0)
}

/// By what the file system tells a file from a copy of it: inode and time of creation. None where the file system does
/// not keep the time of creation.
fn identity(path: &Path) -> Option<String> {
    let file = path.metadata().ok()?;
    let created = file.created().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{}:{}", file.ino(), created.as_nanos()))
}

impl SandboxBank {
    /// The incarnation of the books.
    pub async fn incarnation(&self) -> Result<Incarnation, BankError> {
        self.database
            .read(async move |tx: &mut Transaction<'_>| Ok(current(tx).await?))
            .await
    }

    /// Begins a new incarnation, as whoever put the books back to an older state has to: sequences of the former one
    /// mean nothing in it.
    pub async fn reopen(&self) -> Result<Incarnation, BankError> {
        let mut bytes = [0; Incarnation::LENGTH];
        getrandom::fill(&mut bytes).map_err(|_| BankError::NoRandomness)?;
        let incarnation = Incarnation::new(bytes);
        let update = "UPDATE books SET incarnation = $1";
        self.database
            .write(async move |tx: &mut Transaction<'_>| {
                tx.execute(update, params![incarnation]).await?;
                Ok::<_, BankError>(())
            })
            .await?;
        tracing::warn!(%incarnation, "the books have a new incarnation");
        Ok(incarnation)
    }

    /// Begins a new incarnation if `path`, the bank's own file, is a copy: another file than the one that was opened last,
    /// and so perhaps an older one. Answers whether it is. A disk image that was put back as a whole is not noticed:
    /// [`reopen`](Self::reopen) is for that.
    pub async fn reopen_if_copied(&self, path: &Path) -> Result<bool, BankError> {
        let Some(file) = identity(path) else {
            return Ok(false);
        };
        let known: Option<String> = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let row = tx.query_one("SELECT file FROM books", &[]).await?;
                Ok::<_, BankError>(row.get(0)?)
            })
            .await?;
        if known.as_ref() == Some(&file) {
            return Ok(false);
        }
        if known.is_some() {
            self.reopen().await?;
        }
        // Last: whoever crashes before this begins one more incarnation, which does no harm.
        self.database
            .write(async move |tx: &mut Transaction<'_>| {
                tx.execute("UPDATE books SET file = $1", params![&file])
                    .await?;
                Ok::<_, BankError>(())
            })
            .await?;
        Ok(known.is_some())
    }
}
