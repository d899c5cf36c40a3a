//! Implements ciam's port to the outside provider that logs people in.

use super::calls::Calls;
use super::to_others::ToOthers;
use async_trait::async_trait;
use ciam::ports::{LoginProvider, PortError};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{RequestBuilder, Response, StatusCode};
use std::time::Duration;
use thiserror::Error;

/// Maximum time of a call, connecting included.
const DEADLINE: Duration = Duration::from_secs(5);

/// Maximum calls under way.
const CALLS_MAX: usize = 64;

/// Maximum length of an answer in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// The provider, over HTTP.
pub(super) struct Provider {
    to_it: ToOthers,
    calls: Calls,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            to_it: ToOthers::default(),
            calls: Calls::new(CALLS_MAX, DEADLINE),
        }
    }
}

#[derive(Debug, Error)]
enum Unusable {
    #[error("it answered with status {0}")]
    Status(StatusCode),
    #[error("its answer is too long")]
    TooLong,
}

impl Provider {
    async fn send(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), PortError> {
        let sent = async {
            let answer = request.header(ACCEPT, "application/json").send().await;
            read(answer.map_err(failed)?).await
        };
        self.calls.call(sent).await.map_err(failed)?
    }
}

#[async_trait]
impl LoginProvider for Provider {
    async fn read(&self, url: &str) -> Result<Vec<u8>, PortError> {
        match self
            .send(self.to_it.client().await.map_err(failed)?.get(url))
            .await?
        {
            (StatusCode::OK, body) => Ok(body),
            (status, _) => Err(failed(Unusable::Status(status))),
        }
    }

    async fn post(
        &self,
        url: &str,
        basic: Option<(&str, &str)>,
        form: String,
    ) -> Result<(u16, Vec<u8>), PortError> {
        let request = self
            .to_it
            .client()
            .await
            .map_err(failed)?
            .post(url)
            .body(form);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match basic {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        };
        match self.send(request).await? {
            (status, _) if status.is_server_error() => Err(failed(Unusable::Status(status))),
            (status, body) => Ok((status.as_u16(), body)),
        }
    }
}

async fn read(mut answer: Response) -> Result<(StatusCode, Vec<u8>), PortError> {
    let (status, mut body) = (answer.status(), Vec::new());
    while let Some(piece) = answer.chunk().await.map_err(failed)? {
        if body.len() + piece.len() > ANSWER_BYTES_MAX {
            return Err(failed(Unusable::TooLong));
        }
        body.extend_from_slice(&piece);
    }
    Ok((status, body))
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new("the login provider", error)
}
