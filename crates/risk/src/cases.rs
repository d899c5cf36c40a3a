//! Cases for customer service, and decisions explained.

use crate::error::{Failure, Refused};
use crate::judging::Kept;
use crate::risk::Risk;
use crate::store::decision::{self, DecisionRow};
use crate::store::{DecisionId, activity, case};
use audit::Act;
use database::{Transaction, audit_chain};
use risk_rules::{Decision, Features};
use std::str::FromStr;
use types::{CustomerId, Time, base64url};

/// Maximum cases in one answer.
const CASES_MAX: u32 = 1_000;

/// What people found out about an order or a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was not the customer, or the customer was deceived.
    Fraud,
    /// It was the customer, of their own will.
    Genuine,
}

impl Outcome {
    /// The word as it is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fraud => "fraud",
            Self::Genuine => "genuine",
        }
    }
}

impl FromStr for Outcome {
    type Err = Refused;
    fn from_str(word: &str) -> Result<Self, Refused> {
        let found = [Self::Fraud, Self::Genuine];
        let found = found.into_iter().find(|outcome| outcome.as_str() == word);
        found.ok_or_else(|| Refused::Entry(format!("an outcome is fraud or genuine, not `{word}`")))
    }
}

/// A decision that a person looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The decision, in base64url.
    pub decision: String,
    /// The order's or login's id.
    pub id: String,
    /// Who it is about.
    pub customer: CustomerId,
    /// When it was decided.
    pub at: Time,
    /// What was decided, with the sentence to read out and the question to ask.
    pub decided: Decision,
}

/// A decision with all that it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The decision.
    pub case: Case,
    /// The features.
    pub features: Features,
    /// What shadow rules decided.
    pub shadows: Vec<Decision>,
    /// What people found out. `None` if nobody looked, or has to.
    pub outcome: Option<String>,
    /// Who closed the case.
    pub person: Option<String>,
}

impl Risk {
    /// The open cases, the oldest first, at most 1,000.
    pub async fn cases(&self) -> Result<Vec<Case>, Failure> {
        let read = async move |tx: &mut Transaction<'_>| {
            Ok::<_, Failure>(case::open(tx, CASES_MAX).await?)
        };
        let rows = self.0.database.read(read).await?;
        rows.iter().map(|row| Ok(self.opened(row)?.0)).collect()
    }

    /// Explains a decision, or the newest one about an order or a login.
    pub async fn explain(&self, id: &str) -> Result<Result<Explained, Refused>, Failure> {
        let (decision, id) = (decision_id(id), id.to_owned());
        let read = async move |tx: &mut Transaction<'_>| {
            let by_decision = match decision {
                Some(decision) => decision::find(tx, decision).await?,
                None => None,
            };
            let row = match by_decision {
                Some(row) => Some(row),
                None => decision::newest_of(tx, &id).await?,
            };
            let Some(row) = row else {
                return Ok::<_, Failure>(None);
            };
            let case = case::find(tx, row.decision).await?;
            Ok(Some((row, case)))
        };
        let Some((row, of_case)) = self.0.database.read(read).await? else {
            return Ok(Err(Refused::NoSuchDecision));
        };
        let (case, kept) = self.opened(&row)?;
        let (outcome, person) = match of_case {
            Some(case) => (case.outcome, case.person),
            None => (None, None),
        };
        Ok(Ok(Explained {
            case,
            features: kept.features,
            shadows: kept.shadows,
            outcome,
            person,
        }))
    }

    /// Closes a case with what people found out. A fraud counts against its device and payee from then on.
    pub async fn close_case(
        &self,
        decision: &str,
        outcome: Outcome,
        (person, note): (&str, &str),
    ) -> Result<Result<(), Refused>, Failure> {
        let Some(id) = decision_id(decision) else {
            return Ok(Err(Refused::NoSuchDecision));
        };
        let now = self.now();
        let (person, note) = (person.to_owned(), note.to_owned());
        let act = Act::new(now, &person, "risk.case_closed")
            .with("decision", decision)
            .with("outcome", outcome.as_str());
        let write = async move |tx: &mut Transaction<'_>| {
            let Some(row) = decision::find(tx, id).await? else {
                return Ok(Err(Refused::NoSuchDecision));
            };
            let found = (outcome.as_str(), person.as_str(), note.as_str());
            if !case::close(tx, id, found, now).await? {
                let known = case::find(tx, id).await?;
                return Ok(Err(match known {
                    Some(_) => Refused::CaseClosed,
                    None => Refused::NoSuchDecision,
                }));
            }
            let order = (row.customer, row.id.as_str());
            activity::set_fraud(tx, order, outcome == Outcome::Fraud).await?;
            audit_chain::record(tx, &act).await?;
            Ok::<_, Failure>(Ok(()))
        };
        self.0.database.write(write).await
    }

    fn opened(&self, row: &DecisionRow) -> Result<(Case, Kept), Failure> {
        let kept = Kept::open(&self.0.columns, row)?;
        let case = Case {
            decision: base64url::encode(&row.decision),
            id: row.id.clone(),
            customer: kept.customer.clone(),
            at: row.at,
            decided: kept.decision.clone(),
        };
        Ok((case, kept))
    }
}

fn decision_id(text: &str) -> Option<DecisionId> {
    base64url::decode(text).ok()?.try_into().ok()
}
