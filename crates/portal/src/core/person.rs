//! What the person does at the bank beside orders.

use super::failures::of_sync;
use crate::link::{PersonAsk, json};
use crate::model::Failure;
use client::{Ended, Errand, Handle};
use serde::Serialize;

/// Answers what the person asks.
pub(super) async fn answer(handle: &Handle, ask: PersonAsk) -> Result<String, Failure> {
    match ask {
        PersonAsk::Passkeys => run(handle, Errand::passkeys()).await,
        PersonAsk::AddPasskey(name) => {
            let added = handle.register_passkey(&name).await;
            json(&added.map_err(|error| of_sync(&error))?)
        }
        PersonAsk::RemovePasskey(passkey) => run(handle, Errand::remove_passkey(passkey)).await,
        PersonAsk::Devices => run(handle, Errand::devices()).await,
        PersonAsk::RemoveDevice(device) => run(handle, Errand::remove_device(device)).await,
        PersonAsk::MakeCode => run(handle, Errand::make_code()).await,
        PersonAsk::WaitingDevices => run(handle, Errand::waiting_devices()).await,
        PersonAsk::AnswerWaiting(device, number) => {
            run(handle, Errand::answer_waiting(device, number)).await
        }
        PersonAsk::Decline(initiation) => run(handle, Errand::decline(initiation)).await,
        PersonAsk::Password => run(handle, Errand::password()).await,
        PersonAsk::BeginPassword => run(handle, Errand::begin_password()).await,
        PersonAsk::SetPassword(asked) => run(handle, Errand::set_password(&asked)).await,
        PersonAsk::RemovePassword => run(handle, Errand::remove_password()).await,
        PersonAsk::Sessions => run(handle, Errand::sessions()).await,
        PersonAsk::EndSession(session) => run(handle, Errand::end_session(session)).await,
        PersonAsk::Consents => run(handle, Errand::consents()).await,
        PersonAsk::WithdrawConsent(client) => run(handle, Errand::withdraw_consent(client)).await,
        PersonAsk::Calls => run(handle, Errand::calls()).await,
        PersonAsk::StopEverything => stop_everything(handle).await,
    }
}

async fn run<T: Serialize + 'static>(
    handle: &Handle,
    errand: Errand<T>,
) -> Result<String, Failure> {
    json(&handle.run(errand).await.map_err(|error| of_sync(&error))?)
}

/// If the answer of the first call was lost, the refusal of the next one is the answer.
async fn stop_everything(handle: &Handle) -> Result<String, Failure> {
    match handle.run(Errand::stop_everything()).await {
        Ok(_) => json(&()),
        Err(error) if error.ended() == Some(Ended::CustomerStopped) => json(&()),
        Err(error) => Err(of_sync(&error)),
    }
}
