//! SMS by an HTTP provider: one request a message.

use super::{Carrier, Handed, NotSent, SetupError};
use crate::address::Address;
use crate::letter::Letter;
use crate::queue::MessageId;
use async_trait::async_trait;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::OnceCell;
use types::Time;
use zeroize::Zeroizing;

/// Maximum time of a request, connecting included.
const DEADLINE: Duration = Duration::from_secs(10);

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// A JSON object.
    Json,
    /// A form (`application/x-www-form-urlencoded`).
    Form,
}

/// How the bank shows who it is.
#[derive(Clone)]
pub enum Credentials {
    /// A bearer token (RFC 6750).
    Token(Zeroizing<String>),
    /// User and password (RFC 7617).
    Basic(String, Zeroizing<String>),
}

/// The provider. Providers differ in the names of the fields, so that they are set.
#[derive(Clone)]
pub struct HttpSettings {
    /// Where messages are posted.
    pub url: String,
    /// How.
    pub encoding: Encoding,
    /// Who the bank is there.
    pub credentials: Credentials,
    /// The sender, in the provider's words.
    pub from: String,
    /// The names of the fields with the sender, the number (with `+`) and the text.
    pub fields: [String; 3],
    /// Further fields, the same in each request.
    pub further: BTreeMap<String, String>,
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpSettings({})", self.url)
    }
}

#[derive(Debug, Error)]
#[error("it answered with status {0}")]
struct Answered(StatusCode);

/// An HTTP provider. The message's id goes with each request as `Idempotency-Key`.
pub struct HttpProvider {
    settings: HttpSettings,
    client: OnceCell<Client>,
}

impl HttpProvider {
    /// Refuses wrong settings. Does not connect.
    pub fn new(settings: &HttpSettings) -> Result<Self, SetupError> {
        let url = Url::parse(&settings.url).map_err(|error| SetupError::new("url", error))?;
        let is_here = url
            .host_str()
            .is_some_and(|host| matches!(host, "127.0.0.1" | "[::1]" | "localhost"));
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
            return Err(SetupError::new("url", "it begins with https://"));
        }
        let [from, to, text] = &settings.fields;
        let names = [from, to, text];
        let differ = from != to && to != text && from != text;
        let are_free = names
            .iter()
            .all(|name| !name.is_empty() && !settings.further.contains_key(*name));
        if !differ || !are_free {
            return Err(SetupError::new(
                "fields",
                "each field has a name of its own",
            ));
        }
        Ok(Self {
            settings: settings.clone(),
            client: OnceCell::new(),
        })
    }

    async fn client(&self) -> Result<&Client, NotSent> {
        let build = async || {
            let builder = Client::builder().redirect(Policy::none()).no_proxy();
            builder.timeout(DEADLINE).build()
        };
        self.client
            .get_or_try_init(build)
            .await
            .map_err(NotSent::not_now)
    }

    fn fields<'a>(&'a self, to: &'a str, text: &'a str) -> BTreeMap<&'a str, &'a str> {
        let further = self.settings.further.iter();
        let mut fields: BTreeMap<_, _> = further
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let [from_field, to_field, text_field] = &self.settings.fields;
        fields.insert(from_field, &self.settings.from);
        fields.insert(to_field, to);
        fields.insert(text_field, text);
        fields
    }
}

#[async_trait]
impl Carrier for HttpProvider {
    async fn hand(&self, id: MessageId, letter: &Letter, _now: Time) -> Result<Handed, NotSent> {
        let Address::Sms(to) = &letter.to else {
            return Err(NotSent::never("it has no mobile number"));
        };
        let fields = self.fields(to.as_str(), &letter.text);
        let request = self.client().await?.post(&self.settings.url);
        let request = request.header("idempotency-key", id.to_string());
        let request = match &self.settings.credentials {
            Credentials::Token(token) => request.bearer_auth(&**token),
            Credentials::Basic(user, password) => request.basic_auth(user, Some(&**password)),
        };
        let request = match self.settings.encoding {
            Encoding::Json => request.json(&fields),
            Encoding::Form => {
                let body = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish();
                request
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body)
            }
        };
        let answer = request
            .send()
            .await
            .map_err(|error| NotSent::not_now(error.without_url()))?;
        judged(answer.status())?;
        Ok(Handed { reference: None })
    }
}

