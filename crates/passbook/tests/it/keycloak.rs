//! A real Keycloak logs people in, in ciam's place: a device is enrolled and gets its channel token and an entry, people log in
//! on it, in a real Chromium at Keycloak's own page.
//!
//! It needs Keycloak's Maven distribution and Java, so it runs by a command of its own: `make keycloak`.

use crate::at_provider::{self, Waiting, login};
use crate::bank::{Bank, PATIENCE, free_port, json, refused, shown, shown_with};
use crate::on_device::{self, last};
use reqwest::RequestBuilder;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;
use testkit::chromium::Page;
use testkit::http_client;

const PASSWORD: &str = "correct horse battery";
const ADMINISTRATOR: &str = "administrator";
const SECRET: &str = "a secret of 32 bytes, or so it is";

/// A Keycloak with one realm, in memory; killed when dropped.
struct Keycloak(Child);

impl Keycloak {
    /// Starts it, and returns when it serves.
    fn start(port: u16, realm: &Value) -> Self {
        let home = std::env::var("KEYCLOAK_HOME").unwrap();
        let home = Path::new(&home);
        let import = home.join("data/import");
        std::fs::create_dir_all(&import).unwrap();
        std::fs::write(import.join("bank.json"), realm.to_string()).unwrap();
        let running = Command::new(home.join("bin/kc.sh"))
            .args(["start-dev", "--db=dev-mem", "--import-realm"])
            .args(["--http-host=127.0.0.1", &format!("--http-port={port}")])
            .env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMINISTRATOR)
            .env("KC_BOOTSTRAP_ADMIN_PASSWORD", PASSWORD)
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn();
        let mut keycloak = Self(running.unwrap());
        let mut lines = BufReader::new(keycloak.0.stdout.take().unwrap()).lines();
        let mut said = String::new();
        loop {
            let Some(line) = lines.next() else {
                panic!("Keycloak ended:\n{said}");
            };
            let line = line.unwrap() + "\n";
            if line.contains("Listening on:") {
                break;
            }
            said += &line;
        }
        std::thread::spawn(move || lines.count());
        keycloak
    }

    /// Has an administrator of Keycloak at `address` log somebody out everywhere.
    async fn log_out(address: SocketAddr, name: &str) {
        let (http, at) = (http_client(), format!("http://{address}"));
        let answered = async |request: RequestBuilder| {
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_success(), "{answer:?}");
            answer.text().await.unwrap()
        };
        let token = http
            .post(format!("{at}/realms/master/protocol/openid-connect/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!(
                "client_id=admin-cli&grant_type=password&username={ADMINISTRATOR}&password={}",
                PASSWORD.replace(' ', "+")
            ));
        let token: Value = serde_json::from_str(&answered(token).await).unwrap();
        let token = token["access_token"].as_str().unwrap();
        let users = format!("{at}/admin/realms/bank/users");
        let found = http.get(format!("{users}?username={name}&exact=true"));
        let found: Value = serde_json::from_str(&answered(found.bearer_auth(token)).await).unwrap();
        let user = found[0]["id"].as_str().unwrap();
        let logout = http.post(format!("{users}/{user}/logout"));
        answered(logout.bearer_auth(token)).await;
    }
}

impl Drop for Keycloak {
    fn drop(&mut self) {
        // kc.sh is a shell that starts Java.
        kill_process_group(Pid::from_child(&self.0), Signal::KILL).ok();
        self.0.wait().ok();
    }
}

/// The realm: two clients for two banks, and people, of whom only an administrator says which customers they are.
fn realm(bank: &str) -> Value {
    let client = |id: &str, authentication: Value| {
        let mut client = json!({
            "clientId": id,
            "redirectUris": ["http://127.0.0.1/back"],
            "standardFlowEnabled": true,
            "directAccessGrantsEnabled": false,
            "attributes": { "pkce.code.challenge.method": "S256" },
            "protocolMappers": [{
                "name": "customer number",
                "protocol": "openid-connect",
                "protocolMapper": "oidc-usermodel-attribute-mapper",
                "config": {
                    "user.attribute": "customer_number",
                    "claim.name": "customer_number",
                    "jsonType.label": "String",
                    "id.token.claim": "true",
                },
            }],
        });
        let members = client.as_object_mut().unwrap();
        for (name, value) in authentication.as_object().unwrap() {
            match value.as_object() {
                Some(more) => members[name].as_object_mut().unwrap().extend(more.clone()),
                None => drop(members.insert(name.clone(), value.clone())),
            }
        }
        client
    };
    let by_key = json!({
        "clientAuthenticatorType": "client-jwt",
        "attributes": {
            "use.jwks.url": "true",
            "jwks.url": format!("{bank}/.well-known/jwks.json"),
            "token.endpoint.auth.signing.alg": "ES256",
            "backchannel.logout.url": format!("{bank}/v1/login/provider/logout"),
            "backchannel.logout.session.required": "true",
        },
    });
    let by_secret = json!({ "clientAuthenticatorType": "client-secret", "secret": SECRET });
    let person = |name: &str, attributes: Value| {
        json!({
            "username": name,
            "enabled": true,
            "email": format!("{name}@bank.example"),
            "emailVerified": true,
            "firstName": name,
            "lastName": name,
            "credentials": [{ "type": "password", "value": PASSWORD }],
            "attributes": attributes,
        })
    };
    // Attributes that the profile does not define are the administrators' alone.
    let profile = json!({ "unmanagedAttributePolicy": "ADMIN_EDIT", "attributes": [
        { "name": "username" }, { "name": "email" }, { "name": "firstName" }, { "name": "lastName" },
    ]});
    json!({
        "realm": "bank",
        "enabled": true,
        "clients": [client("by-key", by_key), client("by-secret", by_secret)],
        "components": { "org.keycloak.userprofile.UserProfileProvider": [{
            "providerId": "declarative-user-profile",
            "config": { "kc.user.profile.config": [profile.to_string()] },
        }]},
        "users": [
            person("anna", json!({ "customer_number": ["1001"] })),
            person("boris", json!({ "customer_number": ["1002"] })),
            person("stranger", json!({ "customer_number": ["9999"] })),
            person("nobody", json!({})),
        ],
    })
}

