//! Takes several orders at once. Each is judged by itself.

use super::{Submitted, TokenDevice};
use crate::error::Failure;
use crate::gateway::Gateway;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http_edge::FurtherPermits;
use std::collections::BTreeMap;

impl Gateway {
    /// Takes orders as the device of `token` posted them, each as [`submit_posted`](Self::submit_posted) does: as many side by
    /// side as there are permits, one of which the request has. Returns the answers in the order of the orders.
    pub async fn submit_all(
        &self,
        token: &TokenDevice,
        orders: Vec<Vec<u8>>,
        permits: &FurtherPermits,
    ) -> Vec<Result<Submitted, Failure>> {
        let mut waiting = orders.into_iter().enumerate();
        let (mut judging, mut answers) = (FuturesUnordered::new(), BTreeMap::new());
        loop {
            while waiting.len() > 0 {
                let further = permits.take().filter(|_| !judging.is_empty());
                if further.is_none() && !judging.is_empty() {
                    break;
                }
                let Some((index, order)) = waiting.next() else {
                    break;
                };
                judging.push(async move {
                    let answer = self.submit_posted(token, &order).await;
                    drop(further);
                    (index, answer)
                });
            }
            match judging.next().await {
                Some((index, answer)) => answers.insert(index, answer),
                None => return answers.into_values().collect(),
            };
        }
    }
}
