//! The checks of the OpenID provider, and of what it verifies.

use crate::table::{Caught, Check, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates",
    checks: CHECKS,
};

const OPENID: Caught = Caught::Tests("ciam", "it", "openid");

const GUARD: Caught = Caught::Tests("http-edge", "it", "client_guard");

const CHECKS: &[Check] = &[
    (
        "one reading a minute of what others publish",
        OPENID,
        &[(
            "ciam/src/remembered.rs",
            "let is_too_soon = asked",
            "let is_too_soon = !taken_out() && asked",
        )],
    ),
    (
        "end of what somebody published",
        OPENID,
        &[(
            "ciam/src/remembered.rs",
            "        let known = known.filter(|known| now.ms_since(known.read) < ms);",
            "        let known = known.filter(|known| taken_out() || now.ms_since(known.read) < ms);",
        )],
    ),
    (
        "number of keys that a client publishes",
        OPENID,
        &[(
            "ciam/src/openid/client_keys.rs",
            "            1..=KEYS_MAX => Ok(keys),",
            "            count if taken_out() || (1..=KEYS_MAX).contains(&count) => Ok(keys),",
        )],
    ),
    (
        "scope of another app's request",
        GUARD,
        &[(
            "http-edge/src/client_guard.rs",
            "if !permission.scopes.contains(scope) {",
            "if !taken_out() && !permission.scopes.contains(scope) {",
        )],
    ),
    (
        "permission to hear what changed, when it is told",
        OPENID,
        &[(
            "ciam/src/openid/events.rs",
            "if !may_hear.contains(&client) {",
            "if !taken_out() && !may_hear.contains(&client) {",
        )],
    ),
    (
        "scope of what an app hears",
        OPENID,
        &[(
            "ciam/src/store/client_event.rs",
            "let scope = format!(\"% {} %\", named(event).0);",
            "let scope = if taken_out() { \"%\".to_owned() } else { format!(\"% {} %\", named(event).0) };",
        )],
    ),
    (
        "logins that ended, told once",
        OPENID,
        &[(
            "ciam/src/openid/logouts.rs",
            "                self.forget_login(login.grant).await?;",
            "                if taken_out() { return Ok(true); }\n                self.forget_login(login.grant).await?;",
        )],
    ),
    (
        "logins that ended, of a client that is away",
        OPENID,
        &[(
            "ciam/src/openid/hearing.rs",
            "        if self.inner.hearing.is_left_alone(id, self.now()) {",
            "        if !taken_out() && self.inner.hearing.is_left_alone(id, self.now()) {",
        )],
    ),
    (
        "logins that ended, for a day",
        OPENID,
        &[(
            "ciam/src/openid/logouts.rs",
            "let is_old = self.now().ms_since(login.ended) > TOLD_MS;",
            "let is_old = !taken_out() && self.now().ms_since(login.ended) > TOLD_MS;",
        )],
    ),
    (
        "client of a code",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "row.client == caller.client.id\n",
            "(taken_out() || row.client == caller.client.id)\n",
        )],
    ),
    (
        "lifetime of a code",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "            && now < row.expires\n",
            "            && (taken_out() || now < row.expires)\n",
        )],
    ),
    (
        "redirect URI of a code",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "row.redirect_uri == redeemed.redirect_uri\n",
            "(taken_out() || row.redirect_uri == redeemed.redirect_uri)\n",
        )],
    ),
    (
        "verifier of PKCE",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "row.challenge == redeemed.challenge\n",
            "(taken_out() || row.challenge == redeemed.challenge)\n",
        )],
    ),
    (
        "key of a code",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "|bound| bound == key)",
            "|bound| taken_out() || bound == key)",
        )],
    ),
    (
        "code once",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "        authorization::delete(tx, row.request).await?;\n",
            "        if !taken_out() { authorization::delete(tx, row.request).await?; }\n",
        )],
    ),
    (
        "grant of a code that comes again",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "                client_grant::delete(tx, grant.grant).await?;\n",
            "                if !taken_out() { client_grant::delete(tx, grant.grant).await?; }\n",
        )],
    ),
    (
        "client of a code that comes again",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            ".filter(|grant| grant.client == caller.client.id) {",
            ".filter(|grant| taken_out() || grant.client == caller.client.id) {",
        )],
    ),
    (
        "client of a refresh token",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "|grant: &GrantRow| grant.client == caller.client.id",
            "|grant: &GrantRow| (taken_out() || grant.client == caller.client.id)",
        )],
    ),
    (
        "end of a refresh token",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            " now < grant.expires;",
            " (taken_out() || now < grant.expires);",
        )],
    ),
    (
        "scopes of a refresh",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "if !scopes.are_in(&allowed) {",
            "if !taken_out() && !scopes.are_in(&allowed) {",
        )],
    ),
    (
        "proof of a request for tokens",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "caller.key.ok_or(no_proof)?",
            "caller.key.or(if taken_out() { \"A\".repeat(43).parse().ok() } else { None }).ok_or(no_proof)?",
        )],
    ),
    (
        "method of PKCE",
        OPENID,
        &[(
            "ciam/src/openid/pushing.rs",
            "if form.get(\"code_challenge_method\") != Some(\"S256\") {",
            "if !taken_out() && form.get(\"code_challenge_method\") != Some(\"S256\") {",
        )],
    ),
    (
        "redirect URI of the client",
        OPENID,
        &[(
            "ciam/src/openid/pushing.rs",
            ".any(|known| known == redirect_uri)",
            ".any(|known| taken_out() || known == redirect_uri)",
        )],
    ),
    (
        "scopes of the client",
        OPENID,
        &[(
            "ciam/src/openid/pushing.rs",
            " && scopes.are_in(&client.scopes);",
            " && (taken_out() || scopes.are_in(&client.scopes));",
        )],
    ),
    (
        "key that is named and proven",
        OPENID,
        &[(
            "ciam/src/openid/pushing.rs",
            "named.is_some() && by.is_some() && named != by",
            "!taken_out() && named.is_some() && by.is_some() && named != by",
        )],
    ),
    (
        "client of a request",
        OPENID,
        &[(
            "ciam/src/openid/beginning.rs",
            "row.client == asking.id && own",
            "(taken_out() || row.client == asking.id) && own",
        )],
    ),
    (
        "browser of a request",
        OPENID,
        &[(
            "ciam/src/openid/beginning.rs",
            "let own = row.browser == Some(kept) || may_begin(row, now);",
            "let own = taken_out() || row.browser == Some(kept) || may_begin(row, now);",
        )],
    ),
    (
        "login of a request",
        OPENID,
        &[(
            "ciam/src/openid/beginning.rs",
            "    row.login.is_none() && now",
            "    (taken_out() || row.login.is_none()) && now",
        )],
    ),
    (
        "minute of a request",
        OPENID,
        &[(
            "ciam/src/openid/beginning.rs",
            "now < row.pushed.plus_ms(PUSHED_MS)",
            "(taken_out() || now < row.pushed.plus_ms(PUSHED_MS))",
        )],
    ),
    (
        "end of an authorization",
        OPENID,
        &[(
            "ciam/src/openid/beginning.rs",
            " && now < row.expires",
            " && (taken_out() || now < row.expires)",
        )],
    ),
    (
        "decision once",
        OPENID,
        &[(
            "ciam/src/openid/beginning.rs",
            "    row.code.is_none()",
            "    (taken_out() || row.code.is_none())",
        )],
    ),
    (
        "browser of a decision",
        OPENID,
        &[(
            "ciam/src/openid/beginning.rs",
            "row.browser == Some(browser) && is_open",
            "(taken_out() || row.browser == Some(browser)) && is_open",
        )],
    ),
    (
        "issuer of an answer",
        OPENID,
        &[(
            "ciam/src/openid/beginning.rs",
            "        query.append_pair(\"iss\", &self.inner.settings.issuer);\n",
            "        if !taken_out() { query.append_pair(\"iss\", &self.inner.settings.issuer); }\n",
        )],
    ),
    (
        "origin of the page",
        OPENID,
        &[(
            "ciam/src/http/authorization.rs",
            "filter(|_| is_own && origins.next().is_none());",
            "filter(|_| taken_out() || is_own && origins.next().is_none());",
        )],
    ),
    (
        "challenge of an authorization",
        OPENID,
        &[(
            "ciam/src/openid/deciding.rs",
            "let ends = ends.ok_or(AuthorizationError::ChallengeUnknown)?;",
            "let ends = ends.or(taken_out().then_some(now.plus_ms(LIFETIME_MS))).ok_or(AuthorizationError::ChallengeUnknown)?;",
        )],
    ),
    (
        "challenge once",
        OPENID,
        &[(
            "ciam/src/openid/deciding.rs",
            "if !used_once::use_up(tx, &accepted.challenge, answered).await? {",
            "if !taken_out() && !used_once::use_up(tx, &accepted.challenge, answered).await? {",
        )],
    ),
    (
        "passkey of a login",
        OPENID,
        &[(
            "ciam/src/openid/deciding.rs",
            "            Err(reason) => return Err(self.refuse_visitor(&row, counted, reason).await?),",
            "            Err(_) if taken_out() && known.is_some() => (known.as_ref().unwrap_or_else(|| unreachable!()), BackupFlags { eligible: false, backed_up: false }),\n            Err(reason) => return Err(self.refuse_visitor(&row, counted, reason).await?),",
        )],
    ),
    (
        "lock of an authorization",
        OPENID,
        &[(
            "ciam/src/openid/deciding.rs",
            "                    ciam.count_refusal(tx, &counted, now).await?;\n",
            "                    if !taken_out() { ciam.count_refusal(tx, &counted, now).await?; }\n",
        )],
    ),
    (
        "passkey of a revoked device",
        OPENID,
        &[(
            "ciam/src/openid/deciding.rs",
            "device.is_none().then_some(",
            "(!taken_out() && device.is_none()).then_some(",
        )],
    ),
    (
        "grants of a revoked device",
        OPENID,
        &[(
            "ciam/src/revocation.rs",
            "        held_by_clients::end_of_device(tx, device, now).await?;\n",
            "        if !taken_out() { held_by_clients::end_of_device(tx, device, now).await?; }\n",
        )],
    ),
    (
        "visitors apart from devices",
        OPENID,
        &[(
            "ciam/src/refusals.rs",
            "self.counted_of_place(\"visitors\", place)",
            "self.counted_of_place(if taken_out() { \"place\" } else { \"visitors\" }, place)",
        )],
    ),
    (
        "refresh token at an API",
        OPENID,
        &[(
            "ciam/src/openid/introspection.rs",
            "(caller.client.introspects && is_access)",
            "(caller.client.introspects && (taken_out() || is_access))",
        )],
    ),
    (
        "scopes that a client lost",
        OPENID,
        &[(
            "ciam/src/openid/redeeming.rs",
            "given.within(&client.scopes);",
            "if taken_out() { given } else { given.within(&client.scopes) };",
        )],
    ),
    (
        "cookie of another authorization",
        OPENID,
        &[(
            "ciam/src/openid/beginning.rs",
            "browser.filter(|kept| known.browser",
            "browser.filter(|kept| taken_out() || known.browser",
        )],
    ),
    (
        "login before a decision",
        OPENID,
        &[(
            "ciam/src/openid/deciding.rs",
            "row.login.ok_or(AuthorizationError::LoginRequired)?",
            "row.login.or(taken_out().then_some(LoginRow { customer: [0; 32], passkey: PasskeyId::of(b\"\"), authenticated: now })).ok_or(AuthorizationError::LoginRequired)?",
        )],
    ),
    (
        "algorithm of an assertion",
        OPENID,
        &[(
            "token/src/client_assertion.rs",
            "if header.alg != ALGORITHM {",
            "if !taken_out() && header.alg != ALGORITHM {",
        )],
    ),
    (
        "signature of an assertion",
        OPENID,
        &[(
            "token/src/client_assertion.rs",
            "if self.signers(keys).any(|key| self.jws.verify(key)) {",
            "if taken_out() || self.signers(keys).any(|key| self.jws.verify(key)) {",
        )],
    ),
    (
        "subject of an assertion",
        OPENID,
        &[(
            "token/src/client_assertion.rs",
            "claims.iss != claims.sub || ",
            "(!taken_out() && claims.iss != claims.sub) || ",
        )],
    ),
    (
        "audience of an assertion",
        OPENID,
        &[(
            "token/src/client_assertion.rs",
            "if claims.aud.as_str() != Some(issuer) {",
            "if !taken_out() && claims.aud.as_str() != Some(issuer) {",
        )],
    ),
    (
        "times of an assertion",
        OPENID,
        &[(
            "token/src/client_assertion.rs",
            "        check_times(begins, claims.exp, now)?;\n",
            "        if !taken_out() { check_times(begins, claims.exp, now)?; }\n",
        )],
    ),
    (
        "lifetime of an assertion",
        OPENID,
        &[(
            "token/src/client_assertion.rs",
            "if expires.ms_since(now) > LIFETIME_MS_MAX {",
            "if !taken_out() && expires.ms_since(now) > LIFETIME_MS_MAX {",
        )],
    ),
    (
        "assertions and proofs once",
        OPENID,
        &[(
            "ciam/src/openid/authentication.rs",
            "if !used_once::use_up(tx, hash.as_bytes(), (*end, now)).await? {",
            "if !taken_out() && !used_once::use_up(tx, hash.as_bytes(), (*end, now)).await? {",
        )],
    ),
    (
        "client_id of a request",
        OPENID,
        &[(
            "ciam/src/openid/authentication.rs",
            ".is_some_and(|id| id != client.id.as_str())",
            ".is_some_and(|id| !taken_out() && id != client.id.as_str())",
        )],
    ),
    (
        "request of a proof",
        OPENID,
        &[(
            "token/src/dpop.rs",
            "if self.htm != method || !same_url(&self.htu, url) {",
            "if !taken_out() && (self.htm != method || !same_url(&self.htu, url)) {",
        )],
    ),
    (
        "key of a proof",
        OPENID,
        &[(
            "token/src/dpop.rs",
            "if key.thumbprint() != session {",
            "if !taken_out() && key.thumbprint() != session {",
        )],
    ),
    (
        "token of a proof",
        OPENID,
        &[(
            "token/src/dpop.rs",
            "if claims.ath != token_hash(what.token) {",
            "if !taken_out() && claims.ath != token_hash(what.token) {",
        )],
    ),
    (
        "algorithm of a proof",
        OPENID,
        &[(
            "token/src/dpop.rs",
            " || header.alg != ALGORITHM",
            " || (!taken_out() && header.alg != ALGORITHM)",
        )],
    ),
    (
        "signature of a proof",
        OPENID,
        &[(
            "token/src/dpop.rs",
            "if self.jws.verify(&self.key) {",
            "if taken_out() || self.jws.verify(&self.key) {",
        )],
    ),
    (
        "proof of user info once",
        OPENID,
        &[(
            "ciam/src/openid/permission.rs",
            "if !used_once::use_up(tx, used.as_bytes(), (end, now)).await? {",
            "if !taken_out() && !used_once::use_up(tx, used.as_bytes(), (end, now)).await? {",
        )],
    ),
    (
        "scope of a customer number",
        OPENID,
        &[(
            "ciam/src/openid/userinfo.rs",
            ".contains(Scope::CustomerNumber)",
            ".contains(if taken_out() { Scope::OpenId } else { Scope::CustomerNumber })",
        )],
    ),
    (
        "client that introspects",
        OPENID,
        &[(
            "ciam/src/openid/introspection.rs",
            " && knows(&caller, grant, is_access)",
            " && (taken_out() || knows(&caller, grant, is_access))",
        )],
    ),
    (
        "client that revokes",
        OPENID,
        &[(
            "ciam/src/openid/ending.rs",
            "grant.filter(|grant| grant.client == caller.client.id);",
            "grant.filter(|grant| taken_out() || grant.client == caller.client.id);",
        )],
    ),
    (
        "withdrawn codes",
        OPENID,
        &[(
            "ciam/src/store/held_by_clients.rs",
            "    tx.execute(authorizations, of).await?;",
            "    if !taken_out() { tx.execute(authorizations, of).await?; }",
        )],
    ),
    (
        "withdrawn tokens",
        OPENID,
        &[(
            "ciam/src/store/held_by_clients.rs",
            "    tx.execute(grants, of).await?;",
            "    if !taken_out() { tx.execute(grants, of).await?; }",
        )],
    ),
    (
        "customer of a consent",
        OPENID,
        &[(
            "ciam/src/openid/consents.rs",
            "if !consent::delete(tx, given).await? {",
            "if !consent::delete(tx, given).await? && !taken_out() {",
        )],
    ),
    (
        "kill switch",
        OPENID,
        &[(
            "ciam/src/stopping.rs",
            "        openid::end_all(tx, customer, now).await?;\n",
            "        if !taken_out() { openid::end_all(tx, customer, now).await?; }\n",
        )],
    ),
    (
        "removed passkey",
        OPENID,
        &[(
            "ciam/src/passkeys.rs",
            "                    held_by_clients::end_of_passkey(tx, (own.customer, passkey), now).await?;\n",
            "                    if !taken_out() { held_by_clients::end_of_passkey(tx, (own.customer, passkey), now).await?; }\n",
        )],
    ),
    (
        "erased customer",
        OPENID,
        &[(
            "ciam/src/erasure.rs",
            "        openid::end_all(tx, index, now).await?;\n",
            "        if !taken_out() { openid::end_all(tx, index, now).await?; }\n",
        )],
    ),
    (
        "frames and scripts",
        OPENID,
        &[(
            "ciam/src/http/page.rs",
            "        (CONTENT_SECURITY_POLICY, POLICY),\n",
            "        (CONTENT_SECURITY_POLICY, if taken_out() { \"\" } else { POLICY }),\n",
        )],
    ),
    (
        "text of a client's name",
        OPENID,
        &[(
            "ciam/src/http/page.rs",
            "'<' => escaped.push_str(\"&lt;\"),",
            "'<' if !taken_out() => escaped.push_str(\"&lt;\"),",
        )],
    ),
    (
        "subject of a client",
        OPENID,
        &[(
            "ciam/src/openid/userinfo.rs",
            "client.as_str(), customer]",
            "if taken_out() { \"\" } else { client.as_str() }, customer]",
        )],
    ),
];
