//! What the customer has the device do at the bank while the owner does something else.
//!
//! Its requests are not bound to the device's state. So nothing interrupts them and nothing is sent twice: a one-time code
//! is used up by the first request. Locking ends what needs the person.

use crate::bank::Bank;
use crate::command::{ForPerson, Reply};
use crate::errand::By;
use crate::error::SyncError;
use crate::login_provider::ProviderVisit;
use crate::pass::Pass;
use crate::platform::Platform;
use futures_channel::oneshot;
use futures_util::FutureExt as _;
use futures_util::future::{Either, LocalBoxFuture, select};
use protocol::http::SessionBegun;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use types::SessionId;

/// Maximum at once. At the limit, the owner takes no command until one has ended.
const UNDER_WAY_MAX: usize = 16;

/// A session that began, and who waits for it. The device has to keep it first.
pub(crate) type Begun = (SessionBegun, Reply<SessionId>);

/// What is left to do after the bank has answered.
pub(crate) struct Returned {
    pub(crate) pass: Pass,
    pub(crate) begun: Option<Begun>,
}

/// Ends what needs the person when it is dropped. `None` for what a locked device does as well.
type Unlocked = Option<oneshot::Sender<()>>;

/// What is under way.
#[derive(Default)]
pub(crate) struct UnderWay<'b>(Vec<(Unlocked, LocalBoxFuture<'b, Returned>)>);

impl<'b> UnderWay<'b> {
    pub(crate) fn has_room(&self) -> bool {
        self.0.len() < UNDER_WAY_MAX
    }

    /// Begins what the customer asks for.
    pub(crate) fn begin<P: Platform>(&mut self, bank: &'b Bank<P>, pass: Pass, work: ForPerson) {
        match work {
            ForPerson::Ask(asking, reply) => {
                let by = asking.by;
                let ask = async move |pass: &mut Pass| bank.ask(pass, asking).await;
                self.push(by, (pass, reply), ask);
            }
            ForPerson::RegisterPasskey(name, reply) => {
                let register =
                    async move |pass: &mut Pass| bank.register_passkey(pass, &name).await;
                self.push(By::Person, (pass, reply), register);
            }
            ForPerson::VisitProvider(redirect_uri, reply) => {
                let begin = async move |pass: &mut Pass| {
                    ProviderVisit::begin(bank, pass, &redirect_uri).await
                };
                self.push(By::Device, (pass, reply), begin);
            }
            ForPerson::LogIn(login, reply) => {
                let (unlocked, locked) = oneshot::channel();
                let log_in = async move {
                    let begun = unless(locked, bank.log_in(&pass, login)).await;
                    let begun = match begun {
                        Ok(begun) => Some((begun, reply)),
                        Err(error) => {
                            let _ = reply.send(Err(error));
                            None
                        }
                    };
                    Returned { pass, begun }
                };
                self.0.push((Some(unlocked), log_in.boxed_local()));
            }
        }
    }

    fn push<T: 'b>(
        &mut self,
        by: By,
        (mut pass, reply): (Pass, Reply<T>),
        work: impl AsyncFnOnce(&mut Pass) -> Result<T, SyncError> + 'b,
    ) {
        let (unlocked, locked) = oneshot::channel();
        let unlocked = Some(unlocked).filter(|_| by == By::Person);
        let needs_unlocked = unlocked.is_some();
        let run = async move {
            let work = work(&mut pass);
            let answered = match needs_unlocked {
                true => unless(locked, work).await,
                false => work.await,
            };
            // The caller may have gone.
            let _ = reply.send(answered);
            Returned { pass, begun: None }
        };
        self.0.push((unlocked, run.boxed_local()));
    }

    /// The next that has ended. It waits forever while nothing is under way. If dropped before it returns, it has taken
    /// nothing.
    pub(crate) async fn next(&mut self) -> Returned {
        poll_fn(|context| {
            for index in 0..self.0.len() {
                let polled = self
                    .0
                    .get_mut(index)
                    .map(|(_, one)| one.poll_unpin(context));
                if let Some(Poll::Ready(returned)) = polled {
                    drop(self.0.swap_remove(index));
                    return Poll::Ready(returned);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Ends what needs the person, which is answered with [`SyncError::Locked`].
    pub(crate) fn lock(&mut self) {
        for (unlocked, _) in &mut self.0 {
            unlocked.take();
        }
    }
}

/// The result of `work`, unless the passbook is locked first.
async fn unless<T>(
    locked: oneshot::Receiver<()>,
    work: impl Future<Output = Result<T, SyncError>>,
) -> Result<T, SyncError> {
    match select(locked, pin!(work)).await {
        Either::Left(_) => Err(SyncError::Locked),
        Either::Right((answered, _)) => answered,
    }
}
