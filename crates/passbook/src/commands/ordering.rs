//! What the commands that order share: the device, the review, the question, and the way to the outcome.

use super::device::ended;
use super::passkeys::{no_passkey, told};
use super::payee_check::PayeeCheck;
use crate::cli::{Language, OrderingDevice};
use crate::device_directory::DeviceDirectory;
use crate::may_be_done::MayBeDone;
use crate::order_screen::{OrderJson, OrderPage, ReviewJson};
use crate::screen::Stamp;
use anyhow::Context as _;
use client::{Change, Device, OrderState, Reception, Review, ShownOrder, SyncError, fee_text};
use client_native::Native;
use order::{Locale, OrderFields};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;
use terminal::{json_line, line};
use types::{Clock, IntentId};

/// The command that approves an order again, without the device and the order's id.
pub(super) const APPROVE: &str = "orders approve";

/// A device that orders, with a network or without.
pub(super) struct Ordering<'a> {
    pub(super) device: Device<Native>,
    pub(super) arguments: &'a OrderingDevice,
    has_passkey: bool,
    /// Whether the bank was reached.
    online: bool,
}

impl<'a> Ordering<'a> {
    /// Opens the device, and catches up unless that is not wanted or the bank cannot be reached.
    pub(super) async fn open(arguments: &'a OrderingDevice, clock: Clock) -> anyhow::Result<Self> {
        let directory = DeviceDirectory::open(&arguments.dir, clock)?;
        let has_passkey = directory.passkey().is_some();
        let mut device = directory.device().await?;
        let mut online = !arguments.offline;
        if online {
            match device.catch_up().await {
                Ok(_) => {}
                Err(error) if error.is_unavailable() => online = false,
                Err(error) => {
                    if error.ended().is_some() {
                        // Orders that were never sent are refused with the device.
                        let _refused = device.send_orders().await.is_err();
                    }
                    return Err(ended(error, device.home()));
                }
            }
        }
        if online && device.shown().allowance()?.orders == 0 {
            online = reached(device.send_orders().await)?;
        }
        if online && device.shown().are_limits_old()? {
            online = reached(device.ask_for_limits().await.map(drop))?;
        }
        device.expire_orders().await?;
        Ok(Self {
            device,
            arguments,
            has_passkey,
            online,
        })
    }

    pub(super) const fn locale(&self) -> Locale {
        match self.arguments.language {
            Language::En => Locale::En,
            Language::Th => Locale::Th,
        }
    }

    /// Reviews an order, has the bank say to whom the creditor's account belongs, asks, signs, sends, and shows what became
    /// of it.
    pub(super) async fn order(&mut self, fields: OrderFields) -> anyhow::Result<()> {
        let review = self.device.compose(fields, self.locale())?;
        self.order_reviewed(review).await
    }

    /// The same with a payment that another app prepared.
    pub(super) async fn approve_initiation(
        &mut self,
        initiation: IntentId,
        fields: OrderFields,
    ) -> anyhow::Result<()> {
        let review = self.device.compose(fields, self.locale())?;
        self.order_reviewed(review.approving(initiation)).await
    }

    async fn order_reviewed(&mut self, review: Review) -> anyhow::Result<()> {
        self.show_review(&review)?;
        self.show_payee_check(&review).await?;
        self.approve()?;
        let order = self.device.submit(&review).await?;
        if self.online {
            self.online = self.follow(order.intent).await?;
        }
        self.show_outcome(order.intent)
    }

    /// Shows an order that the bank asks to approve again, asks, logs the person in if the bank wants that, signs, sends,
    /// and shows what became of it.
    pub(super) async fn approve_again(&mut self, intent: IntentId) -> anyhow::Result<()> {
        let order = self.device.shown().order(&intent)?;
        let unknown =
            || format!("this device knows no order {intent}; `passbook orders` lists them");
        let order = order.with_context(unknown)?;
        let locale = self.locale();
        let mut needs_login = false;
        if let OrderState::ApprovalNeeded(asked) = &order.state {
            if !self.arguments.json {
                line(format_args!(
                    "{}",
                    OrderPage(&order, locale, &self.command(APPROVE))
                ))?;
            } else if !self.arguments.yes {
                json_line(&OrderJson::new(&order, locale))?;
            }
            self.approve()?;
            needs_login = asked.needs_login();
            if needs_login {
                anyhow::ensure!(self.has_passkey, no_passkey());
                let logged_in = self.device.log_in().await;
                logged_in.map_err(|error| told(error, &self.device))?;
            }
        }
        self.device.approve(intent).await?;
        if needs_login {
            // The bank may refuse the login, and says why.
            let sent = self.device.send_orders().await;
            sent.map_err(|error| told(error, &self.device))?;
        }
        if self.online {
            self.online = self.follow(intent).await?;
        }
        self.show_outcome(intent)
    }

    /// Sends what waits, and asks about what is unknown. Returns whether the bank was reached.
    pub(super) async fn send(&mut self) -> anyhow::Result<bool> {
        if self.online {
            self.online = reached(self.device.send_orders().await)?;
        }
        Ok(self.online)
    }

