//! What the customer has a live device do at the bank: logins and errands, beside everything else.

use crate::network::yields;
use crate::orders::transfer;
use crate::owner::{owned, soon, until};
use crate::phone::{run, settled};
use client::{Change, Changes, Ended, Errand, Handle, Reception, SyncError};
use futures_util::future::{join, join_all};
use order::Locale;
use protocol::http::{LogInByPassword, PayeeCheckRequest};
use std::cell::Cell;
use types::ErrorCode;

fn password(code: &str) -> LogInByPassword {
    LogInByPassword {
        password: "correct horse battery staple".into(),
        code: code.into(),
    }
}

fn payee() -> PayeeCheckRequest {
    PayeeCheckRequest {
        scheme: "account".into(),
        identification: "704".into(),
        bank: None,
        name: "Jana".into(),
    }
}

#[test]
fn what_a_handle_does_for_a_person_may_go_to_any_thread() {
    fn check<F: Future + Send>(_: F) {}
    let (_owner, handle, _changes) = client::owner();
    check(handle.run(Errand::passkeys()));
    check(handle.run(Errand::check_payee(&payee())));
    check(handle.log_in());
    check(handle.visit_provider("https://bank.example/back"));
    check(handle.register_passkey("phone"));
}

#[test]
fn a_person_logs_in_in_any_way_on_a_live_device_and_acts() {
    let (world, _phone, mut device) = settled();
    owned(
        &mut device,
        Reception::Live,
        async |handle, changes: &mut Changes| {
            until(changes, |change| matches!(change, Change::Live)).await;
            let refused = handle.run(Errand::sessions()).await;
            assert!(matches!(refused, Err(SyncError::NotLoggedIn)));
            let first = handle.register_passkey("phone").await.unwrap();
            assert_eq!(first.name, "phone");

            let by_passkey = handle.log_in().await.unwrap();
            let by_password = handle.log_in_by_password(password("1")).await.unwrap();
            let visit = handle.visit_provider("https://bank.example/back").await;
            let visit = visit.unwrap();
            let state = visit.address();
            let (_, state) = state.split_once("&state=").unwrap();
            let (state, _) = state.split_once('&').unwrap();
            let query = format!("code=c&state={state}");
            let asked = world.requested("POST /v1/login/provider");
            for other in ["code=c&state=other", "code=c"] {
                let refused = handle.log_in_at_provider(&visit, other).await;
                assert!(matches!(refused, Err(SyncError::AnotherLogin)), "{other}");
            }
            assert_eq!(world.requested("POST /v1/login/provider"), asked);
            let at_provider = handle.log_in_at_provider(&visit, &query).await.unwrap();

            let listed = handle.run(Errand::sessions()).await.unwrap().sessions;
            assert_eq!(listed.len(), 1);
            assert_eq!(listed[0].session, at_provider);
            assert!(by_passkey != by_password && by_password != at_provider);
            handle.register_passkey("another").await.unwrap();
            assert_eq!(world.bank.borrow().persons.refreshed, 0, "tokens are kept");

            world.bank.borrow_mut().post("576", 5);
            until(changes, |change| matches!(change, Change::Entries(_))).await;
            handle.run(Errand::end_session(at_provider)).await.unwrap();
            assert_eq!(world.bank.borrow().persons.session, None);
        },
    );
}

/// An access token lasts minutes. The next request refreshes it once, and the one after that uses the new token.
#[test]
fn an_expired_access_token_is_refreshed_once_and_kept() {
    let (world, phone, mut device) = settled();
    let twice = async |handle: &Handle| {
        for _ in 0..2 {
            assert_eq!(
                handle.run(Errand::sessions()).await.unwrap().sessions.len(),
                1
            );
        }
    };
    owned(
        &mut device,
        Reception::Live,
        async |handle, _: &mut Changes| {
            handle.log_in().await.unwrap();
            world.bank.borrow_mut().persons.access += 1;
            twice(handle).await;
            assert_eq!(world.bank.borrow().persons.refreshed, 1);
        },
    );
    // A start of the app has the refresh token alone.
    drop(device);
    let mut device = phone.open();
    owned(
        &mut device,
        Reception::OnRequest,
        async |handle, _: &mut Changes| twice(handle).await,
    );
    assert_eq!(world.bank.borrow().persons.refreshed, 2);
    run(device.run(Errand::sessions())).unwrap();
    assert_eq!(world.bank.borrow().persons.refreshed, 2);
}

