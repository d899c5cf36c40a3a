//! The arguments of the customer's own brakes.

use super::PersonsDevice;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Brakes {
    #[command(subcommand)]
    pub(crate) action: Option<BrakesAction>,
    #[command(flatten)]
    pub(crate) device: PersonsDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BrakesAction {
    /// Show the brakes, what will loosen and when, and what is left of the day's limit.
    List,
    /// Set a limit lower than the bank's, at once; or a higher one, which holds after the cooling-off time.
    Limit {
        /// What the limit is on: `day` for all orders in 24 hours, or a kind of orders (`transfer`, `bill`, `standing`) followed
        /// by `.order` for one order or by `.day` for the kind's orders in 24 hours.
        brake: String,
        /// The most that may leave, with at most its currency's decimals.
        amount: String,
    },
    /// Freeze an account, so that none of the customer's orders debits it; or payments to new payees. At once.
    Freeze {
        /// The account.
        #[arg(
            required_unless_present = "new_payees",
            conflicts_with = "new_payees",
            allow_hyphen_values = true
        )]
        account: Option<String>,
        /// Freeze payments to payees whom the customer has not paid before.
        #[arg(long)]
        new_payees: bool,
    },
    /// End a limit or a freeze, after the cooling-off time.
    End {
        /// The brake, as `passbook brakes` shows it: `day`, `transfer.order`, `account:576`, `new_payees`.
        brake: String,
    },
    /// Keep a brake as it is: what was to loosen does not.
    Withdraw {
        /// The brake, as `passbook brakes` shows it.
        brake: String,
    },
}
