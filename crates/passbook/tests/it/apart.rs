//! The bank's side in a process of its own, behind its security stack.

use crate::bank::{Bank, PATIENCE, Running, free_port, json, passbook, shown, shown_with};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

/// Both sides.
struct Apart {
    node: Bank,
    side: Side,
}

/// The bank's side: `passbook serve --role core-bank`.
struct Side {
    running: Option<Running>,
    directory: TempDir,
    stack: SocketAddr,
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

impl Side {
    fn configuration(&self) -> PathBuf {
        self.directory.path().join("bank.toml")
    }

    fn start(&mut self) {
        let mut servers = passbook()
            .args(["serve", "--role", "core-bank", "--json", "--config"])
            .arg(self.configuration())
            .stderr(
                File::options()
                    .create(true)
                    .append(true)
                    .open(self.directory.path().join("bank.log"))
                    .unwrap(),
            )
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = servers.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["ready"], true);
        self.running = Some(Running(servers));
    }

    fn operate(&self, arguments: &[&str]) -> Value {
        let mut command = passbook();
        command.args(arguments).arg("--json").arg("--config");
        json(&command.arg(self.configuration()).output().unwrap())
    }

    /// Has the stack accept a key that the other side printed.
    fn add_key(&self, key: &str) -> Value {
        let mut adding = passbook()
            .args(["stack", "add-key", "--json", "--config"])
            .arg(self.configuration())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        adding
            .stdin
            .take()
            .unwrap()
            .write_all(key.as_bytes())
            .unwrap();
        json(&adding.wait_with_output().unwrap())
    }

    /// What the administrators were sent.
    fn letters(&self) -> String {
        let file = self.directory.path().join("bank/letterbox.jsonl");
        std::fs::read_to_string(file).unwrap_or_default()
    }
}

impl Apart {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let ca = at("ca");
        succeed(passbook().args(["ca", "init"]).arg(&ca));
        let issue = |node: &str, roles: &[&str], to: &Path| {
            let mut command = passbook();
            command.args(["ca", "issue", node, "--authority"]).arg(&ca);
            for role in roles {
                command.args(["--role", role]);
            }
            succeed(command.arg("--to").arg(to));
        };
        issue("bank-1", &["core-bank"], &at("bank-service"));
        let roles = ["broker", "notification", "ciam", "gateway"];
        issue("node-1", &roles, &at("node-service"));
        let (pubsub, services, stack, operator) =
            (free_port(), free_port(), free_port(), free_port());
        let configuration = format!(
            "data_directory = {:?}\n[services]\nroles = [\"core-bank\"]\ndirectory = {:?}\naddress = \"{}\"\npubsub = \"{}\"\n\
             [security_stack]\naddress = \"{}\"\n[operator]\naddress = \"{}\"\n[sandbox]\ncustomers = 3\n",
            at("bank"),
            at("bank-service"),
            services.0,
            pubsub.0,
            stack.0,
            operator.0,
        );
        std::fs::write(at("bank.toml"), configuration).unwrap();
        let settings = format!(
            "[services]\nroles = [\"broker\", \"notification\", \"ciam\", \"gateway\"]\ndirectory = {:?}\naddress = \"{}\"\n\
             core_bank = \"{}\"\nsecurity_stack = \"{}\"\n",
            at("node-service"),
            pubsub.0,
            services.0,
            stack.0,
        );
        let address = stack.0;
        drop((pubsub, services, stack, operator));
        let mut side = Side {
            running: None,
            directory,
            stack: address,
        };
        side.start();
        let node = Bank::sandbox(&settings);
        let key = node.operate(&["server-key", "show"]);
        side.add_key(key["current"].as_str().unwrap());
        Self { node, side }
    }

    /// Pays, and says how it went.
    fn pay(&self, phone: &Path, amount: &str) -> (Option<i32>, String) {
        let output = passbook()
            .args([
                "pay",
                amount,
                "2000000020",
                "--from",
                "2000000010",
                "--yes",
                "--dir",
            ])
            .arg(phone)
            .output()
            .unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&printed).into_owned(),
        )
    }
}

