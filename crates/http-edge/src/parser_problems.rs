//! hyper answers an unparsable HTTP/1 request itself, with a status and no body. This module replaces such an answer
//! with a problem document.

use crate::Rejection;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;
use types::ErrorCode;

/// How long the peer's bytes are read after such an answer. Closing a connection with unread bytes resets it, and the
/// answer would be lost.
const LINGER: Duration = Duration::from_secs(1);

/// A stream that replaces hyper's own answers. The router's error answers always have a body, and pass unchanged.
pub(crate) struct ParserProblems<S> {
    stream: S,
    /// The unwritten rest of a problem document.
    problem: Vec<u8>,
    /// The time until which the peer's bytes are read. Set after a problem document was written.
    linger: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> ParserProblems<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            problem: Vec::new(),
            linger: None,
        }
    }

    fn poll_problem(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.problem.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.problem))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.problem.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    /// Reads and drops the peer's bytes.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(timer) = &mut self.linger else {
            return Poll::Ready(());
        };
        let mut scratch = [0; 4096];
        while timer.as_mut().poll(context).is_pending() {
            let mut buffer = ReadBuf::new(&mut scratch);
            let read = Pin::new(&mut self.stream).poll_read(context, &mut buffer);
            if ready!(read).is_err() || buffer.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(())
    }
}

/// The problem document for the head of one of hyper's own answers. `None` for other heads.
fn problem(head: &[u8]) -> Option<Vec<u8>> {
    const NO_BODY: &str = "\r\ncontent-length: 0\r\n";
    let head = std::str::from_utf8(head).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ")?.split(' ').next()?;
    let code = match status {
        "400" => ErrorCode::Malformed,
        "431" => ErrorCode::HeadTooLarge,
        _ => return None,
    };
    let is_whole = head.find("\r\n\r\n") == head.len().checked_sub(4);
    if !is_whole || !head.contains(NO_BODY) {
        return None;
    }
    let (media_type, body) = Rejection::new(code).document();
    let length = body.len();
    let described = format!("\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n");
    let mut answer = head.replace(NO_BODY, &described).into_bytes();
    answer.extend(body);
    Some(answer)
}

impl<S: AsyncRead + Unpin> AsyncRead for ParserProblems<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for ParserProblems<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_problem(context))?;
        if let Some(problem) = problem(bytes) {
            this.problem = problem;
            this.linger = Some(Box::pin(tokio::time::sleep(LINGER)));
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut with_bytes = slices.iter().filter(|slice| !slice.is_empty());
        if let (Some(only), None) = (with_bytes.next(), with_bytes.next()) {
            return self.poll_write(context, only);
        }
        let this = self.get_mut();
        ready!(this.poll_problem(context))?;
        Pin::new(&mut this.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_problem(context))?;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_problem(context))?;
        ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        this.poll_linger(context).map(Ok)
    }
}
