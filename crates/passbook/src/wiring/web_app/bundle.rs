//! The bundle that `portal-bundle` makes: the web app's files as they are, and compressed.

use anyhow::Context as _;
use bytes::Bytes;
use std::fs;
use std::path::Path;

/// A file of the bundle.
pub(super) struct Bundled {
    /// Its address without the first `/`; the page is `index.html`.
    pub(super) name: String,
    pub(super) identity: Bytes,
    /// `None` if it would not be smaller.
    pub(super) brotli: Option<Bytes>,
}

struct Embedded {
    name: &'static str,
    identity: &'static [u8],
    brotli: Option<&'static [u8]>,
}

/// The bundle that was there when this binary was built, or nothing.
const EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/web_app.rs"));

/// The bundle in this binary. It is empty if there was none when it was built.
pub(super) fn embedded() -> Vec<Bundled> {
    let bundled = |file: &Embedded| Bundled {
        name: file.name.to_owned(),
        identity: Bytes::from_static(file.identity),
        brotli: file.brotli.map(Bytes::from_static),
    };
    EMBEDDED.iter().map(bundled).collect()
}

/// The bundle in `directory`.
pub(super) fn read(directory: &Path) -> anyhow::Result<Vec<Bundled>> {
    let mut files = Vec::new();
    collect(directory, "", &mut files)
        .with_context(|| format!("{} has no web app", directory.display()))?;
    Ok(files)
}

fn collect(bundle: &Path, below: &str, files: &mut Vec<Bundled>) -> anyhow::Result<()> {
    for entry in fs::read_dir(bundle.join("identity").join(below))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = format!("{below}{}", name.to_str().context("a name is not UTF-8")?);
        if entry.file_type()?.is_dir() {
            collect(bundle, &format!("{name}/"), files)?;
            continue;
        }
        let brotli = bundle.join("brotli").join(&name);
        files.push(Bundled {
            identity: fs::read(entry.path())?.into(),
            brotli: match brotli.exists() {
                true => Some(fs::read(brotli)?.into()),
                false => None,
            },
            name,
        });
    }
    Ok(())
}
