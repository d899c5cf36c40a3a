//! A PostgreSQL server for tests, on a socket in a temporary directory, which ends with the test's process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

/// A server of this process alone. Its data are not synced to the disk: it survives a crash of the server, not of the
/// machine.
#[derive(Debug)]
pub struct PostgresServer {
    directory: String,
    supervisor: Mutex<Supervisor>,
}

/// The shell that runs the server. It ends the server when its standard input is closed, however this process ends.
#[derive(Debug)]
struct Supervisor {
    shell: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.commands = None;
        self.shell.wait().unwrap();
    }
}

static SHARED: LazyLock<PostgresServer> = LazyLock::new(PostgresServer::start);

impl PostgresServer {
    /// The server that all tests of a process share: each makes schemas of its own on it.
    #[must_use]
    pub fn shared() -> &'static Self {
        &SHARED
    }

    /// A server of a test's own.
    ///
    /// # Panics
    /// Where PostgreSQL is not installed.
    #[must_use]
    pub fn start() -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", include_str!("postgres.sh"), "postgres.sh"])
            .arg(programs())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = shell.stdin.take();
        let mut answers = BufReader::new(shell.stdout.take().unwrap());
        let directory = line(&mut answers);
        let server = Self {
            directory,
            supervisor: Mutex::new(Supervisor {
                shell,
                commands,
                answers,
            }),
        };
        server.start_again();
        server
    }

    /// The URL of its database. Whoever connects before the server is ready is refused, and asks again.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://passbook@/postgres?host={}", self.directory)
    }

    /// What a statement answers, a line a row, with the tables of a schema.
    #[must_use]
    pub fn query(&self, schema: &str, statement: &str) -> String {
        let answer = Command::new(programs().join("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-h",
                &self.directory,
                "-U",
                "passbook",
                "-d",
                "postgres",
            ])
            .env("PGOPTIONS", format!("-c search_path={schema}"))
            .args(["-c", statement])
            .output()
            .unwrap();
        let problem = String::from_utf8_lossy(&answer.stderr);
        assert!(answer.status.success(), "{statement}: {problem}");
        String::from_utf8(answer.stdout).unwrap()
    }

    /// Copies a schema, as it is at one moment, to another one that is not there yet.
    pub fn copy(&self, from: &str, to: &str) {
        let copy = r#"set -o pipefail; "$1/pg_dump" -h "$2" -U passbook -n "$3" postgres | sed "s/$3/$4/g" |
            "$1/psql" -X -q -h "$2" -U passbook -v ON_ERROR_STOP=1 postgres >/dev/null"#;
        let copied = Command::new("bash")
            .args(["-c", copy, "copy"])
            .arg(programs())
            .args([&self.directory, from, to])
            .status()
            .unwrap();
        assert!(copied.success(), "{from} was not copied");
    }

    /// Locks a table against writers until the answer is dropped.
    #[must_use]
    pub fn hold(&self, schema: &str, table: &str) -> Held {
        let mut client = Command::new(programs().join("psql"))
            .args([
                "-X",
                "-A",
                "-t",
                "-q",
                "-h",
                &self.directory,
                "-U",
                "passbook",
                "-d",
                "postgres",
            ])
            .env("PGOPTIONS", format!("-c search_path={schema}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut commands = client.stdin.take().unwrap();
        writeln!(
            commands,
            "BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE; SELECT 'held';"
        )
        .unwrap();
        let mut answers = BufReader::new(client.stdout.take().unwrap());
        assert_eq!(line(&mut answers), "held");
        Held {
            client,
            commands: Some(commands),
        }
    }

    /// Ends the server as a crash does: nothing is written back, and connections are lost.
    pub fn crash(&self) {
        self.command("crash");
    }

    /// Starts it after a crash.
    pub fn start_again(&self) {
        self.command("start");
    }

    fn command(&self, command: &str) {
        let mut supervisor = self.supervisor.lock().unwrap();
        writeln!(supervisor.commands.as_mut().unwrap(), "{command}").unwrap();
        assert_eq!(line(&mut supervisor.answers), command);
    }
}

/// A table that nobody writes to.
#[derive(Debug)]
pub struct Held {
    client: Child,
    commands: Option<ChildStdin>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.commands = None;
        self.client.wait().unwrap();
    }
}

fn line(answers: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    assert!(line.ends_with('\n'), "the PostgreSQL server did not start");
    line.trim_end().to_owned()
}

/// The schema that stands for the file at `path`, which is of one test alone.
#[must_use]
pub fn schema_of(path: &Path) -> String {
    let hash = types::Hash::of(path.as_os_str().as_encoded_bytes());
    format!("test_{}", types::hex::encode(&hash.as_bytes()[..16]))
}

/// A name for a schema that no other test of the process has.
#[must_use]
pub fn unused_schema() -> String {
    static USED: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", USED.fetch_add(1, Ordering::Relaxed))
}

/// Where the programs of the newest PostgreSQL are, 15 or later.
fn programs() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let versions = installed.flatten().filter_map(|version| {
        let name = version.file_name();
        let number: u32 = name.to_str()?.parse().ok()?;
        Some((number, version.path().join("bin")))
    });
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let has_server = |programs: &Path| programs.join("postgres").exists();
    versions
        .filter(|(number, programs)| *number >= 15 && has_server(programs))
        .max()
        .map(|(_, programs)| programs)
        .or_else(|| std::env::split_paths(&on_path).find(|programs| has_server(programs)))
        .expect("PostgreSQL 15 or later is needed for these tests: `scripts/prerequisites test` installs it")
}
