//! The sandbox's letterbox: what the bank would send to customers is in a file, for whoever tries it.

use async_trait::async_trait;
use ciam::ports::{Messages, PortError};
use protocol::http::CodeBy;
use security_stack::ports::{Alert, Alerts, NotSent};
use serde::Serialize;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use types::{Clock, CustomerId, Time};

/// The file, in the data directory.
const FILE: &str = "letterbox.jsonl";

/// One message a line, the newest last. Only its owner may read the file.
pub(super) struct Letterbox {
    file: PathBuf,
    clock: Clock,
}

#[derive(Serialize)]
struct Letter<'a> {
    time: Time,
    /// The customer. Absent in what goes to the bank's administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<&'a CustomerId>,
    by: CodeBy,
    text: String,
}

impl Letterbox {
    pub(super) fn new(directory: PathBuf, clock: Clock) -> Self {
        Self {
            file: directory.join(FILE),
            clock,
        }
    }

    fn put(&self, letter: &Letter<'_>) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.file)?;
        let line = serde_json::to_string(letter)?;
        file.write_all(format!("{line}\n").as_bytes())
    }
}

#[async_trait]
impl Messages for Letterbox {
    async fn send_login_code(
        &self,
        customer: &CustomerId,
        by: CodeBy,
        code: &str,
    ) -> Result<(), PortError> {
        let letter = Letter {
            time: (self.clock)(),
            customer: Some(customer),
            by,
            text: format!("{code} is your code for a login. Nobody of the bank asks for it."),
        };
        let put = self.put(&letter);
        put.map_err(|error| PortError::new("the letterbox", error))
    }

    /// The sandbox's letters stay where whoever tries it reads them.
    async fn forget(&self, _customer: &CustomerId) -> Result<(), PortError> {
        Ok(())
    }
}

impl Letterbox {
    fn alert(&self, by: CodeBy, alert: &Alert) -> Result<(), NotSent> {
        let letter = Letter {
            time: (self.clock)(),
            customer: None,
            by,
            text: format!("{}\n{}", alert.subject, alert.text),
        };
        self.put(&letter).map_err(|error| NotSent(Box::new(error)))
    }
}

#[async_trait]
impl Alerts for Letterbox {
    async fn mail(&self, alert: &Alert) -> Result<(), NotSent> {
        self.alert(CodeBy::Mail, alert)
    }

    async fn sms(&self, alert: &Alert) -> Result<(), NotSent> {
        self.alert(CodeBy::Sms, alert)
    }
}
