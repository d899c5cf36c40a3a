//! `passbook passkeys`, `passbook sessions`, `passbook consents`: the person on a terminal device.

use super::device::ended;
use crate::cli::{
    Consents, ConsentsAction, Passkeys, PasskeysAction, PersonsDevice, Sessions, SessionsAction,
};
use crate::device_directory::DeviceDirectory;
use client::{Device, Errand, SyncError};
use client_native::Native;
use protocol::http::{ConsentRow, PasskeyRow, PlainSession, SessionRow};
use serde_json::json;
use terminal::{json_line, line, program};
use types::{ClientId, Clock, ErrorCode};

/// Lists, adds, renames or removes passkeys.
pub(crate) async fn passkeys(arguments: &Passkeys, clock: Clock) -> anyhow::Result<()> {
    let (place, json) = (&arguments.device, arguments.device.json);
    match arguments.action.as_ref().unwrap_or(&PasskeysAction::List) {
        PasskeysAction::List => {
            let mut device = open(place, clock).await?;
            let listed = device.run(Errand::passkeys()).await;
            for passkey in listed.map_err(|error| told(error, &device))? {
                show(&passkey, json)?;
            }
            Ok(())
        }
        PasskeysAction::Add { name } => add(place, name, clock).await,
        PasskeysAction::Rename { passkey, name } => {
            let passkey = passkey.parse()?;
            let mut device = open(place, clock).await?;
            let renamed = device.run(Errand::rename_passkey(passkey, name)).await;
            show(&renamed.map_err(|error| told(error, &device))?, json)
        }
        PasskeysAction::Remove { passkey } => {
            let passkey = passkey.parse()?;
            let mut device = open(place, clock).await?;
            let removed = device.run(Errand::remove_passkey(passkey)).await;
            removed.map_err(|error| told(error, &device))?;
            if json {
                return json_line(&json!({ "passkey": passkey }));
            }
            line(format_args!("Removed passkey {passkey}."))
        }
    }
}

/// Registers the passkey beside the device's keys, which is made now if there is none.
async fn add(place: &PersonsDevice, name: &str, clock: Clock) -> anyhow::Result<()> {
    let mut directory = DeviceDirectory::open(&place.dir, clock)?;
    if directory.passkey().is_none() {
        directory.make_passkey()?;
    }
    let mut device = directory.device().await?;
    let added = device.register_passkey(name).await;
    show(&added.map_err(|error| told(error, &device))?, place.json)
}

/// Lists or ends sessions.
pub(crate) async fn sessions(arguments: &Sessions, clock: Clock) -> anyhow::Result<()> {
    let json = arguments.device.json;
    let mut device = open(&arguments.device, clock).await?;
    match arguments.action.as_ref().unwrap_or(&SessionsAction::List) {
        SessionsAction::List => {
            let listed = device.run(Errand::sessions()).await;
            let listed = listed.map_err(|error| told(error, &device))?;
            for session in &listed.sessions {
                show_session(session, json)?;
            }
            match &listed.plain {
                Some(session) => show_plain_session(session, json),
                None => Ok(()),
            }
        }
        SessionsAction::End { session } => {
            let session = session.parse()?;
            let over = device.run(Errand::end_session(session)).await;
            over.map_err(|error| told(error, &device))?;
            if json {
                return json_line(&json!({ "session": session }));
            }
            line(format_args!("Ended session {session}."))
        }
    }
}

/// Lists or withdraws consents.
pub(crate) async fn consents(arguments: &Consents, clock: Clock) -> anyhow::Result<()> {
    let json = arguments.device.json;
    let mut device = open(&arguments.device, clock).await?;
    match arguments.action.as_ref().unwrap_or(&ConsentsAction::List) {
        ConsentsAction::List => {
            let listed = device.run(Errand::consents()).await;
            for consent in listed.map_err(|error| told(error, &device))? {
                show_consent(&consent, json)?;
            }
            Ok(())
        }
        ConsentsAction::Withdraw { app } => {
            let client: ClientId = app.parse()?;
            let withdrawn = device.run(Errand::withdraw_consent(client.clone())).await;
            withdrawn.map_err(|error| told(error, &device))?;
            if json {
                return json_line(&json!({ "client": client }));
            }
            line(format_args!("Withdrew what {client} was allowed."))
        }
    }
}

pub(super) async fn open(place: &PersonsDevice, clock: Clock) -> anyhow::Result<Device<Native>> {
    DeviceDirectory::open(&place.dir, clock)?.device().await
}

fn show(passkey: &PasskeyRow, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(passkey);
    }
    let name = types::text::shown(&passkey.name);
    let backup = match (passkey.backup_eligible, passkey.backed_up) {
        (_, true) => "backed up",
        (true, false) => "can be backed up",
        (false, false) => "on one device",
    };
    line(format_args!("{}  {name}  {backup}", passkey.passkey))
}

fn show_consent(consent: &ConsentRow, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(consent);
    }
    let name = consent
        .name
        .as_deref()
        .unwrap_or("no app of the bank any more");
    let (client, scopes) = (&consent.client, consent.scopes.join(" "));
    line(format_args!("{client}  {name}  {scopes}"))
}

fn show_session(session: &SessionRow, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(session);
    }
    let place = session.place.as_deref().unwrap_or("unknown place");
    let current = if session.current { "  this device" } else { "" };
    let (id, device) = (session.session, session.device);
    line(format_args!("{id}  device {device}  {place}{current}"))
}

fn show_plain_session(session: &PlainSession, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(session);
    }
    let place = session.place.as_deref().unwrap_or("unknown place");
    let id = session.session;
    line(format_args!("{id}  plain pages, in a browser  {place}"))
}

pub(super) fn no_passkey() -> String {
    let program = program();
    format!("this device has no passkey; make one with `{program} passkeys add`")
}

/// The reason why the bank refuses, and the remedy.
pub(super) fn told(error: SyncError, device: &Device<Native>) -> anyhow::Error {
    let program = program();
    let remedy = match &error {
        SyncError::NotLoggedIn => format!("log in first with `{program} login`"),
        error if error.is_code(ErrorCode::LoginRequired) => {
            format!("this needs a recent login; log in with `{program} login`")
        }
        error if error.is_code(ErrorCode::PasskeyTooNew) => {
            "the passkey is too new for this order; log in with one that was registered earlier, or order less".into()
        }
        error if error.is_code(ErrorCode::SessionEnded) => {
            format!("the session has ended; log in with `{program} login`")
        }
        error if error.is_code(ErrorCode::DeviceUnknown) => {
            format!("the customer has no such device; `{program} devices` lists them")
        }
        error if error.is_code(ErrorCode::ComparisonDiffers) => {
            "the number is not that of the device that waits, which is refused now: if it is yours, make a new code".into()
        }
        error if error.is_code(ErrorCode::LoginElsewhere) => {
            format!("this bank has people log in at its login provider: `{program} login --provider`")
        }
        error if error.is_code(ErrorCode::PasswordRefused) => {
            "choose another password; nothing was changed".into()
        }
        error if error.is_code(ErrorCode::OneTimeCodeWrong) => {
            "the code is not the one that the authenticator app shows now; nothing was changed".into()
        }
        error if error.is_code(ErrorCode::LoginRefused) => {
            "the bank did not accept the passkey of this device; it may have been removed".into()
        }
        _ => return ended(error, device.home()),
    };
    anyhow::Error::from(error).context(remedy)
}
