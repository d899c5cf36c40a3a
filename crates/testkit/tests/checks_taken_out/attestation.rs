//! The checks of attestations, and of what is done with a verdict.

use crate::table::{Caught, Check, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates",
    checks: CHECKS,
};

const VERIFIERS: Caught = Caught::Tests("attestation", "lib", "tests");
const CIAM: Caught = Caught::Tests("ciam", "it", "attestation");

const CHECKS: &[Check] = &[
    (
        "signature of a certificate",
        VERIFIERS,
        &[(
            "attestation/src/chain.rs",
            "if !certificate.is_signed_by(issuer) {",
            "if !taken_out() && !certificate.is_signed_by(issuer) {",
        )],
    ),
    (
        "root of a chain",
        VERIFIERS,
        &[(
            "attestation/src/chain.rs",
            "root.0.subject == last.issuer && last.is_signed_by(&root.0);",
            "root.0.subject == last.issuer && (taken_out() || last.is_signed_by(&root.0));",
        )],
    ),
    (
        "authority of an issuer",
        VERIFIERS,
        &[(
            "attestation/src/chain.rs",
            "if certificate.issuer != issuer.subject || !issuer.may_issue(below) {",
            "if certificate.issuer != issuer.subject || (!taken_out() && !issuer.may_issue(below)) {",
        )],
    ),
    (
        "end of a certificate",
        VERIFIERS,
        &[(
            "attestation/src/chain.rs",
            "now > certificate.not_after {",
            "(!taken_out() && now > certificate.not_after) {",
        )],
    ),
    (
        "revoked certificates",
        VERIFIERS,
        &[(
            "attestation/src/chain.rs",
            "if revoked.contains(&certificate.serial) {",
            "if !taken_out() && revoked.contains(&certificate.serial) {",
        )],
    ),
    (
        "unknown critical extensions",
        VERIFIERS,
        &[(
            "attestation/src/chain.rs",
            "if certificate.has_unknown_critical(known) {",
            "if !taken_out() && certificate.has_unknown_critical(known) {",
        )],
    ),
    (
        "challenge of an Android key",
        VERIFIERS,
        &[(
            "attestation/src/android_key.rs",
            "if described.challenge != expected.challenge.as_bytes() {",
            "if !taken_out() && described.challenge != expected.challenge.as_bytes() {",
        )],
    ),
    (
        "the device's own Android key",
        VERIFIERS,
        &[(
            "attestation/src/android_key.rs",
            "if leaf.p256() != Some(key) {",
            "if !taken_out() && leaf.p256() != Some(key) {",
        )],
    ),
    (
        "an attested key attests no other",
        VERIFIERS,
        &[(
            "attestation/src/android_key.rs",
            "if chain.authorities().any(is_described) {",
            "if !taken_out() && chain.authorities().any(is_described) {",
        )],
    ),
    (
        "the bank's Android app",
        VERIFIERS,
        &[(
            "attestation/src/android_key.rs",
            "if !described.application.as_ref().is_some_and(is_banks) {",
            "if !taken_out() && !described.application.as_ref().is_some_and(is_banks) {",
        )],
    ),
    (
        "bootloader of a device",
        VERIFIERS,
        &[(
            "attestation/src/android_key.rs",
            "Some(boot) if boot.locked && boot.verified =>",
            "Some(boot) if (taken_out() || boot.locked) && boot.verified =>",
        )],
    ),
    (
        "keys in software",
        VERIFIERS,
        &[(
            "attestation/src/android_key.rs",
            "if described.level == SecurityLevel::Software {",
            "if !taken_out() && described.level == SecurityLevel::Software {",
        )],
    ),
    (
        "approval key of an Android device",
        VERIFIERS,
        &[(
            "attestation/src/android_key.rs",
            "if levels.len() < keys.len() {",
            "if !taken_out() && levels.len() < keys.len() {",
        )],
    ),
    (
        "nonce of App Attest",
        VERIFIERS,
        &[(
            "attestation/src/app_attest.rs",
            "if nonce != Hash::of(&signed).as_bytes() {",
            "if !taken_out() && nonce != Hash::of(&signed).as_bytes() {",
        )],
    ),
    (
        "the bank's App ID",
        VERIFIERS,
        &[(
            "attestation/src/app_attest.rs",
            "if !self.apps.contains(&data.relying_party) {",
            "if !taken_out() && !self.apps.contains(&data.relying_party) {",
        )],
    ),
    (
        "counter of App Attest",
        VERIFIERS,
        &[(
            "attestation/src/app_attest.rs",
            "if data.counter != 0 {",
            "if !taken_out() && data.counter != 0 {",
        )],
    ),
    (
        "key of App Attest",
        VERIFIERS,
        &[(
            "attestation/src/app_attest.rs",
            "if credential.id != Hash::of(key.as_bytes()).as_bytes() {",
            "if !taken_out() && credential.id != Hash::of(key.as_bytes()).as_bytes() {",
        )],
    ),
    (
        "algorithm of a Play token",
        VERIFIERS,
        &[(
            "attestation/src/play_integrity.rs",
            "if header.alg != \"ES256\" ||",
            "if (!taken_out() && header.alg != \"ES256\") ||",
        )],
    ),
    (
        "signature of a Play token",
        VERIFIERS,
        &[(
            "attestation/src/play_integrity.rs",
            "!signed.verify(&self.keys.verification) {",
            "(!taken_out() && !signed.verify(&self.keys.verification)) {",
        )],
    ),
    (
        "challenge of a Play token",
        VERIFIERS,
        &[(
            "attestation/src/play_integrity.rs",
            "if named != [challenge.as_str()] {",
            "if !taken_out() && named != [challenge.as_str()] {",
        )],
    ),
    (
        "time of a Play token",
        VERIFIERS,
        &[(
            "attestation/src/play_integrity.rs",
            "if made < earliest || made > latest {",
            "if !taken_out() && (made < earliest || made > latest) {",
        )],
    ),
    (
        "the bank's app in a Play token",
        VERIFIERS,
        &[(
            "attestation/src/play_integrity.rs",
            "if !self.is_banks(request, app) {",
            "if !taken_out() && !self.is_banks(request, app) {",
        )],
    ),
    (
        "challenges that the bank gave",
        CIAM,
        &[(
            "ciam/src/challenges.rs",
            "let is_known = self.is_ours(nonce)?",
            "let is_known = (taken_out() || self.is_ours(nonce)?)",
        )],
    ),
    (
        "age of an attestation's challenge",
        CIAM,
        &[(
            "ciam/src/challenges.rs",
            "&& now.ms_since(given) <= within_ms",
            "&& (taken_out() || now.ms_since(given) <= within_ms)",
        )],
    ),
    (
        "limits by verdicts",
        Caught::Tests("gateway", "lib", "limits"),
        &[(
            "gateway/src/orders/limits.rs",
            "limits.of_verdict(verdict_of(statement).level)",
            "if taken_out() { limits } else { limits.of_verdict(verdict_of(statement).level) }",
        )],
    ),
];
