//! The operations: each with what is asked and what is answered.

use crate::books::{
    EventsAfter, EventsAnswer, EventsOfEach, EventsOfEachAnswer, HeadsAnswer, HeadsAsked,
    HistoryAnswer, HistoryAsked, HoldersAnswer, HoldersAsked, SnapshotAnswer, SnapshotAsked,
};
use crate::content::Content;
use crate::login::{LoginAnswer, LoginAsked};
use crate::orders::{
    CheckAnswer, CheckAsked, ExamineAnswer, ExamineAsked, FeesAnswer, Nothing, PlaceAsked,
    RateAnswer, RateAsked, RoleAnswer, RoleAsked, StateAsked, StateFound, StopAnswer, StopAsked,
    TargetAnswer, TargetAsked,
};
use core_bank::OrderState;
use protocol::package::Concerned;

/// One operation of the service.
pub(crate) trait Operation {
    /// Its name, which is that of the element in the body of what is asked.
    const NAME: &'static str;
    /// The name of the element in the body of the answer.
    const ANSWER_NAME: &'static str;
    /// What is asked.
    type Asked: Content + Send;
    /// What is answered.
    type Answer: Content + Send;

    /// For whom it is asked.
    fn concerned(asked: &Self::Asked) -> Concerned;
}

/// The action of an operation: what SOAP calls its intent.
pub(crate) fn action(operation: &str) -> String {
    format!("urn:passbook:core-bank:1/{operation}")
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident: $asked:ty => $answer:ty, $concerned:expr;)+) => {
        $(
            $(#[$doc])*
            pub(crate) struct $name;

            impl Operation for $name {
                const NAME: &'static str = stringify!($name);
                const ANSWER_NAME: &'static str = concat!(stringify!($name), "Response");
                type Asked = $asked;
                type Answer = $answer;

                fn concerned(asked: &$asked) -> Concerned {
                    let concerned: fn(&$asked) -> Concerned = $concerned;
                    concerned(asked)
                }
            }
        )+

        /// The names of all operations.
        pub const ALL_OPERATIONS: &[&str] = &[$(<$name as Operation>::NAME),+];
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
    /// The customer's login ([`Customers`](crate::Customers)).
    LogIn: LoginAsked => LoginAnswer, of_nobody!();
    /// [`CoreBank::snapshot`](core_bank::CoreBank::snapshot): accounts with balances, payees and orders.
    ReadAccounts: SnapshotAsked => SnapshotAnswer, of_customer!();
    /// [`CoreBank::place`](core_bank::CoreBank::place).
    PlaceOrder: PlaceAsked => OrderState, |asked| Concerned {
        customer: Some(asked.customer.clone()),
        device: Some(asked.device),
        order: Some(asked.intent),
    };
    /// [`CoreBank::order_state`](core_bank::CoreBank::order_state).
    ReadOrderState: StateAsked => StateFound, |asked| Concerned {
        customer: Some(asked.customer.clone()),
        device: None,
        order: Some(asked.intent),
    };
    /// [`CoreBank::target`](core_bank::CoreBank::target).
    ReadTarget: TargetAsked => TargetAnswer, of_customer!();
    /// [`CoreBank::role`](core_bank::CoreBank::role).
    ReadRole: RoleAsked => RoleAnswer, of_customer!();
    /// [`CoreBank::examine`](core_bank::CoreBank::examine).
    ExamineOrder: ExamineAsked => ExamineAnswer, of_customer!();
    /// [`CoreBank::check_payee`](core_bank::CoreBank::check_payee).
    CheckPayee: CheckAsked => CheckAnswer, of_nobody!();
    /// [`CoreBank::stop_orders`](core_bank::CoreBank::stop_orders).
    StopOrders: StopAsked => StopAnswer, of_customer!();
    /// [`CoreBank::resume_orders`](core_bank::CoreBank::resume_orders).
    ResumeOrders: StopAsked => Nothing, of_customer!();
    /// [`CoreBank::rate`](core_bank::CoreBank::rate).
    ReadRate: RateAsked => RateAnswer, of_nobody!();
    /// [`CoreBank::fees`](core_bank::CoreBank::fees).
    ReadFees: Nothing => FeesAnswer, of_nobody!();
    /// [`CoreBank::history`](core_bank::CoreBank::history).
    ReadHistory: HistoryAsked => HistoryAnswer, of_nobody!();
    /// [`CoreBank::holders`](core_bank::CoreBank::holders).
    ReadHolders: HoldersAsked => HoldersAnswer, of_nobody!();
    /// [`CoreBank::events_after`](core_bank::CoreBank::events_after).
    ReadEvents: EventsAfter => EventsAnswer, of_nobody!();
    /// [`CoreBank::events_of_each`](core_bank::CoreBank::events_of_each).
    ReadEventsOfEach: EventsOfEach => EventsOfEachAnswer, of_nobody!();
    /// [`CoreBank::heads`](core_bank::CoreBank::heads).
    ReadHeads: HeadsAsked => HeadsAnswer, of_nobody!();
}
