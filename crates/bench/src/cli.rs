//! The arguments of `passbook replay` and `passbook bench`.

use clap::{Args, Subcommand};
use operator::DatabaseUrl;
use std::path::PathBuf;

/// Arguments of `passbook replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// Directory with customers.csv, accounts.csv, holders.csv and transactions.csv.
    pub(crate) source: PathBuf,
    /// Where the bank and the devices are stored: a new or empty directory. Without it a temporary one, which is
    /// removed at the end.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// PostgreSQL server for the bank's databases, in schemas of their own, removed together with a temporary
    /// directory.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<DatabaseUrl>,
    /// Seed of the devices' disconnections and the servers' kills.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Kill the servers with SIGKILL about this many seconds after each start, but only after some progress.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) kill_every: Option<f64>,
    /// Write the content of each device's own store, one JSON object per line, to a new file or over an earlier dump.
    #[arg(long, value_name = "FILE")]
    pub(crate) dump: Option<PathBuf>,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook replay-orders`.
#[derive(Debug, Args)]
pub struct ReplayOrders {
    /// Customers, each with two accounts and a device.
    #[arg(long, default_value_t = 200)]
    pub(crate) customers: usize,
    /// Instead of orders of every kind, the standing orders of a real bank: a directory with standing_orders.csv, and the
    /// files that `replay` takes. Each owner's device orders them on a good network, and a quarter passes at the bank.
    #[arg(long, value_name = "DIRECTORY", conflicts_with_all = ["customers", "orders"])]
    pub(crate) standing: Option<PathBuf>,
    /// Orders of all devices together: at most 1,000 a device.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) orders: usize,
    /// Seed of what is ordered, of the network's and the devices' failures, and of the servers' kills.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Kill the servers with SIGKILL about this many seconds after each start, but only after some progress.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) kill_every: Option<f64>,
    /// Run the core bank behind its security stack in a process of its own. With --kill-every, each of the two processes is
    /// killed by itself, and the line from the service broker to the bank is cut in between.
    #[arg(long)]
    pub(crate) apart: bool,
    /// Where the bank and the devices are stored: a new or empty directory. Without it a temporary one, which is
    /// removed at the end.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// PostgreSQL server for the bank's databases, in schemas of their own, removed together with a temporary
    /// directory.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<DatabaseUrl>,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `passbook bench` measures.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Durable publish of 300-byte bodies over 10,000 channels through the broker's Rust API.
    Publish(BenchPublish),
    /// Entries from the core bank to the devices' streams, and the processor time that each costs.
    ///
    /// Starts a bank of its own (`passbook serve` in a temporary directory), enrols a device for each customer, opens its live
    /// stream, posts transactions through the operator's listener, and counts the entries on the streams. The devices only
    /// take the bytes: what a device does with an entry is measured by `passbook replay`.
    ///
    /// `server_us_per_entry` is the processor time of the servers' process from the first posting to the last entry, without
    /// the devices and the poster, which are threads of this process.
    Flow(BenchFlow),
    /// Orders from the devices' outboxes to the core bank, and the outcomes back to the devices.
    ///
    /// Starts a bank of its own and enrols a real device for each customer. A device signs a transfer, stores it, sends it,
    /// and waits for the entry with the outcome on its live stream: an order's time runs from its submission (at a steady
    /// rate: from when it was due) until the device has committed and shows that entry. Two phases with the same orders: at
    /// a steady rate, and at full speed. Servers and devices share this machine.
    ///
    /// `server_us_per_order` is the processor time of the servers' process, with the vouchers that devices fetch and the
    /// entries of the payee's device; `devices_us_per_order` is that of all devices. `bound_by` says what kept the phase from
    /// being faster.
    Order(BenchOrder),
    /// The kill switch: from the press to the last stream closed and the last order stopped.
    ///
    /// Starts a bank of its own and enrols a device for each of many customers, which stay live, and three for one more: two
    /// are live, and one of them has orders that wait for a later day. The third one stops everything, as `passbook
    /// stop-everything` does. The times run on this process's clock from before its request: until the live devices have
    /// been told that their streams end, and until the answer, which names the orders that were stopped, has arrived.
    /// Afterwards each of the other customers gets a deposit, whose entry must arrive on the stream that was open before. It
    /// fails if the last stream was closed, or the last order stopped, a second or more after the press.
    KillSwitch(BenchKillSwitch),
    /// Logins with passkeys and refreshes of sessions at a steady rate, and whether the time of a refusal tells who exists.
    ///
    /// Starts a bank of its own with so many customers, each with a passkey and some devices, which store nothing. A login is
    /// its challenge and its answer; a time runs from when it was due. Then each refusal that must not tell whether a
    /// passkey or a customer exists is made many times, one at a time, in random order beside the one that it must be like:
    /// `second_is_longer` is how likely the second kind takes longer (0.5 tells nothing), `deviations` how many standard
    /// deviations that is from chance. It fails if that is more than 3 for any pair, which chance alone does in one run of
    /// some sixty: then run it again.
    Login(BenchLogin),
    /// What the servers' process uses under a steady load: memory and file handles.
    ///
    /// Starts a bank as `flow` does, posts transactions at a steady rate, and asks the servers 60 times what their process
    /// uses. Each device connects again when its stream ends, and at the end each must have received all entries. Compare the
    /// two halves: a figure that only grows is a leak.
    Soak(BenchSoak),
    /// The way of messages from publishers to devices that follow their channels, over the network.
    ///
    /// Starts the broker in a process of its own, behind its real edge: devices have channel tokens and proofs. Publishers use
    /// a listener that only measurements open. Messages are sent at a steady rate; a message's time runs from when it was due.
    Deliver(BenchDeliver),
    /// Devices that come online and read a channel of some hundred messages, over the network.
    ///
    /// A device's time runs from connecting to the last message. Each device has a token that the broker has not seen, so
    /// that two signatures are verified for each. Tokens and proofs are made before.
    CatchUp(BenchCatchUp),
    /// The server's memory for each open stream on which nothing is sent.
    Idle(BenchIdle),
    /// How soon a message has reached all devices that follow one channel, over the network.
    ///
    /// A device is a connection, and so a file handle of this process and one of the server's.
    Broadcast(BenchBroadcast),
    /// The same work by Passbook and by Redis 7, one after the other on this machine.
    ///
    /// Starts Debian's `redis-server` with `appendonly yes` and `appendfsync always`, a stream for each channel. Both are
    /// reached over TCP on loopback, get the same messages from the same number of publishers, and answer when these are on
    /// the disk. Scenarios: `publish-64` and `publish-4096` (so many messages in flight of 64 publishers), `deliver`,
    /// `catch-up-1` and `catch-up-64` (so many devices at a time, 500 messages each), `idle`, `broadcast` (Redis: pub/sub, after
    /// writing the message to a stream). One JSON object a scenario with `--json`; `ratio` is Passbook's figure by Redis's.
    Compare(BenchCompare),
    /// The broker that the measurements start.
    #[command(hide = true)]
    Broker(BenchBroker),
    /// Flood a bank from one address, and measure how devices at another address enrol and read.
    Flood(BenchFlood),
}

