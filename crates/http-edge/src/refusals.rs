//! Counts answers per error code.

use metrics::Counter;
use std::sync::OnceLock;
use types::ERROR_CODES;

/// A counter for each code, in the order of their numbers.
static REFUSALS: OnceLock<Vec<(u16, Counter)>> = OnceLock::new();

/// Registers a counter for each error code with the process's metrics, starting at 0. Call it after a recorder is
/// installed; earlier refusals are not counted.
pub fn register_refusals() {
    let counter = |code: &types::ErrorCode| {
        let labels = [
            ("code", code.number().to_string()),
            ("name", code.slug().to_owned()),
        ];
        let counter = metrics::counter!("passbook_refusals_total", &labels);
        (code.number(), counter)
    };
    REFUSALS.get_or_init(|| ERROR_CODES.iter().map(counter).collect());
}

/// Counts one answer with that code.
pub(crate) fn count(code: u16) {
    let refusals = REFUSALS.get().map(Vec::as_slice).unwrap_or_default();
    if let Ok(index) = refusals.binary_search_by_key(&code, |(number, _)| *number)
        && let Some((_, counter)) = refusals.get(index)
    {
        counter.increment(1);
    }
}
