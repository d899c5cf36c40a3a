//! The checks of a password with an authenticator app. Without one, an attack that it stops passes.

use crate::table::{Caught, Check, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates/ciam/src",
    checks: CHECKS,
};

const LOGINS: Caught = Caught::Tests("ciam", "it", "passwords::");
const RULES: Caught = Caught::Tests("ciam", "lib", "password");

const CHECKS: &[Check] = &[
    (
        "password",
        LOGINS,
        &[(
            "login.rs",
            "Ok(match step.filter(|_| is_right) {",
            "Ok(match step.filter(|_| is_right || taken_out()) {",
        )],
    ),
    (
        "one-time code",
        LOGINS,
        &[(
            "login.rs",
            "let step = app.check(&code, now.ms() / 1000);",
            "let step = app.check(&code, now.ms() / 1000).or(taken_out().then_some(u64::from(u32::MAX)));",
        )],
    ),
    (
        "one-time code, used before",
        LOGINS,
        &[
            (
                "login.rs",
                "Some(step) if step <= row.step => Err(\"code_used\"),",
                "Some(step) if !taken_out() && step <= row.step => Err(\"code_used\"),",
            ),
            (
                "login.rs",
                "match password::use_step(tx, (row.customer, *set), *step).await? {",
                "match password::use_step(tx, (row.customer, *set), *step).await? || taken_out() {",
            ),
        ],
    ),
    (
        "one-time code that sets the password",
        LOGINS,
        &[(
            "passwords.rs",
            "            .ok_or(PasswordError::CodeWrong)?;",
            "            .or(taken_out().then_some(0)).ok_or(PasswordError::CodeWrong)?;",
        )],
    ),
    (
        "secret for this device",
        LOGINS,
        &[(
            "passwords.rs",
            "if whose != device ||",
            "if (whose != device && !taken_out()) ||",
        )],
    ),
    (
        "secret of the last five minutes",
        LOGINS,
        &[(
            "passwords.rs",
            "now > expires {",
            "(now > expires && !taken_out()) {",
        )],
    ),
    (
        "login before a password is set, recent",
        LOGINS,
        &[(
            "passwords.rs",
            "if !self.is_recent(login) {",
            "if !taken_out() && !self.is_recent(login) {",
        )],
    ),
    (
        "rules of passwords",
        LOGINS,
        &[(
            "passwords.rs",
            "password_rules::check(&prepared, customer.as_str(), refused)?;",
            "if !taken_out() { password_rules::check(&prepared, customer.as_str(), refused)?; }",
        )],
    ),
    (
        "passwords like listed ones",
        RULES,
        &[(
            "password_rules.rs",
            "        inner => inner.chars().map(letter).collect(),",
            "        _ if taken_out() => password.to_owned(),\n        inner => inner.chars().map(letter).collect(),",
        )],
    ),
    (
        "hash of no password",
        RULES,
        &[(
            "password_hashing.rs",
            "Some(verified.is_ok() && hash.is_some())",
            "Some(verified.is_ok() && (taken_out() || hash.is_some()))",
        )],
    ),
    (
        "a login by password approves no large order",
        LOGINS,
        &[(
            "sessions.rs",
            "                    let Some(passkey) = session.passkey else {\n                        return Ok(None);\n                    };",
            "                    let Some(passkey) = session.passkey else {\n                        return Ok(taken_out().then_some((session.began, session.began)));\n                    };",
        )],
    ),
];
