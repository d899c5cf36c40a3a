//! Stand-ins for broker, notification and core bank: they record their calls, and fail on demand.

use async_trait::async_trait;
use ciam::ports::{
    Channels, Clients, Customers, Documents, FirstSnapshot, Grants, LoginProvider, Messages,
    Notice, NoticeAnswer, Orders, PortError, StaffPolicy,
};
use envelope::{DeviceStatement, TrustList};
use protocol::http::{CodeBy, SignedSnapshot};
use protocol::{AccessChange, ChannelKind, EntryKind};
use staff_policy::StaffPolicies;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;
use types::{
    ChannelId, Currency, CustomerId, DeviceId, Generation, Money, PasskeyId, PublicKey, SnapshotId,
    StaffQuestion, Time,
};

/// Far longer than any call takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A recorded call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Open(ChannelId, ChannelKind),
    Grant(Box<DeviceStatement>),
    Rekey {
        channel: ChannelId,
        device: DeviceId,
        revocation: u64,
    },
    Snapshot(ChannelId, DeviceId),
    Access(ChannelId, String, AccessChange),
    /// Where a client was told, and the logout token.
    LogOut(String, String),
    /// Where a client's keys were read.
    Read(String),
    /// To whom a code for a login was sent, how, and the code.
    Code(CustomerId, CodeBy, String),
    /// Whose addresses were forgotten.
    Forget(CustomerId),
    /// Where a client was told what changed, and the event token.
    Event(String, String),
    Stop(CustomerId, u64),
    Resume(CustomerId, u64),
    Raise(CustomerId, Money, Time, u64),
    Erase(CustomerId),
}

pub(crate) struct Neighbour {
    state: Mutex<State>,
    calls: watch::Sender<Vec<Call>>,
    /// Locked while rekeys must not be answered.
    pub(crate) hold_rekeys: watch::Sender<bool>,
    /// Locked while stops must not be answered.
    pub(crate) hold_stops: watch::Sender<bool>,
    /// Locked while snapshots must not be answered.
    pub(crate) hold_snapshots: watch::Sender<bool>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) trust: Vec<u8>,
    pub(crate) roots: Vec<PublicKey>,
    pub(crate) broker_down: bool,
    pub(crate) notification_down: bool,
    /// Requests for known channels fail, too.
    pub(crate) notification_silent: bool,
    pub(crate) core_bank_down: bool,
    pub(crate) gateway_down: bool,
    /// The outside provider. `None`: it does not answer.
    pub(crate) login_provider: Option<Arc<dyn LoginProvider>>,
    /// What clients publish, by address.
    pub(crate) documents: HashMap<String, Vec<u8>>,
    /// The addresses of clients that do not answer, and of those that refuse.
    pub(crate) clients_down: HashSet<String>,
    pub(crate) clients_refuse: HashSet<String>,
    /// The bank's policies about its staff.
    pub(crate) staff_policies: StaffPolicies,
    /// The channels of customers and devices that notification knows and ciam may not know.
    pub(crate) channels: HashMap<CustomerId, ChannelId>,
    pub(crate) devices: HashMap<DeviceId, ChannelId>,
    /// The generation of all channels, if it is not the first, which is the broker's.
    pub(crate) generation: Option<Generation>,
    left_out: HashSet<DeviceId>,
    snapshots: u64,
}

impl State {
    /// Refuses grants of the device from now on.
    pub(crate) fn leave_out(&mut self, device: DeviceId) {
        self.left_out.insert(device);
    }
}

