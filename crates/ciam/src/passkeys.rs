//! The passkeys of customers: registered, listed, renamed, removed, and found by gateway.

use crate::audit_log::Act;
use crate::ceremonies::ChallengeFor;
use crate::challenge_lifetime::LIFETIME_MS;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::passkey_errors::{MalformedPasskey, PasskeyError, RegisterPasskeyError};
use crate::store::access_change::{self, ChangeRow};
use crate::store::passkey::{self, PasskeyRow};
use crate::store::password;
use crate::store::session::SessionRow;
use crate::store::{customer, device, held_by_clients, session, used_once};
use database::Transaction;
use http_edge::{Bearer, Login};
use protocol::http::{self, PasskeyOptions, RegisterPasskey};
use protocol::{AccessChange, EntryKind, cbor, cbor_array};
use types::{ChannelId, DeviceId, PasskeyId, Time, text};
use vault::MacKey;
use webauthn::{Attestation, Credential, DECOY, Registered};

/// ES256, EdDSA, RS256 (COSE), the preferred one first.
pub(crate) const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// Maximum length of a passkey's name in characters.
const NAME_CHARACTERS_MAX: usize = 64;

const TRANSPORTS_MAX: usize = 8;
const TRANSPORT_BYTES_MAX: usize = 32;

impl Ciam {
    /// The options with which `device` has a passkey made. The challenge is for this device, and may be answered once, for
    /// five minutes.
    pub async fn passkey_options(
        &self,
        device: DeviceId,
    ) -> Result<PasskeyOptions, RegisterPasskeyError> {
        let now = self.now();
        let known = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let Some(row) = device::active(tx, device).await? else {
                        return Ok(None);
                    };
                    let passkeys = passkey::of_customer(tx, row.customer).await?;
                    Ok(Some((row, passkeys)))
                },
            )
            .await?;
        let (row, passkeys) = known.ok_or(RegisterPasskeyError::DeviceRevoked)?;
        let customer = self.open_customer(&row.sealed_customer)?;
        let handle = cbor::encode(&cbor_array!["passbook user handle", 1, &customer]);
        let handle = self.inner.vault.mac(MacKey::PairwiseSubject, &handle).await;
        let registration = ChallengeFor::Registration;
        let exclude = passkeys
            .iter()
            .map(|row| Ok(self.open_credential(&row.credential)?.into()));
        Ok(PasskeyOptions {
            challenge: self
                .inner
                .ceremonies
                .give(registration, device, now)?
                .into(),
            relying_party: self.passkey_party(),
            user: handle.map_err(Failure::from)?.to_vec().into(),
            user_name: customer.to_string(),
            algorithms: ALGORITHMS.to_vec(),
            exclude: exclude.collect::<Result<_, Failure>>()?,
            timeout_ms: LIFETIME_MS,
        })
    }

    /// The bank, for a ceremony.
    pub(crate) fn passkey_party(&self) -> http::PasskeyParty {
        let party = &self.inner.settings.relying_party;
        http::PasskeyParty {
            id: party.id.clone(),
            origin: party.origin.clone(),
        }
    }

    /// Registers a passkey for the customer of the device that sent it. Needs a recent login, unless nobody can log in
    /// because the customer has neither a passkey nor a password, and the bank no outside provider. A repeated request changes
    /// nothing.
    pub async fn register_passkey(
        &self,
        bearer: &Bearer,
        request: &RegisterPasskey,
    ) -> Result<http::PasskeyRow, RegisterPasskeyError> {
        check_name(&request.name).map_err(RegisterPasskeyError::Malformed)?;
        let transports =
            transports(&request.transports).map_err(RegisterPasskeyError::Malformed)?;
        let (device, now) = (bearer.device, self.now());
        let made = Attestation {
            client_data_json: request.client_data_json.0.clone(),
            attestation_object: request.attestation_object.0.clone(),
        };
        let challenge = made.claimed_challenge().unwrap_or_default();
        let purpose = (ChallengeFor::Registration, device);
        let ends = self.inner.ceremonies.end_of(&challenge, purpose, now);
        let ends = ends.ok_or(RegisterPasskeyError::ChallengeUnknown)?;
        let registered = match made.verify(&challenge, &self.inner.settings.relying_party) {
            Ok(registered) => registered,
            Err(error) => {
                let reason = error.reason();
                self.record_alone(Act::PasskeyRefused { device, reason })
                    .await?;
                return Err(RegisterPasskeyError::NotVerified(error));
            }
        };
        let row = self.row_of(&registered, (&request.name, transports), device, now)?;
        let (ciam, login) = (self.clone(), bearer.login.clone());
        let (row, change) = self
            .inner
            .database
            .write(async move |tx: &mut Transaction<'_>| {
                let answered = (challenge.as_slice(), ends);
                ciam.register_passkey_in(tx, row.clone(), login.as_ref(), answered)
                    .await
            })
            .await?;
        if let Some(change) = change {
            self.tell_soon(change).await;
        }
        Ok(self.shown_passkey(&row)?)
    }

    /// The row of a new passkey, but for its customer.
    fn row_of(
        &self,
        registered: &Registered,
        (name, transports): (&str, String),
        device: DeviceId,
        now: Time,
    ) -> Result<PasskeyRow, Failure> {
        Ok(PasskeyRow {
            passkey: PasskeyId::of(&registered.credential),
            customer: [0; 32],
            credential: self.seal_credential(&registered.credential)?,
            name: self.seal_passkey_name(name)?,
            cose_key: registered.key.clone(),
            backup_eligible: registered.backup.eligible,
            backed_up: registered.backup.backed_up,
            aaguid: registered.aaguid,
            verdict: registered.verdict.to_string(),
            transports,
            device,
            registered: now,
            used: None,
        })
    }

    async fn register_passkey_in(
        &self,
        tx: &mut Transaction<'_>,
        row: PasskeyRow,
        login: Option<&Login>,
        (challenge, ends): (&[u8], Time),
    ) -> Result<(PasskeyRow, Option<ChangeRow>), RegisterPasskeyError> {
        let device = device::active(tx, row.device).await?;
        let device = device.ok_or(RegisterPasskeyError::DeviceRevoked)?;
        let row = PasskeyRow {
            customer: device.customer,
            ..row
        };
        match passkey::find(tx, row.passkey).await? {
            Some(same) if same.customer == row.customer && same.cose_key == row.cose_key => {
                return Ok((same, None));
            }
            Some(_) => return Err(RegisterPasskeyError::Conflict),
            None => {}
        }
        let passkeys = passkey::of_customer(tx, row.customer).await?;
        let can_log_in = self.inner.provider.is_some()
            || !passkeys.is_empty()
            || password::find(tx, row.customer).await?.is_some();
        if can_log_in {
            let max_age_s = self.recent_s();
            let login = login.ok_or(RegisterPasskeyError::LoginRequired { max_age_s })?;
            self.session_of(tx, login)
                .await?
                .ok_or(RegisterPasskeyError::SessionEnded)?;
            if !self.is_recent(login) {
                return Err(RegisterPasskeyError::LoginRequired { max_age_s });
            }
        }
        if passkeys.len() >= self.inner.settings.login.passkeys_max {
            return Err(RegisterPasskeyError::TooMany);
        }
        let now = row.registered;
        if !used_once::use_up(tx, challenge, (ends, now)).await? {
            return Err(RegisterPasskeyError::ChallengeUnknown);
        }
        passkey::insert(tx, &row).await?;
        let change = change(
            &row,
            EntryKind::PasskeyAdded,
            device.channel,
            (row.device, now),
        );
        access_change::insert(tx, &change).await?;
        let act = Act::PasskeyAdded {
            customer: row.customer,
            device: row.device,
            passkey: row.passkey,
            verdict: row.verdict.clone(),
        };
        self.record(tx, &act).await?;
        Ok((row, Some(change)))
    }

    /// The passkeys of the customer who logged in.
    pub async fn passkeys(&self, login: &Login) -> Result<Vec<http::PasskeyRow>, PasskeyError> {
        let (ciam, login) = (self.clone(), login.clone());
        let rows = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, PasskeyError> {
                    let session = ciam.session_of(tx, &login).await?;
                    let session = session.ok_or(PasskeyError::SessionEnded)?;
                    Ok(passkey::of_customer(tx, session.customer).await?)
                },
            )
            .await?;
        let shown = rows.iter().map(|row| Ok(self.shown_passkey(row)?));
        shown.collect()
    }

    /// Gives a passkey of the customer who logged in another name.
    pub async fn rename_passkey(
        &self,
        login: &Login,
        passkey: PasskeyId,
        name: &str,
    ) -> Result<http::PasskeyRow, PasskeyError> {
        check_name(name).map_err(PasskeyError::Malformed)?;
        let name = self.seal_passkey_name(name)?;
        let (ciam, login) = (self.clone(), login.clone());
        let row = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, PasskeyError> {
                    let (session, row) = ciam.own_passkey(tx, &login, passkey).await?;
                    passkey::rename(tx, passkey, &name).await?;
                    let act = Act::PasskeyRenamed {
                        customer: session.customer,
                        device: session.device,
                        passkey,
                    };
                    ciam.record(tx, &act).await?;
                    let name = name.clone();
                    Ok(PasskeyRow { name, ..row })
                },
            )
            .await?;
        Ok(self.shown_passkey(&row)?)
    }

    /// Removes a passkey of the customer who logged in recently, and ends the sessions that it began. From then on no
    /// order that it approved is accepted, whenever that was.
    pub async fn remove_passkey(
        &self,
        login: &Login,
        passkey: PasskeyId,
    ) -> Result<(), PasskeyError> {
        let (ciam, login, now) = (self.clone(), login.clone(), self.now());
        let change = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, PasskeyError> {
                    let (own, row) = ciam.own_passkey(tx, &login, passkey).await?;
                    if !ciam.is_recent(&login) {
                        let max_age_s = ciam.recent_s();
                        return Err(PasskeyError::LoginRequired { max_age_s });
                    }
                    session::end_of_passkey(tx, passkey).await?;
                    held_by_clients::end_of_passkey(tx, (own.customer, passkey), now).await?;
                    passkey::delete(tx, passkey).await?;
                    let channel = customer::channel(tx, own.customer).await?;
                    let change =
                        change(&row, EntryKind::PasskeyRemoved, channel, (own.device, now));
                    access_change::insert(tx, &change).await?;
                    let act = Act::PasskeyRemoved {
                        customer: own.customer,
                        device: own.device,
                        passkey,
                    };
                    ciam.record(tx, &act).await?;
                    Ok(change)
                },
            )
            .await?;
        self.tell_soon(change).await;
        Ok(())
    }

    /// The session of a login, and a passkey of its customer.
    async fn own_passkey(
        &self,
        tx: &mut Transaction<'_>,
        login: &Login,
        passkey: PasskeyId,
    ) -> Result<(SessionRow, PasskeyRow), PasskeyError> {
        let session = self.session_of(tx, login).await?;
        let session = session.ok_or(PasskeyError::SessionEnded)?;
        let row = passkey::find(tx, passkey).await?;
        let row = row.filter(|row| row.customer == session.customer);
        Ok((session, row.ok_or(PasskeyError::Unknown)?))
    }

    /// The passkey with that credential id, of whichever customer. gateway verifies orders with it.
    pub async fn credential(&self, credential: &[u8]) -> Result<Option<Credential>, Failure> {
        let id = PasskeyId::of(credential);
        let found = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let Some(row) = passkey::find(tx, id).await? else {
                        return Ok(None);
                    };
                    let customer = customer::sealed(tx, row.customer).await?;
                    Ok(Some((row, customer)))
                },
            )
            .await?;
        found
            .map(|(row, customer)| {
                Ok(Credential {
                    customer: self.open_customer(&customer)?,
                    key: row.cose_key,
                    backup_eligible: row.backup_eligible,
                })
            })
            .transpose()
    }

    fn shown_passkey(&self, row: &PasskeyRow) -> Result<http::PasskeyRow, Failure> {
        let transports = row.transports.split(',').filter(|word| !word.is_empty());
        Ok(http::PasskeyRow {
            passkey: row.passkey,
            name: self.open_passkey_name(&row.name)?,
            device: row.device,
            registered: row.registered,
            used: row.used,
            backup_eligible: row.backup_eligible,
            backed_up: row.backed_up,
            attestation: row.verdict.clone(),
            transports: transports.map(str::to_owned).collect(),
        })
    }
}

