//! `passbook device`: what a customer's app shows, on a terminal.

use crate::cli;
use crate::device_directory::DeviceDirectory;
use crate::screen::{HomeJson, ListedJson, ListedLine, Screen};
use crate::verdict_words::VerdictWords;
use client::{
    Change, Cursor, Device, Ended, Home, Listing, OrderState, Reception, SyncError, Update,
};
use client_native::Native;
use std::io::IsTerminal as _;
use terminal::{json_line, line, page};
use types::{AccountId, Clock, DeviceVerdict, ErrorCode};

/// Shows the device's home page at once, catches up, and stays live unless the arguments say otherwise.
pub(crate) async fn device(arguments: &cli::Device, clock: Clock) -> anyhow::Result<()> {
    let mut view = View {
        verdict: DeviceVerdict::NONE,
        json: arguments.json,
        redraw: !arguments.json
            && !arguments.once
            && !arguments.offline
            && std::io::stdout().is_terminal(),
    };
    let account: Option<AccountId> = arguments.account.as_deref().map(str::parse).transpose()?;
    if arguments.offline {
        let directory = DeviceDirectory::open_to_read(&arguments.dir, clock)?;
        let device = directory.offline().await?;
        view.verdict = device.verdict();
        if let Some(account) = &account {
            let read =
                async |after: Option<Cursor>| device.entries(Some(account), after.as_ref()).await;
            return view.list(read).await;
        }
        return view.show(&device.home()?, "offline", "offline");
    }
    let directory = DeviceDirectory::open(&arguments.dir, clock)?;
    if let Some(home) = directory.home().await?
        && !arguments.once
        && account.is_none()
    {
        view.show(&home, "stored", "from the device's store")?;
    }
    let mut device = directory.device().await?;
    view.verdict = device.verdict();
    if arguments.once || account.is_some() {
        catch_up(&mut device).await?;
        let orders = device.shown().orders()?;
        let are_sent = orders.iter().any(|order| is_to_be_sent(&order.state));
        if arguments.once {
            // Vouchers are fetched ahead, too. What the bank does not take now waits on.
            match device.send_orders().await {
                Err(error) if !error.is_unavailable() => return Err(ended(error, device.home())),
                _ if are_sent => catch_up(&mut device).await?,
                _ => {}
            }
        }
        if let Some(account) = &account {
            let read =
                async |after: Option<Cursor>| device.entries(Some(account), after.as_ref()).await;
            return view.list(read).await;
        }
        return view.show(&device.home()?, "caught_up", "caught up");
    }
    let (owner, _handle, mut changes) = client::owner();
    let watch = async {
        let mut is_live = false;
        while let Some(Update { change, shown }) = changes.next().await {
            match change {
                Change::Ended(error) => return Err(ended(error, shown.home())),
                Change::Live => is_live = true,
                Change::Offline(_) => is_live = false,
                _ => {}
            }
            view.show(&shown.home()?, word(&change), &says(&change, is_live))?;
        }
        Ok(())
    };
    // Whichever future ends first, the dropped one has committed everything that it showed.
    tokio::select! {
        stopped = owner.run(&mut device, Reception::Live) => Ok(stopped?),
        watched = watch => watched,
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
    }
}

/// Whether the bank does not have an order's newest signature yet, or nobody knows.
const fn is_to_be_sent(state: &OrderState) -> bool {
    matches!(
        state,
        OrderState::WaitingForNetwork
            | OrderState::Sent
            | OrderState::Asking
            | OrderState::Approved
    )
}

async fn catch_up(device: &mut Device<Native>) -> anyhow::Result<()> {
    let caught_up = device.catch_up().await;
    caught_up.map_err(|error| ended(error, device.home()))?;
    Ok(())
}

/// The bank makes no statement about this customer's passbook for a while.
const IN_REPAIR: &str = "the bank puts its books in order after a restore or a fault; what is on the device stays readable \
    (--offline), and it may be tried again later";

/// A change as JSON.
const fn word(change: &Change) -> &'static str {
    match change {
        Change::Live => "live",
        Change::Entries(_) => "entries",
        Change::Received => "received",
        Change::Checkpoint(_) => "checkpoint",
        Change::Mended => "mended",
        Change::Orders => "orders",
        Change::Discrepancy(_) => "discrepancy",
        Change::Offline(_) => "offline",
        Change::Limited(_) => "limited",
        Change::Ended(_) => "ended",
    }
}

