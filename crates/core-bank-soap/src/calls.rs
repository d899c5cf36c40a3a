//! What the bank does for each operation.

use crate::books::{EventsAnswer, EventsOfEachAnswer, HoldersAnswer, StatedHolder};
use crate::content::{Content as _, element};
use crate::login::{LoggedIn, LoginAnswer, StatedCustomer};
use crate::operation::{
    CheckPayee, ExamineOrder, LogIn, Operation, PlaceOrder, ReadAccounts, ReadEvents,
    ReadEventsOfEach, ReadFees, ReadHeads, ReadHistory, ReadHolders, ReadOrderState, ReadRate,
    ReadRole, ReadTarget, ResumeOrders, StopOrders,
};
use crate::orders::{
    ExamineAnswer, FeesAnswer, Nothing, RoleAnswer, StateFound, StopAnswer, TargetAnswer,
};
use crate::problem::{Code, Problem};
use crate::service::Service;
use crate::xml::Element;
use core_bank::{CoreBank, HeadsCursor};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

/// The body of an answer.
pub(crate) struct Answered {
    /// Whether the bank authenticated the customer, if that was asked.
    pub(crate) status: Option<bool>,
    pub(crate) body: Element,
}

type Answering = Pin<Box<dyn Future<Output = Result<Answered, Problem>> + Send>>;

/// Reads what the body asks, all of it, before anything is done. `true` if the package says that the customer is authenticated.
pub(crate) type Call = Box<dyn Fn(Element, bool) -> Result<Answering, Problem> + Send + Sync>;

type Bank = Arc<dyn CoreBank>;

struct Calls {
    bank: Bank,
    served: &'static [&'static str],
    calls: BTreeMap<&'static str, Call>,
}

/// The calls of the operations that are served.
pub(crate) fn calls(service: &Service) -> BTreeMap<&'static str, Call> {
    let calls = Calls {
        bank: service.bank.clone(),
        served: service.operations,
        calls: BTreeMap::new(),
    };
    about_customers(about_orders(about_books(calls)), service).calls
}

/// Reads what an operation asks. A call that concerns a customer must be made for one who is authenticated.
fn read<O: Operation>(body: Element, authenticated: bool) -> Result<O::Asked, Problem> {
    let asked = O::Asked::read(body, O::NAME)?;
    if O::concerned(&asked).customer.is_some() && !authenticated {
        return Err(Code::NotAuthenticated.into());
    }
    Ok(asked)
}

impl Calls {
    fn serving<O: Operation>(mut self, call: Call) -> Self {
        if self.served.contains(&O::NAME) {
            self.calls.insert(O::NAME, call);
        }
        self
    }

    fn answering<O, F>(
        self,
        answer: impl Fn(Bank, O::Asked) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        O: Operation + 'static,
        F: Future<Output = Result<O::Answer, Problem>> + Send + 'static,
    {
        let bank = self.bank.clone();
        self.serving::<O>(Box::new(move |body, authenticated| {
            let asked = read::<O>(body, authenticated)?;
            let answering = answer(bank.clone(), asked);
            Ok(Box::pin(async move {
                let answer = answering.await?;
                Ok(Answered {
                    status: None,
                    body: element(O::ANSWER_NAME, &answer),
                })
            }))
        }))
    }
}

fn about_books(calls: Calls) -> Calls {
    calls
        .answering::<ReadEvents, _>(async |bank, asked| {
            let events = bank.events_after(&asked.subject, asked.after, asked.limit);
            Ok(events.await?.into())
        })
        .answering::<ReadEventsOfEach, _>(async |bank, asked| {
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
        .answering::<ReadAccounts, _>(async |bank, asked| {
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
        .answering::<PlaceOrder, _>(async |bank, asked| Ok(bank.place(asked.into()).await?))
        .answering::<ReadOrderState, _>(async |bank, asked| {
            let state = bank.order_state(&asked.customer, asked.intent).await?;
            Ok(StateFound { state })
        })
        .answering::<ReadTarget, _>(async |bank, asked| {
            let target = bank.target(&asked.customer, asked.kind, &asked.target);
            Ok(TargetAnswer::from(target.await?))
        })
        .answering::<ExamineOrder, _>(async |bank, asked| {
            let reason = bank.examine(&asked.customer, &asked.order).await?;
            Ok(ExamineAnswer { reason })
        })
        .answering::<CheckPayee, _>(async |bank, asked| {
            Ok(bank.check_payee(&asked.creditor).await?.into())
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
            Ok(FeesAnswer {
                fees: bank.fees().await?,
            })
        })
}

/// The login, if the bank authenticates customers: key 1 with names and accounts, or key 0 and nothing else.
fn about_customers(calls: Calls, service: &Service) -> Calls {
    let Some(customers) = service.customers.clone() else {
        return calls;
    };
    let bank = service.bank.clone();
    calls.serving::<LogIn>(Box::new(move |body, authenticated| {
        let asked = read::<LogIn>(body, authenticated)?;
        let (bank, customers) = (bank.clone(), customers.clone());
        Ok(Box::pin(async move {
            let person = customers.log_in(&asked.user, &asked.password.0).await?;
            let authenticated = match person {
                Some(person) => {
                    let accounts = bank.snapshot(&person.customer).await?.accounts;
                    Some(StatedCustomer::from(LoggedIn { person, accounts }))
                }
                None => None,
            };
            Ok(Answered {
                status: Some(authenticated.is_some()),
                body: element(LogIn::ANSWER_NAME, &LoginAnswer { authenticated }),
            })
        }))
    }))
}
