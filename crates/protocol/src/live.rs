//! One stream per device over all its channels: what it asks for, what the frames say, and reading them.
//!
//! `GET /v1/live?after=…` answers with server-sent events (WHATWG HTML, 9.2). A reader checks each frame against what it asked.

mod asked;
mod error;
mod frame;
mod parser;

pub use asked::{Asked, CHANNELS_MAX};
pub use error::LiveError;
pub use frame::{CONTENT_TYPE, EndReason, Frame, KEEP_ALIVE};
pub use parser::{FRAME_BYTES_MAX, LiveFrame, StreamParser};
