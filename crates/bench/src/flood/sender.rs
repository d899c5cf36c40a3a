//! The flood's requests: requests whose bodies never arrive, and invalid requests that are costly to refuse.

use crate::device::{key, nonce, proof};
use anyhow::Context as _;
use axum::body::Bytes;
use axum::http::Request;
use envelope::{Enrolment, Signer, SigningFailed, SoftwareKey};
use h2::client::SendRequest;
use protocol::http::{Challenge, Problem};
use rand::RngExt as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use token::{ChannelToken, Jwks};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use types::{Clock, DeviceForm, DeviceId, ErrorCode, PublicKey, Signature};

const CHALLENGE: &str = "/v1/enrolment/challenge";
const ENROLMENT: &str = "/v1/enrolment";
const PULL: &str = "/v1/channels/AAAAAAAAAAAAAAAAAAAAAA/messages?after=1.0";

/// The audience of the bank's channel tokens, and of the forged ones.
pub(super) const AUDIENCE: &str = "passbook";

/// The key operations that the server carries out before each kind of answer, as `ciam` and the guard count them.
const OPERATIONS_OF_CHALLENGE: u64 = 1;
const OPERATIONS_OF_ENROLMENT: u64 = 6;
const OPERATIONS_OF_TOKEN: u64 = 1;

/// The answers to the flood.
#[derive(Default)]
pub(super) struct Answers {
    all: AtomicU64,
    refused: AtomicU64,
    key_operations: AtomicU64,
    connections: AtomicU64,
}

impl Answers {
    /// All answers, refusals without key operations, key operations, opened connections.
    pub(super) fn counted(&self) -> [u64; 4] {
        let counters = [
            &self.all,
            &self.refused,
            &self.key_operations,
            &self.connections,
        ];
        counters.map(|counter| counter.load(Ordering::Relaxed))
    }

    fn count(&self, path: &str, status: u16, body: &[u8]) {
        self.all.fetch_add(1, Ordering::Relaxed);
        let problem: Option<Problem> = serde_json::from_slice(body).ok();
        let code = problem.as_ref().and_then(Problem::error_code);
        let operations = match (path, status, code) {
            (CHALLENGE, 200, _) => OPERATIONS_OF_CHALLENGE,
            (ENROLMENT, _, Some(ErrorCode::EnrolmentInvalid)) => OPERATIONS_OF_ENROLMENT,
            (PULL, _, Some(ErrorCode::TokenInvalid)) => OPERATIONS_OF_TOKEN,
            _ => 0,
        };
        self.key_operations.fetch_add(operations, Ordering::Relaxed);
        if status == 429 || status == 503 {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The prepared requests of a flood. They are made once, so that the flood costs this process little.
#[derive(Clone)]
pub(super) struct Sender {
    server: SocketAddr,
    url: String,
    from: Ipv4Addr,
    answers: Arc<Answers>,
    /// An enrolment that answers a challenge of the bank, with one invalid signature.
    enrolment: Bytes,
    /// A token that the bank did not sign, and a proof with it.
    token: String,
    proof: String,
}

impl Sender {
    pub(super) async fn prepare(
        url: &str,
        from: Ipv4Addr,
        answers: &Arc<Answers>,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let server = url
            .strip_prefix("http://")
            .context("plain HTTP is flooded")?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let challenge = client.post(format!("{url}{CHALLENGE}")).send().await?;
        let challenge: Challenge = challenge.json().await?;
        let jwks = client.get(format!("{url}/.well-known/jwks.json")).send();
        let jwks: Jwks = jwks.await?.json().await?;
        let nonce = nonce(&client.get(format!("{url}/v1/trust")).send().await?)?;
        let (session, approval, agreement) = (key()?, key()?, key()?);
        let token = ChannelToken {
            issuer: url.to_owned(),
            audience: AUDIENCE.into(),
            subject: "nobody".into(),
            device: DeviceId::at(clock(), rand::rng().random()),
            channels: Vec::new(),
            session: session.public_key().thumbprint(),
            issued: clock(),
            expires: clock().plus_ms(86_400_000),
            id: "forged".into(),
        };
        let named = *jwks.keys().first().context("the bank has no key")?;
        let token = token.sign(&Forger { key: key()?, named })?;
        let proof = proof(&session, (url, "GET", PULL), (&token, &nonce), clock)?;
        let code = envelope::ActivationCode::from_random(&rand::rng().random());
        let enrolment = Enrolment {
            nonce: challenge.nonce,
            ephemeral: challenge.ephemeral,
            customer: "1001".parse()?,
            device: DeviceId::at(clock(), rand::rng().random()),
            form: DeviceForm::App,
            session: *session.public_key(),
            approval: *approval.public_key(),
            agreement: *agreement.public_key(),
            code_mac: code.mac(challenge.nonce),
        };
        let right = session.sign(&enrolment.to_be_signed_by_session())?;
        let wrong = session.sign(&enrolment.to_be_signed_by_approval())?;
        let request = enrolment.request(&right, &wrong, &[0; 32], &code);
        Ok(Self {
            server: server.parse()?,
            url: url.to_owned(),
            from,
            answers: Arc::clone(answers),
            enrolment: serde_json::to_vec(&request)?.into(),
            token,
            proof,
        })
    }

    /// Floods over one connection with `streams` streams, and over another one when it ends.
    pub(super) async fn send(self, streams: usize) {
        loop {
            if self.flood_once(streams).await.is_err() {
                tokio::task::yield_now().await;
            }
        }
    }

    async fn flood_once(&self, streams: usize) -> anyhow::Result<()> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((self.from, 0).into())?;
        let (client, connection) =
            h2::client::handshake(socket.connect(self.server).await?).await?;
        self.answers.connections.fetch_add(1, Ordering::Relaxed);
        let mut tasks = JoinSet::new();
        for stream in 0..streams {
            let (sender, client) = (self.clone(), client.clone());
            tasks.spawn(async move {
                while sender.flood_stream(stream, client.clone()).await.is_ok() {}
            });
        }
        drop(client);
        connection.await?;
        Ok(())
    }

    /// One request. Half of the streams send no body and wait.
    async fn flood_stream(&self, stream: usize, client: SendRequest<Bytes>) -> anyhow::Result<()> {
        let (path, body) = match stream % 6 {
            0 => (CHALLENGE, None),
            2 => (PULL, None),
            _ => (ENROLMENT, Some(&self.enrolment)),
        };
        let method = if path == PULL { "GET" } else { "POST" };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        request = if path == PULL {
            let token = format!("DPoP {}", self.token);
            request
                .header("authorization", token)
                .header("dpop", &self.proof)
        } else {
            request.header("content-type", "application/json")
        };
        let mut client = client.ready().await?;
        let (answer, mut sending) = client.send_request(request.body(())?, body.is_none())?;
        // A sender that sends nothing keeps the stream open.
        let silent = stream % 2 == 1;
        if let Some(body) = body.filter(|_| !silent) {
            sending.send_data(body.clone(), true)?;
        }
        let (head, mut answered) = answer.await?.into_parts();
        let mut received = Vec::new();
        while let Some(piece) = answered.data().await {
            let piece = piece?;
            answered.flow_control().release_capacity(piece.len())?;
            received.extend_from_slice(&piece);
        }
        self.answers.count(path, head.status.as_u16(), &received);
        Ok(())
    }
}

/// A signer that names another's key.
struct Forger {
    key: SoftwareKey,
    named: PublicKey,
}

impl Signer for Forger {
    fn public_key(&self) -> &PublicKey {
        &self.named
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SigningFailed> {
        self.key.sign(message)
    }
}
