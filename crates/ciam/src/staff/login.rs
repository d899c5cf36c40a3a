//! Logins of the staff: a passkey's answer, on the machine whose session key activated the account.

use super::errors::StaffError;
use crate::audit_log::Act;
use crate::ceremonies::ChallengeFor;
use crate::challenge_lifetime::LIFETIME_MS;
use crate::ciam::Ciam;
use crate::random::random;
use crate::store::staff::{self, Activated, StaffRow};
use crate::store::used_once;
use database::Transaction;
use http_edge::PresentedProof;
use protocol::http::{LoginOptions, StaffSessionBegun};
use types::{Hash, PasskeyId, SessionId, StaffId, Time, base64url};
use webauthn::{Assertion, Credential, DECOY};
use zeroize::Zeroizing;

pub(crate) const LOGIN: &str = "/v1/staff/login";
pub(crate) const LOGIN_CHALLENGE: &str = "/v1/staff/login/challenge";

impl Ciam {
    /// The options of a login by the session key that proves the request. They name nobody.
    pub(crate) fn staff_login_options(
        &self,
        proof: &PresentedProof,
    ) -> Result<LoginOptions, StaffError> {
        let key = self.staff_key(LOGIN_CHALLENGE, proof)?;
        let (what, now) = (ChallengeFor::StaffLogin, self.now());
        Ok(LoginOptions {
            challenge: self.inner.ceremonies.give(what, key, now)?.into(),
            relying_party: self.passkey_party(),
            timeout_ms: LIFETIME_MS,
        })
    }

    /// Logs in the member whose session key proves the request and whose passkey made `assertion`, in place of their earlier
    /// session. Refusals are counted for the member, and lock them for a while.
    pub(crate) async fn log_in_staff(
        &self,
        proof: &PresentedProof,
        assertion: &Assertion,
    ) -> Result<StaffSessionBegun, StaffError> {
        let key = self.staff_key(LOGIN, proof)?;
        let now = self.now();
        let challenge = assertion.claimed_challenge().unwrap_or_default();
        let purpose = (ChallengeFor::StaffLogin, key);
        let ends = self.inner.ceremonies.end_of(&challenge, purpose, now);
        let ends = ends.ok_or(StaffError::ChallengeUnknown)?;
        let member = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    Ok(staff::find_by_key(tx, key).await?)
                },
            )
            .await?;
        // Whoever has no member's key can make as many keys as they like: their refusals are not worth a record.
        let member = member.ok_or(StaffError::LoginRefused)?;
        self.check_staff_lock(member.staff, now).await?;
        if let Err(reason) = self.judge_staff(&member, assertion, &challenge) {
            return Err(self.refuse_staff(member.staff, reason, now).await?);
        }
        let begun = self.begin_staff_session(member.staff, (challenge, ends), now);
        match begun.await {
            Err(StaffError::LoginRefused) => {
                Err(self.refuse_staff(member.staff, "disabled", now).await?)
            }
            begun => begun,
        }
    }

    fn judge_staff(
        &self,
        member: &StaffRow,
        assertion: &Assertion,
        challenge: &[u8],
    ) -> Result<(), &'static str> {
        let active = member.active.as_ref();
        let own = |active: &&Activated| active.passkey == PasskeyId::of(&assertion.credential);
        let Some(active) = active.filter(own) else {
            return Err("unknown_credential");
        };
        let credential = Credential {
            key: active.cose_key.clone(),
            backup_eligible: active.backup_eligible,
            ..DECOY.clone()
        };
        let party = &self.inner.settings.relying_party;
        let verified = assertion.verify(&credential, challenge, party);
        verified.map_err(|error| error.reason())?;
        match member.disabled {
            Some(_) => Err("disabled"),
            None => Ok(()),
        }
    }

    async fn begin_staff_session(
        &self,
        staff: StaffId,
        (challenge, ends): (Vec<u8>, Time),
        now: Time,
    ) -> Result<StaffSessionBegun, StaffError> {
        let token = Zeroizing::new(base64url::encode(&random::<32>()?));
        let (session, hash) = (SessionId::new(random()?), Hash::of(token.as_bytes()));
        let expires = now.plus_ms(self.inner.settings.staff.session_ms);
        let ciam = self.clone();
        let member = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let counted = [ciam.counted_of_staff(staff)];
                    if let Some(until) = ciam.locked_until(tx, &counted, now).await? {
                        return Err(StaffError::Locked { until, now });
                    }
                    let member = staff::find(tx, staff).await?;
                    let member = member.filter(StaffRow::is_active);
                    let member = member.ok_or(StaffError::LoginRefused)?;
                    if !used_once::use_up(tx, &challenge, (ends, now)).await? {
                        return Err(StaffError::ChallengeUnknown);
                    }
                    ciam.forget_refusals(tx, &counted).await?;
                    staff::begin_session(tx, (staff, session), (hash, expires)).await?;
                    ciam.record(tx, &Act::StaffLoggedIn { staff, session })
                        .await?;
                    Ok(member)
                },
            )
            .await?;
        Ok(StaffSessionBegun {
            session,
            token: token.to_string(),
            expires,
            member: self.shown_member(&member)?,
        })
    }

    async fn check_staff_lock(&self, staff: StaffId, now: Time) -> Result<(), StaffError> {
        let counted = [self.counted_of_staff(staff)];
        let ciam = self.clone();
        let locked = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    Ok(ciam.locked_until(tx, &counted, now).await?)
                },
            )
            .await?;
        match locked {
            Some(until) => Err(StaffError::Locked { until, now }),
            None => Ok(()),
        }
    }

    async fn refuse_staff(
        &self,
        staff: StaffId,
        reason: &'static str,
        now: Time,
    ) -> Result<StaffError, StaffError> {
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let counted = [ciam.counted_of_staff(staff)];
                    // Logins that were judged at the same time may have locked the member meanwhile.
                    if let Some(until) = ciam.locked_until(tx, &counted, now).await? {
                        return Ok(StaffError::Locked { until, now });
                    }
                    ciam.count_refusal(tx, &counted, now).await?;
                    ciam.record(tx, &Act::StaffLoginRefused { staff, reason })
                        .await?;
                    Ok(StaffError::LoginRefused)
                },
            )
            .await
    }
}
