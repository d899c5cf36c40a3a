//! `passbook subject`, `channel`, `bank` and `customer`: repairs by an operator.

use super::operate::{configuration, operator_of};
use crate::cli::{ChannelRestart, CustomerErase, CustomerWithReason, Listing, SubjectRelease};
use crate::may_be_done::{MayBeDone, asked, this_command};
use anyhow::bail;
use protocol::http::{
    ContradictedChannels, Erase, Erased, LoginsUnlocked, Release, Released, Restart, Restarted,
    StoppedSubjects, UnlockLogins,
};
use sandbox_bank::SandboxBank;
use serde::Serialize;
use terminal::{json_line, line};
use types::{Clock, Incarnation};

/// Lists the stopped subjects.
pub(crate) async fn subject_list(arguments: &Listing) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let stopped: StoppedSubjects = operator.get("subjects").await?;
    if arguments.json {
        return json_line(&stopped);
    }
    if stopped.subjects.is_empty() {
        return line(format_args!("No subject is stopped."));
    }
    stopped.subjects.into_iter().try_for_each(|of| {
        line(format_args!(
            "{}  stopped at event {}: {}",
            of.subject, of.sequence, of.reason
        ))
    })
}

/// Releases a stopped subject.
pub(crate) async fn subject_release(arguments: &SubjectRelease) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let subject = arguments.subject.parse()?;
    let released = operator.send("subjects", &Release { subject }).await;
    let released: Released = asked(released, again)?;
    if arguments.json {
        return json_line(&released);
    }
    if released.released {
        line(format_args!(
            "Released: the subject's missing events are fetched from the core bank."
        ))
    } else {
        line(format_args!("The subject was not stopped."))
    }
}

/// Lists the channels that the core bank's books contradict.
pub(crate) async fn channel_list(arguments: &Listing) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let contradicted: ContradictedChannels = operator.get("channels").await?;
    if arguments.json {
        return json_line(&contradicted);
    }
    if contradicted.channels.is_empty() {
        return line(format_args!("No channel contradicts the books."));
    }
    contradicted.channels.into_iter().try_for_each(|of| {
        line(format_args!(
            "{}  generation {}: {}",
            of.channel, of.generation, of.reason
        ))
    })
}

/// Restarts one contradicted channel, or all.
pub(crate) async fn channel_restart(arguments: &ChannelRestart) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let channel = arguments.channel.as_deref().map(str::parse).transpose()?;
    let mut restarted = 0;
    loop {
        let body = Restart { channel };
        let done: Restarted = asked(operator.send("channels", &body).await, again)?;
        restarted += done.restarted;
        if channel.is_some() || done.restarted == 0 {
            break;
        }
    }
    if arguments.json {
        return json_line(&Restarted { restarted });
    }
    line(format_args!(
        "Restarted {restarted} channels: their devices start the next generation with a snapshot of the current books."
    ))
}

/// Destroys a customer's keys and revokes their devices.
pub(crate) async fn customer_erase(arguments: &CustomerErase) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let customer = arguments.customer.parse()?;
    let erased = operator.send("erasures", &Erase { customer }).await;
    let erased: Erased = asked(erased, again)?;
    if arguments.json {
        return json_line(&erased);
    }
    if erased.known {
        line(format_args!(
            "Erased: the customer's devices are revoked and their message keys destroyed. Backups contain them until they expire."
        ))
    } else {
        line(format_args!("No data of this customer is stored."))
    }
}

/// Has the refused logins of a customer's devices forgotten.
pub(crate) async fn customer_unlock(arguments: &CustomerWithReason) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let request = UnlockLogins {
        customer: arguments.customer.parse()?,
        reason: arguments.reason.clone(),
    };
    let unlocked = operator.send("unlocks", &request).await;
    let unlocked: LoginsUnlocked = asked(unlocked, again)?;
    if arguments.json {
        return json_line(&unlocked);
    }
    let forgotten = unlocked.forgotten;
    line(format_args!("Forgot {forgotten} counts of refused logins."))
}

/// These requests may be repeated: completed work is not done twice.
fn again() -> MayBeDone {
    MayBeDone::new("the request may have been executed; the line below may be repeated")
        .with_line(this_command(&[]))
}

#[derive(Serialize)]
struct Reopened {
    incarnation: Incarnation,
}

/// Begins a new incarnation of the sandbox bank's books, while no server uses them.
pub(crate) async fn bank_reopen(arguments: &Listing, clock: Clock) -> anyhow::Result<()> {
    let config = configuration(&arguments.bank)?;
    let directory = config.directory()?;
    let books = directory.bank_database();
    anyhow::ensure!(
        database::exists(&books)?,
        "{books} is missing: there are no books to reopen"
    );
    let Some(_lock) = directory.lock()? else {
        bail!(
            "{} is in use: stop the servers first",
            directory.path().display()
        );
    };
    let incarnation = SandboxBank::open(&books, clock)?.reopen().await?;
    if arguments.json {
        return json_line(&Reopened { incarnation });
    }
    line(format_args!(
        "The books have a new incarnation, {incarnation}. At the next start every channel is compared with them; \
         `passbook channel list` says which ones they contradict."
    ))
}
