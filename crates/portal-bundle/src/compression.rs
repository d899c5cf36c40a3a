//! Compresses the files as well as brotli can.

use crate::Files;
use brotli::BrotliCompress;
use brotli::enc::BrotliEncoderParams;
use std::thread;

const QUALITY: i32 = 11;

/// The window of decoders everywhere: 4 MiB (RFC 7932, 9.1).
const WINDOW_BITS: i32 = 22;

/// Each file compressed, under the same name. A file that does not become smaller is left out.
pub(crate) fn compress(files: &Files) -> anyhow::Result<Files> {
    let compressed = thread::scope(|scope| {
        let started: Vec<_> = files
            .iter()
            .map(|(name, content)| (name, content.len(), scope.spawn(|| compressed(content))))
            .collect();
        let ended = started.into_iter().map(|(name, bytes, thread)| {
            let ended = thread.join();
            let compressed = ended.map_err(|_| anyhow::anyhow!("{name} was not compressed"))??;
            Ok((compressed.len() < bytes).then_some((name.clone(), compressed)))
        });
        ended.collect::<anyhow::Result<Vec<_>>>()
    });
    Ok(compressed?.into_iter().flatten().collect())
}

fn compressed(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW_BITS,
        size_hint: content.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    BrotliCompress(&mut &*content, &mut compressed, &params)?;
    Ok(compressed)
}
