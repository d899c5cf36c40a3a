//! The requirements for every store. Run [`check`] on an empty store, then [`check_owners`], [`check_reopening`] and
//! [`check_failing`]. Each panics at the first violation.

mod owners;

pub use owners::{check_failing, check_owners, check_reopening};

use super::{Batch, Durability, Row, Store, StoreError};

/// The owner of the commits.
const OWNER: [u8; 8] = [1; 8];

/// Runs the whole suite on `store`, which must be empty. Panics with the violation.
pub async fn check(store: &impl Store) {
    nothing_is_there_at_first(store).await;
    a_commit_is_read_back(store).await;
    changes_are_made_in_order(store).await;
    scans_are_ordered_bounded_and_resumable(store).await;
    prefixes_are_bytes(store).await;
    large_values_are_kept(store).await;
}

async fn get(store: &impl Store, key: &[u8]) -> Option<Vec<u8>> {
    match store.get(key).await {
        Ok(value) => value,
        Err(error) => panic!("get failed: {error}"),
    }
}

async fn scan(store: &impl Store, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<Row> {
    match store.scan(prefix, after, limit).await {
        Ok(rows) => rows,
        Err(error) => panic!("scan failed: {error}"),
    }
}

async fn commit(store: &impl Store, puts: &[(&[u8], &[u8])], deletes: &[&[u8]]) {
    let mut batch = Batch::default();
    for (key, value) in puts {
        batch.put(key.to_vec(), value.to_vec());
    }
    for key in deletes {
        batch.delete(key.to_vec());
    }
    if let Err(error) = make(store, batch, Durability::Durable).await {
        panic!("commit failed: {error}");
    }
}

/// Makes a commit that follows the newest revision.
async fn make(store: &impl Store, batch: Batch, durability: Durability) -> Result<(), StoreError> {
    let newest = store.revision().await?;
    let step = (newest, newest.next(OWNER));
    store.commit(step, batch, durability).await
}

fn keys(rows: &[Row]) -> Vec<&[u8]> {
    rows.iter().map(|(key, _)| key.as_slice()).collect()
}

async fn nothing_is_there_at_first(store: &impl Store) {
    assert_eq!(get(store, b"a").await, None, "an empty store has no value");
    assert!(
        scan(store, b"", None, 10).await.is_empty(),
        "an empty store has no keys"
    );
}

async fn a_commit_is_read_back(store: &impl Store) {
    commit(store, &[(b"a", b"1"), (b"b", b"")], &[]).await;
    assert_eq!(
        get(store, b"a").await.as_deref(),
        Some(b"1".as_slice()),
        "a put is read back"
    );
    assert_eq!(
        get(store, b"b").await.as_deref(),
        Some(b"".as_slice()),
        "an empty value is a value"
    );
    commit(store, &[(b"a", b"2")], &[b"b", b"never there"]).await;
    assert_eq!(
        get(store, b"a").await.as_deref(),
        Some(b"2".as_slice()),
        "a put replaces"
    );
    assert_eq!(get(store, b"b").await, None, "a delete removes");
    let empty = make(store, Batch::default(), Durability::Relaxed).await;
    assert!(empty.is_ok(), "an empty commit succeeds");
}

async fn changes_are_made_in_order(store: &impl Store) {
    let mut batch = Batch::default();
    batch.put(b"order".to_vec(), b"1".to_vec());
    batch.delete(b"order".to_vec());
    batch.put(b"order".to_vec(), b"2".to_vec());
    batch.put(b"gone".to_vec(), b"1".to_vec());
    batch.delete(b"gone".to_vec());
    assert!(
        make(store, batch, Durability::Relaxed).await.is_ok(),
        "a relaxed commit succeeds"
    );
    assert_eq!(
        get(store, b"order").await.as_deref(),
        Some(b"2".as_slice()),
        "the last change of a key wins"
    );
    assert_eq!(get(store, b"gone").await, None, "a delete after a put wins");
}

async fn scans_are_ordered_bounded_and_resumable(store: &impl Store) {
    commit(
        store,
        &[
            (b"s.3", b"c"),
            (b"s.1", b"a"),
            (b"s.2", b"b"),
            (b"s", b"x"),
            (b"t.1", b"x"),
        ],
        &[],
    )
    .await;
    let all = scan(store, b"s.", None, 10).await;
    assert_eq!(
        keys(&all),
        [b"s.1", b"s.2", b"s.3"],
        "a scan has the prefix's keys in order, no others"
    );
    assert_eq!(
        all.first().map(|row| row.1.as_slice()),
        Some(b"a".as_slice()),
        "a scan has the values"
    );
    assert_eq!(
        keys(&scan(store, b"s.", None, 2).await),
        [b"s.1", b"s.2"],
        "a scan stops at its limit"
    );
    assert_eq!(
        keys(&scan(store, b"s.", Some(b"s.2"), 9).await),
        [b"s.3"],
        "a scan continues after a key"
    );
    assert_eq!(
        keys(&scan(store, b"s.", Some(b"s.15"), 1).await),
        [b"s.2"],
        "that key need not exist"
    );
    assert_eq!(
        scan(store, b"s.", Some(b"a"), 9).await.len(),
        3,
        "a key before the prefix is before all"
    );
    assert!(
        scan(store, b"s.", Some(b"s.3"), 9).await.is_empty(),
        "nothing is after the last"
    );
    assert!(
        scan(store, b"s.", None, 0).await.is_empty(),
        "a limit of 0 returns nothing"
    );
}

async fn prefixes_are_bytes(store: &impl Store) {
    commit(
        store,
        &[
            (b"\xff\xff", b"1"),
            (b"\xff\x00", b"2"),
            (b"\xff\xff\xff", b"3"),
            (b"\x00", b"4"),
        ],
        &[],
    )
    .await;
    assert_eq!(
        keys(&scan(store, b"\xff", None, 9).await),
        [b"\xff\x00".as_slice(), b"\xff\xff", b"\xff\xff\xff"],
        "a prefix of the highest byte has an end, too"
    );
    assert_eq!(
        get(store, b"\x00").await.as_deref(),
        Some(b"4".as_slice()),
        "a key may be any bytes"
    );
}

async fn large_values_are_kept(store: &impl Store) {
    let value = vec![7; 1 << 20];
    commit(store, &[(b"large", &value)], &[]).await;
    assert_eq!(
        get(store, b"large").await,
        Some(value),
        "a mebibyte is stored"
    );
}
