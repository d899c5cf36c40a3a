//! One entry's path, in the spans that a collector receives.

use crate::bank::{Bank, PATIENCE, Running, passbook, shown};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use types::{Hash, hex};

/// A collector: its URL, and the bodies that it received.
fn collector() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (received, bodies) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if stream.read_line(&mut head).unwrap_or(0) == 0 {
                    break;
                }
            }
            if !head.starts_with("POST /v1/traces HTTP/1.1\r\n") {
                continue;
            }
            let mut headers = head.lines().filter_map(|line| line.split_once(": "));
            let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let mut body = vec![0; length.unwrap().1.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            received.send(String::from_utf8(body).unwrap()).ok();
        }
    });
    (url, bodies)
}

fn spans(body: &str) -> Vec<Value> {
    let body: Value = serde_json::from_str(body).unwrap();
    let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
    spans.as_array().unwrap().clone()
}

#[test]
fn an_entry_is_one_trace_from_the_commit_to_the_stream() {
    let (url, bodies) = collector();
    let settings: &'static str = format!("[tracing]\notlp = \"{url}\"\n").leak();
    let bank = Bank::sandbox(settings);
    let (phone, _) = bank.enrol("1001", "phone");
    let home = shown(&phone, "--once");
    let account = home["accounts"][0]["account"].as_str().unwrap();
    let mut live = passbook();
    live.args(["device", "--json", "--dir"]).arg(&phone);
    let mut live = Running(live.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(live.0.stdout.take().unwrap()).lines();
    let is_live = |line: &String| line.contains("\"state\":\"live\"");
    let reached = lines.find(|line| is_live(line.as_ref().unwrap()));
    reached.unwrap().unwrap();

    let posted = bank.operate(&["post", account, "4711.13", "--purpose", "secret"]);
    let sequence = posted["sequence"].as_u64().unwrap();
    let entry = format!("account:{account}/{sequence}");
    let trace = hex::encode(&Hash::of(entry.as_bytes()).as_bytes()[..16]);
    let expected = [
        "append", "commit", "number", "publish", "relay", "send", "take",
    ];
    let expected: BTreeSet<&str> = expected.into();

    let mut path: BTreeMap<String, Value> = BTreeMap::new();
    let mut everything = String::new();
    while path.len() < expected.len() {
        let body = bodies.recv_timeout(PATIENCE);
        let body = body.unwrap_or_else(|error| panic!("{error}; so far: {everything}"));
        for span in spans(&body) {
            if span["traceId"] == trace {
                path.insert(span["name"].as_str().unwrap().to_owned(), span);
            }
        }
        everything += &body;
    }
    let names: BTreeSet<&str> = path.keys().map(String::as_str).collect();
    assert_eq!(names, expected);
    let at = |name: &str, key: &str| -> u64 { path[name][key].as_str().unwrap().parse().unwrap() };
    for (name, span) in &path {
        assert!(at(name, "startTimeUnixNano") <= at(name, "endTimeUnixNano"));
        let parent = &span["parentSpanId"];
        if name == "commit" {
            assert_eq!(parent, "");
        } else {
            assert_eq!(parent, &path["commit"]["spanId"], "{span}");
            assert_ne!(span["spanId"], path["commit"]["spanId"]);
        }
    }
    let steps = ["commit", "take", "number", "publish", "append", "send"];
    let starts = steps.map(|step| at(step, "startTimeUnixNano"));
    assert!(starts.is_sorted(), "{path:?}");
    assert!(at("relay", "startTimeUnixNano") >= starts[0]);
    let attribute = |name: &str, key: &str| {
        let attributes = path[name]["attributes"].as_array().unwrap().iter();
        let found = attributes.clone().find(|of| of["key"] == key);
        found.map(|of| of["value"].clone())
    };
    for key in ["passbook.channel", "passbook.generation", "passbook.number"] {
        let known = attribute("number", key).unwrap();
        for name in ["publish", "append", "send"] {
            assert_eq!(attribute(name, key).as_ref(), Some(&known), "{name} {key}");
        }
    }
    let keys: BTreeSet<&str> = path
        .values()
        .flat_map(|span| span["attributes"].as_array().unwrap())
        .map(|attribute| attribute["key"].as_str().unwrap())
        .collect();
    let named = ["channel", "generation", "number", "sequence"];
    let named = named.map(|name| format!("passbook.{name}"));
    assert_eq!(keys, named.iter().map(String::as_str).collect());
    for secret in [account, "secret"] {
        assert!(!everything.contains(secret), "{secret} in {everything}");
    }
}
