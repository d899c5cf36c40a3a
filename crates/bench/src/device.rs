//! A device that enrols and reads, and stores nothing.

use crate::reader::Reader;
use anyhow::{Context as _, bail};
use envelope::{Enrolment, Signer as _, SoftwareKey};
use protocol::http::{Challenge, EnrolmentAnswer, EnrolmentRequest, IssuedCode, PullAnswer};
use rand::RngExt as _;
use reqwest::{Client, Method, RequestBuilder, Response};
use std::net::{IpAddr, Ipv4Addr};
use token::{DpopProof, ProofFor};
use types::{ChannelId, Clock, DeviceForm, DeviceId};

/// An enrolled device.
pub struct Phone {
    client: Client,
    url: String,
    session: SoftwareKey,
    token: String,
    channel: ChannelId,
    clock: Clock,
}

/// A client whose connections come from `address`.
///
/// # Errors
/// Fails if the system gives none.
pub fn client_from(address: Ipv4Addr) -> anyhow::Result<Client> {
    let client = Client::builder().no_proxy();
    Ok(client.local_address(IpAddr::V4(address)).build()?)
}

/// A key of this process.
pub(crate) fn key() -> anyhow::Result<SoftwareKey> {
    let scalar: [u8; 32] = rand::rng().random();
    SoftwareKey::from_bytes(&scalar)
        .ok()
        .context("no key has this scalar")
}

/// A proof for a request of `path` with a token.
pub(crate) fn proof(
    session: &SoftwareKey,
    (url, method, path): (&str, &str, &str),
    (token, nonce): (&str, &str),
    clock: &Clock,
) -> anyhow::Result<String> {
    let path = path.split('?').next().unwrap_or_default();
    let what = ProofFor {
        method,
        url: &format!("{url}{path}"),
        token,
    };
    let id = rand::rng().random::<u128>().to_string();
    let key = session.public_key();
    let input = DpopProof::signing_input(key, what, Some(nonce), &id, clock());
    let signature = session.sign(input.as_bytes()).ok();
    Ok(DpopProof::assemble(
        &input,
        &signature.context("it is not signed")?,
    ))
}

/// The nonce of an answer.
pub(crate) fn nonce(answer: &Response) -> anyhow::Result<String> {
    let nonce = answer.headers().get("dpop-nonce");
    let nonce = nonce.and_then(|nonce| nonce.to_str().ok());
    Ok(nonce.context("an answer without a nonce")?.to_owned())
}

/// A nonce of the bank with that URL: the one that comes with the refusal of a request without a token.
pub(crate) async fn nonce_of(client: &Client, url: &str) -> anyhow::Result<String> {
    nonce(&client.get(format!("{url}/v1/live")).send().await?)
}

pub(crate) async fn answered(request: RequestBuilder) -> anyhow::Result<Response> {
    succeeded(request.send().await?).await
}

/// The answer, if it is of success.
pub(crate) async fn succeeded(answer: Response) -> anyhow::Result<Response> {
    if !answer.status().is_success() {
        bail!("{}: {}", answer.status(), answer.text().await?);
    }
    Ok(answer)
}

/// A device that is about to enrol: its keys, and its answer to the bank's challenge.
pub(crate) struct Enrolling {
    client: Client,
    url: String,
    session: SoftwareKey,
    request: EnrolmentRequest,
    clock: Clock,
}

impl Enrolling {
    /// Takes a challenge, and answers it with the code of a customer.
    pub(crate) async fn new(
        client: Client,
        url: &str,
        issued: &IssuedCode,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let [session, approval, agreement] = [key()?, key()?, key()?];
        let challenge = answered(client.post(format!("{url}/v1/enrolment/challenge"))).await?;
        let challenge: Challenge = challenge.json().await?;
        let code = issued.code.parse().ok().context("not a code")?;
        let enrolment = Enrolment {
            nonce: challenge.nonce,
            ephemeral: challenge.ephemeral,
            customer: issued.customer.clone(),
            device: DeviceId::at(clock(), rand::rng().random()),
            form: DeviceForm::App,
            session: *session.public_key(),
            approval: *approval.public_key(),
            agreement: *agreement.public_key(),
            code_mac: envelope::ActivationCode::mac(&code, challenge.nonce),
        };
        let x = agreement.agree(&challenge.ephemeral);
        let request = enrolment.request(
            &session.sign(&enrolment.to_be_signed_by_session())?,
            &approval.sign(&enrolment.to_be_signed_by_approval())?,
            &*x.ok().context("the bank's key is none")?,
            &code,
        );
        Ok(Self {
            client,
            url: url.to_owned(),
            session,
            request,
            clock: clock.clone(),
        })
    }