/// A change in a few words, for the line below the page of a device that is live, or is not.
fn says(change: &Change, is_live: bool) -> String {
    match change {
        Change::Live => "live".into(),
        Change::Entries(entries) => match entries.len() {
            1 => "live, a new entry".into(),
            count => format!("live, {count} new entries"),
        },
        Change::Received => "received, locked".into(),
        Change::Checkpoint(_) => "live, proven by a fresh checkpoint".into(),
        Change::Mended => "read from the bank's synchronous side".into(),
        Change::Orders if is_live => "live, orders are on their way".into(),
        Change::Orders => "offline; orders wait, and connecting is retried".into(),
        Change::Discrepancy(found) => format!("discrepancy, reported to the bank: {found}"),
        Change::Offline(error) if error.is_code(ErrorCode::BooksInRepair) => IN_REPAIR.into(),
        Change::Offline(_) => {
            "offline; stored data stays readable, and connecting is retried".into()
        }
        Change::Limited(error) => limited(error),
        Change::Ended(error) => error.to_string(),
    }
}

/// The bank answers, but this device exceeded its rate.
fn limited(error: &SyncError) -> String {
    let wait = match error.retry_after_ms() {
        Some(ms) => format!("in {} s", ms.div_ceil(1000)),
        None => "later".into(),
    };
    format!("this device exceeded its request rate; the next request is allowed {wait}")
}

/// What a device says whose customer stopped everything.
pub(super) const STOPPED: &str = "this device is closed, because the customer stopped everything: no device reads anything new, and no order \
    is executed; ask the bank to undo it, then enrol again with a new activation code, in a new --dir";

/// The reason why the bank refuses this device, and the remedy.
pub(super) fn ended(error: SyncError, home: Result<Home, SyncError>) -> anyhow::Error {
    if error.is_limited() {
        let text = limited(&error);
        return anyhow::Error::from(error).context(text);
    }
    let left_out = home.is_ok_and(|home| home.left_out);
    let text = match error.ended() {
        Some(Ended::DeviceRevoked) => {
            "this device was revoked and reads nothing new; enrol it again with a new activation code, in a new --dir"
        }
        Some(Ended::CustomerStopped) => STOPPED,
        _ if left_out => "this device was revoked and reads nothing new",
        Some(Ended::TokenExpired) => {
            "the device's channel token has expired; stored data stays readable (--offline). `passbook login` brings a new token if this device has a passkey; \
             otherwise enrol again with a new activation code, in a new --dir"
        }
        Some(Ended::TokenInvalid) => {
            "the bank no longer accepts this device's channel token; enrol it again"
        }
        Some(Ended::Replaced) => "another program uses this device's keys; this one has stopped",
        None if error.is_code(ErrorCode::BooksInRepair) => IN_REPAIR,
        None => return error.into(),
    };
    anyhow::Error::from(error).context(text)
}

/// How pages are shown: redrawn on a terminal, one after the other in a file, or as JSON.
struct View {
    /// The verdict on the device's attestation.
    verdict: DeviceVerdict,
    json: bool,
    redraw: bool,
}

impl View {
    fn show(&self, home: &Home, word: &'static str, says: &str) -> anyhow::Result<()> {
        if self.json {
            return json_line(&HomeJson::new(home, word, &self.verdict));
        }
        let print = if self.redraw { page } else { line };
        if self.verdict == DeviceVerdict::NONE {
            return print(format_args!("{} ({says})", Screen(home)));
        }
        let verdict = VerdictWords(&self.verdict);
        print(format_args!(
            "{} ({says})\nThis device: {verdict}.",
            Screen(home)
        ))
    }

    /// Lists the entries that `read` returns after a cursor, one per line.
    async fn list(
        &self,
        read: impl AsyncFn(Option<Cursor>) -> Result<Listing, SyncError>,
    ) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let listing = read(after).await?;
            for listed in &listing.entries {
                if self.json {
                    json_line(&ListedJson::from(listed))?;
                } else {
                    line(format_args!("{}", ListedLine(listed)))?;
                }
            }
            after = listing.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_on_their_way_only_while_the_device_is_live() {
        assert!(says(&Change::Orders, true).starts_with("live, "));
        assert!(says(&Change::Orders, false).starts_with("offline; "));
    }
}
