//! The revoked devices, the time of that knowledge, and the open streams.

use super::issuer::Revocation;
use std::collections::HashMap;
use tokio::sync::oneshot;
use types::{DeviceId, ErrorCode, Time};

/// A stream is opened only if the revocations are at most this old.
pub(super) const OPEN_WITHIN_MS: u64 = 5_000;

/// Private streams continue, and requests are answered, only if the revocations are at most this old.
pub(super) const SERVE_WITHIN_MS: u64 = 60_000;

/// Maximum open streams of one device. A phone that changes networks leaves dead streams behind, so that one stream
/// more ends the oldest instead of being refused.
pub(super) const DEVICE_STREAMS_MAX: usize = 4;

/// Why a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// The device was revoked.
    Revoked,
    /// The customer stopped everything, and the device was revoked with all the others.
    CustomerStopped,
    /// The revocations are too old.
    RevocationsUnknown,
    /// The device opened too many other streams.
    Displaced,
}

struct Stream {
    id: u64,
    private: bool,
    end: oneshot::Sender<SessionEnd>,
}

/// The state against which every request is checked. Revoked devices are stored for ever: 17 bytes each.
#[derive(Default)]
pub(super) struct Readers {
    number: u64,
    /// Whether a revoked device's customer stopped everything.
    revoked: HashMap<DeviceId, bool>,
    as_of: Option<Time>,
    streams: HashMap<DeviceId, Vec<Stream>>,
    next_id: u64,
}

impl Readers {
    /// The number of the newest known revocation.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether the revocations are at most `ms` old. After the clock was set back they count as too old.
    pub(super) fn known_within(&self, ms: u64, now: Time) -> bool {
        self.as_of
            .is_some_and(|as_of| now.ms_since(as_of).max(as_of.ms_since(now)) <= ms)
    }

    /// Checks whether a request of `device` may be answered.
    pub(super) fn admit(&self, device: DeviceId, now: Time) -> Result<(), ErrorCode> {
        match self.revoked.get(&device) {
            Some(true) => return Err(ErrorCode::CustomerStopped),
            Some(false) => return Err(ErrorCode::DeviceRevoked),
            None => {}
        }
        if !self.known_within(SERVE_WITHIN_MS, now) {
            return Err(ErrorCode::RevocationsUnknown);
        }
        Ok(())
    }

    /// Checks and registers a stream of `device` in one step, so that no revocation comes in between.
    pub(super) fn open(
        &mut self,
        device: DeviceId,
        private: bool,
        now: Time,
    ) -> Result<(u64, oneshot::Receiver<SessionEnd>), ErrorCode> {
        self.admit(device, now)?;
        if !self.known_within(OPEN_WITHIN_MS, now) {
            return Err(ErrorCode::RevocationsUnknown);
        }
        let (end, ended) = oneshot::channel();
        let id = self.next_id;
        self.next_id += 1;
        let streams = self.streams.entry(device).or_default();
        if streams.len() >= DEVICE_STREAMS_MAX {
            let _ended_before = streams.remove(0).end.send(SessionEnd::Displaced).is_err();
        }
        streams.push(Stream { id, private, end });
        Ok((id, ended))
    }

    /// Removes the registration.
    pub(super) fn close(&mut self, device: DeviceId, id: u64) {
        if let Some(streams) = self.streams.get_mut(&device) {
            streams.retain(|stream| stream.id != id);
            if streams.is_empty() {
                self.streams.remove(&device);
            }
        }
    }

    /// Stores revocations and ends the streams of those devices.
    pub(super) fn learn(&mut self, revocations: &[Revocation]) {
        for revocation in revocations {
            self.number = self.number.max(revocation.number);
            self.revoked.insert(revocation.device, revocation.by_stop);
            let end = match revocation.by_stop {
                true => SessionEnd::CustomerStopped,
                false => SessionEnd::Revoked,
            };
            for stream in self
                .streams
                .remove(&revocation.device)
                .into_iter()
                .flatten()
            {
                let _ended_before = stream.end.send(end).is_err();
            }
        }
    }

