//! Finds the device's own grant in a rekey.

use crate::TrustList;
use crate::grant::{GrantError, GrantFor, GrantToOpen, claimed_device};
use protocol::{Message, ParseError, Rekey};

/// Verifies the device's own grant in a rekey message and ignores the other grants. `expected` contains what the device
/// knows about itself; epoch and first number come from the rekey.
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
