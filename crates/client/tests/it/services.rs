//! The answers of the bank's services to a device.

use crate::bank::{Bank, CODE, CUSTOMER, Reader};
use crate::network::PUBLIC_URL;
use envelope::{Checkpoint, Enrolment, Head, Signer as _, SoftwareKey};
use protocol::http::{
    Challenge, ChannelGiven, CheckpointAnswer, CheckpointRequest, EnrolmentAnswer,
    EnrolmentRequest, PullAnswer, RenewedToken, SnapshotAnswer, SnapshotRequest, TrustAnswer,
};
use protocol::{ChannelKind, Entry};
use token::{ChannelToken, Jwks, TokenError};
use types::{CustomerId, DeviceId, ErrorCode, Generation, Nonce, Number, Position, Time};

impl Bank {
    pub(crate) fn trust_answer(&self) -> TrustAnswer {
        let stranger = SoftwareKey::from_bytes(&[99; 32]).unwrap();
        TrustAnswer {
            trust: self.trust.as_bytes().to_vec().into(),
            roots: vec![*stranger.public_key(), *self.root.public_key()],
            public_url: self.public_url.clone(),
        }
    }

    pub(crate) fn challenge(&self) -> Challenge {
        Challenge {
            nonce: Nonce::new([5; 16]),
            ephemeral: *self.ephemeral.public_key(),
        }
    }

    pub(crate) fn enrol(
        &mut self,
        request: &EnrolmentRequest,
    ) -> Result<EnrolmentAnswer, ErrorCode> {
        let Challenge { nonce, ephemeral } = self.challenge();
        let (enrolment, code) =
            Enrolment::verify(request, nonce, &ephemeral, |key| self.ephemeral.agree(key))
                .map_err(|_| ErrorCode::EnrolmentInvalid)?;
        let customer: CustomerId = CUSTOMER.parse().unwrap();
        if code.expose() != CODE || enrolment.customer != customer {
            return Err(ErrorCode::CodeInvalid);
        }
        let device = enrolment.device;
        if self.code_used_by.is_some_and(|other| other != device) {
            return Err(ErrorCode::CodeUsed);
        }
        self.code_used_by = Some(device);
        let known = self.readers.insert(
            device,
            Reader {
                session: enrolment.session,
                approval: enrolment.approval,
                agreement: enrolment.agreement,
                removed: false,
            },
        );
        if known.is_none() {
            let id = format!("device.added/{device}").parse().unwrap();
            let entry = Entry::device_added(id, self.time(), device);
            self.tell(&entry);
        }
        let grant = self.current_grant(device).into();
        let snapshot = self.signed_snapshot(None);
        let mut answer = EnrolmentAnswer {
            device,
            channel_token: self.token(device),
            channels: vec![ChannelGiven {
                channel: self.channel,
                kind: ChannelKind::Customer,
                generation: self.head.generation,
            }],
            grant,
            trust: self.trust.as_bytes().to_vec().into(),
            snapshot,
            verdict: None,
        };
        if let Some(tamper) = &mut self.tamper_enrolment {
            tamper(&mut answer);
        }
        Ok(answer)
    }

    /// A token of `device`, with issue and expiry times if tokens have them.
    pub(crate) fn token(&self, device: DeviceId) -> String {
        let Some(life_ms) = self.token_life_ms else {
            return format!("token-of-{device}");
        };
        let token = ChannelToken {
            issuer: PUBLIC_URL.into(),
            audience: "passbook".into(),
            subject: "pairwise".into(),
            device,
            channels: vec![self.channel],
            session: self.readers[&device].session.thumbprint(),
            issued: self.time(),
            expires: Time::from_ms((self.time().ms() + life_ms).min(self.enrolment_ends)),
            id: "id".into(),
        };
        token.sign(&self.root).unwrap()
    }

