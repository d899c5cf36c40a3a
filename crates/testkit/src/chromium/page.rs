//! A page.

use crate::chromium::connection::Connection;
use crate::chromium::process::Profile;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a condition may take to come true: far more than it needs.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The time between two looks at a condition.
pub(super) const LOOKS: Duration = Duration::from_millis(20);

/// A page in a Chromium.
#[derive(Debug)]
pub struct Page {
    connection: Arc<Connection>,
    target: Json,
    session: String,
    /// The world in which scripts run; none is that of the page's scripts.
    world: Json,
}

impl Page {
    /// Starts a Chromium with an empty page, which is its only one.
    ///
    /// # Panics
    /// Where Chromium is not installed.
    pub async fn open() -> Self {
        Self::in_browser(Arc::new(Connection::start(&Profile::new()))).await
    }

    pub(super) async fn in_browser(connection: Arc<Connection>) -> Self {
        let target = json!({"url": "about:blank"});
        let target = connection.call(None, "Target.createTarget", target).await;
        let target = target.unwrap()["targetId"].clone();
        let attach = json!({"targetId": target, "flatten": true});
        let attached = connection.call(None, "Target.attachToTarget", attach).await;
        let session = attached.unwrap()["sessionId"].as_str().unwrap().to_owned();
        let page = Self {
            connection,
            target,
            session,
            world: Json::Null,
        };
        page.call("Page.enable", json!({})).await.unwrap();
        page
    }

    /// Opens `url`, and returns when the page and its frames have loaded.
    pub async fn visit(&mut self, url: &str) {
        self.world = Json::Null;
        self.connection.forget_events(&self.session);
        let opened = self.call("Page.navigate", json!({"url": url})).await;
        assert_eq!(opened.unwrap().get("errorText"), None, "{url}");
        self.event("Page.loadEventFired").await;
    }

    /// Loads the page again.
    pub async fn reload(&mut self) {
        self.world = Json::Null;
        self.connection.forget_events(&self.session);
        self.call("Page.reload", json!({})).await.unwrap();
        self.event("Page.loadEventFired").await;
    }

    /// Has scripts run in the page's only frame, until the next visit.
    pub async fn enter_frame(&mut self) {
        let tree = self.call("Page.getFrameTree", json!({})).await.unwrap();
        let frame = &tree["frameTree"]["childFrames"][0]["frame"]["id"];
        let world = self
            .call("Page.createIsolatedWorld", json!({"frameId": frame}))
            .await;
        self.world = world.unwrap()["executionContextId"].clone();
    }

    /// The value of an expression, as JSON, after its promise is settled, as if the user had just clicked. `Err` has what
    /// the script threw.
    pub async fn evaluate(&self, expression: &str) -> Result<Json, String> {
        self.evaluate_in(&self.world, expression).await
    }

    /// The same in this world; none is that of the page's scripts.
    pub(super) async fn evaluate_in(&self, world: &Json, expression: &str) -> Result<Json, String> {
        let mut what = json!({
            "expression": expression,
            "awaitPromise": true,
            "returnByValue": true,
            "userGesture": true,
        });
        if !world.is_null() {
            what["contextId"] = world.clone();
        }
        let answer = self.call("Runtime.evaluate", what).await?;
        match answer.get("exceptionDetails") {
            Some(thrown) => Err(thrown["exception"]["description"].to_string()),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// The value of an expression, once it is neither `null`, `false`, 0 nor an empty text. What it throws is waited out, and
    /// so is another page that comes in between.
    pub async fn until(&self, expression: &str) -> Json {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = self.evaluate(expression).await;
            let is_true =
                |value: &Json| !(value.is_null() || *value == false || *value == 0 || *value == "");
            match value {
                Ok(value) if is_true(&value) => return value,
                other if Instant::now() > deadline => {
                    let shown = self.evaluate("`${location.href}\\n${document.body.innerText}`");
                    let shown = shown.await.unwrap_or_default();
                    self.connection.fail(
                        expression,
                        &format!("{other:?}, where the page shows {shown}"),
                    );
                }
                _ => sleep(LOOKS).await,
            }
        }
    }

    /// Waits until the page shows this text.
    pub async fn shows(&self, text: &str) {
        let text = Json::from(text);
        self.until(&format!("document.body.innerText.includes({text})"))
            .await;
    }

    /// Waits until what the page's scripts have changed is painted, its type has come, and no animation runs that ends.
    pub async fn painted(&self) {
        let painted = "(async () => {
            await document.fonts.ready;
            const ends = (animation) => animation.effect.getComputedTiming().endTime !== Infinity;
            await Promise.allSettled(document.getAnimations().filter(ends).map((animation) => animation.finished));
            await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
            return true;
        })()";
        self.until(painted).await;
    }

    /// The answer to a command of the DevTools protocol. `Err` has the protocol's error.
    pub async fn call(&self, method: &str, params: Json) -> Result<Json, String> {
        self.connection
            .call(Some(&self.session), method, params)
            .await
    }

    /// The next event with this name since the last visit began. Earlier events are forgotten.
    pub async fn event(&self, name: &str) -> Json {
        self.connection.event(&self.session, name).await
    }

    /// Freezes the page, as a browser does with one that was in the background for long.
    pub async fn freeze(&self) {
        let frozen = json!({"state": "frozen"});
        let frozen = self.call("Page.setWebLifecycleState", frozen).await;
        frozen.unwrap();
    }

    /// Lets a frozen page go on, because the person looks at it again.
    pub async fn thaw(&self) {
        let active = json!({"state": "active"});
        for (method, params) in [
            ("Page.setWebLifecycleState", active),
            ("Page.bringToFront", json!({})),
        ] {
            self.call(method, params).await.unwrap();
        }
    }

    /// Kills the page's process, as a machine does that has no memory left. The tab stays.
    pub async fn crash(&self) {
        self.call("Inspector.enable", json!({})).await.unwrap();
        self.connection.forget_events(&self.session);
        let crashed = self
            .connection
            .call(Some(&self.session), "Page.crash", json!({}));
        tokio::select! {
            // There is nobody to answer.
            _ = crashed => {}
            _ = self.event("Inspector.targetCrashed") => {}
        }
    }

    /// Closes the tab, as a person does.
    pub async fn close(self) {
        let target = json!({"targetId": self.target});
        let closed = self.connection.call(None, "Target.closeTarget", target);
        closed.await.unwrap();
    }

    pub(super) fn session(&self) -> &str {
        &self.session
    }

    pub(super) fn fail(&self, awaited: &str, problem: &str) -> ! {
        self.connection.fail(awaited, problem)
    }
}
