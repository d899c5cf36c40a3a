//! A customer's brakes as a device is told of them, and the limits that they lower.

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::settings::{KindLimit, Limits};
use crate::store::brake::{BrakeIndex, BrakeRow};
use order::{Brake, OrderKind};
use protocol::http::OwnBrake;
use types::Money;

const BRAKE: &str = "gateway.brake";

impl Gateway {
    /// The index of a brake in the tables.
    pub(crate) fn brake_index(&self, brake: &Brake) -> BrakeIndex {
        self.0
            .columns
            .blind_index(BRAKE, brake.to_string().as_bytes())
    }

    /// Seals what a brake is on.
    pub(crate) fn seal_brake(&self, brake: &Brake) -> Result<Vec<u8>, Failure> {
        Ok(self.0.columns.seal(BRAKE, brake.to_string().as_bytes())?)
    }

    /// The bank's limits, lowered by those brakes.
    pub(super) fn lowered(&self, brakes: &[BrakeRow], banks: Limits) -> Limits {
        let lower = |brake: Brake| {
            let index = self.brake_index(&brake);
            let own = brakes.iter().find(|row| row.brake == index);
            let own = own.map(|row| row.minor_units);
            banks.lowered_by(&brake).into_iter().chain(own).min()
        };
        let of_kind = |kind| KindLimit {
            order: lower(Brake::KindOrder(kind)),
            day: lower(Brake::KindDay(kind)),
        };
        Limits {
            day: lower(Brake::Day).unwrap_or(banks.day),
            transfer: of_kind(OrderKind::Transfer),
            bill: of_kind(OrderKind::Bill),
            standing: of_kind(OrderKind::Standing),
            ..banks
        }
    }

    /// The brakes, for a device.
    pub(super) fn own_brakes(
        &self,
        brakes: &[BrakeRow],
        banks: Limits,
    ) -> Result<Vec<OwnBrake>, Failure> {
        let own = |row| self.own_brake(row, banks);
        brakes.iter().map(own).collect()
    }

    fn own_brake(&self, row: &BrakeRow, banks: Limits) -> Result<OwnBrake, Failure> {
        let opened = self.0.columns.open(BRAKE, &row.sealed)?;
        let text = std::str::from_utf8(&opened).map_err(|_| Failure::StoredBrake)?;
        let brake: Brake = text.parse().map_err(|_| Failure::StoredBrake)?;
        let currency = self.0.settings.voucher_limit.currency();
        let money = |minor_units| Money::new(minor_units, currency);
        let then = row.loosening.and_then(|loosening| loosening.minor_units);
        Ok(OwnBrake {
            brake: brake.to_string(),
            limit: brake.is_limit().then(|| money(row.minor_units)),
            banks: banks.lowered_by(&brake).map(money),
            since: row.since,
            loosens: row.loosening.map(|loosening| loosening.at),
            then: then.map(money),
        })
    }
}

impl Limits {
    /// The limit that a brake lowers. `None` if there is none.
    pub(crate) fn lowered_by(&self, brake: &Brake) -> Option<i64> {
        match brake {
            Brake::Day => Some(self.day),
            Brake::KindOrder(kind) => self.of(*kind).order,
            Brake::KindDay(kind) => self.of(*kind).day,
            Brake::Account(_) | Brake::NewPayees => None,
        }
    }
}
