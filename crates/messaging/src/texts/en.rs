//! English.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    login_code_subject: "Your code for a login",
    login_code: |code| format!("{code} is your code for a login. Nobody of the bank asks for it."),
    moved_subject: "Money moved on your account",
    came_in: |amount, account| match account {
        Some(account) => format!("{amount} came to your account {account}."),
        None => format!("{amount} came to your account. The app shows which one."),
    },
    went_out: |amount, account| match account {
        Some(account) => format!("{amount} left your account {account}."),
        None => format!("{amount} left your account. The app shows which one."),
    },
};
