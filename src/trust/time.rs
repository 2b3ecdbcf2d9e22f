//! A moment, as certificates know it: UTC, to the second, from 1970 to 9999.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use x509_cert::der::{self, DateTime};

/// A moment in UTC, to the second, between 1970 and 9999.
///
/// Made of a [`der::DateTime`](x509_cert::der::DateTime), of a `std::time::SystemTime`, of seconds, or read from
/// text as `2026-11-27T12:00:00Z`.
///
/// ```
/// use oneway::trust::Time;
///
/// let time: Time = "2026-11-27T12:00:00Z".parse().unwrap();
/// assert_eq!(time, Time::from_unix_seconds(1_795_780_800));
/// assert_eq!(time.to_string(), "2026-11-27T12:00:00Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(DateTime);

impl Time {
    /// So many seconds after the first of 1970. What lies after 9999 is its last second.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        Self(DateTime::from_unix_duration(Duration::from_secs(seconds)).unwrap_or(DateTime::INFINITY))
    }

    /// How many seconds it is after the first of 1970.
    pub fn unix_seconds(self) -> u64 {
        self.0.unix_duration().as_secs()
    }

    /// The operating system's time.
    #[cfg(feature = "std")]
    pub fn now() -> Self {
        std::time::SystemTime::now().into()
    }

    /// The date and the time of day.
    pub fn date_time(self) -> DateTime {
        self.0
    }
}

impl core::hash::Hash for Time {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.unix_seconds().hash(state);
    }
}

impl From<DateTime> for Time {
    fn from(time: DateTime) -> Self {
        Self(time)
    }
}

impl From<x509_cert::time::Time> for Time {
    fn from(time: x509_cert::time::Time) -> Self {
        Self(time.to_date_time())
    }
}

/// Before 1970 is 1970.
#[cfg(feature = "std")]
impl From<std::time::SystemTime> for Time {
    fn from(time: std::time::SystemTime) -> Self {
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self::from_unix_seconds(since.as_secs())
    }
}

/// `2026-11-27T12:00:00Z`, the form of RFC 3339 that has no offset and no fractions.
impl FromStr for Time {
    type Err = der::Error;

    fn from_str(text: &str) -> der::Result<Self> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_time() {
        assert_eq!(Time::from_unix_seconds(u64::MAX), Time::from(DateTime::INFINITY));
        assert_eq!(Time::from_unix_seconds(0).unix_seconds(), 0);
        assert!("2026-02-30T00:00:00Z".parse::<Time>().is_err());
        assert!("2026-02-03".parse::<Time>().is_err());
    }
}
