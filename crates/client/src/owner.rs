//! The owner of a device: one task that keeps the device, executes its handles' commands, and stays live.
//!
//! It runs on the platform's futures, whatever polls them. Its waits may be dropped. Its work may be interrupted by
//! locking, unlocking and stopping, and then restarts from the committed state. Reads are answered meanwhile from the
//! last commit.

use crate::change::Change;
use crate::change_sender::{ChangeSender, Changes, changes};
use crate::command::{Queue, Reply, Urgent, Work};
use crate::desk::{Desk, Interrupt, Served};
use crate::device::Device;
use crate::error::SyncError;
use crate::handle::Handle;
use crate::keys::StorageKey;
use crate::outbox::{Sending, SendingEvent};
use crate::platform::Platform;
use crate::reception::{Receiving, Reception, Step};
use crate::state::State;
use crate::store::Store;
use crate::under_way::{Begun, Returned, UnderWay};
use futures_channel::mpsc;
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use std::collections::VecDeque;
use std::pin::pin;

/// An owner that is not running yet.
pub struct Owner {
    urgent: mpsc::Receiver<Urgent>,
    work: mpsc::Receiver<Work>,
    changes: ChangeSender,
}

/// Makes an owner, a handle to it, and its stream of changes.
#[must_use]
pub fn owner() -> (Owner, Handle, Changes) {
    let (urgent, urgent_commands) = Queue::new();
    let (work, work_commands) = Queue::new();
    let (sender, changes) = changes();
    let owner = Owner {
        urgent: urgent_commands,
        work: work_commands,
        changes: sender,
    };
    (owner, Handle { urgent, work }, changes)
}

/// The owner's next work.
enum Job {
    Work(Work),
    Receive(Step),
    Orders(SendingEvent),
    /// The bank answered what the customer asked for.
    Returned(Returned),
    /// A session began, which is to be kept.
    Begun(Begun),
}

/// Work that was interrupted, or that waits because it interrupted other work.
#[derive(Default)]
struct Deferred {
    unlocks: VecDeque<(StorageKey, Reply<()>)>,
    begun: VecDeque<Begun>,
    /// To be restarted.
    work: Option<Work>,
}

