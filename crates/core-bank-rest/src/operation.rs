//! The calls: each with its path, what is asked and what is answered.

use crate::books::{
    EventsAfter, EventsAnswer, EventsOfEach, EventsOfEachAnswer, HeadsAnswer, HeadsAsked,
    HistoryAnswer, HistoryAsked, HoldersAnswer, HoldersAsked, SnapshotAnswer, SnapshotAsked,
};
use crate::orders::{
    CheckAnswer, CheckAsked, ExamineAnswer, ExamineAsked, FeesAnswer, Nothing, PlaceAsked,
    RateAnswer, RateAsked, RoleAnswer, RoleAsked, StateAnswer, StateAsked, StateFound, StopAnswer,
    StopAsked, TargetAnswer, TargetAsked,
};
use protocol::package::Concerned;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// The body is not what its call asks.
#[derive(Debug, Error)]
pub enum Malformed {
    /// No call has this path.
    #[error("no call has this path")]
    Path,
    /// The body is not the call's object.
    #[error("the body is not the object of its call")]
    Body(#[source] serde_json::Error),
}

/// One call of the port.
pub(crate) trait Operation {
    /// Its path.
    const PATH: &'static str;
    /// What is asked.
    type Asked: Serialize + DeserializeOwned + Send;
    /// What is answered.
    type Answer: Serialize + DeserializeOwned + Send;

    /// For whom it is asked.
    fn concerned(asked: &Self::Asked) -> Concerned;
}

/// Reads what a call asks.
pub(crate) fn read<O: Operation>(body: &[u8]) -> Result<O::Asked, Malformed> {
    protocol::json::from_slice(body).map_err(Malformed::Body)
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident: $path:literal, $asked:ident => $answer:ty, $concerned:expr;)+) => {
        $(
            $(#[$doc])*
            pub(crate) struct $name;

            impl Operation for $name {
                const PATH: &'static str = concat!("/core-bank/v1", $path);
                type Asked = $asked;
                type Answer = $answer;

                fn concerned(asked: &$asked) -> Concerned {
                    let concerned: fn(&$asked) -> Concerned = $concerned;
                    concerned(asked)
                }
            }
        )+

        /// The paths of all calls.
        pub const ALL_CALLS: &[&str] = &[$(<$name as Operation>::PATH),+];

        /// Reads for whom the call at `path` with this body is made.
        pub fn concerned(path: &str, body: &[u8]) -> Result<Concerned, Malformed> {
            match path {
                $(<$name as Operation>::PATH => Ok($name::concerned(&read::<$name>(body)?)),)+
                _ => Err(Malformed::Path),
            }
        }
    };
}

macro_rules! of_customer {
    () => {
        |asked| Concerned {
            customer: Some(asked.customer.clone()),
            ..Concerned::default()
        }
    };
}

macro_rules! of_nobody {
    () => {
        |_| Concerned::default()
    };
}

operations! {
    /// [`CoreBank::events_after`](core_bank::CoreBank::events_after).
    AfterEvents: "/events/after", EventsAfter => EventsAnswer, of_nobody!();
    /// [`CoreBank::events_of_each`](core_bank::CoreBank::events_of_each).
    EachEvents: "/events/of-each", EventsOfEach => EventsOfEachAnswer, of_nobody!();
    /// [`CoreBank::heads`](core_bank::CoreBank::heads).
    ReadHeads: "/events/heads", HeadsAsked => HeadsAnswer, of_nobody!();
    /// [`CoreBank::snapshot`](core_bank::CoreBank::snapshot).
    ReadSnapshot: "/customers/snapshot", SnapshotAsked => SnapshotAnswer, of_customer!();
    /// [`CoreBank::history`](core_bank::CoreBank::history).
    ReadHistory: "/accounts/history", HistoryAsked => HistoryAnswer, of_nobody!();
    /// [`CoreBank::holders`](core_bank::CoreBank::holders).
    ReadHolders: "/accounts/holders", HoldersAsked => HoldersAnswer, of_nobody!();
    /// [`CoreBank::role`](core_bank::CoreBank::role).
    ReadRole: "/accounts/role", RoleAsked => RoleAnswer, of_customer!();
    /// [`CoreBank::place`](core_bank::CoreBank::place).
    Place: "/orders/place", PlaceAsked => StateAnswer, |asked| Concerned {
        customer: Some(asked.customer.clone()),
        device: Some(asked.device),
        order: Some(asked.intent),
    };
    /// [`CoreBank::order_state`](core_bank::CoreBank::order_state).
    ReadState: "/orders/state", StateAsked => StateFound, |asked| Concerned {
        customer: Some(asked.customer.clone()),
        device: None,
        order: Some(asked.intent),
    };
    /// [`CoreBank::target`](core_bank::CoreBank::target).
    ReadTarget: "/orders/target", TargetAsked => TargetAnswer, of_customer!();
    /// [`CoreBank::examine`](core_bank::CoreBank::examine).
    Examine: "/orders/examine", ExamineAsked => ExamineAnswer, of_customer!();
    /// [`CoreBank::stop_orders`](core_bank::CoreBank::stop_orders).
    StopOrders: "/orders/stop", StopAsked => StopAnswer, of_customer!();
    /// [`CoreBank::resume_orders`](core_bank::CoreBank::resume_orders).
    ResumeOrders: "/orders/resume", StopAsked => Nothing, of_customer!();
    /// [`CoreBank::check_payee`](core_bank::CoreBank::check_payee).
    CheckPayee: "/payees/check", CheckAsked => CheckAnswer, of_nobody!();
    /// [`CoreBank::rate`](core_bank::CoreBank::rate).
    ReadRate: "/rates/find", RateAsked => RateAnswer, of_nobody!();
    /// [`CoreBank::fees`](core_bank::CoreBank::fees).
    ReadFees: "/fees/list", Nothing => FeesAnswer, of_nobody!();
}

/// The paths of the calls that the service broker makes.
pub const SERVICE_BROKER_CALLS: &[&str] = &[
    ReadHeads::PATH,
    ReadSnapshot::PATH,
    ReadHistory::PATH,
    ReadRole::PATH,
    Place::PATH,
    ReadState::PATH,
    ReadTarget::PATH,
    Examine::PATH,
    StopOrders::PATH,
    ResumeOrders::PATH,
    CheckPayee::PATH,
    ReadRate::PATH,
    ReadFees::PATH,
];

/// The paths of the calls that notification makes.
pub const NOTIFICATION_CALLS: &[&str] = &[
    AfterEvents::PATH,
    EachEvents::PATH,
    ReadHeads::PATH,
    ReadSnapshot::PATH,
    ReadHistory::PATH,
    ReadHolders::PATH,
];
