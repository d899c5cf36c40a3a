//! Disconnects a peer that sends nothing, or that accepts no byte of an answer. Otherwise it would occupy a connection
//! for ever.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// The first bytes of a peer that speaks HTTP/2 (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The state of a new connection. The protocol's own limits apply only after the first bytes have shown which version
/// of HTTP is used.
struct Opening {
    timer: Pin<Box<Sleep>>,
    preface_left: &'static [u8],
}

/// A stream whose writes fail if no byte could be written for `timeout`. A slow reader that accepts some bytes
/// continues. Its reads fail if the peer does not start to speak HTTP in time.
pub(crate) struct HangUpOnStall<S> {
    stream: S,
    opening: Option<Opening>,
    timeout: Duration,
    timer: Pin<Box<Sleep>>,
    stalled: bool,
}

impl<S: Unpin> HangUpOnStall<S> {
    pub(crate) fn new(stream: S, opening: Duration, timeout: Duration) -> Self {
        Self {
            stream,
            opening: Some(Opening {
                timer: Box::pin(tokio::time::sleep(opening)),
                preface_left: PREFACE,
            }),
            timeout,
            timer: Box::pin(tokio::time::sleep(timeout)),
            stalled: false,
        }
    }

    fn progress<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let written = write(Pin::new(&mut self.stream), context);
        if written.is_ready() {
            self.stalled = false;
            return written;
        }
        if !std::mem::replace(&mut self.stalled, true) {
            self.timer.as_mut().reset(Instant::now() + self.timeout);
        }
        ready!(self.timer.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HangUpOnStall<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if let Some(opening) = &mut this.opening {
            if read.is_pending() {
                ready!(opening.timer.as_mut().poll(context));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            let new = buffer.filled().get(before..).unwrap_or_default();
            match opening.preface_left.strip_prefix(new) {
                Some(left) if !left.is_empty() && !new.is_empty() => opening.preface_left = left,
                // HTTP/1, the complete preface, or the end.
                _ => this.opening = None,
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HangUpOnStall<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut()
            .progress(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().progress(context, |stream, context| {
            stream.poll_write_vectored(context, slices)
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut()
            .progress(context, |stream, context| stream.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut()
            .progress(context, |stream, context| stream.poll_shutdown(context))
    }
}
