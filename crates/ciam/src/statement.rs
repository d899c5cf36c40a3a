//! Signing device statements.

use crate::ciam::Ciam;
use crate::errors::{EnrolError, Failure};
use crate::keys::OwnKey;
use envelope::{Purpose, Signer as _, TrustList, TrustedKey};
use std::sync::Arc;
use types::Time;

impl Ciam {
    /// All keys for device statements that were ever made, for the root's ceremony: a statement is read as long as its
    /// device may need a grant.
    #[must_use]
    pub fn signing_keys(&self) -> Vec<TrustedKey> {
        let listed = |own: &Arc<OwnKey>| TrustedKey {
            purpose: Purpose::Device,
            key: *own.key.public_key(),
            from: own.from,
            until: own.until,
        };
        let keys = self.inner.keys.current();
        keys.statement.iter().map(listed).collect()
    }

    /// The newest of ciam's keys that the root's list has valid at `now`: nobody would accept another's statement.
    pub(crate) async fn statement_key(&self, now: Time) -> Result<Arc<OwnKey>, EnrolError> {
        let list = self.inner.grants.trust().await;
        let list = list.map_err(EnrolError::Incomplete)?;
        let roots = self.inner.vault.roots().await.map_err(Failure::from)?;
        let list = TrustList::stored(&list, &roots).map_err(Failure::from)?;
        let valid = |own: &&Arc<OwnKey>| {
            let kid = own.key.public_key().kid();
            list.key(kid, Purpose::Device, now).is_ok()
        };
        let keys = self.inner.keys.current();
        let key = keys.statement.iter().rev().find(valid);
        let key = key.filter(|_| !list.is_expired(now));
        Ok(Arc::clone(key.ok_or(Failure::NoStatementKey)?))
    }
}