impl Owner {
    /// Runs `device` until a handle stops it or the last handle is dropped. Returns an error if the device itself
    /// fails. A refusal by the bank is reported as [`Change::Ended`](crate::Change::Ended), and reads continue.
    pub async fn run<P: Platform>(
        self,
        device: &mut Device<P>,
        reception: Reception,
    ) -> Result<(), SyncError> {
        let Device { state, bank, .. } = device;
        let bank = &*bank;
        state.refresh().await?;
        state.publish();
        let now = || bank.moment();
        let ports = (state.records.store.clone(), bank.random.clone());
        let mut desk = Desk::new(self.urgent, state.published.clone(), ports, &now);
        let (mut work, mut changes) = (self.work, self.changes);
        let mut receiving = Receiving::new(bank, reception);
        let mut sending = Sending::new(bank);
        let mut under_way = UnderWay::default();
        let mut deferred = Deferred::default();
        loop {
            let interrupt = if let Some((key, reply)) = deferred.unlocks.pop_front() {
                let unlock = state.unlock_with(bank, key.clone());
                let interrupted = answer(&mut desk, reply, unlock).await.err();
                interrupted.map(|(reply, interrupt)| {
                    deferred.unlocks.push_front((key, reply));
                    interrupt
                })
            } else if let Some((to_sign, reply)) = desk.submission() {
                let interrupted = match desk.serve_short(state.sign(bank, &to_sign)).await {
                    Served::Done(submitted) => {
                        let _ = reply.send(submitted);
                        None
                    }
                    Served::Interrupted(interrupt) => {
                        desk.resubmit((to_sign, reply));
                        Some(interrupt)
                    }
                };
                changes.report(state, bank, Change::Orders);
                interrupted
            } else {
                let begun = deferred.begun.pop_front().map(Job::Begun);
                let job = match begun.or_else(|| deferred.work.take().map(Job::Work)) {
                    Some(job) => Served::Done(job),
                    None => {
                        sending.online = receiving.is_connected();
                        let live = reception == Reception::Live;
                        let sending = live.then_some(&mut sending);
                        let command = command(&mut work, &mut under_way);
                        let next = next(command, (&mut receiving, sending), &mut changes, state);
                        desk.serve(next).await
                    }
                };
                match job {
                    Served::Interrupted(interrupt) => Some(interrupt),
                    Served::Done(Job::Orders(event)) => {
                        let handled = sending.handle(event, state, &mut changes);
                        match desk.serve_short(handled).await {
                            Served::Done(handled) => {
                                handled?;
                                None
                            }
                            Served::Interrupted(interrupt) => {
                                sending.reset();
                                Some(interrupt)
                            }
                        }
                    }
                    Served::Done(Job::Receive(step)) => {
                        let is_short = step.is_short();
                        let step = receiving.step(step, state, &mut changes);
                        let served = match is_short {
                            true => desk.serve_short(step).await,
                            false => desk.serve(step).await,
                        };
                        match served {
                            Served::Done(done) => {
                                done?;
                                None
                            }
                            Served::Interrupted(interrupt) => {
                                receiving.disconnect();
                                Some(interrupt)
                            }
                        }
                    }
                    Served::Done(Job::Work(Work::Receive(reply))) => {
                        let from = state.position();
                        let receive = state.receive_once(bank);
                        let interrupted = answer(&mut desk, reply, receive).await.err();
                        receiving.resume();
                        sending.resume();
                        if state.position() != from {
                            // The stream would repeat the pulled messages.
                            receiving.disconnect();
                        }
                        interrupted.map(|(reply, interrupt)| {
                            deferred.work = Some(Work::Receive(reply));
                            interrupt
                        })
                    }
                    Served::Done(Job::Work(Work::Renew(reply))) => {
                        let renew = state.renew_now(bank);
                        let interrupted = answer(&mut desk, reply, renew).await.err();
                        begin_with_token(&mut receiving, &mut sending);
                        interrupted.map(|(reply, interrupt)| {
                            deferred.work = Some(Work::Renew(reply));
                            interrupt
                        })
                    }
                    Served::Done(Job::Work(Work::ForPerson(work))) => {
                        match desk.serve_short(state.pass(work.by())).await {
                            Served::Done(Ok(pass)) => {
                                under_way.begin(bank, pass, work);
                                None
                            }
                            Served::Done(Err(error)) => {
                                work.fail(error);
                                None
                            }
                            Served::Interrupted(interrupt) => {
                                deferred.work = Some(Work::ForPerson(work));
                                Some(interrupt)
                            }
                        }
                    }
                    Served::Done(Job::Returned(returned)) => {
                        state.keep(returned.pass);
                        deferred.begun.extend(returned.begun);
                        None
                    }
                    Served::Done(Job::Begun((begun, reply))) => {
                        match desk.serve_short(state.began(&begun)).await {
                            Served::Done(kept) => {
                                let _ = reply.send(kept);
                                begin_with_token(&mut receiving, &mut sending);
                                None
                            }
                            Served::Interrupted(interrupt) => {
                                deferred.begun.push_front((begun, reply));
                                Some(interrupt)
                            }
                        }
                    }
                    Served::Done(Job::Work(Work::SendOrders(reply))) => {
                        let send = sending.run_now(state, &mut changes);
                        let interrupted = answer(&mut desk, reply, send).await.err();
                        receiving.resume();
                        interrupted.map(|(reply, interrupt)| {
                            // What was taken and not processed is asked for again.
                            sending.reset();
                            deferred.work = Some(Work::SendOrders(reply));
                            interrupt
                        })
                    }
                    Served::Done(Job::Work(Work::Brake(request, reply))) => {
                        let set = state.brake(bank, request.as_deref());
                        let interrupted = answer(&mut desk, reply, set).await.err();
                        changes.report(state, bank, Change::Orders);
                        interrupted.map(|(reply, interrupt)| {
                            deferred.work = Some(Work::Brake(request, reply));
                            interrupt
                        })
                    }
                    Served::Done(Job::Work(Work::Checkpoint(reply))) => {
                        let judge = state.judge_now(bank);
                        let interrupted = answer(&mut desk, reply, judge).await.err();
                        receiving.resume();
                        interrupted.map(|(reply, interrupt)| {
                            deferred.work = Some(Work::Checkpoint(reply));
                            interrupt
                        })
                    }
                }
            };
            match interrupt {
                None | Some(Interrupt::Submit) => {}
                Some(Interrupt::Unlock(key, reply)) => deferred.unlocks.push_back((key, reply)),
                Some(Interrupt::Lock(reply)) => {
                    state.lock();
                    sending.reset();
                    under_way.lock();
                    desk.finish_reads().await;
                    while let Some((_, reply)) = desk.submission() {
                        let _ = reply.send(Err(SyncError::Locked));
                    }
                    for (_, unlock) in deferred.unlocks.drain(..) {
                        let _ = unlock.send(Err(SyncError::Locked));
                    }
                    for (_, begun) in deferred.begun.drain(..) {
                        let _ = begun.send(Err(SyncError::Locked));
                    }
                    let _ = reply.send(Ok(()));
                }
                Some(Interrupt::Stop(reply)) => {
                    if let Some(reply) = reply {
                        let _ = reply.send(Ok(()));
                    }
                    return Ok(());
                }
            }
        }
    }
}