    fn show_review(&self, review: &Review) -> anyhow::Result<()> {
        let locale = self.locale();
        if self.arguments.json {
            if !self.arguments.yes || !review.can_be_signed() {
                json_line(&ReviewJson::new(review, locale))?;
            }
        } else {
            line(format_args!("{}", review.text()))?;
            if let Some(fee) = review.fee() {
                let said = fee_text(review.order(), fee, locale);
                line(format_args!("- {said}"))?;
            }
            for objection in review.objections() {
                let mark = if objection.blocks() { '!' } else { '-' };
                line(format_args!("{mark} {}", objection.text(locale)))?;
                if let Some(at) = objection.loosens() {
                    let at = Stamp(at);
                    match locale {
                        Locale::En => line(format_args!("  This brake loosens at {at}."))?,
                        Locale::Th => line(format_args!("  จะผ่อนคลายเมื่อ {at}"))?,
                    }
                }
            }
        }
        let blocking = review.objections().iter().filter(|one| one.blocks());
        let texts: Vec<String> = blocking.map(|one| one.text(locale)).collect();
        anyhow::ensure!(texts.is_empty(), "nothing was signed: {}", texts.join(" "));
        Ok(())
    }

    /// Says to whom the account belongs that a new order pays to, if there is a name to compare and the bank can be asked.
    async fn show_payee_check(&mut self, review: &Review) -> anyhow::Result<()> {
        let order = review.order();
        let creditor = order.creditor().filter(|_| !order.kind().has_target());
        let Some(creditor) = creditor.filter(|_| self.online && !self.arguments.json) else {
            return Ok(());
        };
        match PayeeCheck::ask(&mut self.device, creditor).await {
            Ok(Some(checked)) => line(format_args!("- {checked}")),
            Ok(None) => Ok(()),
            Err(error) if error.is_limited() => line(format_args!(
                "- The bank does not check to whom the account belongs now: this device asked too often."
            )),
            Err(error) => {
                self.online = reached(Err(error))?;
                Ok(())
            }
        }
    }

    /// Asks whether exactly the shown text is to be signed.
    fn approve(&self) -> anyhow::Result<()> {
        if self.arguments.yes {
            return Ok(());
        }
        anyhow::ensure!(
            !self.arguments.json && std::io::stdin().is_terminal(),
            "nothing was signed: the text above needs an answer; give --yes to sign it without asking"
        );
        let mut out = std::io::stdout().lock();
        write!(out, "Sign exactly this? [y/N] ")?;
        out.flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        let yes = matches!(answer.trim(), "y" | "Y" | "yes");
        anyhow::ensure!(yes, "nothing was signed");
        Ok(())
    }

    /// Stays live until the order has its outcome, or the time is over. Returns whether the bank was reached.
    async fn follow(&mut self, intent: IntentId) -> anyhow::Result<bool> {
        let (owner, _handle, mut changes) = client::owner();
        let mut reached = true;
        let watching = async {
            while let Some(update) = changes.next().await {
                match update.change {
                    Change::Ended(error) => return Err(ended(error, update.shown.home())),
                    Change::Offline(_) => reached = false,
                    _ => reached = true,
                }
                if update
                    .shown
                    .order(&intent)?
                    .is_none_or(|order| is_settled(&order))
                {
                    break;
                }
            }
            anyhow::Ok(())
        };
        let time = Duration::from_secs(self.arguments.wait);
        // Whichever ends first, everything that is known is committed.
        tokio::select! {
            stopped = owner.run(&mut self.device, Reception::Live) => stopped?,
            watched = watching => watched?,
            () = tokio::time::sleep(time) => {}
        }
        Ok(reached)
    }

    /// Shows an order. Fails if it was not executed, or if nobody knows.
    fn show_outcome(&self, intent: IntentId) -> anyhow::Result<()> {
        let shown = self.device.shown();
        let order = shown
            .order(&intent)?
            .context("the order is in the outbox")?;
        let locale = self.locale();
        if self.arguments.json {
            json_line(&OrderJson::new(&order, locale))?;
        } else {
            line(format_args!(
                "{}",
                OrderPage(&order, locale, &self.command(APPROVE))
            ))?;
        }
        match &order.state {
            OrderState::Refused(refusal) => {
                anyhow::bail!("the order was not executed: {}", refusal.text(locale))
            }
            OrderState::Expired | OrderState::Cancelled => {
                anyhow::bail!("the order was not executed: {}", order.state.text(locale))
            }
            OrderState::Asking => {
                let what =
                    "the order may have arrived; it keeps its id, and is never executed twice";
                Err(MayBeDone::new(what)
                    .with_line(self.command("orders send"))
                    .into())
            }
            OrderState::ApprovalNeeded(asked) => {
                let until = Stamp(asked.expires());
                let what = format!(
                    "the bank has the order, and executes it if it is approved again before {until}"
                );
                let approve = format!("{} {intent}", self.command(APPROVE));
                Err(MayBeDone::new(what).with_line(approve).into())
            }
            _ => Ok(()),
        }
    }

    /// A command for the same device.
    pub(super) fn command(&self, command: &str) -> String {
        let dir = self.arguments.dir.display().to_string();
        let (program, dir) = (terminal::program(), terminal::quoted(&dir));
        format!("{program} {command} --dir {dir}")
    }
}

/// Whether the bank has nothing more to say of an order for now.
fn is_settled(order: &ShownOrder) -> bool {
    match order.state {
        OrderState::Done { .. } => !order.amount_is_pending,
        OrderState::Scheduled(_) | OrderState::ApprovalNeeded(_) => true,
        _ => order.state.is_final(),
    }
}

/// Whether the bank was reached. Fails if it refused.
pub(super) fn reached(done: Result<(), SyncError>) -> anyhow::Result<bool> {
    match done {
        Ok(()) => Ok(true),
        Err(error) if error.is_unavailable() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
