//! Reads and writes little-endian numbers in byte strings, and converts between lengths in memory and in files.

/// Takes numbers and byte strings from the front of a slice. Returns `None` if the slice is too short.
pub(crate) struct Take<'a>(pub(crate) &'a [u8]);

impl<'a> Take<'a> {
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

/// Converts a length in memory to a length in a file.
pub(crate) fn file_length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or_else(|_| unreachable!("memory of more than 2^64 bytes"))
}

/// Converts a length in a file to a length in memory. A length that does not fit becomes the maximum; reading that much
/// then fails.
pub(crate) fn memory_length(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// Converts a length or count for writing in four bytes. The engine's limits keep it far below 2^32.
///
/// # Panics
/// At 2^32, because a wrong length would be written.
pub(crate) fn short_length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or_else(|_| panic!("{length} does not fit into four bytes"))
}

/// The CRC-32 of the concatenated parts.
pub(crate) fn checksum(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}
