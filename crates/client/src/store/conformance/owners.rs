//! The requirements for every store with several owners, and with commits that are dropped or fail.

use super::{OWNER, commit, get};
use crate::store::{Batch, Durability, Revision, Store, StoreError};
use futures_util::future::{Either, select};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Runs the suite for owners on two handles, `one` and `other`, to the same store. Panics with the violation.
pub async fn check_owners<S: Store>(one: &S, other: &S) {
    one_owner_at_a_time(one, other).await;
    a_stale_owner_is_refused(one, other).await;
    a_dropped_commit_is_made_or_not(one).await;
}

/// Checks that `reopen` of a closed store has all commits, and the revision.
pub async fn check_reopening<S: Store>(store: S, reopen: impl AsyncFnOnce(S) -> S) {
    commit(&store, &[(b"reopened", b"1")], &[]).await;
    let before = revision(&store).await;
    let store = reopen(store).await;
    assert_eq!(
        get(&store, b"reopened").await.as_deref(),
        Some(b"1".as_slice()),
        "commits survive a restart"
    );
    assert_eq!(revision(&store).await, before, "and so does the revision");
    commit(&store, &[(b"reopened", b"2")], &[]).await;
}

/// Checks that a failed commit leaves nothing behind. `fail` makes the next commit of a mebibyte fail. `reopen` opens
/// the store again, and commits succeed again.
pub async fn check_failing<S: Store>(
    store: S,
    fail: impl FnOnce(&S),
    reopen: impl AsyncFnOnce(S) -> S,
) {
    commit(&store, &[(b"failing", b"before")], &[]).await;
    let before = revision(&store).await;
    fail(&store);
    let mut batch = Batch::default();
    batch.put(b"failing".to_vec(), b"after".to_vec());
    batch.put(b"much".to_vec(), vec![7; 1 << 20]);
    let step = (before, before.next(OWNER));
    let failed = store.commit(step, batch, Durability::Durable).await;
    assert!(
        matches!(failed, Err(StoreError::Failed(_))),
        "it fails by name: {failed:?}"
    );
    let store = reopen(store).await;
    assert_eq!(
        get(&store, b"failing").await.as_deref(),
        Some(b"before".as_slice()),
        "a failed commit leaves nothing behind"
    );
    assert_eq!(get(&store, b"much").await, None, "nothing at all");
    assert_eq!(revision(&store).await, before, "it has no revision");
    commit(&store, &[(b"failing", b"again")], &[]).await;
}

async fn revision(store: &impl Store) -> Revision {
    match store.revision().await {
        Ok(revision) => revision,
        Err(error) => panic!("revision failed: {error}"),
    }
}

async fn one_owner_at_a_time<S: Store>(one: &S, other: &S) {
    let Ok(lease) = one.try_lease().await else {
        panic!("the first owner has the lease");
    };
    let refused = other.try_lease().await;
    assert!(
        matches!(refused, Err(StoreError::InUse)),
        "a second owner is refused by name"
    );
    // The wait may be dropped.
    drop(polled(2, other.lease()).await);
    let mut waiting = pin!(other.lease());
    assert!(
        polled(2, waiting.as_mut()).await.is_none(),
        "a second owner waits"
    );
    drop(lease);
    assert!(waiting.await.is_ok(), "and gets the lease next");
    assert!(one.try_lease().await.is_ok(), "a lease ends with its owner");
}

async fn a_stale_owner_is_refused<S: Store>(one: &S, other: &S) {
    commit(one, &[(b"owned", b"1")], &[]).await;
    let known = revision(one).await;
    commit(other, &[(b"owned", b"2")], &[]).await;
    let newest = revision(other).await;
    assert_ne!(newest, known, "each commit has a revision");
    assert_eq!(revision(one).await, newest, "which every owner sees");
    let mut batch = Batch::default();
    batch.put(b"owned".to_vec(), b"3".to_vec());
    batch.put(b"overwritten".to_vec(), b"3".to_vec());
    let step = (known, known.next(OWNER));
    let refused = one.commit(step, batch, Durability::Durable).await;
    assert!(
        matches!(refused, Err(StoreError::Stale)),
        "an owner that does not know the newest commit is refused by name: {refused:?}"
    );
    assert_eq!(
        get(one, b"owned").await.as_deref(),
        Some(b"2".as_slice()),
        "and overwrites nothing"
    );
    assert_eq!(get(one, b"overwritten").await, None, "nothing at all");
    assert_eq!(revision(one).await, newest, "the newest revision stays");
    commit(one, &[(b"owned", b"4")], &[]).await;
}

/// Whatever commit is dropped, and after however many polls: the revision shows whether it was made, and it is complete
/// or absent.
async fn a_dropped_commit_is_made_or_not<S: Store>(store: &S) {
    for polls in 0..8 {
        let before = revision(store).await;
        let after = before.next(OWNER);
        let value = [polls; 4];
        let mut batch = Batch::default();
        batch.put(b"dropped.1".to_vec(), value.to_vec());
        batch.put(b"dropped.2".to_vec(), value.to_vec());
        let done = polled(
            polls.into(),
            store.commit((before, after), batch, Durability::Relaxed),
        );
        let done = done.await;
        let made = revision(store).await;
        assert!(
            made == after || (made == before && done.is_none()),
            "after {polls} polls the revision is one of the two"
        );
        for name in [b"dropped.1", b"dropped.2"] {
            let there = get(store, name).await.as_deref() == Some(value.as_slice());
            assert_eq!(
                there,
                made == after,
                "after {polls} polls the commit is complete or absent"
            );
        }
        assert_eq!(revision(store).await, made, "and stays so");
        let mut batch = Batch::default();
        batch.delete(b"dropped.1".to_vec());
        batch.delete(b"dropped.2".to_vec());
        let step = (made, made.next(OWNER));
        let next = store.commit(step, batch, Durability::Relaxed).await;
        assert!(next.is_ok(), "the next commit follows it");
    }
}

/// The result of a future within that many polls. After them it is dropped.
async fn polled<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut left = polls;
    let over = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    });
    match select(pin!(over), pin!(future)).await {
        Either::Left(_) => None,
        Either::Right((answer, _)) => Some(answer),
    }
}
