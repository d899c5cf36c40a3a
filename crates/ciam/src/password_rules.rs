//! Which passwords are refused, by NIST SP 800-63B: those that are short, in a list of common ones, or made of what everybody
//! knows. What kinds of characters a password has does not matter.

use std::collections::HashSet;
use std::iter;
use thiserror::Error;
use types::{Hash, text};
use zeroize::Zeroizing;

const CHARACTERS_MIN: usize = 12;
const CHARACTERS_MAX: usize = 128;

/// A password has at least so many different characters.
const DIFFERENT_MIN: usize = 6;

/// Passwords that are refused without any list.
const COMMON: [&str; 12] = [
    "administrator",
    "changeme",
    "iloveyou",
    "letmein",
    "onlinebanking",
    "passbook",
    "password",
    "passwort",
    "qwertyuiop",
    "secret",
    "sunshine",
    "welcome",
];

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordRule {
    /// Too short or too long.
    #[error("a password has 12 to 128 characters")]
    Length,
    /// Too few different characters.
    #[error("the password has fewer than 6 different characters")]
    Repeats,
    /// Each character follows the one before, as in `abcdefghijkl`.
    #[error("the password is a sequence of characters")]
    Sequence,
    /// It has the customer's number.
    #[error("the password contains the customer's number")]
    CustomerNumber,
    /// Many people have it, or one like it.
    #[error("the password, or one like it, is among those that are tried first")]
    Common,
}

/// The passwords that a bank refuses, and those like them. Eight bytes of a hash stand for each.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RefusedPasswords(HashSet<[u8; 8]>);

impl RefusedPasswords {
    /// Those of a list, one a line.
    #[must_use]
    pub fn of_lines(lines: &str) -> Self {
        let cores = lines.lines().flat_map(|line| cores(&text::composed(line)));
        Self(cores.map(|core| short_hash(&core)).collect())
    }

    /// Whether the password is in the list, or like one that is.
    fn have(&self, password: &str) -> bool {
        let is_known =
            |core: &String| COMMON.contains(&core.as_str()) || self.0.contains(&short_hash(core));
        cores(password).iter().any(is_known)
    }
}

impl std::fmt::Debug for RefusedPasswords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RefusedPasswords({})", self.0.len())
    }
}

/// The password in the form in which it is hashed: composed (NFC), so that it does not depend on the keyboard.
pub(crate) fn prepared(password: &str) -> Zeroizing<String> {
    Zeroizing::new(text::composed(password).into_owned())
}

/// Refuses a prepared password of a customer.
pub(crate) fn check(
    password: &str,
    customer: &str,
    refused: &RefusedPasswords,
) -> Result<(), PasswordRule> {
    let characters: Vec<char> = password.chars().collect();
    if !(CHARACTERS_MIN..=CHARACTERS_MAX).contains(&characters.len()) {
        return Err(PasswordRule::Length);
    }
    if characters.iter().collect::<HashSet<_>>().len() < DIFFERENT_MIN {
        return Err(PasswordRule::Repeats);
    }
    if is_sequence(&characters) {
        return Err(PasswordRule::Sequence);
    }
    if password.contains(customer) {
        return Err(PasswordRule::CustomerNumber);
    }
    match refused.have(password) {
        true => Err(PasswordRule::Common),
        false => Ok(()),
    }
}

/// Whether each character is the next, or the one before, of its neighbour's; of digits, 0 follows 9.
fn is_sequence(characters: &[char]) -> bool {
    let follows = |one: &char, next: &char| {
        let (one, next) = (u32::from(*one), u32::from(*next));
        next == one + 1 || (one, next) == (u32::from('9'), u32::from('0'))
    };
    let mut pairs = characters.windows(2);
    let is_rising = pairs.all(|pair| matches!(pair, [one, next] if follows(one, next)));
    let mut pairs = characters.windows(2);
    is_rising || pairs.all(|pair| matches!(pair, [one, next] if follows(next, one)))
}

/// What passwords that people take for different ones have in common: small letters, without what stands before and after
/// them, with letters for the digits and signs that look like them. What looks like a letter at either end may belong to them,
/// or not. If there are no letters, the password.
fn cores(password: &str) -> Vec<String> {
    let small = password.to_lowercase();
    let is_no_letter = |character: char| !character.is_alphabetic();
    let begins = small.find(char::is_alphabetic).unwrap_or(0);
    let ends = small.trim_end_matches(is_no_letter).len();
    let mut cores = match small.get(begins..ends).filter(|inner| !inner.is_empty()) {
        None => vec![small],
        Some(inner) => {
            let before = small
                .get(..begins)
                .and_then(|before| before.chars().next_back());
            let after = small.get(ends..).and_then(|after| after.chars().next());
            let alike = |character: Option<char>| {
                let letter = character
                    .map(letter)
                    .filter(|letter| letter.is_alphabetic());
                iter::once(None).chain(letter.map(Some))
            };
            let inner: String = inner.chars().map(letter).collect();
            let core = |before: Option<char>, after: Option<char>| -> String {
                before
                    .into_iter()
                    .chain(inner.chars())
                    .chain(after)
                    .collect()
            };
            let with = |before| alike(after).map(move |after| (before, after));
            let ends = alike(before).flat_map(with);
            ends.map(|(before, after)| core(before, after)).collect()
        }
    };
    cores.retain(|core| !core.is_empty());
    cores
}

/// The letter that a digit or a sign looks like.
const fn letter(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

fn short_hash(plain: &str) -> [u8; 8] {
    let hash = Hash::of(plain.as_bytes());
    hash.as_bytes().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, expected: Result<(), PasswordRule>) {
        let list = RefusedPasswords::of_lines(
            "correcthorsebatterystaple\n\n987123654000\nTr0ub4dor\ntrustno1trustno1\ncre\u{300}me bru\u{302}le\u{301}e\n",
        );
        assert_eq!(
            super::check(password, "1001", &list),
            expected,
            "{password}"
        );
    }

    #[test]
    fn a_password_is_refused_for_its_own_reason() {
        check("elevenchars", Err(PasswordRule::Length));
        check(&"abcdefg ".repeat(17), Err(PasswordRule::Length));
        check("aaaaabbbbbccccc", Err(PasswordRule::Repeats));
        check("678901234567", Err(PasswordRule::Sequence));
        check("zyxwvutsrqponm", Err(PasswordRule::Sequence));
        check("my number 1001 is it", Err(PasswordRule::CustomerNumber));
        check("twelve chars", Ok(()));
        check("รหัสผ่านของฉันเอง", Ok(()));
    }

    #[test]
    fn what_is_like_a_listed_password_is_refused() {
        for common in [
            "correcthorsebatterystaple",
            "CorrectHorseBatteryStaple!",
            "c0rr3cthorseb4tterystaple2026",
            "987123654000",
            "Password2026!",
            "p@ssw0rd-----",
            "***Troub4dor***",
            "0nlinebanking",
            "$unshine-2026",
            "w3lcom3-2026",
            "chang3m3-2026",
            "iloveyou!!!!!",
            "TrustNo1TrustNo1",
            "crème brûlée",
        ] {
            check(common, Err(PasswordRule::Common));
        }
        check("correct horse battery", Ok(()));
        check("123 password 456 secret", Ok(()));
    }
}