impl Neighbour {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            calls: watch::Sender::new(Vec::new()),
            hold_rekeys: watch::Sender::new(false),
            hold_stops: watch::Sender::new(false),
            hold_snapshots: watch::Sender::new(false),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.borrow().clone()
    }

    /// The calls, once they are enough.
    pub(crate) async fn calls_until(
        &self,
        are_enough: impl FnMut(&Vec<Call>) -> bool,
    ) -> Vec<Call> {
        let mut calls = self.calls.subscribe();
        calls.wait_for(are_enough).await.unwrap().clone()
    }

    /// The statements for which a grant was requested.
    pub(crate) fn statements(&self) -> Vec<DeviceStatement> {
        let statement = |call: Call| match call {
            Call::Grant(statement) => Some(*statement),
            _ => None,
        };
        self.calls().into_iter().filter_map(statement).collect()
    }

    pub(crate) fn rekeys(&self) -> Vec<(DeviceId, u64)> {
        let rekey = |call: Call| match call {
            Call::Rekey {
                device, revocation, ..
            } => Some((device, revocation)),
            _ => None,
        };
        self.calls().into_iter().filter_map(rekey).collect()
    }

    /// The changes of passkeys that it was told, in order: whether one was added, and which.
    pub(crate) fn passkeys(&self) -> Vec<(bool, PasskeyId)> {
        let change = |call: Call| match call {
            Call::Access(_, _, change) => {
                let added = change.kind == EntryKind::PasskeyAdded;
                Some((added, change.passkey?)).filter(|_| change.reasons.is_none())
            }
            _ => None,
        };
        self.calls().into_iter().filter_map(change).collect()
    }

    /// The other changes of who has access that it was told, in order.
    pub(crate) fn access(&self) -> Vec<AccessChange> {
        let change = |call: Call| match call {
            Call::Access(_, _, change) => Some(change),
            _ => None,
        };
        let is_of_passkey = |change: &AccessChange| {
            [EntryKind::PasskeyAdded, EntryKind::PasskeyRemoved].contains(&change.kind)
        };
        let all = self.calls().into_iter().filter_map(change);
        all.filter(|change| !is_of_passkey(change)).collect()
    }

    /// What gateway was asked to do, in order.
    pub(crate) fn stops(&self) -> Vec<Call> {
        let calls = self.calls().into_iter();
        calls
            .filter(|call| matches!(call, Call::Stop(..) | Call::Resume(..)))
            .collect()
    }

    /// Waits until the calls satisfy a condition.
    pub(crate) async fn until(&self, so: impl FnMut(&Vec<Call>) -> bool) {
        let mut calls = self.calls.subscribe();
        let waited = tokio::time::timeout(PATIENCE, calls.wait_for(so)).await;
        waited.expect("the call never came").unwrap();
    }

    fn asked(&self, call: Call) {
        self.calls.send_modify(|calls| calls.push(call));
    }

    fn down(service: &'static str) -> PortError {
        PortError::new(service, "it is down")
    }
}

#[async_trait]
impl Channels for Neighbour {
    async fn open(&self, channel: ChannelId, kind: ChannelKind) -> Result<Generation, PortError> {
        self.asked(Call::Open(channel, kind));
        if self.state().broker_down {
            return Err(Self::down("broker"));
        }
        Ok(Generation::FIRST)
    }
}

impl StaffPolicy for Neighbour {
    fn permits(&self, question: &StaffQuestion<'_>) -> bool {
        self.state().staff_policies.permit(question)
    }
}

#[async_trait]
impl Grants for Neighbour {
    async fn grant(&self, statement: &[u8]) -> Result<(), PortError> {
        let (list, down, left_out) = {
            let state = self.state();
            let list = TrustList::stored(&state.trust, &state.roots).unwrap();
            (list, state.notification_down, state.left_out.clone())
        };
        let statement = DeviceStatement::verify(statement, &list).unwrap();
        let (device, customer, channel) = (
            statement.device,
            statement.customer.clone(),
            statement.channel,
        );
        self.asked(Call::Grant(Box::new(statement)));
        if down || left_out.contains(&device) {
            return Err(Self::down("notification"));
        }
        let mut state = self.state();
        state.devices.insert(device, channel);
        let begun = *state.channels.entry(customer).or_insert(channel);
        if begun != channel {
            return Err(PortError::new(
                "notification",
                "another channel of the customer",
            ));
        }
        Ok(())
    }

    async fn rekey(
        &self,
        channel: ChannelId,
        device: DeviceId,
        revocation: u64,
    ) -> Result<(), PortError> {
        self.asked(Call::Rekey {
            channel,
            device,
            revocation,
        });
        let mut held = self.hold_rekeys.subscribe();
        held.wait_for(|held| !held).await.unwrap();
        let mut state = self.state();
        if state.notification_down {
            return Err(Self::down("notification"));
        }
        state.leave_out(device);
        Ok(())
    }

    async fn access_changed(
        &self,
        channel: ChannelId,
        cause: &str,
        change: &AccessChange,
    ) -> Result<(), PortError> {
        if self.state().notification_down {
            return Err(Self::down("notification"));
        }
        self.asked(Call::Access(channel, cause.to_owned(), change.clone()));
        Ok(())
    }

    async fn erase(&self, customer: &CustomerId) -> Result<Option<ChannelId>, PortError> {
        self.asked(Call::Erase(customer.clone()));
        let mut state = self.state();
        if state.notification_down {
            return Err(Self::down("notification"));
        }
        Ok(state.channels.remove(customer))
    }

