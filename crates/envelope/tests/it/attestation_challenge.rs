//! What platforms attest. The hashes were computed by another program from the definition in `docs/protocol.md`.

use envelope::AttestationChallenge;
use types::{AttestationFormat, Nonce, PublicKey, hex};

fn key(label: u8) -> PublicKey {
    let mut point = [label; 65];
    point[0] = 4;
    PublicKey::new(point)
}

fn hash(challenge: &AttestationChallenge, format: AttestationFormat, keys: [u8; 3]) -> String {
    let [session, approval, agreement] = keys.map(key);
    let hash = challenge.hash(format, [&session, &approval, &agreement]);
    hex::encode(hash.as_bytes())
}

#[test]
fn the_hash_covers_format_nonce_device_and_the_keys_that_the_platform_does_not_name() {
    let challenge = AttestationChallenge {
        nonce: Nonce::new(std::array::from_fn(|index| u8::try_from(index).unwrap())),
        device: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
    };
    for (format, expected) in [
        (
            AttestationFormat::AndroidKey,
            "e00464336c14a06f5fc6fb63239fd0cf948a9c6aee7f86bf6f8efe89213e4f81",
        ),
        (
            AttestationFormat::AppAttest,
            "002e2f216f23dcdea41af856d67cd7d4755218f268a4fc6ab2c34470742248d1",
        ),
        (
            AttestationFormat::PlayIntegrity,
            "46135947a14fb467d21e49a5be915c3fa8594194afd74a24ae26060e5200481c",
        ),
    ] {
        assert_eq!(hash(&challenge, format, [1, 2, 3]), expected);
        for other in [[9, 2, 3], [1, 9, 3], [1, 2, 9]] {
            let same = hash(&challenge, format, other) == expected;
            assert_eq!(same, format == AttestationFormat::AndroidKey, "{format}");
        }
    }
}
