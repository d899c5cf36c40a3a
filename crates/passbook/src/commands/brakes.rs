//! `passbook brakes`: the customer's own limits and freezes.

use super::device::ended;
use super::payments::amount;
use crate::brake_screen::{BrakeLine, LimitsLine};
use crate::cli::{Brakes, BrakesAction};
use crate::device_directory::DeviceDirectory;
use crate::may_be_done::{MayBeDone, this_command};
use anyhow::Context as _;
use client::{Device, SyncError};
use client_native::Native;
use order::Brake;
use protocol::http::{OrderLimits, SetBrake};
use terminal::{json_line, line};
use types::text::shown;
use types::{AccountId, Clock, ErrorCode};

/// Shows, sets, ends or keeps brakes.
pub(crate) async fn brakes(arguments: &Brakes, clock: Clock) -> anyhow::Result<()> {
    let mut device = DeviceDirectory::open(&arguments.device.dir, clock)?
        .device()
        .await?;
    let action = arguments.action.as_ref().unwrap_or(&BrakesAction::List);
    let limits = match request(action, &mut device).await? {
        Some(request) => set(&mut device, &request).await?,
        None => limits(&mut device).await?,
    };
    if arguments.device.json {
        return json_line(&limits);
    }
    for own in &limits.brakes {
        line(format_args!("{}", BrakeLine(own)))?;
    }
    line(format_args!("{}", LimitsLine(&limits)))
}

/// What is to be set. `None` if the brakes are to be shown.
async fn request(
    action: &BrakesAction,
    device: &mut Device<Native>,
) -> anyhow::Result<Option<SetBrake>> {
    let set = |brake: &Brake| SetBrake {
        brake: brake.to_string(),
        limit: None,
        ends: false,
    };
    Ok(Some(match action {
        BrakesAction::List => return Ok(None),
        BrakesAction::Limit {
            brake,
            amount: most,
        } => {
            let brake: Brake = brake.parse()?;
            anyhow::ensure!(
                brake.is_limit(),
                "{brake} is no limit; `passbook brakes freeze` freezes"
            );
            let currency = limits(device).await?.day.currency();
            SetBrake {
                limit: Some(amount(most, Some(currency))?),
                ..set(&brake)
            }
        }
        BrakesAction::Freeze { account, .. } => match account {
            Some(account) => set(&Brake::Account(account.parse::<AccountId>()?)),
            None => set(&Brake::NewPayees),
        },
        BrakesAction::End { brake } => SetBrake {
            ends: true,
            ..set(&brake.parse()?)
        },
        BrakesAction::Withdraw { brake } => {
            let brake: Brake = brake.parse()?;
            let limits = limits(device).await?;
            let known = limits
                .brakes
                .iter()
                .find(|own| own.brake == brake.to_string());
            let none = || format!("there is no brake {brake}; `passbook brakes` lists them");
            SetBrake {
                limit: known.with_context(none)?.limit,
                ..set(&brake)
            }
        }
    }))
}

async fn limits(device: &mut Device<Native>) -> anyhow::Result<OrderLimits> {
    let asked = device.ask_for_limits().await;
    asked.map_err(|error| ended(error, device.home()))
}

async fn set(device: &mut Device<Native>, request: &SetBrake) -> anyhow::Result<OrderLimits> {
    match device.set_brake(request).await {
        Err(error @ SyncError::Transport(_)) => {
            let again = MayBeDone::new("the brake may be set; the line below may be repeated")
                .with_line(this_command(&[]));
            Err(anyhow::Error::from(error).context(again))
        }
        set => set.map_err(|error| refused(error, device)),
    }
}

/// The reason why the bank refuses.
fn refused(error: SyncError, device: &Device<Native>) -> anyhow::Error {
    let detail = match &error {
        SyncError::Refused(refused) if error.is_code(ErrorCode::BrakeInvalid) => {
            let problem = refused.problem.as_ref();
            problem.and_then(|problem| problem.detail.as_deref())
        }
        _ => None,
    };
    match detail.map(|detail| format!("nothing was changed: {}", shown(detail))) {
        Some(text) => anyhow::Error::from(error).context(text),
        None => ended(error, device.home()),
    }
}
