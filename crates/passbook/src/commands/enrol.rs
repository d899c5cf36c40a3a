//! `passbook enrol`: a terminal device becomes a customer's.

use crate::cli::Enrol;
use crate::device_directory::DeviceDirectory;
use crate::print::{json_line, line, program};
use crate::screen::Screen;
use anyhow::Context as _;
use client::{ActivationCode, SyncError};
use serde::Serialize;
use types::{Clock, CustomerId, DeviceId, ErrorCode};

#[derive(Serialize)]
struct Enrolled<'a> {
    customer: &'a CustomerId,
    device: DeviceId,
    complete: bool,
}

/// Enrols the device in the directory, and shows what it holds then.
pub(crate) async fn enrol(arguments: &Enrol, clock: Clock) -> anyhow::Result<()> {
    let customer = arguments.customer.parse()?;
    let code: ActivationCode = arguments.code.parse()?;
    let directory = DeviceDirectory::create(&arguments.dir, clock)?;
    let enrolled = directory.enrol(&arguments.bank, &customer, &code).await;
    let mut device = enrolled.map_err(told)?;
    device
        .catch_up()
        .await
        .context("the device is enrolled, but could not catch up; `passbook device` goes on")?;
    if arguments.json {
        return json_line(&Enrolled {
            customer: &customer,
            device: device.id(),
            complete: device.is_complete(),
        });
    }
    line(format_args!("{}\n", Screen(&device.home()?)))?;
    line(format_args!("Enrolled device {}.", device.id()))?;
    let directory = match arguments.dir.to_str() {
        Some("device") => String::new(),
        _ => format!(" --dir {}", arguments.dir.display()),
    };
    line(format_args!(
        "Watch it with `{program} device{directory}`, remove it with `{program} revoke {}`.",
        device.id(),
        program = program(),
    ))
}

/// A refused enrolment in the words that help the person who typed.
fn told(error: anyhow::Error) -> anyhow::Error {
    if let Some(SyncError::AnotherUrl(url)) = error.downcast_ref() {
        let text = format!("the activation code was not sent; give --bank {url}");
        return error.context(text);
    }
    let code = error
        .downcast_ref::<SyncError>()
        .and_then(|error| match error {
            SyncError::Refused(refused) => refused.code(),
            _ => None,
        });
    match code {
        Some(
            code @ (ErrorCode::CodeInvalid
            | ErrorCode::CodeExpired
            | ErrorCode::CodeExhausted
            | ErrorCode::CodeUsed),
        ) => {
            let slug = code.slug().replace('_', " ");
            error.context(format!(
                "the activation code was not accepted ({slug}). {}",
                code.hint()
            ))
        }
        _ => error,
    }
}