fn settings(issuer: &str, client: &str, more: &str) -> String {
    format!(
        "[login.provider]\nissuer = \"{issuer}\"\nclient = \"{client}\"\nclaim = \"customer_number\"\nenrols = true\n{more}"
    )
}

/// Runs a command that waits for a login, and logs `name` in at Keycloak's page.
async fn logged_in_by(name: &str, command: &mut Command) -> Output {
    let waiting = Waiting::for_login(command);
    let logged_in = async {
        let mut page = Page::open().await;
        page.visit(&waiting.address).await;
        let log_in = format!(
            "document.getElementById('username').value = '{name}';
             document.getElementById('password').value = '{PASSWORD}';
             document.getElementById('kc-form-login').submit()"
        );
        page.evaluate(&log_in).await.unwrap();
        page.event("Page.loadEventFired").await;
        page.evaluate("document.body.innerText").await.unwrap()
    };
    let read = tokio::time::timeout(PATIENCE, logged_in).await.unwrap();
    assert_eq!(read, "You can go back to the terminal.");
    waiting.output()
}

fn enrol(bank: &Bank, name: &str) -> (PathBuf, Command) {
    let root = bank.operate(&["code", "1001"])["root"].clone();
    at_provider::enrol(bank, name, root.as_str().unwrap())
}

fn told(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
#[ignore = "needs Keycloak's Maven distribution and Java: make keycloak"]
async fn keycloak_enrols_a_device_and_logs_people_in_on_it() {
    let (address, held) = free_port();
    let issuer = format!("http://{address}/realms/bank");
    let mut bank = Bank::sandbox(&settings(&issuer, "by-key", ""));
    let secret = bank.path("provider-secret");
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let with_secret = format!("secret = {:?}\n", secret.display().to_string());
    let other = Bank::sandbox(&settings(&issuer, "by-secret", &with_secret));
    drop(held);
    let keycloak = Keycloak::start(address.port(), &realm(&bank.public));

    // A device without an activation code, its channel token, and an entry on it.
    let (phone, mut command) = enrol(&bank, "phone");
    let enrolled = json(&logged_in_by("anna", &mut command).await);
    assert_eq!(
        (&enrolled["customer"], &enrolled["complete"]),
        (&json!("1001"), &json!(true))
    );
    let home = shown(&phone, "--once");
    let account = home["accounts"][0]["account"].as_str().unwrap().to_owned();
    bank.operate(&["post", &account, "12.50", "--purpose", "lunch"]);
    println!("{}", shown_with(&phone, "lunch")["entries"][0]);

    // A login on it, after which the person may do what needs one. A passkey is no way around Keycloak.
    let begun = json(&logged_in_by("anna", &mut login(&phone)).await);
    let sessions = last(&phone, &["sessions"]);
    assert_eq!(sessions["session"], begun["session"]);
    assert_eq!(sessions.get("passkey"), None, "{sessions}");
    println!("{sessions}");
    last(&phone, &["devices", "add"]);
    last(&phone, &["passkeys", "add"]);
    let with_passkey = on_device::refused(&phone, &["login"]);
    assert!(with_passkey.contains("2020"), "{with_passkey}");

    // An administrator of Keycloak logs her out: her session has ended, and the device goes on.
    Keycloak::log_out(address, "anna").await;
    let deadline = Instant::now() + PATIENCE;
    while on_device::command(&phone, &["sessions"])
        .output()
        .unwrap()
        .status
        .success()
    {
        assert!(
            Instant::now() < deadline,
            "the bank did not hear of the logout: {}",
            std::fs::read_to_string(bank.path("servers.log")).unwrap()
        );
    }
    let ended = on_device::refused(&phone, &["sessions"]);
    assert!(ended.contains("log in"), "{ended}");
    println!("{ended}");
    bank.operate(&["post", &account, "2", "--purpose", "supper"]);
    shown_with(&phone, "supper");

    // Other people, with the right password: another customer, nobody's customer number, and none.
    let boris = logged_in_by("boris", &mut login(&phone)).await;
    assert!(told(&boris).contains("2018"), "{boris:?}");
    for name in ["stranger", "nobody"] {
        let (_, mut command) = enrol(&bank, name);
        let output = logged_in_by(name, &mut command).await;
        assert!(told(&output).contains("2018"), "{output:?}");
    }

    // The other bank's client has a secret.
    let (tablet, mut command) = enrol(&other, "tablet");
    let enrolled = json(&logged_in_by("boris", &mut command).await);
    assert_eq!(enrolled["customer"], "1002");
    assert_eq!(shown(&tablet, "--once")["complete"], true);

    // Without Keycloak nobody logs in, and the device goes on.
    drop(keycloak);
    bank.stop();
    bank.start();
    let down = refused(&mut login(&phone));
    assert!(down.contains("2019"), "{down}");
    println!("{down}");
    bank.operate(&["post", &account, "1", "--purpose", "dinner"]);
    shown_with(&phone, "dinner");
    let log = std::fs::read_to_string(bank.path("servers.log")).unwrap();
    assert!(!log.contains("eyJ"), "no token is logged");
}
