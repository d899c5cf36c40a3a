//! Enrolment: verifies possession of the keys, uses up the code, states the device, and has the grant made.

use crate::audit_log::{Act, Occasion};
use crate::ciam::Ciam;
use crate::errors::{EnrolError, Failure};
use crate::ports::PortError;
use crate::random::random;
use crate::store::code::{CodeRow, Waiting};
use crate::store::customer::{self, CustomerRow};
use crate::store::device::{self, DeviceRow};
use crate::store::{self, code, revocation, stop};
use database::Transaction;
use envelope::{ActivationCode, DeviceStatement, Enrolment, EnrolmentError, NotAKey};
use protocol::ChannelKind;
use protocol::http::{Challenge, ChannelGiven, EnrolmentAnswer, EnrolmentRequest};
use std::time::Duration;
use tokio::time::Instant;
use types::{ChannelId, CustomerId, DeviceVerdict, Hash, PublicKey, Time};
use vault::OwnKey;

/// How long after its enrolment a device whose answer was lost may repeat the request with its code.
const ASK_AGAIN_MS: u64 = 86_400_000;

/// After how long a wrong code is refused, from when the request came. What is counted and recorded for a customer who
/// has codes takes longer than for nobody, and must not be seen from outside.
const CODE_REFUSED_AFTER: Duration = Duration::from_millis(250);

/// The outcome of the transaction over code and device. A refusal is a value and not an error, because counted wrong
/// codes must be committed.
enum Registered {
    Device(Box<DeviceRow>),
    Refused(EnrolError),
}

/// The data of a device to register.
struct Registering<'a> {
    enrolment: &'a Enrolment,
    comparison: Hash,
    verdict: &'a DeviceVerdict,
    customer: &'a CustomerRow,
    now: Time,
    key: &'a OwnKey,
}

impl Ciam {
    /// Issues a challenge for a device that wants to enrol. It may be answered for five minutes.
    pub fn challenge(&self) -> Result<Challenge, Failure> {
        self.inner.challenges.give()
    }

    /// Enrols the device that answers a challenge. If a device repeats the request within a day, with the same keys and
    /// code, it gets the same device, channel and grant, with a new token and snapshot.
    pub async fn enrol(&self, request: &EnrolmentRequest) -> Result<EnrolmentAnswer, EnrolError> {
        let came = Instant::now();
        let enrolled = self.try_enrol(request).await;
        if matches!(enrolled, Err(EnrolError::CodeInvalid)) {
            tokio::time::sleep_until(came + CODE_REFUSED_AFTER).await;
        }
        enrolled
    }

    async fn try_enrol(&self, request: &EnrolmentRequest) -> Result<EnrolmentAnswer, EnrolError> {
        let (enrolment, code) = self.prove(request)?;
        let answering = self
            .inner
            .challenges
            .answer(enrolment.nonce, Hash::of(&enrolment.payload()))
            .ok_or(EnrolError::ChallengeUnknown)?;
        let verdict = self.attested(&enrolment, request.attestation.as_ref());
        let device = self.register(&enrolment, &code, verdict).await?;
        answering.keep();
        self.answer(&enrolment, &device).await
    }

    /// Verifies that the device has the three keys that it names, that it answers a valid challenge, and that it signed
    /// this one code.
    fn prove(&self, request: &EnrolmentRequest) -> Result<(Enrolment, ActivationCode), EnrolError> {
        let nonce = Enrolment::nonce_of(request).map_err(EnrolError::NotProven)?;
        let challenges = &self.inner.challenges;
        let key = challenges
            .key_of(nonce)
            .ok_or(EnrolError::ChallengeUnknown)?;
        let agree = |agreement: &PublicKey| key.agree(agreement).map_err(|_| NotAKey);
        Enrolment::verify(request, nonce, key.public_key(), agree).map_err(|error| match error {
            EnrolmentError::NotACode(_) => EnrolError::CodeInvalid,
            error => EnrolError::NotProven(error),
        })
    }

