//! The addresses of the files. What a page loads is at `/app/`, under a name with its digest: whoever has such a file has it
//! for good. Only what a browser looks for at a fixed address has one.

use crate::Files;
use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Where the files with digests in their names are. Other files name them by this and their name in `static`.
const APP: &str = "/app/";

/// The service worker stores all other files, so it has their digests and is named last.
const SERVICE_WORKER: &str = "service-worker.js";

/// The other files with fixed addresses, and those.
const FIXED: [(&str, &str); 2] = [
    ("index.html", "/"),
    ("manifest.webmanifest", "/manifest.webmanifest"),
];

/// The files under their addresses. Each names the others by these.
pub(crate) fn named(files: Files) -> anyhow::Result<Files> {
    Ok(Named::of(files)?.files)
}

struct Named {
    files: Files,
    /// The address of each file, by its name in `static`.
    addresses: BTreeMap<String, String>,
}

impl Named {
    /// Names all of them, each after the files that it names.
    fn of(mut files: Files) -> anyhow::Result<Self> {
        let service_worker = files.remove(SERVICE_WORKER).context(SERVICE_WORKER)?;
        let mut named = Self {
            files: Files::new(),
            addresses: BTreeMap::new(),
        };
        while !files.is_empty() {
            let is_ready = |content: &[u8]| !files.keys().any(|other| mentions(content, other));
            let ready = files.iter().find(|(_, content)| is_ready(content));
            let Some(name) = ready.map(|(name, _)| name.clone()) else {
                let names: Vec<_> = files.keys().collect();
                bail!("these files name each other in a circle: {names:?}");
            };
            let content = files.remove(&name).unwrap_or_default();
            named.add(&name, content)?;
        }
        named.add_service_worker(service_worker)?;
        Ok(named)
    }

    fn add(&mut self, name: &str, content: Vec<u8>) -> anyhow::Result<()> {
        let content = self.with_addresses(name, content)?;
        let fixed = FIXED.into_iter().find(|(fixed, _)| *fixed == name);
        let address = match fixed {
            Some((_, address)) => address.to_owned(),
            None => {
                let (stem, extension) = name
                    .rsplit_once('.')
                    .context("a file without an extension")?;
                format!("{APP}{stem}-{}.{extension}", short_digest(&content))
            }
        };
        self.addresses.insert(name.to_owned(), address.clone());
        self.files.insert(address, content);
        Ok(())
    }

    /// Replaces names by addresses. Every name must be one of a file.
    fn with_addresses(&self, of: &str, content: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        // Pictures and the module name nothing.
        let Ok(mut text) = String::from_utf8(content.clone()) else {
            return Ok(content);
        };
        for (name, address) in &self.addresses {
            text = text.replace(&format!("\"{APP}{name}\""), &format!("\"{address}\""));
        }
        let opened = format!("\"{APP}");
        let named = text.split(&opened).skip(1);
        for name in named.filter_map(|rest| rest.split('"').next()) {
            if !self.files.contains_key(&format!("{APP}{name}")) {
                bail!("{of} names {APP}{name}, which is no file");
            }
        }
        Ok(text.into_bytes())
    }

    /// The service worker gets the addresses and digests of all other files, and a version that stands for them.
    fn add_service_worker(&mut self, content: Vec<u8>) -> anyhow::Result<()> {
        let text = String::from_utf8(content)?;
        let digest =
            |content: &[u8]| format!("sha256-{}", STANDARD.encode(Sha256::digest(content)));
        let digests: BTreeMap<&str, String> = self
            .files
            .iter()
            .map(|(address, content)| (address.as_str(), digest(content)))
            .collect();
        let digests = json!(digests).to_string();
        let version = json!(short_digest(digests.as_bytes())).to_string();
        let text = with_value(&with_value(&text, "FILES", &digests)?, "VERSION", &version)?;
        self.files
            .insert(format!("/{SERVICE_WORKER}"), text.into_bytes());
        Ok(())
    }
}

fn with_value(text: &str, name: &str, value: &str) -> anyhow::Result<String> {
    let marked = format!("\"${name}\"");
    if text.matches(&marked).count() != 1 {
        bail!("{SERVICE_WORKER} needs {marked} once");
    }
    Ok(text.replace(&marked, value))
}

fn mentions(content: &[u8], name: &str) -> bool {
    let mention = format!("\"{APP}{name}\"");
    content
        .windows(mention.len())
        .any(|window| window == mention.as_bytes())
}

/// 16 hexadecimal digits of the SHA-256.
fn short_digest(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(changed: &str) -> Files {
        let files = [
            ("index.html", "<script src=\"/app/app.js\"></script>"),
            ("app.js", "import \"/app/portal.js\"; // app.js"),
            ("portal.js", changed),
            (
                "service-worker.js",
                "const V = \"$VERSION\", F = \"$FILES\";",
            ),
        ];
        let bytes = |(name, text): (&str, &str)| (name.to_owned(), text.into());
        files.map(bytes).into()
    }

    fn text(named: &Named, address: &str) -> String {
        String::from_utf8(named.files.get(address).unwrap().clone()).unwrap()
    }

    #[test]
    fn each_file_names_the_others_by_their_digests() {
        let [one, other] = ["1", "2"].map(|changed| Named::of(files(changed)).unwrap());
        for named in [&one, &other] {
            let app = named.addresses.get("app.js").unwrap();
            let portal = named.addresses.get("portal.js").unwrap();
            assert!(app.starts_with("/app/app-") && app.len() == "/app/app-.js".len() + 16);
            assert_eq!(text(named, "/"), format!("<script src=\"{app}\"></script>"));
            assert_eq!(text(named, app), format!("import \"{portal}\"; // app.js"));
            let service_worker = text(named, "/service-worker.js");
            for address in [app, portal, "/"] {
                assert!(service_worker.contains(&format!("\"{address}\":\"sha256-")));
            }
        }
        // A change at the bottom reaches every address above it.
        assert_ne!(one.addresses, other.addresses);
        assert_ne!(text(&one, "/"), text(&other, "/"));
        let again = Named::of(files("1")).unwrap();
        assert_eq!(one.files, again.files);
    }

    #[test]
    fn circles_and_files_that_are_not_there_are_refused() {
        let circle = Named::of(files("import \"/app/app.js\""));
        assert!(circle.err().unwrap().to_string().contains("circle"));
        let missing = Named::of(files("import \"/app/another.js\""));
        assert!(missing.err().unwrap().to_string().contains("another.js"));
    }
}
