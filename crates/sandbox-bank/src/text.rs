//! Free text of the bank's clients.

use crate::BankError;

/// The longest text, in bytes.
const TEXT_BYTES_MAX: usize = 1_024;

/// Refuses a text that is too long, or that would command a terminal which shows it.
pub(crate) fn check(text: &str) -> Result<(), BankError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(BankError::TooLarge("a text is at most 1,024 bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err(BankError::Invalid("a text has no control characters"));
    }
    Ok(())
}
