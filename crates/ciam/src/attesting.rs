//! The verdict on the attestation of a device that enrols.

use crate::ciam::Ciam;
use attestation::{Expected, Finding, Verifiers};
use envelope::{AttestationChallenge, Enrolment};
use protocol::http::DeviceAttestation;
use types::{AttestationFormat, DeviceVerdict};

/// For how long an attestation may be used after its challenge was given. A platform may attest a key only when it makes it,
/// and the enrolment with that key may be repeated, or wait for another device.
const CHALLENGE_USED_MS: u64 = 86_400_000;

impl Ciam {
    /// What the attestation proves of the device and the keys that the enrolment proves. Whatever it is, it refuses nothing.
    pub(crate) fn attested(
        &self,
        enrolment: &Enrolment,
        attestation: Option<&DeviceAttestation>,
    ) -> DeviceVerdict {
        let Some(attestation) = attestation else {
            return DeviceVerdict::NONE;
        };
        let nonce = attestation.nonce;
        let format = AttestationFormat::of_word(&attestation.format);
        let given = self.inner.challenges.given(nonce, CHALLENGE_USED_MS);
        let (Some(format), Some(given)) = (format, given) else {
            let finding = match format {
                Some(_) => Finding::ChallengeUnknown,
                None => Finding::UnknownFormat,
            };
            return Verifiers::refused(format, finding);
        };
        let challenge = AttestationChallenge {
            nonce,
            device: enrolment.device,
        };
        let Enrolment {
            session,
            approval,
            agreement,
            ..
        } = enrolment;
        let expected = Expected {
            challenge: challenge.hash(format, [session, approval, agreement]),
            session: *session,
            approval: *approval,
            given,
        };
        let verifiers = &self.inner.settings.attestation;
        verifiers.verify(format, attestation.object.as_ref(), &expected, self.now())
    }
}
