//! The order in which the servers end.

use crate::bank::{Bank, PATIENCE, Running, ask, passbook, shown, shown_with};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// Enough that their answers take longer than the services would take to end.
const POSTINGS: u64 = 20;

/// Forwards connections to `server`, and repeats what it sends. Its address.
fn tap(server: String) -> (String, mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (heard, hears) = mpsc::channel();
    thread::spawn(move || {
        for device in listener.incoming() {
            let Ok(server) = TcpStream::connect(&server) else {
                continue;
            };
            let (device, heard) = (device.unwrap(), heard.clone());
            let up = (device.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || forward(up.0, up.1, |_| ()));
            thread::spawn(move || {
                forward(server, device, |bytes| {
                    heard.send(bytes.to_vec()).ok();
                });
            });
        }
    });
    (address, hears)
}

fn forward(mut from: TcpStream, mut to: TcpStream, mut hear: impl FnMut(&[u8])) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        hear(&buffer[..read]);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    to.shutdown(Shutdown::Write).ok();
}

/// A request that the server has begun to answer: it waits for the body.
struct Begun {
    stream: TcpStream,
    body: String,
}

impl Begun {
    fn new(address: &str, request: &str, authorization: &str, body: &Value) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        let body = body.to_string();
        let length = body.len();
        let head = format!(
            "{request} HTTP/1.1\r\nHost: {address}\r\n{authorization}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        Self { stream, body }
    }

    /// The answer, and the connection's end.
    fn finish(mut self) -> String {
        self.stream.write_all(self.body.as_bytes()).unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

fn posting(number: u64, account: &str) -> Value {
    json!({
        "transaction": format!("in-flight-{number}"),
        "account": account,
        "amount": { "minor_units": 100, "currency": "CZK" },
        "operation": "cash_deposit",
        "purpose": format!("posting {number}"),
    })
}

fn refuses(address: &str) {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "{address} accepts connections");
    }
}

#[test]
fn requests_and_streams_end_before_the_services_and_what_was_answered_is_kept() {
    let mut bank = Bank::sandbox("");
    bank.stop();
    let public = bank.public.strip_prefix("http://").unwrap().to_owned();
    let (tapped, hears) = tap(public.clone());
    bank.public = format!("http://{tapped}");
    let configuration = fs::read_to_string(bank.configuration()).unwrap();
    let with_url = format!("[public]\nurl = \"{}\"\n", bank.public);
    let configuration = configuration.replace("[public]\n", &with_url);
    fs::write(bank.configuration(), configuration).unwrap();
    bank.start();

    let (phone, _) = bank.enrol("1001", "phone");
    let home = shown(&phone, "--once");
    let account = home["accounts"][0]["account"].as_str().unwrap().to_owned();
    let mut live = passbook();
    live.args(["device", "--json", "--dir"]).arg(&phone);
    let mut live = Running(live.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(live.0.stdout.take().unwrap()).lines();
    let is_live = |line: &String| line.contains("\"state\":\"live\"");
    lines
        .find(|line| is_live(line.as_ref().unwrap()))
        .unwrap()
        .unwrap();
    while hears.try_recv().is_ok() {}

    let operator = bank.operator.to_string();
    let token = fs::read_to_string(bank.data().join("operator-token")).unwrap();
    let token = format!("Authorization: Bearer {}", token.trim_end());
    let begun: Vec<Begun> = (1..=POSTINGS)
        .map(|number| {
            let route = "POST /v1/operator/transactions";
            Begun::new(&operator, route, &token, &posting(number, &account))
        })
        .collect();
    let enrolment = Begun::new(&public, "POST /v1/enrolment", "Accept: */*", &json!({}));

    bank.signal(Signal::TERM);
    refuses(&operator);
    refuses(&public);
    let mut said = String::new();
    while !said.contains("event: ended\n") || !said.contains("{\"reason\":\"stopping\"}") {
        said += &String::from_utf8_lossy(&hears.recv_timeout(PATIENCE).unwrap());
    }
    let refused = enrolment.finish();
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    for (number, begun) in (1..=POSTINGS).zip(begun) {
        let posted = begun.finish();
        assert!(posted.starts_with("HTTP/1.1 200 "), "{number}: {posted}");
    }
    bank.ended();
    drop(live);

    bank.start();
    let newest = format!("posting {POSTINGS}");
    let after = shown_with(&phone, &newest);
    let balance = |home: &Value| {
        let balance = &home["accounts"][0]["balances"]["booked"]["minor_units"];
        balance.as_i64().unwrap()
    };
    assert_eq!(
        balance(&after),
        balance(&home) + 100 * POSTINGS.cast_signed()
    );
    let again = posting(1, &account).to_string();
    let headers = [token.as_str(), "Content-Type: application/json"];
    let again = ask(
        &operator,
        "POST /v1/operator/transactions",
        &headers,
        &again,
    );
    assert!(again.starts_with("HTTP/1.1 200 "), "{again}");
    assert_eq!(
        balance(&shown(&phone, "--once")),
        balance(&after),
        "booked once"
    );
}
