//! A bank in a process of its own, and the tools run against it.

use rand::RngExt as _;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json as object};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A process that is killed when this value goes, whether the test passed or not.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// `passbook serve` in a temporary directory; killed when dropped.
pub(crate) struct Bank {
    // Dropped before the directory that it works in.
    servers: Option<Running>,
    directory: TempDir,
    pub(crate) public: String,
    pub(crate) operator: SocketAddr,
    /// Where the metrics are served, if they are.
    pub(crate) metrics: Option<String>,
    arguments: &'static [&'static str],
}

impl Running {
    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// Asks it to end with SIGTERM, and waits for it.
    pub(crate) fn stop(self) {
        self.signal(Signal::TERM);
        self.ended();
    }

    /// Waits until it has ended by itself, with success.
    pub(crate) fn ended(mut self) {
        assert!(self.0.wait().unwrap().success());
    }
}

pub(crate) fn passbook() -> Command {
    Command::new(env!("CARGO_BIN_EXE_passbook"))
}

/// A free port from below those that the system gives to clients: no client's end of a connection takes it while the
/// servers are down.
pub(crate) fn free_port() -> (SocketAddr, TcpListener) {
    let mut random = rand::rng();
    loop {
        let port: u16 = random.random_range(10_000..30_000);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return (listener.local_addr().unwrap(), listener);
        }
    }
}

impl Bank {
    /// A bank with a few generated customers, with `settings` added to its configuration.
    pub(crate) fn sandbox(settings: &str) -> Self {
        Self::sandbox_with(settings, &[])
    }

    /// [`sandbox`](Self::sandbox), with more arguments of `serve`.
    pub(crate) fn sandbox_with(settings: &str, arguments: &'static [&'static str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        // Held together, so that they are two.
        let ((public, one), (operator, other)) = (free_port(), free_port());
        let configuration = format!(
            "data_directory = {:?}\n[public]\naddress = \"{public}\"\n[operator]\naddress = \"{operator}\"\n[sandbox]\ncustomers = 3\n{settings}",
            directory.path().join("data").display().to_string(),
        );
        std::fs::write(directory.path().join("passbook.toml"), configuration).unwrap();
        drop((one, other));
        let mut bank = Self {
            servers: None,
            directory,
            public: format!("http://localhost:{}", public.port()),
            operator,
            metrics: None,
            arguments,
        };
        bank.start();
        bank
    }

    /// Starts the servers again with the web app in a directory.
    pub(crate) fn serve_app(&mut self, directory: &Path) {
        self.set_public(&format!("web_app_bundle = {directory:?}"));
    }

    /// Starts the servers again with one more setting of the public listener.
    pub(crate) fn set_public(&mut self, setting: &str) {
        self.stop();
        let configuration = std::fs::read_to_string(self.configuration()).unwrap();
        let setting = format!("[public]\n{setting}");
        let configuration = configuration.replace("[public]", &setting);
        std::fs::write(self.configuration(), configuration).unwrap();
        self.start();
    }

    pub(crate) fn start(&mut self) {
        let mut servers = passbook()
            .args(["serve", "--sandbox", "--json", "--config"])
            .arg(self.configuration())
            .args(self.arguments)
            .env("RUST_LOG", "info")
            .stderr(File::create(self.path("servers.log")).unwrap())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(servers.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["ready"], true);
        assert_eq!(ready["public"], self.public);
        self.metrics = ready["metrics"].as_str().map(str::to_owned);
        assert!(self.get("/readyz").starts_with("HTTP/1.1 200 "));
        self.servers = Some(Running(servers));
    }

    /// What is answered to a request without a token.
    pub(crate) fn get(&self, path: &str) -> String {
        let address = self.public.strip_prefix("http://").unwrap();
        ask(address, &format!("GET {path}"), &[], "")
    }

    /// SIGKILL: no goodbye, nothing flushed.
    pub(crate) fn kill(&mut self) {
        self.servers = None;
    }

