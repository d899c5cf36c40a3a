//! The statements of devices that were verified: a device's requests come with the same one.

use envelope::{DeviceStatement, SignatureError, TrustList};
use hashlink::LruCache;
use std::sync::{Arc, Mutex, PoisonError};
use types::DeviceId;

/// Maximum number of statements that are kept, about a kilobyte each. The least recently used one goes first.
const KEPT_MAX: usize = 16_384;

/// What was verified, and against which list.
struct Verified {
    signed: Vec<u8>,
    trust: Arc<TrustList>,
    statement: DeviceStatement,
}

/// Verified statements, by device.
pub(crate) struct VerifiedStatements(Mutex<LruCache<DeviceId, Verified>>);

impl Default for VerifiedStatements {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT_MAX)))
    }
}

impl VerifiedStatements {
    /// The statement of `device`, verified now, or earlier if the bytes and the list are the same.
    pub(crate) fn verify(
        &self,
        device: DeviceId,
        signed: Vec<u8>,
        trust: Arc<TrustList>,
    ) -> Result<DeviceStatement, SignatureError> {
        if let Some(statement) = self.find(device, &signed, &trust) {
            return Ok(statement);
        }
        let statement = DeviceStatement::verify(&signed, &trust)?;
        let verified = Verified {
            signed,
            trust,
            statement: statement.clone(),
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(device, verified);
        Ok(statement)
    }

    fn find(
        &self,
        device: DeviceId,
        signed: &[u8],
        trust: &Arc<TrustList>,
    ) -> Option<DeviceStatement> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let verified = kept.get(&device)?;
        let same = verified.signed == signed && Arc::ptr_eq(&verified.trust, trust);
        same.then(|| verified.statement.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use envelope::{Purpose, Signer as _, SoftwareKey, TrustedKey};
    use types::{ChannelId, DeviceForm, Time};

    fn key(label: u8) -> SoftwareKey {
        SoftwareKey::from_bytes(&[label; 32]).unwrap()
    }

    /// A list in which ciam's key `label` is valid.
    fn list(label: u8) -> Arc<TrustList> {
        let (issued, expires) = (Time::from_ms(0), Time::from_ms(9));
        let trusted = TrustedKey {
            purpose: Purpose::Device,
            key: *key(label).public_key(),
            from: issued,
            until: expires,
        };
        let list = TrustList::sign(1, issued, expires, vec![trusted], &key(1));
        Arc::new(list.unwrap())
    }

    #[test]
    fn other_bytes_and_another_list_are_verified_again() {
        let device = DeviceId::at(Time::from_ms(1), [7; 10]);
        let statement = DeviceStatement {
            number: 1,
            customer: "1001".parse().unwrap(),
            channel: ChannelId::new([8; 16]),
            device,
            form: DeviceForm::App,
            session: *key(11).public_key(),
            approval: *key(12).public_key(),
            agreement: *key(13).public_key(),
            verdict: "none".to_owned(),
            time: Time::from_ms(2),
        };
        let signed = statement.sign(&key(2)).unwrap();
        let mut forged = signed.clone();
        *forged.last_mut().unwrap() ^= 1;
        let (trusted, retired) = (list(2), list(3));
        let verified = VerifiedStatements::default();
        let verify = |bytes: &[u8], trust: &Arc<TrustList>| {
            verified.verify(device, bytes.to_vec(), trust.clone())
        };
        for _ in 0..2 {
            assert_eq!(verify(&signed, &trusted).unwrap(), statement);
            assert!(verify(&forged, &trusted).is_err());
            assert!(verify(&signed, &retired).is_err());
        }
    }
}
