//! The machine of a member of the staff: keys, session and requests.

use anyhow::{Context as _, bail, ensure};
use client::{DeviceKey, Keys as _, SoftwareKeys};
use client_native::{DeviceSecrets, http_client, replace_file};
use operator::OperatorError;
use protocol::http::{
    ActivateStaff, BeginActivation, LoginOptions, PasskeyOptions, PasskeyParty, StaffLogin,
    StaffMember, StaffSessionBegun,
};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use terminal::program;
use token::{DpopProof, ProofFor};
use types::{Clock, DeviceForm, ErrorCode, Time, base64url};
use webauthn::RelyingParty;

/// Where the bank is.
#[derive(Clone, Serialize, Deserialize)]
struct Bank {
    /// Its public URL, which proofs name and at which the passkey is good.
    bank: String,
    /// The operator's listener.
    at: String,
}

/// The session of the last login.
#[derive(Serialize, Deserialize)]
struct Session {
    token: String,
    expires: Time,
}

/// The desk of a member of the staff.
pub(crate) struct StaffDesk {
    path: PathBuf,
    bank: Bank,
    keys: SoftwareKeys,
    client: reqwest::Client,
    clock: Clock,
    nonce: Option<String>,
}

impl StaffDesk {
    /// The desk in a directory, new unless it is there, at the bank with those URLs.
    pub(crate) fn create(
        path: &Path,
        (bank, at): (&str, &str),
        clock: Clock,
    ) -> anyhow::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("{} cannot be created", path.display()))?;
        let keys = path.join("keys.json");
        let secrets = DeviceSecrets::open_or_create(&keys, DeviceForm::App)?;
        if secrets.passkey().is_none() {
            DeviceSecrets::make_passkey(&keys)?;
        }
        let bank = Bank {
            bank: bank.trim_end_matches('/').to_owned(),
            at: at.trim_end_matches('/').to_owned(),
        };
        replace_file(&path.join("bank.json"), &serde_json::to_vec(&bank)?)?;
        Self::open(path, clock)
    }

    /// The desk in a directory that is there.
    pub(crate) fn open(path: &Path, clock: Clock) -> anyhow::Result<Self> {
        let bank = std::fs::read(path.join("bank.json")).with_context(|| {
            format!(
                "there is no account in {}; activate one first with `{} staff activate CODE`, or use --dir",
                path.display(),
                program()
            )
        })?;
        let bank: Bank = serde_json::from_slice(&bank)?;
        let secrets = DeviceSecrets::open(&path.join("keys.json"))?;
        let (keys, _, _) = secrets.keys_at(RelyingParty::at(&bank.bank));
        Ok(Self {
            path: path.to_owned(),
            bank,
            keys,
            client: http_client()?,
            clock,
            nonce: None,
        })
    }

    /// Activates the account with its code. The keys are on the disk before anything is sent.
    pub(crate) async fn activate(&mut self, code: &str) -> anyhow::Result<StaffMember> {
        let begin = BeginActivation {
            code: code.to_owned(),
        };
        let begun = self.post("/v1/staff/activation/challenge", None, &begin);
        let options: PasskeyOptions = begun.await?;
        self.check_party(&options.relying_party)?;
        let made = self.keys.make_passkey(&options).await?;
        let activate = ActivateStaff {
            code: code.to_owned(),
            client_data_json: made.client_data_json.into(),
            attestation_object: made.attestation_object.into(),
        };
        Ok(self.post("/v1/staff/activation", None, &activate).await?)
    }

    /// Logs in with the passkey.
    pub(crate) async fn log_in(&mut self) -> anyhow::Result<StaffSessionBegun> {
        let path = "/v1/staff/login/challenge";
        let options: LoginOptions = self.ask(Method::POST, path, None, None).await?;
        self.check_party(&options.relying_party)?;
        let assertion = self.keys.assert(&options.challenge.0).await?;
        let login = StaffLogin {
            assertion: assertion.into(),
        };
        let begun: StaffSessionBegun = self.post("/v1/staff/login", None, &login).await?;
        let session = Session {
            token: begun.token.clone(),
            expires: begun.expires,
        };
        replace_file(&self.session_file(), &serde_json::to_vec(&session)?)?;
        Ok(begun)
    }

    /// Ends the session, here and at the bank.
    pub(crate) async fn log_out(&mut self) -> anyhow::Result<()> {
        let token = self.token()?;
        let path = "/v1/staff/logout";
        let ended = self
            .ask::<serde_json::Value>(Method::POST, path, Some(&token), None)
            .await;
        std::fs::remove_file(self.session_file())?;
        ended.map(drop).map_err(Into::into)
    }

    /// Reads, in the session. `path` may have a query.
    pub(crate) async fn get<T: DeserializeOwned>(
        &mut self,
        path: &str,
    ) -> anyhow::Result<Result<T, OperatorError>> {
        let token = self.token()?;
        Ok(self.ask(Method::GET, path, Some(&token), None).await)
    }

    /// Posts, in the session.
    pub(crate) async fn send<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<Result<T, OperatorError>> {
        let token = self.token()?;
        Ok(self.post(path, Some(&token), body).await)
    }

    /// A passkey answers only the bank for which it was made.
    fn check_party(&self, party: &PasskeyParty) -> anyhow::Result<()> {
        let bank = &self.bank.bank;
        ensure!(
            party.origin == *bank,
            "the bank says that it is {}, and the account is for {bank}; give its public URL with --bank",
            party.origin
        );
        Ok(())
    }

    fn session_file(&self) -> PathBuf {
        self.path.join("session.json")
    }

    fn token(&self) -> anyhow::Result<String> {
        let log_in = || format!("log in first with `{} staff login`", program());
        let session = std::fs::read(self.session_file()).with_context(log_in)?;
        let session: Session = serde_json::from_slice(&session)?;
        if session.expires <= (self.clock)() {
            bail!("the session has ended; {}", log_in());
        }
        Ok(session.token)
    }

    async fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T, OperatorError> {
        let body = serde_json::to_vec(body).map_err(OperatorError::NotJson)?;
        self.ask(Method::POST, path, token, Some(body)).await
    }

    /// Sends a request, once more if the bank wants a newer nonce in its proof.
    async fn ask<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<T, OperatorError> {
        let answer = self.ask_once(&method, path, token, body.clone()).await;
        match answer {
            Err(OperatorError::Refused(problem, _))
                if problem.code == ErrorCode::UseDpopNonce.number() =>
            {
                self.ask_once(&method, path, token, body).await
            }
            answer => answer,
        }
    }

    async fn ask_once<T: DeserializeOwned>(
        &mut self,
        method: &Method,
        path: &str,
        token: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<T, OperatorError> {
        let url = format!("{}{path}", self.bank.at);
        let no_answer = |source: reqwest::Error| {
            let url = url.clone();
            if source.is_connect() {
                OperatorError::NotReached { url, source }
            } else {
                OperatorError::NoAnswer { url, source }
            }
        };
        let proof = self.proof(method, path, token.unwrap_or_default()).await;
        let mut request = self
            .client
            .request(method.clone(), &url)
            .header("dpop", proof);
        if let Some(token) = token {
            request = request.header("authorization", format!("DPoP {token}"));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        let response = request.send().await.map_err(no_answer)?;
        if let Some(nonce) = response.headers().get("dpop-nonce") {
            self.nonce = nonce.to_str().ok().map(str::to_owned);
        }
        if response.status() == StatusCode::OK {
            let bytes = response.bytes().await.map_err(no_answer)?;
            let bytes: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
            return serde_json::from_slice(bytes).map_err(OperatorError::NotJson);
        }
        let problem = response.json().await.map_err(no_answer)?;
        Err(OperatorError::Refused(Box::new(problem), None))
    }

    async fn proof(&self, method: &Method, path: &str, token: &str) -> String {
        let mut id = [0; 16];
        rand::Rng::fill_bytes(&mut rand::rng(), &mut id);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let url = format!("{}{path}", self.bank.bank);
        let what = ProofFor {
            method: method.as_str(),
            url: &url,
            token,
        };
        let (nonce, now) = (self.nonce.as_deref(), (self.clock)());
        let Ok(session) = self.keys.public(DeviceKey::Session).await else {
            unreachable!("keys in software always answer");
        };
        let id = base64url::encode(&id);
        let input = DpopProof::signing_input(&session, what, nonce, &id, now);
        match self.keys.sign(DeviceKey::Session, input.as_bytes()).await {
            Ok(signature) => DpopProof::assemble(&input, &signature),
            Err(_) => unreachable!("keys in software always sign"),
        }
    }
}
