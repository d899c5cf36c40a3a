//! Parses the frames of a live stream from server-sent events, for transports over HTTP.

use crate::transport::{FrameError, TransportError};
use bytes::Bytes;
use futures_util::Stream;
use protocol::live::{Asked, Frame, StreamParser};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The frames of a body of server-sent events, checked against the request. Nothing follows an error.
#[derive(Debug)]
pub struct EventStream<B> {
    body: B,
    parser: StreamParser,
    frames: VecDeque<Frame>,
    failed: bool,
}

impl<B> EventStream<B> {
    /// The frames in `body`, the answer to a request for `asked`.
    pub fn new(body: B, asked: Asked) -> Self {
        Self {
            body,
            parser: StreamParser::new(asked),
            frames: VecDeque::new(),
            failed: false,
        }
    }
}

impl<B: Stream<Item = Result<Bytes, TransportError>> + Unpin> Stream for EventStream<B> {
    type Item = Result<Frame, FrameError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Poll::Ready(Some(Ok(frame)));
            }
            if self.failed {
                return Poll::Ready(None);
            }
            let piece = match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(piece) => piece,
                None => return Poll::Ready(None),
            };
            let frames = piece
                .map_err(FrameError::from)
                .and_then(|piece| Ok(self.parser.push(&piece)?));
            match frames {
                Ok(frames) => self
                    .frames
                    .extend(frames.into_iter().map(|live| live.frame)),
                Err(error) => {
                    self.failed = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}
