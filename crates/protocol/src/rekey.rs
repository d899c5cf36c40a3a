//! The body of a rekey message.

use crate::ParseError;
use crate::cbor::{Fields, FromValue, Value, decode, encode};
use types::KeyEpoch;

/// Maximum number of grants in a rekey.
pub const REKEY_GRANTS_MAX: usize = 64;

/// A new key epoch with the grants of all current devices: `[1, key epoch, [grant …]]`. Each grant is a Sign1 in CBOR;
/// this type does not parse it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rekey {
    /// The epoch of the entries after the rekey.
    pub epoch: KeyEpoch,
    /// The grants, at most [`REKEY_GRANTS_MAX`].
    pub grants: Vec<Vec<u8>>,
}

impl Rekey {
    /// Parses a rekey's body.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut fields = Fields::new(Vec::from_value(decode(body)?)?);
        if fields.take::<u64>()? != 1 {
            return Err(ParseError::UnknownVersion);
        }
        let epoch = fields.take()?;
        let grants: Vec<Value> = fields.take()?;
        fields.end()?;
        if grants.len() > REKEY_GRANTS_MAX {
            return Err(ParseError::TooManyGrants);
        }
        let grants = grants
            .into_iter()
            .map(Vec::from_value)
            .collect::<Result<_, _>>()?;
        Ok(Self { epoch, grants })
    }

    /// Writes the body in CBOR.
    pub fn encode(&self) -> Result<Vec<u8>, ParseError> {
        if self.grants.len() > REKEY_GRANTS_MAX {
            return Err(ParseError::TooManyGrants);
        }
        let grants: Vec<Value> = self
            .grants
            .iter()
            .map(|grant| grant.as_slice().into())
            .collect();
        Ok(encode(&crate::cbor_array![1, self.epoch, grants]))
    }
}
