//! The steps of a history, drawn from a seed.

use super::data::Part;
use super::world::Break;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Customers in a history.
pub(super) const CUSTOMERS: usize = 3;

/// Number of account ids in a history.
pub(super) const ACCOUNTS: usize = 4;

/// Maximum devices of a customer, including revoked ones.
const PHONES_MAX: usize = 3;

const HOUR_MS: u64 = 3_600_000;

/// How the servers learn that the core bank's file was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noticed {
    /// They detect another file.
    ByTheFile,
    /// The file looks the same. An operator reports the restore before anything is posted.
    ByAPerson,
    /// The file looks the same. The servers use it until an operator stops them and reports the restore, before
    /// anything is posted.
    Late,
}

/// Parts that are restored, each from a backup.
#[derive(Debug, Clone)]
pub(super) struct Restore {
    /// Backups count from the newest, which is 0.
    pub(super) parts: Vec<(Part, usize)>,
    /// Transactions on their way when the servers are killed before the restore.
    pub(super) under_way: Option<Box<Step>>,
    /// Whether the servers were stopped or killed before.
    pub(super) stopped: bool,
    pub(super) noticed: Noticed,
    /// Transactions posted after the servers opened and before notification starts to work.
    pub(super) posted: Vec<Step>,
}

/// When parts are backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BackUp {
    /// After the servers stopped cleanly.
    Stopped,
    /// After they were killed, before they start again.
    Killed,
    /// After they were killed, while they run again.
    Running,
}

/// What a customer orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ordered {
    /// A transfer to an account here.
    Here,
    /// A transfer to another bank.
    Away,
    /// A transfer on a later day.
    Dated,
    /// A standing order with a few payments.
    Weekly,
    /// The cancellation of the customer's last transfer.
    Cancel,
}

/// One step. Numbers of phones, accounts and backups are taken modulo what there is.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Opens an account, unless it is there.
    OpenAccount {
        account: usize,
        holders: Vec<usize>,
    },
    AddHolder {
        account: usize,
        customer: usize,
    },
    RemoveHolder {
        account: usize,
        customer: usize,
    },
    /// Posts transactions. Where they are old ones, they were posted before, and perhaps were lost since. Where the
    /// servers die, it is so long after the first was posted, wherever the transactions are by then.
    Post {
        account: usize,
        count: u64,
        old: bool,
        dies_after_us: Option<u64>,
    },
    /// Starts to enrol another phone, or continues an interrupted enrolment.
    Enrol {
        customer: usize,
        breaks: Option<(u32, Break)>,
    },
    Remove {
        phone: usize,
        dies_after_us: Option<u64>,
    },
    /// A phone catches up, with or without the servers.
    CatchUp {
        phone: usize,
        locked: bool,
        breaks: Option<(u32, Break)>,
    },
    /// Compares what a phone shows, once everything was numbered and published.
    Compare {
        phone: usize,
    },
    /// Everything is numbered and published.
    Settle {
        dies_after_us: Option<u64>,
    },
    BackUp {
        when: BackUp,
    },
    /// The servers stop cleanly, or are killed. The next step that needs them starts them.
    End {
        stopped: bool,
    },
    Restore(Restore),
    /// An operator restarts contradicted channels.
    Decide {
        dies_after_us: Option<u64>,
    },
    Pass {
        ms: u64,
    },
    /// A customer orders something from one account to another.
    Order {
        customer: usize,
        account: usize,
        to: usize,
        ordered: Ordered,
    },
    /// Time passes for the core bank alone.
    PassAtTheBank {
        ms: u64,
    },
}

/// A history's steps and settings.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) restart_contradicted: bool,
    /// Whether segments of the logs fill up.
    pub(super) small_segments: bool,
    pub(super) steps: Vec<Step>,
}

impl Plan {
    pub(super) fn of(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut steps: Vec<_> = (0..CUSTOMERS)
            .map(|account| Step::OpenAccount {
                account,
                holders: holders(&mut random),
            })
            .collect();
        let mut phones = [0; CUSTOMERS];
        for _ in 0..random.random_range(5..17) {
            let step = step(&mut random);
            if let Step::Enrol { customer, .. } = &step {
                if phones[*customer] == PHONES_MAX {
                    continue;
                }
                phones[*customer] += 1;
            }
            let restored = matches!(step, Step::Restore(_));
            steps.push(step);
            // What a device shows is most often wrong before everything has settled.
            if restored && random.random_bool(0.5) {
                steps.push(catch_up(&mut random));
            }
        }
        // Most restores are noticed when an earlier state was known.
        let index = random.random_range(CUSTOMERS..=CUSTOMERS + 2);
        steps.insert(index, enrol(&mut random, 0));
        Self {
            restart_contradicted: random.random_bool(0.3),
            small_segments: random.random_bool(0.2),
            steps,
        }
    }
}

