//! The checks of the OpenID provider, and of what it verifies.

use crate::{Check, Service};

pub(crate) const SERVICE: Service = Service {
    name: "openid",
    directory: "crates",
    tests: &["-p", "ciam", "--test", "it", "openid"],
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    (
        "client of a code",
        &[(
            "ciam/src/openid/redeeming.rs",
            "row.client == caller.client.id\n",
            "true\n",
        )],
    ),
    (
        "lifetime of a code",
        &[(
            "ciam/src/openid/redeeming.rs",
            "            && now < row.expires\n",
            "",
        )],
    ),
    (
        "redirect URI of a code",
        &[(
            "ciam/src/openid/redeeming.rs",
            "            && row.redirect_uri == redeemed.redirect_uri\n",
            "",
        )],
    ),
    (
        "verifier of PKCE",
        &[(
            "ciam/src/openid/redeeming.rs",
            "            && row.challenge == redeemed.challenge\n",
            "",
        )],
    ),
    (
        "key of a code",
        &[(
            "ciam/src/openid/redeeming.rs",
            "row.proof_key.is_none_or(|bound| bound == key)",
            "row.proof_key.is_none_or(|bound| bound == key || true)",
        )],
    ),
    (
        "code once",
        &[(
            "ciam/src/openid/redeeming.rs",
            "        authorization::delete(tx, row.request).await?;\n",
            "        if false { authorization::delete(tx, row.request).await?; }\n",
        )],
    ),
    (
        "grant of a code that comes again",
        &[(
            "ciam/src/openid/redeeming.rs",
            "                client_grant::delete(tx, grant.grant).await?;\n",
            "",
        )],
    ),
    (
        "client of a code that comes again",
        &[(
            "ciam/src/openid/redeeming.rs",
            ".filter(|grant| grant.client == caller.client.id) {",
            ".filter(|_| true) {",
        )],
    ),
    (
        "client of a refresh token",
        &[(
            "ciam/src/openid/redeeming.rs",
            "grant.client == caller.client.id && now < grant.expires;",
            "now < grant.expires;",
        )],
    ),
    (
        "end of a refresh token",
        &[(
            "ciam/src/openid/redeeming.rs",
            "grant.client == caller.client.id && now < grant.expires;",
            "grant.client == caller.client.id;",
        )],
    ),
    (
        "scopes of a refresh",
        &[(
            "ciam/src/openid/redeeming.rs",
            "if !scopes.are_in(&allowed) {",
            "if false && !scopes.are_in(&allowed) {",
        )],
    ),
    (
        "proof of a request for tokens",
        &[(
            "ciam/src/openid/redeeming.rs",
            "caller.key.ok_or(no_proof)?",
            "caller.key.or(\"A\".repeat(43).parse().ok()).ok_or(no_proof)?",
        )],
    ),
    (
        "method of PKCE",
        &[(
            "ciam/src/openid/pushing.rs",
            "if form.get(\"code_challenge_method\") != Some(\"S256\") {",
            "if false {",
        )],
    ),
    (
        "redirect URI of the client",
        &[(
            "ciam/src/openid/pushing.rs",
            "        .any(|known| known == redirect_uri)",
            "        .any(|known| known == redirect_uri || true)",
        )],
    ),
    (
        "scopes of the client",
        &[(
            "ciam/src/openid/pushing.rs",
            " && scopes.are_in(&client.scopes);",
            " && (scopes.are_in(&client.scopes) || true);",
        )],
    ),
    (
        "key that is named and proven",
        &[(
            "ciam/src/openid/pushing.rs",
            "named.is_some() && by.is_some() && named != by",
            "false && named != by",
        )],
    ),
    (
        "client of a request",
        &[(
            "ciam/src/openid/beginning.rs",
            "row.client == asking.id && own && is_open(row, now)",
            "own && is_open(row, now)",
        )],
    ),
    (
        "browser of a request",
        &[(
            "ciam/src/openid/beginning.rs",
            "let own = row.browser == Some(kept) || may_begin(row, now);",
            "let own = true;",
        )],
    ),
    (
        "login of a request",
        &[(
            "ciam/src/openid/beginning.rs",
            "row.login.is_none() && now < row.pushed",
            "now < row.pushed",
        )],
    ),
    (
        "minute of a request",
        &[(
            "ciam/src/openid/beginning.rs",
            " && now < row.pushed.plus_ms(PUSHED_MS)",
            "",
        )],
    ),
    (
        "end of an authorization",
        &[(
            "ciam/src/openid/beginning.rs",
            "row.code.is_none() && now < row.expires",
            "row.code.is_none()",
        )],
    ),
    (
        "decision once",
        &[(
            "ciam/src/openid/beginning.rs",
            "row.code.is_none() && now < row.expires",
            "now < row.expires",
        )],
    ),
    (
        "browser of a decision",
        &[(
            "ciam/src/openid/beginning.rs",
            "row.browser == Some(browser) && is_open(row, now);",
            "is_open(row, now);",
        )],
    ),
    (
        "issuer of an answer",
        &[(
            "ciam/src/openid/beginning.rs",
            "        query.append_pair(\"iss\", &self.inner.settings.issuer);\n",
            "",
        )],
    ),
    (
        "origin of the page",
        &[(
            "ciam/src/http/authorization.rs",
            "browser(headers).filter(|_| is_own && origins.next().is_none());",
            "browser(headers).filter(|_| is_own || true);",
        )],
    ),
    (
        "challenge of an authorization",
        &[(
            "ciam/src/openid/deciding.rs",
            "let ends = ends.ok_or(AuthorizationError::ChallengeUnknown)?;",
            "let ends = ends.unwrap_or(now.plus_ms(LIFETIME_MS));",
        )],
    ),
    (
        "challenge once",
        &[(
            "ciam/src/openid/deciding.rs",
            "if !used_once::use_up(tx, &accepted.challenge, answered).await? {",
            "if false {",
        )],
    ),
    (
        "passkey of a login",
        &[(
            "ciam/src/openid/deciding.rs",
            "            Err(reason) => return Err(self.refuse_visitor(&row, counted, reason).await?),",
            "            Err(_) if known.is_some() => (known.as_ref().unwrap_or_else(|| unreachable!()), BackupFlags { eligible: false, backed_up: false }),\n            Err(reason) => return Err(self.refuse_visitor(&row, counted, reason).await?),",
        )],
    ),
    (
        "lock of an authorization",
        &[(
            "ciam/src/openid/deciding.rs",
            "                    ciam.count_refusal(tx, &counted, now).await?;\n",
            "",
        )],
    ),
    (
        "stopped customer",
        &[(
            "ciam/src/openid/deciding.rs",
            "if stopped.is_some_and(|stop| stop.stopped)",
            "if stopped.is_some_and(|stop| stop.stopped && false)",
        )],
    ),
    (
        "login before a decision",
        &[(
            "ciam/src/openid/deciding.rs",
            "row.login.ok_or(AuthorizationError::LoginRequired)?",
            "row.login.unwrap_or(LoginRow { customer: [0; 32], passkey: PasskeyId::of(b\"\"), authenticated: now })",
        )],
    ),
    (
        "algorithm of an assertion",
        &[(
            "token/src/client_assertion.rs",
            "if header.alg != ALGORITHM {",
            "if false {",
        )],
    ),
    (
        "signature of an assertion",
        &[(
            "token/src/client_assertion.rs",
            "if self.signers(keys).any(|key| self.jws.verify(key)) {",
            "if true || self.signers(keys).any(|key| self.jws.verify(key)) {",
        )],
    ),
    (
        "subject of an assertion",
        &[(
            "token/src/client_assertion.rs",
            "claims.iss != claims.sub || ",
            "",
        )],
    ),
    (
        "audience of an assertion",
        &[(
            "token/src/client_assertion.rs",
            "if claims.aud.as_str() != Some(issuer) {",
            "if false && claims.aud.as_str() != Some(issuer) {",
        )],
    ),
    (
        "times of an assertion",
        &[(
            "token/src/client_assertion.rs",
            "        check_times(begins, claims.exp, now)?;\n",
            "",
        )],
    ),
    (
        "lifetime of an assertion",
        &[(
            "token/src/client_assertion.rs",
            "if expires.ms_since(now) > LIFETIME_MS_MAX {",
            "if false {",
        )],
    ),
    (
        "unknown headers of an assertion",
        &[(
            "token/src/client_assertion.rs",
            "#[serde(deny_unknown_fields)]\n",
            "",
        )],
    ),
    (
        "assertions and proofs once",
        &[(
            "ciam/src/openid/authentication.rs",
            "if !used_once::use_up(tx, hash.as_bytes(), (*end, now)).await? {",
            "if false {",
        )],
    ),
    (
        "client_id of a request",
        &[(
            "ciam/src/openid/authentication.rs",
            ".is_some_and(|id| id != client.id.as_str())",
            ".is_some_and(|_| false)",
        )],
    ),
    (
        "request of a proof",
        &[(
            "token/src/dpop.rs",
            "if self.htm != method || !same_url(&self.htu, url) {",
            "if false {",
        )],
    ),
    (
        "key of a proof",
        &[(
            "token/src/dpop.rs",
            "if key.thumbprint() != session {",
            "if false && key.thumbprint() != session {",
        )],
    ),
    (
        "token of a proof",
        &[(
            "token/src/dpop.rs",
            "if claims.ath != token_hash(what.token) {",
            "if false {",
        )],
    ),
    (
        "algorithm of a proof",
        &[(
            "token/src/dpop.rs",
            " || header.alg != ALGORITHM",
            " || header.alg.is_empty()",
        )],
    ),
    (
        "signature of a proof",
        &[(
            "token/src/dpop.rs",
            "if self.jws.verify(&self.key) {",
            "if true || self.jws.verify(&self.key) {",
        )],
    ),
    (
        "proof of user info once",
        &[(
            "ciam/src/openid/userinfo.rs",
            "if !used_once::use_up(tx, used.as_bytes(), (end, now)).await? {",
            "if false {",
        )],
    ),
    (
        "scope of a customer number",
        &[(
            "ciam/src/openid/userinfo.rs",
            ".contains(Scope::CustomerNumber)",
            ".contains(Scope::OpenId)",
        )],
    ),
    (
        "client that introspects",
        &[(
            "ciam/src/openid/introspection.rs",
            " && knows(&caller, grant);",
            " && (knows(&caller, grant) || true);",
        )],
    ),
    (
        "client that revokes",
        &[(
            "ciam/src/openid/ending.rs",
            "grant.filter(|grant| grant.client == caller.client.id);",
            "grant.filter(|_| true);",
        )],
    ),
    (
        "withdrawn codes",
        &[
            (
                "ciam/src/openid/consents.rs",
                "                    authorization::delete_of_client(tx, given).await?;\n",
                "",
            ),
            (
                "ciam/src/openid/redeeming.rs",
                "            .is_none()\n        {\n            return Ok(None);",
                "            .is_none()\n            && false\n        {\n            return Ok(None);",
            ),
        ],
    ),
    (
        "withdrawn tokens",
        &[(
            "ciam/src/openid/consents.rs",
            "                    client_grant::delete_of_client(tx, given).await?;\n",
            "",
        )],
    ),
    (
        "customer of a consent",
        &[(
            "ciam/src/openid/consents.rs",
            "if !consent::delete(tx, given).await? {",
            "if !consent::delete(tx, given).await? && false {",
        )],
    ),
    (
        "kill switch",
        &[(
            "ciam/src/stopping.rs",
            "                    openid::end_all(tx, customer).await?;\n",
            "",
        )],
    ),
    (
        "removed passkey",
        &[(
            "ciam/src/passkeys.rs",
            "                    openid::end_of_passkey(tx, (own.customer, passkey)).await?;\n",
            "",
        )],
    ),
    (
        "erased customer",
        &[(
            "ciam/src/erasure.rs",
            "                    openid::end_all(tx, index).await?;\n",
            "",
        )],
    ),
    (
        "frames and scripts",
        &[(
            "ciam/src/http/page.rs",
            "        (CONTENT_SECURITY_POLICY, POLICY),\n",
            "",
        )],
    ),
    (
        "text of a client's name",
        &[(
            "ciam/src/http/page.rs",
            "            '<' => escaped.push_str(\"&lt;\"),\n",
            "",
        )],
    ),
    (
        "subject of a client",
        &[(
            "ciam/src/openid/userinfo.rs",
            "cbor_array![\"passbook client subject\", 1, client.as_str(), customer]",
            "cbor_array![\"passbook client subject\", 1, client.as_str().is_empty(), customer]",
        )],
    ),
];
