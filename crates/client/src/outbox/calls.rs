//! The bank's routes for orders.

use crate::bank::{Bank, Call};
use crate::error::SyncError;
use crate::platform::Platform;
use protocol::http::{
    OrderAnswer, OrderLimits, OrderReceived, SetBrake, SignedChallenge, SignedOrder, VouchersAnswer,
};
use types::IntentId;

impl<P: Platform> Bank<P> {
    pub(crate) async fn vouchers(&self, token: &str) -> Result<VouchersAnswer, SyncError> {
        self.json(Call::create("/v1/vouchers", token)).await
    }

    pub(crate) async fn send_order(
        &self,
        token: &str,
        order: &SignedOrder,
    ) -> Result<OrderReceived, SyncError> {
        self.json(Call::post("/v1/orders", order, Some(token))?)
            .await
    }

    /// Answers the challenge to an order.
    pub(crate) async fn approve_order(
        &self,
        token: &str,
        intent: IntentId,
        answer: &SignedChallenge,
    ) -> Result<OrderReceived, SyncError> {
        let path = format!("/v1/orders/{intent}/challenge");
        self.json(Call::post(path, answer, Some(token))?).await
    }

    /// Sets a brake, or asks for the limits and brakes.
    pub(crate) async fn brake(
        &self,
        token: &str,
        request: Option<&SetBrake>,
    ) -> Result<OrderLimits, SyncError> {
        let call = match request {
            Some(request) => Call::post("/v1/brakes", request, Some(token))?,
            None => Call::json("/v1/brakes", token),
        };
        self.json(call).await
    }

    pub(crate) async fn ask_for_order(
        &self,
        token: &str,
        intent: IntentId,
    ) -> Result<OrderAnswer, SyncError> {
        let path = format!("/v1/orders/{intent}");
        self.json(Call::json(path, token)).await
    }
}
