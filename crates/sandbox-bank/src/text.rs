//! Checks of free text from the bank's clients.

use crate::BankError;

/// Maximum length of a text in bytes.
const TEXT_BYTES_MAX: usize = 1_024;

/// Refuses a text that is too long or contains characters that would control a terminal. `what` names the text in the
/// error.
pub(crate) fn check(what: &'static str, text: &str) -> Result<(), BankError> {
    refuse(what, text, char::is_control)
}

/// Like [`check`], for a text of several lines: line breaks and tabs are allowed.
pub(crate) fn check_lines(what: &'static str, text: &str) -> Result<(), BankError> {
    let commands =
        |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    refuse(what, text, commands)
}

fn refuse(
    what: &'static str,
    text: &str,
    commands: impl Fn(char) -> bool,
) -> Result<(), BankError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(BankError::TextTooLong {
            what,
            bytes: text.len(),
        });
    }
    if text.chars().any(commands) {
        return Err(BankError::ControlCharacter { what });
    }
    Ok(())
}
