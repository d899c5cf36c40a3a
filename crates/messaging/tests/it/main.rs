//! The carriers against servers that nobody here wrote: aiosmtpd, and the message centre of jSMPP.
//!
//! They need Python, Java and packages from registries, so they run by a command of their own: `make messages`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use async_trait::async_trait;
use messaging::{
    Address, Carrier as _, Encryption, Letter, MessageId, NotSent, Reports, Smpp, SmppSettings,
    Smtp, SmtpSettings,
};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Lines};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use tokio::sync::mpsc;
use types::{Time, hex};

const USER: &str = "bank";
const SECRET: &str = "hush";
const NOW: Time = Time::from_ms(1_774_742_400_000);

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../scripts/messages")
        .join(name)
}

fn fetched(name: &str) -> PathBuf {
    Path::new(&std::env::var_os("MESSAGE_SERVERS").unwrap()).join(name)
}

fn made_for_tests(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../http-edge/tests/it/tls")
        .join(name)
}

/// A server that prints what it takes, a line of JSON each; killed when dropped.
struct Server {
    running: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Server {
    fn start(program: impl FnOnce(u16) -> Command) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut program = program(port);
        let program = program.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = program.spawn().unwrap();
        let lines = BufReader::new(running.stdout.take().unwrap()).lines();
        let mut server = Self {
            running,
            lines,
            port,
        };
        assert_eq!(server.next()["ready"], true);
        server
    }

    fn of_mail() -> Self {
        Self::start(|port| {
            let mut program = Command::new(fetched("python/bin/python"));
            program
                .arg(script("mail_server.py"))
                .arg(port.to_string())
                .args(["certificate.pem", "private-key.pem"].map(made_for_tests))
                .args([USER, SECRET]);
            program
        })
    }

    fn of_sms() -> Self {
        Self::start(|port| {
            let mut program = Command::new("java");
            program
                .arg("-cp")
                .arg(fetched("java/*"))
                .arg(script("MessageCentre.java"))
                .args([&port.to_string(), USER, SECRET]);
            program
        })
    }

    /// What it prints next.
    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.kill().ok();
        self.running.wait().ok();
    }
}

fn id() -> MessageId {
    MessageId::new([7; 16])
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Python and packages from a registry: make messages"]
async fn a_mail_server_takes_refuses_or_puts_off_a_mail() {
    let mut server = Server::of_mail();
    let smtp = |change: fn(&mut SmtpSettings)| {
        let mut settings = SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: server.port,
            encryption: Encryption::StartTls,
            roots: Some(std::fs::read(made_for_tests("certificate.pem")).unwrap()),
            credentials: Some((USER.to_owned(), SECRET.to_owned().into())),
            from: "The Bank <no-reply@bank.example>".to_owned(),
        };
        change(&mut settings);
        Smtp::new(&settings).unwrap()
    };
    let letter = |to: &str| Letter {
        to: Address::Mail(to.parse().unwrap()),
        subject: "รหัสเข้าสู่ระบบของคุณ".to_owned(),
        text: "12345678 คือรหัส\nสองบรรทัด".to_owned(),
    };
    let good = smtp(|_| ());
    for (what, wrong) in [
        (
            "the system's authorities",
            smtp(|settings| settings.roots = None),
        ),
        (
            "another name",
            smtp(|settings| settings.host = "localhost".to_owned()),
        ),
        (
            "no encryption",
            smtp(|settings| settings.encryption = Encryption::None),
        ),
        (
            "a wrong password",
            smtp(|settings| {
                settings.credentials = Some((USER.to_owned(), "wrong".to_owned().into()))
            }),
        ),
        ("nobody", smtp(|settings| settings.credentials = None)),
    ] {
        let refused = wrong.hand(id(), &letter("ann@home.example"), NOW).await;
        assert!(
            matches!(refused, Err(NotSent::NotNow(_))),
            "{what}: {refused:?}"
        );
    }
    good.hand(id(), &letter("ann@home.example"), NOW)
        .await
        .unwrap();
    let mail = server.next();
    assert_eq!(mail["to"][0], "ann@home.example");
    assert_eq!(mail["from"], "The Bank <no-reply@bank.example>");
    assert_eq!(mail["subject"], letter("ann@home.example").subject);
    assert_eq!(mail["message_id"], format!("<{}@bank.example>", id()));
    assert_eq!(
        mail["text"].as_str().unwrap().replace("\r\n", "\n"),
        letter("ann@home.example").text
    );
    assert_eq!(mail["tls"], true);
    let later = good.hand(id(), &letter("later@home.example"), NOW).await;
    assert!(matches!(later, Err(NotSent::NotNow(_))), "{later:?}");
    good.hand(id(), &letter("later@home.example"), NOW)
        .await
        .unwrap();
    let never = good.hand(id(), &letter("nobody@home.example"), NOW).await;
    assert!(matches!(never, Err(NotSent::Never(_))), "{never:?}");
}

