//! The answer to an order: made once, and repeated byte for byte.

use super::check::{Check, Refusal};
use crate::store::intent::IntentRow;
use protocol::http::{OrderChallenge, OrderReceived, Problem};
use tokio::task::JoinHandle;
use types::{ErrorCode, IntentId, Time};

/// The answer to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The intent. `None` if the request has none that can be read.
    pub intent: Option<IntentId>,
    /// The code of the refusal; `None` if the order was accepted.
    pub refusal: Option<ErrorCode>,
    /// The check that refused, if this request is the one that was judged. A stored answer has none.
    pub refused_by: Option<Check>,
    /// The JSON body: an [`OrderReceived`] or a [`Problem`].
    pub body: Vec<u8>,
}

impl Receipt {
    pub(super) fn accepted(
        intent: IntentId,
        received: Time,
        challenge: Option<OrderChallenge>,
    ) -> Self {
        Self {
            intent: Some(intent),
            refusal: None,
            refused_by: None,
            body: json(&OrderReceived {
                intent,
                received,
                challenge,
            }),
        }
    }

    pub(super) fn refused(intent: Option<IntentId>, refusal: Refusal) -> Self {
        let mut problem = Problem::new(refusal.code);
        problem.detail = refusal.detail;
        Self {
            intent,
            refusal: Some(refusal.code),
            refused_by: Some(refusal.check),
            body: json(&problem),
        }
    }

    /// The answer that was stored with an order.
    pub(super) fn stored(row: IntentRow) -> Self {
        Self {
            intent: Some(row.intent),
            refusal: ErrorCode::from_number(row.refusal),
            refused_by: None,
            body: row.answer,
        }
    }
}

/// An answered order.
#[derive(Debug)]
pub struct Submitted {
    /// The answer.
    pub receipt: Receipt,
    /// Ends when the core bank has answered for the order, or could not. `None` if this request does not hand it on.
    pub placing: Option<JoinHandle<()>>,
}

impl From<Receipt> for Submitted {
    fn from(receipt: Receipt) -> Self {
        Self {
            receipt,
            placing: None,
        }
    }
}

fn json(body: &impl serde::Serialize) -> Vec<u8> {
    match serde_json::to_vec(body) {
        Ok(json) => json,
        Err(error) => unreachable!("an answer always has a JSON form: {error}"),
    }
}
