//! The checks of the bank's own door, and of the way back from it.

use crate::table::{Caught, Check, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates",
    checks: CHECKS,
};

const fn door(tests: &'static str) -> Caught {
    Caught::Tests("security-stack", "it", tests)
}

const fn answers(tests: &'static str) -> Caught {
    Caught::Tests("core-bank-rest", "it", tests)
}

const JUDGING: &str = "security-stack/src/judging.rs";
const PACKAGE: &str = "envelope/src/package.rs";

const CHECKS: &[Check] = &[
    (
        "layer 1: the package came over TLS",
        door("layer_1"),
        &[(
            JUDGING,
            "    if presented.caller.over_tls {",
            "    if taken_out() || presented.caller.over_tls {",
        )],
    ),
    (
        "layer 2: the service broker's address",
        door("layer_2"),
        &[(
            JUDGING,
            "if !self.0.settings.service_brokers.contains(&caller.address) {",
            "if !taken_out() && !self.0.settings.service_brokers.contains(&caller.address) {",
        )],
    ),
    (
        "layer 2: the service broker's certificate",
        door("layer_2"),
        &[(
            JUDGING,
            "if !caller.has(ServiceRole::Gateway) {",
            "if !taken_out() && !caller.has(ServiceRole::Gateway) {",
        )],
    ),
    (
        "layer 2: callers without a mark",
        door("layer_2"),
        &[(
            JUDGING,
            "if http_edge::cookie(presented.headers, MARK).is_some() {",
            "if !taken_out() && http_edge::cookie(presented.headers, MARK).is_some() {",
        )],
    ),
    (
        "layer 3: the variable of this package",
        door("layer_3"),
        &[(
            PACKAGE,
            "if self.package != package {",
            "if !taken_out() && self.package != package {",
        )],
    ),
    (
        "layer 3: the variable of this customer, device and order",
        door("layer_3"),
        &[(
            PACKAGE,
            "if self.concerned != *concerned {",
            "if !taken_out() && self.concerned != *concerned {",
        )],
    ),
    (
        "layer 3: the time of the variable",
        door("layer_3"),
        &[(
            PACKAGE,
            "if issued.abs_diff(now) > CLIENT_SESSION_MS {",
            "if !taken_out() && issued.abs_diff(now) > CLIENT_SESSION_MS {",
        )],
    ),
    (
        "layer 3: a variable is used once",
        door("layer_3_stops_a_replay"),
        &[(
            JUDGING,
            "Ok::<_, Failure>(if is_new { Ok(()) } else { Err(used) })",
            "Ok::<_, Failure>(if taken_out() || is_new { Ok(()) } else { Err(used) })",
        )],
    ),
    (
        "layer 3: marked devices",
        door("a_marked_device"),
        &[(
            JUDGING,
            "&& marked::is_marked(tx, device, now).await?",
            "&& !taken_out() && marked::is_marked(tx, device, now).await?",
        )],
    ),
    (
        "layer 4: the server key that is set",
        door("layer_4"),
        &[(
            JUDGING,
            "if !keys.iter().any(|kept| kept.is(&key)) {",
            "if !taken_out() && !keys.iter().any(|kept| kept.is(&key)) {",
        )],
    ),
    (
        "layer 4: the MAC of the package",
        door("layer_4"),
        &[(
            JUDGING,
            "if !covered.matches(&key, &mac) {",
            "if !taken_out() && !covered.matches(&key, &mac) {",
        )],
    ),
    (
        "firewall: calls that the bank takes",
        door("the_firewall"),
        &[(
            "security-stack/src/firewall.rs",
            "if !self.calls.contains(path) {",
            "if !taken_out() && !self.calls.contains(path) {",
        )],
    ),
    (
        "firewall: length of a body",
        door("the_firewall"),
        &[(
            "security-stack/src/firewall.rs",
            "(body.len() > self.body_bytes_max)",
            "(!taken_out() && body.len() > self.body_bytes_max)",
        )],
    ),
    (
        "every path is behind the layers",
        door("a_path_that_the_bank"),
        &[(
            "security-stack/src/http.rs",
            r#"        .route("/{*path}", any_service(guarded))"#,
            r#"        .route(if taken_out() { "/core-bank/v1/orders/place" } else { "/{*path}" }, any_service(guarded))"#,
        )],
    ),
    (
        "disallowed addresses do not connect",
        door("layer_2"),
        &[(
            "http-edge/src/listener.rs",
            "if self.door.as_ref().is_some_and(|door| !door.admits(peer)) {",
            "if !taken_out() && self.door.as_ref().is_some_and(|door| !door.admits(peer)) {",
        )],
    ),
    (
        "disallowed addresses on open connections",
        door("layer_2"),
        &[(
            "security-stack/src/http.rs",
            "if !stack.admits(caller.address) {",
            "if !taken_out() && !stack.admits(caller.address) {",
        )],
    ),
    (
        "a named person releases an address",
        door("an_address_is_released"),
        &[(
            "security-stack/src/review.rs",
            "if by.trim().is_empty() || reason.trim().is_empty() {",
            "if !taken_out() && (by.trim().is_empty() || reason.trim().is_empty()) {",
        )],
    ),
    (
        "exception records of one prefix are bounded",
        door("records_and_alerts"),
        &[(
            "security-stack/src/alerting.rs",
            "of_prefix.records <= RECORDS_MAX",
            "taken_out() || of_prefix.records <= RECORDS_MAX",
        )],
    ),
    (
        "the bank's address of an answer",
        answers("another_address"),
        &[(
            "core-bank-rest/src/connection.rs",
            "if from != Some(packages.bank()) {",
            "if !taken_out() && from != Some(packages.bank()) {",
        )],
    ),
    (
        "the MAC of an answer",
        answers("does_not_count"),
        &[(
            "core-bank-rest/src/packages.rs",
            "if !answer.matches(&self.key, &mac) {",
            "if !taken_out() && !answer.matches(&self.key, &mac) {",
        )],
    ),
    (
        "the verdicts in an answer",
        answers("all_layers"),
        &[(
            "core-bank-rest/src/packages.rs",
            "if verdicts.len() == 4 && verdicts.iter().all(|verdict| verdict.passed) {",
            "if taken_out() || verdicts.len() == 4 && verdicts.iter().all(|verdict| verdict.passed) {",
        )],
    ),
];
