//! The client of the operator's routes: loading, posting, activation codes, revocation.

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

/// Why the operator's request failed.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// The request cannot be encoded as JSON. Nothing was done.
    #[error("the request cannot be sent as JSON")]
    NotJson(#[source] serde_json::Error),
    /// Nothing listens at the address. Nothing was done.
    #[error("nothing listens at {url}; is `passbook serve` running?")]
    NotReached {
        /// The requested URL.
        url: String,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// No answer, or only part of one: it is unknown whether the request was executed, and it may be repeated.
    #[error("the bank at {url} did not answer")]
    NoAnswer {
        /// The requested URL.
        url: String,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// The bank refused the request; with `Retry-After` (RFC 9110, 10.2.3) if it names a waiting time.
    #[error("{}{} {}", .0.title, .0.detail.as_ref().map(|detail| format!(": {detail}.")).unwrap_or_else(|| ".".into()), .0.hint)]
    Refused(Box<Problem>, Option<Duration>),
}

impl OperatorError {
    /// Whether the request may have been executed: there was no answer, or an answer that reports an intermediate
    /// failure.
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::Refused(problem, _) => problem.status >= 500,
            Self::NotJson(_) | Self::NotReached { .. } => false,
        }
    }

    /// How long to wait before repeating a repeatable request: as long as the bank asks, and at least `backoff`. `None`
    /// again changes nothing.
    fn wait(&self, backoff: Duration) -> Option<Duration> {
        match self {
            Self::Refused(problem, retry_after) if problem.status == 503 => {
                Some(retry_after.map_or(backoff, |wanted| wanted.max(backoff)))
            }
            Self::Refused(..) | Self::NotJson(_) => None,
            Self::NotReached { .. } | Self::NoAnswer { .. } => Some(backoff),
        }
    }
}

/// The seconds of a `Retry-After`.
fn retry_after(value: &[u8]) -> Option<Duration> {
    let seconds = std::str::from_utf8(value).ok()?.parse().ok();
    seconds.map(Duration::from_secs)
}

/// The operator of one bank.
#[derive(Clone)]
pub struct Operator {
    client: reqwest::Client,
    url: String,
    token: String,
}

impl Operator {
    /// The operator at `url`, with the token from the data directory.
    pub fn new(url: &str, data: &DataDirectory) -> anyhow::Result<Self> {
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

    /// Issues an activation code.
    pub async fn issue_code(&self, customer: &CustomerId) -> Result<IssuedCode, OperatorError> {
        self.send(
            "activation-codes",
            &IssueCode {
                customer: customer.clone(),
            },
        )
        .await
    }

    /// Posts a transaction. A repetition gets the same answer.
    pub async fn post(
        &self,
        transaction: &PostTransaction,
    ) -> Result<PostedTransaction, OperatorError> {
        self.send("transactions", transaction).await
    }

    /// Revokes a device. Returns when the device can read nothing new.
    pub async fn revoke(&self, device: DeviceId) -> Result<Revoked, OperatorError> {
        self.send("revocations", &Revoke { device }).await
    }

    /// Reads from an operator's route.
    pub async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T, OperatorError> {
        self.ask(self.client.get(self.url_of(route))).await
    }

    /// Posts `body` to an operator's route.
    pub async fn send<T: DeserializeOwned>(
        &self,
        route: &str,
        body: &impl Serialize,
    ) -> Result<T, OperatorError> {
        self.ask(self.request(route, body)?).await
    }

    /// [`send`](Self::send) with a longer deadline than that of other requests.
    pub async fn send_patiently<T: DeserializeOwned>(
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
        let header = response.headers().get(reqwest::header::RETRY_AFTER);
        let retry_after = header.and_then(|value| retry_after(value.as_bytes()));
        let problem = response.json().await.map_err(no_answer)?;
        Err(OperatorError::Refused(Box::new(problem), retry_after))
    }
}

/// Repeats a repeatable request until there is an answer, waiting from 50 ms up to a second between attempts, or as
/// long as the bank asks.
pub async fn insist<T, F: Future<Output = Result<T, OperatorError>>>(
    mut ask: impl FnMut() -> F,
) -> anyhow::Result<T> {
    let mut backoff = Duration::from_millis(50);
    for _ in 0..120 {
        let error = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let Some(wait) = error.wait(backoff) else {
            return Err(error.into());
        };
        tokio::time::sleep(wait).await;
        backoff = (backoff * 2).min(Duration::from_secs(1));
    }
    bail!("the bank did not answer for two minutes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ErrorCode;

    const BACKOFF: Duration = Duration::from_secs(1);

    fn refused(code: ErrorCode, wanted: Option<&str>) -> OperatorError {
        let wanted = wanted.and_then(|value| retry_after(value.as_bytes()));
        OperatorError::Refused(Box::new(Problem::new(code)), wanted)
    }

    #[test]
    fn the_bank_is_asked_again_when_it_says_and_not_before_the_backoff() {
        for (wanted, waited) in [(None, 1), (Some("7"), 7), (Some("0"), 1), (Some("soon"), 1)] {
            let error = refused(ErrorCode::Unavailable, wanted);
            let waited = Some(Duration::from_secs(waited));
            assert_eq!(error.wait(BACKOFF), waited, "{wanted:?}");
        }
        let error = refused(ErrorCode::OperatorTokenInvalid, Some("7"));
        assert_eq!(error.wait(BACKOFF), None);
    }
}
