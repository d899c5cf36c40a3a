//! Parses a live stream that arrives in pieces of any size.

use super::asked::Asked;
use super::error::LiveError;
use super::frame::Frame;

/// Maximum length of a frame that the parser buffers: a message in base64url, the ids of 16 channels, and a reserve.
pub const FRAME_BYTES_MAX: usize = 96 * 1024;

/// A frame, with the stream's positions after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveFrame {
    /// The frame.
    pub frame: Frame,
    /// The positions in the frame's id, for the channels of the request.
    pub at: Asked,
}

/// Parses server-sent events and checks them against the request. It skips comments and events that this version does
/// not know. A frame that is cut off by the end of the stream is ignored.
///
/// After an error the caller must close the stream, because the order of later frames cannot be trusted.
#[derive(Debug)]
pub struct StreamParser {
    asked: Asked,
    line: Vec<u8>,
    after_return: bool,
    at_start: bool,
    event: String,
    id: Option<String>,
    data: Option<String>,
}

impl StreamParser {
    /// Makes a parser for the answer to the request `asked`.
    #[must_use]
    pub fn new(asked: Asked) -> Self {
        Self {
            asked,
            line: Vec::new(),
            after_return: false,
            at_start: true,
            event: String::new(),
            id: None,
            data: None,
        }
    }

    /// Parses the next bytes of the stream and returns the frames that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<LiveFrame>, LiveError> {
        let mut frames = Vec::new();
        for byte in bytes {
            let ends_return = std::mem::take(&mut self.after_return);
            match byte {
                b'\n' if ends_return => {}
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    frames.extend(self.line(&line)?);
                    // Keep the buffer: the next line of a message needs the same size.
                    self.line = line;
                    self.line.clear();
                }
                _ if self.line.len() >= FRAME_BYTES_MAX => return Err(LiveError::TooLong),
                byte => self.line.push(*byte),
            }
        }
        Ok(frames)
    }

    fn line(&mut self, line: &[u8]) -> Result<Option<LiveFrame>, LiveError> {
        let line = std::str::from_utf8(line)
            .map_err(|_| LiveError::WrongShape("the stream is not UTF-8"))?;
        let line = match std::mem::take(&mut self.at_start) {
            true => line.strip_prefix('\u{feff}').unwrap_or(line),
            false => line,
        };
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.event = value.to_owned(),
            "id" => self.id = Some(value.to_owned()),
            "data" => self.append(value)?,
            _ => {}
        }
        Ok(None)
    }

    fn append(&mut self, value: &str) -> Result<(), LiveError> {
        match &mut self.data {
            None => self.data = Some(value.to_owned()),
            Some(data) if data.len() + value.len() < FRAME_BYTES_MAX => {
                data.push('\n');
                data.push_str(value);
            }
            Some(_) => return Err(LiveError::TooLong),
        }
        Ok(())
    }

    fn dispatch(&mut self) -> Result<Option<LiveFrame>, LiveError> {
        let event = std::mem::take(&mut self.event);
        let id = self.id.take();
        let Some(data) = self.data.take() else {
            return Ok(None);
        };
        let Some(frame) = Frame::read(&event, &data)? else {
            return Ok(None);
        };
        if frame
            .channel()
            .is_some_and(|channel| !self.asked.contains(channel))
        {
            return Err(LiveError::AnotherChannel);
        }
        let id = id.ok_or(LiveError::WrongShape("a frame must have an id"))?;
        let at = self.asked.after_id(&id)?;
        Ok(Some(LiveFrame { frame, at }))
    }
}
