//! The live stream: one stream per device for all its channels. The request, the frames, and their parser.
//!
//! `GET /v1/live?after=…` answers with server-sent events (WHATWG HTML, 9.2). The parser checks each frame against the
//! request.

mod asked;
mod error;
mod frame;
mod parser;

pub use asked::{Asked, CHANNELS_MAX};
pub use error::LiveError;
pub use frame::{CONTENT_TYPE, EndReason, Frame, KEEP_ALIVE};
pub use parser::{FRAME_BYTES_MAX, LiveFrame, StreamParser};
