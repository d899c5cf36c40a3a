//! Enrolment: the customer number, the activation code, and the proof of the three keys.

use crate::bank::Bank;
use crate::device::{Device, Lease, assemble};
use crate::error::SyncError;
use crate::keyring::Keyring;
use crate::keys::{DeviceKey, InboxKey, Keys as _, StorageKey};
use crate::names;
use crate::platform::{Platform, Ports};
use crate::records::{Identity, Received, Rest, Trust};
use crate::sealed::Records;
use crate::snapshot::SnapshotPurpose;
use crate::state::{Books, State, Unlocked};
use crate::store::{Batch, CommitDurability, Store};
use crate::transport::Transport as _;
use envelope::{Enrolment, Head, TrustList, root_fingerprint};
use protocol::ChannelKind;
use protocol::http::{EnrolmentAnswer, SnapshotAnswer, TrustAnswer};
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
    fingerprint: String,
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
                fingerprint: fingerprint.to_owned(),
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
        let (records, bank) = assemble(ports, inbox_key, Lease::AtOnce).await?;
        let device = device_id(&records, &bank, customer).await?;
        let answer = bank.trust().await?;
        let public_url: HttpUrl = answer.public_url.parse().map_err(|_| SyncError::Answer)?;
        let trust = anchor(answer, code)?;
        if bank.transport.public_url().parse() != Ok(public_url.clone()) {
            return Err(SyncError::AnotherUrl(public_url));
        }
        let answer = ask(&bank, customer, device, code).await?;
        let (channel, generation) = own_channel(&answer, device)?;

        let identity = Identity {
            customer: customer.clone(),
            device,
            channel: Some(channel),
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
        rest: Rest::default(),
    };
    let mut batch = Batch::default();
    records.put_inbox(&mut batch, names::DEVICE.to_vec(), &identity.encode())?;
    records.commit(batch, CommitDurability::Durable).await?;
    Ok(device)
}

/// The trusted root: the one whose fingerprint is printed, and no other root that the answer contains.
fn anchor(answer: TrustAnswer, code: &ActivationCode) -> Result<Trust, SyncError> {
    let mut roots = answer.roots;
    roots.retain(|root| root_fingerprint(root) == code.fingerprint);
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
    let request = enrolment.request(&session, &approval, &x, &code.code);
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
        assert_eq!(code.fingerprint, "0".repeat(26));
        assert_eq!(format!("{code:?}"), "ActivationCode(redacted)");
        for wrong in ["", "7K3M9QX2VB5TZD1H", "u", &"0".repeat(43)] {
            assert!(
                matches!(wrong.parse::<ActivationCode>(), Err(SyncError::NotACode)),
                "{wrong}"
            );
        }
    }
}
