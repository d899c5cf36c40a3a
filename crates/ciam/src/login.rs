//! Logins: with a passkey, or with a password and a one-time code.

use crate::audit_log::{Act, Occasion};
use crate::ceremonies::ChallengeFor;
use crate::challenge_lifetime::LIFETIME_MS;
use crate::ciam::Ciam;
use crate::errors::{Failure, RenewError};
use crate::password_login::AcceptedCode;
use crate::random::random;
use crate::refusals::Counted;
use crate::session_errors::LoginError;
use crate::store::access_change::{self, ChangeRow};
use crate::store::customer::{self, CustomerIndex};
use crate::store::device::{self, DeviceRow};
use crate::store::passkey::{self, PasskeyRow};
use crate::store::password::{self, PasswordRow};
use crate::store::sent_code::{self, SentCodeRow};
use crate::store::session::{self, LoggedInBy, SessionRow};
use crate::store::used_once;
use database::{DatabaseError, Transaction};
use http_edge::{Prefix, Returning};
use protocol::http::{LogInByPassword, LoginOptions, SessionBegun};
use protocol::{AccessChange, EntryKind, Unusual};
use types::{DeviceId, Hash, PasskeyId, SessionId, Time, base64url};
use webauthn::{Assertion, BackupFlags, DECOY};
use zeroize::Zeroizing;

/// What is known before a login is judged.
pub(crate) struct Known {
    pub(crate) device: DeviceRow,
    pub(crate) counted: Vec<Counted>,
    /// The passkey that the assertion names, of whichever customer.
    passkey: Option<PasskeyRow>,
    /// The customer's password.
    pub(crate) password: Option<PasswordRow>,
    /// The code that was sent for the device.
    sent: Option<SentCodeRow>,
    place: Option<Prefix>,
}

/// What a login was accepted by, before it is committed.
#[derive(Clone)]
enum Accepted {
    Passkey {
        passkey: PasskeyId,
        backup: BackupFlags,
        challenge: Vec<u8>,
        ends: Time,
    },
    Password(AcceptedCode),
}

/// A session that begins, and the secret with which its device refreshes it.
pub(crate) struct Beginning {
    pub(crate) row: SessionRow,
    refresh: Zeroizing<String>,
}

impl Ciam {
    /// The options of a login on `device`. They name no passkey: whoever has the device learns nothing from them.
    pub fn login_options(&self, device: DeviceId) -> Result<LoginOptions, LoginError> {
        self.refuse_beside_provider()?;
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
        self.refuse_beside_provider()?;
        let now = self.now();
        let challenge = assertion.claimed_challenge().unwrap_or_default();
        let purpose = (ChallengeFor::Login, device.device);
        let ends = self.inner.ceremonies.end_of(&challenge, purpose, now);
        let ends = ends.ok_or(LoginError::ChallengeUnknown)?;
        let passkey = PasskeyId::of(&assertion.credential);
        let known = self.known(device, Some(passkey), now).await?;
        let backup = match self.judge(&known, assertion, &challenge) {
            Ok(backup) => backup,
            Err(reason) => return Err(self.refuse_login(&known, reason, now).await?),
        };
        let accepted = Accepted::Passkey {
            passkey,
            backup,
            challenge,
            ends,
        };
        self.logged_in_by(known, accepted, now).await
    }

    /// Logs in the person on `device` who knows the customer's password and has the authenticator's present code: as
    /// [`login`](Self::login). Whatever is wrong is refused in the same way, after the same time, and counts.
    pub async fn log_in_by_password(
        &self,
        device: &Returning,
        request: LogInByPassword,
    ) -> Result<SessionBegun, LoginError> {
        self.refuse_beside_provider()?;
        let (ciam, device) = (self.clone(), device.clone());
        // A caller who goes away is judged, and counted, too.
        let judged = tokio::spawn(async move {
            let now = ciam.now();
            let known = ciam.known(&device, None, now).await?;
            let whose = (known.password.as_ref(), known.sent.as_ref());
            match ciam.judge_password(whose, request, now).await? {
                Ok(code) => {
                    let accepted = Accepted::Password(code);
                    ciam.logged_in_by(known, accepted, now).await
                }
                Err(reason) => Err(ciam.refuse_login(&known, reason, now).await?),
            }
        });
        judged.await.map_err(|_| Failure::Ended)?
    }

