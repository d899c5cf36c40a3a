//! `passbook serve`: all servers in one process.

use super::operate::configuration_on;
use super::serve_bank::serve_bank;
use crate::cli::{LogFormat, Serve};
use crate::config::Config;
use crate::deployment::Deployment;
use crate::logging;
use crate::metrics::Metrics;
use crate::spans;
use crate::wiring::{Services, WebApp, document_routes, generate, readiness};
use anyhow::{Context as _, bail};
use http_edge::{Admission, AdmissionSettings, Certificate, Cors, Limits, Listener, OperatorToken};
use operator::{DataDirectory, Side};
use sandbox_bank::Holding;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use terminal::{
    allow_file_handles, ending_at, json_line, line, program, qr_code, quoted, stdin_ended,
};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;
use types::Clock;

/// How long the services have to finish when the last request has ended.
const SERVICES_END: Duration = Duration::from_secs(15);

/// What is printed with `--json` once requests are answered.
#[derive(Serialize)]
struct Ready {
    ready: bool,
    public: String,
    operator: SocketAddr,
    metrics: Option<SocketAddr>,
}

/// Serves until the process is told to end.
pub(crate) async fn serve(arguments: &Serve, log: LogFormat, clock: Clock) -> anyhow::Result<()> {
    let mut config = configuration_on(&arguments.bank, arguments.database.as_ref())?;
    if !arguments.roles.is_empty() {
        config.services.roles.clone_from(&arguments.roles);
        config.check()?;
    }
    let (recorded, exporter) = spans::configured(&config, &clock)?.unzip();
    logging::start(log, recorded);
    let (told_to_end, hangups) = signals(&config).context("no signals can be waited for")?;
    let stdin_ended = arguments.end_with_stdin.then(stdin_ended).transpose()?;
    let starter_ended = async {
        match stdin_ended {
            Some(ended) => ended.await,
            None => std::future::pending().await,
        }
    };
    allow_file_handles();
    let side = config
        .services
        .side()
        .context("services.roles are no side")?;
    let directory = DataDirectory::create(&config.data_directory)?
        .of(side)
        .with_databases(&config.database)?;
    let Some(_lock) = directory.lock()? else {
        bail!("{} is in use", directory.path().display());
    };
    let deployment = Deployment::of(&directory)?;
    if side == Side::Bank {
        let told_to_end = async {
            tokio::select! {
                _ = told_to_end => {}
                () = starter_ended => {}
            }
        };
        let parts = (&directory, &deployment);
        return serve_bank(arguments, &config, parts, clock, told_to_end).await;
    }
    let web_app = WebApp::configured(&config.public)?;
    let opens = web_app.opens();
    let token = OperatorToken::new(&directory.ensure_operator_token()?);
    let public = Listener::bind(
        config.public.address,
        config.tls().as_ref(),
        limits(&config),
    )
    .await?
    .allowing(Cors::new(&config.public.allowed_origins)?.except(&ciam::http::PAGES))
    .admitting(Services::admission(&config));
    let public = match config.public_url() {
        url if url.starts_with("https://") => public.forcing_https(&url),
        _ => public,
    };
    if let (Some(hangups), Some(certificate)) = (hangups, public.certificate()) {
        tokio::spawn(reload_on(hangups, certificate));
    }
    let operators = Admission::new(AdmissionSettings::for_operators(), Vec::new());
    let operator = Listener::bind(config.operator.address, None, Limits::default())
        .await?
        .admitting(operators);
    // The system chooses a port in the place of 0.
    if config.operator.address.port() == 0 {
        directory.keep_operator_address(operator.address()?)?;
    }
    config.public.address = public.address()?;
    config.operator.address = operator.address()?;

    let metrics = match config.metrics.address {
        Some(address) => {
            let listener = Listener::bind(address, None, Metrics::limits()).await?;
            config.metrics.address = Some(listener.address()?);
            Some((listener, Metrics::install()?))
        }
        None => None,
    };

    let services = Services::open(&config, (&directory, &deployment), clock).await?;
    let services = Arc::new(services);
    if let Some(sandbox) = &services.sandbox {
        generate(&sandbox.bank, &config, arguments.sandbox).await?;
    }

    let (stop, stopping) = watch::channel(false);
    let (stop_services, services_stopping) = watch::channel(false);
    let public_routes = services
        .public_routes(&stopping)
        .merge(readiness(&services))
        .merge(document_routes(config.public.api_viewer)?)
        .merge(services.plain_pages(&config, web_app.style()))
        .merge(web_app.routes());
    let mut listeners = tokio::task::JoinSet::new();
    if let Some(listener) = services.listener().await? {
        listeners.spawn(listener.serve(services.service_routes(), stopping.clone()));
    }
    listeners.spawn(public.serve(public_routes, stopping.clone()));
    listeners.spawn(operator.serve(services.operator_routes(&token), stopping.clone()));
    if let Some((listener, metrics)) = metrics {
        tokio::spawn(metrics.keep());
        listeners.spawn(listener.serve(metrics.routes(services.clone()), stopping));
    }
    let (stop_spans, spans_stopping) = watch::channel(false);
    let exporting = exporter.map(|exporter| tokio::spawn(exporter.run(spans_stopping)));
    let running = services.clone();
    let mut running = tokio::spawn(async move { running.run(services_stopping).await });

    if config.public.web_app && !opens {
        tracing::warn!(
            hint = "run `make portal`, and build again",
            "this build has no web app"
        );
    }
    let greeted = if arguments.json {
        json_line(&Ready {
            ready: true,
            public: config.public_url(),
            operator: config.operator.address,
            metrics: config.metrics.address,
        })
    } else {
        greet(arguments, &config, &services, opens).await
    };
    if let Err(error) = greeted {
        tracing::warn!("the greeting was not printed; the servers run all the same: {error:#}");
    }

    let mut removed = None;
    let ended = tokio::select! {
        _ = told_to_end => Ok(()),
        () = starter_ended => {
            removed = arguments.then_remove.as_ref();
            Ok(())
        }
        ended = &mut running => match ended {
            Ok(Ok(())) => Err(anyhow::anyhow!("the servers ended by themselves")),
            Ok(Err(error)) => Err(error),
            Err(panicked) => Err(panicked.into()),
        },
    };
    // Requests and streams end before the services that answer them.
    tracing::info!("no more connections are accepted; requests and streams end");
    stop.send_replace(true);
    listeners.join_all().await;
    ended?;
    tracing::info!("requests and streams have ended; the services end");
    stop_services.send_replace(true);
    let finished = timeout(SERVICES_END, running).await.context(
        "the services did not finish in time; nothing is lost, and the next start takes up what they had begun",
    )??;
    if let Some(exporting) = exporting {
        stop_spans.send_replace(true);
        // A collector that is too slow loses spans.
        let _late = timeout(spans::EXPORT_TIMEOUT, exporting).await;
    }
    if let Some(directory) = removed {
        std::fs::remove_dir_all(directory)?;
    }
    finished
}

