//! Randomness, passed in and shared within one passbook.

use rand_core::CryptoRng;
use std::cell::RefCell;
use std::rc::Rc;
use types::Nonce;

#[derive(Clone)]
pub(crate) struct Random(Rc<RefCell<dyn CryptoRng>>);

impl Random {
    pub(crate) fn new(rng: impl CryptoRng + 'static) -> Self {
        Self(Rc::new(RefCell::new(rng)))
    }

    pub(crate) fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.borrow_mut().fill_bytes(&mut bytes);
        bytes
    }

    pub(crate) fn nonce(&self) -> Nonce {
        Nonce::new(self.draw())
    }
}
