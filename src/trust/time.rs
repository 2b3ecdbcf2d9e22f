//! A moment, as certificates know it: UTC, from 1970 to 9999.
//!
//! Certificates count in seconds, clocks more finely. A certificate is valid through the last of its seconds' first
//! instant: half a second later it has expired.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Add;
use core::str::FromStr;
use core::time::Duration;

use x509_cert::der::{self, DateTime, ErrorKind};

use super::Result;

/// A moment in UTC, between 1970 and 9999.
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
/// assert!(time < "2026-11-27T12:00:00.001Z".parse().unwrap());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    seconds: DateTime,
    nanoseconds: u32,
}

impl Time {
    /// So many seconds after the first of 1970. What lies after 9999 is its last second.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        DateTime::from_unix_duration(Duration::from_secs(seconds)).unwrap_or(DateTime::INFINITY).into()
    }

    /// How many whole seconds it is after the first of 1970.
    pub fn unix_seconds(self) -> u64 {
        self.seconds.unix_duration().as_secs()
    }

    /// How many nanoseconds it is after the first of 1970.
    #[cfg(all(feature = "std", feature = "getrandom"))]
    pub(super) fn unix_nanoseconds(self) -> u128 {
        u128::from(self.unix_seconds()) * 1_000_000_000 + u128::from(self.nanoseconds)
    }

    /// The operating system's time.
    #[cfg(feature = "std")]
    pub fn now() -> Self {
        std::time::SystemTime::now().into()
    }

    /// The operating system's time, where there's one.
    #[cfg(feature = "std")]
    #[allow(clippy::unnecessary_wraps, reason = "without std there may be none")]
    pub(super) fn clock() -> Result<Self> {
        Ok(Self::now())
    }

    #[cfg(not(feature = "std"))]
    pub(super) fn clock() -> Result<Self> {
        Err(super::Error::NoTime)
    }

    /// The date and the time of day, in whole seconds.
    pub fn date_time(self) -> DateTime {
        self.seconds
    }
}

impl Hash for Time {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.unix_seconds(), self.nanoseconds).hash(state);
    }
}

impl From<DateTime> for Time {
    fn from(seconds: DateTime) -> Self {
        Self { seconds, nanoseconds: 0 }
    }
}

impl From<x509_cert::time::Time> for Time {
    fn from(time: x509_cert::time::Time) -> Self {
        time.to_date_time().into()
    }
}

/// Later by this much, at most the last second of 9999.
impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let nanoseconds = self.nanoseconds + duration.subsec_nanos();
        let seconds = self.unix_seconds().saturating_add(duration.as_secs());
        let later = Self::from_unix_seconds(seconds.saturating_add(u64::from(nanoseconds / 1_000_000_000)));
        Self { nanoseconds: nanoseconds % 1_000_000_000, ..later }
    }
}

/// Before 1970 is 1970.
#[cfg(feature = "std")]
impl From<std::time::SystemTime> for Time {
    fn from(time: std::time::SystemTime) -> Self {
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self { nanoseconds: since.subsec_nanos(), ..Self::from_unix_seconds(since.as_secs()) }
    }
}

/// `2026-11-27T12:00:00Z` or `2026-11-27T12:00:00.5Z`: RFC 3339 without an offset.
impl FromStr for Time {
    type Err = der::Error;

    fn from_str(text: &str) -> der::Result<Self> {
        let Some((seconds, fraction)) = text.split_once('.') else { return text.parse().map(DateTime::into) };
        let digits = fraction.strip_suffix('Z').unwrap_or_default();
        if !(1..=9).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(ErrorKind::DateTime.into());
        }
        let nanoseconds =
            digits.bytes().chain([b'0'; 9]).take(9).fold(0, |n, c| 10 * n + u32::from(c - b'0'));
        Ok(Self { nanoseconds, seconds: alloc::format!("{seconds}Z").parse()? })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanoseconds == 0 {
            return self.seconds.fmt(f);
        }
        let text = alloc::format!("{}", self.seconds);
        let fraction = alloc::format!("{:09}", self.nanoseconds);
        write!(f, "{}.{}Z", text.trim_end_matches('Z'), fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_time() {
        assert_eq!(Time::from_unix_seconds(u64::MAX), Time::from(DateTime::INFINITY));
        assert_eq!(Time::from_unix_seconds(0).unix_seconds(), 0);
        for text in ["1999-12-31T23:59:59Z", "1999-12-31T23:59:59.25Z", "1999-12-31T23:59:59.000000001Z"] {
            assert_eq!(alloc::format!("{}", text.parse::<Time>().unwrap()), text);
        }
        for text in ["1999-12-31T23:59:59.Z", "1999-12-31T23:59:59.5", "1999-12-31T23:59:59.+5Z"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
        let time: Time = "1999-12-31T23:59:59.6Z".parse().unwrap();
        assert_eq!(time + Duration::from_millis(1_500), "2000-01-01T00:00:01.1Z".parse().unwrap());
        assert_eq!((time + Duration::MAX).date_time(), DateTime::INFINITY);
        assert!("2026-02-30T00:00:00Z".parse::<Time>().is_err());
        assert!("2026-02-03".parse::<Time>().is_err());
    }
}
