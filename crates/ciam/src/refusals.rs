//! Counts refused logins, and locks softly what they come from.
//!
//! They are counted for the device, for the customer together with the address's prefix, and for the prefix. A customer
//! alone is never locked: whoever has one of their devices, or knows their number, could then lock out the others.
//!
//! Refusals are forgotten one by one, evenly. If they were forgotten together, a day after the last one, the prefix of
//! many customers, from which somebody fails every day, would be locked for ever.

use crate::audit_log::Act;
use crate::bank_actor::BankActor;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::CustomerIndex;
use crate::store::refused_login::{self, Count, Scope};
use database::Transaction;
use http_edge::Prefix;
use types::{CustomerId, DeviceId, Hash, StaffId, Time};

/// The time in which as many refusals are forgotten as a scope may have, evenly.
const FORGOTTEN_MS: u64 = 86_400_000;

/// How many times more refusals a customer may have from one prefix than one device may have: a family shares both.
const CUSTOMER_AT_PREFIX: u32 = 4;

/// One of the things that the refused logins of a request are counted for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    scope: Scope,
    /// Who can be unlocked with it.
    customer: Option<CustomerIndex>,
    /// The refusals that it may have.
    max: u32,
    /// Whether a login ends the count.
    forgiven: bool,
}

impl Ciam {
    /// What the logins of a device are counted for: the device, its customer at the prefix, and the prefix alone.
    pub(crate) fn counted(
        &self,
        customer: CustomerIndex,
        device: DeviceId,
        place: Option<Prefix>,
    ) -> Vec<Counted> {
        let of_device = self.inner.settings.login.refused_max;
        let pair = place.map(|place| Counted {
            scope: self.scope("customer", &[&customer, place.to_string().as_bytes()]),
            customer: Some(customer),
            max: of_device.saturating_mul(CUSTOMER_AT_PREFIX),
            forgiven: true,
        });
        let device = self.counted_of_device(device, Some(customer));
        let place = place.map(|place| self.counted_of_place("place", place));
        [Some(device), pair, place].into_iter().flatten().collect()
    }

    /// Those whose count a login ends.
    pub(crate) fn forgiven(counted: &[Counted]) -> Vec<Counted> {
        let forgiven = counted.iter().filter(|counted| counted.forgiven);
        forgiven.copied().collect()
    }

    fn counted_of_device(&self, device: DeviceId, customer: Option<CustomerIndex>) -> Counted {
        Counted {
            scope: self.scope("device", &[device.to_string().as_bytes()]),
            customer,
            max: self.inner.settings.login.refused_max,
            forgiven: true,
        }
    }

    /// What the logins of somebody without a device are counted for: the authorization that they are for, and the visitors of
    /// the prefix. Everybody may be a visitor, so their refusals lock no device.
    pub(crate) fn counted_of_visitor(&self, request: Hash, place: Option<Prefix>) -> Vec<Counted> {
        let authorization = Counted {
            scope: self.scope("authorization", &[request.as_bytes()]),
            customer: None,
            max: self.inner.settings.login.refused_max,
            forgiven: true,
        };
        let visitors = self.counted_of_visitors(place);
        [Some(authorization), visitors]
            .into_iter()
            .flatten()
            .collect()
    }

    /// What the logins of a browser without keys are counted for: the customer at the prefix, the customer wherever somebody tries
    /// to read from, and the visitors of the prefix. Somebody may lock out a customer from the plain pages; no device is locked.
    pub(crate) fn counted_of_reader(
        &self,
        customer: CustomerIndex,
        place: Option<Prefix>,
    ) -> Vec<Counted> {
        let login = &self.inner.settings.login;
        let at_place = place.map(|place| Counted {
            scope: self.scope("reader", &[&customer, place.to_string().as_bytes()]),
            customer: Some(customer),
            max: login.refused_max,
            forgiven: true,
        });
        let anywhere = Counted {
            scope: self.scope("reader anywhere", &[&customer]),
            customer: Some(customer),
            max: login.refused_of_prefix_max,
            forgiven: false,
        };
        let visitors = self.counted_of_visitors(place);
        [at_place, Some(anywhere), visitors]
            .into_iter()
            .flatten()
            .collect()
    }

    /// What the logins of a member of the staff are counted for. Nobody else has the session key that such a login needs.
    pub(crate) fn counted_of_staff(&self, staff: StaffId) -> Counted {
        Counted {
            scope: self.scope("staff", &[staff.as_bytes()]),
            customer: None,
            max: self.inner.settings.login.refused_max,
            forgiven: true,
        }
    }

    fn counted_of_visitors(&self, place: Option<Prefix>) -> Option<Counted> {
        place.map(|place| self.counted_of_place("visitors", place))
    }

    fn counted_of_place(&self, of: &str, place: Prefix) -> Counted {
        Counted {
            scope: self.scope(of, &[place.to_string().as_bytes()]),
            customer: None,
            max: self.inner.settings.login.refused_of_prefix_max,
            forgiven: false,
        }
    }

