//! An OpenID provider in the test's process, which answers what the test wants: also what no provider should.

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256};
use ciam::ports::{Documents, LoginProvider, PortError};
use ciam::{ClientSecret, ProviderSettings};
use envelope::{HmacSha256, Signer as _, SoftwareKey};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use tokio::sync::watch;
use types::{Hash, Time, base64url};
use zeroize::Zeroizing;

pub(crate) const PROVIDER: &str = "https://login.example/realms/bank";
pub(crate) const CLIENT: &str = "ciam";
pub(crate) const SECRET: &str = "hush & more";

static RSA: LazyLock<[KeyPair; 2]> =
    LazyLock::new(|| [(); 2].map(|()| KeyPair::generate(KeySize::Rsa2048).unwrap()));

/// What signs an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signing {
    /// RSASSA-PKCS1-v1_5, with the first or the second key.
    Rs256(usize),
    /// RSASSA-PSS.
    Ps256(usize),
    Es256,
    /// Nothing: `alg` is `none`.
    None,
    /// HMAC with the public modulus of the first key, as a JWK has it.
    HmacOfPublicKey,
    /// HMAC with the client's secret.
    HmacOfSecret,
}

impl Signing {
    const fn algorithm(self) -> &'static str {
        match self {
            Self::Rs256(_) => "RS256",
            Self::Ps256(_) => "PS256",
            Self::Es256 => "ES256",
            Self::None => "none",
            Self::HmacOfPublicKey | Self::HmacOfSecret => "HS256",
        }
    }

    fn sign(self, input: &[u8]) -> Vec<u8> {
        let rsa = |nth: usize, padding| {
            let mut signature = vec![0; RSA[nth].public_modulus_len()];
            let random = SystemRandom::new();
            RSA[nth]
                .sign(padding, &random, input, &mut signature)
                .unwrap();
            signature
        };
        let hmac = |key: &[u8]| {
            let key = *Hash::of(key).as_bytes();
            HmacSha256::new(&key).over(input).finish().to_vec()
        };
        match self {
            Self::Rs256(nth) => rsa(nth, &RSA_PKCS1_SHA256),
            Self::Ps256(nth) => rsa(nth, &RSA_PSS_SHA256),
            Self::Es256 => es256().sign(input).unwrap().as_bytes().to_vec(),
            Self::None => Vec::new(),
            Self::HmacOfPublicKey => hmac(base64url::encode(&modulus(0)).as_bytes()),
            Self::HmacOfSecret => hmac(SECRET.as_bytes()),
        }
    }
}

fn es256() -> SoftwareKey {
    SoftwareKey::from_bytes(&[42; 32]).unwrap()
}

fn modulus(nth: usize) -> Vec<u8> {
    let modulus = RSA[nth].public_key().modulus();
    modulus.big_endian_without_leading_zero().to_vec()
}

/// The public RSA key of that number, as the provider lists it.
pub(crate) fn rsa_jwk(nth: usize, kid: &str) -> Json {
    let exponent = RSA[nth].public_key().exponent();
    let exponent = exponent.big_endian_without_leading_zero();
    json!({
        "kty": "RSA",
        "kid": kid,
        "use": "sig",
        "alg": "RS256",
        "n": base64url::encode(&modulus(nth)),
        "e": base64url::encode(exponent),
    })
}

pub(crate) fn es256_jwk(kid: &str) -> Json {
    let (x, y) = es256().public_key().jwk_coordinates();
    json!({ "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256", "x": x, "y": y })
}

