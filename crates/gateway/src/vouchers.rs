//! Vouchers: made ahead for a device, so that it can order without a network.

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::orders::Spender;
use crate::store::voucher::{self, VoucherRow};
use order::{VOUCHER_MS, VOUCHERS_MAX, Voucher};
use protocol::http::{OrderFee, OrderLimits, VouchersAnswer};
use types::{DeviceId, VoucherId};

impl Gateway {
    /// The vouchers of `device` that are neither spent nor expired, with new ones until there are as many as a device
    /// may have. A device that was revoked gets none.
    pub async fn vouchers(&self, device: DeviceId) -> Result<VouchersAnswer, Failure> {
        let stated = self.stated(device).await?.filter(|stated| stated.active);
        let Some(stated) = stated else {
            return Ok(VouchersAnswer {
                vouchers: Vec::new(),
                limits: None,
                fees: Vec::new(),
            });
        };
        let customer = self.customer_index(&stated.statement.customer);
        let limits = self
            .limits_of(
                Spender {
                    customer,
                    device,
                    enrolled: stated.statement.time,
                },
                self.banks_limits(&stated.statement),
            )
            .await?;
        // Read before the fees: one that is announced meanwhile counts after the new vouchers have expired.
        let now = self.now();
        let fees = self.fees().await?;
        let alive = self
            .0
            .database
            .read(async move |tx| Ok::<_, Failure>(voucher::alive(tx, device, now).await?))
            .await?;
        let missing = VOUCHERS_MAX.saturating_sub(alive.len());
        if missing == 0 {
            return Ok(answer(alive, limits, fees));
        }
        let mut vouchers = Vec::with_capacity(missing);
        for _ in 0..missing {
            let mut number = [0; VoucherId::LENGTH];
            getrandom::fill(&mut number)?;
            vouchers.push(Voucher {
                voucher: VoucherId::new(number),
                customer: stated.statement.customer.clone(),
                device,
                limit: self.0.settings.voucher_limit,
                issued: now,
                expires: now.plus_ms(VOUCHER_MS),
            });
        }
        let signed = self.0.statements.sign_vouchers(&vouchers).await?;
        let made = vouchers.into_iter().zip(signed);
        let made = made.map(|(made, signed)| VoucherRow {
            voucher: made.voucher,
            customer,
            device,
            limit: made.limit,
            expires: made.expires,
            spent_by: None,
            signed,
        });
        let made: Vec<_> = made.collect();
        let alive = self
            .0
            .database
            .write(async move |tx| {
                let mut alive = voucher::alive(tx, device, now).await?;
                // Another request of the device may have made some meanwhile.
                for row in made.iter().take(VOUCHERS_MAX.saturating_sub(alive.len())) {
                    voucher::insert(tx, row).await?;
                    alive.push(row.clone());
                }
                Ok::<_, Failure>(alive)
            })
            .await?;
        Ok(answer(alive, limits, fees))
    }

    /// The core bank's schedule of fees. Without it a device gets no vouchers: it could sign an order whose fee it does not
    /// know.
    async fn fees(&self) -> Result<Vec<OrderFee>, Failure> {
        let fees = self.0.core_bank.fees().await?;
        Ok(fees.into_iter().map(OrderFee::from).collect())
    }
}

fn answer(rows: Vec<VoucherRow>, limits: OrderLimits, fees: Vec<OrderFee>) -> VouchersAnswer {
    let vouchers = rows.into_iter().map(|row| row.signed.into());
    VouchersAnswer {
        vouchers: vouchers.collect(),
        limits: Some(limits),
        fees,
    }
}
