//! Implements ciam's port to the clients of the OpenID provider, over HTTP.

use super::to_others::{DEADLINE, ToOthers};
use async_trait::async_trait;
use ciam::ports::{Clients, Documents, Notice, NoticeAnswer, PortError};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

/// What a client answers that can do nothing with what it was told (OpenID Connect Back-Channel Logout, 2.8; RFC 8935, 2.3).
const REFUSED: StatusCode = StatusCode::BAD_REQUEST;

/// The clients, each at the address in the configuration.
pub(super) struct ClientsOverHttp(ToOthers);

impl Default for ClientsOverHttp {
    fn default() -> Self {
        Self(ToOthers::new("client"))
    }
}

#[async_trait]
impl Documents for ClientsOverHttp {
    async fn read(&self, url: &str) -> Result<Vec<u8>, PortError> {
        self.0.read(url).await
    }
}

#[async_trait]
impl Clients for ClientsOverHttp {
    async fn tell(&self, uri: &str, notice: Notice<'_>) -> Result<NoticeAnswer, PortError> {
        let (content_type, body) = match notice {
            // A token is of characters that a form does not change.
            Notice::Logout(token) => (
                "application/x-www-form-urlencoded",
                format!("logout_token={token}"),
            ),
            Notice::Event(token) => ("application/secevent+jwt", token.to_owned()),
        };
        let failed = |error| PortError::new("client", error);
        let http = self.0.client().await?;
        let posted = http
            .post(uri)
            .timeout(DEADLINE)
            .header(CONTENT_TYPE, content_type)
            .body(body);
        let answer = posted.send().await.map_err(failed)?;
        if answer.status() == REFUSED {
            return Ok(NoticeAnswer::Refused);
        }
        if answer.status().is_success() {
            return Ok(NoticeAnswer::Heard);
        }
        let status = answer.status();
        Err(PortError::new("client", format!("it answered {status}")))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::{HeaderMap, Uri};
    use axum::response::{IntoResponse as _, Redirect};
    use std::net::Ipv4Addr;
    use std::sync::{Arc, Mutex};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_client_is_posted_a_notice_and_its_answer_counts() {
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let hears = heard.clone();
        let answers = async move |uri: Uri, headers: HeaderMap, body: String| match uri.path() {
            "/ends" => {
                let kind = headers["content-type"].to_str().unwrap();
                hears.lock().unwrap().push(format!("{kind} {body}"));
                StatusCode::NO_CONTENT.into_response()
            }
            "/refuses" => StatusCode::BAD_REQUEST.into_response(),
            "/fails" => StatusCode::BAD_GATEWAY.into_response(),
            "/moved" => Redirect::temporary("/ends").into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        };
        let routes = Router::new().fallback(answers);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });

        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clients = ClientsOverHttp::default();
        let tell = async |path: &str| {
            let uri = format!("http://{address}{path}");
            clients.tell(&uri, Notice::Logout("a.logout.token")).await
        };
        assert_eq!(tell("/ends").await.unwrap(), NoticeAnswer::Heard);
        assert_eq!(tell("/refuses").await.unwrap(), NoticeAnswer::Refused);
        for fails in ["/fails", "/moved", "/nowhere"] {
            tell(fails).await.unwrap_err();
        }
        let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let nobody = nobody.local_addr().unwrap();
        let uri = format!("http://{nobody}/ends");
        let event = Notice::Event("an.event.token");
        clients.tell(&uri, event).await.unwrap_err();
        let uri = format!("http://{address}/ends");
        clients.tell(&uri, event).await.unwrap();
        let expected = [
            "application/x-www-form-urlencoded logout_token=a.logout.token",
            "application/secevent+jwt an.event.token",
        ];
        assert_eq!(*heard.lock().unwrap(), expected);
    }
}
