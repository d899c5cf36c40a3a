//! Values go in and come out as the types of the house, or are refused.

use crate::open;
use database::{DatabaseError, FromValue, Transaction, Value, params};
use types::{ChannelId, CustomerId, Hash, KeyEpoch, Number, Sequence, Time};

async fn check<T>(value: T)
where
    T: FromValue + Into<Value> + Clone + PartialEq + std::fmt::Debug + Send + 'static,
{
    let (database, _directory) = open();
    let stored = value.clone();
    let read: T = database
        .write(async move |tx: &mut Transaction<'_>| {
            tx.query_one("SELECT $1 AS value", params![stored.clone().into()])
                .await?
                .get("value")
        })
        .await
        .unwrap_or_else(|error: DatabaseError| panic!("{value:?}: {error}"));
    assert_eq!(read, value);
}

#[tokio::test]
async fn what_goes_in_comes_out() {
    check(i64::MIN).await;
    check(i64::MAX).await;
    check(true).await;
    check(None::<String>).await;
    check(Some("ünïcode \0 and '".to_owned())).await;
    check(Vec::<u8>::new()).await;
    check([7_u8; 16]).await;
    check("1001".parse::<CustomerId>().unwrap()).await;
    check(ChannelId::new([9; 16])).await;
    check(Hash::of(b"")).await;
    check(Time::from_ms(1_753_000_000_000)).await;
    check(Number::ZERO).await;
    check(Sequence::new(i64::MAX.unsigned_abs()).unwrap()).await;
    check(KeyEpoch::new(u64::from(u32::MAX)).unwrap()).await;
}

async fn refused<T: FromValue + std::fmt::Debug + Send + 'static>(stored: Value, wanted: &str) {
    let (database, _directory) = open();
    let read: Result<T, DatabaseError> = database
        .read(async move |tx: &mut Transaction<'_>| {
            tx.query_one("SELECT $1 AS value", params![stored.clone()])
                .await?
                .get("value")
        })
        .await;
    assert_eq!(
        read.unwrap_err().to_string(),
        format!("column value does not hold {wanted}")
    );
}

#[tokio::test]
async fn what_is_something_else_is_refused_by_name() {
    refused::<i64>(Value::Text("7".to_owned()), "an integer").await;
    refused::<u32>(Value::Integer(-1), "a 32-bit integer from 0").await;
    refused::<bool>(Value::Integer(2), "0 or 1").await;
    refused::<CustomerId>(Value::Text(String::new()), "a customer id").await;
    refused::<Hash>(Value::Blob(vec![0; 31]), "a hash").await;
    refused::<KeyEpoch>(Value::Integer(0), "a key epoch").await;
    refused::<String>(Value::Null, "a text").await;
}

#[tokio::test]
async fn placeholders_and_rows_are_counted() {
    let (database, _directory) = open();
    let outcome: Result<(), DatabaseError> = database
        .read(async |tx: &mut Transaction<'_>| {
            let short = tx.query("SELECT $1, $2", params![1]).await;
            assert!(matches!(
                short,
                Err(DatabaseError::Parameters {
                    want: 2,
                    have: 1,
                    ..
                })
            ));
            let none = tx.query_one("SELECT id FROM thing", params![]).await;
            assert!(matches!(
                none,
                Err(DatabaseError::NotOneRow { rows: 0, .. })
            ));
            let two = tx
                .query_optional("SELECT 1 UNION SELECT 2", params![])
                .await;
            assert!(matches!(two, Err(DatabaseError::NotOneRow { rows: 2, .. })));
            let missing = tx.query_one("SELECT 1 AS one", params![]).await?;
            assert!(missing.get::<i64>("two").is_err());
            assert!(missing.get::<i64>(1).is_err());
            let again = tx.query_one("SELECT $1 + $2 + $1", params![1, 2]).await?;
            assert_eq!(again.get::<i64>(0)?, 4);
            Ok(())
        })
        .await;
    outcome.unwrap();
}
