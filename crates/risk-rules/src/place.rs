//! Places on Earth, and how far apart they are.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The mean radius of Earth in statute miles (IUGG: 6,371.0088 km).
const EARTH_RADIUS_MILES: f64 = 3_958.761_3;

/// The value is no place, or no country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotAPlace {
    /// The latitude must be −90 to 90 degrees, the longitude −180 to 180.
    #[error("a place is a latitude of -90 to 90 and a longitude of -180 to 180 degrees")]
    Degrees,
    /// A country is two capital letters.
    #[error("a country is two capital letters, as in ISO 3166-1")]
    Country,
}

/// A point on Earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(f64, f64)", into = "(f64, f64)")]
pub struct Place {
    latitude: f64,
    longitude: f64,
}

impl Place {
    /// Makes a place. Refuses degrees that no place has.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, NotAPlace> {
        let is_place = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        is_place
            .then_some(Self {
                latitude,
                longitude,
            })
            .ok_or(NotAPlace::Degrees)
    }

    /// The great-circle distance in statute miles, by the haversine formula.
    #[must_use]
    pub fn miles_to(self, other: Self) -> f64 {
        let half_sine_squared = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let meridian = half_sine_squared(other.latitude - self.latitude);
        let parallel = half_sine_squared(other.longitude - self.longitude);
        let shrinks = self.latitude.to_radians().cos() * other.latitude.to_radians().cos();
        let haversine = (meridian + shrinks * parallel).clamp(0.0, 1.0);
        2.0 * EARTH_RADIUS_MILES * haversine.sqrt().asin()
    }
}

impl TryFrom<(f64, f64)> for Place {
    type Error = NotAPlace;
    fn try_from((latitude, longitude): (f64, f64)) -> Result<Self, NotAPlace> {
        Self::new(latitude, longitude)
    }
}

impl From<Place> for (f64, f64) {
    fn from(place: Place) -> Self {
        (place.latitude, place.longitude)
    }
}

/// A country's two letters (ISO 3166-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl FromStr for Country {
    type Err = NotAPlace;
    fn from_str(letters: &str) -> Result<Self, NotAPlace> {
        match *letters.as_bytes() {
            [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => Ok(Self([first, second])),
            _ => Err(NotAPlace::Country),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = NotAPlace;
    fn try_from(letters: String) -> Result<Self, NotAPlace> {
        letters.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|&letter| write!(f, "{}", char::from(letter)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(latitude: f64, longitude: f64) -> Place {
        Place::new(latitude, longitude).unwrap()
    }

    /// The distances on the ellipsoid WGS 84 by Vincenty's formula, to one part in two hundred: Earth is no sphere.
    #[test]
    fn distances_are_those_of_the_great_circle() {
        let check = |from: Place, to: Place, miles: f64| {
            let measured = from.miles_to(to);
            assert!(
                (measured - miles).abs() <= miles / 200.0,
                "{measured} for {miles}"
            );
        };
        let bangkok = place(13.7563, 100.5018);
        let prague = place(50.0755, 14.4378);
        let new_york = place(40.7128, -74.0060);
        let london = place(51.5074, -0.1278);
        check(new_york, london, 3_470.5);
        check(bangkok, prague, 5_324.5);
        check(place(0.0, 0.0), place(0.0, 1.0), 69.17);
        check(place(0.0, 179.5), place(0.0, -179.5), 69.17);
        check(place(90.0, 0.0), place(-90.0, 0.0), 12_430.2);
    }

    #[test]
    fn false_places_and_countries_are_refused() {
        for (latitude, longitude) in [
            (90.1, 0.0),
            (-90.1, 0.0),
            (0.0, 180.1),
            (0.0, -180.1),
            (f64::NAN, 0.0),
            (0.0, f64::INFINITY),
        ] {
            assert_eq!(Place::new(latitude, longitude), Err(NotAPlace::Degrees));
        }
        for letters in ["", "t", "th", "THA", "T1", "ÄÖ"] {
            assert_eq!(letters.parse::<Country>(), Err(NotAPlace::Country));
        }
        assert_eq!("TH".parse::<Country>().unwrap().to_string(), "TH");
    }

    fn any_place() -> impl Strategy<Value = Place> {
        (-90.0..=90.0, -180.0..=180.0).prop_map(|(latitude, longitude)| place(latitude, longitude))
    }

    proptest! {
        #[test]
        fn a_distance_is_a_metric(a in any_place(), b in any_place(), c in any_place()) {
            let rounding = 1e-6;
            prop_assert!(a.miles_to(a) <= rounding);
            prop_assert!((a.miles_to(b) - b.miles_to(a)).abs() <= rounding);
            prop_assert!(a.miles_to(c) <= a.miles_to(b) + b.miles_to(c) + rounding);
            prop_assert!(a.miles_to(b) <= 12_437.0);
        }
    }
}
