//! The conversation with DevTools. Pages, their workers and service workers are its targets, each with a session.

use crate::chromium::process::{Process, Profile};
use serde_json::{Value as Json, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long Chromium may be silent while a test waits for it.
const SILENCE: Duration = Duration::from_secs(60);

type Answer = Result<Json, String>;

/// A conversation with a Chromium, which ends with it.
#[derive(Debug)]
pub(super) struct Connection {
    shared: Arc<Shared>,
    reading: JoinHandle<()>,
    process: Mutex<Process>,
}

#[derive(Debug)]
struct Shared {
    commands: tokio::sync::Mutex<Option<ChildStdin>>,
    state: Mutex<State>,
    /// Something came.
    came: Notify,
}

#[derive(Debug, Default)]
struct State {
    sent: u64,
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
    events: HashMap<String, VecDeque<Json>>,
    /// Pages, workers and service workers: the session and the type of each.
    targets: Vec<(String, String)>,
    complaints: Vec<String>,
    offline: bool,
    /// Runs in every document and worker before its first line.
    first: Option<String>,
    ended: bool,
}

impl Connection {
    pub(super) fn start(profile: &Profile) -> Self {
        let (process, commands, answers) = Process::start(profile);
        let shared = Arc::new(Shared {
            commands: tokio::sync::Mutex::new(Some(commands)),
            state: Mutex::default(),
            came: Notify::new(),
        });
        Self {
            reading: tokio::spawn(read(shared.clone(), answers)),
            shared,
            process: Mutex::new(process),
        }
    }

    /// The answer to a command. `Err` has the protocol's error.
    pub(super) async fn call(&self, session: Option<&str>, method: &str, params: Json) -> Answer {
        let answer = self.shared.send(session, method, params).await;
        match timeout(SILENCE, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => self.fail(method, "Chromium ended"),
            Err(_) => self.fail(method, "Chromium is silent"),
        }
    }

    /// The next event with this name. Earlier events of the session are forgotten.
    pub(super) async fn event(&self, session: &str, name: &str) -> Json {
        let next = async {
            loop {
                let came = self.shared.came.notified();
                {
                    let mut state = self.shared.state();
                    let events = state.events.entry(session.to_owned()).or_default();
                    while let Some(event) = events.pop_front() {
                        if event["method"] == name {
                            return Some(event["params"].clone());
                        }
                    }
                    if state.ended {
                        return None;
                    }
                }
                came.await;
            }
        };
        match timeout(SILENCE, next).await {
            Ok(Some(event)) => event,
            Ok(None) => self.fail(name, "Chromium ended"),
            Err(_) => self.fail(name, "Chromium is silent"),
        }
    }

    /// Forgets the session's events so far.
    pub(super) fn forget_events(&self, session: &str) {
        self.shared.state().events.remove(session);
    }

    /// What watched pages and their workers complained of since the last call.
    pub(super) fn take_complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.state().complaints)
    }

    /// The sessions of the targets of this type: `page`, `worker`, `service_worker`.
    pub(super) fn sessions(&self, kind: &str) -> Vec<String> {
        let state = self.shared.state();
        let of_kind = state.targets.iter().filter(|(_, of)| of == kind);
        of_kind.map(|(session, _)| session.clone()).collect()
    }

    /// Takes the network away from all targets, also from those that begin later, or gives it back.
    pub(super) async fn set_offline(&self, offline: bool) {
        let sessions: Vec<_> = {
            let mut state = self.shared.state();
            state.offline = offline;
            let targets = state.targets.iter();
            targets.map(|(session, _)| session.clone()).collect()
        };
        for session in sessions {
            // A worker may end in the meantime.
            let told = self.call(Some(&session), EMULATE_NETWORK, network(offline));
            told.await.ok();
        }
    }

    /// Has this script run in every document and worker that begins from now on, before its first line.
    pub(super) async fn run_first(&self, script: &str) {
        self.shared.state().first = Some(script.to_owned());
        for page in self.sessions("page") {
            let params = json!({"source": script});
            let added = self.call(Some(&page), RUN_FIRST, params).await;
            added.unwrap();
        }
    }

    /// Watches a target: what it complains of is kept.
    pub(super) async fn watch(&self, session: &str) {
        self.shared.watch(session).await;
    }

    /// Ends Chromium as a person does, who closes its last window.
    pub(super) async fn close(self) {
        self.call(None, "Browser.close", json!({})).await.unwrap();
        // It waits until nobody holds the pipe.
        self.shared.commands.lock().await.take();
        let mut process = self.process.into_inner().unwrap();
        process.ended().await;
        self.reading.abort();
    }

    pub(super) fn fail(&self, awaited: &str, problem: &str) -> ! {
        let complaints = self.take_complaints().join("\n");
        let log = self.process.lock().unwrap().log();
        panic!("{awaited}: {problem}\n{complaints}\n{log}");
    }
}

