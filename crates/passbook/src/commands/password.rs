//! `passbook password`: the customer's password with an authenticator app.

use super::passkeys::{open, told};
use crate::cli::{Password, PasswordAction};
use crate::screen::Stamp;
use anyhow::Context as _;
use client::{Device, Errand};
use client_native::Native;
use protocol::http::{PasswordBegun, PasswordState, SetPassword};
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use terminal::{json_line, line};
use types::{Clock, base64url};

/// Shows, sets or removes the customer's password.
pub(crate) async fn password(arguments: &Password, clock: Clock) -> anyhow::Result<()> {
    let json = arguments.device.json;
    let mut device = open(&arguments.device, clock).await?;
    match arguments.action.as_ref().unwrap_or(&PasswordAction::Show) {
        PasswordAction::Show => {
            let state = device.run(Errand::password()).await;
            show(&state.map_err(|error| told(error, &device))?, json)
        }
        PasswordAction::Begin => show_begun(&begin(&mut device).await?, json),
        PasswordAction::Set {
            enrolment,
            code,
            password_file,
        } => {
            let enrolment = match enrolment {
                Some(enrolment) => {
                    let bytes = base64url::decode(enrolment).ok();
                    bytes
                        .context("`begin --json` printed no such enrolment")?
                        .into()
                }
                None => {
                    let begun = begin(&mut device).await?;
                    show_begun(&begun, json)?;
                    begun.enrolment
                }
            };
            let request = SetPassword {
                enrolment,
                password: entered(password_file.as_deref(), true)?,
                code: code_of(code.as_deref(), false)?,
            };
            let state = device.run(Errand::set_password(&request)).await;
            show(&state.map_err(|error| told(error, &device))?, json)
        }
        PasswordAction::Remove => {
            let removed = device.run(Errand::remove_password()).await;
            show(&removed.map_err(|error| told(error, &device))?, json)
        }
    }
}

async fn begin(device: &mut Device<Native>) -> anyhow::Result<PasswordBegun> {
    let begun = device.run(Errand::begin_password()).await;
    begun.map_err(|error| told(error, device))
}

/// The password: the first line of a file, or what the person types, which is not shown.
pub(super) fn entered(file: Option<&Path>, twice: bool) -> anyhow::Result<String> {
    if let Some(file) = file {
        let unreadable = || format!("{} cannot be read", file.display());
        let content = std::fs::read_to_string(file).with_context(unreadable)?;
        return Ok(content.lines().next().unwrap_or_default().to_owned());
    }
    let no_terminal = "there is no terminal to type a password at; give --password-file";
    let password = rpassword::prompt_password("Password: ").context(no_terminal)?;
    if twice {
        let again = rpassword::prompt_password("The same password again: ").context(no_terminal)?;
        anyhow::ensure!(
            password == again,
            "the passwords differ; nothing was changed"
        );
    }
    Ok(password)
}

/// The code, or what the person types.
pub(super) fn code_of(given: Option<&str>, sent: bool) -> anyhow::Result<String> {
    if let Some(code) = given {
        return Ok(code.to_owned());
    }
    let mut out = std::io::stderr().lock();
    match sent {
        true => write!(
            out,
            "The code that the bank sends, if the password is right: "
        )?,
        false => write!(out, "The code that the authenticator app shows: ")?,
    }
    out.flush()?;
    let mut code = String::new();
    std::io::stdin().lock().read_line(&mut code)?;
    Ok(code.trim().to_owned())
}

fn show_begun(begun: &PasswordBegun, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(begun);
    }
    line(format_args!(
        "Add this to an authenticator app, as a secret or as a link:\n  {}\n  {}\nUntil {} the password can be set with the app's code.",
        begun.secret,
        begun.uri,
        Stamp(begun.expires)
    ))
}

fn show(state: &PasswordState, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(state);
    }
    match (state.set, state.device) {
        (Some(set), Some(device)) => line(format_args!(
            "A password was set at {} by device {device}.",
            Stamp(set)
        )),
        _ => line(format_args!("There is no password.")),
    }
}
