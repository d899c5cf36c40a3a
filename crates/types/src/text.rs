//! Text that people write, and what of it may be shown.
//!
//! A text that passes [`check`] is what it looks like: nothing in it turns the direction of writing, hides, joins itself to
//! what stands before it, or gives a terminal orders. Orders are read by this rule; whatever else came from others is shown
//! through [`shown`], ids included.
//!
//! The rule is in words of the Unicode Character Database, which comes compiled in with `icu_properties` and
//! `icu_normalizer`: the Unicode Consortium keeps both, they need no standard library, and they were there already below
//! the URLs of the HTTP client. A newer Unicode on one side can only refuse.
//!
//! ```
//! use types::text;
//! assert!(text::check("Jana Nováková").is_ok());
//! assert_eq!(text::check("\u{202e}00.1"), Err(text::TextError::Control('\u{202e}')));
//! assert_eq!(text::shown("\u{202e}00.1"), "\u{fffd}00.1");
//! ```

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{BinaryProperty as _, DefaultIgnorableCodePoint};
use icu_properties::props::{EnumeratedProperty as _, GeneralCategory, GeneralCategoryGroup};
use std::borrow::Cow;
use thiserror::Error;

/// What [`shown`] puts in the place of a character that is not shown: U+FFFD, the replacement character.
pub const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();

/// Controls (Cc), formats (Cf), private (Co), surrogates (Cs), unassigned (Cn), line and paragraph separators (Zl, Zp).
const CONTROLS: GeneralCategoryGroup = GeneralCategoryGroup::Other
    .union(GeneralCategoryGroup::LineSeparator)
    .union(GeneralCategoryGroup::ParagraphSeparator);

/// What a joiner may stand between: letters, marks, symbols.
const JOINED: GeneralCategoryGroup = GeneralCategoryGroup::Letter
    .union(GeneralCategoryGroup::Mark)
    .union(GeneralCategoryGroup::Symbol);

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// Its characters are not composed as Unicode's normalization form C composes them.
    #[error("the text is not in Unicode's normalization form C")]
    NotNfc,
    /// White space at an end.
    #[error("the text begins or ends with white space")]
    EdgeSpace,
    /// A combining mark has nothing before it to combine with.
    #[error("the text begins with the combining mark U+{:04X}", u32::from(*.0))]
    BeginsWithMark(char),
    /// A character that controls, has no meaning agreed on, or breaks the line; or a joiner that joins nothing.
    #[error("the text has the control character U+{:04X}", u32::from(*.0))]
    Control(char),
    /// A character that leaves no mark where it stands.
    #[error("the text has the invisible character U+{:04X}", u32::from(*.0))]
    Hidden(char),
}

/// Refuses a text that may look like another one than it is. The empty text passes; lengths are the caller's.
pub fn check(text: &str) -> Result<(), TextError> {
    if !NFC.is_normalized(text) {
        return Err(TextError::NotNfc);
    }
    if text.trim() != text {
        return Err(TextError::EdgeSpace);
    }
    judged(text).try_for_each(|(_, verdict)| verdict)
}

/// The text as it may be shown: composed, without white space at its ends, and with [`REPLACEMENT`] for each character
/// that [`check`] refuses. What passes is shown as it is.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if check(text).is_ok() {
        return Cow::Borrowed(text);
    }
    let composed = NFC.normalize(text);
    let replaced = judged(composed.trim()).map(|(letter, verdict)| match verdict {
        Ok(()) => letter,
        Err(_) => REPLACEMENT,
    });
    Cow::Owned(replaced.collect())
}

/// Whether [`check`] refuses the character, or takes it in certain places alone.
#[must_use]
pub fn is_restricted(letter: char) -> bool {
    of_itself(letter).is_err()
}

/// Each character with what the rule says of it in its place.
fn judged(text: &str) -> impl Iterator<Item = (char, Result<(), TextError>)> {
    let mut before = None;
    let mut letters = text.chars().peekable();
    std::iter::from_fn(move || {
        let letter = letters.next()?;
        let after = letters.peek().copied();
        Some((letter, judge(before.replace(letter), letter, after)))
    })
}

fn judge(before: Option<char>, letter: char, after: Option<char>) -> Result<(), TextError> {
    let is_joined = |neighbour: Option<char>| {
        neighbour.is_some_and(|letter| JOINED.contains(GeneralCategory::for_char(letter)))
    };
    if is_joiner(letter) && is_joined(before) && is_joined(after) {
        return Ok(());
    }
    if is_presentation(letter) && before.is_some() {
        return Ok(());
    }
    of_itself(letter)?;
    if before.is_none() && GeneralCategoryGroup::Mark.contains(GeneralCategory::for_char(letter)) {
        return Err(TextError::BeginsWithMark(letter));
    }
    Ok(())
}

fn of_itself(letter: char) -> Result<(), TextError> {
    if CONTROLS.contains(GeneralCategory::for_char(letter)) {
        return Err(TextError::Control(letter));
    }
    // BRAILLE PATTERN BLANK is a symbol to Unicode, and nothing to the eye.
    if letter == '\u{2800}' || DefaultIgnorableCodePoint::for_char(letter) {
        return Err(TextError::Hidden(letter));
    }
    Ok(())
}

/// ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER, which scripts and emoji need.
const fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// The variation selectors that ask for text or emoji.
const fn is_presentation(letter: char) -> bool {
    matches!(letter, '\u{fe0e}' | '\u{fe0f}')
}
