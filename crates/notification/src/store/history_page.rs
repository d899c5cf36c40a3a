//! The pages of accounts' histories: their last entries and their leaves.

use super::SubjectIndex;
use database::{DatabaseError, Transaction, params};
use types::{Hash, Incarnation};

/// A page of an account's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// The number of its last entry.
    pub(crate) last: u64,
    /// Whether the next entry is on the next page. The page then never changes within its incarnation.
    pub(crate) whole: bool,
    /// The data of its leaf.
    pub(crate) leaf: Hash,
}

/// The known pages of an account within an incarnation, from 1 on without a gap. Only the last may be incomplete.
pub(crate) async fn all(
    tx: &mut Transaction<'_>,
    account: SubjectIndex,
    incarnation: Incarnation,
) -> Result<Vec<Page>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT page, last, whole, leaf FROM history_page WHERE account = $1 AND incarnation = $2 ORDER BY page",
            params![account.0, incarnation],
        )
        .await?;
    let mut pages = Vec::with_capacity(rows.len());
    for (page, row) in (1..).zip(&rows) {
        // Two nodes that made pages of different incarnations at the same time may have left a gap.
        if row.get::<u64>(0)? != page {
            break;
        }
        pages.push(Page {
            last: row.get(1)?,
            whole: row.get(2)?,
            leaf: row.get(3)?,
        });
    }
    Ok(pages)
}

/// Stores pages of an account from number `first` on. A complete page stays as it is. Pages of another incarnation are
/// deleted.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    account: SubjectIndex,
    incarnation: Incarnation,
    first: u64,
    pages: &[Page],
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM history_page WHERE account = $1 AND incarnation <> $2",
        params![account.0, incarnation],
    )
    .await?;
    for (number, page) in (first..).zip(pages) {
        tx.execute(
            "INSERT INTO history_page (account, page, incarnation, last, whole, leaf) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (account, page) DO UPDATE SET last = excluded.last, whole = excluded.whole,
                leaf = excluded.leaf WHERE history_page.whole = 0 AND excluded.last >= history_page.last",
            params![
                account.0,
                super::signed(number),
                incarnation,
                super::signed(page.last),
                page.whole,
                page.leaf
            ],
        )
        .await?;
    }
    Ok(())
}
