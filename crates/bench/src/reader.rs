//! A live stream whose messages are counted and neither parsed nor kept.

use anyhow::Context as _;
use reqwest::Response;

/// The line that begins a message's frame (WHATWG HTML, 9.2).
const MESSAGE: &[u8] = b"event: message";

/// A device's open stream.
pub(crate) struct Reader {
    stream: Response,
    lines: Lines,
}

impl Reader {
    pub(crate) fn new(stream: Response) -> Self {
        Self {
            stream,
            lines: Lines::default(),
        }
    }

    /// Waits for bytes of the stream and counts the messages that begin in them. An error if the stream has ended.
    pub(crate) async fn next(&mut self) -> anyhow::Result<usize> {
        let piece = self.stream.chunk().await?;
        let piece = piece.context("the server ended a stream")?;
        Ok(self.lines.count(&piece))
    }

    /// Waits for so many messages.
    pub(crate) async fn messages(&mut self, wanted: usize) -> anyhow::Result<()> {
        let mut counted = 0;
        while counted < wanted {
            counted += self.next().await?;
        }
        Ok(())
    }
}

/// Counts the lines that begin a message, however the stream is cut.
#[derive(Default)]
struct Lines {
    /// The beginning of the line that has not ended, as far as it can matter.
    line: Vec<u8>,
}

impl Lines {
    fn count(&mut self, piece: &[u8]) -> usize {
        let mut counted = 0;
        for &byte in piece {
            if byte == b'\n' {
                counted += usize::from(self.line == MESSAGE);
                self.line.clear();
            } else if self.line.len() <= MESSAGE.len() {
                self.line.push(byte);
            }
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_however_the_stream_is_cut() {
        let stream = b"event: message\nid: 1.1\ndata: x\n\n: keep alive\n\nevent: messages\n\nevent: position\n\nevent: message\n";
        for size in 1..stream.len() {
            let mut lines = Lines::default();
            let counted: usize = stream.chunks(size).map(|piece| lines.count(piece)).sum();
            assert_eq!(counted, 2, "{size}");
        }
    }
}
