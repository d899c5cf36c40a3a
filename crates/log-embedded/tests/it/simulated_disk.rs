//! A file system in memory that can lose power. The seed decides which unsynced data survives, is lost, torn or
//! reordered. It can also end at a given operation, fail a sync as Linux does, and block syncs.

use log_embedded::{Disk, DiskFile};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

/// A disk writes this number of bytes completely or not at all.
const SECTOR: usize = 512;

#[derive(Clone, Default)]
pub(crate) struct SimulatedDisk {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The names as the running system sees them.
    live: Names,
    /// The names after a power cut, before any pending changes survive.
    durable: Names,
    pending: Vec<NameChange>,
    files: Vec<Content>,
    directories: BTreeSet<PathBuf>,
    /// Directories whose name in the parent directory is not durable.
    pending_directories: BTreeSet<PathBuf>,
    locked: bool,
    operations: u64,
    /// From this operation on, every operation fails.
    end: Option<u64>,
    /// After this number of changes of names, or syncs of them, everything fails.
    name_changes_left: Option<u64>,
    /// After this number of syncs, the sync of a file with this name prefix fails.
    failing_sync: Option<(&'static str, u64)>,
    /// A sync of a file with this name prefix panics.
    panicking_sync: Option<&'static str>,
    syncs_held: bool,
    syncs: u64,
    /// A read of this file blocks.
    held_reads: Option<PathBuf>,
    /// Number of blocked reads.
    reads_waiting: usize,
}

type Names = BTreeMap<PathBuf, usize>;

#[derive(Clone)]
enum NameChange {
    Put(PathBuf, usize),
    Rename(PathBuf, PathBuf, usize),
    Remove(PathBuf, usize),
}

#[derive(Clone, Default)]
struct Content {
    live: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<(usize, Vec<u8>)>,
}

impl SimulatedDisk {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// After this number of operations everything fails, as if the machine were gone.
    pub(crate) fn end_after(&self, operations: u64) {
        let mut state = self.shared.state.lock().unwrap();
        state.end = Some(state.operations + operations);
    }

    /// After this number of creations, renames, removals and directory syncs everything fails. Their order matters
    /// most.
    pub(crate) fn end_after_name_changes(&self, changes: u64) {
        self.shared.state.lock().unwrap().name_changes_left = Some(changes);
    }

    /// After `after` successful syncs, fails one sync of a file with this name prefix.
    pub(crate) fn fail_sync(&self, name: &'static str, after: u64) {
        self.shared.state.lock().unwrap().failing_sync = Some((name, after));
    }

    /// Makes a sync of a file with this name prefix panic.
    pub(crate) fn panic_in_sync(&self, name: &'static str) {
        self.shared.state.lock().unwrap().panicking_sync = Some(name);
    }

    /// Blocks every sync of a file, or releases all of them.
    pub(crate) fn hold_syncs(&self, hold: bool) {
        self.shared.state.lock().unwrap().syncs_held = hold;
        self.shared.changed.notify_all();
    }

    /// Number of syncs of files, including blocked ones.
    pub(crate) fn syncs(&self) -> u64 {
        self.shared.state.lock().unwrap().syncs
    }

    /// Blocks every read of this file until the answer is dropped.
    pub(crate) fn hold_reads(&self, path: &Path) -> HeldReads {
        self.shared.state.lock().unwrap().held_reads = Some(path.to_owned());
        HeldReads(self.clone())
    }

    /// Number of blocked reads.
    pub(crate) fn reads_waiting(&self) -> usize {
        self.shared.state.lock().unwrap().reads_waiting
    }

    /// The disk after the process was killed: everything that was written.
    pub(crate) fn after_kill(&self) -> Self {
        let state = self.shared.state.lock().unwrap();
        Self::with(State {
            live: state.live.clone(),
            durable: state.durable.clone(),
            pending: state.pending.clone(),
            files: state.files.clone(),
            directories: state.directories.clone(),
            pending_directories: state.pending_directories.clone(),
            ..State::default()
        })
    }