/// What ends the process; and, if there is a certificate, the hangups at which it is read again. Without a certificate a
/// hangup ends the process.
fn signals(config: &Config) -> std::io::Result<(impl Future + use<>, Option<Signal>)> {
    let reloads = config.tls().is_some();
    let hangups = reloads.then(|| signal(SignalKind::hangup())).transpose()?;
    Ok((ending_at(!reloads)?, hangups))
}

/// Reads the certificate again at each hangup.
async fn reload_on(mut hangups: Signal, certificate: Certificate) {
    while hangups.recv().await.is_some() {
        match certificate.reload() {
            Ok(()) => tracing::info!("the certificate was read again"),
            Err(error) => tracing::error!(
                %error,
                hint = "mend the file, run `passbook check`, and send SIGHUP again",
                "the certificate was not read again; the previous one stays in use"
            ),
        }
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        connections_max: config.public.connections_max,
        idle_timeout: Duration::from_secs(config.admission.idle_seconds),
        ..Limits::default()
    }
}

/// What a person can do now, as lines to copy.
async fn greet(
    arguments: &Serve,
    config: &Config,
    services: &Services,
    opens: bool,
) -> anyhow::Result<()> {
    let url = config.public_url();
    line(format_args!("Passbook is ready: {url}/readyz"))?;
    line(format_args!(
        "It keeps everything in {}; Ctrl-C stops it.",
        config.data_directory.display()
    ))?;
    let Some(sandbox) = &services.sandbox else {
        return line(format_args!("Its core bank runs in another process."));
    };
    let holdings = sandbox.bank.holdings(HOLDINGS_LOOKED_AT).await?;
    let Some(holding) = holdings.first() else {
        return line(format_args!(
            "\nThe bank has no customers yet: start it with --sandbox in an empty data directory to have some generated."
        ));
    };
    let (program, options) = (program(), bank_options(arguments));
    if !services.ciam.operator_acts().await? {
        return line(format_args!(
            "\nThe bank has staff, who act on customers: `{program} staff login`, then `{program} staff --help`."
        ));
    }
    let customer = quoted(holding.customer.as_str());
    if !arguments.sandbox {
        return line(format_args!(
            "\nIssue an activation code with\n\n    {program} code {customer}{options}"
        ));
    }
    let bank = match url.as_str() {
        "http://localhost:8480" => String::new(),
        url => format!(" --bank {}", quoted(url)),
    };
    let other = holdings
        .iter()
        .find(|other| is_payable(holding, other, &holdings));
    if opens {
        greet_browsers(&url, services, holding, other).await?;
    }
    let issued = services.ciam.issue_code(&holding.customer).await?;
    let name = shown_name(holding);
    line(format_args!(
        "
Try it in terminals, too: enrol a device for customer {} ({name}), then watch it live.

    {program} enrol {customer} {code}-{root}{bank}
    {program} device

In a third terminal, post a transaction; it appears on the device:

    {program} post {account} 250.00 --purpose lunch{options}

Enrol another device into a directory of its own (--dir), with a code of its own:

    {program} code {customer}{options}
",
        holding.customer,
        account = quoted(holding.account.as_str()),
        code = issued.code.expose(),
        root = issued.root,
    ))?;
    let Some(other) = other else {
        return Ok(());
    };
    let issued = services.ciam.issue_code(&other.customer).await?;
    line(format_args!(
        "Pay: enrol a device for another customer and watch it in another terminal, then pay from the first device.

    {program} enrol {customer} {code}-{root}{bank} --dir device2
    {program} device --dir device2
    {program} pay 250.00 {to} --from {from} --reference Lunch

What payments meet here, and how to change it (docs/runbooks/trying-payments.md has a payment for each outcome):

    {program} bank directory{options}
    {program} bank --help

Staff: until there is an administrator, the operator's token of the data directory does everything. Make the first one, who logs in with a passkey:

    {program} staff first \"Ada Novak\"{options}
",
        customer = quoted(other.customer.as_str()),
        code = issued.code.expose(),
        root = issued.root,
        to = quoted(other.account.as_str()),
        from = quoted(holding.account.as_str()),
    ))
}

