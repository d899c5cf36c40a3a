//! The arguments of `passbook bank`.

use super::{BankLocation, Listing, SchemeName};
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Bank {
    /// Open, freeze or close an account: orders that debit or credit it are refused until it is open again.
    ///
    /// Example, after which a payment from the account is refused with `account_frozen`:
    ///
    /// passbook bank account 2000000010 frozen
    Account(BankAccount),
    /// Register a number of the proxy service, or change what it stands for.
    ///
    /// Without --bank the account is one of this bank and gets the money at once. Examples:
    ///
    /// passbook bank proxy mobile:420777000111 2000000010
    ///
    /// passbook bank proxy national:1234567890123 19-2000145399 --bank 0800 --name "Eva Nova"
    Proxy(BankProxy),
    /// Register a biller, or change it.
    ///
    /// A bill has as many references as the biller wants, each with a check digit unless --unchecked is given. Without
    /// --account the biller's account is at another bank. Example, whose bill `passbook pay 25 gas --bill 18` pays:
    ///
    /// passbook bank biller gas --name "Gas company"
    Biller(BankBiller),
    /// Set what another bank, or a biller there, does with payments to a creditor.
    ///
    /// It accepts them, refuses them when clearing closes, or returns them some business days after they were settled. Move
    /// the bank's clock with `passbook clock --advance 1d` to see it. Examples:
    ///
    /// passbook bank counterparty 3333333333 refuses
    ///
    /// passbook bank counterparty CZ6508000000192000145399 returns --days 3
    Counterparty(BankCounterparty),
    /// Announce a fee for payments to the creditors of a scheme.
    ///
    /// It counts from three days after now at the earliest, because devices may sign offline for so long with the fees that
    /// they know. Zero ends a fee. Example:
    ///
    /// passbook bank fee swift "250.00 CZK"
    Fee(BankFee),
    /// List the accounts that are not open, the proxies, the billers, the other banks that do not accept payments, the fees,
    /// and the bank holidays of the configuration.
    Directory(Listing),
    /// Begin a new incarnation of the books after they were restored from an older copy by hand. The servers must be
    /// stopped.
    Reopen(Listing),
}

#[derive(Debug, Args)]
pub(crate) struct BankAccount {
    /// Account number.
    pub(crate) account: String,
    /// The state from now on.
    #[arg(value_enum)]
    pub(crate) state: StateName,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A state of an account.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StateName {
    /// It pays and is paid.
    Open,
    /// Nothing moves until it is open again.
    Frozen,
    /// Nothing moves.
    Closed,
}

#[derive(Debug, Args)]
pub(crate) struct BankProxy {
    /// `mobile:`, `national:` or `ewallet:`, and digits.
    pub(crate) proxy: String,
    /// The account that it stands for.
    pub(crate) account: String,
    /// The account's bank, if it is another one. `--config` and `--data` name this bank.
    #[arg(long = "bank", value_name = "BANK")]
    pub(crate) other_bank: Option<String>,
    /// The owner's name, if the service tells it.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BankBiller {
    /// The biller's id.
    pub(crate) biller: String,
    /// The biller's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// The biller's account at this bank.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// How many references a bill has, 1 to 3.
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub(crate) references: u8,
    /// References have no check digit.
    #[arg(long)]
    pub(crate) unchecked: bool,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BankCounterparty {
    /// The account, IBAN, proxy or biller, as `passbook pay` takes it.
    pub(crate) creditor: String,
    /// What becomes of payments to it.
    #[arg(value_enum)]
    pub(crate) handling: HandlingName,
    /// What CREDITOR is. Without it: an IBAN or a proxy if it looks like one, else an account at another bank of the country.
    #[arg(long, value_enum, value_name = "SCHEME")]
    pub(crate) scheme: Option<SchemeName>,
    /// The business days until a return, 1 to 30. The default is 2.
    #[arg(long, value_name = "DAYS")]
    pub(crate) days: Option<u8>,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What another bank does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HandlingName {
    /// It takes the money.
    Accepts,
    /// It refuses the payment; what was held is available again.
    Refuses,
    /// It sends the money back days later.
    Returns,
}

#[derive(Debug, Args)]
pub(crate) struct BankFee {
    /// The creditors' scheme.
    #[arg(value_enum)]
    pub(crate) scheme: SchemeName,
    /// The fee with its currency, as in "250.00 CZK": for accounts of that currency.
    pub(crate) amount: String,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
