//! How many connections each peer has open: nobody gets all the places there are.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The open connections of every peer address but loopback ones.
#[derive(Clone)]
pub(crate) struct Peers {
    max: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection of a peer, until it is dropped.
pub(crate) struct Counted {
    peers: Peers,
    address: IpAddr,
}

impl Peers {
    /// None yet, and of no peer more than `max`.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            open: Arc::default(),
        }
    }

    /// Counts one more connection; none where the peer has too many. Loopback is this machine's own, a proxy above all,
    /// and always has one more.
    pub(crate) fn one_more(&self, address: IpAddr) -> Option<Counted> {
        // An IPv4 peer on an IPv6 socket is the same peer.
        let address = address.to_canonical();
        let mut open = self.lock();
        let count = open.entry(address).or_default();
        if *count >= self.max && !address.is_loopback() {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Counted {
            peers: self.clone(),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.peers.lock();
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_so_many_and_this_machine_any_number() {
        let peers = Peers::new(2);
        let [one, other, own] = [[192, 0, 2, 1], [192, 0, 2, 2], [127, 0, 0, 1]].map(IpAddr::from);
        let first = peers.one_more(one).unwrap();
        let second = peers.one_more(one).unwrap();
        assert!(peers.one_more(one).is_none());
        let another = peers.one_more(other).unwrap();
        let own: Vec<_> = (0..9).filter_map(|_| peers.one_more(own)).collect();
        assert_eq!(own.len(), 9);
        drop(first);
        let third = peers.one_more(one);
        assert!(third.is_some());
        drop((third, own, second, another));
        assert!(peers.lock().is_empty(), "who has none is forgotten");
    }
}