/// A one-time code is used up by the first request: a login that was sent again would be refused.
#[test]
fn neither_an_order_nor_other_work_interrupts_a_login() {
    let (world, _phone, mut device) = settled();
    for account in ["576", "577"] {
        world.bank.borrow_mut().open(account);
        world.bank.borrow_mut().post(account, 100_000);
    }
    run(device.catch_up()).unwrap();
    run(device.send_orders()).unwrap();
    for after in 0..40 {
        *world.hangs_at.borrow_mut() = "/v1/login/password".into();
        let code = after.to_string();
        owned(
            &mut device,
            Reception::Live,
            async |handle, _: &mut Changes| {
                let login = handle.log_in_by_password(password(&code));
                let others = async {
                    yields(after).await;
                    let review = handle.compose(transfer(1), Locale::En).await.unwrap();
                    soon(30, handle.submit(review)).await.unwrap().unwrap();
                    handle.checkpoint().await.unwrap();
                    assert!(handle.run(Errand::calls()).await.unwrap().call.is_none());
                    world.hangs_at.borrow_mut().clear();
                };
                let (session, ()) = join(login, others).await;
                let kept = world.bank.borrow().persons.session;
                assert_eq!(Some(session.unwrap()), kept, "after {after} polls");
            },
        );
    }
}

#[test]
fn locking_ends_what_needs_the_person_and_nothing_else() {
    let (world, phone, mut device) = settled();
    owned(
        &mut device,
        Reception::Live,
        async |handle, _: &mut Changes| {
            handle.log_in().await.unwrap();
            let began = world.bank.borrow().persons.session;
            world.hangs.set(true);
            let listed = handle.run(Errand::sessions());
            let login = handle.log_in_by_password(password("1"));
            let registered = handle.register_passkey("phone");
            let calls = handle.run(Errand::calls());
            let locking = async {
                yields(30).await;
                handle.lock().await.unwrap();
                yields(30).await;
                world.hangs.set(false);
            };
            let (((listed, login), registered), (calls, ())) =
                join(join(join(listed, login), registered), join(calls, locking)).await;
            assert!(matches!(listed, Err(SyncError::Locked)));
            assert!(matches!(login, Err(SyncError::Locked)));
            assert!(matches!(registered, Err(SyncError::Locked)));
            assert!(calls.unwrap().call.is_none());
            let refused = handle.run(Errand::sessions()).await;
            assert!(matches!(refused, Err(SyncError::Locked)));
            assert_eq!(world.bank.borrow().persons.session, began);

            handle.unlock(phone.storage_key()).await.unwrap();
            assert_eq!(
                handle.run(Errand::sessions()).await.unwrap().sessions.len(),
                1
            );
        },
    );
}

#[test]
fn a_locked_device_stops_everything() {
    let (world, phone, device) = settled();
    drop(device);
    let mut device = phone.open_locked();
    owned(
        &mut device,
        Reception::Live,
        async |handle, _: &mut Changes| {
            let stopped = handle.run(Errand::stop_everything()).await.unwrap();
            assert_eq!(stopped.devices, 1);
            assert!(world.bank.borrow().persons.stopped);
            let again = handle.run(Errand::stop_everything()).await.unwrap_err();
            assert_eq!(again.ended(), Some(Ended::CustomerStopped));
            assert!(again.is_code(ErrorCode::CustomerStopped));
        },
    );
}

#[test]
fn what_is_under_way_is_bounded_and_further_commands_wait() {
    let (world, _phone, mut device) = settled();
    owned(
        &mut device,
        Reception::OnRequest,
        async |handle, _: &mut Changes| {
            handle.log_in().await.unwrap();
            *world.hangs_at.borrow_mut() = "/v1/devices/codes".into();
            let made = Cell::new(0);
            let make = async || {
                let code = handle.run(Errand::make_code()).await;
                made.set(made.get() + 1);
                code.map(drop)
            };
            let all = join_all((0..40).map(|_| make()));
            let opens = async {
                yields(200).await;
                let asked = world.requested("/v1/devices/codes");
                assert_eq!((made.get(), asked), (0, 16));
                world.hangs_at.borrow_mut().clear();
            };
            let (codes, ()) = join(all, opens).await;
            assert!(codes.iter().all(Result::is_ok) && codes.len() == 40);
            assert_eq!(world.bank.borrow().persons.codes, 40);
        },
    );
}
