//! Several orders in one request.

use super::answers::response;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::orders::{Submitted, TokenDevice};
use axum::body::to_bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use http_edge::{Device, DeviceGuard, FurtherPermits, Rejection};
use protocol::http::{BATCH_ORDERS_MAX, SignedOrders};
use types::ErrorCode;

/// Maximum bytes of one answer: a receipt or a problem.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Each order is judged and answered as if it had come alone. It counts in the device's requests as one, and needs a permit
/// of the class while it is judged.
pub(super) async fn submit_all(
    gateway: &Gateway,
    (device, guard): (Device, &DeviceGuard),
    permits: FurtherPermits,
    batch: SignedOrders,
) -> Result<Response, Rejection> {
    let count = batch.orders.len();
    if !(1..=BATCH_ORDERS_MAX).contains(&count) {
        let malformed = Rejection::new(ErrorCode::Malformed);
        return Err(malformed.with_detail("a batch has 1 to 20 orders"));
    }
    // The request itself was counted.
    guard.spend(device.device, count.saturating_sub(1))?;
    let orders = batch
        .orders
        .iter()
        .map(|order| order.to_string().into_bytes());
    let token = TokenDevice::from(device);
    let submitted = gateway.submit_all(&token, orders.collect(), &permits).await;
    let mut answers = Vec::with_capacity(count);
    for submitted in submitted {
        answers.push(answered(submitted).await?);
    }
    Ok(answer(&answers))
}

/// The answer to an order: its status and its body.
type Answered = (u16, Vec<u8>);

/// What `POST /v1/orders` answers.
async fn answered(submitted: Result<Submitted, Failure>) -> Result<Answered, Rejection> {
    let answered = match submitted {
        Ok(submitted) => response(submitted.receipt),
        Err(failure) => Rejection::from(failure).into_response(),
    };
    let status = answered.status().as_u16();
    let body = to_bytes(answered.into_body(), ANSWER_BYTES_MAX).await;
    let body = body.map_err(|error| Rejection::of_fault(ErrorCode::Internal, &error))?;
    Ok((status, body.to_vec()))
}

/// The bodies stay byte for byte as they were stored.
fn answer(answers: &[Answered]) -> Response {
    let mut json = br#"{"answers":["#.to_vec();
    for (index, (status, body)) in answers.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        json.extend(format!(r#"{comma}{{"status":{status},"body":"#).into_bytes());
        json.extend_from_slice(body);
        json.push(b'}');
    }
    json.extend_from_slice(b"]}");
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::http::{BatchAnswer, OrderAnswers};

    #[tokio::test]
    async fn the_answer_has_each_body_as_it_is() {
        let answers = [
            (202, br#"{ "intent": "i" }"#.to_vec()),
            (403, br#"{"code":8003}"#.to_vec()),
        ];
        let body = to_bytes(answer(&answers).into_body(), 1_000).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains(r#""body":{ "intent": "i" }}"#), "{text}");
        let read: OrderAnswers = serde_json::from_str(&text).unwrap();
        let expected = answers.map(|(status, body)| BatchAnswer {
            status,
            body: serde_json::from_slice(&body).unwrap(),
        });
        assert_eq!(read.answers, expected);
    }
}
