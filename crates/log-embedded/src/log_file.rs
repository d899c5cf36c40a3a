//! The files of the write-ahead log. A new file is filled with zeros once. When its entries are in a segment, it is
//! reused with another name, number and salt. A sync into blocks that were written before needs no journal commit of
//! the file system, which nearly doubles the syncs per second.
//!
//! `log-<number>` is a live file or the next one. `spare-<number>` waits to be reused and may contain anything. A
//! header is written and synced before the file gets the name `log-…`, so a live file's header is never torn. Format of
//! the first block: `PBKLOG01`, number 8, salt 8, CRC-32 of those; then groups.

use crate::codec::{Take, checksum, file_length, memory_length};
use crate::disk::{Disk, DiskFile};
use crate::error::{Damage, Failure};
use crate::group::ALIGNMENT;
use bytes::{BufMut as _, Bytes, BytesMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"PBKLOG01";
/// Offset of the first group.
pub(crate) const GROUPS_START: u64 = ALIGNMENT;
static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
/// Maximum number of spare files.
const SPARES_MAX: usize = 2;

/// The log file that is being written.
pub(crate) struct LogFile {
    pub(crate) number: u64,
    pub(crate) salt: u64,
    pub(crate) path: PathBuf,
    pub(crate) file: Arc<dyn DiskFile>,
    /// Offset of the next group.
    pub(crate) end: u64,
    /// The file has been filled up to this offset.
    pub(crate) capacity: u64,
}

/// The name of a live file.
pub(crate) fn live_path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("log-{number:016}"))
}

/// The number in a live file's name.
pub(crate) fn live_number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix("log-")?.parse().ok()
}

/// Whether this is the name of a spare file.
pub(crate) fn is_spare(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("spare-"))
}

/// Prepares log files and takes back used ones.
pub(crate) struct LogFiles {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    capacity: u64,
    spares: Vec<PathBuf>,
}

impl LogFiles {
    pub(crate) fn new(disk: Arc<dyn Disk>, directory: PathBuf, capacity: u64) -> Self {
        Self {
            disk,
            directory,
            capacity,
            spares: Vec::new(),
        }
    }

    /// Takes files that are not live any more, whatever they contain, as spare files. Removes those beyond the maximum.
    pub(crate) fn take_spares(&mut self, mut files: Vec<PathBuf>) -> Result<(), Failure> {
        for path in files.split_off(SPARES_MAX.min(files.len())) {
            self.disk
                .remove(&path)
                .map_err(Failure::io("removing", &path))?;
        }
        self.spares = files;
        Ok(())
    }

    /// Prepares an empty, durable log file with this number, from a spare file if there is one.
    pub(crate) fn prepare(&mut self, number: u64) -> Result<LogFile, Failure> {
        let (draft, file) = match self.spares.pop() {
            Some(path) => {
                let file = self.disk.open(&path);
                (path.clone(), file.map_err(Failure::io("opening", &path))?)
            }
            None => {
                let path = self.directory.join(format!("spare-{number:016}"));
                let file = self.disk.create(&path);
                (path.clone(), file.map_err(Failure::io("creating", &path))?)
            }
        };
        self.write_through(&draft, &*file)?;
        let salt = random_salt(&draft)?;
        file.write_at(&header(number, salt), 0)
            .and_then(|()| file.sync())
            .map_err(Failure::io("writing", &draft))?;
        let path = live_path(&self.directory, number);
        self.disk
            .rename(&draft, &path)
            .and_then(|()| self.disk.sync_directory(&self.directory))
            .map_err(Failure::io("naming", &path))?;
        Ok(LogFile {
            number,
            salt,
            path,
            file,
            end: GROUPS_START,
            capacity: self.capacity,
        })
    }

    /// Takes back a file whose entries are in a segment that the durable manifest names.
    pub(crate) fn recycle(&mut self, path: &Path, number: u64) -> Result<(), Failure> {
        let spare = self.directory.join(format!("spare-{number:016}"));
        if self.spares.len() >= SPARES_MAX || self.spares.contains(&spare) {
            return self
                .disk
                .remove(path)
                .map_err(Failure::io("removing", path));
        }
        // The rename must be durable before the file is reused. Otherwise a power cut could bring the old name back
        // beside the next one, and the same file would be both live and spare.
        self.disk
            .rename(path, &spare)
            .and_then(|()| self.disk.sync_directory(&self.directory))
            .map_err(Failure::io("renaming", path))?;
        self.spares.push(spare);
        Ok(())
    }

    fn write_through(&self, path: &Path, file: &dyn DiskFile) -> Result<(), Failure> {
        let mut length = file.length().map_err(Failure::io("measuring", path))?;
        while length < self.capacity {
            let step = memory_length(self.capacity - length).min(ZEROS.len());
            file.write_at(ZEROS.get(..step).unwrap_or_default(), length)
                .map_err(Failure::io("writing", path))?;
            length += file_length(step);
        }
        Ok(())
    }
}

fn random_salt(path: &Path) -> Result<u64, Failure> {
    let mut salt = [0; 8];
    getrandom::fill(&mut salt)
        .map_err(std::io::Error::other)
        .map_err(Failure::io("drawing a salt for", path))?;
    Ok(u64::from_le_bytes(salt))
}

fn header(number: u64, salt: u64) -> BytesMut {
    let mut header = BytesMut::with_capacity(memory_length(GROUPS_START));
    header.put_slice(MAGIC);
    header.put_u64_le(number);
    header.put_u64_le(salt);
    header.put_u32_le(checksum(&[&header]));
    header.resize(memory_length(GROUPS_START), 0);
    header
}

/// The salt of a live file, from its header.
pub(crate) fn read_header(path: &Path, bytes: &Bytes, number: u64) -> Result<u64, Damage> {
    let damaged = |what| Damage::new(path, 0, what);
    let parse = || {
        let mut take = Take(bytes);
        let checked = bytes.get(..24)?;
        let magic = take.array::<8>()?;
        let found = take.u64()?;
        let salt = take.u64()?;
        Some((magic, found, salt, take.u32()? == checksum(&[checked])))
    };
    match parse() {
        Some((_, _, _, false)) | None => Err(damaged("the header of the log file does not verify")),
        Some((magic, ..)) if magic != *MAGIC => Err(damaged("not a log file of this version")),
        Some((_, found, ..)) if found != number => {
            Err(damaged("the header has another file's number"))
        }
        Some((_, _, salt, true)) => Ok(salt),
    }
}