/// Begins again with a token that may be new.
fn begin_with_token<P: Platform>(receiving: &mut Receiving<'_, P>, sending: &mut Sending<'_, P>) {
    receiving.resume();
    sending.resume();
    // The stream ends with the token that opened it.
    receiving.disconnect();
}

/// The next command, or what the bank answered one that is under way.
async fn command(work: &mut mpsc::Receiver<Work>, under_way: &mut UnderWay<'_>) -> Job {
    let has_room = under_way.has_room();
    let command = async {
        if has_room && let Some(work) = work.next().await {
            return work;
        }
        // The urgent commands end with the same handles, and so does the owner.
        std::future::pending().await
    };
    match select(pin!(command), pin!(under_way.next())).await {
        Either::Left((work, _)) => Job::Work(work),
        Either::Right((returned, _)) => Job::Returned(returned),
    }
}

/// The next work. The alternatives lose nothing: a command is removed from its queue only when it is returned, and the
/// same holds for the stream's frames. No frame is read while a change waits to be read.
async fn next<P: Platform>(
    command: impl Future<Output = Job>,
    (receiving, sending): (&mut Receiving<'_, P>, Option<&mut Sending<'_, P>>),
    changes: &mut ChangeSender,
    state: &State<P::Store>,
) -> Job {
    let sending_ms = sending
        .as_ref()
        .map_or(u64::MAX, |sending| sending.wake_ms(state));
    let receive = async {
        changes.read().await;
        receiving.next(state, sending_ms).await
    };
    let orders = async {
        match sending {
            Some(sending) => sending.next(state).await,
            None => std::future::pending().await,
        }
    };
    match select(pin!(command), select(pin!(orders), pin!(receive))).await {
        Either::Left((job, _)) => job,
        Either::Right((Either::Left((event, _)), _)) => Job::Orders(event),
        Either::Right((Either::Right((step, _)), _)) => Job::Receive(step),
    }
}

/// Serves work whose result answers a command. Interrupted work is not answered yet.
async fn answer<'o, T, S: Store + 'o>(
    desk: &mut Desk<'o, S>,
    reply: Reply<T>,
    work: impl Future<Output = Result<T, SyncError>>,
) -> Result<(), (Reply<T>, Interrupt)> {
    match desk.serve(work).await {
        Served::Done(outcome) => {
            let _ = reply.send(outcome);
            Ok(())
        }
        Served::Interrupted(interrupt) => Err((reply, interrupt)),
    }
}
