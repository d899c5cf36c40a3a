//! Rules for text that people wrote: which text is accepted, and how any text is shown safely.
//!
//! Text that passes [`check`] is what it looks like: no character in it changes the writing direction, is invisible,
//! combines with text before it, or controls a terminal. Orders must pass this check. All other text from outside,
//! including ids, is shown through [`shown`].
//!
//! The rules use properties of the Unicode Character Database. `icu_properties` and `icu_normalizer` compile the
//! database in; the Unicode Consortium maintains both crates, they work without the standard library, and the HTTP
//! client's URL parser already depends on them. If one side has a newer Unicode version, the older side may refuse a
//! text, but it never accepts one that the newer refuses.
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

/// The character that [`shown`] puts where it removes one: U+FFFD, the replacement character.
pub const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();

/// Controls (Cc), formats (Cf), private (Co), surrogates (Cs), unassigned (Cn), line and paragraph separators (Zl, Zp).
const CONTROLS: GeneralCategoryGroup = GeneralCategoryGroup::Other
    .union(GeneralCategoryGroup::LineSeparator)
    .union(GeneralCategoryGroup::ParagraphSeparator);

/// The characters that a joiner may join: letters, marks, symbols.
const JOINED: GeneralCategoryGroup = GeneralCategoryGroup::Letter
    .union(GeneralCategoryGroup::Mark)
    .union(GeneralCategoryGroup::Symbol);

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// The text is not in Unicode's normalization form C.
    #[error("the text is not in Unicode's normalization form C")]
    NotNfc,
    /// The text begins or ends with white space.
    #[error("the text begins or ends with white space")]
    EdgeSpace,
    /// The text begins with a combining mark, which has nothing to combine with.
    #[error("the text begins with the combining mark U+{:04X}", u32::from(*.0))]
    BeginsWithMark(char),
    /// A control, unassigned or private character, a line break, or a joiner that joins nothing.
    #[error("the text has the control character U+{:04X}", u32::from(*.0))]
    Control(char),
    /// A character that is invisible.
    #[error("the text has the invisible character U+{:04X}", u32::from(*.0))]
    Hidden(char),
}

/// Refuses text that may look like different text. The empty text passes. The caller checks the length.
pub fn check(text: &str) -> Result<(), TextError> {
    if !NFC.is_normalized(text) {
        return Err(TextError::NotNfc);
    }
    if text.trim() != text {
        return Err(TextError::EdgeSpace);
    }
    judged(text).try_for_each(|(_, verdict)| verdict)
}

/// The text in a form that is safe to show: composed, without white space at its ends, and with [`REPLACEMENT`] for
/// each character that [`check`] refuses. Text that passes [`check`] is returned unchanged.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if check(text).is_ok() {
        return Cow::Borrowed(text);
    }
    let composed = composed(text);
    let replaced = judged(composed.trim()).map(|(letter, verdict)| match verdict {
        Ok(()) => letter,
        Err(_) => REPLACEMENT,
    });
    Cow::Owned(replaced.collect())
}

/// The text in Unicode's normalization form C, in which the same letters are the same characters.
#[must_use]
pub fn composed(text: &str) -> Cow<'_, str> {
    NFC.normalize(text)
}

/// Whether [`check`] refuses the character everywhere, or accepts it only in certain contexts.
#[must_use]
pub fn is_restricted(letter: char) -> bool {
    of_itself(letter).is_err()
}

/// Each character with the verdict for it in its context.
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
    // Unicode classifies BRAILLE PATTERN BLANK as a symbol, but it is invisible.
    if letter == '\u{2800}' || DefaultIgnorableCodePoint::for_char(letter) {
        return Err(TextError::Hidden(letter));
    }
    Ok(())
}

/// Whether the character is ZERO WIDTH NON-JOINER or ZERO WIDTH JOINER. Some scripts and emoji need them.
const fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// Whether the character is a variation selector that chooses text or emoji presentation.
const fn is_presentation(letter: char) -> bool {
    matches!(letter, '\u{fe0e}' | '\u{fe0f}')
}