    /// Records that all revocations committed before `begun` are known.
    pub(super) fn known_as_of(&mut self, begun: Time) {
        self.as_of = Some(begun);
    }

    /// Ends the private streams if the revocations are too old.
    pub(super) fn end_unknown(&mut self, now: Time) {
        if self.known_within(SERVE_WITHIN_MS, now) {
            return;
        }
        self.streams.retain(|_, streams| {
            for stream in streams.extract_if(.., |stream| stream.private) {
                let _ended_before = stream.end.send(SessionEnd::RevocationsUnknown).is_err();
            }
            !streams.is_empty()
        });
    }

    #[cfg(test)]
    fn open_streams(&self) -> usize {
        self.streams.values().map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_ms(1_790_000_000_000);

    fn device(byte: u8) -> DeviceId {
        DeviceId::at(NOW, [byte; 10])
    }

    fn known() -> Readers {
        let mut readers = Readers::default();
        readers.known_as_of(NOW);
        readers
    }

    #[test]
    fn no_device_is_admitted_before_revocations_are_known() {
        let mut readers = Readers::default();
        let unknown = Err(ErrorCode::RevocationsUnknown);
        assert_eq!(readers.admit(device(1), NOW), unknown);
        readers.known_as_of(NOW);
        let (stream, answer) = (NOW.plus_ms(5_000), NOW.plus_ms(60_000));
        assert!(readers.open(device(1), true, stream).is_ok());
        assert!(readers.open(device(1), true, stream.plus_ms(1)).is_err());
        assert_eq!(readers.admit(device(1), answer), Ok(()));
        assert_eq!(readers.admit(device(1), answer.plus_ms(1)), unknown);
        assert_eq!(readers.admit(device(1), NOW.minus_ms(60_001)), unknown);
    }

    #[test]
    fn a_revocation_ends_the_streams_of_its_device_alone() {
        let mut readers = known();
        let (_, mut other) = readers.open(device(2), true, NOW).unwrap();
        for (number, by_stop, ended, refused) in [
            (7, false, SessionEnd::Revoked, ErrorCode::DeviceRevoked),
            (
                8,
                true,
                SessionEnd::CustomerStopped,
                ErrorCode::CustomerStopped,
            ),
        ] {
            let device = device(u8::try_from(number).unwrap());
            let (_, mut removed) = readers.open(device, true, NOW).unwrap();
            readers.learn(&[Revocation {
                number,
                device,
                by_stop,
            }]);
            assert_eq!(readers.number(), number);
            assert_eq!(removed.try_recv(), Ok(ended));
            assert!(other.try_recv().is_err());
            let again = readers.open(device, true, NOW).map(|_| ());
            assert_eq!(again, Err(refused));
        }
    }

    #[test]
    fn old_revocations_end_private_streams_alone() {
        let mut readers = known();
        let (_, mut private) = readers.open(device(1), true, NOW).unwrap();
        let (global, mut public) = readers.open(device(1), false, NOW).unwrap();
        readers.end_unknown(NOW.plus_ms(60_000));
        assert!(private.try_recv().is_err());
        readers.end_unknown(NOW.plus_ms(60_001));
        assert_eq!(private.try_recv(), Ok(SessionEnd::RevocationsUnknown));
        assert!(public.try_recv().is_err());
        readers.close(device(1), global);
        assert_eq!(readers.open_streams(), 0);
    }

    #[test]
    fn one_stream_too_many_ends_the_oldest() {
        let mut readers = known();
        let mut streams: Vec<_> = (0..=DEVICE_STREAMS_MAX)
            .map(|_| readers.open(device(1), true, NOW).unwrap())
            .collect();
        let ended: Vec<_> = streams
            .iter_mut()
            .map(|(_, ended)| ended.try_recv().ok())
            .collect();
        assert_eq!(ended[0], Some(SessionEnd::Displaced));
        assert!(ended[1..].iter().all(Option::is_none));
        for (id, _) in streams {
            readers.close(device(1), id);
        }
        assert!(readers.streams.is_empty(), "a closed stream costs nothing");
    }
}