    fn scope(&self, of: &str, parts: &[&[u8]]) -> Scope {
        let context = format!("ciam.refused_login.{of}");
        self.inner.columns.blind_index(&context, &parts.concat())
    }

    /// When the next login is judged. `None` if it is judged now.
    pub(crate) async fn locked_until(
        &self,
        tx: &mut Transaction<'_>,
        counted: &[Counted],
        now: Time,
    ) -> Result<Option<Time>, Failure> {
        let mut until = None;
        for counted in counted {
            let count = refused_login::find(tx, &counted.scope).await?;
            until = until.max(count.map(|count| count.locked_until));
        }
        Ok(until.filter(|until| *until > now))
    }

    /// Counts a refused login. Each refusal beyond the limit locks for twice as long as the one before.
    pub(crate) async fn count_refusal(
        &self,
        tx: &mut Transaction<'_>,
        counted: &[Counted],
        now: Time,
    ) -> Result<(), Failure> {
        let login = &self.inner.settings.login;
        // A customer's scope at a prefix loses its refusals faster than a device does.
        let intervals = [login.refused_max, login.refused_of_prefix_max].map(interval_ms);
        refused_login::forget_drained(tx, (now.minus_ms(FORGOTTEN_MS), now), intervals).await?;
        for Counted {
            scope,
            customer,
            max,
            ..
        } in counted.iter().copied()
        {
            let count = refused_login::find(tx, &scope).await?;
            let (before, forgotten) = count.map_or((0, now), |count| left(count, max, now));
            // Once the lock is the longest, further refusals would only make the scope's recovery longer.
            let is_longest = self.lock_ms(before, max) >= self.inner.settings.login.lock_ms_max;
            let refused = before.saturating_add(u32::from(!is_longest));
            let count = Count {
                refused,
                forgotten,
                locked_until: now.plus_ms(self.lock_ms(refused, max)),
            };
            refused_login::set(tx, (&scope, customer), count).await?;
        }
        Ok(())
    }

    fn lock_ms(&self, refused: u32, max: u32) -> u64 {
        let login = &self.inner.settings.login;
        match refused.checked_sub(max) {
            None => 0,
            Some(beyond) => {
                let doubled = 1_u64.checked_shl(beyond).unwrap_or(u64::MAX);
                login.lock_ms.saturating_mul(doubled).min(login.lock_ms_max)
            }
        }
    }

    /// Whether refused logins of the device are not forgotten yet.
    pub(crate) async fn was_refused(
        &self,
        tx: &mut Transaction<'_>,
        device: DeviceId,
        now: Time,
    ) -> Result<bool, Failure> {
        let Counted { scope, max, .. } = self.counted_of_device(device, None);
        let count = refused_login::find(tx, &scope).await?;
        Ok(count.is_some_and(|count| left(count, max, now).0 > 0))
    }

    /// Forgets the refusals, but for the prefix's, after a login.
    pub(crate) async fn forget_refusals(
        &self,
        tx: &mut Transaction<'_>,
        counted: &[Counted],
    ) -> Result<(), Failure> {
        for counted in counted.iter().filter(|counted| counted.forgiven) {
            refused_login::forget(tx, &counted.scope).await?;
        }
        Ok(())
    }

    /// Forgets the refused logins of a customer's devices, because of `reason`. Returns how many counts there were.
    pub async fn unlock_logins(
        &self,
        customer: &CustomerId,
        reason: &str,
    ) -> Result<usize, Failure> {
        let customer = self.customer_index(customer);
        let (ciam, by) = (self.clone(), BankActor::operator_because(reason));
        self.inner
            .database
            .write(async move |tx: &mut Transaction<'_>| ciam.unlock_in(tx, customer, &by).await)
            .await
    }

    pub(crate) async fn unlock_in(
        &self,
        tx: &mut Transaction<'_>,
        customer: CustomerIndex,
        by: &BankActor,
    ) -> Result<usize, Failure> {
        let forgotten = refused_login::forget_customer(tx, customer).await?;
        let by = by.clone();
        self.record(tx, &Act::LoginsUnlocked { customer, by })
            .await?;
        Ok(forgotten)
    }
}

/// The time in which a scope that may have `max` refusals loses one.
fn interval_ms(max: u32) -> u64 {
    (FORGOTTEN_MS / u64::from(max)).max(1)
}

/// How many of a scope's refusals are left at `now` if it may have `max`, and the time up to which others are forgotten.
fn left(count: Count, max: u32, now: Time) -> (u32, Time) {
    let interval_ms = interval_ms(max);
    let intervals = now.ms_since(count.forgotten) / interval_ms;
    let forgotten = u32::try_from(intervals).unwrap_or(u32::MAX);
    match count.refused.saturating_sub(forgotten) {
        0 => (0, now),
        left => (left, count.forgotten.plus_ms(intervals * interval_ms)),
    }
}
