//! The sandbox: enrol, watch, post, revoke.

use crate::bank::{Bank, Running, device, json, passbook, shown};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

fn first_account(shown: &Value) -> String {
    shown["accounts"][0]["account"].as_str().unwrap().to_owned()
}

fn booked(shown: &Value, account: &str) -> i64 {
    let accounts = shown["accounts"].as_array().unwrap();
    let account = accounts
        .iter()
        .find(|row| row["account"] == account)
        .unwrap();
    account["balances"]["booked"]["minor_units"]
        .as_i64()
        .unwrap()
}

#[test]
fn a_transaction_appears_on_every_device_of_the_customer() {
    let bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    let (tablet, _) = bank.enrol("1001", "tablet");
    let before = shown(&phone, "--once");
    assert_eq!(before["complete"], true);
    let account = first_account(&before);

    bank.operate(&["post", &account, "12.50", "--purpose", "lunch"]);
    for directory in [&phone, &tablet] {
        let after = shown(directory, "--once");
        assert_eq!(booked(&after, &account), booked(&before, &account) + 1250);
        assert_eq!(after["entries"][0]["purpose"], "lunch");
        assert_eq!(after["complete"], true);
        assert_eq!(
            shown(directory, "--offline")["accounts"],
            after["accounts"],
            "the store holds what was shown"
        );
    }
}

#[test]
fn a_live_device_shows_what_is_posted_and_goes_on_after_the_servers_were_killed() {
    let mut bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1002", "phone");
    let account = first_account(&shown(&phone, "--once"));

    let live = passbook()
        .args(["device", "--json", "--dir"])
        .arg(&phone)
        .stdout(Stdio::piped())
        .spawn();
    let mut live = Running(live.unwrap());
    let mut lines = BufReader::new(live.0.stdout.take().unwrap()).lines();
    let mut wait_for = |purpose: &str| {
        loop {
            let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            if line["entries"][0]["purpose"] == purpose {
                return;
            }
        }
    };
    bank.operate(&["post", &account, "1", "--purpose", "before"]);
    wait_for("before");
    bank.kill();
    bank.start();
    bank.operate(&["post", &account, "1", "--purpose", "after"]);
    wait_for("after");
}

#[test]
fn a_posting_repeated_under_its_id_is_booked_once() {
    let bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    let before = shown(&phone, "--once");
    let account = first_account(&before);
    let post = ["post", account.as_str(), "3.00", "--id", "posted-twice"];
    assert_eq!(bank.operate(&post), bank.operate(&post));
    assert_eq!(
        booked(&shown(&phone, "--once"), &account),
        booked(&before, &account) + 300
    );
}

#[test]
fn a_revoked_device_reads_nothing_new_and_the_others_do() {
    let bank = Bank::sandbox("");
    let (phone, id) = bank.enrol("1001", "phone");
    let (tablet, _) = bank.enrol("1001", "tablet");
    let account = first_account(&shown(&phone, "--once"));
    shown(&tablet, "--once");

    assert_eq!(bank.operate(&["revoke", &id])["device"], id.as_str());
    bank.operate(&["post", &account, "1", "--purpose", "secret"]);

    let refused = device(&phone, "--once");
    assert!(!refused.status.success());
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("revoked"),
        "it is told why"
    );
    assert!(!shown(&phone, "--offline").to_string().contains("secret"));
    assert_eq!(shown(&tablet, "--once")["entries"][0]["purpose"], "secret");
}

#[test]
fn a_code_enrols_one_device_and_a_wrong_one_none() {
    let bank = Bank::sandbox("");
    let code = bank.code("1001");
    let wrong = format!("0000000000000000{}", &code[16..]);
    let check = |code: &str, name: &str, expected: &str| {
        let refused = bank.enrolment("1001", code, &bank.path(name));
        assert!(!refused.status.success());
        let told = String::from_utf8_lossy(&refused.stderr).to_string();
        assert!(told.contains(expected), "{told}");
        assert!(!told.contains(&code[..16]), "the code is not repeated");
    };
    check(&wrong, "first", "not accepted (code invalid)");
    let other_bank = format!("{}-{}", &code[..16], "0".repeat(26));
    check(&other_bank, "second", "fingerprint");
    json(&bank.enrolment("1001", &code, &bank.path("third")));
    check(&code, "fourth", "not accepted (code used)");
}

