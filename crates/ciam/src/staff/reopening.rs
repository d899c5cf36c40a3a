//! The way back for a bank that has lost its administrators.

use crate::errors::Failure;
use crate::store;
use crate::store::staff;
use database::{Database, Location, Transaction, audit_chain};
use types::Time;

/// Lets the operator's token make an administrator again, because of `reason`, while no server uses the database. Until that
/// one is active, the token acts on customers, too. Nobody of the staff loses anything. Returns whether the bank had staff.
pub async fn reopen_staff(
    location: impl Into<Location>,
    reason: &str,
    now: Time,
) -> Result<bool, Failure> {
    let database = Database::open(location, store::MIGRATIONS)?;
    let reason = reason.to_owned();
    let reopened = database
        .write(
            async move |tx: &mut Transaction<'_>| -> Result<bool, Failure> {
                if staff::staffed(tx).await?.is_none() {
                    return Ok(false);
                }
                staff::set_staffed(tx, None).await?;
                let act = audit::Act::new(now, "operator", "staff.reopened");
                audit_chain::record(tx, &act.with("reason", &reason)).await?;
                Ok(true)
            },
        )
        .await;
    database.close().await;
    reopened
}
