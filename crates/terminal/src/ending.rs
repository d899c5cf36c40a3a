//! The signals that end a command.

use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// The signal that ended the work.
#[derive(Debug, Clone, Copy)]
pub struct Signalled(u8);

impl Signalled {
    /// 128 plus the signal's number, as shells report it.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(self.0.saturating_add(128))
    }
}

/// Works until a signal ends the work.
pub async fn until<T>(
    ending: impl Future<Output = Signalled>,
    work: impl Future<Output = T>,
) -> Result<T, Signalled> {
    tokio::select! {
        done = work => Ok(done),
        signalled = ending => Err(signalled),
    }
}

/// Waits, from now on, for a signal that ends the work: SIGINT, SIGTERM or, unless it is ignored, SIGHUP.
pub fn ending() -> std::io::Result<impl Future<Output = Signalled>> {
    ending_at(true)
}

/// The same; SIGHUP ends the work only with `hangups`.
pub fn ending_at(hangups: bool) -> std::io::Result<impl Future<Output = Signalled>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // nohup starts its program with SIGHUP ignored. Waiting for the signal would cancel that.
    let mut hangup = (hangups && !ignores_hangup())
        .then(|| signal(SignalKind::hangup()))
        .transpose()?;
    Ok(async move {
        let hung_up = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => Signalled(2),
            _ = terminate.recv() => Signalled(15),
            _ = hung_up => Signalled(1),
        }
    })
}

/// Whether this process was started with SIGHUP ignored (proc(5): `SigIgn`, a mask in hex whose lowest bit is signal 1).
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}