    /// SIGTERM: a clean end.
    pub(crate) fn stop(&mut self) {
        self.servers.take().unwrap().stop();
    }

    /// Waits until the servers, which were told to end, have ended with success.
    pub(crate) fn ended(&mut self) {
        self.servers.take().unwrap().ended();
    }

    /// Lets the servers stand still, or go on.
    pub(crate) fn signal(&self, signal: Signal) {
        self.servers.as_ref().unwrap().signal(signal);
    }

    /// What `command` says on standard error with the bank's configuration, refused.
    pub(crate) fn refused(&self, command: &[&str]) -> String {
        let mut process = passbook();
        process.args(command).arg("--config");
        refused(process.arg(self.configuration()))
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.directory.path().join("passbook.toml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs a tool that takes the bank's configuration; what it printed as JSON.
    pub(crate) fn operate(&self, arguments: &[&str]) -> Value {
        json(
            &passbook()
                .args(arguments)
                .arg("--json")
                .arg("--config")
                .arg(self.configuration())
                .output()
                .unwrap(),
        )
    }

    /// Has the core bank load rows: `customers`, `accounts` or `holders`.
    pub(crate) fn load(&self, rows: &str, values: &Value) {
        let token = std::fs::read_to_string(self.data().join("operator-token")).unwrap();
        let headers = [
            format!("Authorization: Bearer {}", token.trim()),
            "Content-Type: application/json".to_owned(),
        ];
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let request = format!("POST /v1/operator/{rows}");
        let body = object!({ rows: values }).to_string();
        let answer = ask(&self.operator.to_string(), &request, &headers, &body);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    /// Enrols a device of `customer` with a new code; its directory and id.
    pub(crate) fn enrol(&self, customer: &str, name: &str) -> (PathBuf, String) {
        let code = self.code(customer);
        let directory = self.path(name);
        let enrolled = json(&self.enrolment(customer, &code, &directory));
        (directory, enrolled["device"].as_str().unwrap().to_owned())
    }

    pub(crate) fn code(&self, customer: &str) -> String {
        let issued = self.operate(&["code", customer]);
        format!(
            "{}-{}",
            issued["code"].as_str().unwrap(),
            issued["root"].as_str().unwrap()
        )
    }

    pub(crate) fn enrolment(&self, customer: &str, code: &str, directory: &Path) -> Output {
        let mut command = passbook();
        command
            .args([
                "enrol",
                customer,
                code,
                "--json",
                "--bank",
                &self.public,
                "--dir",
            ])
            .arg(directory);
        command.output().unwrap()
    }
}

/// What a command says on standard error that does not do what it was asked, with status 1.
pub(crate) fn refused(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).to_string();
    assert_eq!(output.status.code(), Some(1), "{told}");
    told
}

/// Sends a request, and reads the whole answer.
pub(crate) fn ask(address: &str, request: &str, headers: &[&str], body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let headers: String = headers
        .iter()
        .map(|header| format!("{header}\r\n"))
        .collect();
    let length = body.len();
    let head = format!(
        "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Who refuses a body by its length need not read it.
    stream.write_all(body.as_bytes()).ok();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok();
    answer
}

/// What a device shows after it caught up.
pub(crate) fn shown(directory: &Path, how: &str) -> Value {
    json(&device(directory, how))
}

/// How long something may take to come: far more than it needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a device shows once its newest entry has that purpose.
pub(crate) fn shown_with(directory: &Path, newest: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let home = shown(directory, "--once");
        if home["entries"][0]["purpose"] == newest {
            return home;
        }
        assert!(Instant::now() < deadline, "{newest} did not come: {home}");
    }
}

pub(crate) fn device(directory: &Path, how: &str) -> Output {
    passbook()
        .args(["device", how, "--json", "--dir"])
        .arg(directory)
        .output()
        .unwrap()
}

/// The last line of what was printed, which must have gone well.
pub(crate) fn json(output: &Output) -> Value {
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_str(printed.lines().last().unwrap()).unwrap()
}
