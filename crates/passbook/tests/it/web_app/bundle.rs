//! Bundles: the one in the binary, and one that is another version of it.

use aws_lc_rs::digest::{SHA256, digest};
use std::fs;
use std::path::{Path, PathBuf};
use types::base64url;

/// The bundle that the binary was built with.
pub(crate) fn built() -> PathBuf {
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bundle/web");
    assert!(
        bundle.exists(),
        "these tests need the web app: `make portal`"
    );
    bundle
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
}

/// As the service worker has it (Subresource Integrity, 3.1).
fn integrity(content: &str) -> String {
    let digest = digest(&SHA256, content.as_bytes());
    let digest = base64url::encode(digest.as_ref());
    format!("sha256-{}=", digest.replace('-', "+").replace('_', "/"))
}

/// Writes a version into `to` whose page differs from the built one in a mark.
pub(crate) fn marked(mark: &str, to: &Path) {
    copy(&built().join("identity"), &to.join("identity"));
    let [page, worker] =
        ["index.html", "service-worker.js"].map(|name| to.join("identity").join(name));
    let before = fs::read_to_string(&page).unwrap();
    let after = before.replace(
        "<head>",
        &format!("<head>\n<meta name=\"mark\" content=\"{mark}\">"),
    );
    let script = fs::read_to_string(&worker).unwrap();
    let version = script
        .split("VERSION = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let changed = script
        .replace(version, &format!("{version}-{mark}"))
        .replace(&integrity(&before), &integrity(&after));
    assert!(before != after && changed.contains(&integrity(&after)));
    fs::write(page, after).unwrap();
    fs::write(worker, changed).unwrap();
}
