//! Writes the content of each device's own store to a file: one JSON object per line.

use super::judge::Held;
use anyhow::{Context as _, ensure};
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use terminal::quoted;

/// How much of a file is read to recognize a dump: more than a customer's id and a device's.
const BEGINNING_BYTES: u64 = 4_096;

/// The file, open before anything runs.
pub(super) struct Dump {
    path: PathBuf,
    file: File,
}

impl Dump {
    /// Opens the file at `path` for writing. A file that is not an earlier dump is refused and left unchanged.
    pub(super) fn prepare(path: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("--dump {} cannot be written", quoted(path));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .with_context(cannot)?;
        if file.metadata().with_context(cannot)?.is_file() {
            ensure!(
                is_dump(path).with_context(cannot)?,
                "--dump {} holds something other than a dump; give another name, or remove it",
                quoted(path)
            );
        }
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Replaces the file's content.
    pub(super) fn write(self, held: &[Held]) -> anyhow::Result<()> {
        let write = || {
            if self.file.metadata()?.is_file() {
                self.file.set_len(0)?;
            }
            let mut file = BufWriter::new(&self.file);
            for device in held {
                serde_json::to_writer(&mut file, device)?;
                writeln!(file)?;
            }
            file.flush()
        };
        write().with_context(|| format!("--dump {} cannot be written", quoted(&self.path)))
    }
}

/// Whether the file is empty, or starts like a dump. Only its start is read, because a line may be very long.
fn is_dump(path: &Path) -> std::io::Result<bool> {
    const FIRST: &str = "{\"customer\":";
    const MARKS: [&str; 3] = [",\"device\":", ",\"complete\":", ",\"accounts\":["];
    let mut start = Vec::new();
    File::open(path)?
        .take(BEGINNING_BYTES)
        .read_to_end(&mut start)?;
    let start = String::from_utf8_lossy(&start);
    let line = start.lines().next().unwrap_or_default();
    let is_device = line.starts_with(FIRST) && MARKS.iter().all(|mark| line.contains(mark));
    Ok(start.is_empty() || is_device)
}
