//! The bank's part in logins, and what it does for a person.

use crate::bank::Bank;
use client::Method;
use protocol::http::{
    BeginSession, CallsAnswer, EndSession, EverythingStopped, IssuedCode, LogInByPassword,
    LoginOptions, PasskeyOptions, PasskeyParty, PasskeyRow, ProviderAnswer, ProviderLogin,
    RefreshSession, RegisterPasskey, SessionBegun, SessionRefreshed, SessionRow, SessionsAnswer,
};
use rand::RngExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::{CustomerId, DeviceId, ErrorCode, PasskeyId, SessionId};

const REFRESH: &str = "refresh";

/// The persons' sessions. One is enough.
#[derive(Default)]
pub(crate) struct Persons {
    pub(crate) session: Option<SessionId>,
    /// The number of the only access token that is valid.
    pub(crate) access: u64,
    /// How often the session was refreshed.
    pub(crate) refreshed: u64,
    /// The one-time codes and the provider's codes that were used: each is good once.
    pub(crate) used: Vec<String>,
    /// The activation codes that were made.
    pub(crate) codes: u64,
    pub(crate) passkeys: Vec<PasskeyRow>,
    pub(crate) stopped: bool,
}

impl Persons {
    /// The device of an access token: `<number>-of-<device>`.
    pub(crate) fn bearer(&self, token: &str) -> Result<DeviceId, ErrorCode> {
        let (number, device) = token.split_once("-of-").unwrap();
        match number.parse() == Ok(self.access) {
            true => Ok(device.parse().unwrap()),
            false => Err(ErrorCode::AccessTokenExpired),
        }
    }

    fn use_once(&mut self, code: &str) -> Result<(), ErrorCode> {
        if self.used.iter().any(|used| used == code) {
            return Err(ErrorCode::LoginRefused);
        }
        self.used.push(code.to_owned());
        Ok(())
    }
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> T {
    serde_json::from_slice(body).unwrap()
}

impl Bank {
    pub(crate) fn for_person(
        &mut self,
        device: DeviceId,
        (method, path): (Method, &str),
        body: &[u8],
    ) -> Result<Vec<u8>, ErrorCode> {
        let now = self.time();
        let relying_party = || PasskeyParty {
            id: "bank.example".into(),
            origin: crate::network::PUBLIC_URL.into(),
        };
        let challenge = || vec![7; 32].into();
        match (method, path) {
            (Method::Post, "/v1/login/challenge") => Ok(json(&LoginOptions {
                challenge: challenge(),
                relying_party: relying_party(),
                timeout_ms: 300_000,
            })),
            (Method::Post, "/v1/login") => {
                let _: BeginSession = parsed(body);
                Ok(json(&self.begin(device)))
            }
            (Method::Post, "/v1/login/password") => {
                self.persons
                    .use_once(&parsed::<LogInByPassword>(body).code)?;
                Ok(json(&self.begin(device)))
            }
            (Method::Post, "/v1/login/provider/challenge") => Ok(json(&ProviderLogin {
                challenge: challenge(),
                authorization: "https://login.example/auth?nonce=Bw".into(),
                timeout_ms: 300_000,
            })),
            (Method::Post, "/v1/login/provider") => {
                self.persons
                    .use_once(&parsed::<ProviderAnswer>(body).code)?;
                Ok(json(&self.begin(device)))
            }
            (Method::Post, "/v1/sessions/refresh") => {
                let asked: RefreshSession = parsed(body);
                if asked.refresh_token != REFRESH || self.persons.session.is_none() {
                    return Err(ErrorCode::SessionEnded);
                }
                self.persons.refreshed += 1;
                Ok(json(&SessionRefreshed {
                    access_token: self.access(device),
                    access_expires: now.plus_ms(60_000),
                }))
            }
            (Method::Get, "/v1/sessions") => Ok(json(&SessionsAnswer {
                sessions: Vec::from_iter(self.persons.session.map(|session| SessionRow {
                    session,
                    device,
                    passkey: None,
                    began: now,
                    used: now,
                    place: None,
                    expires: now.plus_ms(1),
                    current: true,
                })),
                plain: None,
            })),
            (Method::Post, "/v1/sessions/endings") => {
                let asked: EndSession = parsed(body);
                self.persons.session.take_if(|own| *own == asked.session);
                Ok(json(&asked))
            }
            (Method::Post, "/v1/devices/codes") => {
                self.persons.codes += 1;
                let customer: CustomerId = crate::bank::CUSTOMER.parse().unwrap();
                Ok(json(&IssuedCode {
                    customer,
                    code: crate::bank::CODE.into(),
                    root: "0".repeat(26),
                    expires: now.plus_ms(1),
                }))
            }
            (Method::Post, "/v1/passkeys/challenge") => Ok(json(&PasskeyOptions {
                challenge: challenge(),
                relying_party: relying_party(),
                user: vec![1].into(),
                user_name: "Jana".into(),
                algorithms: vec![-7],
                exclude: Vec::new(),
                timeout_ms: 300_000,
            })),
            (Method::Post, "/v1/passkeys") => {
                let asked: RegisterPasskey = parsed(body);
                let row = PasskeyRow {
                    passkey: PasskeyId::of(&[13; 16]),
                    name: asked.name,
                    device,
                    registered: now,
                    used: None,
                    backup_eligible: false,
                    backed_up: false,
                    attestation: "none".into(),
                    transports: Vec::new(),
                };
                self.persons.passkeys.push(row.clone());
                Ok(json(&row))
            }
            (Method::Get, "/v1/calls") => Ok(json(&CallsAnswer { call: None })),
            (Method::Post, "/v1/stop") => {
                self.persons.stopped = true;
                self.refuse = Some(ErrorCode::CustomerStopped);
                Ok(json(&EverythingStopped {
                    stopped: now,
                    devices: 1,
                    orders: Some(0),
                }))
            }
            other => panic!("no such route: {other:?}"),
        }
    }

    fn access(&mut self, device: DeviceId) -> String {
        self.persons.access += 1;
        format!("access-{}-of-{device}", self.persons.access)
    }

    fn begin(&mut self, device: DeviceId) -> SessionBegun {
        let session = SessionId::new(self.rng.random());
        self.persons.session = Some(session);
        SessionBegun {
            session,
            access_token: self.access(device),
            access_expires: self.time().plus_ms(60_000),
            refresh_token: REFRESH.into(),
            expires: self.time().plus_ms(1),
            channel_token: self.token(device),
        }
    }
}