    /// The device of a token, while the token is valid.
    pub(crate) fn bearer(&self, token: &str) -> Result<DeviceId, ErrorCode> {
        if let Some(device) = token.strip_prefix("token-of-") {
            return Ok(device.parse().unwrap());
        }
        if let Some(access) = token.strip_prefix("access-") {
            return self.persons.bearer(access);
        }
        let jwks = Jwks::new(vec![*self.root.public_key()]);
        let token = ChannelToken::verify(token, PUBLIC_URL, "passbook", &jwks, self.time());
        match token {
            Ok(token) => Ok(token.device),
            Err(TokenError::Expired) => Err(ErrorCode::TokenExpired),
            Err(_) => Err(ErrorCode::TokenInvalid),
        }
    }

    pub(crate) fn renewed(&self, device: DeviceId) -> Result<RenewedToken, ErrorCode> {
        if self.time().ms() >= self.enrolment_ends {
            return Err(ErrorCode::EnrolmentExpired);
        }
        let channel_token = self.token(device);
        Ok(RenewedToken { channel_token })
    }

    /// Lets the code enrol one more device.
    pub(crate) fn renew_code(&mut self) {
        self.code_used_by = None;
    }

    pub(crate) fn checkpoint_at(&self, head: &Head, nonce: Nonce) -> Vec<u8> {
        let checkpoint = Checkpoint {
            channel: self.channel,
            generation: head.generation,
            number: head.number,
            hash: head.hash,
            epoch: self.epoch,
            time: self.time().max(head.time),
            nonce,
        };
        checkpoint.sign(&self.head_key).unwrap()
    }

    pub(crate) fn checkpoint(
        &mut self,
        device: DeviceId,
        request: &CheckpointRequest,
    ) -> Result<CheckpointAnswer, ErrorCode> {
        self.reader(device)?;
        let lacking = request.epoch != Some(self.epoch);
        let mut answer = CheckpointAnswer {
            checkpoint: self.checkpoint_at(&self.head, request.nonce).into(),
            grant: lacking.then(|| self.current_grant(device).into()),
            trust: self.newer_trust(request.trust_version),
        };
        if let Some(tamper) = &mut self.tamper_checkpoint {
            tamper(&mut answer);
        }
        Ok(answer)
    }

    fn newer_trust(&self, version: Option<u64>) -> Option<protocol::Base64UrlBytes> {
        (version.is_none_or(|version| version < self.trust.version()))
            .then(|| self.trust.as_bytes().to_vec().into())
    }

    pub(crate) fn reader(&self, device: DeviceId) -> Result<(), ErrorCode> {
        match self.readers.get(&device) {
            Some(reader) if !reader.removed => Ok(()),
            _ => Err(ErrorCode::DeviceRevoked),
        }
    }

    pub(crate) fn snapshot(
        &mut self,
        device: DeviceId,
        request: &SnapshotRequest,
    ) -> Result<SnapshotAnswer, ErrorCode> {
        self.reader(device)?;
        let lacking = request.epoch != Some(self.epoch);
        let mut answer = SnapshotAnswer {
            snapshot: self.signed_snapshot(Some(request.nonce)),
            grant: lacking.then(|| self.current_grant(device).into()),
            trust: self.newer_trust(request.trust_version),
        };
        if let Some(tamper) = &mut self.tamper_snapshot {
            tamper(&mut answer);
        }
        Ok(answer)
    }

    pub(crate) fn pull(&self, after: Position, limit: usize) -> PullAnswer {
        let generation = Generation::new(self.broker.generation).unwrap();
        let newest = Number::new(self.broker.log.len() as u64).unwrap();
        let number = after.number.get();
        if after.generation != generation {
            return PullAnswer::Generation { generation };
        }
        if after.number > newest {
            return PullAnswer::Ahead { generation, newest };
        }
        if number + 1 < self.broker.oldest {
            let oldest = Number::new(self.broker.oldest).unwrap();
            return PullAnswer::Trimmed { generation, oldest };
        }
        let messages = self
            .broker
            .log
            .iter()
            .skip(number as usize)
            .take(limit)
            .cloned()
            .collect();
        PullAnswer::Messages {
            generation,
            newest,
            messages,
        }
    }

    /// The names of the reported discrepancies.
    pub(crate) fn reported(&self) -> Vec<String> {
        self.reports
            .iter()
            .map(|report| report.reason.clone().unwrap())
            .collect()
    }
}
