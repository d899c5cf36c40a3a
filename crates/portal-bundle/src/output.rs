//! The bundle's directory, and the table of what its parts weigh.

use crate::Files;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// The directories of the bundle: the files as they are, and compressed.
const FORMS: [&str; 2] = ["identity", "brotli"];

/// The name of the file at the address `/`.
const PAGE: &str = "index.html";

/// The version of how the bundle is made of its files. Another way of compressing is another version.
const VERSION: u32 = 1;

/// What the bundle was made of.
const DIGEST: &str = "digest";

/// Whether `directory` was written from these files, by this version of the bundle's maker.
pub(crate) fn is_current(directory: &Path, identity: &Files) -> bool {
    fs::read(directory.join(DIGEST)).is_ok_and(|written| written == digest(identity))
}

/// Writes both forms into `directory`, in place of what was there.
pub(crate) fn write(directory: &Path, forms: [&Files; 2]) -> std::io::Result<()> {
    let (current, coming) = (directory, directory.with_extension("coming"));
    let [identity, _] = forms;
    if coming.exists() {
        fs::remove_dir_all(&coming)?;
    }
    for (form, files) in FORMS.into_iter().zip(forms) {
        for (address, content) in files {
            let path = coming.join(form).join(file_name(address));
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, content)?;
        }
    }
    fs::write(coming.join(DIGEST), digest(identity))?;
    if current.exists() {
        fs::remove_dir_all(current)?;
    }
    fs::rename(coming, current)
}

fn file_name(address: &str) -> &str {
    match address.trim_start_matches('/') {
        "" => PAGE,
        name => name,
    }
}

fn digest(identity: &Files) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(VERSION.to_be_bytes());
    for (address, content) in identity {
        digest.update(address);
        digest.update(Sha256::digest(content));
    }
    digest.finalize().into()
}

/// Prints the bytes of each file in both forms, and of all together: what a first visit loads.
pub(crate) fn print_sizes(identity: &Files, brotli: &Files) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let bytes = |content: &Vec<u8>| content.len();
    let mut rows = Vec::new();
    for (address, content) in identity {
        let sent = brotli.get(address).map_or(content.len(), bytes);
        rows.push((address.as_str(), content.len(), sent));
    }
    rows.sort_by_key(|(_, _, sent)| std::cmp::Reverse(*sent));
    let sum = |of: fn(&(&str, usize, usize)) -> usize| rows.iter().map(of).sum();
    let total = ("in all", sum(|row| row.1), sum(|row| row.2));
    writeln!(out, "{:<44} {:>9} {:>9}", "bytes", "identity", "brotli")?;
    for (address, identity, sent) in rows.iter().chain([&total]) {
        writeln!(out, "{address:<44} {identity:>9} {sent:>9}")?;
    }
    Ok(())
}