    async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
    ) -> Result<FirstSnapshot, PortError> {
        self.asked(Call::Snapshot(channel, device));
        let mut held = self.hold_snapshots.subscribe();
        held.wait_for(|held| !held).await.unwrap();
        let mut state = self.state();
        if state.notification_down {
            return Err(Self::down("notification"));
        }
        state.snapshots += 1;
        Ok(FirstSnapshot {
            generation: state.generation.unwrap_or(Generation::FIRST),
            grant: format!("grant of {device}").into_bytes(),
            snapshot: SignedSnapshot {
                id: SnapshotId::new([1; 16]),
                snapshot: format!("snapshot {}", state.snapshots).into_bytes().into(),
                before: None,
                message: None,
                parts: Vec::new(),
            },
        })
    }

    async fn channel_of(&self, customer: &CustomerId) -> Result<Option<ChannelId>, PortError> {
        let state = self.state();
        if state.notification_silent {
            return Err(Self::down("notification"));
        }
        Ok(state.channels.get(customer).copied())
    }

    async fn channel_of_device(&self, device: DeviceId) -> Result<Option<ChannelId>, PortError> {
        let state = self.state();
        if state.notification_silent {
            return Err(Self::down("notification"));
        }
        Ok(state.devices.get(&device).copied())
    }

    async fn trust(&self) -> Result<Vec<u8>, PortError> {
        let state = self.state();
        if state.trust.is_empty() {
            return Err(PortError::new("notification", "there is no trust list"));
        }
        Ok(state.trust.clone())
    }
}

/// Two orders of each customer wait.
#[async_trait]
impl Orders for Neighbour {
    async fn stop(&self, customer: &CustomerId, number: u64) -> Result<Option<u64>, PortError> {
        self.asked(Call::Stop(customer.clone(), number));
        let mut held = self.hold_stops.subscribe();
        held.wait_for(|held| !held).await.unwrap();
        if self.state().gateway_down {
            return Err(Self::down("gateway"));
        }
        Ok(Some(2))
    }

    async fn resume(&self, customer: &CustomerId, number: u64) -> Result<(), PortError> {
        self.asked(Call::Resume(customer.clone(), number));
        if self.state().gateway_down {
            return Err(Self::down("gateway"));
        }
        Ok(())
    }

    async fn day_limit(&self) -> Result<Money, PortError> {
        Ok(Money::new(20_000_000, Currency::CZK))
    }

    async fn raise_limit(
        &self,
        customer: &CustomerId,
        (day, until): (Money, Time),
        number: u64,
    ) -> Result<(), PortError> {
        self.asked(Call::Raise(customer.clone(), day, until, number));
        if self.state().gateway_down {
            return Err(Self::down("gateway"));
        }
        Ok(())
    }
}

/// The clients' documents, or the login provider's.
#[async_trait]
impl Documents for Neighbour {
    async fn read(&self, url: &str) -> Result<Vec<u8>, PortError> {
        let document = self.state().documents.get(url).cloned();
        if let Some(document) = document {
            self.asked(Call::Read(url.to_owned()));
            // Others who want it meanwhile wait for it.
            tokio::task::yield_now().await;
            return match self.state().clients_down.contains(url) {
                true => Err(Self::down("client")),
                false => Ok(document),
            };
        }
        let provider = self.state().login_provider.clone();
        let provider = provider.ok_or_else(|| Self::down("login provider"))?;
        provider.read(url).await
    }
}

#[async_trait]
impl LoginProvider for Neighbour {
    async fn post(
        &self,
        url: &str,
        basic: Option<(&str, &str)>,
        form: String,
    ) -> Result<(u16, Vec<u8>), PortError> {
        let provider = self.state().login_provider.clone();
        let provider = provider.ok_or_else(|| Self::down("login provider"))?;
        provider.post(url, basic, form).await
    }
}

/// Every customer exists whose number does not begin with `no`.
#[async_trait]
impl Customers for Neighbour {
    async fn exists(&self, customer: &CustomerId) -> Result<bool, PortError> {
        if self.state().core_bank_down {
            return Err(Self::down("core bank"));
        }
        Ok(!customer.as_str().starts_with("no"))
    }
}

#[async_trait]
impl Clients for Neighbour {
    async fn tell(&self, uri: &str, notice: Notice<'_>) -> Result<NoticeAnswer, PortError> {
        self.asked(match notice {
            Notice::Logout(token) => Call::LogOut(uri.to_owned(), token.to_owned()),
            Notice::Event(token) => Call::Event(uri.to_owned(), token.to_owned()),
        });
        let state = self.state();
        if state.clients_down.contains(uri) {
            return Err(Self::down("client"));
        }
        Ok(match state.clients_refuse.contains(uri) {
            true => NoticeAnswer::Refused,
            false => NoticeAnswer::Heard,
        })
    }
}

#[async_trait]
impl Messages for Neighbour {
    async fn send_login_code(
        &self,
        customer: &CustomerId,
        by: CodeBy,
        code: &str,
    ) -> Result<(), PortError> {
        self.asked(Call::Code(customer.clone(), by, code.to_owned()));
        Ok(())
    }

    async fn forget(&self, customer: &CustomerId) -> Result<(), PortError> {
        self.asked(Call::Forget(customer.clone()));
        Ok(())
    }
}
