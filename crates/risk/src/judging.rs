//! Judging: gather, decide, store, in one unit of work.

use crate::asked::Asked;
use crate::error::Failure;
use crate::gathering::{Gathered, Gathering, PLACE};
use crate::risk::{CalledOut, Risk};
use crate::standing::Standing;
use crate::store::activity::{self, ActivityRow};
use crate::store::customer::{self, CustomerRow};
use crate::store::decision::{self, DecisionRow};
use crate::store::{DecisionId, case, device};
use audit::{Act, Subject};
use database::{SealedColumns, Transaction, audit_chain};
use risk_rules::{Action, Callout, Decision, Features};
use serde::{Deserialize, Serialize};
use types::{CustomerId, base64url};

const DECISION: &str = "risk.decision";

/// The scheme of an account of this bank, as orders name it.
const ACCOUNT: &str = "account";

/// What is stored of a decision, sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) customer: CustomerId,
    pub(crate) features: Features,
    pub(crate) decision: Decision,
    /// What shadow rules decided.
    pub(crate) shadows: Vec<Decision>,
}

impl Kept {
    pub(crate) fn open(columns: &SealedColumns, row: &DecisionRow) -> Result<Self, Failure> {
        let json = columns.open(DECISION, &row.sealed)?;
        serde_json::from_slice(&json).map_err(Failure::StoredDecision)
    }

    fn seal(&self, columns: &SealedColumns) -> Result<Vec<u8>, Failure> {
        let json = serde_json::to_vec(self).map_err(Failure::StoredDecision)?;
        Ok(columns.seal(DECISION, &json)?)
    }
}

impl Risk {
    /// Judges an order or a login. The decision is durable when this returns. Whatever is asked again under its id is
    /// judged anew, and counts once.
    pub async fn judge(&self, asked: Asked) -> Result<Decision, Failure> {
        let standing = self.standing().await?;
        let whereabouts = self.locate(asked.address).await;
        let account = |(scheme, identification): &(String, String)| {
            self.account_index(scheme, identification)
        };
        let gathering = Gathering {
            customer: self.customer_index(&asked.customer),
            payee: asked.payee.as_ref().map(account),
            debit: asked
                .debit_account
                .as_ref()
                .map(|debit| self.account_index(ACCOUNT, debit)),
            whereabouts,
            hour_and_weekday: self.0.settings.time_zone.hour_and_weekday(asked.received),
            asked,
        };
        let mut id = DecisionId::default();
        getrandom::fill(&mut id)?;
        let (columns, callouts) = (self.0.columns.clone(), self.0.callouts.clone());
        let judge = async move |tx: &mut Transaction<'_>| {
            let gathered = gathering.gather(tx, (&standing, &columns)).await?;
            let kept = decide(&gathering.asked, &gathered, (&standing, &callouts));
            keep(tx, (&gathering, &gathered), (id, &kept), &columns).await?;
            Ok::<_, Failure>(kept.decision)
        };
        self.0.database.write(judge).await
    }
}

fn decide(
    asked: &Asked,
    gathered: &Gathered,
    (standing, callouts): (&Standing, &[(String, CalledOut)]),
) -> Kept {
    let callouts: Vec<Callout<'_>> = callouts
        .iter()
        .map(|(name, callout)| -> Callout<'_> { (name, &**callout) })
        .collect();
    let features = &gathered.features;
    let shadows = standing.shadows.iter();
    Kept {
        customer: asked.customer.clone(),
        features: features.clone(),
        decision: standing.active.decide(features, &callouts),
        shadows: shadows
            .map(|shadow| shadow.decide(features, &callouts))
            .collect(),
    }
}

/// Stores the decision, what the next one counts, and a case if a person has to look at it.
async fn keep(
    tx: &mut Transaction<'_>,
    (gathering, gathered): (&Gathering, &Gathered),
    (id, kept): (DecisionId, &Kept),
    columns: &SealedColumns,
) -> Result<(), Failure> {
    let (asked, customer) = (&gathering.asked, gathering.customer);
    let (now, action) = (asked.received, kept.decision.action);
    let is_denied = action == Action::Deny;
    let activity = ActivityRow {
        customer,
        id: asked.id.clone(),
        device: asked.device.id,
        payee: gathering.payee,
        amount: asked.amount,
        at: now,
        denied: is_denied,
    };
    activity::put(tx, &activity).await?;
    let row = DecisionRow {
        decision: id,
        customer,
        id: asked.id.clone(),
        at: now,
        score: kept.decision.score.get(),
        action: action.as_str().to_owned(),
        version: kept.decision.version,
        sealed: kept.seal(columns)?,
    };
    decision::insert(tx, &row).await?;
    if action != Action::Allow {
        case::insert(tx, id, now).await?;
    }
    if is_denied {
        let decision = base64url::encode(&id);
        let customer = Subject::new("customer", base64url::encode(&customer));
        let act = Act::new(now, "risk", "risk.denied")
            .about(customer)
            .with("decision", decision)
            .with("rule", kept.decision.rule.as_deref().unwrap_or("callout"))
            .with("version", kept.decision.version);
        audit_chain::record(tx, &act).await?;
        // What a thief's device and place look like must not become what the customer's look like.
        return Ok(());
    }
    let device = (asked.device.id, customer);
    device::put(tx, device, &gathering.device_row(), now).await?;
    if let Ok((_, place)) = gathering.whereabouts {
        let place = serde_json::to_vec(&place).map_err(Failure::StoredDecision)?;
        let before = gathered.places.as_ref();
        let before = before.and_then(|row| row.visit_before(&asked.id)).cloned();
        let row = CustomerRow {
            id: asked.id.clone(),
            last: (columns.seal(PLACE, &place)?, now),
            before,
        };
        customer::put(tx, customer, row).await?;
    }
    Ok(())
}
