//! The versions of the rules, and the steps of their lives.

use crate::error::{Failure, Refused};
use crate::risk::Risk;
use crate::store::rule_set::{self, RuleSetRow};
use audit::Act;
use database::{Transaction, audit_chain};
use risk_rules::{Compiled, LifeCycle, LifeCycleError, RuleSet, Stage};
use types::Time;

/// A version of the rules.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSetVersion {
    /// Its number.
    pub version: u32,
    /// Its rules.
    pub rules: RuleSet,
    /// Who did what with it.
    pub life: LifeCycle,
    /// Whether it judges beside the active version, without effect.
    pub shadow: bool,
    /// When it was written.
    pub written: Time,
    /// When it was last activated.
    pub activated: Option<Time>,
}

/// A step of a version's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It decides from now on.
    Activate,
    /// It decides again.
    RollBack,
    /// It judges beside the active version, without effect.
    Shadow,
    /// It does so no more.
    EndShadow,
}

impl Step {
    const fn action(self) -> &'static str {
        match self {
            Self::Activate => "risk.rules_activated",
            Self::RollBack => "risk.rules_rolled_back",
            Self::Shadow => "risk.rules_shadowed",
            Self::EndShadow => "risk.rules_shadow_ended",
        }
    }
}

impl Risk {
    /// Stores a draft of the rules, and returns its version.
    pub async fn draft(
        &self,
        rules: RuleSet,
        author: &str,
    ) -> Result<Result<u32, Refused>, Failure> {
        let now = self.now();
        let life = match LifeCycle::draft(author) {
            Ok(life) => life,
            Err(refused) => return Ok(Err(refused.into())),
        };
        let json = serde_json::to_string(&rules).map_err(Failure::StoredDecision)?;
        if let Err(refused) = Compiled::new(rules, 0) {
            return Ok(Err(refused.into()));
        }
        let author = author.to_owned();
        let write = async move |tx: &mut Transaction<'_>| {
            let newest = rule_set::all(tx).await?;
            let newest = newest.first().map_or(0, |row| row.version);
            let row = RuleSetRow {
                version: newest.saturating_add(1),
                rules: json.clone(),
                life: life.clone(),
                shadow: false,
                written: now,
                activated: None,
            };
            rule_set::put(tx, &row).await?;
            let act = Act::new(now, &author, "risk.rules_drafted").with("version", row.version);
            audit_chain::record(tx, &act).await?;
            Ok::<_, Failure>(row.version)
        };
        Ok(Ok(self.0.database.write(write).await?))
    }

    /// Has a version take a step, if the person may do it.
    pub async fn step(
        &self,
        version: u32,
        step: Step,
        person: &str,
    ) -> Result<Result<(), Refused>, Failure> {
        let (now, person) = (self.now(), person.to_owned());
        let write = async move |tx: &mut Transaction<'_>| {
            let Some(row) = rule_set::find(tx, version).await? else {
                return Ok(Err(Refused::NoSuchVersion));
            };
            let stepped = match stepped(row, step, (&person, now)) {
                Ok(stepped) => stepped,
                Err(refused) => return Ok(Err(refused.into())),
            };
            if stepped.life.stage == Stage::Active
                && let Some(active) = rule_set::active(tx).await?
                && active.version != version
            {
                let retired = RuleSetRow {
                    life: active.life.clone().retired(),
                    ..active
                };
                rule_set::put(tx, &retired).await?;
            }
            rule_set::put(tx, &stepped).await?;
            let act = Act::new(now, &person, step.action()).with("version", version);
            audit_chain::record(tx, &act).await?;
            Ok::<_, Failure>(Ok(()))
        };
        let done = self.0.database.write(write).await?;
        self.read_standing().await?;
        Ok(done)
    }

    /// All versions, the newest first.
    pub async fn versions(&self) -> Result<Vec<RuleSetVersion>, Failure> {
        let read = async move |tx: &mut Transaction<'_>| Ok::<_, Failure>(rule_set::all(tx).await?);
        let version = |row: RuleSetRow| {
            let rules = serde_json::from_str(&row.rules);
            Ok(RuleSetVersion {
                version: row.version,
                rules: rules.map_err(|_| Failure::StoredRules {
                    version: row.version,
                })?,
                life: row.life,
                shadow: row.shadow,
                written: row.written,
                activated: row.activated,
            })
        };
        let rows = self.0.database.read(read).await?;
        rows.into_iter().map(version).collect()
    }
}

fn stepped(
    row: RuleSetRow,
    step: Step,
    (person, now): (&str, Time),
) -> Result<RuleSetRow, LifeCycleError> {
    let life = row.life.clone();
    Ok(match step {
        Step::Activate => RuleSetRow {
            life: life.activated(person)?,
            shadow: false,
            activated: Some(now),
            ..row
        },
        Step::RollBack => RuleSetRow {
            life: life.rolled_back_to(person)?,
            shadow: false,
            activated: Some(now),
            ..row
        },
        Step::Shadow if row.life.stage == Stage::Active => return Err(LifeCycleError::IsActive),
        Step::Shadow => RuleSetRow {
            shadow: true,
            ..row
        },
        Step::EndShadow => RuleSetRow {
            shadow: false,
            ..row
        },
    })
}
