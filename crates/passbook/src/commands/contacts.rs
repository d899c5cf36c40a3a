//! `passbook customer contact`: where SMS and mail reach a customer.

use super::operate::operator_of;
use crate::cli::{CustomerContact, SendBy, Speaks};
use crate::may_be_done::{MayBeDone, asked, this_command};
use crate::wiring::SetContact;
use messaging::{Contact, Language, Way};
use terminal::{json_line, line};

/// Sets a customer's addresses and preferences.
pub(crate) async fn customer_contact(arguments: &CustomerContact) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let hours = arguments.quiet_hours.as_deref();
    let request = SetContact {
        customer: arguments.customer.parse()?,
        contact: Contact {
            language: match arguments.language {
                Speaks::En => Language::En,
                Speaks::Th => Language::Th,
            },
            mobile: arguments.mobile.as_deref().map(str::parse).transpose()?,
            mail: arguments.mail.as_deref().map(str::parse).transpose()?,
            notices: arguments.notices.map(|by| match by {
                SendBy::Sms => Way::Sms,
                SendBy::Mail => Way::Mail,
            }),
            quiet_hours: hours.map(str::parse).transpose()?,
        },
    };
    let set: Contact = asked(operator.send("contacts", &request).await, || {
        MayBeDone::new("the contact may have been set; the line below may be repeated")
            .with_line(this_command(&[]))
    })?;
    if arguments.json {
        return json_line(&set);
    }
    let customer = &request.customer;
    line(format_args!(
        "The bank writes to customer {customer} there."
    ))
}
