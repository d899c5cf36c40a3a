//! The versions of the rules.

use database::{DatabaseError, Row, Transaction, params};
use risk_rules::{LifeCycle, Stage};
use types::Time;

/// A version of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleSetRow {
    pub(crate) version: u32,
    /// As JSON.
    pub(crate) rules: String,
    pub(crate) life: LifeCycle,
    pub(crate) shadow: bool,
    pub(crate) written: Time,
    pub(crate) activated: Option<Time>,
}

impl RuleSetRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let stage: String = row.get("stage")?;
        let stage = Stage::ALL.into_iter().find(|one| one.as_str() == stage);
        Ok(Self {
            version: row.get("version")?,
            rules: row.get("rules")?,
            life: LifeCycle {
                // A word that this version does not know decides nothing.
                stage: stage.unwrap_or(Stage::Draft),
                author: row.get("author")?,
                tested_by: row.get("tested_by")?,
                activated_by: row.get("activated_by")?,
            },
            shadow: row.get("shadow")?,
            written: row.get("written_ms")?,
            activated: row.get("activated_ms")?,
        })
    }
}

/// Stores a version, new or changed.
pub(crate) async fn put(tx: &mut Transaction<'_>, row: &RuleSetRow) -> Result<(), DatabaseError> {
    let put = "INSERT INTO rule_set (version, rules, stage, shadow, author, tested_by, activated_by, written_ms, activated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (version) DO UPDATE SET stage = excluded.stage, shadow = excluded.shadow,
            tested_by = excluded.tested_by, activated_by = excluded.activated_by, activated_ms = excluded.activated_ms";
    let values = params![
        row.version,
        &row.rules,
        row.life.stage.as_str(),
        row.shadow,
        &row.life.author,
        row.life.tested_by.as_ref(),
        row.life.activated_by.as_ref(),
        row.written,
        row.activated
    ];
    tx.execute(put, values).await?;
    Ok(())
}

/// All versions, the newest first.
pub(crate) async fn all(tx: &mut Transaction<'_>) -> Result<Vec<RuleSetRow>, DatabaseError> {
    let select = "SELECT * FROM rule_set ORDER BY version DESC";
    let rows = tx.query(select, &[]).await?;
    rows.iter().map(RuleSetRow::read).collect()
}

pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    version: u32,
) -> Result<Option<RuleSetRow>, DatabaseError> {
    let select = "SELECT * FROM rule_set WHERE version = $1";
    let row = tx.query_optional(select, params![version]).await?;
    row.as_ref().map(RuleSetRow::read).transpose()
}

/// The version that decides.
pub(crate) async fn active(tx: &mut Transaction<'_>) -> Result<Option<RuleSetRow>, DatabaseError> {
    let select = "SELECT * FROM rule_set WHERE stage = 'active'";
    let row = tx.query_optional(select, &[]).await?;
    row.as_ref().map(RuleSetRow::read).transpose()
}
