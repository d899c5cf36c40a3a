//! Enrolment: the customer number, the activation code, and the proof of the three keys.

use crate::bank::{Bank, Call};
use crate::device::{Device, Lease, assemble};
use crate::error::SyncError;
use crate::keyring::Keyring;
use crate::keys::{DeviceKey, InboxKey, Keys as _, StorageKey};
use crate::login_provider::ProviderVisit;
use crate::names;
use crate::platform::{Platform, Ports};
use crate::records::{Identity, Received, Rest, Trust};
use crate::sealed::Records;
use crate::snapshot::SnapshotPurpose;
use crate::state::{Books, State, Unlocked};
use crate::store::{Batch, CommitDurability, Store, StoreError};
use crate::transport::Transport as _;
use envelope::{AttestationChallenge, Enrolment, Head, TrustList, root_fingerprint};
use protocol::ChannelKind;
use protocol::http::{
    AskProvider, CodeForDevice, EnrolmentAnswer, EnrolmentRequest, RedeemForCode, SnapshotAnswer,
    TrustAnswer,
};
use rand_core::CryptoRng;
use std::fmt;
use std::str::FromStr;
use token::HttpUrl;
use types::{ChannelId, CustomerId, DeviceId, ErrorCode, Generation, KeyEpoch, Time, crockford};
use zeroize::Zeroizing;

const CODE_CHARACTERS: usize = 16;
const FINGERPRINT_CHARACTERS: usize = 26;

/// What is printed for a customer: a code that enrols one device, and the fingerprint of the bank's root.
#[derive(Clone)]
pub struct ActivationCode {
    code: envelope::ActivationCode,
    fingerprint: RootFingerprint,
}

/// The fingerprint of the bank's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootFingerprint(String);

impl FromStr for RootFingerprint {
    type Err = SyncError;
    /// Parses the fingerprint as people type it: hyphens, spaces and case are ignored.
    fn from_str(typed: &str) -> Result<Self, SyncError> {
        let fingerprint = crockford::normalise(typed);
        let fingerprint = fingerprint.filter(|text| text.len() == FINGERPRINT_CHARACTERS);
        fingerprint.map(Self).ok_or(SyncError::NotAFingerprint)
    }
}

impl FromStr for ActivationCode {
    type Err = SyncError;
    /// Parses the code as people type it: hyphens, spaces and case are ignored.
    fn from_str(typed: &str) -> Result<Self, SyncError> {
        let typed = crockford::normalise(typed).map(Zeroizing::new);
        let typed = typed.ok_or(SyncError::NotACode)?;
        match typed.split_at_checked(CODE_CHARACTERS) {
            Some((code, fingerprint)) if fingerprint.len() == FINGERPRINT_CHARACTERS => Ok(Self {
                code: code.parse().map_err(|_| SyncError::NotACode)?,
                fingerprint: RootFingerprint(fingerprint.to_owned()),
            }),
            _ => Err(SyncError::NotACode),
        }
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(redacted)")
    }
}

