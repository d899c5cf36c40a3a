//! The checks of a device's own steps: what it sends, its enrolment, who it lets in, its login and its session. The checks of proofs are those of clients, too (`openid.rs`).

use crate::table::{Caught, Check, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates",
    checks: CHECKS,
};

const PROOFS: Caught = Caught::Tests("http-edge", "it", "device_guard");
const REMOVED: Caught = Caught::Tests("http-edge", "it", "removed_devices");
const ENROLMENT: Caught = Caught::Tests("ciam", "it", "possession");
const ADDING: Caught = Caught::Tests("ciam", "it", "adding");
const LOGINS: Caught = Caught::Tests("ciam", "it", "logins");
const LOCKS: Caught = Caught::Tests("ciam", "it", "locking");
const SESSIONS: Caught = Caught::Tests("ciam", "it", "sessions");
const RETURNING: Caught = Caught::Tests("ciam", "it", "returning");

const CHECKS: &[Check] = &[
    (
        "proof of a device, used before",
        PROOFS,
        &[(
            "http-edge/src/device_guard/proofs.rs",
            "if known.ids.contains(&id) {",
            "if !taken_out() && known.ids.contains(&id) {",
        )],
    ),
    (
        "removed device",
        REMOVED,
        &[(
            "http-edge/src/device_guard/readers.rs",
            "match self.revoked.get(&device) {",
            "match self.revoked.get(&device).filter(|_| !taken_out()) {",
        )],
    ),
    (
        "signature of the session key",
        ENROLMENT,
        &[(
            "envelope/src/enrolment.rs",
            "session.verify(&enrolment.session)?;",
            "if !taken_out() { session.verify(&enrolment.session)?; }",
        )],
    ),
    (
        "signature of the approval key",
        ENROLMENT,
        &[(
            "envelope/src/enrolment.rs",
            "approval.verify(&enrolment.approval)?;",
            "if !taken_out() { approval.verify(&enrolment.approval)?; }",
        )],
    ),
    (
        "possession of the agreement key",
        ENROLMENT,
        &[(
            "envelope/src/enrolment.rs",
            "if !mac.matches(request.mac.as_ref()) {",
            "if !taken_out() && !mac.matches(request.mac.as_ref()) {",
        )],
    ),
    (
        "recent login of who lets a device in",
        ADDING,
        &[(
            "ciam/src/adding.rs",
            "                    let own = ciam.recent_session(tx, &login).await?;\n                    let codes = code::made_by(tx, own.device).await?;",
            "                    let own = if taken_out() { ciam.own_session(tx, &login).await? } else { ciam.recent_session(tx, &login).await? };\n                    let codes = code::made_by(tx, own.device).await?;",
        )],
    ),
    (
        "passkey of the device's customer",
        LOGINS,
        &[(
            "ciam/src/login.rs",
            "let is_own = |row: &&PasskeyRow| row.customer == known.device.customer;",
            "let is_own = |row: &&PasskeyRow| taken_out() || row.customer == known.device.customer;",
        )],
    ),
    (
        "challenge of a login, answered before",
        LOGINS,
        &[(
            "ciam/src/login.rs",
            "if !used_once::use_up(tx, challenge, (*ends, now)).await? {",
            "if !used_once::use_up(tx, challenge, (*ends, now)).await? && !taken_out() {",
        )],
    ),
    (
        "refused logins, counted",
        LOCKS,
        &[(
            "ciam/src/login.rs",
            "                    ciam.count_refusal(tx, &counted, now).await?;",
            "                    if !taken_out() { ciam.count_refusal(tx, &counted, now).await?; }",
        )],
    ),
    (
        "refresh token",
        SESSIONS,
        &[(
            "ciam/src/sessions.rs",
            "&& bool::from(same)",
            "&& (taken_out() || bool::from(same))",
        )],
    ),
    (
        "end of a session",
        SESSIONS,
        &[(
            "ciam/src/sessions.rs",
            "session.expires > now &&",
            "(taken_out() || session.expires > now) &&",
        )],
    ),
    (
        "key of a device that comes back",
        RETURNING,
        &[(
            "ciam/src/login.rs",
            "if device.session.thumbprint() != key {",
            "if !taken_out() && device.session.thumbprint() != key {",
        )],
    ),
];
