//! Commands that change something say what they know: done, not done, or perhaps done, and then how to repeat them.

use crate::bank::{Bank, passbook, shown};
use rustix::process::Signal;
use std::fs::File;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;

const DONE: i32 = 0;
const NOT_DONE: i32 = 1;
const MAY_BE_DONE: i32 = 3;

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).to_string()
}

/// What one of the bank's commands says, with its standard output as given.
fn run(bank: &Bank, arguments: &[&str], output: Stdio) -> Output {
    let mut command = passbook();
    command.args(arguments).arg("--config");
    command.arg(bank.configuration()).stdout(output);
    command.output().unwrap()
}

/// The line to paste below an error, run by a shell.
fn pasted(told: &str) -> Output {
    let mut lines = told.lines();
    let line = lines.find_map(|line| line.strip_prefix("    "));
    let shell = Command::new("sh").args(["-c", line.unwrap()]).output();
    shell.unwrap()
}

fn transactions(bank: &Bank) -> i64 {
    let database = bank.data().join("bank.sqlite");
    let count = "SELECT transactions FROM account WHERE id = '2000000010'";
    rusqlite::Connection::open(database)
        .unwrap()
        .query_row(count, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn an_answer_that_cannot_be_shown_says_what_was_done() {
    let bank = Bank::sandbox("");
    let before = transactions(&bank);
    let post = ["post", "2000000010", "500.00", "--purpose", "it's mine"];
    for closed in [false, true] {
        let output = if closed {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            Stdio::from(writer)
        } else {
            File::options()
                .write(true)
                .open("/dev/full")
                .unwrap()
                .into()
        };
        let posted = run(&bank, &post, output);
        let told = told(&posted);
        assert_eq!(posted.status.code(), Some(MAY_BE_DONE), "{told}");
        assert!(told.contains("the transaction was booked"), "{told}");
        let id = told.split_once("transaction's id is ").unwrap().1;
        let id = id.split_once(".\n").unwrap().0;
        assert!(told.contains(&format!(" --id {id}")), "{told}");
        let booked = transactions(&bank);
        let again = pasted(&told);
        assert_eq!(again.status.code(), Some(DONE));
        assert!(String::from_utf8_lossy(&again.stdout).contains("Booked 500.00 CZK"));
        assert_eq!(
            transactions(&bank),
            booked,
            "the line that is shown books nothing"
        );
    }
    assert_eq!(transactions(&bank), before + 2);

    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    for how in [&["code", "1001"][..], &["code", "1001", "--json"][..]] {
        let issued = run(&bank, how, full());
        assert_eq!(issued.status.code(), Some(MAY_BE_DONE));
        assert!(
            told(&issued).contains("another one may be requested"),
            "{}",
            told(&issued)
        );
    }
    let (_, device) = bank.enrol("1001", "phone");
    let revoked = run(&bank, &["revoke", &device], full());
    assert_eq!(revoked.status.code(), Some(MAY_BE_DONE));
    assert!(told(&revoked).contains("was revoked"), "{}", told(&revoked));

    let code = bank.code("1001");
    let mut enrol = passbook();
    enrol.args(["enrol", "1001", &code, "--bank", &bank.public, "--dir"]);
    enrol.arg(bank.path("tablet")).stdout(full());
    let enrolled = enrol.output().unwrap();
    assert_eq!(enrolled.status.code(), Some(MAY_BE_DONE));
    assert!(
        told(&enrolled).contains("is enrolled"),
        "{}",
        told(&enrolled)
    );
    assert_eq!(shown(&bank.path("tablet"), "--once")["complete"], true);
}

/// Takes connections, reads a request, and answers nothing.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[test]
fn no_answer_means_that_it_may_be_done_and_nobody_there_that_it_is_not() {
    let mut bank = Bank::sandbox("");
    let before = transactions(&bank);
    bank.signal(Signal::STOP);
    let posts = thread::scope(|scope| {
        let post = scope.spawn(|| run(&bank, &["post", "2000000010", "5.00"], Stdio::piped()));
        let code = scope.spawn(|| run(&bank, &["code", "1001"], Stdio::piped()));
        let device = "0190f4e2-8d3b-7cc0-8a5e-000000000000";
        let revoke = run(&bank, &["revoke", device], Stdio::piped());
        [post.join().unwrap(), code.join().unwrap(), revoke]
    });
    bank.signal(Signal::CONT);
    for (output, expected) in posts.iter().zip([
        "may have been booked",
        "may have been issued",
        "may be revoked",
    ]) {
        let told = told(output);
        assert_eq!(output.status.code(), Some(MAY_BE_DONE), "{told}");
        assert!(told.contains(expected), "{told}");
    }
    let again = pasted(&told(&posts[0]));
    assert_eq!(again.status.code(), Some(DONE), "{}", told(&again));
    assert_eq!(transactions(&bank), before + 1);

    let too_much = ["post", "2000000010", "90071992547409.92"];
    for command in [&["post", "no such account", "1.00"][..], &too_much[..]] {
        let refused = run(&bank, command, Stdio::piped());
        assert_eq!(refused.status.code(), Some(NOT_DONE), "{}", told(&refused));
    }
    let most = told(&run(&bank, &too_much, Stdio::piped()));
    assert!(most.contains("at most 90,071,992,547,409.91 CZK"), "{most}");
    bank.kill();
    let refused = run(&bank, &["post", "2000000010", "1.00"], Stdio::piped());
    assert_eq!(refused.status.code(), Some(NOT_DONE), "{}", told(&refused));
    assert!(told(&refused).contains("nothing listens at"));
    bank.start();
    assert_eq!(transactions(&bank), before + 1);
}

#[test]
fn an_enrolment_without_an_answer_may_be_done_and_the_code_is_not_repeated() {
    let bank = Bank::sandbox("");
    let code = bank.code("1001");
    let (listener, address) = silent();
    let answering = thread::spawn(move || {
        // Each connection is closed without an answer.
        for stream in listener.incoming().take(1) {
            drop(stream);
        }
    });
    let mut enrol = passbook();
    enrol.args([
        "enrol",
        "1001",
        &code,
        "--bank",
        &format!("http://{address}"),
        "--dir",
    ]);
    enrol.arg(bank.path("phone"));
    let enrolled = enrol.output().unwrap();
    answering.join().unwrap();
    let told = told(&enrolled);
    assert_eq!(enrolled.status.code(), Some(MAY_BE_DONE), "{told}");
    assert!(
        told.contains("may be enrolled; repeat the same command"),
        "{told}"
    );
    assert!(!told.contains(&code[..16]), "{told}");
}
