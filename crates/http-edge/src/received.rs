//! Receives a body from the network.

use crate::Rejection;
use axum::body::Body;
use http_body_util::{BodyExt as _, LengthLimitError};
use types::ErrorCode;

/// Receives a complete body. `count` gets the number of bytes of each piece, and may refuse it.
pub(crate) async fn received(
    mut body: Body,
    mut count: impl FnMut(usize) -> bool,
) -> Result<Vec<u8>, Rejection> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let piece = frame.map_err(not_whole)?.into_data().unwrap_or_default();
        if !count(piece.len()) {
            return Err(ErrorCode::Overloaded.into());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn not_whole(error: axum::Error) -> Rejection {
    if error.into_inner().is::<LengthLimitError>() {
        return Rejection::new(ErrorCode::TooLarge);
    }
    Rejection::new(ErrorCode::Malformed).with_detail("the body did not arrive whole")
}