impl<P: Platform> Device<P> {
    /// Enrols this device for `customer`. The key port must have stored its keys already.
    ///
    /// A failed enrolment may be repeated with the same store, keys and code: the device's id was stored before the
    /// bank was called, and the bank gives the same device the same answer.
    pub async fn enrol<R: CryptoRng + 'static>(
        ports: Ports<P, R>,
        (inbox_key, storage_key): (InboxKey, StorageKey),
        customer: &CustomerId,
        code: &ActivationCode,
    ) -> Result<Self, SyncError> {
        let assembled = assemble(ports, inbox_key, Lease::AtOnce).await?;
        Self::enrol_assembled(assembled, storage_key, customer, code).await
    }

    /// Enrols this device for the customer who logs in at the bank's login provider, whose root has that fingerprint. `visit`
    /// shows the person the address and returns the query with which the browser came back to `redirect_uri`.
    ///
    /// A failed enrolment may be repeated with the same store and keys; the person logs in again.
    pub async fn enrol_at_provider<R: CryptoRng + 'static, E: From<SyncError>>(
        ports: Ports<P, R>,
        (inbox_key, storage_key): (InboxKey, StorageKey),
        root: &RootFingerprint,
        redirect_uri: &str,
        visit: impl AsyncFnOnce(&ProviderVisit) -> Result<String, E>,
    ) -> Result<Self, E> {
        let (records, bank) = assemble(ports, inbox_key, Lease::AtOnce).await?;
        // Before the person logs in at what may be another bank's provider.
        trusted(&bank, root).await?;
        let session = bank
            .keys
            .public(DeviceKey::Session)
            .await
            .map_err(SyncError::from)?;
        let asked = AskProvider { session };
        let begin = Call::post("/v1/enrolment/provider/challenge", &asked, None)?;
        let login = bank.json(begin).await?;
        let visited = ProviderVisit::new(&bank, login, redirect_uri);
        let query = visit(&visited).await?;
        let answer = visited.answer(&query)?;
        let redeeming = RedeemForCode { session, answer };
        let call = Call::post("/v1/enrolment/provider", &redeeming, None)?;
        let made: CodeForDevice = bank.json(call).await?;
        let code = made.code.parse().map_err(|_| SyncError::Answer)?;
        let fingerprint = root.clone();
        let code = ActivationCode { code, fingerprint };
        let assembled = (records, bank);
        Ok(Self::enrol_assembled(assembled, storage_key, &made.customer, &code).await?)
    }

    async fn enrol_assembled(
        (records, bank): (Records<P::Store>, Bank<P>),
        storage_key: StorageKey,
        customer: &CustomerId,
        code: &ActivationCode,
    ) -> Result<Self, SyncError> {
        let device = device_id(&records, &bank, customer).await?;
        let trust = trusted(&bank, &code.fingerprint).await?;
        let answer = ask(&bank, customer, device, code).await?;
        let (channel, generation) = own_channel(&answer, device)?;

        let identity = Identity {
            customer: customer.clone(),
            device,
            channel: Some(channel),
            verdict: answer.verdict.clone(),
            rest: Rest::default(),
        };
        let mut batch = Batch::default();
        records.put_inbox(&mut batch, names::DEVICE.to_vec(), &identity.encode())?;
        records.put_inbox(
            &mut batch,
            names::TOKEN.to_vec(),
            answer.channel_token.as_bytes(),
        )?;
        records.put_inbox(&mut batch, names::TRUST.to_vec(), &trust.encode())?;
        let received = beginning(channel, generation);
        let mut state = State::enrolled(
            records,
            (identity, channel),
            answer.channel_token,
            trust,
            received,
        );
        state.unlocked = Some(Unlocked {
            key: storage_key,
            books: Books::new(Keyring::default()),
        });
        let snapshot = SnapshotAnswer {
            snapshot: answer.snapshot,
            grant: Some(answer.grant),
            trust: None,
        };
        if answer.trust.as_ref() != state.trust.list.as_bytes() {
            // The list was renewed between the two requests. It is stored with everything else.
            let list = state.newer_trust(answer.trust.as_ref(), bank.now())?;
            state.trust.list = list;
            let trust = state.trust.encode();
            state
                .records
                .put_inbox(&mut batch, names::TRUST.to_vec(), &trust)?;
        }
        state
            .begin(
                &bank,
                &snapshot,
                (SnapshotPurpose::Continue, None),
                Some(batch),
            )
            .await?;
        match state.take(&bank).await {
            // The device is enrolled. Missing parts of the snapshot are read when the bank is reachable again.
            Err(error) if error.is_unavailable() => {}
            taken => taken?,
        }
        Ok(Self { state, bank })
    }
}

/// Whether the store has an enrolled device. It needs no key, so that an app can tell before anybody unlocks.
pub async fn is_enrolled(store: &impl Store) -> Result<bool, StoreError> {
    Ok(store.get(names::TOKEN).await?.is_some())
}

/// The device's id: the one stored by an earlier attempt, otherwise a new one, stored now.
async fn device_id<P: Platform>(
    records: &Records<P::Store>,
    bank: &Bank<P>,
    customer: &CustomerId,
) -> Result<DeviceId, SyncError> {
    if let Some(bytes) = records.read_inbox(names::DEVICE).await? {
        let kept = Identity::decode(&bytes)?;
        if kept.channel.is_some() {
            return Err(SyncError::AlreadyEnrolled);
        }
        if kept.customer == *customer {
            return Ok(kept.device);
        }
    }
    let device = DeviceId::at(bank.now(), bank.random.draw());
    let identity = Identity {
        customer: customer.clone(),
        device,
        channel: None,
        verdict: None,
        rest: Rest::default(),
    };
    let mut batch = Batch::default();
    records.put_inbox(&mut batch, names::DEVICE.to_vec(), &identity.encode())?;
    records.commit(batch, CommitDurability::Durable).await?;
    Ok(device)
}

/// The bank's trust list, if its root has that fingerprint and proofs name the URL that is used here.
async fn trusted<P: Platform>(
    bank: &Bank<P>,
    fingerprint: &RootFingerprint,
) -> Result<Trust, SyncError> {
    let answer = bank.trust().await?;
    let public_url: HttpUrl = answer.public_url.parse().map_err(|_| SyncError::Answer)?;
    let trust = anchor(answer, fingerprint)?;
    match bank.transport.public_url().parse() == Ok(public_url.clone()) {
        true => Ok(trust),
        false => Err(SyncError::AnotherUrl(public_url)),
    }
}

