//! Keys come and go in time.

use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::keys::{OwnKey, context};
use crate::store::signing_key::{self, KeyPurpose};
use database::Transaction;
use envelope::Signer as _;
use std::sync::Arc;
use types::{Kid, Time};

/// Later than any time that a column holds.
const NEVER: Time = Time::from_ms(i64::MAX.unsigned_abs());

impl Ciam {
    /// Makes the keys that are needed now or soon, and destroys those that are not any more. Answers whether a key for
    /// device statements was made: then the root has to list it. To be called now and then; [`run`](Self::run) does.
    pub async fn ensure_keys(&self) -> Result<bool, Failure> {
        let _turn = self.inner.keys.making.lock().await;
        let statement = self.ensure_statement_key().await?;
        let token = self.ensure_token_key().await?;
        let destroyed = self.destroy_old_token_keys().await?;
        let rewrapped = self.rewrap_keys().await?;
        if statement || token || destroyed || rewrapped {
            self.load_keys().await?;
        }
        Ok(statement)
    }

    async fn ensure_statement_key(&self) -> Result<bool, Failure> {
        let (now, settings) = (self.now(), &self.inner.settings);
        let last = self.inner.keys.current();
        let last = last.statement.iter().map(|key| key.until).max();
        let due = last.is_none_or(|until| until <= now.plus_ms(settings.statement_key_lead_ms));
        if due {
            let until = now.plus_ms(settings.statement_key_lifetime_ms);
            self.make_key(KeyPurpose::Statement, now, until).await?;
            tracing::info!("there is a new key for device statements; the root has to list it");
        }
        Ok(due)
    }

    /// The first key signs at once, for no edge has a JWKS yet. Each other one is in the JWKS for a while before it signs.
    async fn ensure_token_key(&self) -> Result<bool, Failure> {
        let (now, settings) = (self.now(), &self.inner.settings);
        let soon = now.plus_ms(settings.token_key_lead_ms);
        let newest = self.inner.keys.current().token.last().map(|key| key.from);
        let from = match newest.map(|from| from.plus_ms(settings.token_key_rotation_ms)) {
            None => now,
            Some(due) if due <= soon => soon,
            Some(_) => return Ok(false),
        };
        self.make_key(KeyPurpose::Token, from, NEVER).await?;
        Ok(true)
    }

    async fn destroy_old_token_keys(&self) -> Result<bool, Failure> {
        let now = self.now();
        let keys = self.inner.keys.current();
        let old: Vec<Kid> = keys
            .token
            .iter()
            .zip(keys.token.iter().skip(1))
            .filter(|(_, successor)| self.last_expiry_before(successor) < now)
            .map(|(key, _)| key.key.public_key().kid())
            .collect();
        if old.is_empty() {
            return Ok(false);
        }
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    for kid in old {
                        signing_key::delete(tx, kid).await?;
                        ciam.record(tx, &Act::KeyDestroyed { kid }).await?;
                    }
                    Ok(())
                },
            )
            .await?;
        Ok(true)
    }

    /// Wraps anew what is wrapped under an older key-encryption key than the vault's newest.
    async fn rewrap_keys(&self) -> Result<bool, Failure> {
        let vault = &self.inner.vault;
        let newest = vault.newest().await?;
        let keys = self.inner.keys.current();
        let mut all = keys.token.iter().chain(&keys.statement);
        if all.all(|own| own.wrapped_under == newest) {
            return Ok(false);
        }
        for (purpose, row) in self.key_rows().await? {
            if row.wrapped.key == newest {
                continue;
            }
            let context = context(purpose, &row.public);
            let secret = vault.unwrap(&context, &row.wrapped).await?;
            let wrapped = vault.wrap(&context, &secret).await?;
            let kid = row.public.kid();
            self.inner
                .database
                .write(
                    async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                        Ok(signing_key::rewrap(tx, kid, &wrapped).await?)
                    },
                )
                .await?;
        }
        Ok(true)
    }

    /// When the last token that was signed before `successor` has expired.
    fn last_expiry_before(&self, successor: &Arc<OwnKey>) -> Time {
        let longest = self.inner.settings.token_lifetime_max_ms();
        successor.from.plus_ms(longest)
    }
}
