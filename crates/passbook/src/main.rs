//! `passbook`: every server role of the mobile bank, a terminal device and the tools, in one binary.

mod backup;
mod brake_screen;
mod cli;
mod commands;
mod config;
mod deployment;
mod development_attestation;
mod device_directory;
#[cfg(test)]
mod histories;
mod logging;
mod may_be_done;
mod metrics;
mod order_screen;
mod process;
mod redirect;
mod screen;
mod spans;
mod staff_desk;
mod verdict_words;
mod wiring;

use clap::Parser as _;
use cli::{
    Attestation, Audit, Bank, Ca, Channel, Cli, Command, Customer, Keys, LogFormat, ServerKey,
    Stack, Subject,
};
use may_be_done::MayBeDone;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use types::{Clock, Time};

// Its feature `no_thp` is on. A connection uses a small part of its buffers, and the kernel would keep all of a huge page in
// memory for that part.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // The servers start their log themselves: their configuration says what else is recorded.
    if !matches!(cli.command, Command::Serve(_)) {
        logging::start(cli.log, None);
    }
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        tracing::error!("another cryptography provider is installed");
        return ExitCode::FAILURE;
    }
    match run(cli.command, cli.log) {
        Ok(code) => code,
        Err(error) => {
            terminal::error(&error);
            let Some(done) = error.downcast_ref::<MayBeDone>() else {
                return ExitCode::FAILURE;
            };
            if let Some(again) = &done.again {
                terminal::hint(again);
            }
            ExitCode::from(may_be_done::EXIT_STATUS)
        }
    }
}

