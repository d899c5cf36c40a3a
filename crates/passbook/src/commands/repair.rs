//! `passbook subject`, `channel`, `bank` and `customer`: what a person has to put in order.

use super::operate::{configuration, operator_of};
use crate::cli::{ChannelRestart, CustomerErase, Listing, SubjectRelease};
use crate::may_be_done::{MayBeDone, asked, this_command};
use anyhow::bail;
use operator::DataDirectory;
use protocol::http::{
    ContradictedChannels, Erase, Erased, Release, Released, Restart, Restarted, StoppedSubjects,
};
use sandbox_bank::SandboxBank;
use serde::Serialize;
use terminal::{json_line, line};
use types::{Clock, Incarnation};

/// Lists the subjects that are stopped.
pub(crate) async fn subject_list(arguments: &Listing) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.place)?;
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

/// Lets a stopped subject go on.
pub(crate) async fn subject_release(arguments: &SubjectRelease) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.place)?;
    let subject = arguments.subject.parse()?;
    let released = operator.send("subjects", &Release { subject }).await;
    let released: Released = asked(released, again)?;
    if arguments.json {
        return json_line(&released);
    }
    if released.released {
        line(format_args!(
            "Released: what the subject missed is fetched from the core bank."
        ))
    } else {
        line(format_args!("The subject was not stopped."))
    }
}

/// Lists the channels that the core bank's books contradict.
pub(crate) async fn channel_list(arguments: &Listing) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.place)?;
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
    let operator = operator_of(&arguments.place)?;
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
        "Restarted {restarted} channels: their devices begin the next generation with a snapshot of the books as they are."
    ))
}

/// Destroys a customer's keys and devices.
pub(crate) async fn customer_erase(arguments: &CustomerErase) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.place)?;
    let customer = arguments.customer.parse()?;
    let erased = operator.send("erasures", &Erase { customer }).await;
    let erased: Erased = asked(erased, again)?;
    if arguments.json {
        return json_line(&erased);
    }
    if erased.known {
        line(format_args!(
            "Erased: the customer's devices are revoked and their message keys destroyed. Backups hold them until they expire."
        ))
    } else {
        line(format_args!("Nothing is kept of this customer."))
    }
}

/// Each of these may be asked again: what was done already is not done twice.
fn again() -> MayBeDone {
    MayBeDone::new("it may be done; the line below may be given again").with_line(this_command(&[]))
}

#[derive(Serialize)]
struct Reopened {
    incarnation: Incarnation,
}

/// Begins a new incarnation of the sandbox bank's books, while no server runs on them.
pub(crate) async fn bank_reopen(arguments: &Listing, clock: Clock) -> anyhow::Result<()> {
    let config = configuration(&arguments.place)?;
    let directory = DataDirectory::at(&config.data_directory).with_databases(&config.database)?;
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
