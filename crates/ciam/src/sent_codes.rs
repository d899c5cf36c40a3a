//! One-time codes that the bank sends, for people whose authenticator app is not at hand. A code is good on the device that asked
//! for it, or in that browser, and nowhere else: whoever phished it has another one.

use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::random::random;
use crate::refusals::Counted;
use crate::session_errors::LoginError;
use crate::store::password::PasswordRow;
use crate::store::sent_code::{self, SentCodeRow};
use database::Transaction;
use http_edge::Returning;
use protocol::http::{AskLoginCode, CodeBy, LoginCodeAsked};
use std::error::Error;
use subtle::ConstantTimeEq as _;
use types::{CustomerId, Time};
use zeroize::Zeroizing;

/// How long a code is good, in milliseconds.
const GOOD_FOR_MS: u64 = 5 * 60_000;

/// Digits of a code: unlike an authenticator's six.
const DIGITS: usize = 8;

const CODE: &str = "ciam.sent_code";

/// A code that is asked for.
pub(crate) struct Asked {
    pub(crate) customer: CustomerId,
    /// The device, or the visit of a browser.
    pub(crate) asked_by: String,
    pub(crate) by: CodeBy,
    pub(crate) counted: Vec<Counted>,
}

impl Ciam {
    /// Sends the person on `device` a code, if they know the customer's password. The answer, and when it comes, does not tell whether they do.
    /// Each request counts as a refused login until somebody logs in, so a device asks for few codes.
    pub async fn send_code(
        &self,
        device: &Returning,
        request: AskLoginCode,
    ) -> Result<LoginCodeAsked, LoginError> {
        self.check_sends(request.by)?;
        let (ciam, device) = (self.clone(), device.clone());
        // The request of a caller who goes away counts, too.
        let asked = tokio::spawn(async move { ciam.ask_code(&device, request).await });
        asked.await.map_err(|_| Failure::Ended)?
    }

    /// Refuses a way in which the bank sends no codes.
    pub(crate) fn check_sends(&self, by: CodeBy) -> Result<(), LoginError> {
        self.refuse_beside_provider()?;
        match self.inner.settings.login.codes_by.contains(&by) {
            true => Ok(()),
            false => Err(LoginError::NoCodes),
        }
    }

    async fn ask_code(
        &self,
        device: &Returning,
        AskLoginCode { password, by }: AskLoginCode,
    ) -> Result<LoginCodeAsked, LoginError> {
        let now = self.now();
        let known = self.known(device, None, now).await?;
        let asked = Asked {
            customer: self.open_customer(&known.device.sealed_customer)?,
            asked_by: device.device.to_string(),
            by,
            counted: known.counted,
        };
        let act = |sent| Act::CodeAsked {
            customer: known.device.customer,
            device: device.device,
            sent,
        };
        let password = (known.password.as_ref(), password);
        self.make_login_code(asked, password, act, now).await
    }

    /// Makes a code, which is sent if the password is that of the row. `act` records whether it is.
    pub(crate) async fn make_login_code(
        &self,
        asked: Asked,
        (row, password): (Option<&PasswordRow>, String),
        act: impl Fn(bool) -> Act,
        now: Time,
    ) -> Result<LoginCodeAsked, LoginError> {
        let is_right = self.is_password(row, password).await?;
        let (code, expires) = (code()?, now.plus_ms(GOOD_FOR_MS));
        let sealed = self.inner.columns.seal(CODE, code.as_bytes());
        let kept = SentCodeRow {
            asked_by: asked.asked_by,
            code: sealed.map_err(Failure::from)?,
            password: row.map(|row| row.set).filter(|_| is_right),
            expires,
        };
        let counted = Self::forgiven(&asked.counted);
        self.keep_code(kept, counted, (act(is_right), now)).await?;
        if is_right {
            self.send_soon(asked.customer, asked.by, code);
        }
        Ok(LoginCodeAsked { expires })
    }

    /// Stores a code and counts the request.
    async fn keep_code(
        &self,
        row: SentCodeRow,
        counted: Vec<Counted>,
        (act, now): (Act, Time),
    ) -> Result<(), LoginError> {
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, LoginError> {
                    ciam.refuse_locked(tx, &counted, now).await?;
                    ciam.count_refusal(tx, &counted, now).await?;
                    sent_code::put(tx, &row, now).await?;
                    ciam.record(tx, &act).await?;
                    Ok(())
                },
            )
            .await
    }

    /// Sends a code beside the answer, which must not wait for it.
    fn send_soon(&self, customer: CustomerId, by: CodeBy, code: Zeroizing<String>) {
        let messages = self.inner.messages.clone();
        tokio::spawn(async move {
            let sent = messages.send_login_code(&customer, by, &code).await;
            if let Err(error) = sent {
                let cause: &dyn Error = &error;
                tracing::error!(cause, "a code for a login could not be sent");
            }
        });
    }

    /// Whether this is the code.
    pub(crate) fn is_sent_code(&self, sent: &SentCodeRow, code: &str) -> Result<bool, Failure> {
        let known = self.inner.columns.open(CODE, &sent.code)?;
        Ok(known.ct_eq(code.as_bytes()).into())
    }
}

fn code() -> Result<Zeroizing<String>, Failure> {
    let number = u64::from_be_bytes(random()?) % 10_u64.pow(8);
    Ok(Zeroizing::new(format!("{number:0DIGITS$}")))
}
