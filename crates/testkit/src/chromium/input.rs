//! What a person does with a page: finds an element by what a screen reader calls it, clicks, types, presses keys.

use crate::chromium::page::{LOOKS, PATIENCE, Page};
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};

impl Page {
    /// Waits for the only element with this role and accessible name, as in `("button", "Pay")`; its id for the protocol.
    pub async fn find(&self, role: &str, name: &str) -> Json {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.all(role, Some(name)).await;
            if let [only] = found.as_slice() {
                return only["backendDOMNodeId"].clone();
            }
            if Instant::now() > deadline {
                let shown = self.all(role, None).await;
                let names: Vec<_> = shown.iter().map(|node| &node["name"]["value"]).collect();
                let problem = format!("there are {} among {names:?}", found.len());
                self.fail(&format!("{role} “{name}”"), &problem);
            }
            sleep(LOOKS).await;
        }
    }

    /// The accessible names of all elements with this role, in the page's order.
    pub async fn names(&self, role: &str) -> Vec<String> {
        let shown = self.all(role, None).await;
        let names = shown.iter().map(|node| node["name"]["value"].as_str());
        names
            .map(|name| name.unwrap_or_default().to_owned())
            .collect()
    }

    /// The nodes of the accessibility tree. None while another page comes.
    async fn all(&self, role: &str, name: Option<&str>) -> Vec<Json> {
        let Ok(document) = self.call("DOM.getDocument", json!({"depth": 0})).await else {
            return Vec::new();
        };
        let mut query = json!({"nodeId": document["root"]["nodeId"], "role": role});
        if let Some(name) = name {
            query["accessibleName"] = json!(name);
        }
        let answer = self.call("Accessibility.queryAXTree", query).await;
        let nodes = answer.unwrap_or_default()["nodes"].take();
        let nodes = nodes.as_array().cloned().unwrap_or_default();
        nodes
            .into_iter()
            .filter(|node| node["ignored"] == false)
            .collect()
    }

    /// Clicks in the middle of the element with this role and name, once nothing lies over it and it is not disabled.
    pub async fn click(&self, role: &str, name: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let node = self.find(role, name).await;
            match self.reachable(&node).await {
                Ok([x, y]) => return self.click_at(x, y).await,
                Err(problem) if Instant::now() > deadline => {
                    self.fail(&format!("{role} “{name}”"), &problem);
                }
                Err(_) => sleep(LOOKS).await,
            }
        }
    }

    /// The middle of an element, if a click there reaches it.
    async fn reachable(&self, node: &Json) -> Result<[f64; 2], String> {
        let node = json!({"backendNodeId": node});
        self.call("DOM.scrollIntoViewIfNeeded", node.clone())
            .await?;
        let object = self.call("DOM.resolveNode", node).await?["object"]["objectId"].clone();
        let script = "function() {
            if (this.matches(':disabled, [aria-disabled=true]')) return 'it is disabled';
            const box = this.getBoundingClientRect();
            const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
            const top = document.elementFromPoint(x, y);
            const reaches = top && (this.contains(top) || top.contains(this) || this.labels && [...this.labels].some((label) => label.contains(top)));
            return reaches ? [x, y] : `${top?.outerHTML} lies over it`;
        }";
        let call =
            json!({"objectId": object, "functionDeclaration": script, "returnByValue": true});
        let answer = self.call("Runtime.callFunctionOn", call).await?;
        let value = &answer["result"]["value"];
        match (value[0].as_f64(), value[1].as_f64()) {
            (Some(x), Some(y)) => Ok([x, y]),
            _ => Err(value.to_string()),
        }
    }

    async fn click_at(&self, x: f64, y: f64) {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event).await.unwrap();
        }
    }

    /// Replaces what is in the field with this role and name by `text`, as a person types it.
    pub async fn fill(&self, role: &str, name: &str, text: &str) {
        let node = self.find(role, name).await;
        let node = json!({"backendNodeId": node});
        self.call("DOM.focus", node).await.unwrap();
        self.press("a", "Control").await;
        self.press("Delete", "").await;
        self.type_text(text).await;
    }

    /// Types `text`, a key at a time, where the focus is.
    pub async fn type_text(&self, text: &str) {
        for letter in text.chars() {
            let down = json!({"type": "keyDown", "text": letter, "key": letter});
            self.call("Input.dispatchKeyEvent", down).await.unwrap();
            let up = json!({"type": "keyUp", "key": letter});
            self.call("Input.dispatchKeyEvent", up).await.unwrap();
        }
    }

    /// Presses a key by its name, such as `Tab`, with a modifier: `Control`, `Shift`, or none.
    pub async fn press(&self, key: &str, modifier: &str) {
        let modifiers = match modifier {
            "" => 0,
            "Control" => 2,
            "Shift" => 8,
            other => panic!("no modifier {other}"),
        };
        let (code, number, text) = match key {
            "ArrowDown" => ("ArrowDown", 40, ""),
            "ArrowUp" => ("ArrowUp", 38, ""),
            "Backspace" => ("Backspace", 8, ""),
            "Delete" => ("Delete", 46, ""),
            "Enter" => ("Enter", 13, "\r"),
            "Escape" => ("Escape", 27, ""),
            " " => ("Space", 32, " "),
            "Tab" => ("Tab", 9, ""),
            "a" => ("KeyA", 65, ""),
            other => panic!("no key {other}"),
        };
        let mut event = json!({
            "type": "rawKeyDown",
            "key": key,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": modifiers,
        });
        if !text.is_empty() {
            event["type"] = json!("keyDown");
            event["text"] = json!(text);
        }
        if (key, modifier) == ("a", "Control") {
            event["commands"] = json!(["selectAll"]);
        }
        self.call("Input.dispatchKeyEvent", event.clone())
            .await
            .unwrap();
        event["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", event).await.unwrap();
    }

    /// The role and the accessible name of the element that has the focus.
    pub async fn focused(&self) -> (String, String) {
        let object = json!({"expression": "document.activeElement"});
        let object = self.call("Runtime.evaluate", object).await.unwrap();
        let object = json!({"objectId": object["result"]["objectId"], "fetchRelatives": false});
        let tree = self
            .call("Accessibility.getPartialAXTree", object)
            .await
            .unwrap();
        let node = &tree["nodes"][0];
        let text = |of: &str| node[of]["value"].as_str().unwrap_or_default().to_owned();
        (text("role"), text("name"))
    }
}
