//! Alerts of the security stack to the bank's administrators, by the bank's carriers.

use crate::config::SecurityStack;
use async_trait::async_trait;
use messaging::{Address, Language, Messaging, Recipient};
use security_stack::ports::{Alert, Alerts, NotSent};

/// The administrators, and how they are reached.
pub(super) struct Administrators {
    messaging: Messaging,
    mail: Vec<Address>,
    sms: Vec<Address>,
}

impl Administrators {
    pub(super) fn new(messaging: Messaging, settings: &SecurityStack) -> Self {
        let mail = settings.administrators_mail.iter().cloned();
        let sms = settings.administrators_sms.iter().cloned();
        Self {
            messaging,
            mail: mail.map(Address::Mail).collect(),
            sms: sms.map(Address::Sms).collect(),
        }
    }

    async fn send(&self, to: &[Address], alert: &Alert) -> Result<(), NotSent> {
        let alert = messaging::Alert {
            subject: alert.subject.clone(),
            text: alert.text.clone(),
        };
        for address in to {
            let recipient = Recipient {
                address: address.clone(),
                language: Language::En,
            };
            let queued = self.messaging.alert(&recipient, &alert).await;
            queued.map_err(|error| NotSent(Box::new(error)))?;
        }
        Ok(())
    }
}

#[async_trait]
impl Alerts for Administrators {
    async fn mail(&self, alert: &Alert) -> Result<(), NotSent> {
        self.send(&self.mail, alert).await
    }

    async fn sms(&self, alert: &Alert) -> Result<(), NotSent> {
        self.send(&self.sms, alert).await
    }
}
