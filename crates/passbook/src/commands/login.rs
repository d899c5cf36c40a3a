//! `passbook login`: the person logs in on a terminal device.

use super::passkeys::{no_passkey, told};
use super::password::{code_of, entered};
use crate::cli::{Login, SendBy};
use crate::device_directory::DeviceDirectory;
use crate::redirect::Redirect;
use client::{Errand, ProviderVisit, SyncError};
use protocol::http::{AskLoginCode, CodeBy, LogInByPassword};
use serde_json::json;
use terminal::{json_line, line};
use types::{Clock, ErrorCode};

const WRONG: &str =
    "the bank did not accept password and code: one of them is wrong, or the code was used before";

/// Logs in with the passkey beside the device's keys, with the password and the authenticator's present code, or at the bank's
/// login provider.
pub(crate) async fn login(arguments: &Login, clock: Clock) -> anyhow::Result<()> {
    let directory = DeviceDirectory::open(&arguments.device.dir, clock)?;
    anyhow::ensure!(
        arguments.password || arguments.provider || directory.passkey().is_some(),
        no_passkey()
    );
    let mut device = directory.device().await?;
    let session = if arguments.provider {
        let redirect = Redirect::open(arguments.port).await?;
        let (uri, json) = (redirect.uri(), arguments.device.json);
        let visit = async |login: &ProviderVisit| redirect.visit(login, json).await;
        let session = device.log_in_at_provider(&uri, visit).await;
        match session {
            Ok(session) => Ok(session),
            Err(error) => Err(error.downcast::<SyncError>()?),
        }
    } else if arguments.password {
        let password = entered(arguments.password_file.as_deref(), false)?;
        if let Some(by) = arguments.send {
            let by = match by {
                SendBy::Sms => CodeBy::Sms,
                SendBy::Mail => CodeBy::Mail,
            };
            let password = password.clone();
            let request = AskLoginCode { password, by };
            let asked = device.run(Errand::ask_login_code(&request)).await;
            let asked = asked.map_err(|error| told(error, &device))?;
            if arguments.device.json {
                json_line(&asked)?;
            }
        }
        let request = LogInByPassword {
            password,
            code: code_of(arguments.code.as_deref(), arguments.send.is_some())?,
        };
        device.log_in_by_password(request).await
    } else {
        device.log_in().await
    };
    let session = session.map_err(|error| match error {
        error if arguments.password && error.is_code(ErrorCode::LoginRefused) => {
            anyhow::Error::from(error).context(WRONG)
        }
        error => told(error, &device),
    })?;
    if arguments.device.json {
        return json_line(&json!({ "session": session }));
    }
    line(format_args!("Logged in; the session is {session}."))
}
