//! How often each code was answered.

use metrics::Counter;
use std::sync::OnceLock;
use types::ERROR_CODES;

/// A counter for each code, in the order of their numbers.
static REFUSALS: OnceLock<Vec<(u16, Counter)>> = OnceLock::new();

/// Registers a counter for each error code with the process's metrics, from 0 on, once a recorder is installed; what was
/// refused before is not counted.
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

/// One more answer with that code.
pub(crate) fn count(code: u16) {
    let refusals = REFUSALS.get().map(Vec::as_slice).unwrap_or_default();
    if let Ok(index) = refusals.binary_search_by_key(&code, |(number, _)| *number)
        && let Some((_, counter)) = refusals.get(index)
    {
        counter.increment(1);
    }
}