#[test]
fn a_live_device_that_is_revoked_ends_and_says_why() {
    let bank = Bank::sandbox("");
    let (phone, id) = bank.enrol("1001", "phone");
    let mut live = passbook()
        .args(["device", "--json", "--dir"])
        .arg(&phone)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut revoked = false;
    for line in BufReader::new(live.stdout.take().unwrap()).lines() {
        let shown: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if shown["state"] == "live" && !revoked {
            bank.operate(&["revoke", &id]);
            revoked = true;
        }
    }
    // It ends by itself: the stream is closed under it, and its next request is refused.
    let ended = live.wait_with_output().unwrap();
    assert!(!ended.status.success());
    let told = String::from_utf8_lossy(&ended.stderr).to_string();
    assert!(told.contains("revoked"), "{told}");
}

#[test]
fn an_expired_token_is_told_and_the_device_still_opens() {
    let bank = Bank::sandbox("[tokens]\nlifetime_seconds = 5\n");
    let (phone, _) = bank.enrol("1001", "phone");
    let online = shown(&phone, "--once");
    let (tablet, _) = bank.enrol("1001", "tablet");
    // The phone is away for longer than its token lives: the tablet's bank says when that has passed.
    let as_of = |shown: &Value| shown["as_of"].as_u64().unwrap();
    let mut tries = (0..500).map(|_| as_of(&shown(&tablet, "--once")));
    tries.find(|now| *now > as_of(&online) + 6_000).unwrap();
    let refused = device(&phone, "--once");
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).to_string();
    assert!(told.contains("token has expired"), "{told}");
    let offline = shown(&phone, "--offline");
    assert_eq!(offline["accounts"], online["accounts"]);
    assert_eq!(offline["entries"], online["entries"]);
}

#[test]
fn a_live_device_outlives_its_token_and_shows_what_comes_then() {
    let bank = Bank::sandbox("[tokens]\nlifetime_seconds = 5\n");
    let (phone, _) = bank.enrol("1001", "phone");
    let before = shown(&phone, "--once");
    let account = first_account(&before);
    let end = before["as_of"].as_u64().unwrap() + 15_000;
    let live = passbook()
        .args(["device", "--json", "--dir"])
        .arg(&phone)
        .stdout(Stdio::piped())
        .spawn();
    let mut live = Running(live.unwrap());
    let mut posted = 0;
    for line in BufReader::new(live.0.stdout.take().unwrap()).lines() {
        let shown: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let reached = shown["state"] == "live" || shown["state"] == "entries";
        assert_ne!(shown["state"], "ended");
        if reached && booked(&shown, &account) == booked(&before, &account) + posted {
            if shown["as_of"].as_u64().unwrap() > end {
                return;
            }
            bank.operate(&["post", &account, "0.01"]);
            posted += 1;
        }
    }
    panic!("it ended");
}

