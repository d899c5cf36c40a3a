//! The data directory on a file system in memory, and backups of its parts.

use operator::DataDirectory;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A part that is copied and restored separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Bank,
    Notification,
    Ciam,
    Gateway,
    Broker,
    PubSub,
}

impl Part {
    pub(super) const ALL: [Self; 6] = [
        Self::Bank,
        Self::Notification,
        Self::Ciam,
        Self::Gateway,
        Self::Broker,
        Self::PubSub,
    ];

    fn path(self, data: &DataDirectory) -> PathBuf {
        match self {
            Self::Bank => data.bank(),
            Self::Notification => data.notification(),
            Self::Ciam => data.ciam(),
            Self::Gateway => data.gateway(),
            Self::Broker => data.broker(),
            Self::PubSub => data.pubsub(),
        }
    }
}

/// One copy of every part.
pub(super) struct Backup(DataDirectory);

/// A data directory with its backups.
pub(super) struct Data {
    scratch: TempDir,
    pub(super) directory: DataDirectory,
    pub(super) backups: Vec<Backup>,
}

impl Data {
    /// An empty one, in memory if the system has a file system there.
    pub(super) fn empty() -> Self {
        let memory = Path::new("/dev/shm");
        let scratch = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        let scratch = scratch.unwrap();
        let directory = DataDirectory::create(&scratch.path().join("data")).unwrap();
        Self {
            scratch,
            directory,
            backups: Vec::new(),
        }
    }

    /// A copy of another one, whose servers must be stopped.
    pub(super) fn like(template: &Self) -> Self {
        let data = Self::empty();
        for found in fs::read_dir(template.directory.path()).unwrap() {
            let (from, name) = found
                .map(|found| (found.path(), found.file_name()))
                .unwrap();
            let to = data.directory.path().join(name);
            if from.is_dir() {
                write(&to, read(&from));
            } else {
                fs::copy(&from, &to).unwrap();
            }
        }
        data
    }

    /// Copies every part, while the servers are stopped or between two of their writes: it is read again until two
    /// reads agree.
    pub(super) fn back_up(&mut self) {
        let name = format!("backup {}", self.backups.len());
        let backup = DataDirectory::create(&self.scratch.path().join(name)).unwrap();
        for part in Part::ALL {
            let from = part.path(&self.directory);
            let mut found = read(&from);
            loop {
                let again = read(&from);
                if again == found {
                    break;
                }
                found = again;
            }
            write(&part.path(&backup), found);
        }
        self.backups.push(Backup(backup));
    }

    /// Restores a part from a backup. With `in_place`, the file stays the same file to the file system, as when a
    /// disk's image is restored.
    pub(super) fn restore(&self, part: Part, backup: usize, in_place: bool) {
        let to = part.path(&self.directory);
        let found = read(&part.path(&self.backups[backup].0));
        for (name, _) in read(&to) {
            if !(in_place && found.iter().any(|(kept, _)| *kept == name)) {
                fs::remove_file(beside(&to, &name)).unwrap();
            }
        }
        // The index of a write-ahead log, if present, belongs to the replaced files.
        let _none = fs::remove_file(beside(&to, "-shm"));
        write(&to, found);
    }

    /// Waits until no process has a file of the directory open: threads of ended servers finish their work.
    pub(super) fn wait_until_closed(&self) {
        let path = self.directory.path();
        let open = || {
            let mut handles = fs::read_dir("/proc/self/fd").unwrap();
            handles.any(|handle| {
                let file = handle.and_then(|handle| fs::read_link(handle.path()));
                file.is_ok_and(|file| file.starts_with(path))
            })
        };
        let begun = Instant::now();
        while open() {
            assert!(begun.elapsed() < Duration::from_secs(10), "files stay open");
            std::thread::park_timeout(Duration::from_micros(200));
        }
    }
}

/// A file of a part: in its directory, or the part's own name with a suffix.
fn beside(part: &Path, name: &str) -> PathBuf {
    match name.strip_prefix('/') {
        Some(name) => part.join(name),
        None => PathBuf::from(format!("{}{name}", part.display())),
    }
}

fn write(part: &Path, files: Vec<(String, Vec<u8>)>) {
    for (name, bytes) in files {
        let path = beside(part, &name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// The files of a part, named relative to the part: `/…` in a directory, `-wal` or an empty name for a database. The
/// index of a write-ahead log is left out, because it is made again.
fn read(part: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    if part.is_dir() {
        for file in fs::read_dir(part).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let path = part.join(&name);
            // A file in a directory may be renamed meanwhile.
            if let Ok(bytes) = fs::read(path) {
                files.push((format!("/{name}"), bytes));
            }
        }
        files.sort();
        return files;
    }
    for after in ["", "-wal"] {
        if let Ok(bytes) = fs::read(beside(part, after)) {
            files.push((after.to_owned(), bytes));
        }
    }
    files
}
