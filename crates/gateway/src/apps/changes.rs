//! Other apps hear that something changed: ciam tells them, and gateway tells ciam.

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::ports::Apps;
use crate::store::initiation::{self, InitiationRow};
use crate::store::seen_changes;
use core_bank::{HEADS_MAX, HeadsCursor, SubjectHead};
use database::Transaction;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use types::CustomerId;

/// Time between two looks for changes.
const LOOK: Duration = Duration::from_secs(1);

/// Maximum subjects of the core bank in one look.
const SUBJECTS: usize = 1_000;

const _: () = assert!(SUBJECTS <= HEADS_MAX);

/// Maximum payments in one look.
const PAYMENTS: u32 = 64;

impl Gateway {
    /// Tells ciam what changed, until it is dropped. Ends at once if no app wants to hear it.
    pub(crate) async fn keep_telling_apps(&self) {
        let Some(apps) = self.0.apps.clone() else {
            return;
        };
        loop {
            for told in [
                self.tell_of_accounts(&apps).await,
                self.tell_of_payments(&apps).await,
            ] {
                if let Err(failure) = told {
                    let failure = types::error_chain(&failure);
                    tracing::warn!("other apps do not hear yet what changed: {failure}");
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Tells of all accounts that changed at the core bank since the last look. The first look tells of none.
    pub(crate) async fn tell_of_accounts(&self, apps: &Arc<dyn Apps>) -> Result<(), Failure> {
        let bank = &self.0.core_bank;
        let seen = self
            .0
            .database
            .read(async move |tx| Ok::<_, Failure>(seen_changes::find(tx).await?));
        let Some(mut seen) = seen.await? else {
            let newest = bank.heads(HeadsCursor::START, 1).await?.newest;
            return self.set_seen(newest).await;
        };
        loop {
            let heads = bank.heads(seen, SUBJECTS).await?;
            if heads.newest < seen {
                // The books were put back to an older copy: everything may have changed.
                seen = HeadsCursor::START;
                continue;
            }
            let customers = holders(&heads.subjects);
            if !customers.is_empty() {
                apps.accounts_changed(&customers).await?;
            }
            if heads.next != seen {
                seen = heads.next;
                self.set_seen(seen).await?;
            }
            if heads.subjects.len() < SUBJECTS {
                return Ok(());
            }
        }
    }

    /// Tells of all payments whose state changed, which apps prepared.
    pub(crate) async fn tell_of_payments(&self, apps: &Arc<dyn Apps>) -> Result<(), Failure> {
        loop {
            let rows = self
                .0
                .database
                .read(async move |tx| Ok::<_, Failure>(initiation::to_hear(tx, PAYMENTS).await?));
            let rows = rows.await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let customer = self.customer_of(&row)?;
                apps.payment_changed(&row.client, &customer, row.initiation)
                    .await?;
                self.set_heard(row).await?;
            }
        }
    }

    async fn set_seen(&self, seen: HeadsCursor) -> Result<(), Failure> {
        let write = async move |tx: &mut Transaction<'_>| {
            Ok::<_, Failure>(seen_changes::put(tx, seen).await?)
        };
        self.0.database.write(write).await
    }

    async fn set_heard(&self, row: InitiationRow) -> Result<(), Failure> {
        let write = async move |tx: &mut Transaction<'_>| {
            Ok::<_, Failure>(initiation::set_heard(tx, &row).await?)
        };
        self.0.database.write(write).await
    }
}

/// The holders of the accounts among the subjects, each once.
fn holders(subjects: &[SubjectHead]) -> Vec<CustomerId> {
    let accounts = subjects
        .iter()
        .filter(|head| head.subject.account().is_some());
    let holders: BTreeSet<_> = accounts.flat_map(|head| &head.holders).collect();
    holders.into_iter().cloned().collect()
}