/// The lines to paste, from a directory whose name means something to a shell, of a bank whose ports the system chose.
#[test]
fn the_lines_that_serve_prints_work_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let odd = directory.path().join("my bank & co's $HOME");
    std::fs::create_dir(&odd).unwrap();
    let configuration = odd.join("pass book.toml");
    let ports = "[public]\naddress = \"127.0.0.1:0\"\n[operator]\naddress = \"127.0.0.1:0\"\n";
    std::fs::write(&configuration, ports).unwrap();
    let servers = passbook()
        .args(["serve", "--sandbox", "--config"])
        .arg(&configuration)
        .arg("--data")
        .arg(odd.join("data of it"))
        .stdout(Stdio::piped())
        .spawn();
    let mut servers = Running(servers.unwrap());
    let printed = BufReader::new(servers.0.stdout.take().unwrap()).lines();
    let mut indented =
        printed.filter_map(|line| Some(line.unwrap().strip_prefix("    ")?.to_owned()));
    let links: Vec<String> = indented.by_ref().take(2).collect();
    let lines: Vec<String> = indented.by_ref().take(4).collect();
    let ports = links.iter().chain(&lines);
    assert!(!ports.clone().any(|line| line.contains(":0")), "{ports:?}");
    let elsewhere = directory.path().join("somewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let shell = |line: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec {line}")]);
        command.current_dir(&elsewhere).stdout(Stdio::piped());
        command
    };

    let enrolled = shell(&lines[0]).output().unwrap();
    assert!(enrolled.status.success());
    assert!(String::from_utf8_lossy(&enrolled.stdout).contains("Enrolled device"));
    let mut live = Running(shell(&lines[1]).spawn().unwrap());
    let shown = BufReader::new(live.0.stdout.take().unwrap()).lines();
    let posted = shell(&lines[2]).output().unwrap();
    assert!(String::from_utf8_lossy(&posted.stdout).contains("Booked 250.00"));
    let mut shown = shown.map(|line| line.unwrap());
    assert!(shown.any(|line| line.contains("lunch") && line.contains("250.00")));
    let code = shell(&lines[3]).output().unwrap();
    assert!(String::from_utf8_lossy(&code.stdout).contains("Activation code"));
    drop(live);
    let again = shell(&lines[0]).stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8_lossy(&again.stderr).to_string();
    assert!(told.contains("give another directory with --dir"), "{told}");

    // The links for browsers have codes of their own, which no terminal's line uses up.
    for link in &links {
        let (page, activation) = link.split_once('#').unwrap();
        let url = page.strip_suffix("/welcome").unwrap();
        assert!(url.starts_with("http://localhost:"), "{link}");
        let (customer, code) = activation.split_once('.').unwrap();
        let enrolled = passbook()
            .args(["enrol", customer, code, "--bank", url, "--dir"])
            .arg(odd.join(customer))
            .output()
            .unwrap();
        assert!(enrolled.status.success(), "{enrolled:?}");
    }

    // What an enrolment prints quotes its own directory.
    let code = String::from_utf8_lossy(&code.stdout).to_string();
    let code = code.lines().last().unwrap().trim().to_owned();
    let line = lines[0].split_whitespace().collect::<Vec<_>>();
    let bank = line.iter().position(|word| *word == "--bank").unwrap();
    let enrolled = passbook()
        .args(["enrol", "1001", &code, "--bank", line[bank + 1], "--dir"])
        .arg(odd.join("a phone"))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&enrolled.stdout).to_string();
    let watch = printed.lines().last().unwrap().split('`').nth(1).unwrap();
    let shown = shell(&format!("{watch} --offline")).output().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains("lunch"));
}

#[test]
fn the_ready_line_names_the_ports_that_the_system_chose() {
    let directory = tempfile::tempdir().unwrap();
    let configuration = directory.path().join("passbook.toml");
    let text = format!(
        "data_directory = {:?}\n[public]\naddress = \"127.0.0.1:0\"\n[operator]\naddress = \"127.0.0.1:0\"\n",
        directory.path().join("data").display().to_string()
    );
    std::fs::write(&configuration, text).unwrap();
    let servers = passbook()
        .args(["serve", "--sandbox", "--json", "--config"])
        .arg(&configuration)
        .stdout(Stdio::piped())
        .spawn();
    let mut servers = Running(servers.unwrap());
    let mut line = String::new();
    let mut printed = BufReader::new(servers.0.stdout.take().unwrap());
    printed.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let public = ready["public"].as_str().unwrap();
    let operator = ready["operator"].as_str().unwrap();
    for address in [public.strip_prefix("http://").unwrap(), operator] {
        std::net::TcpStream::connect(address).unwrap();
    }
    let issued = passbook()
        .args(["code", "1001", "--json", "--config"])
        .arg(&configuration)
        .output()
        .unwrap();
    let issued = json(&issued);
    let code = [&issued["code"], &issued["root"]].map(|part| part.as_str().unwrap().to_owned());
    let enrolled = passbook()
        .args(["enrol", "1001", &code.join("-"), "--json", "--bank", public])
        .arg("--dir")
        .arg(directory.path().join("phone"))
        .output()
        .unwrap();
    assert_eq!(
        json(&enrolled)["complete"],
        true,
        "proofs name the port, too"
    );
}
