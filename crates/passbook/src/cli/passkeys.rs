//! The arguments of the commands about passkeys, logins, sessions and devices.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use types::DeviceForm;

/// The form of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormName {
    App,
    Browser,
}

impl From<FormName> for DeviceForm {
    fn from(name: FormName) -> Self {
        match name {
            FormName::App => Self::App,
            FormName::Browser => Self::Browser,
        }
    }
}

/// The device of a person.
#[derive(Debug, Clone, Args)]
pub(crate) struct PersonsDevice {
    /// Directory of the device's store and keys.
    #[arg(long, global = true, value_name = "DIR", default_value = "device")]
    pub(crate) dir: PathBuf,
    /// Print JSON objects, one a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Passkeys {
    #[command(subcommand)]
    pub(crate) action: Option<PasskeysAction>,
    #[command(flatten)]
    pub(crate) device: PersonsDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PasskeysAction {
    /// List the customer's passkeys. Needs a login.
    List,
    /// Make a passkey, which is kept beside the device's keys, and register it. The first one of a customer who has no way to log in yet needs no login.
    Add {
        /// The person's own name for it, at most 64 characters.
        #[arg(long, default_value = "terminal")]
        name: String,
    },
    /// Give a passkey another name. Needs a login.
    Rename {
        /// The passkey's id, as `passbook passkeys` shows it.
        #[arg(allow_hyphen_values = true)]
        passkey: String,
        /// Its new name.
        name: String,
    },
    /// Remove a passkey: it logs nobody in any more, and orders that it approved are refused. Needs a recent login.
    Remove {
        /// The passkey's id, as `passbook passkeys` shows it.
        #[arg(allow_hyphen_values = true)]
        passkey: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Log in with the password and the code of the authenticator app, instead of the passkey.
    #[arg(long)]
    pub(crate) password: bool,
    /// A file whose first line is the password; without it, type it.
    #[arg(long, value_name = "FILE", requires = "password")]
    pub(crate) password_file: Option<PathBuf>,
    /// The code that the authenticator app shows, or that the bank sent; without it, type it.
    #[arg(long, requires = "password")]
    pub(crate) code: Option<String>,
    /// Have the bank send a code for this device, if the authenticator app is not at hand. Without --code it is asked for then.
    #[arg(long, value_enum, value_name = "HOW", requires = "password")]
    pub(crate) send: Option<SendBy>,
    /// Log in at the bank's login provider: prints an address to be opened with a browser on this machine, and waits until the
    /// browser comes back.
    #[arg(long, conflicts_with = "password")]
    pub(crate) provider: bool,
    /// With --provider: the port of this machine to which the browser comes back; 0 takes a free one.
    #[arg(long, default_value_t = 0, requires = "provider")]
    pub(crate) port: u16,
    #[command(flatten)]
    pub(crate) device: PersonsDevice,
}

/// How the bank sends a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SendBy {
    Sms,
    Mail,
}

#[derive(Debug, Args)]
pub(crate) struct Password {
    #[command(subcommand)]
    pub(crate) action: Option<PasswordAction>,
    #[command(flatten)]
    pub(crate) device: PersonsDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PasswordAction {
    /// Say whether there is a password. Needs a login.
    Show,
    /// Get a secret for an authenticator app, and what `set --enrolment` needs; for scripts. Needs a recent login.
    Begin,
    /// Set the password, in place of an earlier one. Needs a recent login.
    Set {
        /// What `begin --json` printed; without it, a new secret is shown.
        #[arg(long)]
        enrolment: Option<String>,
        /// The code that the authenticator app shows; without it, type it.
        #[arg(long, requires = "enrolment")]
        code: Option<String>,
        /// A file whose first line is the password; without it, type it.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Remove the password. Needs a recent login.
    Remove,
}

#[derive(Debug, Args)]
pub(crate) struct Sessions {
    #[command(subcommand)]
    pub(crate) action: Option<SessionsAction>,
    #[command(flatten)]
    pub(crate) device: PersonsDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionsAction {
    /// List the customer's sessions.
    List,
    /// End a session, on whichever device it is.
    End {
        /// The session's id, as `passbook sessions` shows it.
        #[arg(allow_hyphen_values = true)]
        session: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Calls {
    #[command(flatten)]
    pub(crate) device: PersonsDevice,
}

#[derive(Debug, Args)]
pub(crate) struct Consents {
    #[command(subcommand)]
    pub(crate) action: Option<ConsentsAction>,
    #[command(flatten)]
    pub(crate) device: PersonsDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConsentsAction {
    /// List what the customer lets other apps of the bank know.
    List,
    /// Withdraw what the customer lets an app know: its tokens are worth nothing from then on.
    Withdraw {
        /// The app's id, as `passbook consents` shows it.
        app: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Devices {
    #[command(subcommand)]
    pub(crate) action: Option<DevicesAction>,
    #[command(flatten)]
    pub(crate) device: PersonsDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevicesAction {
    /// List the customer's devices. Needs a login.
    List,
    /// Make a code for a new device of the customer, good for ten minutes. The new device then waits for the answer of this
    /// one. Needs a recent login.
    Add,
    /// List the devices that gave a code of this device, and wait.
    Waiting,
    /// Approve a device that waits. Another number than it shows refuses it. Needs a recent login.
    Approve {
        /// The device's id, as `passbook devices waiting` shows it.
        device: String,
        /// The number that the new device shows.
        number: String,
    },
    /// Refuse a device that waits. Needs a recent login.
    Refuse {
        /// The device's id, as `passbook devices waiting` shows it.
        device: String,
    },
    /// Remove a device, such as a lost phone: it reads nothing new, and its orders are refused. Needs a recent login.
    Remove {
        /// The device's id, as `passbook devices` shows it.
        device: String,
    },
}
