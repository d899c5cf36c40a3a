//! A device that enrols and pulls, and stores nothing.

use anyhow::{Context as _, bail};
use envelope::{Enrolment, Signer as _, SoftwareKey};
use protocol::http::{Challenge, EnrolmentAnswer, IssuedCode};
use rand::RngExt as _;
use reqwest::{Client, Method, RequestBuilder, Response};
use std::net::{IpAddr, Ipv4Addr};
use token::{DpopProof, ProofFor};
use types::{ChannelId, Clock, DeviceForm, DeviceId, PublicKey};

/// An enrolled device.
pub struct Phone {
    client: Client,
    url: String,
    session: SoftwareKey,
    token: String,
    channel: ChannelId,
    clock: Clock,
}

/// A key of this process.
pub(super) fn key() -> anyhow::Result<SoftwareKey> {
    let scalar: [u8; 32] = rand::rng().random();
    SoftwareKey::from_bytes(&scalar)
        .ok()
        .context("no key has this scalar")
}

/// A proof for a request of `path` with a token.
pub(super) fn proof(
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
pub(super) fn nonce(answer: &Response) -> anyhow::Result<String> {
    let nonce = answer.headers().get("dpop-nonce");
    let nonce = nonce.and_then(|nonce| nonce.to_str().ok());
    Ok(nonce.context("an answer without a nonce")?.to_owned())
}

async fn answered(request: RequestBuilder) -> anyhow::Result<Response> {
    let answer = request.send().await?;
    if !answer.status().is_success() {
        bail!("{}: {}", answer.status(), answer.text().await?);
    }
    Ok(answer)
}

impl Phone {
    /// Enrols over a connection from `from`, with the code of a customer.
    pub async fn enrol(
        url: &str,
        from: Ipv4Addr,
        issued: &IssuedCode,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let client = Client::builder().no_proxy().local_address(IpAddr::V4(from));
        let client = client.build()?;
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
        let answer = answered(client.post(format!("{url}/v1/enrolment")).json(&request)).await?;
        let answer: EnrolmentAnswer = answer.json().await?;
        let own = answer.channels.first().context("no channel was given")?;
        Ok(Self {
            client,
            url: url.to_owned(),
            session,
            token: answer.channel_token,
            channel: own.channel,
            clock: clock.clone(),
        })
    }

    /// Reads the messages of the customer's channel from its start.
    pub async fn pull(&self) -> anyhow::Result<()> {
        let path = format!("/v1/channels/{}/messages?after=1.0", self.channel);
        let answer = self.ask(Method::GET, &path, None).await?;
        if !answer.status().is_success() {
            bail!("{}: {}", answer.status(), answer.text().await?);
        }
        answer.bytes().await?;
        Ok(())
    }

    /// The device's channel.
    pub const fn channel(&self) -> ChannelId {
        self.channel
    }

    /// Sends a request with a proof. Requests a nonce first.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> anyhow::Result<Response> {
        let trust = answered(self.client.get(format!("{}/v1/trust", self.url))).await?;
        let request = (self.url.as_str(), method.as_str(), path);
        let credentials = (self.token.as_str(), &*nonce(&trust)?);
        let proof = proof(&self.session, request, credentials, &self.clock)?;
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .header("authorization", format!("DPoP {}", self.token))
            .header("dpop", proof);
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(request.send().await?)
    }
}

/// A signer that names another device's key.
pub(super) struct Forger {
    pub(super) key: SoftwareKey,
    pub(super) named: PublicKey,
}

impl envelope::Signer for Forger {
    fn public_key(&self) -> &PublicKey {
        &self.named
    }

    fn sign(&self, message: &[u8]) -> Result<types::Signature, envelope::SigningFailed> {
        self.key.sign(message)
    }
}
