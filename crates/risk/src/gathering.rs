//! The features of an order or a login: what is asked, and what the tables know.

use crate::asked::Asked;
use crate::error::Failure;
use crate::lists::List;
use crate::risk::Risk;
use crate::standing::Standing;
use crate::store::customer::{self, CustomerRow, Visit};
use crate::store::device::{self, DeviceRow};
use crate::store::{Index, activity, list};
use database::{SealedColumns, Transaction};
use risk_rules::{
    Country, Device, Features, History, Hop, Location, Place, Transaction as Ordered, Unlocated,
    User,
};
use std::net::IpAddr;
use types::{Time, base64url};

pub(crate) const PLACE: &str = "risk.customer.place";

const MINUTE_MS: u64 = 60_000;

/// Where an order or a login came from, or why that is not known.
pub(crate) type Whereabouts = Result<(Country, Place), Unlocated>;

/// What a unit of work gathers from.
pub(crate) struct Gathering {
    pub(crate) asked: Asked,
    pub(crate) customer: Index,
    pub(crate) payee: Option<Index>,
    pub(crate) debit: Option<Index>,
    pub(crate) whereabouts: Whereabouts,
    pub(crate) hour_and_weekday: (u8, u8),
}

/// What was gathered.
pub(crate) struct Gathered {
    pub(crate) features: Features,
    /// The customer's places before.
    pub(crate) places: Option<CustomerRow>,
}

impl Risk {
    /// Where the address is, by the bank's database of locations. It may be missing, fail, or be false.
    pub(crate) async fn locate(&self, address: Option<IpAddr>) -> Whereabouts {
        let address = address.ok_or(Unlocated::NoAddress)?;
        let places = self.0.places.as_ref().ok_or(Unlocated::NoDatabase)?;
        let located = places.locate(address).await.map_err(|error| {
            tracing::warn!("the database of locations failed: {error}");
            Unlocated::Failed
        })?;
        let located = located.ok_or(Unlocated::NotListed)?;
        let place = Place::new(located.latitude, located.longitude);
        let country = located.country.parse();
        place
            .and_then(|place| country.map(|country| (country, place)))
            .map_err(|error| {
                tracing::warn!("the database of locations is false: {error}");
                Unlocated::FalsePlace
            })
    }
}

impl Gathering {
    /// Gathers the features in a unit of work.
    pub(crate) async fn gather(
        &self,
        tx: &mut Transaction<'_>,
        (standing, columns): (&Standing, &SealedColumns),
    ) -> Result<Gathered, Failure> {
        let Asked {
            id,
            device,
            received: now,
            ..
        } = &self.asked;
        let (now, own) = (*now, (self.customer, id.as_str()));
        let entry = base64url::encode(&self.customer);
        let exception = (List::ExceptionUser.as_str(), entry.as_str());
        let exception = list::has(tx, exception, now).await?;
        let of_customer = activity::of_customer(tx, own, now).await?;
        let of_device = activity::of_device(tx, device.id, own, now).await?;
        let of_payee = match self.payee {
            Some(payee) => activity::of_payee(tx, payee, own, now).await?,
            None => activity::OfPayee::default(),
        };
        let credited = match self.debit {
            Some(account) => activity::credited(tx, (account, self.customer), now).await?,
            None => None,
        };
        let seen = device::find(tx, device.id).await?;
        let others = device::other_customers(tx, (device.id, self.customer), now).await?;
        let places = customer::find(tx, self.customer).await?;
        let (hour, weekday) = self.hour_and_weekday;
        let features = Features {
            transaction: Ordered {
                kind: self.asked.kind,
                amount: self.asked.amount,
                hour,
                weekday,
            },
            user: User {
                known: true,
                exception,
            },
            device: Device {
                known: true,
                associated: device.is_customers,
                fingerprint_matches: seen.as_ref().map(|seen| self.looks_like(seen)),
                age_minutes: minutes(now, device.enrolled),
                customers_month: others.saturating_add(1),
                denied_month: of_device.denied_month,
                frauds: of_device.frauds,
            },
            location: self.location(standing, (places.as_ref(), columns))?,
            history: History {
                user_ten_minutes: of_customer.ten_minutes,
                user_hour: of_customer.hour,
                user_day: of_customer.day,
                user_week: of_customer.week,
                user_month: of_customer.month,
                device_hour: of_device.hour,
                moved_day: of_customer.moved_day,
                moved_week: of_customer.moved_week,
                moved_month: of_customer.moved_month,
                new_payee: self.asked.new_payee,
                payers_day: of_payee.payers_day,
                payee_day: of_payee.day,
                payee_week: of_payee.week,
                payee_month: of_payee.month,
                payee_frauds: of_payee.frauds,
                first_of_device: seen.is_none_or(|seen| seen.first_id == *id),
                credited_minutes: credited.map(|credited| minutes(now, credited)),
            },
            learned: None,
        };
        Ok(Gathered { features, places })
    }

    /// What the device looks like now.
    pub(crate) fn device_row(&self) -> DeviceRow {
        DeviceRow {
            form: self.asked.device.form,
            level: DeviceRow::level(self.asked.device.verdict.level),
            first_id: self.asked.id.clone(),
        }
    }

    /// Whether the device has the same form as before, and its attestation proves no less.
    fn looks_like(&self, seen: &DeviceRow) -> bool {
        let now = self.device_row();
        now.form == seen.form && now.level >= seen.level
    }

    fn location(
        &self,
        standing: &Standing,
        (places, columns): (Option<&CustomerRow>, &SealedColumns),
    ) -> Result<Location, Failure> {
        let address = self.asked.address;
        let country = self.whereabouts.ok().map(|(country, _)| country);
        let hop = match (self.whereabouts, places) {
            (Ok((_, place)), Some(row)) => self.hop(place, row, columns)?,
            _ => None,
        };
        Ok(Location {
            list: address.and_then(|address| standing.addresses.longest(address).copied()),
            address_risk: address
                .and_then(|address| standing.address_risks.longest(address).copied()),
            country,
            negative_country: country.map(|country| standing.negative_countries.contains(&country)),
            hop,
            unlocated: self.whereabouts.err(),
        })
    }

    /// The way from the last place of another order or login.
    fn hop(
        &self,
        place: Place,
        row: &CustomerRow,
        columns: &SealedColumns,
    ) -> Result<Option<Hop>, Failure> {
        let Some((sealed, at)) = row.visit_before(&self.asked.id) else {
            return Ok(None);
        };
        let last = columns.open(PLACE, sealed)?;
        let last: Place = serde_json::from_slice(&last).map_err(Failure::StoredDecision)?;
        let between = self.asked.received.ms_since(*at);
        Ok(Some(Hop {
            miles: last.miles_to(place),
            minutes: f64::from(u32::try_from(between / 1_000).unwrap_or(u32::MAX)) / 60.0,
        }))
    }
}

impl CustomerRow {
    /// The last place that another order or login than this one came from.
    pub(crate) fn visit_before(&self, id: &str) -> Option<&Visit> {
        match self.id == id {
            true => self.before.as_ref(),
            false => Some(&self.last),
        }
    }
}

fn minutes(now: Time, earlier: Time) -> u32 {
    u32::try_from(now.ms_since(earlier) / MINUTE_MS).unwrap_or(u32::MAX)
}