/// A signed token, with `kid` in its header if there is one.
pub(crate) fn signed(signing: Signing, kid: Option<&str>, claims: &Json) -> String {
    let mut header = json!({ "alg": signing.algorithm(), "typ": "JWT" });
    if let Some(kid) = kid {
        header["kid"] = kid.into();
    }
    let part = |json: &Json| base64url::encode(json.to_string().as_bytes());
    let input = format!("{}.{}", part(&header), part(claims));
    let signature = base64url::encode(&signing.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// What the provider redeems a code for, if the request has this challenge and redirect address.
struct Code {
    challenge: String,
    redirect_uri: String,
    id_token: String,
}

/// A request to the token endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Redeeming {
    pub(crate) basic: Option<(String, String)>,
    pub(crate) form: HashMap<String, String>,
}

pub(crate) struct State {
    /// The metadata's optional members.
    pub(crate) metadata: Json,
    pub(crate) keys: Vec<Json>,
    pub(crate) signing: Signing,
    pub(crate) kid: Option<String>,
    /// Whether a code is good again and again.
    pub(crate) forgetful: bool,
    /// What the token endpoint answers in place of everything else.
    pub(crate) refusal: Option<(u16, Json)>,
    codes: HashMap<String, Code>,
    pub(crate) redeemed: Vec<Redeeming>,
    pub(crate) keys_read: usize,
}

pub(crate) struct OutsideProvider {
    state: Mutex<State>,
    /// Locked while codes must not be redeemed.
    pub(crate) hold: watch::Sender<bool>,
}

impl OutsideProvider {
    pub(crate) fn new() -> Arc<Self> {
        let state = Mutex::new(State {
            metadata: json!({}),
            keys: vec![rsa_jwk(0, "one")],
            signing: Signing::Rs256(0),
            kid: Some("one".into()),
            forgetful: false,
            refusal: None,
            codes: HashMap::new(),
            redeemed: Vec::new(),
            keys_read: 0,
        });
        let hold = watch::Sender::new(false);
        Arc::new(Self { state, hold })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The settings of a bank with this provider.
    pub(crate) fn settings() -> ProviderSettings {
        ProviderSettings {
            issuer: PROVIDER.into(),
            client: CLIENT.parse().unwrap(),
            secret: Some(ClientSecret::new(Zeroizing::new(SECRET.into())).unwrap()),
            claim: "customer_number".into(),
            scopes: vec!["openid".into(), "bank".into()],
            acr: Vec::new(),
            enrols: true,
        }
    }

    /// A token with these claims, as the provider signs now.
    pub(crate) fn signed(&self, claims: &Json) -> String {
        let state = self.state();
        signed(state.signing, state.kid.as_deref(), claims)
    }

    /// The person logs in with a request of these parameters; the code. The ID token has the claims, after `change`.
    pub(crate) fn log_in(
        &self,
        asked: &HashMap<String, String>,
        (customer, now): (&str, Time),
        change: impl FnOnce(&mut Json),
    ) -> String {
        let seconds = now.seconds();
        let mut claims = json!({
            "iss": PROVIDER,
            "sub": "8e4c8f6e",
            "aud": CLIENT,
            "azp": CLIENT,
            "iat": seconds,
            "auth_time": seconds,
            "exp": seconds + 300,
            "nonce": asked["nonce"],
            "acr": "1",
            "customer_number": customer,
        });
        change(&mut claims);
        let mut state = self.state();
        let id_token = signed(state.signing, state.kid.as_deref(), &claims);
        let code = format!("code & {}", state.codes.len());
        let given = Code {
            challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
            id_token,
        };
        state.codes.insert(code.clone(), given);
        code
    }
}

#[async_trait]
impl Documents for OutsideProvider {
    async fn read(&self, url: &str) -> Result<Vec<u8>, PortError> {
        let mut state = self.state();
        let document = match url.strip_prefix(PROVIDER) {
            Some("/.well-known/openid-configuration") => {
                let mut metadata = json!({
                    "issuer": PROVIDER,
                    "authorization_endpoint": format!("{PROVIDER}/auth"),
                    "token_endpoint": format!("{PROVIDER}/token"),
                    "jwks_uri": format!("{PROVIDER}/keys"),
                });
                let more = state.metadata.as_object().unwrap().clone();
                metadata.as_object_mut().unwrap().extend(more);
                metadata
            }
            Some("/keys") => {
                state.keys_read += 1;
                json!({ "keys": state.keys })
            }
            _ => panic!("{url}"),
        };
        Ok(document.to_string().into_bytes())
    }
}

#[async_trait]
impl LoginProvider for OutsideProvider {
    async fn post(
        &self,
        url: &str,
        basic: Option<(&str, &str)>,
        form: String,
    ) -> Result<(u16, Vec<u8>), PortError> {
        assert_eq!(url, format!("{PROVIDER}/token"));
        let mut held = self.hold.subscribe();
        held.wait_for(|hold| !hold).await.unwrap();
        let form: HashMap<_, _> = form_urlencoded::parse(form.as_bytes())
            .into_owned()
            .collect();
        let mut state = self.state();
        let basic = basic.map(|(user, password)| (user.to_owned(), password.to_owned()));
        state.redeemed.push(Redeeming {
            basic,
            form: form.clone(),
        });
        if let Some((status, refusal)) = &state.refusal {
            return Ok((*status, refusal.to_string().into_bytes()));
        }
        let code = &form["code"];
        let given = state.codes.get(code).filter(|given| {
            let verifier = Hash::of(form["code_verifier"].as_bytes());
            base64url::encode(verifier.as_bytes()) == given.challenge
                && form["redirect_uri"] == given.redirect_uri
        });
        let Some(given) = given else {
            return Ok((400, b"{\"error\": \"invalid_grant\"}".to_vec()));
        };
        let answer =
            json!({ "id_token": given.id_token, "access_token": "a", "token_type": "Bearer" });
        if !state.forgetful {
            state.codes.remove(code);
        }
        Ok((200, answer.to_string().into_bytes()))
    }
}