/// Hears which message was delivered.
struct Heard(mpsc::UnboundedSender<(String, bool)>);

#[async_trait]
impl Reports for Heard {
    async fn report(&self, reference: &str, delivered: bool) -> bool {
        self.0.send((reference.to_owned(), delivered)).unwrap();
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Java and packages from a registry: make messages"]
async fn a_long_text_comes_in_parts_and_a_wrong_password_sends_nothing() {
    let mut server = Server::of_sms();
    let port = server.port;
    let centre = |password: &str| {
        let settings = SmppSettings {
            host: "127.0.0.1".to_owned(),
            port,
            tls: false,
            roots: None,
            system_id: USER.to_owned(),
            password: password.to_owned().into(),
            from: "+420123456789".to_owned(),
        };
        Arc::new(Smpp::new(&settings).unwrap())
    };
    let (reports, mut reported) = mpsc::unbounded_channel();
    let reports = Arc::new(Heard(reports));
    let listen = |centre: &Arc<Smpp>| {
        let (centre, reports) = (centre.clone(), reports.clone());
        tokio::spawn(async move { centre.listen(reports).await })
    };
    let letter = Letter {
        to: Address::Sms("+66812345678".parse().unwrap()),
        subject: String::new(),
        text: "เงินเข้า ".repeat(20),
    };
    let (id, now) = (id(), NOW);
    let wrong = centre("wrong");
    let listening = listen(&wrong);
    assert_eq!(server.next()["refused"], true);
    let refused = wrong.hand(id, &letter, now).await;
    assert!(matches!(refused, Err(NotSent::NotNow(_))), "{refused:?}");
    listening.abort();

    let right = centre(SECRET);
    let listening = listen(&right);
    loop {
        let said = server.next();
        if said["bound"].is_string() {
            break;
        }
    }
    let handed = right.hand(id, &letter, now).await.unwrap();
    let parts = [server.next(), server.next(), server.next()];
    for (part, number) in parts.iter().zip(1..) {
        assert_eq!(
            (&part["coding"], &part["class"]),
            (&8.into(), &0x40.into()),
            "{part}"
        );
        assert_eq!(part["from"], "420123456789");
        assert_eq!(octets(part)[..6], [5, 0, 3, 7, 3, number]);
    }
    let texts: Vec<u8> = parts
        .iter()
        .flat_map(|part| octets(part)[6..].to_vec())
        .collect();
    assert_eq!(utf16(&texts), letter.text);
    let last = parts[2]["id"].as_str().unwrap();
    assert_eq!(handed.reference.as_deref(), Some(last));
    // This message centre answers in hexadecimal, and reports in decimal.
    let (reference, delivered) = reported.recv().await.unwrap();
    assert!(delivered);
    let number: u64 = reference.parse().unwrap();
    assert_eq!(format!("{number:x}"), last);
    listening.abort();
}

fn utf16(octets: &[u8]) -> String {
    let units: Vec<_> = octets
        .chunks(2)
        .map(|unit| u16::from_be_bytes([unit[0], unit[1]]))
        .collect();
    String::from_utf16(&units).unwrap()
}

fn octets(sms: &Value) -> Vec<u8> {
    let text = sms["text"].as_str().unwrap();
    hex::decode(text).unwrap()
}