/// What opens the web app with an activation code filled in. A browser sends no server what follows the `#`.
async fn greet_browsers(
    url: &str,
    services: &Services,
    holding: &Holding,
    other: Option<&Holding>,
) -> anyhow::Result<()> {
    let link = async |customer| {
        let issued = services.ciam.issue_code(customer).await?;
        let (code, root) = (issued.code.expose(), &issued.root);
        anyhow::Ok(format!("{url}/welcome#{customer}.{code}-{root}"))
    };
    let first = link(&holding.customer).await?;
    line(format_args!(
        "
Open the web app as customer {} ({}), in a browser on this machine:

    {first}
",
        holding.customer,
        shown_name(holding),
    ))?;
    qr_code(&first)?;
    let Some(other) = other else {
        return Ok(());
    };
    line(format_args!(
        "
In a private window or another browser, open it as customer {} ({}), to whose account {} the first can pay:

    {}",
        other.customer,
        shown_name(other),
        other.account,
        link(&other.customer).await?,
    ))
}

fn shown_name(holding: &Holding) -> &str {
    holding.customer_name.as_deref().unwrap_or("no name")
}

/// How many holdings are looked at for two customers, of whom one can pay the other.
const HOLDINGS_LOOKED_AT: u32 = 50;

/// Whether the holder of `from` can pay to the account of `to` in its currency, and does not hold it.
fn is_payable(from: &Holding, to: &Holding, all: &[Holding]) -> bool {
    let is_own =
        |holding: &Holding| holding.account == to.account && holding.customer == from.customer;
    to.customer != from.customer && to.currency == from.currency && !all.iter().any(is_own)
}

/// The arguments with which the tools find this bank.
fn bank_options(arguments: &Serve) -> String {
    let config = arguments
        .bank
        .config
        .iter()
        .map(|path| format!(" --config {}", quoted(path)));
    let data = arguments
        .bank
        .data
        .iter()
        .filter(|path| path.as_os_str() != "data")
        .map(|path| format!(" --data {}", quoted(path)));
    config.chain(data).collect()
}
