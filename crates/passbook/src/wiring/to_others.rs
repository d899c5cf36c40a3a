//! The way to servers of others, over HTTP. Their time is bounded; of what is read or asked, the number of calls and the length
//! of the answers, too.

use super::calls::Calls;
use ciam::ports::PortError;
use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::OnceCell;

/// Maximum time of a call, connecting included.
pub(super) const DEADLINE: Duration = Duration::from_secs(5);

/// Maximum calls under way.
const CALLS_MAX: usize = 64;

/// Maximum length of an answer in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// A client that follows no redirect and uses no proxy. It is made with the first request, because most banks never need it.
pub(super) struct ToOthers {
    /// Who they are, for errors.
    whose: &'static str,
    client: OnceCell<Client>,
    calls: Calls,
}

#[derive(Debug, Error)]
enum Unusable {
    #[error("it answered with status {0}")]
    Status(StatusCode),
    #[error("its answer is too long")]
    TooLong,
}

impl ToOthers {
    pub(super) fn new(whose: &'static str) -> Self {
        Self {
            whose,
            client: OnceCell::new(),
            calls: Calls::new(CALLS_MAX, DEADLINE),
        }
    }

    pub(super) async fn client(&self) -> Result<&Client, PortError> {
        let build = async || {
            Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .build()
        };
        let client = self.client.get_or_try_init(build).await;
        client.map_err(|error| self.failed(error))
    }

    /// Reads a document. Any status but 200 is an error.
    pub(super) async fn read(&self, url: &str) -> Result<Vec<u8>, PortError> {
        match self.send(self.client().await?.get(url)).await? {
            (StatusCode::OK, body) => Ok(body),
            (status, _) => Err(self.failed(Unusable::Status(status))),
        }
    }

    /// Sends a request that is answered with JSON. A status from 500 on is an error.
    pub(super) async fn ask(
        &self,
        request: RequestBuilder,
    ) -> Result<(StatusCode, Vec<u8>), PortError> {
        match self.send(request).await? {
            (status, _) if status.is_server_error() => Err(self.failed(Unusable::Status(status))),
            answered => Ok(answered),
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), PortError> {
        let sent = async {
            let answer = request.header(ACCEPT, "application/json").send().await;
            self.body(answer.map_err(|error| self.failed(error))?).await
        };
        let called = self.calls.call(sent).await;
        called.map_err(|error| self.failed(error))?
    }

    async fn body(&self, mut answer: Response) -> Result<(StatusCode, Vec<u8>), PortError> {
        let (status, mut body) = (answer.status(), Vec::new());
        while let Some(piece) = answer.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(self.failed(Unusable::TooLong));
            }
            body.extend_from_slice(&piece);
        }
        Ok((status, body))
    }

    fn failed(&self, error: impl std::error::Error + Send + Sync + 'static) -> PortError {
        PortError::new(self.whose, error)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::Uri;
    use axum::response::{IntoResponse as _, Redirect};
    use std::net::Ipv4Addr;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_document_is_read_whole_from_where_it_is_and_nowhere_else() {
        let answers = async |uri: Uri| match uri.path() {
            "/keys" => "{}".into_response(),
            "/long" => " ".repeat(ANSWER_BYTES_MAX).into_response(),
            "/longer" => " ".repeat(ANSWER_BYTES_MAX + 1).into_response(),
            "/moved" => Redirect::temporary("/keys").into_response(),
            "/fails" => StatusCode::BAD_GATEWAY.into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().fallback(answers);
        tokio::spawn(async move { axum::serve(listener, routes).await });

        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let others = ToOthers::new("client");
        let read = async |path: &str| others.read(&format!("http://{address}{path}")).await;
        assert_eq!(read("/keys").await.unwrap(), b"{}");
        assert_eq!(read("/long").await.unwrap().len(), ANSWER_BYTES_MAX);
        for fails in ["/longer", "/moved", "/fails", "/nowhere"] {
            read(fails).await.unwrap_err();
        }
    }
}
