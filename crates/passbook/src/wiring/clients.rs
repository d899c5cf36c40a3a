//! Implements ciam's port to the clients of the OpenID provider, over HTTP.

use super::to_others::ToOthers;
use async_trait::async_trait;
use ciam::ports::{Clients, LogoutAnswer, PortError};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use std::time::Duration;

/// Maximum time of a request to a client.
const DEADLINE: Duration = Duration::from_secs(5);

/// What a client answers that could not end a login (OpenID Connect Back-Channel Logout, 2.8).
const REFUSED: StatusCode = StatusCode::BAD_REQUEST;

/// The clients, each at the address in the configuration.
#[derive(Default)]
pub(super) struct ClientsOverHttp(ToOthers);

#[async_trait]
impl Clients for ClientsOverHttp {
    async fn log_out(&self, uri: &str, logout_token: &str) -> Result<LogoutAnswer, PortError> {
        // A token is of characters that a form does not change.
        let failed = |error| PortError::new("client", error);
        let http = self.0.client().await.map_err(failed)?;
        let posted = http
            .post(uri)
            .timeout(DEADLINE)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("logout_token={logout_token}"));
        let answer = posted.send().await.map_err(failed)?;
        if answer.status() == REFUSED {
            return Ok(LogoutAnswer::Refused);
        }
        if answer.status().is_success() {
            return Ok(LogoutAnswer::Done);
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
    async fn a_client_is_posted_a_form_and_its_answer_counts() {
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let hears = heard.clone();
        let answers = async move |uri: Uri, headers: HeaderMap, body: String| match uri.path() {
            "/ends" => {
                let kind = headers.get("content-type").unwrap();
                assert_eq!(kind, "application/x-www-form-urlencoded");
                hears.lock().unwrap().push(body);
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
            clients.log_out(&uri, "a.logout.token").await
        };
        assert_eq!(tell("/ends").await.unwrap(), LogoutAnswer::Done);
        assert_eq!(tell("/refuses").await.unwrap(), LogoutAnswer::Refused);
        for fails in ["/fails", "/moved", "/nowhere"] {
            tell(fails).await.unwrap_err();
        }
        let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let nobody = nobody.local_addr().unwrap();
        let uri = format!("http://{nobody}/ends");
        clients.log_out(&uri, "a.logout.token").await.unwrap_err();
        assert_eq!(*heard.lock().unwrap(), ["logout_token=a.logout.token"]);
    }
}
