//! The command line.

use crate::config::RoleName;
use bench::{Bench, Replay, ReplayOrders};
use clap::{Args, Parser, Subcommand};
use operator::DatabaseUrl;
use std::path::PathBuf;

mod attestation;
mod bank;
mod brakes;
mod ca;
mod orders;
mod passkeys;
mod risk;
mod stack;
mod staff;
mod stopping;

pub(crate) use attestation::*;
pub(crate) use bank::*;
pub(crate) use brakes::*;
pub(crate) use ca::*;
pub(crate) use orders::*;
pub(crate) use passkeys::*;
pub(crate) use risk::*;
pub(crate) use stack::*;
pub(crate) use staff::*;
pub(crate) use stopping::*;

/// A mobile bank whose app never waits for the bank: servers, a terminal device and tools in one binary.
///
/// Start with `passbook serve --sandbox` and follow the lines that it prints.
///
/// Exit status: 0 done; 1 not done; 2 wrong arguments; 3 done or maybe done, and standard error says how to go on.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// The form of the log on standard error. `RUST_LOG` selects what is logged.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run all servers in this process. The data directory is created on first use.
    Serve(Serve),
    /// Issue an activation code with which a customer enrols one device.
    Code(Code),
    /// Enrol a device with a customer number and an activation code.
    ///
    /// The code is the bank's, or was made on another device of the customer with `passbook devices add`. Then this command
    /// shows a number and waits until that device approves it.
    ///
    /// If the bank lets its login provider enrol devices, nobody needs a code: `passbook enrol --provider --root FINGERPRINT`
    /// prints an address. Open it with a browser on this machine and log in; the browser brings the answer to a port of this
    /// machine, and this command goes on.
    Enrol(Enrol),
    /// Show a device: its stored balances and newest entries at once, then live.
    Device(Device),
    /// Pay: transfer money, here or to another bank, or pay a bill.
    ///
    /// The device shows exactly the text that is signed, says what it knows to be wrong, and asks. Without a network the
    /// signed order waits in the device's outbox. It is executed once, whatever happens on the way. Examples:
    ///
    /// passbook pay 12.50 704 --from 576
    ///
    /// passbook pay 99.90 CZ6508000000192000145399 --name "Jana Nova" --reference rent
    ///
    /// passbook pay 25 biller-1 --bill 20261234 --on 2026-12-01
    Pay(Pay),
    /// The orders of a device: what became of them, what waits, and what can be ordered offline.
    Orders(Orders),
    /// Payments that other apps of the bank prepared, each waiting a day for the customer.
    ///
    /// None is made unless it is approved here: the device shows exactly the text that is signed, and asks.
    Initiations(Initiations),
    /// The customer's payees.
    Payees(Payees),
    /// The customer's standing orders.
    Standing(Standing),
    /// The customer's own brakes: limits lower than the bank's, a frozen account, frozen payments to new payees.
    ///
    /// What brakes more holds at once, on all the customer's devices. What brakes less waits for the bank's cooling-off time,
    /// 12 hours by default, and can be withdrawn meanwhile: whoever has the device for a moment loosens nothing. Orders that
    /// the bank has accepted before go on. Examples:
    ///
    /// passbook brakes limit day 5000
    ///
    /// passbook brakes limit transfer.order 1000
    ///
    /// passbook brakes freeze 576
    ///
    /// passbook brakes freeze --new-payees
    ///
    /// passbook brakes end account:576
    ///
    /// passbook brakes withdraw account:576
    Brakes(Brakes),
    /// The customer's passkeys, with which people log in and browsers approve orders.
    Passkeys(Passkeys),
    /// Log in on a device with the passkey that is kept beside its keys, or with `--password`, or with `--provider` at the
    /// bank's login provider.
    Login(Login),
    /// The customer's password with an authenticator app: a login where no passkey is at hand.
    ///
    /// passbook login
    ///
    /// passbook password set
    ///
    /// passbook login --password
    Password(Password),
    /// Say whether the bank is calling the customer now. Whoever calls otherwise is not the bank.
    Calls(Calls),
    /// The customer's sessions: where somebody is logged in.
    Sessions(Sessions),
    /// What the customer lets other apps of the bank know of them; withdrawn at once. Needs a login.
    Consents(Consents),
    /// The customer's devices: add one without the bank, remove one that was lost.
    ///
    /// To add one: log in on a device that has a passkey, then `passbook devices add` makes a code there. The new device is
    /// enrolled with it, shows a number, and waits. `passbook devices approve DEVICE NUMBER` on the first device lets it in.
    Devices(Devices),
    /// Stop everything of the customer, from any of their devices and without a login: after a theft, for example.
    ///
    /// All devices are revoked, this one included, all sessions end, and every order that the bank has not executed is
    /// cancelled. Standing orders pause. Only the bank undoes it: `passbook customer resume`.
    StopEverything(StopEverything),
    /// Post a transaction at the sandbox bank.
    Post(Post),
    /// Show the sandbox bank's date, or move its clock forward: what becomes due on the way is executed.
    ///
    /// Dated orders, standing orders, clearing and returns wait for the bank's clock. Each is executed on its own day, in
    /// order, before the command returns. Devices and the servers' own checks keep to the real time.
    Clock(Clock),
    /// Revoke a device. Returns when it can read nothing new.
    Revoke(Revoke),
    /// Subjects whose events cannot be processed.
    #[command(subcommand)]
    Subject(Subject),
    /// Channels that the core bank's books contradict after a restore of an older copy.
    #[command(subcommand)]
    Channel(Channel),
    /// The risks of orders: cases, explanations, rules, lists, back-tests.
    #[command(subcommand)]
    Risk(Risk),
    /// Customers.
    #[command(subcommand)]
    Customer(Customer),
    /// The bank's staff: they log in with passkeys, act in their roles, and what moves access takes two of them.
    ///
    /// passbook staff first "Ada Novak"
    ///
    /// passbook staff activate CODE
    ///
    /// passbook staff login
    ///
    /// passbook staff add "Ben Svoboda" --role customer_service --reason "new colleague"
    ///
    /// passbook staff customer 1001 --reason "called about a lost phone"
    ///
    /// passbook staff revoke DEVICE --reason "lost phone"
    ///
    /// passbook staff approve PROPOSAL --reason "called the customer back"
    Staff(Staff),
    /// The sandbox bank: what payments meet there, and its books.
    #[command(subcommand)]
    Bank(Bank),
    /// The bank's own authority for the certificates of its services, for sides in processes of their own.
    #[command(subcommand)]
    Ca(Ca),
    /// The security stack before the core bank: what it stopped, whom it disallows, which server keys it accepts.
    ///
    /// It runs on the bank's side: `passbook serve --side bank`.
    #[command(subcommand)]
    Stack(Stack),
    /// The service broker's server key, which travels in every package to the bank.
    ///
    /// To change it without a pause: `passbook server-key new` here, `passbook stack add-key` at the bank with what it printed,
    /// `passbook server-key use` here, `passbook stack retire-key` at the bank.
    #[command(subcommand)]
    ServerKey(ServerKey),
    /// Attestations of devices in software, for development.
    #[command(subcommand)]
    Attestation(Attestation),
    /// Replay a bank's own transactions through everything, and compare every device with the file.
    Replay(Replay),
    /// Order from many devices on a bad network, and compare the outcomes with the bank's books.
    ///
    /// Starts a bank of its own. Each customer's device signs orders and keeps them in its outbox: transfers at once and on a
    /// later day, to accounts here, elsewhere and nowhere, with too little money, bills, standing orders, payees, and
    /// cancellations, some of which come too late. Copies of each order race it to the bank. The network drops requests,
    /// answers and streams, the devices are killed at random, and so are the servers with --kill-every. At the end days pass
    /// at the bank, until everything is executed and settled.
    ///
    /// Then the bank's books are read. Each order must have one outcome and have moved its money exactly once, or not at all
    /// if it was refused or cancelled; the books must balance; every device must show the books' balances, nothing pending,
    /// and the outcome of each order. The exit status is 0 only then.
    ReplayOrders(ReplayOrders),
    /// Measure.
    #[command(subcommand)]
    Bench(Bench),
    /// Check the configuration and, if no server runs, the data directory.
    Check(Check),
    /// Print the API document (OpenAPI 3.1) of the routes for devices, people and the bank's other apps.
    ///
    /// It is generated from the code of these routes: what each takes and answers, who may call it, and the problems it may
    /// answer with. A running bank serves the same at /openapi.json, and shows it at /api. Generators make clients in other
    /// languages from it; docs/protocol.md has what no such document can say, such as what is signed and how it is verified.
    Openapi,
    /// The audit records.
    #[command(subcommand)]
    Audit(Audit),
    /// Show the state of the running servers, continuously on a terminal.
    Status(Listing),
    /// Make the running servers back up everything into a directory.
    Backup(Backup),
    /// Restore a backup into a new data directory.
    Restore(Restore),
    /// The vault's key-encryption keys.
    #[command(subcommand)]
    Keys(Keys),
}

