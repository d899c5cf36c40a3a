//! Alerts to administrators: at once, but grouped and bounded, so that an attacker cannot flood people.

use crate::ExceptionRecord;
use crate::ports::{Alert, Alerts};
use crate::stop::disallows;
use http_edge::Prefix;
use protocol::package::Layer;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use types::Time;

/// After an alert, further exceptions at the same layer are grouped for so long.
const GROUPED_MS: u64 = 10 * 60_000;

/// Maximum records of one prefix in a minute. Further ones are counted alone.
const RECORDS_MAX: u32 = 20;
const MINUTE_MS: u64 = 60_000;

/// Maximum prefixes that are counted at a time.
const PREFIXES_MAX: usize = 10_000;

/// Sends alerts.
pub(crate) struct Alerting {
    alerts: Arc<dyn Alerts>,
    groups: Mutex<HashMap<Option<Layer>, Group>>,
    counted: Mutex<HashMap<Prefix, Counted>>,
}

/// The exceptions at one layer since its last alert.
struct Group {
    alerted: Time,
    /// Exceptions that no alert has named, and the newest of them.
    further: u64,
    newest: u64,
}

struct Counted {
    since: Time,
    records: u32,
}

impl Alerting {
    pub(crate) fn new(alerts: Arc<dyn Alerts>) -> Self {
        Self {
            alerts,
            groups: Mutex::default(),
            counted: Mutex::default(),
        }
    }

    /// Whether an exception of this prefix is recorded, or has come too often.
    pub(crate) fn may_record(&self, prefix: Prefix, now: Time) -> bool {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= PREFIXES_MAX {
            counted.retain(|_, counted| now.ms() < counted.since.ms() + MINUTE_MS);
        }
        if counted.len() >= PREFIXES_MAX && !counted.contains_key(&prefix) {
            return false;
        }
        let of_prefix = counted.entry(prefix).or_insert(Counted {
            since: now,
            records: 0,
        });
        if now.ms() >= of_prefix.since.ms() + MINUTE_MS {
            *of_prefix = Counted {
                since: now,
                records: 0,
            };
        }
        of_prefix.records += 1;
        of_prefix.records <= RECORDS_MAX
    }

    /// Alerts at once, or counts the exception for the next alert about its layer.
    pub(crate) async fn alert(&self, record: &ExceptionRecord, now: Time) {
        if self.is_grouped(record, now) {
            return;
        }
        let name = layer_name(record.layer);
        let alert = Alert {
            subject: format!("Passbook: a package was stopped at {name}"),
            text: format!(
                "Exception {} at {name}: {}. Address {}. `passbook stack exceptions` shows everything that is known.",
                record.number, record.reason, record.address
            ),
        };
        self.send(&alert, record.layer).await;
    }

    fn is_grouped(&self, record: &ExceptionRecord, now: Time) -> bool {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = groups.get_mut(&record.layer) {
            group.further += 1;
            group.newest = record.number;
            return true;
        }
        let group = Group {
            alerted: now,
            further: 0,
            newest: record.number,
        };
        groups.insert(record.layer, group);
        false
    }

    /// Alerts about what was grouped and has waited long enough.
    pub(crate) async fn flush(&self, now: Time) {
        for (layer, further, newest) in self.due(now) {
            let name = layer_name(layer);
            let alert = Alert {
                subject: format!("Passbook: {further} more packages were stopped at {name}"),
                text: format!(
                    "{further} more packages were stopped at {name}; the newest is exception {newest}. `passbook stack exceptions` shows everything that is known."
                ),
            };
            self.send(&alert, layer).await;
        }
    }

    fn due(&self, now: Time) -> Vec<(Option<Layer>, u64, u64)> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        groups.retain(|layer, group| {
            if now.ms() < group.alerted.ms() + GROUPED_MS {
                return true;
            }
            let further = std::mem::take(&mut group.further);
            if further > 0 {
                group.alerted = now;
                due.push((*layer, further, group.newest));
            }
            further > 0
        });
        due
    }

    async fn send(&self, alert: &Alert, layer: Option<Layer>) {
        let mut sent = vec![self.alerts.mail(alert).await];
        if disallows(layer) {
            sent.push(self.alerts.sms(alert).await);
        }
        for error in sent.into_iter().filter_map(Result::err) {
            let error = types::error_chain(&error);
            tracing::error!(
                subject = alert.subject,
                "administrators were not alerted: {error}"
            );
        }
    }
}

fn layer_name(layer: Option<Layer>) -> String {
    layer.map_or_else(
        || "the firewall".to_owned(),
        |layer| format!("layer {layer}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seen;
    use crate::ports::NotSent;
    use async_trait::async_trait;

    #[derive(Default)]
    struct Sent(Mutex<Vec<String>>);

    #[async_trait]
    impl Alerts for Sent {
        async fn mail(&self, alert: &Alert) -> Result<(), NotSent> {
            self.0
                .lock()
                .unwrap()
                .push(format!("mail: {}", alert.subject));
            Ok(())
        }

        async fn sms(&self, alert: &Alert) -> Result<(), NotSent> {
            self.0
                .lock()
                .unwrap()
                .push(format!("sms: {}", alert.subject));
            Ok(())
        }
    }

    fn record(number: u64, layer: Layer) -> ExceptionRecord {
        ExceptionRecord {
            number,
            time: Time::from_ms(0),
            layer: Some(layer),
            reason: "why".to_owned(),
            address: "192.0.2.1".parse().unwrap(),
            seen: Seen::nothing(),
        }
    }

    #[tokio::test]
    async fn the_first_alert_is_sent_at_once_and_the_others_together() {
        let sent = Arc::new(Sent::default());
        let alerting = Alerting::new(sent.clone());
        let at = Time::from_ms;
        let take = || std::mem::take(&mut *sent.0.lock().unwrap());
        alerting.alert(&record(1, Layer::Transport), at(1)).await;
        assert_eq!(take(), ["mail: Passbook: a package was stopped at layer 1"]);
        // Layers 2 and 4 reach telephones, too.
        alerting.alert(&record(2, Layer::Origin), at(1)).await;
        let both = take();
        assert_eq!(both.len(), 2, "{both:?}");
        for number in 3..1_003 {
            alerting
                .alert(&record(number, Layer::Transport), at(2))
                .await;
        }
        assert!(take().is_empty());
        alerting.flush(at(GROUPED_MS)).await;
        assert!(take().is_empty(), "the time of grouping has not passed");
        alerting.flush(at(GROUPED_MS + 1)).await;
        assert_eq!(
            take(),
            ["mail: Passbook: 1000 more packages were stopped at layer 1"]
        );
        // Nothing came since: the next one is sent at once again.
        alerting.flush(at(2 * GROUPED_MS + 1)).await;
        assert!(take().is_empty());
        alerting
            .alert(&record(1_003, Layer::Transport), at(2 * GROUPED_MS + 2))
            .await;
        assert_eq!(take().len(), 1);
    }

    #[test]
    fn records_of_a_prefix_are_bounded() {
        let alerting = Alerting::new(Arc::new(Sent::default()));
        let prefix = |text: &str| Prefix::of(text.parse().unwrap());
        let records =
            (0..1_000).filter(|_| alerting.may_record(prefix("192.0.2.1"), Time::from_ms(1)));
        assert_eq!(records.count(), 20);
        assert!(alerting.may_record(prefix("192.0.2.2"), Time::from_ms(1)));
        assert!(alerting.may_record(prefix("192.0.2.1"), Time::from_ms(1 + MINUTE_MS)));
    }
}
