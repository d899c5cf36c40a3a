//! Following ciam: devices and revocations that a restored copy of our tables lacks.

use crate::ports::NumberedStatement;
use crate::store::{device, register};
use crate::{Failure, GrantRefused, Notification};
use envelope::DeviceStatement;

const STATEMENTS: &str = "device statements";
const REVOCATIONS: &str = "revocations";

/// Statements or revocations asked for at once.
const PAGE: usize = 500;

impl Notification {
    /// Makes the grants and rekeys of what ciam stated since it was last followed. Those that were made already change
    /// nothing.
    pub(crate) async fn follow_ciam(&self) -> Result<(), Failure> {
        loop {
            let after = self.followed(STATEMENTS).await?;
            let page = self.devices.statements_after(after, PAGE).await?;
            let Some(last) = page.last().map(|statement| statement.number) else {
                break;
            };
            for statement in self.not_granted(page).await? {
                match self.grant(&statement.statement).await {
                    Ok(_) | Err(GrantRefused::Revoked) => {}
                    Err(GrantRefused::Failed(failure)) => return Err(failure),
                    Err(refused) => {
                        let number = statement.number;
                        tracing::error!(number, error = %refused, "a device statement is not granted");
                    }
                }
            }
            self.set_followed(STATEMENTS, last).await?;
        }
        loop {
            let after = self.followed(REVOCATIONS).await?;
            let page = self.devices.revocations_after(after, PAGE).await?;
            let Some(last) = page.last().map(|revocation| revocation.number) else {
                return Ok(());
            };
            for revocation in page {
                self.rekey(revocation).await?;
            }
            self.set_followed(REVOCATIONS, last).await?;
        }
    }

    /// Leaves out the statements of devices that have their grant: all that were made while this node was asked.
    async fn not_granted(
        &self,
        page: Vec<NumberedStatement>,
    ) -> Result<Vec<NumberedStatement>, Failure> {
        let keys = self.signing.current();
        let trust = keys.trust()?;
        let stated: Vec<_> = page
            .into_iter()
            .map(|stated| {
                (
                    DeviceStatement::verify(&stated.statement, trust).ok(),
                    stated,
                )
            })
            .collect();
        self.database
            .read(async move |tx| {
                let mut left = Vec::new();
                for (statement, stated) in stated {
                    let known = match statement {
                        Some(of) => device::find(tx, of.channel, of.device).await?.is_some(),
                        None => false,
                    };
                    if !known {
                        left.push(stated);
                    }
                }
                Ok(left)
            })
            .await
    }

    pub(crate) async fn followed(&self, list: &'static str) -> Result<u64, Failure> {
        self.database
            .read(async move |tx| Ok(register::progress(tx, list).await?))
            .await
    }

    /// A list was followed on; not where somebody else moved the place meanwhile.
    pub(crate) async fn advance_followed(
        &self,
        list: &'static str,
        from: u64,
        to: u64,
    ) -> Result<bool, Failure> {
        self.database
            .write(async move |tx| {
                let still = register::progress(tx, list).await? == from;
                if still {
                    register::set_progress(tx, list, to).await?;
                }
                Ok(still)
            })
            .await
    }

    async fn set_followed(&self, list: &'static str, value: u64) -> Result<(), Failure> {
        self.database
            .write(async move |tx| Ok(register::set_progress(tx, list, value).await?))
            .await
    }
}