    /// Begins the session of an accepted login, and issues its tokens.
    async fn logged_in_by(
        &self,
        known: Known,
        accepted: Accepted,
        now: Time,
    ) -> Result<SessionBegun, LoginError> {
        let (by, raced) = match &accepted {
            Accepted::Passkey { passkey, .. } => {
                (LoggedInBy::Passkey(*passkey), "unknown_credential")
            }
            Accepted::Password(_) => (LoggedInBy::Password, "code_used"),
        };
        let beginning = self.beginning(&known.device, known.place, (by, now))?;
        let row = beginning.row.clone();
        let begun = self.begin(row, known.counted.clone(), accepted).await;
        let unusual = match begun {
            Err(LoginError::Refused) => return Err(self.refuse_login(&known, raced, now).await?),
            begun => begun?,
        };
        if let Some(change) = unusual {
            self.tell_soon(change).await;
        }
        self.begun(&known.device, &beginning).await
    }

    /// Where an outside provider logs people in, nothing else does.
    pub(crate) fn refuse_beside_provider(&self) -> Result<(), LoginError> {
        match self.inner.provider {
            Some(_) => Err(LoginError::Elsewhere),
            None => Ok(()),
        }
    }

    /// A new session of `device`, of the person who logged in at `began`.
    pub(crate) fn beginning(
        &self,
        device: &DeviceRow,
        place: Option<Prefix>,
        (by, began): (LoggedInBy, Time),
    ) -> Result<Beginning, Failure> {
        let refresh = Zeroizing::new(base64url::encode(&random::<32>()?));
        let row = SessionRow {
            device: device.device,
            session: SessionId::new(random()?),
            customer: device.customer,
            by,
            refresh: Hash::of(refresh.as_bytes()),
            began,
            used: began,
            place: place.map(|place| self.seal_place(place)).transpose()?,
            expires: began.plus_ms(self.inner.settings.login.session_ms),
        };
        Ok(Beginning { row, refresh })
    }

    /// What the device gets of the session, which is stored.
    pub(crate) async fn begun<E: From<Failure> + From<RenewError>>(
        &self,
        device: &DeviceRow,
        Beginning { row, refresh }: &Beginning,
    ) -> Result<SessionBegun, E> {
        let customer = self.open_customer(&device.sealed_customer)?;
        let channels = self.channels_of(device);
        let issued = self.issue_token(&customer, device, channels, Occasion::Renewal);
        let channel_token = issued.await?.ok_or(RenewError::DeviceRevoked)?;
        let (access_token, access_expires) = self.access_token(&customer, device, row).await?;
        Ok(SessionBegun {
            session: row.session,
            access_token,
            access_expires,
            refresh_token: refresh.to_string(),
            expires: row.expires,
            channel_token,
        })
    }

