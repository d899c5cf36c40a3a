//! Logins with passkeys.

use crate::audit_log::{Act, Occasion};
use crate::ceremonies::ChallengeFor;
use crate::challenge_lifetime::LIFETIME_MS;
use crate::ciam::Ciam;
use crate::errors::{Failure, RenewError};
use crate::random::random;
use crate::refusals::Counted;
use crate::session_errors::LoginError;
use crate::store::device::{self, DeviceRow};
use crate::store::passkey::{self, PasskeyRow};
use crate::store::session::{self, SessionRow};
use crate::store::used_once;
use database::Transaction;
use http_edge::{Prefix, Returning};
use protocol::http::{LoginOptions, SessionBegun};
use types::{DeviceId, Hash, PasskeyId, SessionId, Time, base64url};
use webauthn::{Assertion, BackupFlags, DECOY};
use zeroize::Zeroizing;

/// What is known before a login is judged.
struct Known {
    device: DeviceRow,
    counted: Vec<Counted>,
    /// The passkey that the assertion names, of whichever customer.
    passkey: Option<PasskeyRow>,
}

/// An accepted login, before it is committed.
#[derive(Clone)]
struct Accepted {
    backup: BackupFlags,
    challenge: Vec<u8>,
    ends: Time,
}

impl Ciam {
    /// The options of a login on `device`. They name no passkey: whoever has the device learns nothing from them.
    pub fn login_options(&self, device: DeviceId) -> Result<LoginOptions, Failure> {
        let (what, now) = (ChallengeFor::Login, self.now());
        Ok(LoginOptions {
            challenge: self.inner.ceremonies.give(what, device, now)?.into(),
            relying_party: self.passkey_party(),
            timeout_ms: LIFETIME_MS,
        })
    }

    /// Logs in the person whose passkey made `assertion` on `device`, and begins a session in place of the device's
    /// earlier one. A passkey that is unknown, another customer's, or whose answer is not valid is refused in the same
    /// way, and counts: too many refusals lock the device for a while. The device may come back after its channel token has
    /// expired.
    pub async fn login(
        &self,
        device: &Returning,
        assertion: &Assertion,
    ) -> Result<SessionBegun, LoginError> {
        let now = self.now();
        let challenge = assertion.claimed_challenge().unwrap_or_default();
        let purpose = (ChallengeFor::Login, device.device);
        let ends = self.inner.ceremonies.end_of(&challenge, purpose, now);
        let ends = ends.ok_or(LoginError::ChallengeUnknown)?;
        let passkey = PasskeyId::of(&assertion.credential);
        let place = device.address.map(Prefix::of);
        let known = self.known(device, place, passkey, now).await?;
        let backup = match self.judge(&known, assertion, &challenge) {
            Ok(backup) => backup,
            Err(reason) => return Err(self.refuse_login(&known, reason, now).await?),
        };
        let accepted = Accepted {
            backup,
            challenge,
            ends,
        };
        let refresh = Zeroizing::new(base64url::encode(&random::<32>()?));
        let place = place.map(|place| self.seal_place(place)).transpose()?;
        let row = SessionRow {
            device: device.device,
            session: SessionId::new(random()?),
            customer: known.device.customer,
            passkey,
            refresh: Hash::of(refresh.as_bytes()),
            began: now,
            used: now,
            place,
            expires: now.plus_ms(self.inner.settings.login.session_ms),
        };
        let session = self.begin(row, known.counted, accepted).await?;
        let customer = self.open_customer(&known.device.sealed_customer)?;
        let channels = self.channels_of(&known.device);
        let issued = self.issue_token(&customer, &known.device, channels, Occasion::Renewal);
        let channel_token = issued.await?.ok_or(RenewError::DeviceRevoked)?;
        let (access_token, access_expires) = self
            .access_token(&customer, &known.device, &session)
            .await?;
        Ok(SessionBegun {
            session: session.session,
            access_token,
            access_expires,
            refresh_token: refresh.to_string(),
            expires: session.expires,
            channel_token,
        })
    }

