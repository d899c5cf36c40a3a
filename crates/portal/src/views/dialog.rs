//! Questions that must be answered deliberately: the browser's own modal dialog.

use super::form::Form;
use super::person::Person;
use leptos::html::Dialog;
use leptos::prelude::*;

/// What is asked before something is done.
#[derive(Clone, Copy)]
pub(super) struct Confirmed {
    /// The text of the button that opens it.
    pub(super) button: &'static str,
    /// The question.
    pub(super) title: &'static str,
    /// What follows from a yes.
    pub(super) text: &'static str,
    /// The text of the button that does it.
    pub(super) yes: &'static str,
    /// Whether it cannot be undone.
    pub(super) is_grave: bool,
}

/// A button that asks before it does something. `act` ends the form's attempt; the dialog stays if that failed. What cannot
/// be undone does not have the focus at first, so that Enter alone does not do it.
pub(super) fn confirm_button(asked: Confirmed, act: impl Fn(Form) + 'static) -> AnyView {
    let person = Person::here();
    let dialog = NodeRef::<Dialog>::new();
    let state = Form::new();
    let open = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            let _ = dialog.show_modal();
        }
    };
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let class = if asked.is_grave { "grave" } else { "" };
    let yes_class = if asked.is_grave {
        "primary grave"
    } else {
        "primary"
    };
    view! {
        <button type="button" class=class on:click=open>{asked.button}</button>
        <dialog node_ref=dialog aria-label=asked.title>
            <h2>{asked.title}</h2>
            <p>{asked.text}</p>
            {state.failure_view()}
            <div class="buttons">
                <button type="button" class=yes_class on:click=move |_| act(state)>{asked.yes}</button>
                <button type="button" autofocus=asked.is_grave on:click=close>{person.texts.common.cancel}</button>
            </div>
        </dialog>
    }
    .into_any()
}
