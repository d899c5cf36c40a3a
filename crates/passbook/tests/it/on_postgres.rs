//! A bank whose services keep what they know on a PostgreSQL server.

use crate::bank::{Bank, passbook, refused, shown, shown_with};
use crate::replay::check;
use std::path::Path;
use std::sync::Arc;
use testkit::postgres::{PostgresServer, unused_schema};

/// The settings of a bank in schemas of its own on the server that tests share.
pub(crate) fn shared() -> String {
    settings(PostgresServer::shared(), &unused_schema())
}

fn settings(server: &PostgresServer, schemas: &str) -> String {
    format!(
        "[database]\nurl = \"{}\"\nschemas = \"{schemas}\"\n",
        server.url()
    )
}

fn databases_in(directory: &Path) -> usize {
    let files = std::fs::read_dir(directory).unwrap().flatten();
    files
        .filter(|file| file.file_name().to_str().unwrap().contains("sqlite"))
        .count()
}

#[test]
fn a_bank_goes_on_after_the_server_crashed_and_after_it_was_killed_itself() {
    let server = PostgresServer::start();
    let schemas = unused_schema();
    let mut bank = Bank::sandbox(&settings(&server, &schemas));
    let (phone, _) = bank.enrol("1001", "phone");
    let account = shown(&phone, "--once")["accounts"][0]["account"].clone();
    let account = account.as_str().unwrap();
    let arrives = |bank: &Bank, purpose: &str| {
        bank.operate(&["post", account, "1", "--purpose", purpose]);
        let after = shown_with(&phone, purpose);
        assert_eq!(after["complete"], true);
    };
    arrives(&bank, "first");
    server.crash();
    server.start_again();
    arrives(&bank, "after a crash");
    bank.kill();
    bank.start();
    arrives(&bank, "after a kill");

    bank.stop();
    assert_eq!(databases_in(&bank.data()), 0);
    let checked = bank.operate(&["check"]);
    for service in ["bank", "notification", "ciam", "gateway", "risk"] {
        let verified = format!("{service} database: every row");
        let all = checked["verified"].as_array().unwrap();
        assert!(all.iter().any(|what| *what == verified.as_str()), "{all:?}");
    }
    let chains = bank.operate(&["audit", "verify"]);
    assert_eq!(chains["intact"], true);
}

#[test]
fn schemas_of_another_deployment_are_refused() {
    let server = PostgresServer::shared();
    let mut bank = Bank::sandbox(&settings(server, &unused_schema()));
    bank.stop();
    let other = bank.path("other");
    let mut serve = passbook();
    serve.args(["serve", "--config"]).arg(bank.configuration());
    let problem = refused(serve.arg("--data").arg(&other));
    assert!(problem.contains("deployment is missing"), "{problem}");
}

#[test]
fn a_password_is_in_no_error() {
    let url = "postgres://ann:hush@127.0.0.1:1/bank";
    let problem = refused(passbook().args(["audit", "verify", "--database", url]));
    assert!(!problem.contains("hush"), "{problem}");
    let url = "postgres://ann:hush@db.example/bank";
    let problem = refused(passbook().args(["check", "--database", url]));
    assert!(
        problem.contains("database.url") && !problem.contains("hush"),
        "{problem}"
    );
}

/// How many transactions a replay's bank has booked; none before it has tables.
fn booked(server: &PostgresServer) -> usize {
    let find = "SELECT schemaname FROM pg_tables WHERE tablename = 'booked'";
    let schema = server.query("public", find);
    if schema.is_empty() {
        return 0;
    }
    let count = server.query(schema.trim(), "SELECT count(*) FROM booked");
    count.trim().parse().unwrap()
}

#[test]
fn a_replay_is_clean_while_the_servers_are_killed_and_postgresql_crashes() {
    let server = Arc::new(PostgresServer::start());
    let url = server.url();
    let crashing = server.clone();
    let crashes = std::thread::spawn(move || {
        for enough in [200, 400, 600] {
            while booked(&crashing) < enough {
                std::thread::yield_now();
            }
            crashing.crash();
            crashing.start_again();
        }
    });
    let arguments = ["--kill-every", "2", "--seed", "7", "--database", &url];
    // Enough work that a kill falls into it on a fast machine, too.
    let result = check(600, &arguments);
    assert!(result["kills"].as_u64().unwrap() > 0, "{result}");
    crashes.join().unwrap();
    let left = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'replay%'";
    assert_eq!(server.query("public", left), "");
}
