//! The operator's side of the wire: loading, posting, activation codes, revocation.

use crate::config::Config;
use crate::data_directory::DataDirectory;
use anyhow::bail;
use protocol::http::{
    IssueCode, IssuedCode, PostTransaction, PostedTransaction, Problem, Revoke, Revoked,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use thiserror::Error;
use types::{CustomerId, DeviceId};

/// Why the operator's request was not carried out.
#[derive(Debug, Error)]
pub(crate) enum OperatorError {
    /// JSON cannot carry what was to be sent. Nothing was done.
    #[error("the request cannot be sent as JSON")]
    NotJson(#[source] serde_json::Error),
    /// Nobody takes the request. Nothing was done.
    #[error("nobody listens at {url}; is `passbook serve` running?")]
    NotReached {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    /// No answer, or only part of one: whether it was carried out is unknown, so it may be asked again.
    #[error("the bank at {url} did not answer")]
    NoAnswer {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    /// The bank said no.
    #[error("{}{} {}", .0.title, .0.detail.as_ref().map(|detail| format!(": {detail}.")).unwrap_or_else(|| ".".into()), .0.hint)]
    Refused(Box<Problem>),
}

impl OperatorError {
    /// Whether the request may have been carried out: no answer came, or one that says that something failed on the way.
    pub(crate) fn may_be_done(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::Refused(problem) => problem.status >= 500,
            Self::NotJson(_) | Self::NotReached { .. } => false,
        }
    }
}

/// The operator of one bank.
#[derive(Clone)]
pub(crate) struct Operator {
    client: reqwest::Client,
    url: String,
    token: String,
}

impl Operator {
    /// The operator at `url`, with the token of the data directory.
    pub(crate) fn new(url: &str, data: &DataDirectory) -> anyhow::Result<Self> {
        let token = data.operator_token()?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self {
            client,
            url: url.to_owned(),
            token,
        })
    }

    /// The operator of the bank that `config` describes.
    pub(crate) fn of(config: &Config) -> anyhow::Result<Self> {
        let directory = DataDirectory::at(&config.data_directory);
        let address = directory.operator_address(config.operator.address)?;
        Self::new(&format!("http://{address}"), &directory)
    }

    /// Issues an activation code.
    pub(crate) async fn issue_code(
        &self,
        customer: &CustomerId,
    ) -> Result<IssuedCode, OperatorError> {
        self.send(
            "activation-codes",
            &IssueCode {
                customer: customer.clone(),
            },
        )
        .await
    }

    /// Posts a transaction; the same again is answered the same.
    pub(crate) async fn post(
        &self,
        transaction: &PostTransaction,
    ) -> Result<PostedTransaction, OperatorError> {
        self.send("transactions", transaction).await
    }

    /// Revokes a device; answered when it can read nothing new.
    pub(crate) async fn revoke(&self, device: DeviceId) -> Result<Revoked, OperatorError> {
        self.send("revocations", &Revoke { device }).await
    }

    /// Reads an operator's route.
    pub(crate) async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T, OperatorError> {
        self.ask(self.client.get(self.url_of(route))).await
    }

    /// Posts `body` to an operator's route.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        route: &str,
        body: &impl Serialize,
    ) -> Result<T, OperatorError> {
        self.ask(self.request(route, body)?).await
    }

    /// [`send`](Self::send), where the answer may take longer than that of other requests.
    pub(crate) async fn send_patiently<T: DeserializeOwned>(
        &self,
        route: &str,
        body: &impl Serialize,
        patience: Duration,
    ) -> Result<T, OperatorError> {
        self.ask(self.request(route, body)?.timeout(patience)).await
    }

    fn request(
        &self,
        route: &str,
        body: &impl Serialize,
    ) -> Result<reqwest::RequestBuilder, OperatorError> {
        let body = serde_json::to_vec(body).map_err(OperatorError::NotJson)?;
        let request = self.client.post(self.url_of(route)).body(body);
        Ok(request.header(reqwest::header::CONTENT_TYPE, "application/json"))
    }

    fn url_of(&self, route: &str) -> String {
        format!("{}/v1/operator/{route}", self.url)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, OperatorError> {
        let no_answer = |source: reqwest::Error| {
            let url = self.url.clone();
            if source.is_connect() {
                OperatorError::NotReached { url, source }
            } else {
                OperatorError::NoAnswer { url, source }
            }
        };
        let request = request.bearer_auth(&self.token);
        let response = request.send().await.map_err(no_answer)?;
        if response.status().is_success() {
            return response.json().await.map_err(no_answer);
        }
        Err(OperatorError::Refused(Box::new(
            response.json().await.map_err(no_answer)?,
        )))
    }
}

/// Repeats what may be asked again until there is an answer, waiting from 50 ms up to a second between.
pub(crate) async fn insist<T, F: Future<Output = Result<T, OperatorError>>>(
    mut ask: impl FnMut() -> F,
) -> anyhow::Result<T> {
    let mut wait = Duration::from_millis(50);
    for _ in 0..120 {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(OperatorError::Refused(problem)) if problem.status != 503 => {
                return Err(OperatorError::Refused(problem).into());
            }
            Err(error @ OperatorError::NotJson(_)) => return Err(error.into()),
            Err(_) => tokio::time::sleep(wait).await,
        }
        wait = (wait * 2).min(Duration::from_secs(1));
    }
    bail!("the bank did not answer for two minutes")
}
