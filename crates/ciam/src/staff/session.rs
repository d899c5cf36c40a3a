//! The session of a member, which every request names and proves.

use super::errors::StaffError;
use crate::ciam::Ciam;
use crate::openid::Proven;
use crate::store::staff::{self, StaffRow};
use crate::store::used_once;
use database::Transaction;
use http_edge::{Presented, PresentedProof};
use token::DpopProof;
use types::{Hash, Thumbprint};

/// A member whose request is proven. What they may do is judged in the transaction that does it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    token: Hash,
}

impl Ciam {
    /// Who sent a request with a session's token and a proof by the session's key.
    pub(crate) async fn staff_caller(
        &self,
        (method, path): (&str, &str),
        Presented { token, proof }: &Presented,
    ) -> Result<Caller, StaffError> {
        let now = self.now();
        let hash = Hash::of(token.as_bytes());
        let session = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    Ok(staff::session(tx, hash).await?)
                },
            )
            .await?;
        let active = session.and_then(|session| session.member.active);
        let key = active.ok_or(StaffError::SessionEnded)?.session_key;
        let proven = Proven {
            method,
            path,
            token,
            proof,
        };
        let proven = self.proven(&proven, key, now);
        let (used, end) = proven.map_err(StaffError::NotProven)?;
        let caller = Caller { token: hash };
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    if !used_once::use_up(tx, used.as_bytes(), (end, now)).await? {
                        return Err(StaffError::ProofReplayed);
                    }
                    ciam.on_duty(tx, caller).await
                },
            )
            .await?;
        Ok(caller)
    }

    /// The member as they are now, if their session has not ended.
    pub(super) async fn on_duty(
        &self,
        tx: &mut Transaction<'_>,
        caller: Caller,
    ) -> Result<StaffRow, StaffError> {
        let session = staff::session(tx, caller.token).await?;
        let now = self.now();
        let is_good =
            |session: &staff::StaffSessionRow| now < session.expires && session.member.is_active();
        let session = session.filter(is_good);
        Ok(session.ok_or(StaffError::SessionEnded)?.member)
    }

    /// Ends the session of a request.
    pub(crate) async fn end_staff_session(&self, caller: Caller) -> Result<(), StaffError> {
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let member = ciam.on_duty(tx, caller).await?;
                    Ok(staff::end_session(tx, member.staff).await?)
                },
            )
            .await
    }

    /// The key that proves a request which has no session yet.
    pub(super) fn staff_key(
        &self,
        path: &str,
        proof: &PresentedProof,
    ) -> Result<Thumbprint, StaffError> {
        let proof = proof.0.as_deref().ok_or(StaffError::ProofMissing)?;
        let url = self.endpoint(path);
        let now = self.now();
        let claimed = DpopProof::claimed_by_any(proof, ("POST", &url), self.nonces(), now);
        let claimed = claimed.map_err(StaffError::NotProven)?;
        let key = claimed.key();
        claimed.verify().map_err(StaffError::NotProven)?;
        Ok(key)
    }
}
