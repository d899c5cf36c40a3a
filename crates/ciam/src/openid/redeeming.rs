//! A client redeems a code, or a refresh token, for tokens.

use super::authentication::Caller;
use super::errors::{ClientError, OauthError, Refusal};
use super::form::Form;
use super::paths;
use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::random::random;
use crate::store::authorization::{self, AuthorizationRow};
use crate::store::client_grant::{self, GrantRow};
use crate::store::customer;
use database::Transaction;
use protocol::http::ClientTokens;
use std::sync::Arc;
use token::{ACR_PASSKEY, ClientToken, IdToken, Scope, Scopes};
use types::{GrantId, Hash, Thumbprint, Time, base64url};

/// A code with what its client has to know.
#[derive(Clone)]
struct Redeemed {
    code: Hash,
    redirect_uri: String,
    /// SHA-256 of PKCE's verifier.
    challenge: Hash,
}

/// What tokens are issued for.
struct Issued {
    grant: GrantRow,
    sealed_customer: Vec<u8>,
    scopes: Scopes,
    /// Of the authorization, for the ID token. None if there is none: the tokens are refreshed.
    nonce: Option<Option<String>>,
    refresh: Option<String>,
}

impl Ciam {
    /// Tokens for a code that the client got, or for a refresh token that it keeps. All are bound to the key of `proof`.
    pub async fn issue_tokens(
        &self,
        form: &Form,
        proof: Option<&str>,
    ) -> Result<ClientTokens, ClientError> {
        let now = self.now();
        let caller = self.caller(paths::TOKEN, (form, proof), now).await?;
        let no_proof = OauthError::InvalidDpopProof.because("a DPoP proof is needed");
        let key = caller.key.ok_or(no_proof)?;
        let issued = match form.need("grant_type", "grant_type is missing")? {
            "authorization_code" => self.redeem_code(caller, form, (key, now)).await?,
            "refresh_token" => self.refresh_grant(caller, form, now).await?,
            _ => {
                let detail = "grant_type is authorization_code or refresh_token";
                return Err(OauthError::UnsupportedGrantType.because(detail).into());
            }
        };
        self.client_tokens(issued, key, now).await
    }