/// A message is refused for good by a status from 400 on that is not about who asks, when, or how often.
fn judged(status: StatusCode) -> Result<(), NotSent> {
    let is_passing = matches!(
        status.as_u16(),
        401 | 402 | 403 | 404 | 407 | 408 | 425 | 429
    );
    match status {
        status if status.is_success() => Ok(()),
        status if status.is_client_error() && !is_passing => Err(NotSent::never(Answered(status))),
        status => Err(NotSent::not_now(Answered(status))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::HeaderMap;
    use axum::response::{IntoResponse as _, Redirect};
    use serde_json::Value;
    use std::net::Ipv4Addr;
    use std::sync::{Arc, Mutex};
    use tokio::net::TcpListener;

    fn settings(url: String) -> HttpSettings {
        HttpSettings {
            url,
            encoding: Encoding::Json,
            credentials: Credentials::Token("hush".to_owned().into()),
            from: "The Bank".to_owned(),
            fields: ["From", "To", "Body"].map(str::to_owned),
            further: BTreeMap::from([("Class".to_owned(), "1".to_owned())]),
        }
    }

    fn letter() -> Letter {
        Letter {
            to: Address::Sms("+66812345678".parse().unwrap()),
            subject: String::new(),
            text: "รหัส & 1".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_provider_is_posted_a_message_and_its_answer_counts() {
        let heard: Arc<Mutex<Vec<(HeaderMap, String)>>> = Arc::default();
        let hears = heard.clone();
        let answers = async move |uri: axum::http::Uri, headers: HeaderMap, body: String| {
            hears.lock().unwrap().push((headers, body));
            match uri.path() {
                "/takes" => StatusCode::CREATED.into_response(),
                _ => Redirect::temporary("/takes").into_response(),
            }
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(answers);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (id, now) = (MessageId::new([7; 16]), Time::from_ms(0));
        let hand = async |settings: HttpSettings| {
            let provider = HttpProvider::new(&settings).unwrap();
            provider.hand(id, &letter(), now).await
        };

        let moved = hand(settings(format!("{at}/moved"))).await;
        assert!(matches!(moved, Err(NotSent::NotNow(_))), "{moved:?}");
        heard.lock().unwrap().clear();
        hand(settings(format!("{at}/takes"))).await.unwrap();
        let basic = Credentials::Basic("bank".to_owned(), "hush".to_owned().into());
        let form = HttpSettings {
            encoding: Encoding::Form,
            credentials: basic,
            ..settings(format!("{at}/takes"))
        };
        hand(form).await.unwrap();
        let [json, form] = &heard.lock().unwrap()[..] else {
            panic!("two requests");
        };
        let body: Value = serde_json::from_str(&json.1).unwrap();
        let expected = [
            ("Body", "รหัส & 1"),
            ("Class", "1"),
            ("From", "The Bank"),
            ("To", "+66812345678"),
        ];
        for (name, value) in expected {
            assert_eq!(body[name], value);
        }
        assert_eq!(json.0["authorization"], "Bearer hush");
        assert_eq!(json.0["idempotency-key"], id.to_string());
        let pairs: BTreeMap<_, _> = form_urlencoded::parse(form.1.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(
            pairs,
            expected
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        );
        assert_eq!(form.0["authorization"], "Basic YmFuazpodXNo");
    }

    #[tokio::test]
    async fn answers_refuse_for_now_or_for_good() {
        for status in [400, 405, 422] {
            let refused = judged(StatusCode::from_u16(status).unwrap());
            assert!(matches!(refused, Err(NotSent::Never(_))), "{status}");
        }
        for status in [307, 401, 402, 403, 404, 429, 500, 503] {
            let refused = judged(StatusCode::from_u16(status).unwrap());
            assert!(matches!(refused, Err(NotSent::NotNow(_))), "{status}");
        }
        let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", nobody.local_addr().unwrap());
        drop(nobody);
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let provider = HttpProvider::new(&settings(url)).unwrap();
        let refused = provider
            .hand(MessageId::new([7; 16]), &letter(), Time::from_ms(0))
            .await;
        assert!(matches!(refused, Err(NotSent::NotNow(_))), "{refused:?}");
    }

    #[test]
    fn wrong_settings_are_refused_by_name() {
        let refused = |settings: HttpSettings| HttpProvider::new(&settings).err().unwrap().setting;
        assert_eq!(refused(settings("http://sms.example".to_owned())), "url");
        let good = || settings("https://sms.example".to_owned());
        let fields = ["From", "To", "To"].map(str::to_owned);
        assert_eq!(refused(HttpSettings { fields, ..good() }), "fields");
        let fields = ["From", "To", "Class"].map(str::to_owned);
        assert_eq!(refused(HttpSettings { fields, ..good() }), "fields");
    }
}
