//! Judges a password with a one-time code: of the customer's authenticator app, or one that the bank sent.

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::password_rules;
use crate::passwords::{HASH, SECRET, authenticator};
use crate::store::CustomerIndex;
use crate::store::password::{self, PasswordRow};
use crate::store::sent_code::{self, SentCodeRow};
use database::{DatabaseError, Transaction};
use protocol::http::LogInByPassword;
use types::Time;
use zeroize::Zeroizing;

/// The code of an accepted login, before it is used up.
#[derive(Debug, Clone)]
pub(crate) struct AcceptedCode {
    customer: CustomerIndex,
    /// When the password was set.
    pub(crate) set: Time,
    code: Code,
}

#[derive(Debug, Clone)]
enum Code {
    /// The authenticator's, with its step of 30 seconds.
    OfApp(u64),
    /// One that was sent, as it is stored.
    Sent(SentCodeRow),
}

impl AcceptedCode {
    /// Uses up the code: it logs nobody in again. Returns false if another login did meanwhile, or the password was set anew.
    pub(crate) async fn use_up(&self, tx: &mut Transaction<'_>) -> Result<bool, DatabaseError> {
        match &self.code {
            Code::OfApp(step) => password::use_step(tx, (self.customer, self.set), *step).await,
            Code::Sent(sent) => sent_code::use_up(tx, sent).await,
        }
    }
}

impl Ciam {
    /// Whether the password is the customer's. It is hashed in any case.
    pub(crate) async fn is_password(
        &self,
        row: Option<&PasswordRow>,
        password: String,
    ) -> Result<bool, Failure> {
        let prepared = password_rules::prepared(&Zeroizing::new(password));
        let hash = row.map(|row| self.inner.columns.open(HASH, &row.hash));
        let hash = hash.transpose()?;
        let hash = hash.map(|hash| String::from_utf8(hash.to_vec()).map(Zeroizing::new));
        let hash = hash.transpose().map_err(|_| Failure::Text)?;
        self.inner.passwords.verify(prepared, hash).await
    }

    /// Whether the password is the customer's and the code is good: the app's, or `sent`.
    pub(crate) async fn judge_password(
        &self,
        (row, sent): (Option<&PasswordRow>, Option<&SentCodeRow>),
        request: LogInByPassword,
        now: Time,
    ) -> Result<Result<AcceptedCode, &'static str>, Failure> {
        let LogInByPassword { password, code } = request;
        let is_right = self.is_password(row, password).await?;
        let Some(row) = row else {
            return Ok(Err("no_password"));
        };
        let accepted = |code| AcceptedCode {
            customer: row.customer,
            set: row.set,
            code,
        };
        if let Some(sent) = sent
            && self.is_sent_code(sent, &code)?
        {
            return Ok(match (sent.password == Some(row.set), is_right) {
                (true, true) if now < sent.expires => Ok(accepted(Code::Sent(sent.clone()))),
                (true, true) => Err("code_expired"),
                (false, true) => Err("wrong_code"),
                (_, false) => Err("wrong_password"),
            });
        }
        let secret = self.inner.columns.open(SECRET, &row.secret)?;
        let app = authenticator(&secret).build_noncompliant();
        let step = app.check(&code, now.seconds());
        Ok(match step.filter(|_| is_right) {
            Some(step) if step <= row.step => Err("code_used"),
            Some(step) => Ok(accepted(Code::OfApp(step))),
            None if is_right => Err("wrong_code"),
            None => Err("wrong_password"),
        })
    }
}