fn holders(random: &mut StdRng) -> Vec<usize> {
    let mut holders = vec![random.random_range(0..CUSTOMERS)];
    if random.random_bool(0.4) {
        holders.push((holders[0] + 1) % CUSTOMERS);
    }
    holders
}

/// The point at which a process dies, if it does.
fn dies(random: &mut StdRng, probability: f64) -> Option<u64> {
    let dies = random.random_bool(probability);
    dies.then(|| 1 << random.random_range(3..14))
}

fn breaks(random: &mut StdRng, probability: f64) -> Option<(u32, Break)> {
    if !random.random_bool(probability) {
        return None;
    }
    let how = match random.random_range(0..4) {
        0 => Break::ServersDie,
        1 => Break::AnswerLost,
        2 => Break::OldAnswer,
        _ => Break::AppDies,
    };
    Some((random.random_range(0..8), how))
}

fn enrol(random: &mut StdRng, customer: usize) -> Step {
    Step::Enrol {
        customer,
        breaks: breaks(random, 0.15),
    }
}

fn post(random: &mut StdRng, dying: f64) -> Step {
    Step::Post {
        account: random.random_range(0..ACCOUNTS),
        count: random.random_range(1..5),
        old: random.random_bool(0.15),
        dies_after_us: dies(random, dying),
    }
}

fn catch_up(random: &mut StdRng) -> Step {
    Step::CatchUp {
        phone: random.random_range(0..100),
        locked: random.random_bool(0.2),
        breaks: breaks(random, 0.2),
    }
}

fn step(random: &mut StdRng) -> Step {
    let account = random.random_range(0..ACCOUNTS);
    let customer = random.random_range(0..CUSTOMERS);
    let phone = random.random_range(0..100);
    match random.random_range(0..125) {
        0..22 => post(random, 0.1),
        22..26 => Step::OpenAccount {
            account,
            holders: holders(random),
        },
        26..29 => Step::AddHolder { account, customer },
        29..32 => Step::RemoveHolder { account, customer },
        32..42 => enrol(random, customer),
        42..46 => Step::Remove {
            phone,
            dies_after_us: dies(random, 0.2),
        },
        46..62 => catch_up(random),
        62..67 => Step::Compare { phone },
        67..71 => Step::Settle {
            dies_after_us: dies(random, 0.3),
        },
        71..79 => Step::BackUp {
            when: [
                BackUp::Stopped,
                BackUp::Stopped,
                BackUp::Killed,
                BackUp::Running,
            ][random.random_range(0..4)],
        },
        79..82 => Step::End {
            stopped: random.random_bool(0.5),
        },
        82..94 => Step::Restore(restore(random)),
        94..112 => Step::Order {
            customer,
            account,
            to: (account + 1) % ACCOUNTS,
            ordered: match random.random_range(0..10) {
                0..3 => Ordered::Here,
                3..6 => Ordered::Away,
                6 => Ordered::Dated,
                7..9 => Ordered::Weekly,
                _ => Ordered::Cancel,
            },
        },
        112..119 => Step::PassAtTheBank {
            ms: HOUR_MS * random.random_range(1..60),
        },
        119..122 => Step::Decide {
            dies_after_us: dies(random, 0.2),
        },
        _ => Step::Pass {
            ms: 1 << random.random_range(0..24),
        },
    }
}

fn restore(random: &mut StdRng) -> Restore {
    let copy = |random: &mut StdRng| [0, 0, 1, 2][random.random_range(0..4)];
    let all = random.random_bool(0.25);
    let one = copy(random);
    let mut parts = Vec::new();
    for part in Part::ALL {
        if all {
            // A complete copy, or parts of copies of different ages.
            parts.push((
                part,
                if random.random_bool(0.8) {
                    one
                } else {
                    copy(random)
                },
            ));
        } else if random.random_bool(0.35) {
            parts.push((part, copy(random)));
        }
    }
    if parts.is_empty() {
        parts.push((Part::Bank, one));
    }
    let noticed = match random.random_range(0..4) {
        0 => Noticed::ByAPerson,
        1 => Noticed::Late,
        _ => Noticed::ByTheFile,
    };
    let posts = match noticed {
        Noticed::Late => 0,
        _ => random.random_range(0..4),
    };
    let under_way = random.random_bool(0.3);
    Restore {
        parts,
        under_way: under_way.then(|| Box::new(post(random, 1.0))),
        stopped: random.random_bool(0.6),
        noticed,
        posted: (0..posts).map(|_| post(random, 0.0)).collect(),
    }
}
