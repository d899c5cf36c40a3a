//! `passbook serve`: all servers in one process.

use super::operate::configuration;
use crate::cli::Serve;
use crate::config::Config;
use crate::data_directory::DataDirectory;
use crate::print::{json_line, line, program};
use crate::wiring::Services;
use anyhow::Context as _;
use axum::Router;
use axum::routing::get;
use http_edge::{Cors, Json, Limits, Listener, OperatorToken, Rejection};
use protocol::http::Readiness;
use rustix::process::{Resource, Rlimit};
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use types::{Clock, ErrorCode};

/// How many customers `--sandbox` generates where the configuration does not say.
const SANDBOX_CUSTOMERS: u32 = 20;

/// What is printed with `--json` once requests are answered.
#[derive(Serialize)]
struct Ready {
    ready: bool,
    public: String,
    operator: SocketAddr,
}

/// Serves until the process is told to end.
pub(crate) async fn serve(arguments: &Serve, clock: Clock) -> anyhow::Result<()> {
    let config = configuration(&arguments.place)?;
    let told_to_end = told_to_end().context("no signals can be waited for")?;
    allow_file_handles();
    let directory = DataDirectory::create(&config.data_directory)?;
    let token = OperatorToken::new(&directory.ensure_operator_token()?);
    let public = Listener::bind(
        config.public.address,
        config.tls().as_ref(),
        limits(&config),
    )
    .await?
    .allowing(Cors::new(&config.public.allowed_origins)?);
    let operator = Listener::bind(config.operator.address, None, Limits::default()).await?;

    let services = Arc::new(Services::open(&config, &directory, clock).await?);
    if arguments.sandbox || config.sandbox.customers > 0 {
        let customers = match config.sandbox.customers {
            0 => SANDBOX_CUSTOMERS,
            customers => customers,
        };
        services
            .bank
            .generate(customers, config.sandbox.seed)
            .await?;
    }

    let (stop, stopping) = watch::channel(false);
    let public_routes = services
        .public_routes(&stopping)
        .merge(readiness(services.clone()));
    let operator_address = operator.address()?;
    let mut listeners = tokio::task::JoinSet::new();
    listeners.spawn(public.serve(public_routes, stopping.clone()));
    listeners.spawn(operator.serve(services.operator_routes(&token), stopping.clone()));
    let running = services.clone();
    let mut running = tokio::spawn(async move { running.run(stopping).await });

    let greeted = if arguments.json {
        json_line(&Ready {
            ready: true,
            public: config.public_url(),
            operator: operator_address,
        })
    } else {
        greet(arguments, &config, &services).await
    };
    if let Err(error) = greeted {
        tracing::warn!("the greeting was not printed; the servers run all the same: {error:#}");
    }

    let ended = tokio::select! {
        () = told_to_end => Ok(()),
        ended = &mut running => match ended {
            Ok(Ok(())) => Err(anyhow::anyhow!("the servers ended by themselves")),
            Ok(Err(error)) => Err(error),
            Err(panicked) => Err(panicked.into()),
        },
    };
    // Told to all; who is gone already needs not hear it.
    stop.send_replace(true);
    listeners.join_all().await;
    ended?;
    running.await?
}

/// Raises this process's limit of file handles to what the system lets it have: a connection takes one.
fn allow_file_handles() {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = rustix::process::setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of file handles stays where it is");
    }
}

fn readiness(services: Arc<Services>) -> Router {
    let answer = async move || {
        if services.is_ready() {
            Ok(Json(Readiness { ready: true }))
        } else {
            Err(Rejection::new(ErrorCode::RevocationsUnknown))
        }
    };
    Router::new().route("/readyz", get(answer))
}

fn limits(config: &Config) -> Limits {
    Limits {
        connections_max: config.public.connections_max,
        ..Limits::default()
    }
}

/// Waits for Ctrl-C or SIGTERM, from now on.
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// What a person can do now, as lines to copy.
async fn greet(arguments: &Serve, config: &Config, services: &Services) -> anyhow::Result<()> {
    let url = config.public_url();
    line(format_args!("Passbook is ready: {url}/readyz"))?;
    line(format_args!(
        "It keeps everything in {}; Ctrl-C stops it.",
        config.data_directory.display()
    ))?;
    let holdings = services.bank.holdings(1).await?;
    let Some(holding) = holdings.first() else {
        return line(format_args!(
            "\nThe bank has no customers yet: start it with --sandbox in an empty data directory to have some generated."
        ));
    };
    let (program, place) = (program(), place_arguments(arguments));
    let customer = &holding.customer;
    if !arguments.sandbox {
        return line(format_args!(
            "\nIssue an activation code with\n\n    {program} code {customer}{place}"
        ));
    }
    let bank = match url.as_str() {
        "http://127.0.0.1:8480" => String::new(),
        url => format!(" --bank {url}"),
    };
    let issued = services.ciam.issue_code(customer).await?;
    let name = holding.customer_name.as_deref().unwrap_or("no name");
    line(format_args!(
        "
Try it, in a second terminal: enrol a device for customer {customer} ({name}), then watch it live.

    {program} enrol {customer} {code}-{root}{bank}
    {program} device

In a third terminal, post a transaction; it appears on the device:

    {program} post {account} 250.00 --purpose lunch{place}

Enrol another device into a directory of its own (--dir), with a code of its own:

    {program} code {customer}{place}
",
        account = holding.account,
        code = issued.code.expose(),
        root = issued.root,
    ))
}

/// The arguments with which the tools find this bank.
fn place_arguments(arguments: &Serve) -> String {
    let config = arguments
        .place
        .config
        .iter()
        .map(|path| format!(" --config {}", path.display()));
    let data = arguments
        .place
        .data
        .iter()
        .filter(|path| path.as_os_str() != "data")
        .map(|path| format!(" --data {}", path.display()));
    config.chain(data).collect()
}
