//! Who a client is, and which key it holds: `private_key_jwt` and DPoP. Both are used once.

use super::client::{Client, KeySource};
use super::errors::{OauthError, Refusal};
use super::form::Form;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::used_once;
use database::Transaction;
use std::sync::Arc;
use token::{
    ClaimedAssertion, ClaimedProof, ClientAssertion, ClientKeys, DpopError, DpopNonce, DpopProof,
    ProofFor, TokenError,
};
use types::{Hash, Thumbprint, Time};

const NO_CLIENT: &str = "no client has this key";

/// A client that proved who it is.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) client: Arc<Client>,
    /// The thumbprint of the key by which its proof is, if it sent one.
    pub(crate) key: Option<Thumbprint>,
    used: Vec<Used>,
}

/// What a client proved itself with.
#[derive(Clone, Copy)]
struct Used {
    hash: Hash,
    /// Until when nobody may use it again.
    end: Time,
    /// The refusal of who does.
    error: OauthError,
}

impl Ciam {
    /// The client that sent a request to `path`.
    pub(crate) async fn caller(
        &self,
        path: &str,
        (form, proof): (&Form, Option<&str>),
        now: Time,
    ) -> Result<Caller, Refusal> {
        let (client, (hash, end)) = self.authenticate_client(form, now).await?;
        let error = OauthError::InvalidClient;
        let mut used = vec![Used { hash, end, error }];
        let mut key = None;
        if let Some(proof) = proof {
            let claimed = self.claimed_proof(path, proof, now)?;
            let by = claimed.key();
            let verified = claimed.verify().map_err(refused_proof)?;
            let (hash, end) = used_proof(by, &verified);
            let error = OauthError::InvalidDpopProof;
            used.push(Used { hash, end, error });
            key = Some(by);
        }
        Ok(Caller { client, key, used })
    }

    /// How many key operations it takes to find out who sent a request to `path`: one for each key that may have signed
    /// the client's assertion, and one for its proof. All else of both is checked.
    pub(crate) async fn operations_of_caller(
        &self,
        path: &str,
        (form, proof): (&Form, Option<&str>),
    ) -> Result<u32, Refusal> {
        let now = self.now();
        let (client, claimed) = self.claimed_client(form, now)?;
        if let Some(proof) = proof {
            self.claimed_proof(path, proof, now)?;
        }
        let keys = self.keys_of(client, &claimed, now).await?;
        let signers = claimed.signers(&keys).zip(1..);
        Ok(signers.last().map_or(0, |(_, count)| count) + u32::from(proof.is_some()))
    }

