//! Deterministic CBOR (RFC 8949, 4.2.1): integers, byte and text strings, arrays, maps with integer, text or byte keys,
//! false, true, null. Everything else is refused: other encodings of the same value, floats, tags, indefinite lengths,
//! unsorted or repeated keys, more than [`DEPTH_MAX`] nested containers, trailing bytes.

mod convert;
mod error;
mod fields;
mod reader;
mod value;
mod writer;

pub use convert::FromValue;
pub use error::CborError;
pub use fields::Fields;
pub use reader::{Reader, decode};
pub use value::{Key, Map, Value};
pub use writer::{Writer, encode};

/// Maximum nesting depth of arrays and maps.
pub const DEPTH_MAX: usize = 16;

/// Makes a CBOR array of expressions that can be converted to CBOR values.
///
/// ```
/// let bytes = protocol::cbor::encode(&protocol::cbor_array!["purpose", 1, types::Number::ZERO]);
/// assert_eq!(bytes, b"\x83\x67purpose\x01\x00");
/// ```
#[macro_export]
macro_rules! cbor_array {
    ($($value:expr),* $(,)?) => {
        $crate::cbor::Value::Array(vec![$($crate::cbor::Value::from($value)),*])
    };
}
