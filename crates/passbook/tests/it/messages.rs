//! The bank's mail and SMS come at servers that nobody here wrote: aiosmtpd, and the message centre of jSMPP.
//!
//! They need Python, Java and packages from registries, so they run by a command of their own: `make messages`.

use crate::bank::{Bank, PATIENCE, free_port};
use crate::on_device::{command, last};
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;
use totp_rs::{Builder, Secret};

const USER: &str = "bank";
const SECRET: &str = "hush";

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
}

impl Server {
    fn start(mut program: Command) -> Self {
        let program = program.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = program.spawn().unwrap();
        let lines = BufReader::new(running.stdout.take().unwrap()).lines();
        let mut server = Self { running, lines };
        assert_eq!(server.next()["ready"], true);
        server
    }

    /// A mail server, over STARTTLS.
    fn of_mail(port: u16) -> Self {
        let mut program = Command::new(fetched("python/bin/python"));
        program
            .arg(script("mail_server.py"))
            .arg(port.to_string())
            .args(["certificate.pem", "private-key.pem"].map(made_for_tests))
            .args([USER, SECRET]);
        Self::start(program)
    }

    /// A message centre.
    fn of_sms(port: u16) -> Self {
        let mut program = Command::new("java");
        program
            .arg("-cp")
            .arg(fetched("java/*"))
            .arg(script("MessageCentre.java"))
            .args([&port.to_string(), USER, SECRET]);
        Self::start(program)
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

/// A customer with a password, on their device.
struct Person {
    device: PathBuf,
    password: String,
}

impl Person {
    fn with_password(bank: &Bank, customer: &str, files: &Path) -> Self {
        let (device, _) = bank.enrol(customer, customer);
        last(&device, &["passkeys", "add"]);
        last(&device, &["login"]);
        let password = files.join(customer).to_str().unwrap().to_owned();
        fs::write(&password, "a walk by the river").unwrap();
        let begun = last(&device, &["password", "begin"]);
        let secret = Secret::try_from_base32(begun["secret"].as_str().unwrap()).unwrap();
        let app = Builder::new().with_secret(secret).build().unwrap();
        let now = crate::bank_clock::system_clock()().ms() / 1000;
        let code = app.generate(now).to_string();
        let enrolment = begun["enrolment"].as_str().unwrap();
        let how = ["--enrolment", enrolment, "--code", &code];
        let set = [
            &["password", "set"],
            &how[..],
            &["--password-file", &password],
        ]
        .concat();
        last(&device, &set);
        Self { device, password }
    }

    /// Logs in with the code that `came` finds, which the bank sends that way.
    fn log_in(&self, by: &str, came: impl FnOnce() -> String) -> Value {
        let how = ["login", "--password", "--password-file", &self.password];
        let mut running = command(
            &self.device,
            &[&how[..], &["--send", by, "--json"]].concat(),
        );
        let running = running.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = running.spawn().unwrap();
        let mut printed = BufReader::new(running.stdout.take().unwrap()).lines();
        let mut next =
            || -> Value { serde_json::from_str(&printed.next().unwrap().unwrap()).unwrap() };
        assert!(next()["expires"].is_u64());
        writeln!(running.stdin.take().unwrap(), "{}", came()).unwrap();
        let session = next();
        assert!(running.wait().unwrap().success());
        session
    }
}

/// The settings of a bank that sends by these servers.
fn settings(mail: u16, sms: Option<u16>, files: &Path) -> String {
    let secret = files.join("secret");
    fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let roots = made_for_tests("certificate.pem");
    let mut settings = format!(
        "[login]\ncodes_by = [\"mail\", \"sms\"]\nrefused_max = 100\n[messages.smtp]\nserver = \"127.0.0.1:{mail}\"\nroots = {roots:?}\nfrom = \"The Bank <no-reply@bank.example>\"\nuser = \"{USER}\"\npassword = {secret:?}\n"
    );
    if let Some(port) = sms {
        settings += &format!(
            "[messages.smpp]\nserver = \"127.0.0.1:{port}\"\ntls = false\nsystem_id = \"{USER}\"\npassword = {secret:?}\nfrom = \"The Bank\"\n"
        );
    }
    settings
}

/// What the bank stored of a message of that way, once that is so.
fn stored(bank: &Bank, way: &str, is_so: &str) {
    let messages = bank.data().join("messages.sqlite");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let database = Connection::open(&messages).unwrap();
        let select = format!("SELECT COUNT(*) FROM message WHERE way = '{way}' AND {is_so}");
        let count: i64 = database.query_row(&select, [], |row| row.get(0)).unwrap();
        if count > 0 {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "no message by {way} with {is_so}"
        );
    }
}

/// The code at the beginning of a text.
fn code(text: &str) -> String {
    let code = text.split(' ').next().unwrap();
    assert!(
        code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_digit()),
        "{text}"
    );
    code.to_owned()
}

