//! Loads signing keys, and makes and destroys them in time.

use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::keys::KeySet;
use crate::store::signing_key::{self, KeyPurpose};
use database::Transaction;
use std::sync::Arc;
use types::{Kid, Time};
use vault::{OwnKey, StoredKey, needs_successor};

/// A time beyond every time in a column.
const NEVER: Time = Time::from_ms(i64::MAX.unsigned_abs());

/// How long a successor signs device statements before the former private half is destroyed.
const SETTLED_MS: u64 = 86_400_000;

impl Ciam {
    /// Makes the keys that are needed now or soon, and destroys those no longer needed. Returns whether a key for
    /// device statements was made: the root then has to list it. Call it regularly. [`run`](Self::run) does, and so
    /// does every caller that finds no valid key.
    pub async fn ensure_keys(&self) -> Result<bool, Failure> {
        let _turn = self.inner.keys.making.lock().await;
        let statement = self.ensure_statement_key().await?;
        let token = self.ensure_token_key().await?;
        let destroyed = self.destroy_spent_keys().await?;
        let rewrapped = self.rewrap_keys().await?;
        if statement || token || destroyed || rewrapped {
            self.load_keys().await?;
        }
        Ok(statement)
    }

    async fn ensure_statement_key(&self) -> Result<bool, Failure> {
        let (now, settings) = (self.now(), &self.inner.settings);
        let keys = self.inner.keys.current();
        let times = keys.statement.iter().map(|own| (own.from, own.until));
        let due = needs_successor(times, now, settings.statement_key_lead_ms);
        if due {
            let until = now.plus_ms(settings.statement_key_lifetime_ms);
            self.make_key(KeyPurpose::Statement, (now, until)).await?;
            tracing::info!("a new key for device statements was made; the root has to list it");
        }
        Ok(due)
    }

    /// If no key can sign, the new one signs at once. Otherwise a key is in the JWKS for a while before it signs.
    async fn ensure_token_key(&self) -> Result<bool, Failure> {
        let (now, settings) = (self.now(), &self.inner.settings);
        let soon = now.plus_ms(settings.token_key_lead_ms);
        let keys = self.inner.keys.current();
        // A key that begins later was made while the clock was ahead.
        let begun = keys.token.iter().map(|own| own.from);
        let newest = begun.filter(|from| *from <= soon).max();
        let signing = keys.token.iter().any(|own| own.from <= now);
        let from = match newest.map(|from| from.plus_ms(settings.token_key_rotation_ms)) {
            Some(due) if signing && due > soon => return Ok(false),
            Some(_) if signing => soon,
            _ => now,
        };
        self.make_key(KeyPurpose::Token, (from, NEVER)).await?;
        Ok(true)
    }

    /// Keeps the public half of a key for device statements, for verification; deletes a token key completely.
    async fn destroy_spent_keys(&self) -> Result<bool, Failure> {
        let now = self.now();
        let keys = self.inner.keys.current();
        let kid = |own: &Arc<OwnKey>| own.public.kid();
        let tokens: Vec<Kid> = keys
            .token
            .iter()
            .zip(keys.token.iter().skip(1))
            .filter(|(_, successor)| self.last_expiry_before(successor) < now)
            .map(|(own, _)| kid(own))
            .collect();
        let signing = keys
            .statement
            .iter()
            .filter(|own| own.signer_at(now).is_some());
        let begun: Vec<Time> = signing.map(|own| own.from).collect();
        let spent = |own: &&Arc<OwnKey>| own.is_spent(begun.iter().copied(), now, SETTLED_MS);
        let statements: Vec<Kid> = keys.statement.iter().filter(spent).map(kid).collect();
        if tokens.is_empty() && statements.is_empty() {
            return Ok(false);
        }
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    for kid in &tokens {
                        signing_key::delete(tx, *kid).await?;
                    }
                    for kid in &statements {
                        signing_key::set_wrapped(tx, *kid, None).await?;
                    }
                    for kid in tokens.iter().chain(&statements) {
                        ciam.record(tx, &Act::KeyDestroyed { kid: *kid }).await?;
                    }
                    Ok(())
                },
            )
            .await?;
        Ok(true)
    }

    /// Wraps keys again that are wrapped under an older key-encryption key than the vault's newest.
    async fn rewrap_keys(&self) -> Result<bool, Failure> {
        let vault = &*self.inner.vault;
        let newest = vault.newest().await?;
        if self.inner.keys.current().wrapped_under == Some(newest) {
            return Ok(false);
        }
        for (purpose, kept) in self.stored_keys().await? {
            let Some(wrapped) = kept.rewrapped(vault, purpose.used_for()).await? else {
                continue;
            };
            let kid = kept.public.kid();
            self.inner
                .database
                .write(
                    async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                        Ok(signing_key::set_wrapped(tx, kid, Some(&wrapped)).await?)
                    },
                )
                .await?;
        }
        Ok(true)
    }

    /// Loads the keys from the table.
    pub(crate) async fn load_keys(&self) -> Result<(), Failure> {
        let mut keys = KeySet::default();
        for (purpose, kept) in self.stored_keys().await? {
            let key = kept.open(&*self.inner.vault, purpose.used_for()).await?;
            let under = kept.wrapped.as_ref().map(|wrapped| wrapped.key);
            keys.wrapped_under = keys.wrapped_under.into_iter().chain(under).min();
            match purpose {
                KeyPurpose::Token => keys.token.push(Arc::new(key)),
                KeyPurpose::Statement => keys.statement.push(Arc::new(key)),
            }
        }
        self.inner.keys.set(keys);
        Ok(())
    }

    /// The stored keys, each purpose's ordered by `from`.
    pub(crate) async fn stored_keys(&self) -> Result<Vec<(KeyPurpose, StoredKey)>, Failure> {
        self.inner
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let mut kept = Vec::new();
                for purpose in KeyPurpose::ALL {
                    let own = signing_key::all(tx, purpose).await?;
                    kept.extend(own.into_iter().map(|key| (purpose, key)));
                }
                Ok(kept)
            })
            .await
    }

    /// Makes a key and stores it wrapped.
    pub(crate) async fn make_key(
        &self,
        purpose: KeyPurpose,
        (from, until): (Time, Time),
    ) -> Result<(), Failure> {
        let vault = &*self.inner.vault;
        let kept = StoredKey::make(vault, purpose.used_for(), (from, until)).await?;
        let act = Act::KeyMade {
            kid: kept.public.kid(),
            purpose: purpose.as_str(),
            from,
        };
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    signing_key::insert(tx, purpose, &kept).await?;
                    ciam.record(tx, &act).await
                },
            )
            .await
    }

    /// When the last token signed before `successor` has expired.
    fn last_expiry_before(&self, successor: &Arc<OwnKey>) -> Time {
        let longest = self.inner.settings.token_lifetime_max_ms();
        successor.from.plus_ms(longest)
    }
}