    pub(crate) async fn known(
        &self,
        returning: &Returning,
        passkey: Option<PasskeyId>,
        now: Time,
    ) -> Result<Known, LoginError> {
        let place = returning.address.map(Prefix::of);
        let (ciam, id, key) = (self.clone(), returning.device, returning.session_key);
        let known = self
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
                    ciam.refuse_locked(tx, &counted, now).await?;
                    let (passkey, password, sent) = match passkey {
                        Some(passkey) => (passkey::find(tx, passkey).await?, None, None),
                        None => {
                            let password = password::find(tx, device.customer).await?;
                            (None, password, sent_code::find(tx, &id.to_string()).await?)
                        }
                    };
                    Ok(Known {
                        passkey,
                        password,
                        sent,
                        device,
                        counted,
                        place,
                    })
                },
            )
            .await?;
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
        let act = Act::LoginRefused {
            customer: known.device.customer,
            device: known.device.device,
            reason,
        };
        self.count_refused(known.counted.clone(), act, now).await
    }

    /// Refuses to judge a login while something that it is counted for is locked.
    pub(crate) async fn refuse_locked(
        &self,
        tx: &mut Transaction<'_>,
        counted: &[Counted],
        now: Time,
    ) -> Result<(), LoginError> {
        match self.locked_until(tx, counted, now).await? {
            Some(until) => Err(LoginError::Locked { until, now }),
            None => Ok(()),
        }
    }

    /// Counts a refused login, which `act` records.
    pub(crate) async fn count_refused(
        &self,
        counted: Vec<Counted>,
        act: Act,
        now: Time,
    ) -> Result<LoginError, LoginError> {
        let ciam = self.clone();
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

    /// Why the customer should look at a login, whose passkey `registered_by` registered. `None` if it is like any other.
    async fn unusual(
        &self,
        tx: &mut Transaction<'_>,
        row: &SessionRow,
        registered_by: Option<DeviceId>,
    ) -> Result<Option<String>, Failure> {
        let before = session::of_device(tx, row.device).await?;
        let is_as_before = before.is_some_and(|before| before.by == row.by);
        let is_of_another = registered_by.is_some_and(|by| by != row.device) && !is_as_before;
        let was_refused = self.was_refused(tx, row.device, row.began).await?;
        let reasons = [
            was_refused.then_some(Unusual::AfterRefusals),
            (row.by == LoggedInBy::Password).then_some(Unusual::ByPassword),
            is_of_another.then_some(Unusual::PasskeyOfAnotherDevice),
        ];
        let reasons: Vec<_> = reasons.into_iter().flatten().map(Unusual::as_str).collect();
        Ok((!reasons.is_empty()).then(|| reasons.join(" ")))
    }

    /// Commits an accepted login.
    async fn begin(
        &self,
        row: SessionRow,
        counted: Vec<Counted>,
        accepted: Accepted,
    ) -> Result<Option<ChangeRow>, LoginError> {
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, LoginError> {
                    let now = row.began;
                    ciam.refuse_locked(tx, &counted, now).await?;
                    if device::active(tx, row.device).await?.is_none() {
                        return Err(RenewError::DeviceRevoked.into());
                    }
                    let registered_by = use_up(tx, &row, &accepted).await?;
                    let reasons = ciam.unusual(tx, &row, registered_by).await?;
                    ciam.forget_refusals(tx, &counted).await?;
                    session::begin(tx, &row).await?;
                    let change = match &reasons {
                        Some(reasons) => {
                            let of_device = AccessChange {
                                passkey: row.by.passkey(),
                                device: Some(row.device),
                                ..unusual_login(reasons)
                            };
                            let session = (row.customer, row.session, row.began);
                            Some(to_be_told(tx, session, of_device).await?)
                        }
                        None => None,
                    };
                    let act = Act::LoggedIn {
                        customer: row.customer,
                        device: row.device,
                        passkey: row.by.passkey(),
                        session: row.session,
                        unusual: reasons,
                    };
                    ciam.record(tx, &act).await?;
                    Ok(change)
                },
            )
            .await
    }
}

/// Uses up what a login was accepted by: it logs nobody in again. Returns the device that registered the passkey.
async fn use_up(
    tx: &mut Transaction<'_>,
    row: &SessionRow,
    accepted: &Accepted,
) -> Result<Option<DeviceId>, LoginError> {
    let now = row.began;
    match accepted {
        Accepted::Passkey {
            passkey,
            backup,
            challenge,
            ends,
        } => {
            let known = passkey::find(tx, *passkey).await?;
            let known = known.ok_or(LoginError::Refused)?;
            if !used_once::use_up(tx, challenge, (*ends, now)).await? {
                return Err(LoginError::ChallengeUnknown);
            }
            passkey::mark_used(tx, *passkey, (backup.backed_up, now)).await?;
            Ok(Some(known.device))
        }
        Accepted::Password(code) => match code.use_up(tx).await? {
            true => Ok(None),
            false => Err(LoginError::Refused),
        },
    }
}

/// A login at which the customer should look.
pub(crate) fn unusual_login(reasons: &str) -> AccessChange {
    AccessChange {
        reasons: Some(reasons.to_owned()),
        ..AccessChange::new(EntryKind::LoginUnusual)
    }
}

/// Stores that the customer's devices have to be told of an unusual login, which began a session.
pub(crate) async fn to_be_told(
    tx: &mut Transaction<'_>,
    (customer, session, began): (CustomerIndex, SessionId, Time),
    change: AccessChange,
) -> Result<ChangeRow, DatabaseError> {
    let change = ChangeRow {
        cause: session.to_string(),
        channel: customer::channel(tx, customer).await?,
        changed: began,
        change,
    };
    access_change::insert(tx, &change).await?;
    Ok(change)
}