impl PasskeyRow {
    /// The credential, but for its customer.
    pub(crate) fn credential(&self) -> Credential {
        Credential {
            key: self.cose_key.clone(),
            backup_eligible: self.backup_eligible,
            ..DECOY.clone()
        }
    }
}

fn change(
    row: &PasskeyRow,
    kind: EntryKind,
    channel: ChannelId,
    (device, now): (DeviceId, Time),
) -> ChangeRow {
    let passkey = row.passkey;
    ChangeRow {
        // A passkey can be registered again after its removal.
        cause: format!("{passkey}/{}", row.registered.ms()),
        channel,
        changed: now,
        change: AccessChange {
            passkey: Some(passkey),
            device: Some(device),
            ..AccessChange::new(kind)
        },
    }
}

fn check_name(name: &str) -> Result<(), MalformedPasskey> {
    if !(1..=NAME_CHARACTERS_MAX).contains(&name.chars().count()) {
        return Err(MalformedPasskey::NameLength);
    }
    text::check(name).map_err(MalformedPasskey::NameText)
}

fn transports(words: &[String]) -> Result<String, MalformedPasskey> {
    let is_word = |word: &String| {
        (1..=TRANSPORT_BYTES_MAX).contains(&word.len())
            && word
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    if words.len() > TRANSPORTS_MAX || !words.iter().all(is_word) {
        return Err(MalformedPasskey::Transports);
    }
    Ok(words.join(","))
}
