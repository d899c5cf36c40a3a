//! What a client learns of the person with its access token (OpenID Connect Core, 5.3), and what a token is worth.

use super::authentication::used_proof;
use super::errors::{OauthError, Refusal};
use super::paths;
use super::scope::{Scope, Scopes};
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::client_grant::{self, GrantRow};
use crate::store::{customer, used_once};
use database::{DatabaseError, Transaction};
use http_edge::Rejection;
use protocol::http::UserInfo;
use protocol::{cbor, cbor_array};
use token::{ClientToken, DpopError, DpopProof, ProofFor, TokenError};
use types::{ClientId, CustomerId, ErrorCode, Time, base64url};
use vault::MacKey;

/// Why a client's access token is refused.
enum NotUsed {
    Refused(ErrorCode),
    Failed(Failure),
}

impl From<DatabaseError> for NotUsed {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<NotUsed> for Rejection {
    fn from(refused: NotUsed) -> Self {
        match refused {
            NotUsed::Refused(code) => code.into(),
            NotUsed::Failed(failure) => failure.into(),
        }
    }
}

impl Ciam {
    /// What the bearer of an access token may know of the person.
    pub async fn user_info(
        &self,
        method: &str,
        token: &str,
        proof: &str,
    ) -> Result<UserInfo, Rejection> {
        let now = self.now();
        let token = self.client_token(token, now);
        let (text, token) = token.map_err(|error| match error {
            TokenError::Expired => Rejection::new(ErrorCode::AccessTokenExpired),
            TokenError::AnotherType => Rejection::new(ErrorCode::TokenOfAnotherType),
            _ => Rejection::new(ErrorCode::TokenInvalid),
        })?;
        let what = ProofFor {
            method,
            url: &self.endpoint(paths::USERINFO),
            token: text,
        };
        let claimed = DpopProof::claimed(proof, what, token.key, self.nonces(), now);
        let verified = claimed.and_then(token::ClaimedProof::verify);
        let verified = verified.map_err(refused_proof)?;
        let (used, end) = used_proof(token.key, &verified);
        let (ciam, given) = (self.clone(), token.clone());
        let sealed = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, NotUsed> {
                    if !used_once::use_up(tx, used.as_bytes(), (end, now)).await? {
                        return Ok(Err(ErrorCode::ProofReplayed));
                    }
                    let Some(grant) = ciam.grant_of(tx, &given, now).await? else {
                        return Ok(Err(ErrorCode::TokenInvalid));
                    };
                    Ok(Ok(customer::sealed(tx, grant.customer).await?))
                },
            )
            .await?;
        let customer = self.open_customer(&sealed.map_err(NotUsed::Refused)?)?;
        let scopes: Scopes = token.scope.parse().map_err(|_| Failure::Text)?;
        let customer_number = scopes.contains(Scope::CustomerNumber).then_some(customer);
        Ok(UserInfo {
            sub: token.subject,
            customer_number,
        })
    }

    /// An access token of a client's that is good but for its grant, after its text.
    pub(super) fn client_token<'a>(
        &self,
        text: &'a str,
        now: Time,
    ) -> Result<(&'a str, ClientToken), TokenError> {
        let issuer = &self.inner.settings.issuer;
        Ok((text, ClientToken::verify(text, issuer, &self.jwks(), now)?))
    }

    /// The grant of an access token, if nobody has ended it.
    pub(super) async fn grant_of(
        &self,
        tx: &mut Transaction<'_>,
        token: &ClientToken,
        now: Time,
    ) -> Result<Option<GrantRow>, DatabaseError> {
        let grant = client_grant::find(tx, token.grant).await?;
        let is_configured = self.inner.clients.contains_key(&token.client);
        let is_good =
            |grant: &GrantRow| is_configured && grant.client == token.client && now < grant.expires;
        Ok(grant.filter(is_good))
    }

    /// The customer's pseudonym for a client: always the same there, and another one elsewhere.
    pub(super) async fn subject_for(
        &self,
        client: &ClientId,
        customer: &CustomerId,
    ) -> Result<String, Failure> {
        let data = cbor_array!["passbook client subject", 1, client.as_str(), customer];
        let data = cbor::encode(&data);
        let mac = self.inner.vault.mac(MacKey::PairwiseSubject, &data).await?;
        Ok(base64url::encode(&*mac))
    }
}

fn refused_proof(error: DpopError) -> Rejection {
    let Refusal { error, detail } = super::authentication::refused_proof(error);
    match error {
        OauthError::UseDpopNonce => ErrorCode::UseDpopNonce.into(),
        _ => Rejection::new(ErrorCode::ProofInvalid).with_detail(detail),
    }
}
