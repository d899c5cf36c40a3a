//! An answer that keeps a value alive until its body has ended.

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// `response`, which keeps `what` alive until its body has ended or is dropped.
pub(crate) fn holding(response: Response, what: impl Send + Unpin + 'static) -> Response {
    response.map(|body| Body::new(HeldBody { body, _what: what }))
}

struct HeldBody<T> {
    body: Body,
    _what: T,
}

impl<T: Unpin> HttpBody for HeldBody<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
