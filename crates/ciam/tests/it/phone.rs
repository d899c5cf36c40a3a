//! A device as ciam sees it: three keys, and the enrolment that proves them.

use envelope::{ActivationCode, Enrolment, Signer, SoftwareKey};
use protocol::http::{Challenge, EnrolmentRequest};
use token::{DpopProof, ProofFor};
use types::{DeviceForm, DeviceId, PublicKey, Thumbprint, Time};

pub(crate) struct Phone {
    pub(crate) device: DeviceId,
    pub(crate) session: SoftwareKey,
    pub(crate) approval: SoftwareKey,
    pub(crate) agreement: SoftwareKey,
}

fn key() -> SoftwareKey {
    let mut scalar = [0; 32];
    getrandom::fill(&mut scalar).unwrap();
    SoftwareKey::from_bytes(&scalar).unwrap()
}

/// A typed text as a code. A text that is not a code becomes some other code.
fn as_printed(typed: &str) -> ActivationCode {
    let code = typed.parse();
    code.unwrap_or_else(|_| ActivationCode::from_random(&[0; 10]))
}

impl Phone {
    pub(crate) fn new() -> Self {
        let mut random = [0; 10];
        getrandom::fill(&mut random).unwrap();
        Self {
            device: DeviceId::at(Time::from_ms(1), random),
            session: key(),
            approval: key(),
            agreement: key(),
        }
    }

    pub(crate) fn session_thumbprint(&self) -> Thumbprint {
        self.session.public_key().thumbprint()
    }

    /// Session, approval, agreement.
    pub(crate) fn public_keys(&self) -> [PublicKey; 3] {
        [&self.session, &self.approval, &self.agreement].map(|key| *key.public_key())
    }

    pub(crate) fn enrolment(&self, challenge: &Challenge, customer: &str, code: &str) -> Enrolment {
        Enrolment {
            nonce: challenge.nonce,
            ephemeral: challenge.ephemeral,
            customer: customer.parse().unwrap(),
            device: self.device,
            form: DeviceForm::App,
            session: *self.session.public_key(),
            approval: *self.approval.public_key(),
            agreement: *self.agreement.public_key(),
            code_mac: as_printed(code).mac(challenge.nonce),
        }
    }

    /// The request of a device that has all three keys.
    pub(crate) fn request(
        &self,
        challenge: &Challenge,
        customer: &str,
        code: &str,
    ) -> EnrolmentRequest {
        self.signed_by(
            &self.session,
            &self.approval,
            &self.agreement,
            &self.enrolment(challenge, customer, code),
            code,
        )
    }

    /// A proof for one request with `token`, made by its device.
    pub(crate) fn proof(
        &self,
        (method, url): (&str, &str),
        token: &str,
        nonce: &str,
        now: Time,
    ) -> String {
        let mut id = [0; 16];
        getrandom::fill(&mut id).unwrap();
        let what = ProofFor { method, url, token };
        let session = self.session.public_key();
        let id = types::base64url::encode(&id);
        let input = DpopProof::signing_input(session, what, Some(nonce), &id, now);
        DpopProof::assemble(&input, &self.session.sign(input.as_bytes()).unwrap())
    }

    /// The request for `enrolment`, signed with other keys, with `code` unchanged.
    pub(crate) fn signed_by(
        &self,
        session: &SoftwareKey,
        approval: &SoftwareKey,
        agreement: &SoftwareKey,
        enrolment: &Enrolment,
        code: &str,
    ) -> EnrolmentRequest {
        let by_session = session.sign(&enrolment.to_be_signed_by_session()).unwrap();
        let by_approval = approval
            .sign(&enrolment.to_be_signed_by_approval())
            .unwrap();
        let x = agreement.agree(&enrolment.ephemeral).unwrap();
        EnrolmentRequest {
            code: code.to_owned(),
            ..enrolment.request(&by_session, &by_approval, &x, &as_printed(code))
        }
    }
}