/// Arguments of `passbook bench flow`.
#[derive(Debug, Args)]
pub struct BenchFlow {
    /// Customers, each with an account and a device.
    #[arg(long, default_value_t = 500)]
    pub(crate) customers: usize,
    /// Transactions in all; 256 accounts have one in flight.
    #[arg(long, default_value_t = 50_000)]
    pub(crate) transactions: usize,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench order`.
#[derive(Debug, Args)]
pub struct BenchOrder {
    /// Devices, each of a customer.
    #[arg(long, default_value_t = 100)]
    pub(crate) devices: usize,
    /// Orders of a phase: the same number for each device, rounded up.
    #[arg(long, default_value_t = 4_000)]
    pub(crate) orders: usize,
    /// Orders a second of the steady phase.
    #[arg(long, default_value_t = 200)]
    pub(crate) rate: u32,
    /// Orders of a device that wait for their outcome at full speed.
    #[arg(long, default_value_t = 4)]
    pub(crate) in_flight: usize,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench kill-switch`.
#[derive(Debug, Args)]
pub struct BenchKillSwitch {
    /// Devices of other customers, which are live meanwhile.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) devices: usize,
    /// Orders that wait at the core bank: at most 20.
    #[arg(long, default_value_t = 8)]
    pub(crate) orders: usize,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench login`.
#[derive(Debug, Args)]
pub struct BenchLogin {
    /// Customers: 12 for each refusal, and one.
    #[arg(long, default_value_t = 4_000)]
    pub(crate) customers: usize,
    /// Devices of each customer.
    #[arg(long, default_value_t = 2)]
    pub(crate) devices_each: usize,
    /// Logins a second.
    #[arg(long, default_value_t = 50)]
    pub(crate) rate: u32,
    /// Refreshes for each login.
    #[arg(long, default_value_t = 20)]
    pub(crate) refreshes: usize,
    /// How long people log in.
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u32,
    /// Refusals of each kind of a pair.
    #[arg(long, default_value_t = 300)]
    pub(crate) refusals: usize,
    /// PostgreSQL server for the bank's databases, in schemas of their own, removed at the end.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<DatabaseUrl>,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench soak`.
#[derive(Debug, Args)]
pub struct BenchSoak {
    /// Customers, each with an account and a device.
    #[arg(long, default_value_t = 500)]
    pub(crate) customers: usize,
    /// Transactions a second.
    #[arg(long, default_value_t = 200)]
    pub(crate) rate: u32,
    /// How long transactions are posted.
    #[arg(long, default_value_t = 1_800)]
    pub(crate) seconds: u64,
    /// Kill the servers with SIGKILL about this many seconds after each start, but only after some progress.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) kill_every: Option<f64>,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench deliver`.
#[derive(Debug, Args)]
pub struct BenchDeliver {
    /// Devices, each of which follows a channel of its own.
    #[arg(long, default_value_t = 500)]
    pub(crate) devices: usize,
    /// Publishers, each with a connection.
    #[arg(long, default_value_t = 16)]
    pub(crate) publishers: usize,
    /// Messages a second of all publishers together.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) rate: u32,
    /// Messages in all.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) messages: usize,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench catch-up`.
#[derive(Debug, Args)]
pub struct BenchCatchUp {
    /// Channels.
    #[arg(long, default_value_t = 200)]
    pub(crate) channels: usize,
    /// Messages of each channel.
    #[arg(long, default_value_t = 500)]
    pub(crate) messages: usize,
    /// Devices that read at a time.
    #[arg(long, default_value_t = 64)]
    pub(crate) readers: usize,
    /// Devices in all.
    #[arg(long, default_value_t = 2_000)]
    pub(crate) devices: usize,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench idle`.
#[derive(Debug, Args)]
pub struct BenchIdle {
    /// Streams, each with a connection and a channel of its own.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) streams: usize,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench broadcast`.
#[derive(Debug, Args)]
pub struct BenchBroadcast {
    /// Devices that follow the channel, each with a connection.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) devices: usize,
    /// Messages, one after the other.
    #[arg(long, default_value_t = 20)]
    pub(crate) messages: usize,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench compare`.
#[derive(Debug, Args)]
pub struct BenchCompare {
    /// What to compare; everything if nothing is given.
    #[arg(value_enum)]
    pub(crate) scenarios: Vec<Scenario>,
    /// How long each system publishes.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Divides the numbers of channels, devices and messages: for a first try.
    #[arg(long, default_value_t = 1, value_name = "DIVISOR")]
    pub(crate) scale_down: usize,
    /// Print one JSON object a scenario.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Scenario {
    /// Durable publishing, 64 messages in flight.
    #[value(name = "publish-64")]
    Publish64,
    /// Durable publishing, 4,096 messages in flight.
    #[value(name = "publish-4096")]
    Publish4096,
    /// From publishers to devices.
    Deliver,
    /// A device at a time reads 500 messages.
    #[value(name = "catch-up-1")]
    CatchUp1,
    /// 64 devices at a time read 500 messages each.
    #[value(name = "catch-up-64")]
    CatchUp64,
    /// Open streams without messages.
    Idle,
    /// A message to everybody.
    Broadcast,
}

impl Scenario {
    /// As it is written on the command line.
    pub(crate) fn name(self) -> String {
        let value = clap::ValueEnum::to_possible_value(&self);
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Of its figures.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Publish64 | Self::Publish4096 => "messages a second",
            Self::Deliver | Self::CatchUp1 => "µs, median",
            Self::CatchUp64 => "devices a second",
            Self::Idle => "bytes a stream",
            Self::Broadcast => "µs to all devices, median",
        }
    }
}

/// Arguments of `passbook bench broker`.
#[derive(Debug, Args)]
pub struct BenchBroker {
    /// Where the log is kept.
    pub(crate) directory: PathBuf,
}

/// Arguments of `passbook bench flood`.
#[derive(Debug, Args)]
pub struct BenchFlood {
    /// HTTP/2 connections of the flood.
    #[arg(long, default_value_t = 21)]
    pub(crate) connections: usize,
    /// Streams of each connection.
    #[arg(long, default_value_t = 100)]
    pub(crate) streams: usize,
    /// Duration in seconds.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench publish`.
#[derive(Debug, Args)]
pub struct BenchPublish {
    /// Publishing tasks.
    #[arg(long, default_value_t = 64)]
    pub(crate) publishers: usize,
    /// Messages in flight in total.
    #[arg(long, default_value_t = 64)]
    pub(crate) outstanding: usize,
    /// Duration in seconds.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Where the log is stored: a new or empty directory. Without it a temporary one, which is removed at the end.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}