    async fn redeem_code(
        &self,
        caller: Caller,
        form: &Form,
        (key, now): (Thumbprint, Time),
    ) -> Result<Issued, ClientError> {
        let code = form.need("code", "code is missing")?;
        let verifier = form.need("code_verifier", "code_verifier is missing")?;
        let redeemed = Redeemed {
            code: Hash::of(code.as_bytes()),
            redirect_uri: form
                .need("redirect_uri", "redirect_uri is missing")?
                .to_owned(),
            challenge: Hash::of(verifier.as_bytes()),
        };
        let grant = GrantId::new(random()?);
        let refresh = base64url::encode(&random::<32>()?);
        let (ciam, hash) = (self.clone(), Hash::of(refresh.as_bytes()));
        let (row, grant, sealed_customer) = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, ClientError> {
                    if let Err(refusal) = ciam.use_up(tx, &caller, now).await? {
                        return Ok(Err(refusal));
                    }
                    let found = ciam.code_of(tx, &caller, &redeemed, (key, now)).await?;
                    let row = match found {
                        Ok(row) => row,
                        Err(refusal) => return Ok(Err(refusal)),
                    };
                    let ids = (grant, hash, redeemed.code);
                    let grant = ciam.new_grant(tx, &row, ids, now).await?;
                    let sealed = customer::sealed(tx, grant.customer).await?;
                    Ok(Ok((row, grant, sealed)))
                },
            )
            .await??;
        Ok(Issued {
            scopes: grant.scopes.parse().map_err(|_| Failure::Text)?,
            refresh: grant.refresh.map(|_| refresh),
            grant,
            sealed_customer,
            nonce: Some(row.nonce),
        })
    }

    /// The authorization with that code, if the code is this client's and everything is as the client pushed it. Ends the
    /// grant of a code that the client redeemed before.
    async fn code_of(
        &self,
        tx: &mut Transaction<'_>,
        caller: &Caller,
        redeemed: &Redeemed,
        (key, now): (Thumbprint, Time),
    ) -> Result<Result<AuthorizationRow, Refusal>, Failure> {
        let Some(row) = authorization::find_by_code(tx, redeemed.code).await? else {
            let grant = client_grant::find_by_code(tx, redeemed.code).await?;
            if let Some(grant) = grant.filter(|grant| grant.client == caller.client.id) {
                client_grant::delete(tx, grant.grant).await?;
                let act = Act::CodeReused {
                    customer: grant.customer,
                    client: grant.client,
                    grant: grant.grant,
                };
                self.record(tx, &act).await?;
            }
            return Ok(Err(not_good()));
        };
        let is_own = row.client == caller.client.id
            && now < row.expires
            && row.redirect_uri == redeemed.redirect_uri
            && row.challenge == redeemed.challenge
            && row.proof_key.is_none_or(|bound| bound == key);
        Ok(if is_own { Ok(row) } else { Err(not_good()) })
    }

    /// Ends the authorization, and stores the grant that comes of it.
    async fn new_grant(
        &self,
        tx: &mut Transaction<'_>,
        row: &AuthorizationRow,
        (grant, refresh, code): (GrantId, Hash, Hash),
        now: Time,
    ) -> Result<GrantRow, Failure> {
        authorization::delete(tx, row.request).await?;
        let login = row.login.ok_or(Failure::CodeWithoutLogin)?;
        let scopes: Scopes = row.scopes.parse().map_err(|_| Failure::Text)?;
        let lasts = scopes.contains(Scope::OfflineAccess);
        let settings = &self.inner.settings.login;
        let lifetime_ms = if lasts {
            settings.session_ms
        } else {
            settings.access_token_ms
        };
        let grant = GrantRow {
            grant,
            customer: login.customer,
            client: row.client.clone(),
            scopes: row.scopes.clone(),
            passkey: login.passkey,
            authenticated: login.authenticated,
            code,
            refresh: lasts.then_some(refresh),
            expires: now.plus_ms(lifetime_ms),
        };
        client_grant::insert(tx, &grant, now).await?;
        let act = Act::CodeRedeemed {
            customer: grant.customer,
            client: grant.client.clone(),
            grant: grant.grant,
        };
        self.record(tx, &act).await?;
        Ok(grant)
    }

    /// For how many days a client stays connected while the person is away.
    pub(crate) fn offline_days(&self) -> u64 {
        self.inner.settings.login.session_ms.div_ceil(86_400_000)
    }

    /// Refresh tokens are not rotated (FAPI 2.0 Security Profile, 5.3.2.1): only the client's own keys make them useful.
    async fn refresh_grant(
        &self,
        caller: Caller,
        form: &Form,
        now: Time,
    ) -> Result<Issued, ClientError> {
        let token = form.need("refresh_token", "refresh_token is missing")?;
        let hash = Hash::of(token.as_bytes());
        let narrower = form.get("scope").map(str::parse::<Scopes>).transpose();
        let no_scope = OauthError::InvalidScope.because("openid, and only what the person allowed");
        let narrower = narrower.map_err(|_| no_scope)?;
        if narrower
            .as_ref()
            .is_some_and(|scopes| !scopes.contains(Scope::OpenId))
        {
            return Err(no_scope.into());
        }
        let (ciam, client) = (self.clone(), Arc::clone(&caller.client));
        let (grant, sealed_customer) = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, ClientError> {
                    if let Err(refusal) = ciam.use_up(tx, &caller, now).await? {
                        return Ok(Err(refusal));
                    }
                    let grant = client_grant::find_by_refresh(tx, hash).await?;
                    let own =
                        |grant: &GrantRow| grant.client == caller.client.id && now < grant.expires;
                    let Some(grant) = grant.filter(own) else {
                        return Ok(Err(not_good()));
                    };
                    let sealed = customer::sealed(tx, grant.customer).await?;
                    Ok(Ok((grant, sealed)))
                },
            )
            .await??;
        let given: Scopes = grant.scopes.parse().map_err(|_| Failure::Text)?;
        let allowed = given.within(&client.scopes);
        if !allowed.contains(Scope::OfflineAccess) {
            return Err(not_good().into());
        }
        let scopes = narrower.unwrap_or_else(|| allowed.clone());
        if !scopes.are_in(&allowed) {
            return Err(no_scope.into());
        }
        Ok(Issued {
            grant,
            sealed_customer,
            scopes,
            nonce: None,
            refresh: None,
        })
    }

    async fn client_tokens(
        &self,
        issued: Issued,
        key: Thumbprint,
        now: Time,
    ) -> Result<ClientTokens, ClientError> {
        let customer = self.open_customer(&issued.sealed_customer)?;
        let (client, grant) = (issued.grant.client, issued.grant.grant);
        let subject = self.subject_for(&client, &customer).await?;
        let issuer = self.inner.settings.issuer.clone();
        let lasts_ms = self.inner.settings.login.access_token_ms;
        let expires = now.plus_ms(lasts_ms).min(issued.grant.expires);
        let access = ClientToken {
            issuer: issuer.clone(),
            subject: subject.clone(),
            client: client.clone(),
            scope: issued.scopes.to_string(),
            grant,
            key,
            issued: now,
            expires,
            id: base64url::encode(&random::<16>()?),
        };
        let id_token = match issued.nonce {
            Some(nonce) => {
                let id = IdToken {
                    issuer,
                    subject,
                    client,
                    nonce,
                    login: grant.to_string(),
                    acr: ACR_PASSKEY.to_owned(),
                    authenticated: issued.grant.authenticated,
                    issued: now,
                    expires,
                };
                Some(self.sign_token(now, |key| id.sign(key)).await?)
            }
            None => None,
        };
        Ok(ClientTokens {
            access_token: self.sign_token(now, |key| access.sign(key)).await?,
            token_type: "DPoP".to_owned(),
            expires_in: expires.seconds().saturating_sub(now.seconds()),
            scope: access.scope,
            id_token,
            refresh_token: issued.refresh,
        })
    }
}

/// Whatever is wrong with a code or a refresh token: its thief learns nothing.
const fn not_good() -> Refusal {
    OauthError::InvalidGrant.because("the code or token is not good, or not for this client")
}
