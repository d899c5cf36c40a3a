//! The bank's staff and their sessions.

use database::{DatabaseError, Row, Transaction, params};
use types::{Hash, PasskeyId, SessionId, StaffId, StaffRole, Thumbprint, Time};

/// A member of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StaffRow {
    pub(crate) staff: StaffId,
    /// Sealed.
    pub(crate) name: Vec<u8>,
    pub(crate) roles: Vec<StaffRole>,
    pub(crate) made: Time,
    /// What the account was activated with. `None` if a code waits.
    pub(crate) active: Option<Activated>,
    /// Whether the account was ever active, whatever became of it.
    pub(crate) was_active: bool,
    pub(crate) disabled: Option<Time>,
}

/// What a member activated their account with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Activated {
    pub(crate) session_key: Thumbprint,
    pub(crate) passkey: PasskeyId,
    pub(crate) cose_key: Vec<u8>,
    pub(crate) backup_eligible: bool,
    pub(crate) at: Time,
}

/// A member who logged in.
#[derive(Debug, Clone)]
pub(crate) struct StaffSessionRow {
    pub(crate) expires: Time,
    pub(crate) member: StaffRow,
}

impl StaffRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let roles: String = row.get("roles")?;
        Ok(Self {
            staff: row.get("staff")?,
            name: row.get("name")?,
            // A role that a newer version stored gives this one no right.
            roles: roles
                .split(' ')
                .filter_map(|word| word.parse().ok())
                .collect(),
            made: row.get("made_ms")?,
            active: Activated::read(row)?,
            was_active: row.get("was_active")?,
            disabled: row.get("disabled_ms")?,
        })
    }

    pub(crate) fn is_active(&self) -> bool {
        self.active.is_some() && self.disabled.is_none()
    }

    pub(crate) fn is_administrator(&self) -> bool {
        self.roles.contains(&StaffRole::Administrator)
    }
}

impl Activated {
    fn read(row: &Row) -> Result<Option<Self>, DatabaseError> {
        let Some(session_key) = row.get("session_key")? else {
            return Ok(None);
        };
        Ok(Some(Self {
            session_key,
            passkey: row.get("passkey")?,
            cose_key: row.get("cose_key")?,
            backup_eligible: row.get("backup_eligible")?,
            at: row.get("activated_ms")?,
        }))
    }
}

fn joined(roles: &[StaffRole]) -> String {
    let words: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    words.join(" ")
}

/// Stores a new member, who activates the account with a code.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    (staff, name, roles): (StaffId, &[u8], &[StaffRole]),
    (code, expires): ([u8; 32], Time),
    now: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO staff (staff, name, roles, made_ms, code_mac, code_expires_ms) VALUES ($1, $2, $3, $4, $5, $6)",
        params![staff, name, joined(roles), now, code, expires],
    )
    .await?;
    Ok(())
}

/// The member with that id.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    staff: StaffId,
) -> Result<Option<StaffRow>, DatabaseError> {
    let row = tx
        .query_optional("SELECT * FROM staff WHERE staff = $1", params![staff])
        .await?;
    row.as_ref().map(StaffRow::read).transpose()
}

/// The member whose account that code activates at `now`.
pub(crate) async fn find_by_code(
    tx: &mut Transaction<'_>,
    (code, now): ([u8; 32], Time),
) -> Result<Option<StaffRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM staff WHERE code_mac = $1 AND code_expires_ms >= $2 AND disabled_ms IS NULL",
            params![code, now],
        )
        .await?;
    row.as_ref().map(StaffRow::read).transpose()
}

/// The member who activated their account with that session key.
pub(crate) async fn find_by_key(
    tx: &mut Transaction<'_>,
    key: Thumbprint,
) -> Result<Option<StaffRow>, DatabaseError> {
    let row = tx
        .query_optional("SELECT * FROM staff WHERE session_key = $1", params![key])
        .await?;
    row.as_ref().map(StaffRow::read).transpose()
}

/// All members, the oldest accounts first.
pub(crate) async fn all(tx: &mut Transaction<'_>) -> Result<Vec<StaffRow>, DatabaseError> {
    let rows = tx
        .query("SELECT * FROM staff ORDER BY made_ms, staff", params![])
        .await?;
    rows.iter().map(StaffRow::read).collect()
}

