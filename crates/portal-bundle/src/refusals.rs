//! What the content security policy would refuse when the app runs is refused here.

use crate::Files;
use anyhow::bail;

/// What Trusted Types hold: HTML made from text, and code made from text. Leptos compiles an element without anything dynamic to
/// `innerHTML`; its text has to be an expression, such as `{texts.title}`.
const SINKS: [&str; 7] = [
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "srcdoc",
    "new Function(",
    "eval(",
];

/// Refuses scripts with such a sink, and pages with inline scripts or styles.
pub(crate) fn check(files: &Files) -> anyhow::Result<()> {
    for (name, content) in files {
        let text = String::from_utf8_lossy(content);
        let refused = match name.rsplit_once('.') {
            Some((_, "js")) => SINKS.iter().find(|sink| text.contains(**sink)).copied(),
            Some((_, "html")) => inline(&text),
            _ => None,
        };
        if let Some(refused) = refused {
            bail!(
                "{name} has `{refused}`, which the content security policy refuses: is an element of literals alone in a view? \
                 `crates/portal/src/views.rs` says how to write it"
            );
        }
    }
    Ok(())
}

fn inline(page: &str) -> Option<&'static str> {
    let scripts = page.split("<script").skip(1);
    let mut opened = scripts.filter_map(|rest| rest.split('>').next());
    if opened.any(|attributes| !attributes.contains("src=")) {
        return Some("<script> without src");
    }
    ["<style", " style=", " onclick=", " onload=", "javascript:"]
        .into_iter()
        .find(|refused| page.contains(refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_policy_refuses_is_named() {
        let check = |name: &str, content: &str, refused: Option<&str>| {
            let files = [(name.to_owned(), content.into())].into();
            let said = check(&files).map_err(|error| error.to_string());
            match refused {
                Some(part) => assert!(said.unwrap_err().contains(part), "{content}"),
                None => said.unwrap(),
            }
        };
        check("app.js", "element.textContent = text;", None);
        check("portal.js", "element.innerHTML = text;", Some("innerHTML"));
        check(
            "portal.js",
            "Reflect.set(it, 'outerHTML', text)",
            Some("outerHTML"),
        );
        check(
            "index.html",
            "<script type=module src=/app/app.js></script>",
            None,
        );
        check(
            "index.html",
            "<script src=/a.js></script><script>go()</script>",
            Some("without src"),
        );
        check("index.html", "<p style=\"color: red\">", Some(" style="));
        check("icon.svg", "<path style=\"fill: red\"/>", None);
    }
}