    /// The request that enrols the device.
    pub(crate) fn request(&self) -> RequestBuilder {
        let enrolment = self.client.post(format!("{}/v1/enrolment", self.url));
        enrolment.json(&self.request)
    }
}

impl Phone {
    /// Enrols with the code of a customer.
    ///
    /// # Errors
    /// Fails if the bank refuses or cannot be reached.
    pub async fn enrol(
        client: Client,
        url: &str,
        issued: &IssuedCode,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let enrolling = Enrolling::new(client, url, issued, clock).await?;
        let answer: EnrolmentAnswer = answered(enrolling.request()).await?.json().await?;
        let own = answer.channels.first().context("no channel was given")?;
        Ok(Self {
            channel: own.channel,
            client: enrolling.client,
            url: enrolling.url,
            session: enrolling.session,
            token: answer.channel_token,
            clock: enrolling.clock,
        })
    }

    /// A device with a token that was issued for its key.
    pub(crate) fn with_token(
        client: Client,
        url: &str,
        (session, token): (SoftwareKey, String),
        channel: ChannelId,
        clock: &Clock,
    ) -> Self {
        Self {
            client,
            url: url.to_owned(),
            session,
            token,
            channel,
            clock: clock.clone(),
        }
    }

    /// The device's channel.
    #[must_use]
    pub const fn channel(&self) -> ChannelId {
        self.channel
    }

    /// Reads the messages of the customer's channel from its beginning.
    pub(crate) async fn pull(&self) -> anyhow::Result<PullAnswer> {
        let path = format!("/v1/channels/{}/messages?after=1.0", self.channel);
        let answer = succeeded(self.ask(Method::GET, &path, None).await?).await?;
        Ok(answer.json().await?)
    }

    /// Opens the live stream of the channel after `number`. The nonce is of the bank and may be used for other requests, too.
    pub(crate) async fn live(&self, number: u64, nonce: &str) -> anyhow::Result<Reader> {
        Ok(Reader::new(
            answered(self.live_request(number, nonce)?).await?,
        ))
    }

    /// The request that opens the live stream, with its proof.
    pub(crate) fn live_request(&self, number: u64, nonce: &str) -> anyhow::Result<RequestBuilder> {
        let path = format!("/v1/live?after={}:1.{number}", self.channel);
        self.request(Method::GET, &path, nonce)
    }

    /// Sends a request with a proof; a nonce is asked for first.
    ///
    /// # Errors
    /// Fails if the bank cannot be reached.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> anyhow::Result<Response> {
        let mut request = self.request(method, path, &self.nonce().await?)?;
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(request.send().await?)
    }

    /// A nonce of the bank.
    pub(crate) async fn nonce(&self) -> anyhow::Result<String> {
        nonce_of(&self.client, &self.url).await
    }

    /// A request with a proof.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        nonce: &str,
    ) -> anyhow::Result<RequestBuilder> {
        self.request_with(&self.token, (method, path), nonce)
    }

    /// The same with another token of this device than the channel token.
    pub(crate) fn request_with(
        &self,
        token: &str,
        (method, path): (Method, &str),
        nonce: &str,
    ) -> anyhow::Result<RequestBuilder> {
        let request = (self.url.as_str(), method.as_str(), path);
        let proof = proof(&self.session, request, (token, nonce), &self.clock)?;
        let request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", proof);
        Ok(request)
    }
}
