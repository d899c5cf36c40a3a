//! The bank's own name and sign. `docs/design-language.md` says where the rest of its look is.

use leptos::prelude::*;

/// The bank's name, as customers know it.
pub(crate) const NAME: &str = "Passbook";

/// The number at which customers reach the bank, as it is dialled.
pub(crate) const PHONE: &str = "+420 000 000 000";

/// The bank's sign, in the colour of the text around it. A path is written `d={"…"}`: `views.rs` says why.
pub(crate) fn sign() -> AnyView {
    view! {
        <svg class="sign" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path d={"M5 6.5C9 5 13 5.3 16 7.5c3-2.2 7-2.5 11-1v19c-4-1.5-8-1.2-11 1-3-2.2-7-2.5-11-1z"}/>
            <path d={"M16 7.5v19"}/>
            <path d={"M19.5 12c1.5-.5 3-.6 4.5-.3M19.5 16.5c1.5-.5 3-.6 4.5-.3"}/>
        </svg>
    }
    .into_any()
}
