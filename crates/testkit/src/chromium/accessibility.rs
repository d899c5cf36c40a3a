//! What keeps people from using a page.

use crate::chromium::page::Page;
use serde_json::{Value as Json, json};
use std::path::Path;

/// axe-core, as `make axe` fetches it.
const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../scripts/axe/node_modules/axe-core/axe.min.js"
);

/// The success criteria of WCAG 2.2, levels A and AA, and what axe-core's authors advise beside them.
const RULES: &str = "(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\\n${failureSummary}`));
})()";

impl Page {
    /// What violates the Web Content Accessibility Guidelines 2.2, levels A and AA, as far as axe-core can say: the rule,
    /// the element, and what would mend it.
    ///
    /// axe-core runs in a world of its own beside the page's scripts, where no policy of the page forbids it.
    ///
    /// # Panics
    /// If axe-core was not fetched.
    pub async fn violations(&self) -> Vec<String> {
        let world = self.world_beside().await;
        let is_there = self.evaluate_in(&world, "typeof axe === 'object'").await;
        if is_there != Ok(Json::from(true)) {
            assert!(
                Path::new(AXE).exists(),
                "axe-core is needed for these tests: `make axe` fetches it"
            );
            let script = std::fs::read_to_string(AXE).unwrap();
            self.evaluate_in(&world, &format!("{script}; true"))
                .await
                .unwrap();
        }
        let found = self.evaluate_in(&world, RULES).await.unwrap();
        let found = found.as_array().unwrap().iter();
        found
            .map(|violation| violation.as_str().unwrap().to_owned())
            .collect()
    }

    /// The world of these tests in the page's document, apart from that of its scripts.
    async fn world_beside(&self) -> Json {
        let tree = self.call("Page.getFrameTree", json!({})).await.unwrap();
        let frame = &tree["frameTree"]["frame"]["id"];
        let world = json!({"frameId": frame, "worldName": "tests"});
        let world = self.call("Page.createIsolatedWorld", world).await;
        world.unwrap()["executionContextId"].clone()
    }
}
