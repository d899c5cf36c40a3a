//! Small runs of the measurements: what they report has its form, and its counts add up.

use crate::bank::{json, passbook, refused};
use serde_json::Value;
use std::collections::BTreeSet;
use types::ErrorCode;

fn bench(arguments: &[&str]) -> Value {
    let mut command = passbook();
    command.arg("bench").args(arguments).arg("--json");
    json(&command.output().unwrap())
}

fn names(report: &Value) -> BTreeSet<&str> {
    report
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn every_transaction_of_a_flow_reaches_a_device_as_an_entry() {
    let report = bench(&["flow", "--customers", "7", "--transactions", "100"]);
    assert_eq!(report["customers"], 7);
    assert_eq!(report["transactions"], 100);
    assert_eq!(report["entries"], 100);
    let threads = report["server_us_per_entry_by_thread"].as_object().unwrap();
    assert!(threads.contains_key("tokio-rt-worker"), "{report}");
    let sum: f64 = threads.values().map(|time| time.as_f64().unwrap()).sum();
    let all = report["server_us_per_entry"].as_f64().unwrap();
    assert!(all > 0.0 && (sum - all).abs() < 1e-6 * all, "{report}");
}

#[test]
fn each_order_of_a_measurement_has_its_outcome_on_a_device() {
    let few = ["--devices", "3", "--orders", "30", "--rate", "20"];
    let report = bench(&[&["order"], &few[..]].concat());
    assert_eq!(report["devices"], 3);
    for phase in ["steady", "full"] {
        let phase = &report[phase];
        assert_eq!(phase["orders"], 30);
        let figure = |name: &str| phase[name].as_f64().unwrap();
        assert!(figure("orders_per_second") > 0.0, "{report}");
        assert!(figure("p50_us") <= figure("p99_us"), "{report}");
        assert!(figure("server_us_per_order") > 0.0, "{report}");
        assert!(!phase["bound_by"].as_str().unwrap().is_empty());
    }
}

#[test]
fn every_login_and_refresh_of_a_measurement_is_answered_and_refusals_say_the_same() {
    let few = ["--customers", "80", "--rate", "5", "--seconds", "2"];
    // Of so few refusals no difference is more than 3 deviations.
    let report = bench(&[&["login", "--refreshes", "3", "--refusals", "6"], &few[..]].concat());
    let figure = |name: &str| report[name].as_u64().unwrap();
    assert_eq!((figure("customers"), figure("devices")), (80, 160));
    assert_eq!((figure("logins"), figure("refreshes")), (10, 30));
    assert!(figure("login_p50_us") <= figure("login_p99_us"), "{report}");
    assert!(figure("login_p99_us") <= figure("login_max_us"), "{report}");
    assert!(figure("resident_kib") > 0, "{report}");
    assert!(report["database_bytes"]["ciam"].as_u64().unwrap() > 0);
    let refusals = report["refusals"].as_array().unwrap();
    let codes = refusals.iter().map(|pair| pair["code"].as_u64().unwrap());
    let [login, enrolment] = [ErrorCode::LoginRefused, ErrorCode::CodeInvalid];
    let [login, enrolment] = [login, enrolment].map(|code| u64::from(code.number()));
    let expected = [login, login, enrolment, login, login, login];
    assert_eq!(codes.collect::<Vec<_>>(), expected);
    for pair in refusals {
        assert_eq!(pair["of_each"], 6);
    }
    assert_eq!(report["refusals_alike"], true);
}

#[test]
fn under_a_steady_load_every_entry_arrives_though_servers_are_killed() {
    let load = ["soak", "--customers", "5", "--rate", "40", "--seconds", "4"];
    let report = bench(&[&load[..], &["--kill-every", "1"]].concat());
    assert_eq!(report["transactions"], 160);
    assert_eq!(report["entries"], 160);
    assert!(report["kills"].as_u64().unwrap() > 0, "{report}");
    let samples = report["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 60);
    let memory = |sample: &Value| sample["resident_bytes"].as_u64().unwrap();
    let most = samples.iter().map(memory).max().unwrap();
    let halves = ["first_half", "second_half"].map(|half| memory(&report[half]));
    assert_eq!(halves.into_iter().max(), Some(most));
}

#[test]
fn each_scenario_counts_what_it_was_asked_for() {
    let report = bench(&["deliver", "--devices", "5", "--messages", "40"]);
    assert_eq!(report["devices"], 5);
    assert_eq!(report["messages"], 40);
    let figure = |name: &str| report[name].as_u64().unwrap();
    assert!(
        figure("p50_us") > 0 && figure("p50_us") <= figure("p99_us"),
        "{report}"
    );
    assert!(figure("p99_us") <= figure("max_us"), "{report}");

    let report = bench(&[
        "catch-up",
        "--channels",
        "2",
        "--messages",
        "250",
        "--readers",
        "3",
        "--devices",
        "7",
    ]);
    assert_eq!(report["devices"], 7);
    assert_eq!(report["readers"], 3);
    assert_eq!(report["messages"], 250);

    let report = bench(&["idle", "--streams", "20"]);
    assert_eq!(report["streams"], 20);
    assert!(report["bytes_per_stream"].is_u64(), "{report}");

    let report = bench(&["broadcast", "--devices", "20", "--messages", "3"]);
    assert_eq!(report["devices"], 20);
    assert_eq!(report["messages"], 3);
}

#[test]
fn passbook_and_redis_do_the_same_work_in_every_scenario() {
    let output = passbook()
        .args([
            "bench",
            "compare",
            "--json",
            "--seconds",
            "1",
            "--scale-down",
            "100",
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let scenarios: Vec<&str> = lines
        .iter()
        .map(|line| line["scenario"].as_str().unwrap())
        .collect();
    assert_eq!(
        scenarios,
        [
            "publish-64",
            "publish-4096",
            "deliver",
            "catch-up-1",
            "catch-up-64",
            "idle",
            "broadcast"
        ]
    );
    for line in &lines {
        let figure = |name: &str| line[name].as_f64().unwrap();
        assert!(figure("ratio").is_finite(), "{line}");
        if line["scenario"] != "idle" {
            assert!(figure("passbook") > 0.0 && figure("redis") > 0.0, "{line}");
            let ratio = figure("passbook") / figure("redis");
            assert!((ratio - figure("ratio")).abs() < 1e-9 * ratio, "{line}");
        }
        let latencies = matches!(line["scenario"].as_str().unwrap(), "deliver" | "catch-up-1");
        assert_eq!(names(line).contains("ratio_p99"), latencies, "{line}");
    }
}

#[test]
fn without_redis_the_comparison_says_how_to_get_it() {
    let empty = tempfile::tempdir().unwrap();
    let mut command = passbook();
    let said = refused(
        command
            .args(["bench", "compare", "publish-64"])
            .env("PATH", empty.path()),
    );
    assert!(said.contains("redis-server is not installed"), "{said}");
    assert!(said.contains("apt-get install redis-server"), "{said}");
}

#[test]
fn a_press_closes_the_customers_streams_alone_and_stops_every_order() {
    let few = ["--devices", "5", "--orders", "3", "--json"];
    let mut command = passbook();
    let output = command.args(["bench", "kill-switch"]).args(few).output();
    let output = output.unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["other_devices"], 5);
    assert_eq!(report["streams"], 2);
    assert_eq!(report["others_live"], 5);
    assert_eq!(report["orders_stopped"], 3);
    let figure = |name: &str| report[name].as_f64().unwrap();
    let (closed, stopped) = (
        figure("last_stream_closed_ms"),
        figure("last_order_stopped_ms"),
    );
    assert!(closed > 0.0 && stopped > 0.0, "{report}");
    let within = closed.max(stopped) < 1_000.0;
    assert_eq!(report["within_a_second"], within, "{report}");
    assert_eq!(output.status.code(), Some(i32::from(!within)), "{report}");
}
