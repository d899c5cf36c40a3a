//! A passkey in software makes what the bank verifies; and what a passkey made for one ceremony serves for no other.

use envelope::SoftwareKey;
use types::CustomerId;
use webauthn::{
    Assertion, AssertionError, Attestation, Credential, DECOY, RelyingParty, SoftwarePasskey,
};

pub(crate) fn party() -> RelyingParty {
    RelyingParty::at("https://bank.example:8443/")
}

pub(crate) fn passkey(secret: u8) -> SoftwarePasskey {
    let key = SoftwareKey::from_bytes(&[secret; 32]).unwrap();
    SoftwarePasskey::new(key, [secret; 16], party())
}

fn customer() -> CustomerId {
    "1001".parse().unwrap()
}

fn credential(passkey: &SoftwarePasskey) -> Credential {
    let made = passkey.register(b"challenge").unwrap();
    let registered = made.verify(b"challenge", &party()).unwrap();
    assert_eq!(registered.credential, passkey.credential());
    registered.credential_of(customer())
}

#[test]
fn the_relying_party_is_the_host() {
    let party = party();
    assert_eq!(party.id, "bank.example");
    assert_eq!(party.origin, "https://bank.example:8443");
}

/// Signatures whose `r` or `s` begins with a zero or a high bit occur among so many.
#[test]
fn its_assertions_verify_for_their_challenge_alone() {
    let passkey = passkey(1);
    let credential = credential(&passkey);
    for number in 0..600_u32 {
        let challenge = number.to_be_bytes();
        let made = passkey.assert(&challenge).unwrap();
        assert_eq!(made.claimed_challenge().as_deref(), Some(&challenge[..]));
        let backup = made.verify(&credential, &challenge, &party()).unwrap();
        assert!(!backup.eligible && !backup.backed_up);
    }
    let made = passkey.assert(b"one").unwrap();
    let verified = made.verify(&credential, b"another", &party());
    assert_eq!(verified, Err(AssertionError::AnotherChallenge));
    let verified = made.verify(&DECOY, b"one", &party());
    assert_eq!(verified, Err(AssertionError::SignatureInvalid));
    let other = super::software::credential(&super::software::passkey(2));
    let verified = made.verify(&other, b"one", &party());
    assert_eq!(verified, Err(AssertionError::SignatureInvalid));
}

/// Otherwise the time of a refusal tells whoever has no passkey how the one with that id was registered, if there is one.
#[test]
fn eligibility_for_backup_is_compared_in_what_the_passkey_signed_alone() {
    let passkey = passkey(1);
    let eligible = |credential| Credential {
        backup_eligible: true,
        ..credential
    };
    let made = passkey.assert(b"one").unwrap();
    let verified = made.verify(&eligible(credential(&passkey)), b"one", &party());
    assert_eq!(verified, Err(AssertionError::BackupEligibilityChanged));
    let other = credential(&super::software::passkey(2));
    for credential in [eligible(DECOY.clone()), eligible(other)] {
        let verified = made.verify(&credential, b"one", &party());
        assert_eq!(verified, Err(AssertionError::SignatureInvalid));
    }
}

#[test]
fn no_answer_serves_another_ceremony_or_another_site() {
    let passkey = passkey(1);
    let credential = credential(&passkey);
    let (made, asserted) = (
        passkey.register(b"one").unwrap(),
        passkey.assert(b"one").unwrap(),
    );
    let as_attestation = Attestation {
        client_data_json: asserted.client_data_json.clone(),
        ..made.clone()
    };
    let refused = as_attestation.verify(b"one", &party()).unwrap_err();
    assert_eq!(refused.reason(), "another_type");
    let as_assertion = Assertion {
        client_data_json: made.client_data_json.clone(),
        ..asserted.clone()
    };
    let refused = as_assertion.verify(&credential, b"one", &party());
    assert_eq!(refused, Err(AssertionError::AnotherType));
    let elsewhere = [
        ("https://bank.example", "another_origin"),
        ("http://bank.example:8443", "another_origin"),
        ("https://bank.example:8443.evil.example", "another_origin"),
    ];
    for (url, reason) in elsewhere {
        let elsewhere = RelyingParty::at(url);
        let refused = made.verify(b"one", &elsewhere).unwrap_err();
        assert_eq!(refused.reason(), reason, "{url}");
        let refused = asserted.verify(&credential, b"one", &elsewhere);
        assert_eq!(refused.unwrap_err().reason(), reason, "{url}");
    }
    let parent = RelyingParty {
        id: "example".to_owned(),
        ..party()
    };
    let refused = made.verify(b"one", &parent).unwrap_err();
    assert_eq!(refused.reason(), "another_relying_party");
    let refused = asserted.verify(&credential, b"one", &parent);
    assert_eq!(refused, Err(AssertionError::AnotherRelyingParty));
}
