//! A back-test: what a version would have decided over the decisions that are stored.

use crate::error::{Failure, Refused};
use crate::judging::Kept;
use crate::risk::Risk;
use crate::standing::compile;
use crate::store::decision;
use crate::store::rule_set::{self, RuleSetRow};
use audit::Act;
use database::{Transaction, audit_chain};
use risk_rules::{Action, Stage};
use types::{Time, base64url};

/// Decisions that are read at once.
const READ_AT_ONCE: u32 = 500;

/// Maximum decisions that differ and are named.
const DIFFERING_MAX: usize = 100;

/// Maximum decisions of a back-test.
const DECISIONS_MAX: usize = 1_000_000;

/// What came of a back-test.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackTest {
    /// The decisions that were judged again.
    pub decisions: u64,
    /// How many had each action then, in rows, and have each now, in columns: allow, alert, increase authentication,
    /// deny.
    pub actions: [[u64; 4]; 4],
    /// The newest ones whose action differs, at most 100.
    pub differing: Vec<Differing>,
}

/// A decision that the version would make otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// The decision, in base64url.
    pub decision: String,
    /// When it was made.
    pub at: Time,
    /// What was decided.
    pub then: Action,
    /// What the version decides.
    pub now: Action,
    /// Its sentence.
    pub sentence: String,
}

impl Risk {
    /// Judges the decisions since `since` again by a version, at most a million, the newest first. The version then counts
    /// as tested. Callouts are not asked.
    pub async fn back_test(
        &self,
        version: u32,
        since: Time,
        person: &str,
    ) -> Result<Result<BackTest, Refused>, Failure> {
        let find = async move |tx: &mut Transaction<'_>| {
            Ok::<_, Failure>(rule_set::find(tx, version).await?)
        };
        let Some(row) = self.0.database.read(find).await? else {
            return Ok(Err(Refused::NoSuchVersion));
        };
        let tested = match row.life.clone().tested(person) {
            Ok(life) => RuleSetRow {
                life,
                ..row.clone()
            },
            Err(refused) => return Ok(Err(refused.into())),
        };
        let rules = compile(&row)?;
        let mut test = BackTest::default();
        let mut before = (self.now(), [u8::MAX; 16]);
        loop {
            let read = async move |tx: &mut Transaction<'_>| {
                Ok::<_, Failure>(decision::before(tx, before, since, READ_AT_ONCE).await?)
            };
            let rows = self.0.database.read(read).await?;
            let Some(last) = rows.last() else {
                break;
            };
            before = (last.at, last.decision);
            for row in &rows {
                let kept = Kept::open(&self.0.columns, row)?;
                let again = rules.decide(&kept.features, &[]);
                test.count(kept.decision.action, again.action);
                let differs = kept.decision.action != again.action;
                if differs && test.differing.len() < DIFFERING_MAX {
                    test.differing.push(Differing {
                        decision: base64url::encode(&row.decision),
                        at: row.at,
                        then: kept.decision.action,
                        now: again.action,
                        sentence: again.sentence,
                    });
                }
            }
            if usize::try_from(test.decisions).is_ok_and(|decisions| decisions >= DECISIONS_MAX) {
                break;
            }
        }
        self.mark_tested(tested, person).await?;
        Ok(Ok(test))
    }

    async fn mark_tested(&self, tested: RuleSetRow, person: &str) -> Result<(), Failure> {
        let act = Act::new(self.now(), person, "risk.rules_tested").with("version", tested.version);
        let write = async move |tx: &mut Transaction<'_>| {
            // Somebody may have activated it meanwhile.
            let stage = rule_set::find(tx, tested.version).await?;
            let stage = stage.map(|row| row.life.stage);
            if matches!(stage, Some(Stage::Draft | Stage::Tested)) {
                rule_set::put(tx, &tested).await?;
            }
            Ok::<_, Failure>(audit_chain::record(tx, &act).await?)
        };
        self.0.database.write(write).await
    }
}

impl BackTest {
    fn count(&mut self, then: Action, now: Action) {
        self.decisions += 1;
        let position = |action| Action::ALL.iter().position(|one| *one == action);
        let row = position(then).and_then(|row| self.actions.get_mut(row));
        if let Some(count) = row.zip(position(now)).and_then(|(row, at)| row.get_mut(at)) {
            *count += 1;
        }
    }
}
