//! The one connection to the bank.

use crate::operation::Operation;
use crate::packages::Packages;
use crate::problem::{NoAnswer, Problem};
use bytes::{Bytes, BytesMut};
use core_bank::CoreBankError;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

/// Maximum size of an answer in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// The connection to a bank, on which all calls are made.
#[derive(Debug, Clone)]
pub struct Connection {
    http: reqwest::Client,
    /// Scheme, host and port.
    origin: String,
    packages: Option<Packages>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Connection {
    /// Makes calls to `origin`, such as `https://bank.passbook.internal:8490`. `http` has the certificates, and speaks HTTP/2
    /// alone, so that all calls share a connection.
    #[must_use]
    pub fn new(http: reqwest::Client, origin: impl Into<String>) -> Self {
        Self {
            http,
            origin: origin.into(),
            packages: None,
        }
    }

    /// Gives each call the header that the bank's security stack asks for.
    #[must_use]
    pub fn through_security_stack(mut self, packages: Packages) -> Self {
        self.packages = Some(packages);
        self
    }

    pub(crate) async fn call<O: Operation>(
        &self,
        asked: O::Asked,
    ) -> Result<O::Answer, CoreBankError> {
        let answer = self.exchange::<O>(&asked).await.inspect_err(|cause| {
            if !matches!(cause, NoAnswer::Unreachable(_)) {
                tracing::error!(
                    call = O::PATH,
                    cause = types::error_chain(cause),
                    "the bank's answer does not count"
                );
            }
        })?;
        if answer.status.is_success() {
            return Ok(object(&answer.body)?);
        }
        let problem: Problem = object(&answer.body)?;
        Err(problem.into())
    }

    async fn exchange<O: Operation>(&self, asked: &O::Asked) -> Result<Answer, NoAnswer> {
        let body = serde_json::to_vec(asked).map_err(NoAnswer::shape)?;
        let package = self
            .packages
            .as_ref()
            .map(|packages| packages.pack(O::PATH, O::concerned(asked), &body));
        let package = package.transpose()?;
        let mut request = self
            .http
            .post(format!("{}{}", self.origin, O::PATH))
            .header(CONTENT_TYPE, "application/json");
        if let Some(package) = &package {
            request = request.headers(package.headers.clone());
        }
        let sent = request.body(body).send().await;
        let response = sent.map_err(NoAnswer::Unreachable)?;
        if let Some(packages) = &self.packages {
            let from = response.remote_addr().map(|address| address.ip());
            if from != Some(packages.bank()) {
                return Err(NoAnswer::AnotherAddress);
            }
        }
        let answer = whole(response).await?;
        if let Some(package) = package {
            let head = (answer.status.as_u16(), &answer.headers);
            package.check(head, &answer.body)?;
        }
        Ok(answer)
    }
}

async fn whole(mut response: reqwest::Response) -> Result<Answer, NoAnswer> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(NoAnswer::Unreachable)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(NoAnswer::TooLong(ANSWER_BYTES_MAX));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        headers,
        body: body.freeze(),
    })
}

/// Reads an answer, which is an object. Serde also takes an array for a tagged enum.
fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, NoAnswer> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(NoAnswer::NoObject);
    }
    protocol::json::from_slice(body).map_err(NoAnswer::shape)
}
