//! `passbook enrol`: enrols a terminal device for a customer.

use crate::cli::Enrol;
use crate::device_directory::DeviceDirectory;
use crate::may_be_done::{MayBeDone, shown};
use crate::screen::Screen;
use client::{ActivationCode, SyncError};
use serde::Serialize;
use terminal::{json_line, line, program, quoted};
use types::{Clock, CustomerId, DeviceId, ErrorCode};

#[derive(Serialize)]
struct Enrolled<'a> {
    customer: &'a CustomerId,
    device: DeviceId,
    complete: bool,
}

/// Enrols the device in the directory, and shows its content.
pub(crate) async fn enrol(arguments: &Enrol, clock: Clock) -> anyhow::Result<()> {
    let customer = arguments.customer.parse()?;
    let code: ActivationCode = arguments.code.parse()?;
    let directory = DeviceDirectory::create(&arguments.dir, arguments.form.into(), clock)?;
    let enrolled = directory.enrol(&arguments.bank, &customer, &code).await;
    let mut device = enrolled.map_err(told)?;
    let id = device.id();
    let done = || {
        MayBeDone::new(format!("device {id} is enrolled; the line below shows it"))
            .with_line(watch(arguments))
    };
    if let Err(error) = device.catch_up().await {
        let error = anyhow::Error::from(error).context("catching up failed");
        return Err(error.context(done()));
    }
    let printed = if arguments.json {
        json_line(&Enrolled {
            customer: &customer,
            device: id,
            complete: device.is_complete(),
        })
    } else {
        line(format_args!(
            "{}\n\nEnrolled device {id}.\nWatch it with `{watch}`, remove it with `{program} revoke {id}`.",
            Screen(&device.home()?),
            watch = watch(arguments),
            program = program(),
        ))
    };
    shown(printed, done)
}

/// The command that shows the device, to be pasted.
fn watch(arguments: &Enrol) -> String {
    let directory = match arguments.dir.to_str() {
        Some("device") => String::new(),
        _ => format!(" --dir {}", quoted(&arguments.dir)),
    };
    format!("{} device{directory}", program())
}

/// The error of a refused enrolment, with help for the person who typed the code.
fn told(error: anyhow::Error) -> anyhow::Error {
    let refused = error.downcast_ref::<SyncError>();
    if let Some(SyncError::AnotherUrl(url)) = refused {
        let text = format!("the activation code was not sent; give --bank {url}");
        return error.context(text);
    }
    if refused.is_some_and(SyncError::is_unavailable) {
        // There is no command to paste, because it would repeat the code.
        return error.context(MayBeDone::new(
            "the device may be enrolled; repeat the same command, which enrols it once",
        ));
    }
    let code = refused.and_then(|error| match error {
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
