//! A page and its conversation with DevTools.

use crate::chromium::process::Process;
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::time::timeout;

/// How long Chromium may be silent while a test waits for it.
const SILENCE: Duration = Duration::from_secs(60);

/// A page in a Chromium of its own.
#[derive(Debug)]
pub struct Page {
    commands: ChildStdin,
    messages: BufReader<ChildStdout>,
    process: Process,
    session: Option<String>,
    /// The frame in which scripts run; none is the page itself.
    world: Option<Json>,
    sent: u64,
    events: VecDeque<Json>,
}

impl Page {
    /// Starts a Chromium with an empty page.
    ///
    /// # Panics
    /// Where Chromium is not installed.
    pub async fn open() -> Self {
        let (process, commands, answers) = Process::start();
        let mut page = Self {
            commands,
            messages: BufReader::new(answers),
            process,
            session: None,
            world: None,
            sent: 0,
            events: VecDeque::new(),
        };
        let target = page
            .call("Target.createTarget", json!({"url": "about:blank"}))
            .await
            .unwrap();
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let attached = page.call("Target.attachToTarget", target).await.unwrap();
        page.session = attached["sessionId"].as_str().map(str::to_owned);
        page.call("Page.enable", json!({})).await.unwrap();
        page
    }

    /// Opens `url`, and returns when the page and its frames have loaded.
    pub async fn visit(&mut self, url: &str) {
        self.world = None;
        self.events.clear();
        let opened = self.call("Page.navigate", json!({"url": url})).await;
        assert_eq!(opened.unwrap().get("errorText"), None, "{url}");
        self.event("Page.loadEventFired").await;
    }

    /// Has scripts run in the page's only frame, until the next visit.
    pub async fn enter_frame(&mut self) {
        let tree = self.call("Page.getFrameTree", json!({})).await.unwrap();
        let frame = &tree["frameTree"]["childFrames"][0]["frame"]["id"];
        let world = self
            .call("Page.createIsolatedWorld", json!({"frameId": frame}))
            .await;
        self.world = Some(world.unwrap()["executionContextId"].clone());
    }

    /// The value of an expression, as JSON, after its promise is settled, as if the user had just clicked. `Err` has what
    /// the script threw.
    pub async fn evaluate(&mut self, expression: &str) -> Result<Json, String> {
        let mut what = json!({
            "expression": expression,
            "awaitPromise": true,
            "returnByValue": true,
            "userGesture": true,
        });
        if let Some(world) = &self.world {
            what["contextId"] = world.clone();
        }
        let answer = self.call("Runtime.evaluate", what).await?;
        match answer.get("exceptionDetails") {
            Some(thrown) => Err(thrown["exception"]["description"].to_string()),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// The answer to a command of the DevTools protocol. `Err` has the protocol's error.
    pub async fn call(&mut self, method: &str, params: Json) -> Result<Json, String> {
        self.sent += 1;
        let id = self.sent;
        let mut command = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        if let Err(error) = self.commands.write_all(&bytes).await {
            self.fail(method, &error.to_string());
        }
        loop {
            let message = self.message(method).await;
            if message["id"] != id {
                self.events.push_back(message);
                continue;
            }
            return match message.get("error") {
                Some(error) => Err(error["message"].to_string()),
                None => Ok(message["result"].clone()),
            };
        }
    }

    /// The next event with this name since the last visit began. Earlier events are forgotten.
    pub async fn event(&mut self, name: &str) -> Json {
        loop {
            let event = match self.events.pop_front() {
                Some(event) => event,
                None => self.message(name).await,
            };
            if event["method"] == name {
                return event["params"].clone();
            }
        }
    }

    async fn message(&mut self, awaited: &str) -> Json {
        let mut bytes = Vec::new();
        match timeout(SILENCE, self.messages.read_until(0, &mut bytes)).await {
            Err(_) => self.fail(awaited, "Chromium is silent"),
            Ok(Err(error)) => self.fail(awaited, &error.to_string()),
            Ok(Ok(_)) => {}
        }
        if bytes.pop() != Some(0) {
            self.fail(awaited, "Chromium ended");
        }
        serde_json::from_slice(&bytes).unwrap()
    }

    fn fail(&self, awaited: &str, problem: &str) -> ! {
        panic!("{awaited}: {problem}\n{}", self.process.log());
    }
}
