//! `GET /metrics`: the names that are promised, after some work of real servers.

use crate::bank::{Bank, PATIENCE, Running, ask, passbook, shown_with};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Instant;

const PAGE: &str = include_str!("../../../../docs/metrics.md");

/// The rows of the page: name, kind, labels.
fn promised() -> Vec<[&'static str; 3]> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| {
        let mut cells = row.split(" | ").map(|cell| cell.trim_start_matches("| "));
        [(); 3].map(|()| cells.next().unwrap())
    });
    cells.collect()
}

fn scrape(bank: &Bank) -> String {
    let answer = ask(bank.metrics.as_deref().unwrap(), "GET /metrics", &[], "");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(
        answer.contains("content-type: text/plain; version=0.0.4"),
        "{answer}"
    );
    answer
}

/// The value of a sample, given as it is printed before its value.
fn sample(scraped: &str, name: &str) -> f64 {
    let mut lines = scraped.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value
        .unwrap_or_else(|| panic!("{name} in {scraped}"))
        .parse()
        .unwrap()
}

/// What is served once a sample is not 0 any more.
fn scrape_with(bank: &Bank, name: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let scraped = scrape(bank);
        if sample(&scraped, name) > 0.0 {
            return scraped;
        }
        assert!(Instant::now() < deadline, "{name} stays 0");
    }
}

/// The names of a sample's labels.
fn labels(line: &str) -> impl Iterator<Item = &str> {
    let inner = line
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'));
    let inner = inner.map(|(inner, _)| inner).unwrap_or_default();
    inner
        .split(',')
        .filter_map(|label| Some(label.split_once('=')?.0))
}

#[test]
fn every_promised_metric_is_served_and_no_other() {
    let bank = Bank::sandbox("[metrics]\naddress = \"127.0.0.1:0\"");
    let (phone, _) = bank.enrol("1001", "phone");
    bank.operate(&["post", "2000000010", "1.00", "--purpose", "counted"]);
    shown_with(&phone, "counted");
    assert!(bank.get("/nowhere").starts_with("HTTP/1.1 404 "));

    let scraped = scrape_with(&bank, "passbook_comparisons_total");
    let typed = scraped
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let served: BTreeSet<&str> = typed.collect();
    let rows = promised();
    let page: BTreeSet<String> = rows
        .iter()
        .map(|[name, kind, _]| format!("{} {kind}", name.trim_matches('`')))
        .collect();
    assert_eq!(served, page.iter().map(String::as_str).collect());
    for [name, _, promised] in rows {
        let name = name.trim_matches('`');
        let samples = scraped.lines().filter(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['{', ' ', '_']))
        });
        let mut of_samples: BTreeSet<&str> = samples.flat_map(labels).collect();
        of_samples.remove("le");
        for label in of_samples {
            assert!(promised.contains(&format!("`{label}`")), "{name}: {label}");
        }
    }

    for (name, at_least) in [
        ("passbook_ready", 1.0),
        ("passbook_log_appends_total{log=\"broker\"}", 2.0),
        ("passbook_log_commits_total{log=\"pubsub\"}", 1.0),
        ("passbook_log_commit_seconds_count{log=\"broker\"}", 1.0),
        ("passbook_log_fsync_seconds_count{log=\"pubsub\"}", 1.0),
        ("passbook_catch_ups_total{by=\"pull\"}", 1.0),
        ("passbook_entries_numbered_total", 1.0),
        ("passbook_messages_published_total", 1.0),
        ("passbook_comparison_seconds_count{step=\"core_bank\"}", 1.0),
        (
            "passbook_refusals_total{code=\"1004\",name=\"not_found\"}",
            1.0,
        ),
        ("process_resident_memory_bytes", 1e6),
        ("process_open_fds", 10.0),
    ] {
        let value = sample(&scraped, name);
        assert!(value >= at_least, "{name} is {value}");
    }
    let code = "passbook_refusals_total{code=\"2010\",name=\"operator_token_invalid\"}";
    assert_eq!(sample(&scraped, code), 0.0);
    let answer = ask(
        &bank.operator.to_string(),
        "GET /v1/operator/status",
        &[],
        "",
    );
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert_eq!(sample(&scrape(&bank), code), 1.0);
}

#[test]
fn a_message_that_comes_while_a_device_is_live_is_measured_from_its_wake_up() {
    let bank = Bank::sandbox("[metrics]\naddress = \"127.0.0.1:0\"");
    assert_eq!(sample(&scrape(&bank), "passbook_streams_open"), 0.0);
    let (phone, _) = bank.enrol("1001", "phone");
    let mut live = passbook();
    live.args(["device", "--json", "--dir"]).arg(&phone);
    let mut live = live.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(live.stdout.take().unwrap()).lines();
    let live = Running(live);
    // The one that is shown as live has its stream.
    while !lines
        .next()
        .unwrap()
        .unwrap()
        .contains("\"state\":\"live\"")
    {}
    bank.operate(&["post", "2000000010", "1.00", "--purpose", "woken"]);
    while !lines.next().unwrap().unwrap().contains("woken") {}
    let scraped = scrape(&bank);
    assert_eq!(sample(&scraped, "passbook_streams_open"), 1.0);
    assert!(sample(&scraped, "passbook_wake_to_sent_seconds_count") >= 1.0);
    assert!(sample(&scraped, "passbook_catch_ups_total{by=\"stream\"}") >= 1.0);
    drop(live);
}

#[test]
fn without_an_address_nothing_is_served() {
    let bank = Bank::sandbox("");
    assert_eq!(bank.metrics, None);
    assert!(bank.get("/metrics").starts_with("HTTP/1.1 404 "));
}
