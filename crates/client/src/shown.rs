//! The shown state of a device's passbook.

use crate::accounts::Accounts;
use crate::arrangements::Arrangements;
use crate::discrepancy::Found;
use crate::error::SyncError;
use crate::filed::LISTED_MAX;
use crate::home::{Account, Home, HomePage};
use crate::instant::Instant;
use crate::moment::Moment;
use crate::outbox::{Outbox, Vouchers};
use crate::records::Identity;
use std::sync::Arc;
use types::{AccountId, ChannelId, CustomerId, DeviceId, Position, Time};

/// How long a checkpoint proves completeness after its request.
pub(crate) const COMPLETE_MS: u64 = 15 * 60 * 1000;

/// What an unlocked passbook shows beside its entries.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The book of entries that belong to no account.
    pub(crate) general: u32,
    pub(crate) accounts: Accounts,
    pub(crate) arrangements: Arrangements,
    pub(crate) outbox: Outbox,
    pub(crate) vouchers: Arc<Vouchers>,
    pub(crate) home: HomePage,
    pub(crate) left_out: bool,
}

/// The passbook at a moment: balances, newest entries, and how far they are known to be complete. It is a copy that
/// shares unchanged parts: making one costs nothing that grows with the passbook, and locking does not affect it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub(crate) identity: Arc<Identity>,
    pub(crate) channel: ChannelId,
    /// `None` while the passbook is locked.
    pub(crate) page: Option<Page>,
    pub(crate) position: Position,
    pub(crate) as_of: Time,
    /// When the checkpoint that proves completeness was requested.
    pub(crate) whole_since: Option<Instant>,
    pub(crate) found: Vec<Found>,
    pub(crate) now: Moment,
}

impl Shown {
    pub(crate) fn page(&self) -> Result<&Page, SyncError> {
        self.page.as_ref().ok_or(SyncError::Locked)
    }

    /// Balances and newest entries.
    pub fn home(&self) -> Result<Home, SyncError> {
        let page = self.page()?;
        let newest_open = self.found.iter().rev().find(|found| !found.resolved);
        let accounts = Account::of_home(page.accounts.values());
        Ok(Home {
            pending: page.pending_funds(&accounts),
            accounts,
            accounts_total: page.accounts.tally().held,
            newest: page.home.entries(),
            position: self.position,
            as_of: self.as_of,
            complete: self.is_complete(),
            left_out: page.left_out,
            discrepancy: newest_open.cloned(),
        })
    }

    /// The accounts that the customer holds, with their balances, ordered by their ids: at most [`LISTED_MAX`], after
    /// `after` if given.
    pub fn accounts(&self, after: Option<&AccountId>) -> Result<Vec<Account>, SyncError> {
        self.books(after, true)
    }

    /// The same for accounts of former books, which are kept for their withdrawn entries.
    pub fn former_accounts(&self, after: Option<&AccountId>) -> Result<Vec<Account>, SyncError> {
        self.books(after, false)
    }

    fn books(&self, after: Option<&AccountId>, held: bool) -> Result<Vec<Account>, SyncError> {
        let accounts = self.page()?.accounts.after(after);
        let accounts = accounts.filter(|(_, book)| book.held == held);
        let accounts = accounts.filter_map(|(_, book)| Account::of(book));
        Ok(accounts.take(LISTED_MAX).collect())
    }

    /// Whether the passbook was locked.
    #[must_use]
    pub const fn is_locked(&self) -> bool {
        self.page.is_none()
    }

    /// The position in the channel up to which entries are shown. It is lower than the received position while messages
    /// wait for a key.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The newest proven time: everything that the bank numbered up to then is shown.
    #[must_use]
    pub const fn as_of(&self) -> Time {
        self.as_of
    }

    /// Whether a checkpoint requested within the last 15 minutes shows that nothing is missing, history included.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.whole_since
            .is_some_and(|since| self.now.instant.ms_since(since) <= COMPLETE_MS)
    }

    /// The time on the bank's clock, as far as the device knows it.
    #[must_use]
    pub fn banks_time(&self) -> Time {
        let page = self.page.as_ref();
        self.now
            .banks_time(page.map_or(0, |page| page.vouchers.clock_offset_ms))
    }

    /// The newest discrepancies, oldest first, at most 16.
    #[must_use]
    pub fn discrepancies(&self) -> &[Found] {
        &self.found
    }

    /// The device's customer.
    #[must_use]
    pub fn customer(&self) -> &CustomerId {
        &self.identity.customer
    }

    /// The device's id.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.identity.device
    }

    /// The customer's channel.
    #[must_use]
    pub const fn channel(&self) -> ChannelId {
        self.channel
    }
}
