//! Sessions: one a device at most.

use super::CustomerIndex;
use super::provider_logout::LoginIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{DeviceId, Hash, PasskeyId, SessionId, Time};

/// What showed who the person of a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoggedInBy {
    Passkey(PasskeyId),
    Password,
    /// A login at the outside provider.
    Provider(AtProvider),
}

/// A login at the outside provider. Sessions of before logouts there could end them have neither.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AtProvider {
    /// Whose login it is.
    pub(crate) subject: Option<LoginIndex>,
    /// The login itself, if the provider names it.
    pub(crate) session: Option<LoginIndex>,
}

impl LoggedInBy {
    pub(crate) fn passkey(self) -> Option<PasskeyId> {
        match self {
            Self::Passkey(passkey) => Some(passkey),
            Self::Password | Self::Provider(_) => None,
        }
    }

    fn at_provider(self) -> Option<AtProvider> {
        match self {
            Self::Provider(login) => Some(login),
            Self::Passkey(_) | Self::Password => None,
        }
    }
}

/// A session that a login began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionRow {
    pub(crate) device: DeviceId,
    pub(crate) session: SessionId,
    pub(crate) customer: CustomerIndex,
    pub(crate) by: LoggedInBy,
    /// SHA-256 of the refresh token.
    pub(crate) refresh: Hash,
    pub(crate) began: Time,
    pub(crate) used: Time,
    /// From where it was last used, sealed.
    pub(crate) place: Option<Vec<u8>>,
    pub(crate) expires: Time,
}

impl SessionRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let by = match row.get("passkey")? {
            Some(passkey) => LoggedInBy::Passkey(passkey),
            None if row.get("at_provider")? => LoggedInBy::Provider(AtProvider {
                subject: row.get("provider_subject")?,
                session: row.get("provider_session")?,
            }),
            None => LoggedInBy::Password,
        };
        Ok(Self {
            device: row.get("device")?,
            session: row.get("session")?,
            customer: row.get("customer_index")?,
            by,
            refresh: row.get("refresh_hash")?,
            began: row.get("began_ms")?,
            used: row.get("used_ms")?,
            place: row.get("place")?,
            expires: row.get("expires_ms")?,
        })
    }
}

/// Stores a new session in place of the device's earlier one.
pub(crate) async fn begin(tx: &mut Transaction<'_>, row: &SessionRow) -> Result<(), DatabaseError> {
    end_of_device(tx, row.device).await?;
    let at_provider = row.by.at_provider();
    let login = at_provider.unwrap_or_default();
    tx.execute(
        "INSERT INTO session (device, session, customer_index, passkey, at_provider, refresh_hash, began_ms, used_ms, place,
            expires_ms, provider_subject, provider_session)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            row.device,
            row.session,
            row.customer,
            row.by.passkey(),
            at_provider.is_some(),
            row.refresh,
            row.began,
            row.used,
            row.place.clone(),
            row.expires,
            login.subject,
            login.session,
        ],
    )
    .await?;
    Ok(())
}

/// The sessions of those logins at the outside provider: of that person, if one is named, and of that login, if one is.
pub(crate) async fn of_provider(
    tx: &mut Transaction<'_>,
    AtProvider { subject, session }: AtProvider,
) -> Result<Vec<SessionRow>, DatabaseError> {
    let rows = match (subject, session) {
        (Some(subject), Some(session)) => {
            let both =
                "SELECT * FROM session WHERE provider_session = $1 AND provider_subject = $2";
            tx.query(both, params![session, subject]).await?
        }
        (None, Some(session)) => {
            let login = "SELECT * FROM session WHERE provider_session = $1";
            tx.query(login, params![session]).await?
        }
        (Some(subject), None) => {
            let person = "SELECT * FROM session WHERE provider_subject = $1";
            tx.query(person, params![subject]).await?
        }
        (None, None) => Vec::new(),
    };
    rows.iter().map(SessionRow::read).collect()
}

/// The session of a device.
pub(crate) async fn of_device(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<Option<SessionRow>, DatabaseError> {
    let row = tx
        .query_optional("SELECT * FROM session WHERE device = $1", params![device])
        .await?;
    row.as_ref().map(SessionRow::read).transpose()
}

/// The sessions of a customer, the oldest first.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Vec<SessionRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM session WHERE customer_index = $1 ORDER BY began_ms, device",
            params![customer],
        )
        .await?;
    rows.iter().map(SessionRow::read).collect()
}