/// Deletes the members who never activated their account.
pub(crate) async fn delete_never_active(tx: &mut Transaction<'_>) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM staff WHERE was_active = 0", params![])
        .await?;
    Ok(())
}

/// Stores what a member activated the account with. The code is used up.
pub(crate) async fn activate(
    tx: &mut Transaction<'_>,
    staff: StaffId,
    active: &Activated,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE staff SET code_mac = NULL, code_expires_ms = NULL, session_key = $1, passkey = $2, cose_key = $3,
            backup_eligible = $4, activated_ms = $5, was_active = 1
         WHERE staff = $6",
        params![
            active.session_key,
            active.passkey,
            &active.cose_key,
            active.backup_eligible,
            active.at,
            staff,
        ],
    )
    .await?;
    Ok(())
}

/// Ends what a member activated the account with, and lets them activate it with another code.
pub(crate) async fn reissue(
    tx: &mut Transaction<'_>,
    staff: StaffId,
    (code, expires): ([u8; 32], Time),
) -> Result<(), DatabaseError> {
    end_session(tx, staff).await?;
    tx.execute(
        "UPDATE staff SET code_mac = $1, code_expires_ms = $2, session_key = NULL, passkey = NULL, cose_key = NULL,
            backup_eligible = NULL, activated_ms = NULL
         WHERE staff = $3",
        params![code, expires, staff],
    )
    .await?;
    Ok(())
}

/// Gives a member other roles.
pub(crate) async fn set_roles(
    tx: &mut Transaction<'_>,
    staff: StaffId,
    roles: &[StaffRole],
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE staff SET roles = $1 WHERE staff = $2",
        params![joined(roles), staff],
    )
    .await?;
    Ok(())
}

/// Ends a member's access, their session and their code.
pub(crate) async fn disable(
    tx: &mut Transaction<'_>,
    staff: StaffId,
    now: Time,
) -> Result<(), DatabaseError> {
    end_session(tx, staff).await?;
    tx.execute(
        "UPDATE staff SET disabled_ms = $1, code_mac = NULL, code_expires_ms = NULL WHERE staff = $2",
        params![now, staff],
    )
    .await?;
    Ok(())
}

/// Stores a new session in place of the member's earlier one.
pub(crate) async fn begin_session(
    tx: &mut Transaction<'_>,
    (staff, session): (StaffId, SessionId),
    (token, expires): (Hash, Time),
) -> Result<(), DatabaseError> {
    end_session(tx, staff).await?;
    tx.execute(
        "INSERT INTO staff_session (staff, session, token_hash, expires_ms) VALUES ($1, $2, $3, $4)",
        params![staff, session, token, expires],
    )
    .await?;
    Ok(())
}

/// Ends the session of a member, if they have one.
pub(crate) async fn end_session(
    tx: &mut Transaction<'_>,
    staff: StaffId,
) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM staff_session WHERE staff = $1", params![staff])
        .await?;
    Ok(())
}

/// The session with that token, and its member.
pub(crate) async fn session(
    tx: &mut Transaction<'_>,
    token: Hash,
) -> Result<Option<StaffSessionRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT staff.*, expires_ms FROM staff JOIN staff_session ON staff_session.staff = staff.staff
             WHERE token_hash = $1",
            params![token],
        )
        .await?;
    let read = |row: Row| {
        Ok(StaffSessionRow {
            expires: row.get("expires_ms")?,
            member: StaffRow::read(&row)?,
        })
    };
    row.map(read).transpose()
}

/// When the bank's first administrator became active.
pub(crate) async fn staffed(tx: &mut Transaction<'_>) -> Result<Option<Time>, DatabaseError> {
    tx.query_one("SELECT staffed_ms FROM register", params![])
        .await?
        .get("staffed_ms")
}

/// Stores when the bank's first administrator became active. `None` lets the operator's token make one again.
pub(crate) async fn set_staffed(
    tx: &mut Transaction<'_>,
    time: Option<Time>,
) -> Result<(), DatabaseError> {
    tx.execute("UPDATE register SET staffed_ms = $1", params![time])
        .await?;
    Ok(())
}