/// In the documents of a page.
const RUN_FIRST: &str = "Page.addScriptToEvaluateOnNewDocument";

const EMULATE_NETWORK: &str = "Network.emulateNetworkConditions";

fn network(offline: bool) -> Json {
    json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Sends a command; what its answer comes to.
    async fn send(
        &self,
        session: Option<&str>,
        method: &str,
        params: Json,
    ) -> oneshot::Receiver<Answer> {
        let (answers, answer) = oneshot::channel();
        let mut command = json!({"method": method, "params": params});
        {
            let mut state = self.state();
            state.sent += 1;
            command["id"] = json!(state.sent);
            let sent = state.sent;
            if !state.ended {
                state.waiting.insert(sent, answers);
            }
        }
        if let Some(session) = session {
            command["sessionId"] = json!(session);
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        if let Some(commands) = &mut *self.commands.lock().await {
            // If Chromium has ended, no answer comes.
            commands.write_all(&bytes).await.ok();
        }
        answer
    }

    /// Takes a message; the session of the worker that it tells of, which has begun.
    fn take(&self, message: Json) -> Option<String> {
        let mut state = self.state();
        if let Some(id) = message["id"].as_u64() {
            let answer = match message.get("error") {
                Some(error) => Err(error["message"].to_string()),
                None => Ok(message["result"].clone()),
            };
            if let Some(waiting) = state.waiting.remove(&id) {
                waiting.send(answer).ok();
            }
            return None;
        }
        state.complaints.extend(complaint(&message));
        let params = &message["params"];
        let session = params["sessionId"].as_str().unwrap_or_default().to_owned();
        let kind = params["targetInfo"]["type"].as_str().unwrap_or_default();
        let mut attached = None;
        match message["method"].as_str() {
            Some("Target.attachedToTarget") => {
                if kind.ends_with("worker") {
                    attached = Some(session.clone());
                }
                state.targets.push((session, kind.to_owned()));
            }
            Some("Target.detachedFromTarget") => state.targets.retain(|(of, _)| *of != session),
            _ => {}
        }
        if let Some(session) = message["sessionId"].as_str() {
            let events = state.events.entry(session.to_owned()).or_default();
            events.push_back(message);
        }
        attached
    }

    /// Watches a target; a worker waits for that before its first line. No answer is waited for: a worker may have ended, and
    /// not every target has every domain.
    async fn watch(&self, session: &str) {
        let (offline, first) = {
            let state = self.state();
            (state.offline, state.first.clone())
        };
        let mut commands = vec![
            ("Runtime.enable", json!({})),
            ("Log.enable", json!({})),
            ("Network.enable", json!({})),
            (EMULATE_NETWORK, network(offline)),
        ];
        if let Some(script) = first {
            commands.extend([
                (RUN_FIRST, json!({"source": script})),
                // A worker has no documents, and waits.
                ("Runtime.evaluate", json!({"expression": script})),
            ]);
        }
        commands.push(("Runtime.runIfWaitingForDebugger", json!({})));
        for (method, params) in commands {
            drop(self.send(Some(session), method, params).await);
        }
    }
}

async fn read(shared: Arc<Shared>, answers: ChildStdout) {
    let mut answers = BufReader::new(answers);
    loop {
        let mut bytes = Vec::new();
        let read = answers.read_until(0, &mut bytes).await;
        if read.is_err() || bytes.pop() != Some(0) {
            break;
        }
        let message = serde_json::from_slice(&bytes).unwrap();
        if let Some(worker) = shared.take(message) {
            shared.watch(&worker).await;
        }
        shared.came.notify_waiters();
    }
    let mut state = shared.state();
    state.ended = true;
    state.waiting.clear();
    drop(state);
    shared.came.notify_waiters();
}

/// What a message complains of: an error in the console, an uncaught exception, or what the browser refused, as against a
/// content security policy.
fn complaint(message: &Json) -> Option<String> {
    let params = &message["params"];
    match message["method"].as_str()? {
        "Runtime.exceptionThrown" => {
            let details = &params["exceptionDetails"];
            let thrown = details["exception"]["description"].as_str();
            Some(thrown.or(details["text"].as_str())?.to_owned())
        }
        "Runtime.consoleAPICalled"
            if ["error", "assert"]
                .map(Json::from)
                .contains(&params["type"]) =>
        {
            let arguments = params["args"].as_array()?;
            let shown = |argument: &Json| match argument["value"].as_str() {
                Some(text) => text.to_owned(),
                None => argument["description"].to_string(),
            };
            let words: Vec<_> = arguments.iter().map(shown).collect();
            Some(words.join(" "))
        }
        "Log.entryAdded" if params["entry"]["level"] == "error" => {
            let entry = &params["entry"];
            let text = entry["text"].as_str().unwrap_or_default();
            let url = entry["url"].as_str().unwrap_or_default();
            Some(format!("{text} {url}"))
        }
        _ => None,
    }
}
