//! What a client learns of the person with its access token (OpenID Connect Core, 5.3).

use crate::ciam::Ciam;
use crate::errors::Failure;
use http_edge::{ClientRequest, Rejection};
use protocol::http::UserInfo;
use protocol::{cbor, cbor_array};
use token::Scope;
use types::{ClientId, CustomerId, base64url};
use vault::MacKey;

impl Ciam {
    /// What the bearer of an access token may know of the person.
    pub async fn user_info(&self, request: &ClientRequest) -> Result<UserInfo, Rejection> {
        let (token, permission) = self.permitted(request).await?;
        let customer_number = permission
            .scopes
            .contains(Scope::CustomerNumber)
            .then_some(permission.customer);
        Ok(UserInfo {
            sub: token.subject,
            customer_number,
        })
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