    /// The disk after a power cut: everything that was synced, and the rest as the seed decides.
    pub(crate) fn after_power_loss(&self, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let state = self.shared.state.lock().unwrap();
        let mut names = state.durable.clone();
        let keep_names = rng.random_range(0.0..=1.0);
        for change in &state.pending {
            if rng.random_bool(keep_names) {
                change.apply(&mut names);
            }
        }
        let lost = &state.pending_directories;
        names.retain(|path, _| !path.parent().is_some_and(|above| lost.contains(above)));
        let files = state.files.iter().map(|file| {
            let keep = rng.random_range(0.0..=1.0);
            let mut bytes = file.durable.clone();
            for (offset, written) in &file.pending {
                // A piece ends at the end of a disk sector.
                let mut from = 0;
                while from < written.len() {
                    let to = ((offset + from) / SECTOR + 1) * SECTOR - offset;
                    let to = to.min(written.len());
                    if rng.random_bool(keep) {
                        put(&mut bytes, offset + from, &written[from..to]);
                    }
                    from = to;
                }
            }
            Content {
                live: bytes.clone(),
                durable: bytes,
                pending: Vec::new(),
            }
        });
        Self::with(State {
            files: files.collect(),
            directories: state.directories.difference(lost).cloned().collect(),
            live: names.clone(),
            durable: names,
            ..State::default()
        })
    }

    fn with(state: State) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                changed: Condvar::new(),
            }),
        }
    }

    /// Every file with its content.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let state = self.shared.state.lock().unwrap();
        let files = state.live.iter();
        files
            .map(|(path, file)| (path.clone(), state.files[*file].live.clone()))
            .collect()
    }

    /// Changes a file's content directly, without the engine's knowledge.
    pub(crate) fn alter(&self, path: &Path, alter: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.shared.state.lock().unwrap();
        let file = state.live[path];
        let content = &mut state.files[file];
        alter(&mut content.live);
        content.durable = content.live.clone();
        content.pending.clear();
    }

    fn operation<T>(&self, run: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.shared.state.lock().unwrap();
        state.operations += 1;
        if state.end.is_some_and(|end| state.operations > end) {
            return Err(io::Error::other("the machine is gone"));
        }
        run(&mut state)
    }

    /// Runs an operation on names.
    fn name_operation<T>(&self, run: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        self.operation(|state| {
            match &mut state.name_changes_left {
                Some(0) => {
                    state.end = Some(0);
                    return Err(io::Error::other("the machine is gone"));
                }
                Some(left) => *left -= 1,
                None => {}
            }
            run(state)
        })
    }

    fn file(&self, number: usize) -> Arc<dyn DiskFile> {
        Arc::new(SimulatedFile {
            disk: self.clone(),
            number,
        })
    }
}

