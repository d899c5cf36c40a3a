//! The checks of the bank's staff. Without one, an attack that it stops passes.

use crate::table::{Caught, Check, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates/ciam/src",
    checks: CHECKS,
};

const STAFF: Caught = Caught::Tests("ciam", "it", "staff::");

const CHECKS: &[Check] = &[
    (
        "staff: raised limit above the bank's own",
        STAFF,
        &[(
            "raising.rs",
            "if day.minor_units() <= banks.minor_units() {",
            "if !taken_out() && day.minor_units() <= banks.minor_units() {",
        )],
    ),
    (
        "staff: raised limit that ends",
        STAFF,
        &[(
            "raising.rs",
            "if until <= now || until.ms_since(now) > UNTIL_MAX_MS {",
            "if !taken_out() && (until <= now || until.ms_since(now) > UNTIL_MAX_MS) {",
        )],
    ),
    (
        "staff: raised limit, checked when it is approved",
        STAFF,
        &[(
            "staff/answering.rs",
            "        let prepared = self.prepare(&act).await?;",
            "        let prepared = match taken_out() { true => Prepared::Nothing, false => self.prepare(&act).await? };",
        )],
    ),
    (
        "staff: key of a session's token",
        STAFF,
        &[(
            "openid/authentication.rs",
            "let claimed = DpopProof::claimed(request.proof, what, key, self.nonces(), now);",
            "let any = (what.method, what.url);
        let claimed = match taken_out() {
            true => DpopProof::claimed_by_any(request.proof, any, self.nonces(), now),
            false => DpopProof::claimed(request.proof, what, key, self.nonces(), now),
        };",
        )],
    ),
    (
        "staff: proof, used before",
        STAFF,
        &[(
            "staff/session.rs",
            "if !used_once::use_up(tx, used.as_bytes(), (end, now)).await? {",
            "if !used_once::use_up(tx, used.as_bytes(), (end, now)).await? && !taken_out() {",
        )],
    ),
    (
        "staff: session of a disabled member",
        STAFF,
        &[
            (
                "staff/session.rs",
                "now < session.expires && session.member.is_active();",
                "now < session.expires && (taken_out() || session.member.is_active());",
            ),
            (
                "store/staff.rs",
                "    end_session(tx, staff).await?;\n    tx.execute(\n        \"UPDATE staff SET disabled_ms",
                "    if !taken_out() { end_session(tx, staff).await?; }\n    tx.execute(\n        \"UPDATE staff SET disabled_ms",
            ),
        ],
    ),
    (
        "staff: challenge, answered before",
        STAFF,
        &[(
            "staff/login.rs",
            "if !used_once::use_up(tx, &challenge, (ends, now)).await? {",
            "if !used_once::use_up(tx, &challenge, (ends, now)).await? && !taken_out() {",
        )],
    ),
    (
        "staff: role of who acts",
        STAFF,
        &[(
            "staff/judging.rs",
            "Ok(Judged::Forbidden)",
            "Ok(if taken_out() { Judged::Alone } else { Judged::Forbidden })",
        )],
    ),
    (
        "staff: role of who looks",
        STAFF,
        &[(
            "staff/looking.rs",
            "if !ciam.may_look(tx, &member, action, Some(&customer)).await? {",
            "if !ciam.may_look(tx, &member, action, Some(&customer)).await? && !taken_out() {",
        )],
    ),
    (
        "staff: own proposal",
        STAFF,
        &[(
            "staff/answering.rs",
            "if row.staff == by.staff {",
            "if row.staff == by.staff && !taken_out() {",
        )],
    ),
    (
        "staff: role of who approves",
        STAFF,
        &[(
            "staff/answering.rs",
            "if !self.may_act(tx, &by, &act, Eyes::Approving).await? {",
            "if !self.may_act(tx, &by, &act, Eyes::Approving).await? && !taken_out() {",
        )],
    ),
    (
        "staff: role of who proposed",
        STAFF,
        &[(
            "staff/answering.rs",
            "if !self.may_act(tx, &proposer, &act, Eyes::Proposing).await? {",
            "if !self.may_act(tx, &proposer, &act, Eyes::Proposing).await? && !taken_out() {",
        )],
    ),
    (
        "staff: end of a proposal",
        STAFF,
        &[(
            "staff/answering.rs",
            "let is_late = row.expires < self.now();",
            "let is_late = row.expires < self.now() && !taken_out();",
        )],
    ),
    (
        "staff: proposal, answered before",
        STAFF,
        &[(
            "staff/answering.rs",
            "let is_answered = row.answer.is_some();",
            "let is_answered = row.answer.is_some() && !taken_out();",
        )],
    ),
    (
        "staff: reason",
        STAFF,
        &[(
            "http.rs",
            "if reason.is_empty() || reason.len() > 1024 {",
            "if !taken_out() && (reason.is_empty() || reason.len() > 1024) {",
        )],
    ),
    (
        "staff: operator's token beside the staff",
        STAFF,
        &[(
            "http.rs",
            "if !ciam.operator_acts().await? {",
            "if !ciam.operator_acts().await? && !taken_out() {",
        )],
    ),
    (
        "staff: second person of whom there is one",
        STAFF,
        &[(
            "staff/judging.rs",
            "let is_other = other.staff != member.staff && other.was_active;",
            "let is_other = other.staff != member.staff && other.was_active && !taken_out();",
        )],
    ),
    (
        "staff: last administrator",
        STAFF,
        &[(
            "staff/carrying_out.rs",
            "if was_last && !stays {",
            "if was_last && !stays && !taken_out() {",
        )],
    ),
    (
        "staff: key of another member",
        STAFF,
        &[(
            "staff/activation.rs",
            "return Err(StaffError::Conflict);",
            "if !taken_out() { return Err(StaffError::Conflict); }",
        )],
    ),
];
