//! Checks that several parts of an order share.

use crate::{Field, OrderError};

/// Checks that all `required` fields are there, and no field that is neither required nor `optional`.
pub(crate) fn check_presence(
    present: &[(Field, bool)],
    required: &[Field],
    optional: &[Field],
) -> Result<(), OrderError> {
    for &(field, is_present) in present {
        if is_present && !required.contains(&field) && !optional.contains(&field) {
            return Err(OrderError::FieldNotAllowed(field));
        }
        if !is_present && required.contains(&field) {
            return Err(OrderError::FieldMissing(field));
        }
    }
    Ok(())
}

/// Checks a text of people or an id: 1 to [`Field::characters_max`] code points, and the rules of [`types::text`].
pub(crate) fn check_text(field: Field, text: &str) -> Result<(), OrderError> {
    if text.is_empty() {
        return Err(OrderError::TextEmpty(field));
    }
    let characters_max = field.characters_max();
    if text.chars().count() > characters_max {
        return Err(OrderError::TextTooLong {
            field,
            characters_max,
        });
    }
    types::text::check(text).map_err(|cause| OrderError::Text { field, cause })
}