/// Sends a request in plain HTTP from an address.
async fn plainly(to: SocketAddr, from: IpAddr, path: &str) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut tcp = socket.connect(to).await.unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: bank\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    );
    tcp.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn an_order_passes_the_door_and_an_attack_does_not() {
    let mut apart = Apart::start();
    let (payer, _) = apart.node.enrol("1001", "payer");
    let (payee, _) = apart.node.enrol("1002", "payee");
    apart
        .side
        .operate(&["post", "2000000010", "250", "--purpose", "lunch"]);
    shown_with(&payer, "lunch");
    let (status, printed) = apart.pay(&payer, "12.50");
    assert_eq!(status, Some(0), "{printed}");
    assert!(printed.contains("done, reference"), "{printed}");
    let deadline = Instant::now() + PATIENCE;
    while shown(&payee, "--once")["entries"][0]["amount"]["minor_units"] != 1250 {
        assert!(Instant::now() < deadline, "the money did not arrive");
    }
    assert_eq!(
        apart.side.operate(&["stack", "exceptions"])["exceptions"],
        serde_json::json!([])
    );

    // A stranger at the door, twice: once without TLS, and once with TLS but from elsewhere.
    let stranger = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 66));
    let answer = plainly(apart.side.stack, stranger, "/core-bank/v1/orders/place").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let ca = std::fs::read(apart.side.directory.path().join("ca/authority.pem")).unwrap();
    let client = testkit::http_client_builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
        .resolve("core-bank.passbook.internal", apart.side.stack)
        .local_address(stranger)
        .build()
        .unwrap();
    let url = format!(
        "https://core-bank.passbook.internal:{}/",
        apart.side.stack.port()
    );
    let answer = client.get(&url).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    let recorded = apart.side.operate(&["stack", "exceptions"]);
    let layers: Vec<_> = recorded["exceptions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["layer"].clone())
        .collect();
    assert_eq!(layers, ["origin", "transport"]);
    let letters = apart.side.letters();
    assert_eq!(letters.matches(r#""by":"mail""#).count(), 2, "{letters}");
    assert_eq!(letters.matches(r#""by":"sms""#).count(), 1, "{letters}");
    let disallowed = apart.side.operate(&["stack", "disallowed"]);
    assert_eq!(disallowed["addresses"][0]["address"], "127.0.0.66");

    // The bank's side is killed; an order waits, and goes on when it is back. The disallowed address stays so.
    apart.side.running = None;
    let (_, printed) = apart.pay(&payer, "7");
    assert!(!printed.contains("done, reference"), "{printed}");
    apart.side.start();
    let deadline = Instant::now() + PATIENCE;
    while shown(&payee, "--once")["entries"][0]["amount"]["minor_units"] != 700 {
        assert!(Instant::now() < deadline, "the order did not go on");
        // The device sends what waits in its outbox.
        shown(&payer, "--once");
    }
    let mut tcp = std::net::TcpStream::connect(apart.side.stack).unwrap();
    drop(client);
    tcp.write_all(b"hello").ok();
    let mut nothing = String::new();
    tcp.read_to_string(&mut nothing).ok();
    apart.side.operate(&[
        "stack",
        "release",
        "127.0.0.66",
        "--by",
        "Ada Novak",
        "--reason",
        "a test",
    ]);
    assert_eq!(
        apart.side.operate(&["stack", "disallowed"])["addresses"],
        serde_json::json!([])
    );
    // Each side's data directory has its own parts, and both sides' records hang together.
    let audited = apart.side.operate(&["audit", "verify"]);
    assert!(audited.to_string().contains("security-stack"), "{audited}");
    // The service broker was never stopped.
    let (status, printed) = apart.pay(&payer, "1");
    assert_eq!(status, Some(0), "{printed}");
}

#[test]
fn the_server_key_changes_under_load_without_a_refused_order() {
    let apart = Apart::start();
    let phones = ["one", "two", "three"].map(|name| apart.node.enrol("1001", name).0);
    let ended = AtomicBool::new(false);
    let paid = std::thread::scope(|scope| {
        let pay = |phone| {
            let mut paid = 0;
            while !ended.load(Ordering::SeqCst) {
                let (status, printed) = apart.pay(phone, "0.01");
                assert_eq!(status, Some(0), "{printed}");
                assert!(printed.contains("done, reference"), "{printed}");
                paid += 1;
            }
            paid
        };
        let paying: Vec<_> = phones
            .iter()
            .map(|phone| scope.spawn(move || pay(phone)))
            .collect();
        for _ in 0..3 {
            let next = apart.node.operate(&["server-key", "new"]);
            let two = apart.side.add_key(next["next"].as_str().unwrap());
            assert_eq!(two["keys"].as_array().unwrap().len(), 2);
            apart.node.operate(&["server-key", "use"]);
            let one = apart.side.operate(&["stack", "retire-key"]);
            assert_eq!(one["keys"].as_array().unwrap().len(), 1);
        }
        ended.store(true, Ordering::SeqCst);
        paying
            .into_iter()
            .map(|paid| paid.join().unwrap())
            .sum::<u32>()
    });
    assert!(paid >= 3, "{paid} orders were paid meanwhile");
    assert_eq!(
        apart.side.operate(&["stack", "exceptions"])["exceptions"],
        serde_json::json!([])
    );
}

#[test]
fn orders_survive_kills_of_each_side_and_cuts_between_them() {
    let output = passbook()
        .args([
            "replay-orders",
            "--apart",
            "--customers",
            "10",
            "--orders",
            "300",
        ])
        .args(["--kill-every", "1", "--seed", "3", "--json"])
        .output()
        .unwrap();
    let outcome = json(&output);
    for zero in [
        "executed_twice",
        "lost",
        "ledger_imbalance",
        "devices_disagreeing",
        "answers_differing",
    ] {
        assert_eq!(outcome[zero], 0, "{outcome}");
    }
    assert!(outcome["kills"].as_u64().unwrap() > 0, "{outcome}");
    assert!(outcome["bank_kills"].as_u64().unwrap() > 0, "{outcome}");
    assert!(outcome["cuts"].as_u64().unwrap() > 0, "{outcome}");
}
