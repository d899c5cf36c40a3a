//! The bank's side: any core bank, served by the calls.

use crate::books::{EventsAnswer, EventsOfEachAnswer, HoldersAnswer, StatedHolder};
use crate::operation::{
    AfterEvents, CheckPayee, EachEvents, Examine, Operation, Place, ReadFees, ReadHeads,
    ReadHistory, ReadHolders, ReadRate, ReadRole, ReadSnapshot, ReadState, ReadTarget,
    ResumeOrders, StopOrders, read,
};
use crate::orders::{FeesAnswer, Nothing, RoleAnswer, StateAnswer, StateFound, StopAnswer};
use crate::problem::Problem;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use core_bank::{CoreBank, HeadsCursor, Placing};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use order::{Creditor, Order, OrderKind};
use protocol::http::OrderFee;
use serde::Serialize;
use std::sync::Arc;

type Bank = Arc<dyn CoreBank>;

/// The routes of these calls, answered by `bank`. Who may call them is for the caller to decide.
pub fn routes(bank: Bank, served: &'static [&'static str]) -> Router {
    let calls = Calls {
        bank,
        served,
        router: Router::new(),
    };
    let calls = about_books(calls);
    about_orders(calls).router
}

struct Calls {
    bank: Bank,
    served: &'static [&'static str],
    router: Router,
}

impl Calls {
    fn answering<O, F>(
        mut self,
        answer: impl Fn(Bank, O::Asked) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        O: Operation + 'static,
        F: Future<Output = Result<O::Answer, Problem>> + Send + 'static,
    {
        if !self.served.contains(&O::PATH) {
            return self;
        }
        let bank = self.bank.clone();
        let call = async move |body: Bytes| {
            let asked = match read::<O>(&body) {
                Ok(asked) => asked,
                Err(error) => {
                    tracing::warn!(
                        call = O::PATH,
                        cause = types::error_chain(&error),
                        "a call is malformed"
                    );
                    return refused(&Problem::Malformed {});
                }
            };
            match answer(bank, asked).await {
                Ok(answer) => object(StatusCode::OK, &answer),
                Err(problem) => refused(&problem),
            }
        };
        self.router = self.router.route(O::PATH, post(call));
        self
    }
}

fn refused(problem: &Problem) -> Response {
    object(problem.status(), problem)
}

fn object(status: StatusCode, content: &impl Serialize) -> Response {
    match serde_json::to_vec(content) {
        Ok(body) => (status, [(CONTENT_TYPE, "application/json")], body).into_response(),
        // An amount is larger than JSON's numbers are exact.
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn malformed(_: impl std::error::Error) -> Problem {
    Problem::Malformed {}
}

fn about_books(calls: Calls) -> Calls {
    calls
        .answering::<AfterEvents, _>(async |bank, asked| {
            let events = bank.events_after(&asked.subject, asked.after, asked.limit);
            Ok(events.await?.into())
        })
        .answering::<EachEvents, _>(async |bank, asked| {
            let subjects = asked.subjects.into_iter();
            let subjects: Vec<_> = subjects.map(|one| (one.subject, one.after)).collect();
            let events = bank.events_of_each(&subjects, asked.limit).await?;
            let subjects = events.into_iter().map(EventsAnswer::from).collect();
            Ok(EventsOfEachAnswer { subjects })
        })
        .answering::<ReadHeads, _>(async |bank, asked| {
            let heads = bank.heads(HeadsCursor::new(asked.after), asked.limit);
            Ok(heads.await?.into())
        })
        .answering::<ReadSnapshot, _>(async |bank, asked| {
            Ok(bank.snapshot(&asked.customer).await?.into())
        })
        .answering::<ReadHistory, _>(async |bank, asked| {
            let (after, through) = (asked.after, asked.through);
            let history = bank.history(&asked.account, after, through, asked.limit);
            Ok(history.await?.into())
        })
        .answering::<ReadHolders, _>(async |bank, asked| {
            let holders = bank.holders(&asked.account).await?.into_iter();
            let holders = holders.map(|(customer, role)| StatedHolder { customer, role });
            Ok(HoldersAnswer {
                holders: holders.collect(),
            })
        })
        .answering::<ReadRole, _>(async |bank, asked| {
            let role = bank.role(&asked.customer, &asked.account).await?;
            Ok(RoleAnswer { role })
        })
}

fn about_orders(calls: Calls) -> Calls {
    calls
        .answering::<Place, _>(async |bank, asked| {
            let placing = Placing::try_from(asked).map_err(malformed)?;
            Ok(bank.place(placing).await?.into())
        })
        .answering::<ReadState, _>(async |bank, asked| {
            let state = bank.order_state(&asked.customer, asked.intent).await?;
            Ok(StateFound {
                order: state.map(StateAnswer::from),
            })
        })
        .answering::<ReadTarget, _>(async |bank, asked| {
            let kind = asked.kind.parse::<OrderKind>().map_err(malformed)?;
            let target = bank.target(&asked.customer, kind, &asked.target);
            Ok(target.await?.into())
        })
        .answering::<Examine, _>(async |bank, asked| {
            let order = Order::try_from(asked.order).map_err(malformed)?;
            Ok(bank.examine(&asked.customer, &order).await?.into())
        })
        .answering::<CheckPayee, _>(async |bank, asked| {
            let creditor = Creditor::try_from(asked.creditor).map_err(malformed)?;
            Ok(bank.check_payee(&creditor).await?.into())
        })
        .answering::<StopOrders, _>(async |bank, asked| {
            let cancelled = bank.stop_orders(&asked.customer, asked.number).await?;
            Ok(StopAnswer { cancelled })
        })
        .answering::<ResumeOrders, _>(async |bank, asked| {
            bank.resume_orders(&asked.customer, asked.number).await?;
            Ok(Nothing {})
        })
        .answering::<ReadRate, _>(async |bank, asked| {
            Ok(bank.rate(asked.from, asked.to).await?.into())
        })
        .answering::<ReadFees, _>(async |bank, _| {
            let fees = bank.fees().await?.into_iter().map(OrderFee::from);
            Ok(FeesAnswer {
                fees: fees.collect(),
            })
        })
}