#[test]
#[ignore = "needs Python and packages from a registry: make messages"]
fn a_code_comes_by_mail_at_once_later_or_after_a_restart() {
    let files = tempfile::tempdir().unwrap();
    let (address, held) = free_port();
    let mut bank = Bank::sandbox(&settings(address.port(), None, files.path()));
    drop(held);
    let ann = Person::with_password(&bank, "1001", files.path());
    bank.operate(&["customer", "contact", "1001", "--mail", "ann@home.example"]);
    let mut server = Server::of_mail(address.port());
    let session = ann.log_in("mail", || {
        let mail = server.next();
        assert_eq!(mail["to"][0], "ann@home.example");
        assert_eq!(mail["from"], "The Bank <no-reply@bank.example>");
        assert_eq!(mail["subject"], "Your code for a login");
        assert_eq!(mail["tls"], true);
        code(mail["text"].as_str().unwrap())
    });
    assert!(session["session"].is_string(), "{session}");
    stored(&bank, "mail", "ended = 'handed' AND letter IS NULL");

    // The server takes it when it comes again.
    bank.operate(&[
        "customer",
        "contact",
        "1001",
        "--mail",
        "later@home.example",
        "--language",
        "th",
    ]);
    ann.log_in("mail", || {
        assert_eq!(server.next()["put_off"], "later@home.example");
        let mail = server.next();
        assert_eq!(mail["subject"], "รหัสเข้าสู่ระบบของคุณ");
        code(mail["text"].as_str().unwrap())
    });

    // A mailbox that does not exist.
    bank.operate(&[
        "customer",
        "contact",
        "1001",
        "--mail",
        "nobody@home.example",
    ]);
    ask_only(&ann, "mail");
    stored(&bank, "mail", "ended = 'refused' AND letter IS NULL");

    // The mail server is away, and the bank dies meanwhile.
    bank.operate(&["customer", "contact", "1001", "--mail", "ann@home.example"]);
    drop(server);
    let mut server = None;
    ann.log_in("mail", || {
        stored(&bank, "mail", "tries > 0 AND ended IS NULL");
        bank.kill();
        bank.start();
        let server = server.insert(Server::of_mail(address.port()));
        code(server.next()["text"].as_str().unwrap())
    });
}

/// Asks for a code, and goes away.
fn ask_only(person: &Person, by: &str) {
    let how = ["login", "--password", "--password-file", &person.password];
    let mut running = command(
        &person.device,
        &[&how[..], &["--send", by, "--json"]].concat(),
    );
    let running = running.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = running.spawn().unwrap();
    let mut printed = BufReader::new(running.stdout.take().unwrap()).lines();
    printed.next().unwrap().unwrap();
    running.kill().unwrap();
    running.wait().unwrap();
}

#[test]
#[ignore = "needs Java and packages from a registry: make messages"]
fn a_code_comes_by_sms_and_its_receipt_is_stored() {
    let files = tempfile::tempdir().unwrap();
    let (mail, sms) = (free_port().0, free_port().0);
    let mut server = Server::of_sms(sms.port());
    let bank = Bank::sandbox(&settings(mail.port(), Some(sms.port()), files.path()));
    let bound = server.next();
    assert_eq!(bound["bound"], "BIND_TRX IF_34", "{bound}");
    let ann = Person::with_password(&bank, "1001", files.path());
    let contact = ["customer", "contact", "1001", "--mobile", "+66812345678"];
    bank.operate(&contact);
    ann.log_in("sms", || {
        let sms = server.next();
        assert_eq!(
            (&sms["to"], &sms["from"]),
            (&"66812345678".into(), &"The Bank".into())
        );
        assert_eq!((&sms["coding"], &sms["class"]), (&0.into(), &0.into()));
        assert_eq!(sms["receipt"], 1);
        code(&String::from_utf8(octets(&sms)).unwrap())
    });
    stored(
        &bank,
        "sms",
        "ended = 'handed' AND letter IS NULL AND delivered = 1",
    );

    bank.operate(&[&contact[..], &["--language", "th"]].concat());
    ann.log_in("sms", || {
        let sms = server.next();
        assert_eq!(
            (&sms["coding"], &sms["class"]),
            (&8.into(), &0.into()),
            "{sms}"
        );
        let text = utf16(&octets(&sms));
        assert!(text.contains("รหัส"), "{text}");
        code(&text)
    });
    stored(
        &bank,
        "sms",
        "id IN (SELECT id FROM message WHERE delivered = 1 LIMIT 1 OFFSET 1)",
    );
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
    types::hex::decode(text).unwrap()
}
