//! Device statements of version 1 in databases from before version 2.

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::device::{self, DeviceRow};
use database::Transaction;
use envelope::{DeviceStatement, Sign1};
use types::Kid;

/// Maximum statements signed again in one transaction.
const PAGE: u32 = 512;

impl Ciam {
    /// Signs the statements of version 1 again, as version 2, because version 1 is no longer supported. The new
    /// statement adds the device's form and keeps number, time and key, so that it is worth as much as before. After a
    /// crash, the next start continues.
    pub(crate) async fn renew_former_statements(&self) -> Result<(), Failure> {
        loop {
            let former = self
                .inner
                .database
                .read(
                    async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                        Ok(device::with_former_statement(tx, PAGE).await?)
                    },
                )
                .await?;
            if former.is_empty() {
                return Ok(());
            }
            tracing::info!(count = former.len(), "signing device statements again");
            let mut renewed = Vec::with_capacity(former.len());
            for row in &former {
                renewed.push((row.device, self.renewed(row)?));
            }
            self.inner
                .database
                .write(
                    async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                        for (device, statement) in &renewed {
                            device::replace_statement(tx, *device, statement).await?;
                        }
                        Ok(())
                    },
                )
                .await?;
        }
    }

    fn renewed(&self, row: &DeviceRow) -> Result<Vec<u8>, Failure> {
        let former = Sign1::parse(&self.open_statement(&row.statement)?)
            .map_err(|_| Failure::FormerStatement(row.device))?;
        let statement = DeviceStatement {
            number: row.statement_number,
            customer: self.open_customer(&row.sealed_customer)?,
            channel: row.channel,
            device: row.device,
            form: row.form,
            session: row.session,
            approval: row.approval,
            agreement: row.agreement,
            verdict: row.verdict.clone(),
            time: row.enrolled,
        };
        self.sign_as(former.kid(), &statement)?
            .ok_or(Failure::FormerStatement(row.device))
    }

    /// Signs with that key, if it is ciam's and may sign at the statement's time.
    fn sign_as(&self, kid: Kid, statement: &DeviceStatement) -> Result<Option<Vec<u8>>, Failure> {
        let keys = self.inner.keys.current();
        let key = keys.statement.iter().find(|own| own.public.kid() == kid);
        let signer = key.and_then(|own| own.signer_at(statement.time));
        let signed = signer.map(|signer| statement.sign(signer)).transpose()?;
        signed
            .map(|signed| self.seal_statement(&signed))
            .transpose()
    }
}
