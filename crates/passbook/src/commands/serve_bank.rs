//! The bank's side in a process of its own.

use crate::cli::Serve;
use crate::config::Config;
use crate::deployment::Deployment;
use crate::wiring::{BankSide, generate};
use anyhow::Context as _;
use http_edge::{Admission, AdmissionSettings, Limits, Listener, OpenDoor, OperatorToken};
use operator::DataDirectory;
use operator::authority::service_files;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use terminal::{json_line, line};
use tokio::sync::watch;
use types::Clock;

/// What is printed with `--json` once calls are answered.
#[derive(Serialize)]
struct Ready {
    ready: bool,
    services: SocketAddr,
    security_stack: SocketAddr,
    operator: SocketAddr,
}

/// Serves the bank's side until `told_to_end`.
pub(super) async fn serve_bank(
    arguments: &Serve,
    config: &Config,
    (directory, deployment): (&DataDirectory, &Deployment),
    clock: Clock,
    told_to_end: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let side = BankSide::open(config, (directory, deployment), clock).await?;
    let side = Arc::new(side);
    generate(&side.sandbox.bank, config, arguments.sandbox).await?;
    let certificates = config.services.directory.as_ref();
    let files = service_files(certificates.context("services.directory is not set")?);
    let of_services = || Admission::new(AdmissionSettings::for_services(), Vec::new());
    let services = Listener::bind_for_services(
        config.services.address,
        &files,
        Limits::default(),
        Arc::new(OpenDoor),
    );
    let services = services.await?.admitting(of_services());
    let stack = Listener::bind_for_services(
        config.security_stack.address,
        &files,
        Limits::default(),
        Arc::new(side.stack.clone()),
    );
    let stack = stack.await?.admitting(of_services());
    let token = OperatorToken::new(&directory.ensure_operator_token()?);
    let operators = Admission::new(AdmissionSettings::for_operators(), Vec::new());
    let operator = Listener::bind(config.operator.address, None, Limits::default())
        .await?
        .admitting(operators);
    if config.operator.address.port() == 0 {
        directory.keep_operator_address(operator.address()?)?;
    }
    let ready = Ready {
        ready: true,
        services: services.address()?,
        security_stack: stack.address()?,
        operator: operator.address()?,
    };
    let (stop, stopping) = watch::channel(false);
    let mut listeners = tokio::task::JoinSet::new();
    listeners.spawn(services.serve(side.service_routes(), stopping.clone()));
    listeners.spawn(stack.serve(side.guarded_routes(), stopping.clone()));
    listeners.spawn(operator.serve(side.operator_routes(&token), stopping));
    let (stop_side, side_stopping) = watch::channel(false);
    let running = side.clone();
    let mut running = tokio::spawn(async move { running.run(side_stopping).await });
    if arguments.json {
        json_line(&ready)?;
    } else {
        line(format_args!(
            "The bank's side is ready: security stack {}, services {}.",
            ready.security_stack, ready.services
        ))?;
    }
    let ended = tokio::select! {
        () = told_to_end => Ok(()),
        ended = &mut running => match ended {
            Ok(Ok(())) => Err(anyhow::anyhow!("the bank's side ended by itself")),
            Ok(Err(error)) => Err(error),
            Err(panicked) => Err(panicked.into()),
        },
    };
    stop.send_replace(true);
    listeners.join_all().await;
    ended?;
    stop_side.send_replace(true);
    running.await?
}