    /// Uses up the code and states the device, in one transaction.
    async fn register(
        &self,
        enrolment: &Enrolment,
        code: &ActivationCode,
        verdict: DeviceVerdict,
    ) -> Result<DeviceRow, EnrolError> {
        let now = self.now();
        let key = self.statement_key(now).await?;
        let mac = self.code_mac(&enrolment.customer, code).await?;
        let customer = CustomerRow {
            index: self.customer_index(&enrolment.customer),
            sealed: self.seal_customer(&enrolment.customer)?,
            channel: self.channel_for(&enrolment.customer).await?,
        };
        let comparison = enrolment.comparison(code).hash();
        let (ciam, enrolment) = (self.clone(), enrolment.clone());
        let registered = self
            .inner
            .database
            .write(async move |tx: &mut Transaction<'_>| {
                let registering = Registering {
                    enrolment: &enrolment,
                    comparison,
                    verdict: &verdict,
                    customer: &customer,
                    now,
                    key: &key,
                };
                ciam.register_in(tx, &registering, &mac).await
            })
            .await?;
        match registered {
            Registered::Device(device) => Ok(*device),
            Registered::Refused(refusal) => Err(refusal),
        }
    }

    /// The channel of a customer who is not in the tables yet. For a known customer, the stored channel is used.
    async fn channel_for(&self, customer: &CustomerId) -> Result<ChannelId, EnrolError> {
        let index = self.customer_index(customer);
        let known = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    Ok(customer::is_known(tx, index).await?)
                },
            )
            .await?;
        let begun = if known {
            None
        } else {
            let asked = self.inner.grants.channel_of(customer).await;
            asked.map_err(EnrolError::Incomplete)?
        };
        match begun {
            Some(channel) => Ok(channel),
            None => Ok(ChannelId::new(random()?)),
        }
    }

    async fn register_in(
        &self,
        tx: &mut Transaction<'_>,
        registering: &Registering<'_>,
        mac: &[u8; 32],
    ) -> Result<Registered, Failure> {
        let Registering {
            enrolment,
            customer,
            now,
            ..
        } = *registering;
        let tries_max = self.inner.settings.code_tries_max;
        let known = device::find(tx, enrolment.device).await?;
        let code = code::find(tx, customer.index, mac).await?;
        let session = enrolment.session.thumbprint();
        let may_use = |code: &CodeRow| code.session_key.is_none_or(|key| key == session);
        let Some(code) = code.filter(may_use) else {
            if code::count_wrong_try(tx, customer.index, now, tries_max).await? > 0 {
                self.record(
                    tx,
                    &Act::WrongCode {
                        customer: customer.index,
                        device: enrolment.device,
                    },
                )
                .await?;
            }
            return Ok(Registered::Refused(EnrolError::CodeInvalid));
        };
        let refusal = match (code.used_by, known) {
            (Some(user), Some(known)) if user == known.device && known.has_keys_of(enrolment) => {
                if known.revocation.is_some() {
                    EnrolError::DeviceRevoked
                } else if now > known.enrolled.plus_ms(ASK_AGAIN_MS) {
                    EnrolError::CodeUsed
                } else {
                    return Ok(Registered::Device(Box::new(known)));
                }
            }
            (Some(_), _) => EnrolError::CodeUsed,
            (None, _) if code.wrong_tries >= tries_max => EnrolError::CodeExhausted,
            (None, _) if now > code.expires => EnrolError::CodeExpired,
            _ if stop::is_active(tx, customer.index).await? => EnrolError::CustomerStopped,
            // The device logged in at the provider again, because the answer to its enrolment was lost.
            (None, Some(known))
                if code.session_key.is_some() && known.may_ask_again(registering) =>
            {
                if known.revocation.is_some() {
                    EnrolError::DeviceRevoked
                } else {
                    code::spend(tx, &code, known.device).await?;
                    return Ok(Registered::Device(Box::new(known)));
                }
            }
            (None, Some(_)) => EnrolError::DeviceConflict,
            // The customer was erased, or is missing because the tables are an older copy.
            (None, None) if revocation::find(tx, enrolment.device).await?.is_some() => {
                EnrolError::DeviceRevoked
            }
            (None, None) if code.made_by.is_some() && !code.is_approved(registering.comparison) => {
                self.wait(tx, &code, registering).await?
            }
            (None, None) => {
                let current = device::current(tx, customer.index).await?;
                if current.len() < protocol::REKEY_GRANTS_MAX {
                    let device = self.state_device(tx, registering).await?;
                    code::spend(tx, &code, device.device).await?;
                    return Ok(Registered::Device(Box::new(device)));
                }
                EnrolError::TooManyDevices
            }
        };
        Ok(Registered::Refused(refusal))
    }

    /// The device waits until the device that made the code approves it. A code has one waiting device.
    async fn wait(
        &self,
        tx: &mut Transaction<'_>,
        code: &CodeRow,
        registering: &Registering<'_>,
    ) -> Result<EnrolError, Failure> {
        let enrolment = registering.enrolment;
        let waiting = Waiting {
            device: enrolment.device,
            form: enrolment.form,
            asked: registering.now,
            comparison: registering.comparison,
            approved: false,
        };
        match code.waiting {
            Some(known) if known.comparison == waiting.comparison => {}
            Some(_) => return Ok(EnrolError::CodeUsed),
            None => {
                code::wait(tx, code, waiting).await?;
                let act = Act::DeviceWaits {
                    customer: registering.customer.index,
                    device: enrolment.device,
                };
                self.record(tx, &act).await?;
            }
        }
        Ok(EnrolError::Awaited)
    }

    /// Stores the new device and ciam's statement about it.
    async fn state_device(
        &self,
        tx: &mut Transaction<'_>,
        registering: &Registering<'_>,
    ) -> Result<DeviceRow, Failure> {
        let Registering {
            enrolment,
            customer,
            verdict,
            now,
            key,
            ..
        } = *registering;
        let channel = customer::channel_of(tx, customer).await?;
        let statement = DeviceStatement {
            number: store::next_number(tx, now).await?,
            customer: enrolment.customer.clone(),
            channel,
            device: enrolment.device,
            form: enrolment.form,
            session: enrolment.session,
            approval: enrolment.approval,
            agreement: enrolment.agreement,
            verdict: verdict.to_string(),
            time: now,
        };
        let signer = key.signer_at(now).ok_or(Failure::NoStatementKey)?;
        let device = DeviceRow {
            device: enrolment.device,
            customer: customer.index,
            sealed_customer: customer.sealed.clone(),
            channel,
            form: enrolment.form,
            session: enrolment.session,
            approval: enrolment.approval,
            agreement: enrolment.agreement,
            verdict: statement.verdict.clone(),
            enrolled: now,
            statement_number: statement.number,
            statement: self.seal_statement(&statement.sign(signer)?)?,
            granted: false,
            revocation: None,
        };
        device::insert(tx, &device).await?;
        self.record(
            tx,
            &Act::DeviceEnrolled {
                customer: customer.index,
                device: device.device,
                statement: statement.number,
                verdict: statement.verdict,
            },
        )
        .await?;
        Ok(device)
    }

    /// Opens the channel and has the grant made. Steps that were done before change nothing.
    pub(crate) async fn provide(&self, device: &DeviceRow) -> Result<(), EnrolError> {
        let statement = self.open_statement(&device.statement)?;
        self.open_channel(device.channel, ChannelKind::Customer)
            .await
            .map_err(EnrolError::Incomplete)?;
        self.inner
            .grants
            .grant(&statement)
            .await
            .map_err(EnrolError::Incomplete)?;
        if !device.granted {
            let device = device.device;
            self.inner
                .database
                .write(
                    async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                        Ok(device::mark_granted(tx, device).await?)
                    },
                )
                .await?;
        }
        Ok(())
    }

    async fn open_channel(
        &self,
        channel: ChannelId,
        kind: ChannelKind,
    ) -> Result<ChannelGiven, PortError> {
        let generation = self.inner.channels.open(channel, kind).await?;
        Ok(ChannelGiven {
            channel,
            kind,
            generation,
        })
    }

    /// The complete answer with which the device starts.
    async fn answer(
        &self,
        enrolment: &Enrolment,
        device: &DeviceRow,
    ) -> Result<EnrolmentAnswer, EnrolError> {
        self.provide(device).await?;
        let (grants, channel) = (&self.inner.grants, device.channel);
        let first = grants.snapshot(channel, device.device).await;
        let first = first.map_err(EnrolError::Incomplete)?;
        let mut channels = vec![ChannelGiven {
            channel,
            kind: ChannelKind::Customer,
            generation: first.generation,
        }];
        for channel in &self.inner.settings.global_channels {
            let given = self.open_channel(*channel, ChannelKind::Global).await;
            channels.push(given.map_err(EnrolError::Incomplete)?);
        }
        let trust = grants.trust().await.map_err(EnrolError::Incomplete)?;
        let (customer, opens) = (&enrolment.customer, self.channels_of(device));
        let token = self.issue_token(customer, device, opens, Occasion::Enrolment);
        Ok(EnrolmentAnswer {
            device: device.device,
            channel_token: token.await?.ok_or(EnrolError::DeviceRevoked)?,
            channels,
            grant: first.grant.into(),
            trust: trust.into(),
            snapshot: first.snapshot,
            verdict: Some(device.verdict.clone()),
        })
    }
}

impl CodeRow {
    /// Whether the device that made the code approved this one.
    fn is_approved(&self, comparison: Hash) -> bool {
        let waiting = self.waiting.filter(|waiting| waiting.approved);
        waiting.is_some_and(|waiting| waiting.comparison == comparison)
    }
}

impl DeviceRow {
    /// Whether it is the customer's device that registers again, within a day.
    fn may_ask_again(&self, registering: &Registering<'_>) -> bool {
        self.customer == registering.customer.index
            && self.has_keys_of(registering.enrolment)
            && registering.now <= self.enrolled.plus_ms(ASK_AGAIN_MS)
    }

    fn has_keys_of(&self, enrolment: &Enrolment) -> bool {
        self.form == enrolment.form
            && self.session == enrolment.session
            && self.approval == enrolment.approval
            && self.agreement == enrolment.agreement
    }
}
