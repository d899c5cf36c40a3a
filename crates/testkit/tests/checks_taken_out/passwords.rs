//! The checks of a password with an authenticator app, and of those who read with it at the plain pages. Without one, an attack that it stops passes.

use crate::table::{Caught, Check, Edit, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates/ciam/src",
    checks: CHECKS,
};

const LOGINS: Caught = Caught::Tests("ciam", "it", "passwords::");
const PLAIN: Caught = Caught::Tests("ciam", "it", "plain_pages::");
const RULES: Caught = Caught::Tests("ciam", "lib", "password");

const USED: Edit = (
    "password_login.rs",
    "Code::OfApp(step) => password::use_step(tx, (self.customer, self.set), *step).await,",
    "Code::OfApp(step) => Ok(password::use_step(tx, (self.customer, self.set), *step).await? || taken_out()),",
);

const CHECKS: &[Check] = &[
    (
        "browser of a session variable",
        PLAIN,
        &[(
            "plain_pages.rs",
            ".filter(|read| read.browser == browser.description)",
            ".filter(|read| taken_out() || read.browser == browser.description)",
        )],
    ),
    (
        "age of a visit",
        PLAIN,
        &[(
            "plain_pages.rs",
            "visit.filter(|visit| now.ms_since(visit.made) <= VISIT_MS)",
            "visit.filter(|visit| taken_out() || now.ms_since(visit.made) <= VISIT_MS)",
        )],
    ),
    (
        "end of a session at the plain pages",
        PLAIN,
        &[(
            "plain_pages.rs",
            "let found = found.filter(|(row, _)| now < end_of(row));",
            "let found = found.filter(|(row, _)| taken_out() || now < end_of(row));",
        )],
    ),
    (
        "device of who reads at the plain pages",
        PLAIN,
        &[(
            "plain_pages.rs",
            "Ok(_) if !known.has_device =>",
            "Ok(_) if !taken_out() && !known.has_device =>",
        )],
    ),
    (
        "refusals at the plain pages, counted",
        PLAIN,
        &[(
            "refusals.rs",
            "        [at_place, Some(anywhere), visitors]",
            "        if taken_out() { return Vec::new(); }\n        [at_place, Some(anywhere), visitors]",
        )],
    ),
    (
        "device of a sent code",
        LOGINS,
        &[
            (
                "store/sent_code.rs",
                "let select = \"SELECT * FROM sent_code WHERE asked_by = $1\";",
                "let select = if taken_out() { \"SELECT * FROM sent_code WHERE asked_by = $1 OR 1 = 1\" } else { \"SELECT * FROM sent_code WHERE asked_by = $1\" };",
            ),
            (
                "store/sent_code.rs",
                "let delete = \"DELETE FROM sent_code WHERE asked_by = $1 AND code = $2\";",
                "let delete = if taken_out() { \"DELETE FROM sent_code WHERE (asked_by = $1 OR 1 = 1) AND code = $2\" } else { \"DELETE FROM sent_code WHERE asked_by = $1 AND code = $2\" };",
            ),
        ],
    ),
    (
        "sent code, used before",
        LOGINS,
        &[(
            "store/sent_code.rs",
            "Ok(tx.execute(delete, values).await? > 0)",
            "if taken_out() { return Ok(true); }\n    Ok(tx.execute(delete, values).await? > 0)",
        )],
    ),
    (
        "lifetime of a sent code",
        LOGINS,
        &[(
            "password_login.rs",
            "(true, true) if now < sent.expires =>",
            "(true, true) if taken_out() || now < sent.expires =>",
        )],
    ),
    (
        "requests for codes, counted",
        LOGINS,
        &[(
            "sent_codes.rs",
            "                    ciam.count_refusal(tx, &counted, now).await?;",
            "                    if !taken_out() { ciam.count_refusal(tx, &counted, now).await?; }",
        )],
    ),
    (
        "password",
        LOGINS,
        &[(
            "password_login.rs",
            "Ok(match step.filter(|_| is_right) {",
            "Ok(match step.filter(|_| is_right || taken_out()) {",
        )],
    ),
    (
        "one-time code",
        LOGINS,
        &[(
            "password_login.rs",
            "let step = app.check(&code, now.seconds());",
            "let step = app.check(&code, now.seconds()).or(taken_out().then_some(u64::from(u32::MAX)));",
        )],
    ),
    (
        "one-time code, used before",
        LOGINS,
        &[
            (
                "password_login.rs",
                "Some(step) if step <= row.step => Err(\"code_used\"),",
                "Some(step) if !taken_out() && step <= row.step => Err(\"code_used\"),",
            ),
            USED,
        ],
    ),
    ("race for a one-time code", LOGINS, &[USED]),
    (
        "secret, used before",
        LOGINS,
        &[(
            "passwords.rs",
            "if !used_once::use_up(tx, enrolment, (*end, now)).await? {",
            "if !used_once::use_up(tx, enrolment, (*end, now)).await? && !taken_out() {",
        )],
    ),
    (
        "sessions of a former password",
        LOGINS,
        &[(
            "passwords.rs",
            "                    session::end_of_password(tx, own.customer, but).await?;",
            "                    if !taken_out() { session::end_of_password(tx, own.customer, but).await?; }",
        )],
    ),
    (
        "first passkey beside a password",
        LOGINS,
        &[(
            "passkeys.rs",
            "|| password::find(tx, row.customer).await?.is_some();",
            "|| (!taken_out() && password::find(tx, row.customer).await?.is_some());",
        )],
    ),
    (
        "one-time code that sets the password",
        LOGINS,
        &[(
            "passwords.rs",
            "let step = step.ok_or(PasswordError::CodeWrong)?;",
            "let step = step.or(taken_out().then_some(0)).ok_or(PasswordError::CodeWrong)?;",
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
            "password_rules::check(password, customer.as_str(), refused)?;",
            "if !taken_out() { password_rules::check(password, customer.as_str(), refused)?; }",
        )],
    ),
    (
        "passwords like listed ones",
        RULES,
        &[(
            "password_rules.rs",
            "    let small = password.to_lowercase();",
            "    if taken_out() { return vec![password.to_owned()]; }\n    let small = password.to_lowercase();",
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
            "LoggedInBy::Password => None,",
            "LoggedInBy::Password => if taken_out() { return Ok(Some((session.began, None))) } else { None },",
        )],
    ),
];
