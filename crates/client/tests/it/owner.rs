//! The owner and its handles: commands and reads while live, locking, stopping, and unread changes.

use crate::bank::account;
use crate::network::yields;
use crate::phone::{Simulated, balance, found, numbers, run, settled};
use client::{Change, Changes, Device, Handle, Reception, Shown, SyncError};
use futures_util::future::{Either, join, select};
use std::cell::Cell;
use std::pin::pin;

/// Runs an owner of `device` beside the future that `uses` its handle, then drops the handle.
pub(crate) fn owned<T>(
    device: &mut Device<Simulated>,
    reception: Reception,
    uses: impl AsyncFnOnce(&Handle, &mut Changes) -> T,
) -> T {
    let (owner, handle, mut changes) = client::owner();
    let using = async {
        let used = uses(&handle, &mut changes).await;
        drop(handle);
        used
    };
    let (ended, used) = run(join(owner.run(device, reception), using));
    ended.unwrap();
    used
}

/// Waits for a change that satisfies `wanted`.
pub(crate) async fn until(changes: &mut Changes, wanted: impl Fn(&Change) -> bool) -> Shown {
    loop {
        let update = changes.next().await.unwrap();
        if wanted(&update.change) {
            return update.shown;
        }
    }
}

/// The result, if it is ready within that many polls.
pub(crate) async fn soon<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(yields(polls))).await {
        Either::Left((answer, _)) => Some(answer),
        Either::Right(_) => None,
    }
}

fn booked(shown: &Shown) -> i64 {
    let accounts = shown.accounts(None).unwrap();
    accounts[0].balances[&"booked".parse().unwrap()].minor_units()
}

#[test]
fn a_handle_goes_to_any_thread() {
    fn check<T: Send + 'static>() {}
    check::<Handle>();
    check::<Changes>();
    fn copies<T: Clone + Sync>() {}
    copies::<Handle>();
}

#[test]
fn commands_and_reads_are_served_while_it_is_live() {
    let (world, _phone, mut device) = settled();
    owned(
        &mut device,
        Reception::Live,
        async |handle, changes: &mut Changes| {
            until(changes, |change| matches!(change, Change::Live)).await;
            world.bank.borrow_mut().post("576", 5);
            let came = until(changes, |change| matches!(change, Change::Entries(_))).await;
            assert_eq!(booked(&came), 5);
            assert_eq!(booked(&handle.shown().await.unwrap()), 5);
            let listing = handle.entries(Some(&account("576")), None).await.unwrap();
            assert_eq!(listing.entries.len(), 1);

            let judged = handle.checkpoint().await.unwrap();
            assert_eq!(judged, Some(client::Judgement::Complete));
            assert!(handle.shown().await.unwrap().is_complete());
            assert_eq!(world.requested("/v1/live"), 1, "the stream stays");

            world.bank.borrow_mut().post("576", 6);
            let entries = handle.receive().await.unwrap();
            let known = booked(&handle.shown().await.unwrap());
            assert!(entries.len() <= 1 && known == 11, "pulled or streamed");
            world.bank.borrow_mut().post("576", 7);
            let came = until(changes, |change| matches!(change, Change::Entries(_))).await;
            assert_eq!(booked(&came), if entries.is_empty() { 11 } else { 18 });
        },
    );
    assert!(found(&device).is_empty(), "nothing came twice");
}

#[test]
fn reads_locking_and_stopping_never_wait_for_the_network() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    run(device.catch_up()).unwrap();
    for reception in [Reception::Live, Reception::OnRequest] {
        world.hangs.set(true);
        let account = account("576");
        owned(&mut device, reception, async |handle, _: &mut Changes| {
            let receive = handle.receive();
            let uses = async {
                yields(20).await;
                let shown = soon(5, handle.shown()).await.unwrap().unwrap();
                assert_eq!(booked(&shown), 5);
                let entries = handle.entries(Some(&account), None);
                assert_eq!(soon(5, entries).await.unwrap().unwrap().entries.len(), 1);
                soon(5, handle.lock()).await.unwrap().unwrap();
                let shown = soon(5, handle.shown()).await.unwrap().unwrap();
                assert!(shown.is_locked() && matches!(shown.home(), Err(SyncError::Locked)));
                let entries = handle.entries(Some(&account), None);
                let refused = soon(5, entries).await.unwrap();
                assert!(matches!(refused, Err(SyncError::Locked)));
                let unlock = handle.unlock(phone.storage_key());
                soon(9, unlock).await.unwrap().unwrap();
                let shown = soon(5, handle.shown()).await.unwrap().unwrap();
                assert_eq!(booked(&shown), 5);
                soon(5, handle.stop()).await.unwrap().unwrap();
                let stopped = handle.shown().await;
                assert!(matches!(stopped, Err(SyncError::Stopped)));
            };
            let (received, ()) = join(receive, uses).await;
            assert!(matches!(received, Err(SyncError::Stopped)));
        });
        world.hangs.set(false);
    }
}