/// The bank: its configuration and data directory.
#[derive(Debug, Clone, Args)]
pub(crate) struct BankLocation {
    /// Configuration file; every key with its default is in config/passbook.toml.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data directory. Overrides the configuration's.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// PostgreSQL server with the services' schemas. Overrides the configuration's `database.url`. Other users can see
    /// this argument, unlike the configuration.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<DatabaseUrl>,
    /// Generate customers and accounts in a new data directory, and print what to try.
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// A role whose services are in this process; repeat it for several. Overrides the configuration's `services.roles`.
    ///
    /// `--role core-bank` is the bank's side: the core bank behind its security stack. The other roles are `broker`,
    /// `notification`, `ciam` and `gateway`.
    #[arg(long = "role", value_name = "ROLE")]
    pub(crate) roles: Vec<RoleName>,
    /// Print one JSON object when ready, instead of text.
    #[arg(long)]
    pub(crate) json: bool,
    /// End when standard input ends, that is, with the process that started this one.
    #[arg(long, hide = true)]
    pub(crate) end_with_stdin: bool,
    /// Then remove this directory, which the ended process can no longer remove.
    #[arg(long, hide = true, requires = "end_with_stdin", value_name = "DIR")]
    pub(crate) then_remove: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Code {
    /// Customer number.
    pub(crate) customer: String,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Enrol {
    /// Customer number.
    #[arg(required_unless_present = "provider")]
    pub(crate) customer: Option<String>,
    /// Activation code as printed: 16 characters, then the fingerprint of the bank's root.
    #[arg(required_unless_present = "provider")]
    pub(crate) code: Option<String>,
    /// Log in at the bank's login provider, in place of a customer number and a code.
    #[arg(long, conflicts_with_all = ["customer", "code"], requires = "root")]
    pub(crate) provider: bool,
    /// With --provider: the fingerprint of the bank's root, 26 characters.
    #[arg(long, requires = "provider", value_name = "FINGERPRINT")]
    pub(crate) root: Option<String>,
    /// With --provider: the port of this machine to which the browser comes back; 0 takes a free one.
    #[arg(long, default_value_t = 0, requires = "provider")]
    pub(crate) port: u16,
    /// Directory of the device's store and keys.
    #[arg(long, value_name = "DIR", default_value = "device")]
    pub(crate) dir: PathBuf,
    /// The device's form: an app signs orders with a key of its own, a browser has a passkey approve them.
    #[arg(long, value_enum, default_value_t = FormName::App, value_name = "FORM")]
    pub(crate) form: FormName,
    /// The bank's public URL.
    #[arg(long, value_name = "URL", default_value = "http://localhost:8480")]
    pub(crate) bank: String,
    /// Have the root for development in this directory attest the device's keys, in software.
    #[arg(long, value_name = "DIR")]
    pub(crate) attested_by: Option<PathBuf>,
    /// What it attests.
    #[arg(long, value_enum, default_value_t = Claim::Software, requires = "attested_by")]
    pub(crate) claims: Claim,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Device {
    /// Directory of the device's store and keys.
    #[arg(long, value_name = "DIR", default_value = "device")]
    pub(crate) dir: PathBuf,
    /// Show the store's content without a network, and stop.
    #[arg(long, conflicts_with = "once")]
    pub(crate) offline: bool,
    /// Catch up, send the orders that wait, show, and stop.
    #[arg(long)]
    pub(crate) once: bool,
    /// List the entries of one account, oldest first, including withdrawn ones, and stop.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// Print one JSON object per change.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Post {
    /// Account number.
    pub(crate) account: String,
    /// Amount with at most its currency's decimals, in CZK or followed by another currency ("12.50 EUR", "1500 JPY"). A
    /// negative amount is a withdrawal.
    #[arg(allow_hyphen_values = true)]
    pub(crate) amount: String,
    /// Kind of transaction.
    #[arg(long, default_value = "transfer_in")]
    pub(crate) operation: String,
    /// Purpose of the transaction.
    #[arg(long, default_value = "")]
    pub(crate) purpose: String,
    /// The transaction's id. Repeat it to repeat a posting whose answer was lost.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Clock {
    /// How far the clock moves: a number with its unit, such as 90s, 15m, 12h, 1d or 2w.
    #[arg(long, value_name = "TIME", conflicts_with = "to")]
    pub(crate) advance: Option<String>,
    /// The day (YYYY-MM-DD) to whose beginning the clock moves, unless the day has begun.
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object: `time` in milliseconds, `date`.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The device's id, as `passbook enrol` printed it.
    pub(crate) device: String,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// PostgreSQL server with the services' schemas. Overrides the configuration's `database.url`. Other users can see
    /// this argument, unlike the configuration.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<DatabaseUrl>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Verify the hash chains of all audit records. Names the first changed record.
    Verify(Check),
}

#[derive(Debug, Args)]
pub(crate) struct Listing {
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Subject {
    /// List the stopped subjects, and the reasons.
    List(Listing),
    /// Release a stopped subject: its missing events are fetched from the core bank.
    Release(SubjectRelease),
}

#[derive(Debug, Args)]
pub(crate) struct SubjectRelease {
    /// The subject, as `passbook subject list` prints it.
    #[arg(allow_hyphen_values = true)]
    pub(crate) subject: String,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Channel {
    /// List the channels that the core bank's books contradict: nothing new is numbered for them.
    List(Listing),
    /// Restart contradicted channels: devices show the current books, and list as withdrawn the entries that these
    /// lack.
    Restart(ChannelRestart),
}

#[derive(Debug, Args)]
pub(crate) struct ChannelRestart {
    /// The channel, as `passbook channel list` prints it. Without it, all of them.
    #[arg(allow_hyphen_values = true)]
    pub(crate) channel: Option<String>,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Customer {
    /// Destroy a customer's message keys and revoke their devices: nobody can read their entries any more.
    Erase(CustomerErase),
    /// Forget the refused logins of a customer's devices, so that the next login is judged.
    Unlock(CustomerWithReason),
    /// Let a customer who stopped everything order and enrol devices again. Closed devices stay closed.
    Resume(CustomerWithReason),
    /// Announce a call of the bank, before the telephone rings: the customer's devices say that it is the bank.
    Call(CustomerCall),
    /// End the announcement of a call.
    CallEnded(CustomerCallEnded),
    /// Set where SMS and mail reach a customer, and how they want them; in place of what was set before.
    Contact(CustomerContact),
}

#[derive(Debug, Args)]
pub(crate) struct CustomerContact {
    /// Customer number.
    pub(crate) customer: String,
    /// The mobile number in the international format, such as +66812345678.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) mobile: Option<String>,
    /// The mail address.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) mail: Option<String>,
    /// The language of messages.
    #[arg(long, value_enum, default_value_t = Speaks::En)]
    pub(crate) language: Speaks,
    /// How messages come for which the customer did not ask. Without it they do not come.
    #[arg(long, value_enum)]
    pub(crate) notices: Option<SendBy>,
    /// The customer's own quiet hours, such as 22:00-07:00, in place of the bank's.
    #[arg(long, value_name = "HOURS")]
    pub(crate) quiet_hours: Option<String>,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A language of messages.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Speaks {
    En,
    Th,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerCall {
    /// Customer number.
    pub(crate) customer: String,
    /// Who calls, as the customer knows it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) desk: String,
    /// How long the announcement holds, at most 60 minutes.
    #[arg(long, default_value_t = 15)]
    pub(crate) minutes: u32,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerCallEnded {
    /// Customer number.
    pub(crate) customer: String,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerErase {
    /// Customer number.
    pub(crate) customer: String,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerWithReason {
    /// Customer number.
    pub(crate) customer: String,
    /// Why, for the audit record.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// A new or empty directory on the servers' machine.
    pub(crate) directory: PathBuf,
    /// Copy the vault's keys, too, into a new file outside the directory: both together allow reading everything.
    #[arg(long, value_name = "FILE")]
    pub(crate) vault: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup's directory.
    pub(crate) backup: PathBuf,
    /// The copy of the vault's keys that belongs to the backup.
    #[arg(long, value_name = "FILE")]
    pub(crate) vault: PathBuf,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make a new key-encryption key, and wrap all keys under it.
    Rotate(Listing),
    /// Wrap all keys under the newest key-encryption key, to finish an interrupted rotation.
    Rewrap(Listing),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_begin_with_a_hyphen() {
        let parsed = |arguments: &[&str]| {
            Cli::try_parse_from([&["passbook"], arguments].concat()).map(|cli| cli.command)
        };
        let restart = parsed(&["channel", "restart", "-8JfFdiMCjwjlsHEvNorgw", "--json"]);
        assert!(matches!(
            restart.unwrap(),
            Command::Channel(Channel::Restart(ChannelRestart { channel: Some(channel), json: true, .. }))
                if channel == "-8JfFdiMCjwjlsHEvNorgw"
        ));
        let all = parsed(&["channel", "restart", "--json"]);
        assert!(matches!(
            all.unwrap(),
            Command::Channel(Channel::Restart(ChannelRestart {
                channel: None,
                json: true,
                ..
            }))
        ));
        let post = parsed(&["post", "2000000010", "1.00", "--id", "-x"]);
        assert!(matches!(post.unwrap(), Command::Post(Post { id: Some(id), .. }) if id == "-x"));
    }
}
