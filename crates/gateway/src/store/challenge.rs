//! Challenges to accepted orders, and their answers.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use protocol::http::OrderChallenge;
use types::{DeviceId, IntentId, Time};

/// A challenge to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChallengeRow {
    pub(crate) asked: OrderChallenge,
    pub(crate) is_answered: bool,
}

/// An order that waits for the answer to its challenge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unanswered {
    pub(crate) customer: CustomerIndex,
    pub(crate) intent: IntentId,
    pub(crate) device: DeviceId,
}

impl Unanswered {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            customer: row.get("customer")?,
            intent: row.get("intent")?,
            device: row.get("device")?,
        })
    }
}

impl ChallengeRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let answer: Option<Vec<u8>> = row.get("answer")?;
        let words = |column| -> Result<Vec<String>, DatabaseError> {
            let words: String = row.get(column)?;
            Ok(words.split_whitespace().map(str::to_owned).collect())
        };
        Ok(Self {
            asked: OrderChallenge {
                challenge: row.get("challenge")?,
                needs: words("needs")?,
                reasons: words("reasons")?,
                expires: row.get("expires_ms")?,
            },
            is_answered: answer.is_some(),
        })
    }
}

/// Stores the challenge to a new order.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    (customer, intent): (CustomerIndex, IntentId),
    asked: &OrderChallenge,
) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO challenge (customer, intent, challenge, needs, reasons, expires_ms)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let words =
        |words: &[String]| -> String { words.iter().map(|word| format!("{word} ")).collect() };
    let values = params![
        customer,
        intent,
        asked.challenge,
        words(&asked.needs),
        words(&asked.reasons),
        asked.expires
    ];
    tx.execute(insert, values).await?;
    Ok(())
}

/// The challenge to an order.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    (customer, intent): (CustomerIndex, IntentId),
) -> Result<Option<ChallengeRow>, DatabaseError> {
    let select = "SELECT * FROM challenge WHERE customer = $1 AND intent = $2";
    let row = tx.query_optional(select, params![customer, intent]).await?;
    row.as_ref().map(ChallengeRow::read).transpose()
}

/// Stores the sealed answer.
pub(crate) async fn answer(
    tx: &mut Transaction<'_>,
    (customer, intent): (CustomerIndex, IntentId),
    sealed: &[u8],
) -> Result<(), DatabaseError> {
    let update = "UPDATE challenge SET answer = $1 WHERE customer = $2 AND intent = $3";
    tx.execute(update, params![sealed, customer, intent])
        .await?;
    Ok(())
}

/// The first `limit` orders whose challenge expired before `time`, and that wait for its answer.
pub(crate) async fn unanswered(
    tx: &mut Transaction<'_>,
    time: Time,
    limit: u32,
) -> Result<Vec<Unanswered>, DatabaseError> {
    let select = "SELECT intent.customer, intent.intent, intent.device FROM intent JOIN challenge
        ON challenge.customer = intent.customer AND challenge.intent = intent.intent
        WHERE intent.state = 'challenged' AND challenge.expires_ms < $1 LIMIT $2";
    let rows = tx.query(select, params![time, limit]).await?;
    rows.iter().map(Unanswered::read).collect()
}

/// The customer's orders that wait for the answers to their challenges.
pub(crate) async fn unanswered_of(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Vec<Unanswered>, DatabaseError> {
    let select =
        "SELECT customer, intent, device FROM intent WHERE customer = $1 AND state = 'challenged'
        ORDER BY received_ms";
    let rows = tx.query(select, params![customer]).await?;
    rows.iter().map(Unanswered::read).collect()
}

/// Deletes the challenges that expired before `time`.
pub(crate) async fn forget(tx: &mut Transaction<'_>, time: Time) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM challenge WHERE expires_ms < $1", params![time])
        .await?;
    Ok(())
}
