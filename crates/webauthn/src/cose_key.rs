//! COSE_Key (RFC 9052, 7): its labels, and the key of ES256 (RFC 9053, 7.1.1).

use protocol::cbor::{Key, Value, encode};
use types::PublicKey;

pub(crate) const KEY_TYPE: Key = Key::Unsigned(1);
pub(crate) const ALGORITHM: Key = Key::Unsigned(3);
/// Of elliptic curves: the curve. Of RSA: the modulus.
pub(crate) const MINUS_1: Key = Key::Negative(0);
/// Of elliptic curves: x. Of RSA: the public exponent.
pub(crate) const MINUS_2: Key = Key::Negative(1);
/// Of P-256: y.
pub(crate) const MINUS_3: Key = Key::Negative(2);

/// The COSE_Key of a P-256 key for ES256.
pub(crate) fn of_es256(key: &PublicKey) -> Vec<u8> {
    let (_, coordinates) = key.as_bytes().split_at(1);
    let (x, y) = coordinates.split_at(32);
    let members = [
        (KEY_TYPE, Value::from(2)),
        (ALGORITHM, Value::from(-7)),
        (MINUS_1, Value::from(1)),
        (MINUS_2, Value::from(x)),
        (MINUS_3, Value::from(y)),
    ];
    encode(&Value::Map(members.into()))
}