    async fn known(
        &self,
        returning: &Returning,
        place: Option<Prefix>,
        passkey: PasskeyId,
        now: Time,
    ) -> Result<Known, LoginError> {
        let (ciam, id, key) = (self.clone(), returning.device, returning.session_key);
        let (known, locked) = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, LoginError> {
                    let device = device::active(tx, id).await?;
                    let device = device.ok_or(RenewError::DeviceRevoked)?;
                    if device.session.thumbprint() != key {
                        return Err(LoginError::AnotherKey);
                    }
                    let counted = ciam.counted(device.customer, id, place);
                    let locked = ciam.locked_until(tx, &counted, now).await?;
                    let known = Known {
                        passkey: passkey::find(tx, passkey).await?,
                        device,
                        counted,
                    };
                    Ok((known, locked))
                },
            )
            .await?;
        if let Some(until) = locked {
            return Err(LoginError::Locked { until, now });
        }
        self.check_enrolment(&known.device)?;
        Ok(known)
    }

    /// Whether the passkey is the customer's and its answer valid. A signature is verified in any case, so that the time
    /// that this takes does not tell whether the passkey exists.
    fn judge(
        &self,
        known: &Known,
        assertion: &Assertion,
        challenge: &[u8],
    ) -> Result<BackupFlags, &'static str> {
        let is_own = |row: &&PasskeyRow| row.customer == known.device.customer;
        let own = known.passkey.as_ref().filter(is_own);
        let credential = own.map_or_else(|| DECOY.clone(), PasskeyRow::credential);
        let party = &self.inner.settings.relying_party;
        let verified = assertion.verify(&credential, challenge, party);
        match (own, &known.passkey) {
            (Some(_), _) => verified.map_err(|error| error.reason()),
            (None, Some(_)) => Err("credential_of_another_customer"),
            (None, None) => Err("unknown_credential"),
        }
    }

    async fn refuse_login(
        &self,
        known: &Known,
        reason: &'static str,
        now: Time,
    ) -> Result<LoginError, LoginError> {
        let (ciam, counted) = (self.clone(), known.counted.clone());
        let act = Act::LoginRefused {
            customer: known.device.customer,
            device: known.device.device,
            reason,
        };
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, LoginError> {
                    // Logins that were judged at the same time may have locked the device meanwhile.
                    if let Some(until) = ciam.locked_until(tx, &counted, now).await? {
                        return Ok(LoginError::Locked { until, now });
                    }
                    ciam.count_refusal(tx, &counted, now).await?;
                    ciam.record(tx, &act).await?;
                    Ok(LoginError::Refused)
                },
            )
            .await
    }

    /// Commits an accepted login.
    async fn begin(
        &self,
        row: SessionRow,
        counted: Vec<Counted>,
        accepted: Accepted,
    ) -> Result<SessionRow, LoginError> {
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, LoginError> {
                    let now = row.began;
                    if let Some(until) = ciam.locked_until(tx, &counted, now).await? {
                        return Err(LoginError::Locked { until, now });
                    }
                    if device::active(tx, row.device).await?.is_none() {
                        return Err(RenewError::DeviceRevoked.into());
                    }
                    if passkey::find(tx, row.passkey).await?.is_none() {
                        return Err(LoginError::Refused);
                    }
                    let answered = (accepted.ends, now);
                    if !used_once::use_up(tx, &accepted.challenge, answered).await? {
                        return Err(LoginError::ChallengeUnknown);
                    }
                    let used = (accepted.backup.backed_up, now);
                    passkey::mark_used(tx, row.passkey, used).await?;
                    ciam.forget_refusals(tx, &counted).await?;
                    session::begin(tx, &row).await?;
                    let act = Act::LoggedIn {
                        customer: row.customer,
                        device: row.device,
                        passkey: row.passkey,
                        session: row.session,
                    };
                    ciam.record(tx, &act).await?;
                    Ok(row.clone())
                },
            )
            .await
    }
}
