//! Logins and refreshes at a steady rate, whatever the servers' answers take.

use super::person::{Bank, Person};
use crate::figures::micros;
use crate::progress::Steps;
use crate::usage::{Meter, Used};
use anyhow::{Context as _, ensure};
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// Seconds whose logins are made before the measurement begins, so that there are sessions to refresh.
const BEFORE: usize = 4;

/// Maximum requests under way: with more, the servers do not keep up.
const UNDER_WAY_MAX: usize = 4_000;

/// What is done, and how often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// Logins in all.
    pub(super) logins: usize,
    /// Refreshes for each login.
    pub(super) refreshes: usize,
    /// Logins a second.
    pub(super) per_second: u32,
}

/// The devices, each by its person and its number there, and their sessions.
struct Devices {
    bank: Arc<Bank>,
    people: Arc<Vec<Person>>,
    sessions: Mutex<Vec<(usize, usize, String)>>,
}

/// What took how long, in microseconds, ascending.
pub(super) struct Steady {
    pub(super) logins: Vec<u64>,
    pub(super) refreshes: Vec<u64>,
    pub(super) used: Used,
}

impl Devices {
    async fn log_in(&self, (person, phone): (usize, usize)) -> anyhow::Result<()> {
        let of = self.people.get(person).context("no such person")?;
        let device = of.phones.get(phone).context("no such device")?;
        let refresh = self.bank.log_in(of, device).await?.refresh_token;
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.push((person, phone, refresh));
        Ok(())
    }

    async fn refresh(&self) -> anyhow::Result<()> {
        let (person, phone, refresh) = {
            let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            let session = sessions.choose(&mut rand::rng());
            session.context("there is no session")?.clone()
        };
        let of = self.people.get(person).context("no such person")?;
        let device = of.phones.get(phone).context("no such device")?;
        self.bank.refresh(device, &refresh).await
    }
}

/// Logs in and refreshes. A time runs from when the request was due. No device logs in twice.
pub(super) async fn steady(
    (bank, people): (&Arc<Bank>, &Arc<Vec<Person>>),
    rate: Rate,
    (process, steps): (u32, &Steps<'_>),
) -> anyhow::Result<Steady> {
    let phones = people.iter().enumerate();
    let phones = phones.flat_map(|(person, of)| (0..of.phones.len()).map(move |one| (person, one)));
    let mut phones: Vec<_> = phones.collect();
    phones.shuffle(&mut rand::rng());
    let before = BEFORE * usize::try_from(rate.per_second)?;
    ensure!(
        phones.len() >= before + rate.logins,
        "{} logins need as many devices, and {before} more",
        rate.logins
    );
    let devices = Arc::new(Devices {
        bank: bank.clone(),
        people: people.clone(),
        sessions: Mutex::default(),
    });
    let mut phones = phones.into_iter();
    for phone in phones.by_ref().take(before) {
        devices.log_in(phone).await?;
    }

    let meter = Meter::start(process)?;
    let each = 1 + rate.refreshes;
    let between = Duration::from_secs(1) / rate.per_second / u32::try_from(each)?;
    let mut under_way = JoinSet::new();
    let (mut logins, mut refreshes) = (Vec::new(), Vec::new());
    for number in 0..rate.logins * each {
        let due = meter.began() + between * u32::try_from(number)?;
        tokio::time::sleep_until(due.into()).await;
        let login = match number % each {
            0 => Some(phones.next().context("a device for each login")?),
            _ => None,
        };
        let devices = devices.clone();
        under_way.spawn(async move {
            match login {
                Some(phone) => devices.log_in(phone).await?,
                None => devices.refresh().await?,
            }
            anyhow::Ok((login.is_some(), due.elapsed()))
        });
        ensure!(
            under_way.len() < UNDER_WAY_MAX,
            "the servers do not keep up: {UNDER_WAY_MAX} requests are under way"
        );
        while let Some(done) = under_way.try_join_next() {
            count(done??, (&mut logins, &mut refreshes), steps);
        }
    }
    while let Some(done) = under_way.join_next().await {
        count(done??, (&mut logins, &mut refreshes), steps);
    }
    let used = meter.read()?;
    logins.sort_unstable();
    refreshes.sort_unstable();
    Ok(Steady {
        logins,
        refreshes,
        used,
    })
}

fn count(
    (is_login, took): (bool, Duration),
    (logins, refreshes): (&mut Vec<u64>, &mut Vec<u64>),
    steps: &Steps<'_>,
) {
    match is_login {
        true => {
            logins.push(micros(took));
            steps.done(1);
        }
        false => refreshes.push(micros(took)),
    }
}
