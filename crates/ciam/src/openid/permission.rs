//! What a client may do for a person, as its access token and its grant say, whoever asks.

use super::authentication::{Proven, refused_proof};
use super::errors::{OauthError, Refusal};
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::client_grant::{self, GrantRow};
use crate::store::{customer, used_once};
use database::{DatabaseError, Transaction};
use http_edge::{ClientRequest, Permission, Rejection};
use token::{ClientToken, DpopError, Scopes, TokenError};
use types::{ErrorCode, Time};

/// Why a client's access token is refused.
enum NotPermitted {
    Refused(ErrorCode),
    Failed(Failure),
}

impl From<DatabaseError> for NotPermitted {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<NotPermitted> for Rejection {
    fn from(refused: NotPermitted) -> Self {
        match refused {
            NotPermitted::Refused(code) => code.into(),
            NotPermitted::Failed(failure) => failure.into(),
        }
    }
}

impl Ciam {
    /// What the sender of a request may do, and for whom. Its proof is used up.
    pub async fn permission(&self, request: &ClientRequest) -> Result<Permission, Rejection> {
        Ok(self.permitted(request).await?.1)
    }

    /// A nonce for a client's next proof.
    #[must_use]
    pub fn client_nonce(&self) -> String {
        self.nonces().mint(self.now())
    }

    /// What the sender of a request may do, after the token.
    pub(super) async fn permitted(
        &self,
        request: &ClientRequest,
    ) -> Result<(ClientToken, Permission), Rejection> {
        let now = self.now();
        let token = self.client_token(&request.token, now);
        let token = token.map_err(|error| match error {
            TokenError::Expired => Rejection::new(ErrorCode::AccessTokenExpired),
            TokenError::AnotherType => Rejection::new(ErrorCode::TokenOfAnotherType),
            _ => Rejection::new(ErrorCode::TokenInvalid),
        })?;
        let proven = Proven {
            method: &request.method,
            path: &request.path,
            token: &request.token,
            proof: &request.proof,
        };
        let proven = self.proven(&proven, token.key, now);
        let (used, end) = proven.map_err(not_proven)?;
        let (ciam, given) = (self.clone(), token.clone());
        let sealed = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, NotPermitted> {
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
        let customer = self.open_customer(&sealed.map_err(NotPermitted::Refused)?)?;
        let scopes: Scopes = token.scope.parse().map_err(|_| Failure::Text)?;
        let permission = Permission {
            client: token.client.clone(),
            name: self.name_of(&token.client).unwrap_or_default(),
            customer,
            scopes,
        };
        Ok((token, permission))
    }

    /// An access token of a client's that is good but for its grant.
    pub(super) fn client_token(&self, text: &str, now: Time) -> Result<ClientToken, TokenError> {
        let issuer = &self.inner.settings.issuer;
        ClientToken::verify(text, issuer, &self.jwks(), now)
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
}

fn not_proven(error: DpopError) -> Rejection {
    let Refusal { error, detail } = refused_proof(error);
    match error {
        OauthError::UseDpopNonce => ErrorCode::UseDpopNonce.into(),
        _ => Rejection::new(ErrorCode::ProofInvalid).with_detail(detail),
    }
}
