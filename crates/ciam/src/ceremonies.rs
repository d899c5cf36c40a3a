//! Challenges of passkeys. Like those of enrolments, a given challenge needs no memory; one that was answered is stored,
//! so that it is answered once.

use crate::challenge_lifetime::{LIFETIME_MS, may_be_answered};
use crate::errors::Failure;
use crate::random::random;
use envelope::HmacSha256;
use protocol::{cbor, cbor_array};
use std::fmt;
use types::Time;
use zeroize::Zeroizing;

/// The parts of a challenge: the time in milliseconds, randomness, and a MAC over both in the rest.
const TIME: usize = 8;
const RANDOM: usize = 16;
const TAG: usize = 16;

/// What a challenge is for. The answer to one never serves the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChallengeFor {
    Registration,
    Login,
    /// A login for a client, at the OpenID provider's page.
    Authorization,
    /// A login on a device, at the outside provider.
    ProviderLogin,
    /// The same on a new device, which gets an activation code.
    ProviderEnrolment,
    /// A member of the staff has a passkey made.
    StaffActivation,
    StaffLogin,
}

impl ChallengeFor {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Login => "login",
            Self::Authorization => "authorization",
            Self::ProviderLogin => "provider login",
            Self::ProviderEnrolment => "provider enrolment",
            Self::StaffActivation => "staff activation",
            Self::StaffLogin => "staff login",
        }
    }
}

/// The challenges of all nodes with the same key.
pub(crate) struct Ceremonies(HmacSha256);

impl Ceremonies {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(HmacSha256::new(key))
    }

    /// A new challenge for `whom`: a device, its session key, or an authorization.
    pub(crate) fn give(
        &self,
        what: ChallengeFor,
        whom: impl fmt::Display,
        now: Time,
    ) -> Result<Vec<u8>, Failure> {
        let random: [u8; RANDOM] = random()?;
        let given = [now.ms().to_be_bytes().as_slice(), &random].concat();
        let tag = self.mac(what, &whom, &given);
        Ok([given.as_slice(), tag.get(..TAG).unwrap_or_default()].concat())
    }

    /// When the challenge expires. `None` if it was not given to `whom` for this, or may not be answered any more.
    pub(crate) fn end_of(
        &self,
        challenge: &[u8],
        (what, whom): (ChallengeFor, impl fmt::Display),
        now: Time,
    ) -> Option<Time> {
        let (given, tag) = challenge.split_at_checked(TIME + RANDOM)?;
        let time = Time::from_ms(u64::from_be_bytes(*given.first_chunk::<TIME>()?));
        // This comparison need not be in constant time: whoever guesses a tag has a challenge of their own choice, which
        // the passkey still has to answer, and a guess takes a request each.
        let is_ours = self.mac(what, &whom, given).get(..TAG)? == tag;
        (is_ours && may_be_answered(time, now)).then(|| time.plus_ms(LIFETIME_MS))
    }

    fn mac(
        &self,
        what: ChallengeFor,
        whom: &impl fmt::Display,
        given: &[u8],
    ) -> Zeroizing<[u8; 32]> {
        let whom = whom.to_string();
        let data = cbor_array![
            "passbook passkey challenge",
            1,
            what.as_str(),
            whom.as_str(),
            given
        ];
        self.0.clone().over(&cbor::encode(&data)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::DeviceId;

    const NOW: Time = Time::from_ms(1_790_000_000_000);

    #[test]
    fn a_challenge_is_for_one_device_and_one_ceremony_for_five_minutes() {
        let (one, stranger) = (Ceremonies::new(&[1; 32]), Ceremonies::new(&[2; 32]));
        let device = |byte| DeviceId::at(NOW, [byte; 10]);
        let (login, registration) = (ChallengeFor::Login, ChallengeFor::Registration);
        let challenge = one.give(login, device(1), NOW).unwrap();
        assert_ne!(one.give(login, device(1), NOW).unwrap(), challenge);
        let end = Some(NOW.plus_ms(300_000));
        let check = |node: &Ceremonies, what, device, now, expected| {
            assert_eq!(node.end_of(&challenge, (what, device), now), expected);
        };
        check(&one, login, device(1), NOW, end);
        check(&one, login, device(1), NOW.plus_ms(300_000), end);
        check(&one, login, device(1), NOW.plus_ms(300_001), None);
        check(&one, login, device(1), NOW.minus_ms(10_000), end);
        check(&one, login, device(1), NOW.minus_ms(10_001), None);
        check(&one, login, device(2), NOW, None);
        check(&one, registration, device(1), NOW, None);
        check(&stranger, login, device(1), NOW, None);
        for byte in 0..challenge.len() {
            let mut changed = challenge.clone();
            changed[byte] ^= 1;
            assert_eq!(one.end_of(&changed, (login, device(1)), NOW), None);
        }
        assert_eq!(one.end_of(&challenge[..39], (login, device(1)), NOW), None);
        assert_eq!(one.end_of(&[], (login, device(1)), NOW), None);
    }
}
