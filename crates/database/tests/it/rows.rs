//! Values are stored and read as the project's types, or refused.

use crate::{Unused, on_each};
use database::{DatabaseError, FromValue, Transaction, Value, params};
use types::{ChannelId, CustomerId, Hash, KeyEpoch, Number, Sequence, Time};

/// Stores a value in the column of its type, and returns it.
const fn keep(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) => "INSERT INTO thing (id) VALUES ($1) RETURNING id AS value",
        Value::Null | Value::Text(_) => {
            "INSERT INTO thing (id, text) VALUES (1, $1) RETURNING text AS value"
        }
        Value::Blob(_) => "INSERT INTO thing (id, bytes) VALUES (1, $1) RETURNING bytes AS value",
    }
}

async fn through<T>(unused: &Unused, stored: Value) -> Result<T, DatabaseError>
where
    T: FromValue + Send + 'static,
{
    unused
        .open()
        .write(async move |tx: &mut Transaction<'_>| {
            tx.query_one(keep(&stored), params![stored.clone()])
                .await?
                .get("value")
        })
        .await
}

async fn check<T>(value: T)
where
    T: FromValue + Into<Value> + Clone + PartialEq + std::fmt::Debug + Send + 'static,
{
    for unused in on_each() {
        let read: Result<T, _> = through(&unused, value.clone().into()).await;
        assert_eq!(read.unwrap(), value);
    }
}

#[tokio::test]
async fn values_round_trip() {
    check(i64::MIN).await;
    check(i64::MAX).await;
    check(true).await;
    check(None::<String>).await;
    check(Some("ünïcode and '".to_owned())).await;
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
    for unused in on_each() {
        let read: Result<T, DatabaseError> = through(&unused, stored.clone()).await;
        assert_eq!(
            read.unwrap_err().to_string(),
            format!("column value is not {wanted}")
        );
    }
}

/// PostgreSQL does not store such texts. Services that accept external texts refuse them at the edge.
#[tokio::test]
async fn a_text_with_a_zero_is_refused_by_postgresql_and_the_unit_with_it() {
    let [_, on_postgres] = on_each();
    let read: Result<String, _> = through(&on_postgres, "a\0b".into()).await;
    assert!(
        matches!(read, Err(DatabaseError::Statement { .. })),
        "{read:?}"
    );
}

#[tokio::test]
async fn values_of_another_type_are_refused_by_name() {
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
    for unused in on_each() {
        let database = unused.open();
        let outcome: Result<(), DatabaseError> = database
            .read(async |tx: &mut Transaction<'_>| {
                let short = tx
                    .query("SELECT id FROM thing WHERE id IN ($1, $2)", params![1])
                    .await;
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
                let again = tx
                    .query_one(
                        "SELECT CAST($1 AS BIGINT) + CAST($2 AS BIGINT) + $1",
                        params![1, 2],
                    )
                    .await?;
                assert_eq!(again.get::<i64>(0)?, 4);
                Ok(())
            })
            .await;
        outcome.unwrap();
    }
}