/// Frames taken by interrupted work are lost: the stream has to be opened again from the committed position.
#[test]
fn locking_and_unlocking_at_any_moment_loses_nothing_and_repeats_nothing() {
    for after in 0..60 {
        let (world, phone, mut device) = settled();
        let reached = owned(
            &mut device,
            Reception::Live,
            async |handle, changes: &mut Changes| {
                until(changes, |change| matches!(change, Change::Live)).await;
                for amount in 1..=5 {
                    world.bank.borrow_mut().post("576", amount);
                }
                let interrupting = async {
                    yields(after).await;
                    handle.lock().await.unwrap();
                    yields(after % 7).await;
                    handle.unlock(phone.storage_key()).await.unwrap();
                    world.bank.borrow_mut().post("576", 6);
                };
                let position = Cell::new(0);
                let reading = async {
                    while position.get() < 7 {
                        let update = changes.next().await.unwrap();
                        position.set(update.shown.position().number.get());
                    }
                };
                join(interrupting, reading).await;
                position.get()
            },
        );
        assert_eq!(reached, 7);
        run(device.catch_up()).unwrap();
        assert_eq!(
            (numbers(&device), balance(&device)),
            (vec![1, 2, 3, 4, 5, 6], 21),
            "locked after {after} polls"
        );
        assert_eq!(found(&device), [], "locked after {after} polls");
    }
}

#[test]
fn work_that_locking_interrupts_restarts() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    world.hangs.set(true);
    owned(
        &mut device,
        Reception::OnRequest,
        async |own, _: &mut Changes| {
            let uses = async {
                yields(20).await;
                own.lock().await.unwrap();
                own.unlock(phone.storage_key()).await.unwrap();
                world.hangs.set(false);
            };
            let (received, ()) = join(own.receive(), uses).await;
            assert_eq!(received.unwrap().len(), 1);
            assert_eq!(booked(&own.shown().await.unwrap()), 5);
        },
    );
    assert!(device.is_complete());
}

#[test]
fn unread_changes_block_the_stream_alone() {
    let (world, _phone, mut device) = settled();
    owned(
        &mut device,
        Reception::Live,
        async |handle, changes: &mut Changes| {
            until(changes, |change| matches!(change, Change::Live)).await;
            for amount in 1..=20 {
                world.bank.borrow_mut().post("576", amount);
                yields(20).await;
            }
            let held_up = handle.shown().await.unwrap().position().number.get();
            assert!(held_up < 10, "{held_up} were taken");
            assert!(handle.checkpoint().await.is_ok(), "commands are served");
            let mut entries = 0;
            while entries < 20 {
                if let Change::Entries(new) = changes.next().await.unwrap().change {
                    entries += new.len();
                }
            }
        },
    );
    assert_eq!(numbers(&device), (1..=20).collect::<Vec<_>>());
    assert_eq!(found(&device), []);
}

#[test]
fn dropped_changes_block_nothing() {
    let (world, _phone, mut device) = settled();
    let (owner, handle, changes) = client::owner();
    drop(changes);
    let using = async {
        for amount in 1..=20 {
            world.bank.borrow_mut().post("576", amount);
        }
        while handle.shown().await.unwrap().position().number.get() < 21 {
            yields(1).await;
        }
        handle.stop().await.unwrap();
    };
    run(join(owner.run(&mut device, Reception::Live), using))
        .0
        .unwrap();
    assert_eq!(numbers(&device).len(), 20);
}

#[test]
fn commands_beyond_the_queue_wait_for_capacity() {
    let (world, _phone, mut device) = settled();
    world.hangs.set(true);
    owned(
        &mut device,
        Reception::OnRequest,
        async |handle, _: &mut Changes| {
            let asked = Cell::new(0);
            let ask = async || {
                let answer = handle.checkpoint().await;
                asked.set(asked.get() + 1);
                answer.map(drop)
            };
            let all = futures_util::future::join_all((0..200).map(|_| ask()));
            let opens = async {
                yields(50).await;
                assert_eq!((asked.get(), world.requested("/checkpoint")), (0, 2));
                world.hangs.set(false);
            };
            let (answers, ()) = join(all, opens).await;
            assert!(answers.iter().all(Result::is_ok) && answers.len() == 200);
        },
    );
}

#[test]
fn a_device_that_the_bank_refuses_stays_readable() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    run(device.catch_up()).unwrap();
    world.bank.borrow_mut().refuse = Some(types::ErrorCode::DeviceRevoked);
    owned(
        &mut device,
        Reception::Live,
        async |handle, changes: &mut Changes| {
            let shown = until(changes, |change| {
                let Change::Ended(error) = change else {
                    return false;
                };
                error.ended() == Some(client::Ended::DeviceRevoked)
            });
            assert_eq!(booked(&shown.await), 5);
            assert_eq!(booked(&handle.shown().await.unwrap()), 5);
            let asked = world.requests.borrow().len();
            yields(200).await;
            assert_eq!(world.requests.borrow().len(), asked, "it asks no more");
            let refused = handle.receive().await.unwrap_err();
            assert_eq!(refused.ended(), Some(client::Ended::DeviceRevoked));
            // The next command succeeds, and the stream continues.
            world.bank.borrow_mut().refuse = None;
            handle.checkpoint().await.unwrap();
            until(changes, |change| matches!(change, Change::Live)).await;
        },
    );
}

#[test]
fn in_on_request_mode_nothing_is_requested_without_a_command() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    world.pass(20 * 60 * 1000);
    let before = world.requests.borrow().len();
    owned(
        &mut device,
        Reception::OnRequest,
        async |handle, _: &mut Changes| {
            yields(500).await;
            assert_eq!(world.requests.borrow().len(), before);
            assert_eq!(handle.receive().await.unwrap().len(), 1);
        },
    );
    assert_eq!(balance(&device), 5);
    assert!(device.is_complete());
}
