//! The incarnation of the books. The books get a new one whenever they are restored from an older copy.

use crate::{BankError, SandboxBank};
use database::{DatabaseError, Transaction, params};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::UNIX_EPOCH;
use types::Incarnation;

/// Reads the incarnation in the caller's transaction.
pub(crate) async fn current(tx: &mut Transaction<'_>) -> Result<Incarnation, DatabaseError> {
    tx.query_one("SELECT incarnation FROM books", &[])
        .await?
        .get(0)
}

/// The inode and the creation time of a file, which differ between a file and its copy. `None` if the file system does
/// not store the creation time.
fn identity(path: &Path) -> Option<String> {
    let file = path.metadata().ok()?;
    let created = file.created().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{}:{}", file.ino(), created.as_nanos()))
}

impl SandboxBank {
    /// Reads the incarnation of the books.
    pub async fn incarnation(&self) -> Result<Incarnation, BankError> {
        self.database
            .read(async move |tx: &mut Transaction<'_>| Ok(current(tx).await?))
            .await
    }

    /// Begins a new incarnation. Whoever restores the books from an older copy must call this: sequences of the former
    /// incarnation mean nothing in the new one.
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

    /// Begins a new incarnation if `path`, the bank's own file, is a copy: if it is not the file that was opened last,
    /// and so may be older. Returns whether it is a copy. A disk image that is restored as a whole is not noticed; use
    /// [`reopen`](Self::reopen) then.
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
        // This is the last step. A crash before it only causes one more incarnation, which is harmless.
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