impl NameChange {
    fn apply(&self, names: &mut Names) {
        match self {
            Self::Put(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Rename(from, to, file) => {
                if names.get(from) == Some(file) {
                    names.remove(from);
                }
                names.insert(to.clone(), *file);
            }
            Self::Remove(path, file) => {
                if names.get(path) == Some(file) {
                    names.remove(path);
                }
            }
        }
    }
}

impl State {
    fn change(&mut self, change: NameChange) {
        change.apply(&mut self.live);
        self.pending.push(change);
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        let file = self.live.get(path).copied();
        file.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn path_of(&self, file: usize) -> Option<PathBuf> {
        let mut named = self.live.iter().filter(|(_, number)| **number == file);
        named.next().map(|(path, _)| path.clone())
    }

    fn name_of(&self, file: usize) -> String {
        let path = self.path_of(file).unwrap_or_default();
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    let end = offset + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(written);
}

/// Blocked reads. A failed test releases them, too; otherwise its runtime would wait for them without end.
pub(crate) struct HeldReads(SimulatedDisk);

impl Drop for HeldReads {
    fn drop(&mut self) {
        self.0.shared.state.lock().unwrap().held_reads = None;
        self.0.shared.changed.notify_all();
    }
}

struct Lock(SimulatedDisk);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.shared.state.lock().unwrap().locked = false;
    }
}

impl Disk for SimulatedDisk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.operation(|state| {
            if state.directories.insert(path.to_owned()) {
                state.pending_directories.insert(path.to_owned());
            }
            Ok(())
        })
    }

    fn lock(&self, _: &Path) -> io::Result<Box<dyn Send + Sync>> {
        self.operation(|state| match std::mem::replace(&mut state.locked, true) {
            true => Err(io::ErrorKind::WouldBlock.into()),
            false => Ok(()),
        })?;
        Ok(Box::new(Lock(self.clone())))
    }

    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        self.operation(|state| Ok(state.live.keys().cloned().collect()))
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let number = self.name_operation(|state| {
            // A power cut never brings back the content of an emptied file here: the engine only creates files whose
            // old name it removed or nothing names.
            let number = state.files.len();
            state.files.push(Content::default());
            state.change(NameChange::Put(path.to_owned(), number));
            Ok(number)
        })?;
        Ok(self.file(number))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let number = self.operation(|state| state.find(path))?;
        Ok(self.file(number))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.name_operation(|state| {
            let file = state.find(from)?;
            state.change(NameChange::Rename(from.to_owned(), to.to_owned(), file));
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.name_operation(|state| {
            let file = state.find(path)?;
            state.change(NameChange::Remove(path.to_owned(), file));
            Ok(())
        })
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.name_operation(|state| {
            state
                .pending_directories
                .retain(|directory| directory.parent() != Some(path));
            // All names here are in the log's own directory.
            if !state.directories.contains(path) {
                return Ok(());
            }
            for change in std::mem::take(&mut state.pending) {
                change.apply(&mut state.durable);
            }
            Ok(())
        })
    }
}

struct SimulatedFile {
    disk: SimulatedDisk,
    number: usize,
}

impl DiskFile for SimulatedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        let mut state = self.disk.shared.state.lock().unwrap();
        let path = state.path_of(self.number);
        if path.is_some() && path == state.held_reads {
            state.reads_waiting += 1;
            while state.held_reads.is_some() {
                state = self.disk.shared.changed.wait(state).unwrap();
            }
            state.reads_waiting -= 1;
        }
        drop(state);
        self.disk.operation(|state| {
            let content = &state.files[self.number].live;
            let found = content.get(start..start + buffer.len());
            buffer.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        self.disk.operation(|state| {
            let content = &mut state.files[self.number];
            put(&mut content.live, start, bytes);
            content.pending.push((start, bytes.to_vec()));
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.shared.state.lock().unwrap();
        state.syncs += 1;
        while state.syncs_held {
            state = self.disk.shared.changed.wait(state).unwrap();
        }
        let name = state.name_of(self.number);
        let panics = state
            .panicking_sync
            .is_some_and(|prefix| name.starts_with(prefix));
        drop(state);
        assert!(!panics, "a sync of {name} panics, as was asked for");
        self.disk.operation(|state| {
            let fails = match &mut state.failing_sync {
                Some((prefix, left)) if name.starts_with(*prefix) => {
                    let fails = *left == 0;
                    *left = left.saturating_sub(1);
                    fails
                }
                _ => false,
            };
            let content = &mut state.files[self.number];
            if fails {
                // The system marks the pages as clean: readers still see them, but the disk never gets them.
                content.pending.clear();
                state.failing_sync = None;
                return Err(io::Error::other("input/output error"));
            }
            for (offset, bytes) in std::mem::take(&mut content.pending) {
                put(&mut content.durable, offset, &bytes);
            }
            Ok(())
        })
    }

    fn length(&self) -> io::Result<u64> {
        self.disk
            .operation(|state| Ok(u64::try_from(state.files[self.number].live.len()).unwrap()))
    }
}
