//! Signs vouchers for gateway, which makes and keeps them.

use crate::{Failure, Notification};
use order::Voucher;

impl Notification {
    /// Signs vouchers, each at its own time. Returns a Sign1 for each, in their order.
    pub fn sign_vouchers(&self, vouchers: &[Voucher]) -> Result<Vec<Vec<u8>>, Failure> {
        let keys = self.signing.current();
        let signed = vouchers.iter().map(|voucher| {
            let signer = keys.voucher(voucher.issued)?;
            Ok(voucher.sign(signer)?)
        });
        signed.collect()
    }
}