    /// The client that an assertion says to be of, and the assertion, whose signature is not verified.
    fn claimed_client<'f>(
        &self,
        form: &'f Form,
        now: Time,
    ) -> Result<(&Arc<Client>, ClaimedAssertion<'f>), Refusal> {
        let refuse = |detail| OauthError::InvalidClient.because(detail);
        if form.get("client_assertion_type") != Some(ClientAssertion::PARAMETER) {
            return Err(refuse("authenticate with private_key_jwt"));
        }
        let text = form.get("client_assertion");
        let text = text.ok_or(refuse("authenticate with private_key_jwt"))?;
        let issuer = &self.inner.settings.issuer;
        let claimed = ClientAssertion::claimed(text, issuer, now);
        let claimed = claimed.map_err(|error| refuse(wrong_assertion(error)))?;
        let client = self.inner.clients.get(claimed.client());
        let client = client.ok_or(refuse(NO_CLIENT))?;
        if form
            .get("client_id")
            .is_some_and(|id| id != client.id.as_str())
        {
            return Err(refuse("client_id names another client than the assertion"));
        }
        Ok((client, claimed))
    }

    /// The keys of `client`, of which one may have signed the assertion.
    async fn keys_of(
        &self,
        client: &Client,
        claimed: &ClaimedAssertion<'_>,
        now: Time,
    ) -> Result<Arc<ClientKeys>, Refusal> {
        let uri = match &client.keys {
            KeySource::Configured(keys) => return Ok(Arc::clone(keys)),
            KeySource::At(uri) => uri.as_str(),
        };
        let published = &self.inner.client_keys;
        let keys = published.of((&client.id, uri), claimed, now).await;
        keys.map_err(|error| {
            let (client, why) = (&client.id, types::error_chain(&error));
            tracing::warn!(%client, "the keys of a client cannot be read: {why}");
            OauthError::InvalidClient.because("the client's keys cannot be read")
        })
    }

    fn claimed_proof<'p>(
        &self,
        path: &str,
        proof: &'p str,
        now: Time,
    ) -> Result<ClaimedProof<'p>, Refusal> {
        let url = self.endpoint(path);
        let claimed = DpopProof::claimed_by_any(proof, ("POST", &url), self.nonces(), now);
        claimed.map_err(refused_proof)
    }

    async fn authenticate_client(
        &self,
        form: &Form,
        now: Time,
    ) -> Result<(Arc<Client>, (Hash, Time)), Refusal> {
        let (client, claimed) = self.claimed_client(form, now)?;
        let keys = self.keys_of(client, &claimed, now).await?;
        let verified = claimed.verify(&keys);
        let refusal = OauthError::InvalidClient.because(NO_CLIENT);
        let verified = verified.map_err(|_| refusal)?;
        let name = ("client assertion", client.id.as_str(), verified.id.as_str());
        Ok((
            Arc::clone(client),
            (used_once::hash_of(name), verified.expires),
        ))
    }

    /// Uses up what the client proved itself with. A refusal if it was used before.
    pub(crate) async fn use_up(
        &self,
        tx: &mut Transaction<'_>,
        caller: &Caller,
        now: Time,
    ) -> Result<Result<(), Refusal>, Failure> {
        for Used { hash, end, error } in &caller.used {
            if !used_once::use_up(tx, hash.as_bytes(), (*end, now)).await? {
                return Ok(Err(error.because("this assertion or proof was used before")));
            }
        }
        Ok(Ok(()))
    }

    /// The URL of a route of the provider's.
    pub(crate) fn endpoint(&self, path: &str) -> String {
        let issuer = self.inner.settings.issuer.trim_end_matches('/');
        format!("{issuer}{path}")
    }
}

/// The request of a proof, with the token that it is for.
pub(crate) struct Proven<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) token: &'a str,
    pub(crate) proof: &'a str,
}

impl Ciam {
    /// Verifies the proof of a request, by the key to which its token is bound. Returns what is stored of the proof, and until when
    /// nobody may use it again.
    pub(crate) fn proven(
        &self,
        request: &Proven<'_>,
        key: Thumbprint,
        now: Time,
    ) -> Result<(Hash, Time), DpopError> {
        let what = ProofFor {
            method: request.method,
            url: &self.endpoint(request.path),
            token: request.token,
        };
        let claimed = DpopProof::claimed(request.proof, what, key, self.nonces(), now);
        Ok(used_proof(key, &claimed?.verify()?))
    }
}

/// What is stored of a proof, and until when nobody may use the proof again.
fn used_proof(key: Thumbprint, proof: &DpopProof) -> (Hash, Time) {
    let used = used_once::hash_of(("dpop proof", &key.to_string(), &proof.id));
    // A nonce may be ten seconds ahead, and its proof is good that much longer.
    (used, proof.time.plus_ms(DpopNonce::GOOD_MS))
}

const fn wrong_assertion(error: TokenError) -> &'static str {
    match error {
        TokenError::AnotherAlgorithm => "sign the assertion with ES256",
        TokenError::AnotherAudience => "the assertion's aud is the issuer, as one text",
        TokenError::Expired => "the assertion has expired",
        TokenError::FromTheFuture => "the assertion is from the future",
        TokenError::LivesTooLong => "an assertion is valid for at most ten minutes",
        _ => "the assertion is malformed",
    }
}

pub(crate) const fn refused_proof(error: DpopError) -> Refusal {
    let (error, detail) = match error {
        DpopError::NonceMissing | DpopError::Nonce(_) => (
            OauthError::UseDpopNonce,
            "make the proof with the nonce of the DPoP-Nonce header",
        ),
        DpopError::AnotherRequest => (
            OauthError::InvalidDpopProof,
            "the proof is for another method or URL",
        ),
        _ => (OauthError::InvalidDpopProof, "the proof is not valid"),
    };
    error.because(detail)
}
