//! Signing device statements.

use crate::ciam::Ciam;
use crate::errors::{EnrolError, Failure};
use envelope::{Purpose, TrustList, TrustedKey};
use std::sync::Arc;
use types::Time;
use vault::OwnKey;

impl Ciam {
    /// All keys for device statements that were ever made, for the root's ceremony. A statement is verified as long as
    /// its device may need a grant.
    #[must_use]
    pub fn signing_keys(&self) -> Vec<TrustedKey> {
        let listed = |own: &Arc<OwnKey>| TrustedKey {
            purpose: Purpose::Device,
            key: own.public,
            from: own.from,
            until: own.until,
        };
        let keys = self.inner.keys.current();
        keys.statement.iter().map(listed).collect()
    }

    /// The newest of ciam's keys that may sign at `now` and is valid on the root's list, because other signatures would
    /// be refused. If there is none, a key is made at once, which the root has to list.
    pub(crate) async fn statement_key(&self, now: Time) -> Result<Arc<OwnKey>, EnrolError> {
        let listed = self.listed_key(now).await?;
        if listed.is_none() {
            self.ensure_keys().await?;
        }
        Ok(listed.ok_or(Failure::NoStatementKey)?)
    }

    async fn listed_key(&self, now: Time) -> Result<Option<Arc<OwnKey>>, EnrolError> {
        let list = self.inner.grants.trust().await;
        let list = list.map_err(EnrolError::Incomplete)?;
        let roots = self.inner.vault.roots().await.map_err(Failure::from)?;
        let list = TrustList::stored(&list, &roots).map_err(Failure::from)?;
        let valid = |own: &&Arc<OwnKey>| {
            let listed = list.key(own.public.kid(), Purpose::Device, now);
            listed.is_ok() && own.signer_at(now).is_some()
        };
        let keys = self.inner.keys.current();
        let key = keys.statement.iter().rev().find(valid);
        Ok(key.filter(|_| !list.is_expired(now)).cloned())
    }
}
