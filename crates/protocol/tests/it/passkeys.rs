//! `fixtures/passkeys.json`: the bodies of passkeys, logins and sessions, and the entries of who has access, made again byte
//! for byte.

use crate::accept::{array, bytes};
use crate::golden;
use protocol::http::{
    AskProvider, BeginSession, CodeForDevice, CustomerResumed, EndSession, EverythingStopped,
    LogInByPassword, LoginOptions, LoginsUnlocked, PasskeyAssertion, PasskeyOptions, PasskeyParty,
    PasskeyRow, PasskeysAnswer, PasswordBegun, PasswordState, PlainSession, ProviderAnswer,
    ProviderLogin, RedeemForCode, RefreshSession, RegisterPasskey, RemovePasskey, RenamePasskey,
    ResumeCustomer, SessionBegun, SessionRefreshed, SessionRow, SessionsAnswer, SetPassword,
    UnlockLogins,
};
use protocol::{AccessChange, Base64UrlBytes, Entry, EntryKind, Unusual};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use types::{DeviceId, PasskeyId, PublicKey, SessionId, Time, hex};

const TIME: Time = Time::from_ms(1_790_000_000_000);
const SESSION: SessionId = SessionId::new([0x5e; 16]);

fn device() -> DeviceId {
    DeviceId::at(TIME, [0xd1; 10])
}

fn passkey() -> PasskeyId {
    PasskeyId::of(&[0x9c; 16])
}

fn entries() -> [Entry; 5] {
    let of_passkey = |kind| AccessChange {
        passkey: Some(passkey()),
        device: Some(device()),
        ..AccessChange::new(kind)
    };
    let of_client = |kind| AccessChange {
        client: Some("budget".parse().unwrap()),
        name: Some("Budget".to_owned()),
        ..AccessChange::new(kind)
    };
    let reasons = [Unusual::AfterRefusals, Unusual::PasskeyOfAnotherDevice].map(Unusual::as_str);
    let changes = [
        ("added", of_passkey(EntryKind::PasskeyAdded)),
        ("removed", of_passkey(EntryKind::PasskeyRemoved)),
        (
            "given",
            AccessChange {
                scopes: Some("openid customer_number".to_owned()),
                ..of_client(EntryKind::ConsentGiven)
            },
        ),
        (
            "withdrawn",
            AccessChange {
                device: Some(device()),
                ..of_client(EntryKind::ConsentWithdrawn)
            },
        ),
        (
            "unusual",
            AccessChange {
                reasons: Some(reasons.join(" ")),
                ..of_passkey(EntryKind::LoginUnusual)
            },
        ),
    ];
    changes.map(|(name, change)| {
        let id = format!("fixture {name}").parse().unwrap();
        Entry::of_access(id, TIME, &change)
    })
}

/// A body's JSON. It must parse back to the same body.
fn body<T: Serialize + DeserializeOwned>(body: &T) -> Json {
    let json = serde_json::to_value(body).unwrap();
    let read: T = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), json);
    json
}

