//! Backups: a directory like a data directory, and a manifest that is written last.
//!
//! The manifest contains the deployment, and every file with its length and SHA-256. A directory without a manifest is
//! an unfinished backup. The vault is never in it, because both together allow reading everything.

use anyhow::{Context as _, bail, ensure};
use aws_lc_rs::digest::{Context, SHA256};
use client_native::replace_file;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};
use types::{Time, hex};

const VERSION: u32 = 1;

/// The manifest's name.
const MANIFEST: &str = "backup.json";

/// Bytes per read.
const PIECE_BYTES: usize = 1 << 20;

/// The file `backup.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    version: u32,
    /// The identity of the deployment, as in its file `deployment`.
    pub(crate) deployment: String,
    /// The time at which the backup was finished.
    pub(crate) made: Time,
    /// Each file by its path within the backup.
    pub(crate) files: BTreeMap<String, Entry>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) bytes: u64,
    /// SHA-256 in hex.
    sha256: String,
}

impl Manifest {
    /// Makes the manifest entries of all files in `directory`.
    pub(crate) fn of(directory: &Path, deployment: String, made: Time) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        collect(directory, "", &mut files)?;
        Ok(Self {
            version: VERSION,
            deployment,
            made,
            files,
        })
    }

    /// Writes the manifest, which finishes the backup.
    pub(crate) fn write(&self, directory: &Path) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        let path = directory.join(MANIFEST);
        replace_file(&path, &text).with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Reads the manifest of a finished backup.
    pub(crate) fn read(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join(MANIFEST);
        let text = fs::read(&path).with_context(|| {
            format!(
                "{} cannot be read: the backup was not finished, or this is not a backup",
                path.display()
            )
        })?;
        let manifest: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is truncated or malformed", path.display()))?;
        ensure!(
            manifest.version == VERSION,
            "{} has another version",
            path.display()
        );
        for name in manifest.files.keys() {
            let mut parts = Path::new(name).components();
            ensure!(
                !name.is_empty() && parts.all(|part| matches!(part, Component::Normal(_))),
                "{} names a file outside the backup",
                path.display()
            );
        }
        Ok(manifest)
    }

    /// Copies the named files from the backup to `to`. Refuses a file that differs from the manifest.
    pub(crate) fn copy(&self, from: &Path, to: &Path, name: &str) -> anyhow::Result<()> {
        let Some(entry) = self.files.get(name) else {
            bail!("{} has no {name}", from.display());
        };
        let (from, to) = (from.join(name), to.join(name));
        if let Some(above) = to.parent() {
            create_directory(above)?;
        }
        let copied = copy_file(&from, &to)?;
        ensure!(
            copied == *entry,
            "{} differs from the backup's manifest: use another backup",
            from.display()
        );
        Ok(())
    }
}

/// Makes a directory, and its parents, for this user alone.
pub(crate) fn create_directory(path: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("{} cannot be created", path.display()))
}

/// Refuses a directory that is not empty.
pub(crate) fn ensure_empty(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        let mut entries =
            fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))?;
        ensure!(
            entries.next().is_none(),
            "{} is not empty: give a new directory",
            path.display()
        );
    }
    Ok(())
}

/// Copies to a new file, for this user alone, synced together with its directory entry.
pub(crate) fn copy_file(from: &Path, to: &Path) -> anyhow::Result<Entry> {
    let mut options = File::options();
    let target = options.write(true).create_new(true).mode(0o600).open(to);
    let mut target = target.with_context(|| format!("{} cannot be created", to.display()))?;
    let written = || format!("{} cannot be written", to.display());
    let entry = read(from, |piece| target.write_all(piece).with_context(written))?;
    target.sync_all().with_context(written)?;
    sync_directory(to)?;
    Ok(entry)
}

fn sync_directory(of: &Path) -> anyhow::Result<()> {
    let above = of.parent().filter(|above| !above.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new("."));
    let synced = File::open(above).and_then(|directory| directory.sync_all());
    synced.with_context(|| format!("{} cannot be synced", above.display()))
}

/// Reads a file in pieces.
fn read(path: &Path, mut take: impl FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<Entry> {
    let failed = || format!("{} cannot be read", path.display());
    let mut file = File::open(path).with_context(failed)?;
    let (mut digest, mut bytes) = (Context::new(&SHA256), 0);
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let length = file.read(&mut buffer).with_context(failed)?;
        let piece = buffer.get(..length).unwrap_or_default();
        if piece.is_empty() {
            let sha256 = hex::encode(digest.finish().as_ref());
            return Ok(Entry { bytes, sha256 });
        }
        digest.update(piece);
        bytes += u64::try_from(length)?;
        take(piece)?;
    }
}

/// Collects all files below `directory`, named with their directories.
fn collect(
    directory: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Entry>,
) -> anyhow::Result<()> {
    let failed = || format!("{} cannot be read", directory.display());
    for entry in fs::read_dir(directory).with_context(failed)? {
        let path: PathBuf = entry.with_context(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = format!("{prefix}{}", name.with_context(failed)?);
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
        } else {
            files.insert(name, read(&path, |_| Ok(()))?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_every_file_and_copies_what_is_unaltered() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("from"), directory.path().join("to"));
        create_directory(&from.join("broker")).unwrap();
        fs::write(from.join("broker/segment"), "abc").unwrap();
        fs::write(from.join("bank.sqlite"), "").unwrap();
        assert!(Manifest::read(&from).is_err());
        let manifest = Manifest::of(&from, "x".into(), Time::from_ms(7)).unwrap();
        manifest.write(&from).unwrap();
        let manifest = Manifest::read(&from).unwrap();
        let names: Vec<_> = manifest.files.keys().map(String::as_str).collect();
        assert_eq!(names, ["bank.sqlite", "broker/segment"]);
        let entry = &manifest.files["broker/segment"];
        // FIPS 180-2, B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((entry.bytes, entry.sha256.as_str()), (3, abc));
        manifest.copy(&from, &to, "broker/segment").unwrap();
        assert_eq!(fs::read(to.join("broker/segment")).unwrap(), b"abc");
        fs::write(from.join("bank.sqlite"), "x").unwrap();
        assert!(manifest.copy(&from, &to, "bank.sqlite").is_err());
        assert!(ensure_empty(&to).is_err());
        ensure_empty(&directory.path().join("nowhere")).unwrap();
    }

    #[test]
    fn a_manifest_that_leads_outside_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["../vault.json", "/etc/passwd", "a/../../b", ""] {
            let entry = Entry {
                bytes: 0,
                sha256: String::new(),
            };
            let manifest = Manifest {
                version: VERSION,
                deployment: String::new(),
                made: Time::from_ms(0),
                files: BTreeMap::from([(name.to_owned(), entry)]),
            };
            manifest.write(directory.path()).unwrap();
            let refused = Manifest::read(directory.path()).unwrap_err().to_string();
            assert!(refused.contains("outside"), "{refused}");
        }
    }
}
