//! `GET /v1/channels/{channel}/messages?after=…&limit=…`

use super::accept::negotiate;
use super::{MESSAGES, NotRead, Served};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use channel_log::{Read, ReadLimit};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_edge::{Binary, Device, Json, Rejection};
use protocol::http::PullAnswer;
use serde::Deserialize;
use types::{ChannelId, ErrorCode, Position};
use utoipa::IntoParams;

const JSON: &str = "application/json";
const CBOR: &str = "application/cbor";

/// Maximum messages of one answer, and the number of bytes after which no further message is added.
const LIMIT: ReadLimit = ReadLimit {
    records: 200,
    bytes: 1 << 20,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PullQuery {
    /// The position after which messages are wanted: `generation.number`.
    #[param(pattern = r"^[1-9][0-9]{0,17}\.(0|[1-9][0-9]{0,17})$", example = "1.0")]
    after: String,
    /// Maximum messages; 200 at most, which is the default.
    #[serde(default)]
    #[param(minimum = 1)]
    limit: Option<usize>,
}

/// Reads messages of a channel.
#[utoipa::path(get, path = MESSAGES, params(("channel" = ChannelId, Path), PullQuery), responses((status = OK, content((PullAnswer = "application/json"), (Binary = "application/cbor"))), NotRead))]
pub(super) async fn after(
    device: Device,
    State(served): State<Served>,
    channel: Result<Path<String>, PathRejection>,
    query: Result<Query<PullQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    let channel: ChannelId = channel
        .ok()
        .and_then(|Path(text)| text.parse().ok())
        .ok_or(ErrorCode::ChannelUnknown)?;
    device.check_opens(channel)?;
    let form = negotiate(&headers, &[JSON, CBOR])?;
    let malformed = || {
        Rejection::new(ErrorCode::Malformed)
            .with_detail("the query is `after=generation.number`, and `limit` from 1 on")
    };
    let Query(PullQuery { after, limit }) = query.map_err(|_| malformed())?;
    let after: Position = after.parse().map_err(|_| malformed())?;
    let records = limit.unwrap_or(LIMIT.records).min(LIMIT.records);
    if records == 0 {
        return Err(malformed());
    }
    let limit = ReadLimit { records, ..LIMIT };
    let answer = answer(served.broker.read(channel, after, limit).await?);
    served.broker.observed.pulls.increment(1);
    Ok(if form == CBOR {
        ([(CONTENT_TYPE, CBOR)], answer.to_cbor()).into_response()
    } else {
        Json(answer).into_response()
    })
}

fn answer(read: Read) -> PullAnswer {
    let newest = read.newest().position;
    let generation = newest.generation;
    match read {
        Read::Records { records, .. } => PullAnswer::Messages {
            generation,
            newest: newest.number,
            messages: records.into_iter().map(|record| record.bytes).collect(),
        },
        Read::Ahead { .. } => PullAnswer::Ahead {
            generation,
            newest: newest.number,
        },
        Read::Trimmed { oldest, .. } => PullAnswer::Trimmed { generation, oldest },
        Read::Generation { .. } => PullAnswer::Generation { generation },
    }
}