/// Stores when and from where the session was used.
pub(crate) async fn mark_used(
    tx: &mut Transaction<'_>,
    session: SessionId,
    (place, now): (Option<Vec<u8>>, Time),
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE session SET used_ms = $1, place = $2 WHERE session = $3",
        params![now, place, session],
    )
    .await?;
    Ok(())
}

/// Ends the session of a device, if it has one.
pub(crate) async fn end_of_device(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM session WHERE device = $1", params![device])
        .await?;
    Ok(())
}

/// Ends the sessions that a passkey began.
pub(crate) async fn end_of_passkey(
    tx: &mut Transaction<'_>,
    passkey: PasskeyId,
) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM session WHERE passkey = $1", params![passkey])
        .await?;
    Ok(())
}

/// Ends the sessions of a customer that a password began, but that of `but`.
pub(crate) async fn end_of_password(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    but: Option<DeviceId>,
) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM session
        WHERE customer_index = $1 AND passkey IS NULL AND at_provider = 0 AND device <> COALESCE($2, '')";
    tx.execute(delete, params![customer, but]).await?;
    Ok(())
}

/// Ends all sessions of a customer.
pub(crate) async fn end_all(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM session WHERE customer_index = $1",
        params![customer],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::MIGRATIONS;
    use database::{Database, Location};

    /// A person who logged in before an update is logged in afterwards.
    async fn earlier_sessions_stay(location: Location) {
        let time = Time::from_ms(5);
        let row = SessionRow {
            device: DeviceId::at(time, [1; 10]),
            session: SessionId::new([2; 16]),
            customer: [3; 32],
            by: LoggedInBy::Passkey(PasskeyId::of(b"credential")),
            refresh: Hash::of(b"refresh"),
            began: time,
            used: time,
            place: Some(vec![4]),
            expires: time.plus_ms(1),
        };
        let earlier = Database::open(location.clone(), &MIGRATIONS[..9]).unwrap();
        let expected = row.clone();
        let insert = async move |tx: &mut Transaction<'_>| {
            let customer =
                "INSERT INTO customer (customer_index, customer, channel) VALUES ($1, $2, $3)";
            tx.execute(customer, params![row.customer, vec![5_u8], vec![6_u8; 16]])
                .await?;
            tx.execute(
                "INSERT INTO device (device, customer_index, session_key, approval_key, agreement_key, verdict,
                    enrolled_ms, statement_number, statement, granted, form, statement_version)
                 VALUES ($1, $2, $3, $3, $3, 'none', 5, 1, $3, 1, 'app', 2)",
                params![row.device, row.customer, vec![7_u8; 33]],
            )
            .await?;
            tx.execute(
                "INSERT INTO session (device, session, customer_index, passkey, refresh_hash, began_ms, used_ms, place, expires_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                params![
                    row.device,
                    row.session,
                    row.customer,
                    row.by.passkey(),
                    row.refresh,
                    row.began,
                    row.used,
                    row.place.clone(),
                    row.expires
                ],
            )
            .await
        };
        earlier.write(insert).await.unwrap();
        earlier.close().await;
        let database = Database::open(location, MIGRATIONS).unwrap();
        let device = expected.device;
        let read = async move |tx: &mut Transaction<'_>| of_device(tx, device).await;
        assert_eq!(database.read(read).await.unwrap(), Some(expected.clone()));
        let by_password = SessionRow {
            by: LoggedInBy::Password,
            ..expected
        };
        let stored = by_password.clone();
        let store = async move |tx: &mut Transaction<'_>| begin(tx, &stored).await;
        database.write(store).await.unwrap();
        assert_eq!(database.read(read).await.unwrap(), Some(by_password));
        database.close().await;
    }

    #[tokio::test]
    async fn earlier_sessions_stay_on_sqlite() {
        let directory = tempfile::tempdir().unwrap();
        earlier_sessions_stay(directory.path().join("ciam.sqlite").into()).await;
    }

    #[tokio::test]
    async fn earlier_sessions_stay_on_postgresql() {
        let server = testkit::postgres::PostgresServer::shared();
        let schema = testkit::postgres::unused_schema();
        let location = Location::schema(&server.url().parse().unwrap(), &schema);
        earlier_sessions_stay(location).await;
    }
}