fn bodies() -> Json {
    let some = |byte| Base64UrlBytes(vec![byte; 4]);
    let relying_party = PasskeyParty {
        id: "bank.example".to_owned(),
        origin: "https://bank.example".to_owned(),
    };
    let row = PasskeyRow {
        passkey: passkey(),
        name: "phone".to_owned(),
        device: device(),
        registered: TIME,
        used: Some(TIME),
        backup_eligible: true,
        backed_up: false,
        attestation: "none".to_owned(),
        transports: vec!["internal".to_owned()],
    };
    let session = SessionRow {
        session: SESSION,
        device: device(),
        passkey: Some(passkey()),
        began: TIME,
        used: TIME,
        place: Some("2001:db8::/64".to_owned()),
        expires: TIME,
        current: true,
    };
    let answer = ProviderAnswer {
        challenge: some(12),
        code: "SplxlOBeZQQYbYS6WxSbIA".to_owned(),
        // RFC 7636, appendix B.
        code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
        redirect_uri: "http://127.0.0.1:8123/back".to_owned(),
        issuer: Some("https://login.example".to_owned()),
    };
    let session_key = PublicKey::new([4; 65]);
    let (access_token, access_expires) = ("header.payload.signature".to_owned(), TIME);
    json!({
        "options": body(&PasskeyOptions {
            challenge: some(1),
            relying_party: relying_party.clone(),
            user: some(2),
            user_name: "692".to_owned(),
            algorithms: vec![-7, -8, -257],
            exclude: vec![some(3)],
            timeout_ms: 300_000,
        }),
        "register": body(&RegisterPasskey {
            name: "phone".to_owned(),
            transports: vec!["internal".to_owned()],
            client_data_json: some(4),
            attestation_object: some(5),
        }),
        "passkeys": body(&PasskeysAnswer { passkeys: vec![row] }),
        "rename": body(&RenamePasskey { passkey: passkey(), name: "tablet".to_owned() }),
        "remove": body(&RemovePasskey { passkey: passkey() }),
        "login_options": body(&LoginOptions {
            challenge: some(6),
            relying_party,
            timeout_ms: 300_000,
        }),
        "login": body(&BeginSession {
            assertion: PasskeyAssertion {
                credential: some(7),
                authenticator_data: some(8),
                client_data_json: some(9),
                signature: some(10),
            },
        }),
        "logged_in": body(&SessionBegun {
            session: SESSION,
            access_token: access_token.clone(),
            access_expires,
            refresh_token: "refresh".to_owned(),
            expires: TIME,
            channel_token: "header.payload.signature".to_owned(),
        }),
        "password_state": body(&PasswordState { set: Some(TIME), device: Some(device()) }),
        "no_password": body(&PasswordState { set: None, device: None }),
        "password_begun": body(&PasswordBegun {
            enrolment: some(11),
            secret: "GEZDGNBVGY3TQOJQ".to_owned(),
            uri: "otpauth://totp/bank.example:692?secret=GEZDGNBVGY3TQOJQ&issuer=bank.example".to_owned(),
            expires: TIME,
        }),
        "set_password": body(&SetPassword {
            enrolment: some(11),
            password: "a walk by the river".to_owned(),
            code: "287082".to_owned(),
        }),
        "login_by_password": body(&LogInByPassword {
            password: "a walk by the river".to_owned(),
            code: "287082".to_owned(),
        }),
        "session_of_a_password": body(&SessionRow { passkey: None, ..session.clone() }),
        "refresh": body(&RefreshSession { refresh_token: "refresh".to_owned() }),
        "refreshed": body(&SessionRefreshed { access_token, access_expires }),
        "sessions": body(&SessionsAnswer { sessions: vec![session], plain: None }),
        "plain_session": body(&SessionsAnswer {
            sessions: Vec::new(),
            plain: Some(PlainSession {
                session: SESSION,
                began: TIME,
                used: TIME,
                place: Some("192.0.2.1".to_owned()),
                expires: TIME,
            }),
        }),
        "end": body(&EndSession { session: SESSION }),
        "unlock": body(&UnlockLogins {
            customer: "692".parse().unwrap(),
            reason: "identified at the branch".to_owned(),
        }),
        "unlocked": body(&LoginsUnlocked { forgotten: 2 }),
        "everything_stopped": body(&EverythingStopped {
            stopped: Time::from_ms(1_790_000_000_000),
            devices: 3,
            orders: Some(2),
        }),
        "everything_stopped_without_the_core_bank": body(&EverythingStopped {
            stopped: Time::from_ms(1_790_000_000_000),
            devices: 3,
            orders: None,
        }),
        "resumption": body(&ResumeCustomer {
            customer: "1001".parse().unwrap(),
            reason: "identified by passport at the branch".into(),
        }),
        "provider_login": body(&ProviderLogin {
            challenge: some(12),
            authorization: "https://login.example/authorize?response_type=code&client_id=ciam".to_owned(),
            timeout_ms: 300_000,
        }),
        "provider_answer": body(&answer),
        "ask_provider": body(&AskProvider { session: session_key }),
        "redeem_for_code": body(&RedeemForCode {
            session: session_key,
            answer,
        }),
        "code_for_device": body(&CodeForDevice {
            customer: "692".parse().unwrap(),
            code: "7K3M9QX2VB5TZD1H".to_owned(),
            expires: TIME,
        }),
        "resumed": body(&CustomerResumed { was_stopped: true }),
    })
}

#[test]
fn the_formats_have_not_changed() {
    let file = golden::check("passkeys", |_| {
        let entries = entries().map(|entry| hex::encode(&entry.encode()));
        json!({ "entries": entries, "bodies": bodies() })
    });
    for (case, entry) in array(&file["entries"]).iter().zip(entries()) {
        assert_eq!(Entry::parse(&bytes(case)), Ok(entry));
    }
}

#[test]
fn no_secret_is_in_debug_output() {
    let begun = SessionBegun {
        session: SESSION,
        access_token: "access-secret".to_owned(),
        access_expires: TIME,
        refresh_token: "refresh-secret".to_owned(),
        expires: TIME,
        channel_token: "channel-secret".to_owned(),
    };
    let refresh = RefreshSession {
        refresh_token: "refresh-secret".to_owned(),
    };
    let (password, code) = ("password-secret".to_owned(), "code-secret".to_owned());
    let enrolment = Base64UrlBytes(b"enrolment-secret".to_vec());
    let set = SetPassword {
        enrolment: enrolment.clone(),
        password: password.clone(),
        code: code.clone(),
    };
    let begun_password = PasswordBegun {
        enrolment,
        secret: "totp-secret".to_owned(),
        uri: "uri-secret".to_owned(),
        expires: TIME,
    };
    let by_password = LogInByPassword { password, code };
    let shown = format!("{begun:?} {refresh:?} {set:?} {begun_password:?} {by_password:?}");
    assert!(!shown.contains("secret"), "{shown}");
}
