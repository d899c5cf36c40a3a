//! `passbook status`.

use crate::bank::{Bank, passbook};

#[test]
fn the_status_shows_the_servers_for_machines_and_people() {
    let bank = Bank::sandbox("");
    let (_phone, _) = bank.enrol("1001", "phone");
    let status = bank.operate(&["status"]);
    assert_eq!(status["ready"], true, "{status}");
    assert_eq!(status["not_ready"], serde_json::json!([]));
    let names = |list: &str, name: &str| -> Vec<String> {
        let list = status[list].as_array().unwrap().iter();
        list.map(|of| of[name].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("logs", "log"), ["broker", "pubsub"]);
    assert_eq!(
        names("databases", "database"),
        ["bank", "notification", "ciam", "gateway", "risk"]
    );
    for of in [&status["logs"], &status["databases"]] {
        for of in of.as_array().unwrap() {
            assert!(of["disk_bytes"].as_u64().unwrap() > 0, "{of}");
        }
    }
    assert_eq!(status["logs"][0]["stopped"], serde_json::Value::Null);
    assert_eq!(status["events"]["subjects_stopped"], 0);
    assert_eq!(status["messages"]["channels_contradicted"], 0);
    assert!(status["process"]["resident_bytes"].as_u64().unwrap() > 0);

    let mut command = passbook();
    let shown = command
        .arg("status")
        .arg("--config")
        .arg(bank.configuration());
    let shown = String::from_utf8(shown.output().unwrap().stdout).unwrap();
    for line in [
        "Ready.",
        "log broker",
        "database ciam",
        "stopped subjects    0",
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    assert!(!shown.contains('\x1b'), "{shown}");
}