#[tokio::main]
async fn run(command: Command, log: LogFormat) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(arguments) => commands::serve(&arguments, log, system_clock()).await?,
        Command::Code(arguments) => commands::code(&arguments).await?,
        Command::Enrol(arguments) => commands::enrol(&arguments, system_clock()).await?,
        Command::Device(arguments) => commands::device(&arguments, system_clock()).await?,
        Command::Pay(arguments) => commands::pay(&arguments, system_clock()).await?,
        Command::Orders(arguments) => commands::orders(&arguments, system_clock()).await?,
        Command::Initiations(arguments) => {
            commands::initiations(&arguments, system_clock()).await?;
        }
        Command::Payees(arguments) => commands::payees(&arguments, system_clock()).await?,
        Command::Standing(arguments) => commands::standing(&arguments, system_clock()).await?,
        Command::Brakes(arguments) => commands::brakes(&arguments, system_clock()).await?,
        Command::Passkeys(arguments) => commands::passkeys(&arguments, system_clock()).await?,
        Command::Login(arguments) => commands::login(&arguments, system_clock()).await?,
        Command::Sessions(arguments) => commands::sessions(&arguments, system_clock()).await?,
        Command::Calls(arguments) => commands::calls(&arguments, system_clock()).await?,
        Command::Password(arguments) => commands::password(&arguments, system_clock()).await?,
        Command::Consents(arguments) => commands::consents(&arguments, system_clock()).await?,
        Command::Devices(arguments) => commands::devices(&arguments, system_clock()).await?,
        Command::StopEverything(arguments) => {
            commands::stop_everything(&arguments, system_clock()).await?
        }
        Command::Post(arguments) => commands::post(&arguments).await?,
        Command::Clock(arguments) => commands::clock(&arguments).await?,
        Command::Revoke(arguments) => commands::revoke(&arguments).await?,
        Command::Subject(Subject::List(arguments)) => commands::subject_list(&arguments).await?,
        Command::Subject(Subject::Release(arguments)) => {
            commands::subject_release(&arguments).await?
        }
        Command::Risk(arguments) => commands::risk(arguments, system_clock()).await?,
        Command::Channel(Channel::List(arguments)) => commands::channel_list(&arguments).await?,
        Command::Channel(Channel::Restart(arguments)) => {
            commands::channel_restart(&arguments).await?
        }
        Command::Customer(Customer::Erase(arguments)) => {
            commands::customer_erase(&arguments).await?
        }
        Command::Customer(Customer::Unlock(arguments)) => {
            commands::customer_unlock(&arguments).await?
        }
        Command::Customer(Customer::Resume(arguments)) => {
            commands::customer_resume(&arguments).await?
        }
        Command::Customer(Customer::Call(arguments)) => commands::customer_call(&arguments).await?,
        Command::Customer(Customer::Contact(arguments)) => {
            commands::customer_contact(&arguments).await?;
        }
        Command::Customer(Customer::CallEnded(arguments)) => {
            commands::customer_call_ended(&arguments).await?
        }
        Command::Staff(arguments) => commands::staff(&arguments, system_clock()).await?,
        Command::Bank(Bank::Account(arguments)) => commands::bank_account(&arguments).await?,
        Command::Bank(Bank::Proxy(arguments)) => commands::bank_proxy(&arguments).await?,
        Command::Bank(Bank::Biller(arguments)) => commands::bank_biller(&arguments).await?,
        Command::Bank(Bank::Counterparty(arguments)) => {
            commands::bank_counterparty(&arguments).await?;
        }
        Command::Bank(Bank::Fee(arguments)) => commands::bank_fee(&arguments).await?,
        Command::Bank(Bank::Directory(arguments)) => commands::bank_directory(&arguments).await?,
        Command::Bank(Bank::Reopen(arguments)) => {
            commands::bank_reopen(&arguments, system_clock()).await?
        }
        Command::Attestation(Attestation::Root(arguments)) => {
            commands::attestation_root(&arguments, &system_clock())?;
        }
        Command::Ca(Ca::Init(arguments)) => commands::ca_init(&arguments, &system_clock())?,
        Command::Ca(Ca::Issue(arguments)) => commands::ca_issue(&arguments, &system_clock())?,
        Command::Stack(Stack::Keys(arguments)) => commands::stack_keys(&arguments).await?,
        Command::Stack(Stack::AddKey(arguments)) => commands::stack_add_key(&arguments).await?,
        Command::Stack(Stack::RetireKey(arguments)) => {
            commands::stack_retire_key(&arguments).await?
        }
        Command::Stack(Stack::Exceptions(arguments)) => {
            commands::stack_exceptions(&arguments).await?
        }
        Command::Stack(Stack::Disallowed(arguments)) => {
            commands::stack_disallowed(&arguments).await?
        }
        Command::Stack(Stack::Release(arguments)) => commands::stack_release(&arguments).await?,
        Command::ServerKey(ServerKey::Show(arguments)) => {
            commands::server_key_show(&arguments).await?
        }
        Command::ServerKey(ServerKey::New(arguments)) => {
            commands::server_key_new(&arguments).await?
        }
        Command::ServerKey(ServerKey::Use(arguments)) => {
            commands::server_key_use(&arguments).await?
        }
        Command::Replay(arguments) => return bench::replay(&arguments, system_clock()).await,
        Command::ReplayOrders(arguments) => {
            return bench::replay_orders(&arguments, system_clock()).await;
        }
        Command::Bench(arguments) => return bench::measure(&arguments, system_clock()).await,
        Command::Check(arguments) => commands::check(&arguments).await?,
        Command::Openapi => commands::openapi()?,
        Command::Status(arguments) => commands::status(&arguments).await?,
        Command::Backup(arguments) => commands::backup(&arguments).await?,
        Command::Restore(arguments) => commands::restore(&arguments, system_clock()).await?,
        Command::Keys(Keys::Rotate(arguments)) => commands::keys(&arguments, true).await?,
        Command::Keys(Keys::Rewrap(arguments)) => commands::keys(&arguments, false).await?,
        Command::Audit(Audit::Verify(arguments)) => commands::audit_verify(&arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The system's clock. Only this function reads it.
#[allow(
    clippy::disallowed_methods,
    reason = "everything else takes the time as a parameter"
)]
fn system_clock() -> Clock {
    Arc::new(|| {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Time::from_ms(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
    })
}
