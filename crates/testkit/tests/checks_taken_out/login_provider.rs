//! The checks of a login at an outside provider.

use crate::table::{Caught, Check, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates/ciam/src",
    checks: CHECKS,
};

const OUTSIDE: Caught = Caught::Tests("ciam", "it", "outside");

const CHECKS: &[Check] = &[
    (
        "logout token's issuer",
        OUTSIDE,
        &[(
            "outside/logout_token.rs",
            r#"if claims.text("iss") != Some(&provider.issuer)"#,
            r#"if !taken_out() && claims.text("iss") != Some(&provider.issuer)"#,
        )],
    ),
    (
        "logout token's audience",
        OUTSIDE,
        &[(
            "outside/logout_token.rs",
            r#"if !claims.is_for(provider.client.as_str())"#,
            r#"if !taken_out() && !claims.is_for(provider.client.as_str())"#,
        )],
    ),
    (
        "logout token from the future",
        OUTSIDE,
        &[(
            "outside/logout_token.rs",
            r#"if issued > now + CLOCKS_DIFFER_S"#,
            r#"if !taken_out() && issued > now + CLOCKS_DIFFER_S"#,
        )],
    ),
    (
        "old logout token",
        OUTSIDE,
        &[(
            "outside/logout_token.rs",
            r#"if now > issued + AGE_MAX_S"#,
            r#"if !taken_out() && now > issued + AGE_MAX_S"#,
        )],
    ),
    (
        "end of a logout token",
        OUTSIDE,
        &[(
            "outside/logout_token.rs",
            r#"if now >= ends.ok_or("no_times")?"#,
            r#"if now >= ends.ok_or("no_times")? && !taken_out()"#,
        )],
    ),
    (
        "event of a logout token",
        OUTSIDE,
        &[(
            "outside/logout_token.rs",
            r#"if !events.is_some_and("#,
            r#"if !taken_out() && !events.is_some_and("#,
        )],
    ),
    (
        "logout token with a nonce",
        OUTSIDE,
        &[(
            "outside/logout_token.rs",
            r#"if claims.get("nonce").is_some()"#,
            r#"if !taken_out() && claims.get("nonce").is_some()"#,
        )],
    ),
    (
        "logout token, used before",
        OUTSIDE,
        &[(
            "outside/logging_out.rs",
            r#"if !used_once::use_up(tx, used.as_bytes(), once).await? {"#,
            r#"if !used_once::use_up(tx, used.as_bytes(), once).await? && !taken_out() {"#,
        )],
    ),
    (
        "logout before the session",
        OUTSIDE,
        &[(
            "outside/logging_in.rs",
            r#"if ended.is_some_and(|ended| ended >= row.began)"#,
            r#"if !taken_out() && ended.is_some_and(|ended| ended >= row.began)"#,
        )],
    ),
    (
        "first passkey beside a provider",
        OUTSIDE,
        &[(
            "passkeys.rs",
            r#"let can_log_in = self.inner.provider.is_some()"#,
            r#"let can_log_in = (!taken_out() && self.inner.provider.is_some())"#,
        )],
    ),
    (
        "provider's issuer",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            r#"if self.text("iss") != Some(&provider.issuer)"#,
            r#"if !taken_out() && self.text("iss") != Some(&provider.issuer)"#,
        )],
    ),
    (
        "provider's audience",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            "if !self.is_for(client)",
            "if !taken_out() && !self.is_for(client)",
        )],
    ),
    (
        "only one audience",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            "[only] if only.as_str() == Some(client))",
            "[only] if only.as_str() == Some(client)) || taken_out() && audiences.iter().any(|one| one.as_str() == Some(client))",
        )],
    ),
    (
        "authorized party",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            r#"if self.0.contains_key("azp") &&"#,
            r#"if !taken_out() && self.0.contains_key("azp") &&"#,
        )],
    ),
    (
        "ID token from the future",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            "if issued.max(begins) > now",
            "if !taken_out() && issued.max(begins) > now",
        )],
    ),
    (
        "ID token not before",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            r#"begins.ok_or("no_times")?);"#,
            r#"if taken_out() { 0 } else { begins.ok_or("no_times")? });"#,
        )],
    ),
    (
        "end of an ID token",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            r#"if now >= seconds("exp").ok_or("no_times")?"#,
            r#"if now >= seconds("exp").ok_or("no_times")? && !taken_out()"#,
        )],
    ),
    (
        "nonce of an ID token",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            r#"if self.text("nonce") != Some(expected.nonce)"#,
            r#"if !taken_out() && self.text("nonce") != Some(expected.nonce)"#,
        )],
    ),
    (
        "login in the future",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            "if authenticated > now",
            "if !taken_out() && authenticated > now",
        )],
    ),
    (
        "login after the challenge",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            "if authenticated + CLOCKS_DIFFER_S < expected.given.seconds()",
            "if !taken_out() && authenticated + CLOCKS_DIFFER_S < expected.given.seconds()",
        )],
    ),
    (
        "acr of a login",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            "if !provider.acr.is_empty() &&",
            "if !taken_out() && !provider.acr.is_empty() &&",
        )],
    ),
    (
        "signature of an ID token",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            "let decoded = decode(text, &key, &only_the_signature);",
            "let decoded = if taken_out() { jsonwebtoken::dangerous::insecure_decode(text) } else { decode(text, &key, &only_the_signature) };",
        )],
    ),
    (
        "algorithm of an ID token",
        OUTSIDE,
        &[(
            "outside/id_token.rs",
            "if !is_allowed(header.alg)",
            "if !taken_out() && !is_allowed(header.alg)",
        )],
    ),
    (
        "key of the algorithm",
        OUTSIDE,
        &[(
            "outside/keys.rs",
            "named && fits(key, algorithm)",
            "named && (taken_out() || fits(key, algorithm))",
        )],
    ),
    (
        "algorithm that the key states",
        OUTSIDE,
        &[(
            "outside/keys.rs",
            "if stated.is_some_and(",
            "if !taken_out() && stated.is_some_and(",
        )],
    ),
    (
        "key for signatures",
        OUTSIDE,
        &[(
            "outside/keys.rs",
            "keys.filter_map(Result::ok).filter(verifies)",
            "keys.filter_map(Result::ok).filter(|key| taken_out() || verifies(key))",
        )],
    ),
    (
        "one key without a kid",
        OUTSIDE,
        &[(
            "outside/keys.rs",
            "found.filter(|_| kid.is_some() ||",
            "found.filter(|_| taken_out() || kid.is_some() ||",
        )],
    ),
    (
        "withdrawn key",
        OUTSIDE,
        &[(
            "remembered.rs",
            "self.known_within(CURRENT_MS, now)",
            "self.known_within(if taken_out() { u64::MAX } else { CURRENT_MS }, now)",
        )],
    ),
    (
        "new key",
        OUTSIDE,
        &[(
            "outside/redeeming.rs",
            "if verified == Err(Flaw::UnknownKey)",
            "if !taken_out() && verified == Err(Flaw::UnknownKey)",
        )],
    ),
    (
        "issuer of the provider's answer",
        OUTSIDE,
        &[(
            "outside/redeeming.rs",
            "if *issuer != provider.settings.issuer =>",
            "if !taken_out() && *issuer != provider.settings.issuer =>",
        )],
    ),
    (
        "answer without an issuer",
        OUTSIDE,
        &[(
            "outside/redeeming.rs",
            "None if metadata",
            "None if !taken_out() && metadata",
        )],
    ),
    (
        "customer of the device",
        OUTSIDE,
        &[(
            "outside/logging_in.rs",
            "if self.customer_index(&proven.customer) == device.customer =>",
            "if taken_out() || self.customer_index(&proven.customer) == device.customer =>",
        )],
    ),
    (
        "provider's answer once",
        OUTSIDE,
        &[(
            "outside/logging_in.rs",
            "if !used_once::use_up(",
            "if !taken_out() && !used_once::use_up(",
        )],
    ),
    (
        "challenge of the device",
        OUTSIDE,
        &[(
            "outside/logging_in.rs",
            "let ends = ends.ok_or(ProviderError::ChallengeUnknown)?;",
            "let ends = if taken_out() { Some(self.now().plus_ms(LIFETIME_MS)) } else { ends };\n        let ends = ends.ok_or(ProviderError::ChallengeUnknown)?;",
        )],
    ),
    (
        "device revoked during a login",
        OUTSIDE,
        &[(
            "outside/logging_in.rs",
            "if device::active(tx, row.device).await?.is_none()",
            "if !taken_out() && device::active(tx, row.device).await?.is_none()",
        )],
    ),
    (
        "passkey beside the provider",
        OUTSIDE,
        &[(
            "login.rs",
            "            Some(_) => Err(LoginError::Elsewhere),",
            "            Some(_) if !taken_out() => Err(LoginError::Elsewhere),\n            Some(_) => Ok(()),",
        )],
    ),
    (
        "enrolment that the bank wants",
        OUTSIDE,
        &[(
            "outside/authorization.rs",
            "match provider.settings.enrols {",
            "match taken_out() || provider.settings.enrols {",
        )],
    ),
    (
        "challenge of the session key",
        OUTSIDE,
        &[(
            "outside/enrolling.rs",
            "let ends = ends.ok_or(ProviderError::ChallengeUnknown)?;",
            "let ends = if taken_out() { Some(now.plus_ms(LIFETIME_MS)) } else { ends };\n        let ends = ends.ok_or(ProviderError::ChallengeUnknown)?;",
        )],
    ),
    (
        "code once for an answer",
        OUTSIDE,
        &[(
            "outside/enrolling.rs",
            "if !is_new {",
            "if !taken_out() && !is_new {",
        )],
    ),
    (
        "customer of the core bank",
        OUTSIDE,
        &[(
            "outside/enrolling.rs",
            "if !exists.map_err(ProviderError::NotAsked)?",
            "if !exists.map_err(ProviderError::NotAsked)? && !taken_out()",
        )],
    ),
    (
        "session key of a code",
        OUTSIDE,
        &[(
            "enrolment.rs",
            "code.session_key.is_none_or(|key| key == session)",
            "taken_out() || code.session_key.is_none_or(|key| key == session)",
        )],
    ),
    (
        "keys of a device that enrols again",
        OUTSIDE,
        &[(
            "enrolment.rs",
            "&& self.has_keys_of(registering.enrolment)",
            "&& (taken_out() || self.has_keys_of(registering.enrolment))",
        )],
    ),
    (
        "day of a device that enrols again",
        OUTSIDE,
        &[(
            "enrolment.rs",
            "&& registering.now <= self.enrolled.plus_ms(ASK_AGAIN_MS)",
            "&& (taken_out() || registering.now <= self.enrolled.plus_ms(ASK_AGAIN_MS))",
        )],
    ),
    (
        "revoked device that enrols again",
        OUTSIDE,
        &[(
            "enrolment.rs",
            "                if known.revocation.is_some() {\n                    EnrolError::DeviceRevoked\n                } else {",
            "                if !taken_out() && known.revocation.is_some() {\n                    EnrolError::DeviceRevoked\n                } else {",
        )],
    ),
    (
        "customer of a device that enrols again",
        OUTSIDE,
        &[(
            "enrolment.rs",
            "self.customer == registering.customer.index",
            "(taken_out() || self.customer == registering.customer.index)",
        )],
    ),
];
