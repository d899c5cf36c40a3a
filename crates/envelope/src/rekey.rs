//! Finding one's own grant in a rekey.

use crate::TrustList;
use crate::grant::{GrantError, GrantFor, GrantToOpen, claimed_device};
use protocol::{Message, ParseError, Rekey};

/// The device's own grant in a rekey's message; the others are ignored. `expected` is what the device knows of itself;
/// epoch and first number are the rekey's.
pub fn open_rekey(
    message: &Message,
    expected: &GrantFor<'_>,
    trust: &TrustList,
) -> Result<GrantToOpen, GrantError> {
    let body = message
        .body
        .bytes()
        .ok_or(ParseError::WrongShape("a rekey is never a hole"))?;
    let rekey = Rekey::parse(body)?;
    let own = rekey
        .grants
        .iter()
        .find(|grant| claimed_device(grant) == Some(expected.device))
        .ok_or(GrantError::NoGrantForThisDevice)?;
    let expected = GrantFor {
        epoch: Some(rekey.epoch),
        first_number: Some(message.number.next()),
        ..*expected
    };
    GrantToOpen::verify(own, &expected, trust)
}
