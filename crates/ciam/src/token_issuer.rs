//! Channel tokens: issued to enrolled devices, verified by anyone with the JWKS.

use crate::audit_log::{Act, Occasion};
use crate::ciam::Ciam;
use crate::errors::{Failure, RenewError};
use crate::random::random;
use crate::store::device::{self, DeviceRow};
use database::Transaction;
use envelope::{Signer, SigningFailed};
use protocol::{cbor, cbor_array};
use token::{ChannelToken, Jwks};
use types::{ChannelId, CustomerId, DeviceId, Time, base64url};
use vault::MacKey;

/// Maximum age of an enrolment, 400 days. No token outlives it; the customer then has to enrol the device again.
const ENROLMENT_MS_MAX: u64 = 400 * 86_400_000;

impl Ciam {
    /// The keys of channel tokens: the next one, the current one, and earlier ones while a token of theirs may be
    /// valid.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        let keys = self.inner.keys.current();
        Jwks::new(keys.token.iter().map(|own| own.public).collect())
    }

    /// Issues a new token for `channels`, those of the token that `device` used. Refused for a revoked device, and 400
    /// days after its enrolment.
    pub async fn renew_token(
        &self,
        device: DeviceId,
        channels: Vec<ChannelId>,
    ) -> Result<String, RenewError> {
        let row = self
            .inner
            .database
            .read(async move |tx: &mut Transaction<'_>| device::find(tx, device).await)
            .await
            .map_err(Failure::from)?;
        let row = row.ok_or(RenewError::DeviceRevoked)?;
        self.check_enrolment(&row)?;
        let customer = self.open_customer(&row.sealed_customer)?;
        let issued = self.issue_token(&customer, &row, channels, Occasion::Renewal);
        issued.await?.ok_or(RenewError::DeviceRevoked)
    }

    /// The channels of a device: its customer's, and those of everybody.
    pub(crate) fn channels_of(&self, device: &DeviceRow) -> Vec<ChannelId> {
        let global = &self.inner.settings.global_channels;
        std::iter::once(device.channel)
            .chain(global.iter().copied())
            .collect()
    }

    /// Refuses a device that was enrolled too long ago for another token.
    pub(crate) fn check_enrolment(&self, device: &DeviceRow) -> Result<(), RenewError> {
        if self.now() >= device.enrolled.plus_ms(ENROLMENT_MS_MAX) {
            return Err(RenewError::EnrolmentExpired);
        }
        Ok(())
    }

    /// Issues a token for `channels`. `None` if the device is revoked.
    pub(crate) async fn issue_token(
        &self,
        customer: &CustomerId,
        device: &DeviceRow,
        channels: Vec<ChannelId>,
        occasion: Occasion,
    ) -> Result<Option<String>, Failure> {
        let now = self.now();
        let enrolment_ends = device.enrolled.plus_ms(ENROLMENT_MS_MAX);
        let token = ChannelToken {
            issuer: self.inner.settings.issuer.clone(),
            audience: self.inner.settings.audience.clone(),
            subject: self.pairwise_subject(customer).await?,
            device: device.device,
            channels,
            session: device.session.thumbprint(),
            issued: now,
            expires: now.plus_ms(self.lifetime_ms()?).min(enrolment_ends),
            id: base64url::encode(&random::<16>()?),
        };
        let signed = self.sign_token(now, |key| token.sign(key)).await?;
        let (ciam, id) = (self.clone(), device.device);
        let act = Act::TokenIssued {
            device: id,
            occasion,
            token: token.id,
            expires: token.expires,
        };
        let is_recorded = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<bool, Failure> {
                    let is_active = device::active(tx, id).await?.is_some();
                    if is_active {
                        ciam.record(tx, &act).await?;
                    }
                    Ok(is_active)
                },
            )
            .await?;
        Ok(is_recorded.then_some(signed))
    }

    /// Has a token signed with the key that signs tokens at `now`.
    pub(crate) async fn sign_token(
        &self,
        now: Time,
        sign: impl Fn(&dyn Signer) -> Result<String, SigningFailed>,
    ) -> Result<String, Failure> {
        if let Some(signed) = self.try_to_sign(now, &sign)? {
            return Ok(signed);
        }
        // The clock was set back, before the first key's start.
        self.ensure_keys().await?;
        let signed = self.try_to_sign(now, &sign)?;
        signed.ok_or(Failure::NoTokenKey)
    }

    fn try_to_sign(
        &self,
        now: Time,
        sign: impl Fn(&dyn Signer) -> Result<String, SigningFailed>,
    ) -> Result<Option<String>, Failure> {
        let keys = self.inner.keys.current();
        let signing = keys.token.iter().rev();
        let key = signing.filter_map(|own| own.signer_at(now)).next();
        Ok(key.map(|key| sign(key)).transpose()?)
    }

    /// The customer's pseudonym in a token: the same for one audience, and meaningless without the vault's key.
    pub(crate) async fn pairwise_subject(&self, customer: &CustomerId) -> Result<String, Failure> {
        let audience = self.inner.settings.audience.as_str();
        let data = cbor::encode(&cbor_array!["passbook subject", 1, audience, customer]);
        let mac = self.inner.vault.mac(MacKey::PairwiseSubject, &data).await?;
        Ok(base64url::encode(&*mac))
    }

    /// The configured lifetime, varied by up to a tenth, so that tokens issued together do not all expire together.
    fn lifetime_ms(&self) -> Result<u64, Failure> {
        let settings = &self.inner.settings;
        let tenth = settings.token_lifetime_ms / 10;
        let spread = u64::from_be_bytes(random()?) % (2 * tenth + 1);
        Ok(settings.token_lifetime_ms - tenth + spread)
    }
}
