//! `passbook enrol`: enrols a terminal device for a customer.

use super::ordering::reached;
use crate::cli::Enrol;
use crate::development_attestation::SoftwareAttester;
use crate::device_directory::DeviceDirectory;
use crate::may_be_done::{MayBeDone, shown};
use crate::redirect::Redirect;
use crate::screen::Screen;
use crate::verdict_words::VerdictWords;
use client::{ActivationCode, Device, ProviderVisit, SyncError};
use client_native::Native;
use serde::Serialize;
use serde_json::json;
use std::fmt;
use std::time::Duration;
use terminal::{json_line, line, program, quoted};
use types::{Clock, CustomerId, DeviceId, DeviceVerdict, ErrorCode};

/// How long a device that waits for approval does before it asks again: at first, and at most.
const ASK_AGAIN: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

#[derive(Serialize)]
struct Enrolled<'a> {
    customer: &'a CustomerId,
    device: DeviceId,
    complete: bool,
    /// The verdict on the device's attestation.
    verdict: String,
}

/// Enrols the device in the directory, and shows its content.
pub(crate) async fn enrol(arguments: &Enrol, clock: Clock) -> anyhow::Result<()> {
    let mut device = match (&arguments.customer, &arguments.code) {
        (Some(customer), Some(code)) => {
            let code: ActivationCode = code.parse()?;
            when_approved(arguments, (&customer.parse()?, &code), &clock).await?
        }
        _ => at_provider(arguments, clock).await?,
    };
    let id = device.id();
    let done = || {
        MayBeDone::new(format!("device {id} is enrolled; the line below shows it"))
            .with_line(watch(arguments))
    };
    if let Err(error) = device.catch_up().await {
        let error = anyhow::Error::from(error).context("catching up failed");
        return Err(error.context(done()));
    }
    // Vouchers are fetched ahead, so that the next order needs no network.
    if let Err(error) = reached(device.send_orders().await) {
        return Err(error.context("fetching vouchers failed").context(done()));
    }
    let printed = if arguments.json {
        json_line(&Enrolled {
            customer: device.customer(),
            device: id,
            complete: device.is_complete(),
            verdict: device.verdict().to_string(),
        })
    } else {
        line(format_args!(
            "{}\n\nEnrolled device {id}{}.\nWatch it with `{watch}`, remove it with `{program} revoke {id}`.",
            Screen(&device.home()?),
            Attested(arguments, &device.verdict()),
            watch = watch(arguments),
            program = program(),
        ))
    };
    shown(printed, done)
}

/// Enrols the device for the customer who logs in at the bank's login provider.
async fn at_provider(arguments: &Enrol, clock: Clock) -> anyhow::Result<Device<Native>> {
    let root = arguments.root.as_deref().unwrap_or_default().parse()?;
    let redirect = Redirect::open(arguments.port).await?;
    let (uri, json) = (redirect.uri(), arguments.json);
    let visit = async |login: &ProviderVisit| redirect.visit(login, json).await;
    let directory = directory(arguments, &clock)?;
    let enrolled = directory.enrol_at_provider(&arguments.bank, &root, &uri, visit);
    enrolled.await.map_err(told)
}

/// Enrols the device. With a code that another device of the customer made, it waits until that one approves it, or until
/// the code has expired.
async fn when_approved(
    arguments: &Enrol,
    (customer, code): (&CustomerId, &ActivationCode),
    clock: &Clock,
) -> anyhow::Result<Device<Native>> {
    let [mut wait, longest] = ASK_AGAIN;
    let mut waits = false;
    loop {
        let enrolled = directory(arguments, clock)?
            .enrol(&arguments.bank, customer, code)
            .await;
        let error = match enrolled {
            Ok(device) => return Ok(device),
            Err(error) => error,
        };
        match error.downcast_ref() {
            Some(SyncError::EnrolmentAwaited(_)) if waits => {}
            Some(SyncError::EnrolmentAwaited(number)) => {
                show_number(&number.to_string(), arguments.json)?;
                waits = true;
            }
            Some(passing) if waits && (passing.is_unavailable() || passing.is_limited()) => {}
            _ => return Err(told(error)),
        }
        tokio::time::sleep(wait).await;
        wait = longest.min(wait * 3 / 2);
    }
}

/// What the bank says of the device's attestation, if it had one.
struct Attested<'a>(&'a Enrol, &'a DeviceVerdict);

impl fmt::Display for Attested<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(arguments, verdict) = self;
        match &arguments.attested_by {
            None => Ok(()),
            Some(root) => write!(
                f,
                ", attested in software by {}; the bank says: {}",
                root.display(),
                VerdictWords(verdict)
            ),
        }
    }
}

/// The device's directory, with somebody who attests its keys if there is one.
fn directory(arguments: &Enrol, clock: &Clock) -> anyhow::Result<DeviceDirectory> {
    let created = DeviceDirectory::create(&arguments.dir, arguments.form.into(), clock.clone())?;
    let Some(root) = &arguments.attested_by else {
        return Ok(created);
    };
    let attester = SoftwareAttester::open(root, arguments.claims.into(), clock.clone())?;
    Ok(created.attested_by(Box::new(attester)))
}

fn show_number(number: &str, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(&json!({ "state": "waiting", "number": number }));
    }
    line(format_args!(
        "This device's number is {number}. It waits for the device that made the code: `{} devices approve` takes the number there.",
        program()
    ))
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
        let text = format!("nothing was sent; give --bank {url}");
        return error.context(text);
    }
    // Before there is anything to enrol with.
    if refused.is_some_and(|error| error.is_code(ErrorCode::ProviderUnavailable)) {
        return error.context("the bank's login provider does not answer; try again later");
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