/// The trusted root: the one with that fingerprint, and no other root that the answer contains.
fn anchor(answer: TrustAnswer, fingerprint: &RootFingerprint) -> Result<Trust, SyncError> {
    let mut roots = answer.roots;
    roots.retain(|root| root_fingerprint(root) == fingerprint.0);
    if roots.is_empty() {
        return Err(SyncError::AnotherBank);
    }
    // Nothing is proven yet that could show the list as expired. The snapshot's time will.
    let list = TrustList::accept(answer.trust.as_ref(), &roots, None, Time::from_ms(0))
        .map_err(|_| SyncError::AnotherBank)?;
    let rest = Rest::default();
    Ok(Trust { roots, list, rest })
}

/// Proves possession of the three keys over the same enrolment.
async fn ask<P: Platform>(
    bank: &Bank<P>,
    customer: &CustomerId,
    device: DeviceId,
    code: &ActivationCode,
) -> Result<EnrolmentAnswer, SyncError> {
    let challenge = bank.challenge().await?;
    let keys = &bank.keys;
    let nonce = challenge.nonce;
    // A device whose platform cannot attest now enrols without.
    let attested = keys.attest(&AttestationChallenge { nonce, device }).await;
    let enrolment = Enrolment {
        nonce: challenge.nonce,
        ephemeral: challenge.ephemeral,
        customer: customer.clone(),
        device,
        form: keys.form(),
        session: keys.public(DeviceKey::Session).await?,
        approval: keys.public(DeviceKey::Approval).await?,
        agreement: keys.public(DeviceKey::Agreement).await?,
        code_mac: code.code.mac(challenge.nonce),
    };
    let session = enrolment.to_be_signed_by_session();
    let session = keys.sign(DeviceKey::Session, &session).await?;
    let approval = enrolment.to_be_signed_by_approval();
    let approval = keys.sign(DeviceKey::Approval, &approval).await?;
    let x = keys.agree(&challenge.ephemeral).await?;
    let request = EnrolmentRequest {
        attestation: attested.unwrap_or(None),
        ..enrolment.request(&session, &approval, &x, &code.code)
    };
    bank.enrol(&request)
        .await
        .map_err(|error| match error.is_code(ErrorCode::EnrolmentAwaited) {
            true => SyncError::EnrolmentAwaited(enrolment.comparison(&code.code)),
            false => error,
        })
}

fn own_channel(
    answer: &EnrolmentAnswer,
    device: DeviceId,
) -> Result<(ChannelId, Generation), SyncError> {
    match answer.channels.first() {
        Some(own) if own.kind == ChannelKind::Customer && answer.device == device => {
            Ok((own.channel, own.generation))
        }
        _ => Err(SyncError::Answer),
    }
}

/// The state before anything is known of the channel.
fn beginning(channel: ChannelId, generation: Generation) -> Received {
    Received {
        head: Head::start(channel, generation),
        signature: None,
        epoch: KeyEpoch::FIRST,
        as_of: Time::from_ms(0),
        proven: Time::from_ms(0),
        checkpoint: None,
        satisfied_at: None,
        awaited: None,
        snapshot: None,
        rest: Rest::default(),
    }
}

impl<S: Store> State<S> {
    /// A trust list from an answer, if it may follow the current one.
    pub(crate) fn newer_trust(&self, bytes: &[u8], now: Time) -> Result<TrustList, SyncError> {
        let held = Some(&self.trust.list);
        TrustList::accept(bytes, &self.trust.roots, held, self.received.proven)
            .map_err(|error| self.fault(&error, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_accepted_as_people_type_it() {
        let typed = format!("7k3m-9qx2 vb5t-zd1h-{}", "o".repeat(26));
        let code: ActivationCode = typed.parse().unwrap();
        assert_eq!(code.code.expose(), "7K3M9QX2VB5TZD1H");
        assert_eq!(code.fingerprint.0, "0".repeat(26));
        let fingerprint = format!("{}oo", "oooo-".repeat(6));
        let fingerprint: RootFingerprint = fingerprint.parse().unwrap();
        assert_eq!(fingerprint, code.fingerprint);
        assert_eq!(format!("{code:?}"), "ActivationCode(redacted)");
        for wrong in ["", "7K3M9QX2VB5TZD1H", "u", &"0".repeat(43)] {
            assert!(
                matches!(wrong.parse::<ActivationCode>(), Err(SyncError::NotACode)),
                "{wrong}"
            );
        }
    }
}
