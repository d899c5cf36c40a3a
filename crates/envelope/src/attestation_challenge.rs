//! What the platform of a device attests: the hash that covers the bank's challenge and the device.

use protocol::{cbor, cbor_array};
use types::{AttestationFormat, DeviceId, Hash, Nonce, PublicKey};

const PURPOSE: &str = "passbook attestation";
const VERSION: u64 = 1;

/// What an attestation is made for: one device that enrols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttestationChallenge {
    /// The nonce of a challenge.
    pub nonce: Nonce,
    /// The device's id.
    pub device: DeviceId,
}

impl AttestationChallenge {
    /// The hash that the platform is asked to attest. It covers the keys, session, approval and agreement, unless the platform
    /// makes the keys with the attestation and names them itself.
    #[must_use]
    pub fn hash(&self, format: AttestationFormat, keys: [&PublicKey; 3]) -> Hash {
        let [session, approval, agreement] = keys;
        let covered = match format {
            AttestationFormat::AndroidKey => cbor_array![],
            AttestationFormat::AppAttest | AttestationFormat::PlayIntegrity => {
                cbor_array![*session, *approval, *agreement]
            }
        };
        Hash::of(&cbor::encode(&cbor_array![
            PURPOSE,
            VERSION,
            format.as_str(),
            self.nonce,
            self.device,
            covered,
        ]))
    }
}
