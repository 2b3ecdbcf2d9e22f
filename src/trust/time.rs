//! A moment, as certificates know it: UTC, from year 0 to 9999.
//!
//! Certificates count in seconds, clocks more finely. A certificate is valid through the last of its seconds' first
//! instant: half a second later it has expired.
//!
//! `UTCTime` has two digits for the year, from 1950 on; `GeneralizedTime` has four. Both are read with seconds and `Z`,
//! and no fraction (RFC 5280, section 4.1.2.5). Days are counted by the Gregorian calendar, also before there was one.

use core::fmt;
use core::ops::Add;
use core::str::FromStr;
use core::time::Duration;

use x509_cert::der::DateTime;

use super::der::{Element, GENERALIZED_TIME, Reader, UTC_TIME, written};
use super::error::malformed;
use super::{Error, Result, der};
use alloc::vec::Vec;

/// A moment in UTC, between the years 0 and 9999.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// After the first of 1970; before it's negative.
    seconds: i64,
    nanoseconds: u32,
}

/// The last second of 9999.
const LAST: i64 = 253_402_300_799;
/// 2000-03-01, from which on years of 400 are counted: the leap day is the last of a year that begins in March.
const EPOCH: i64 = 11_017;
const DAY: i64 = 86_400;

impl Time {
    /// So many seconds after the first of 1970. What lies after 9999 is its last second.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        Self { seconds: i64::try_from(seconds).map_or(LAST, |seconds| seconds.min(LAST)), nanoseconds: 0 }
    }

    /// How many whole seconds it is after the first of 1970; none if it's before.
    pub fn unix_seconds(self) -> u64 {
        u64::try_from(self.seconds).unwrap_or(0)
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
        Err(Error::NoTime)
    }

    /// The date and the time of day, in whole seconds; the first second of 1970 for what's before.
    pub fn date_time(self) -> DateTime {
        DateTime::from_unix_duration(Duration::from_secs(self.unix_seconds())).unwrap_or(DateTime::INFINITY)
    }

    /// Reads a `Time` of a certificate.
    pub(super) fn read(fields: &mut Reader<'_>) -> der::Result<Self> {
        Self::of(fields.any()?)
    }

    /// Reads an element.
    pub(super) fn of(element: Element<'_>) -> der::Result<Self> {
        let (part, problem) = match element.tag {
            UTC_TIME => (utc_time(element.value), "malformed UTCTime"),
            GENERALIZED_TIME => (generalized_time(element.value), "malformed GeneralizedTime"),
            _ => return Err("not a time"),
        };
        part.ok_or(problem)
    }

    /// As certificates and lists have it: `UTCTime` up to 2049, `GeneralizedTime` from then on and before 1950 (RFC
    /// 5280, sections 4.1.2.5 and 5.1.2.4); whole seconds.
    pub(super) fn to_der(self) -> Vec<u8> {
        let [year, month, day, hour, minute, second] = self.parts();
        let rest = alloc::format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
        if (1950..2050).contains(&year) {
            written(UTC_TIME, &[alloc::format!("{:02}{rest}", year % 100).as_bytes()])
        } else {
            written(GENERALIZED_TIME, &[alloc::format!("{year:04}{rest}").as_bytes()])
        }
    }

    /// Year, month, day, hour, minute, second.
    fn parts(self) -> [i64; 6] {
        let (days, rest) = (self.seconds.div_euclid(DAY) - EPOCH, self.seconds.rem_euclid(DAY));
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        // A leap day every 4 years, but for every 100, but for the one of 400.
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        // Months from March on have 31, 30, 31, 30, 31 days, and again.
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        [2000 + 400 * era + year + carry, month, day, rest / 3600, rest / 60 % 60, rest % 60]
    }
}

/// The moment of a date that there is, and a time of day.
fn moment(year: u32, [month, day, hour, minute, second]: [u32; 5]) -> Option<Time> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Years that begin in March, of 400.
    let from_march = i64::from(year) - i64::from(month < 3) - 2000;
    let (era, year) = (from_march.div_euclid(400), from_march.rem_euclid(400));
    let month = i64::from((month + 9) % 12);
    let days =
        146_097 * era + 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 + i64::from(day) - 1;
    let seconds = DAY * (days + EPOCH) + i64::from(3600 * hour + 60 * minute + second);
    Some(Time { seconds, nanoseconds: 0 })
}

/// Digits as a number.
fn number(digits: &[u8]) -> Option<u32> {
    let digit = |number: Option<u32>, c: &u8| Some(10 * number? + char::from(*c).to_digit(10)?);
    digits.iter().fold(Some(0), digit)
}

/// Numbers of two digits.
fn pairs(digits: &[u8]) -> Option<[u32; 5]> {
    let mut numbers = [0; 5];
    if digits.len() != 10 {
        return None;
    }
    for (number_of, pair) in numbers.iter_mut().zip(digits.chunks_exact(2)) {
        *number_of = number(pair)?;
    }
    Some(numbers)
}

fn utc_time(text: &[u8]) -> Option<Time> {
    let (year, rest) = text.strip_suffix(b"Z")?.split_at_checked(2)?;
    let year = number(year)?;
    moment(if year < 50 { 2000 + year } else { 1900 + year }, pairs(rest)?)
}

fn generalized_time(text: &[u8]) -> Option<Time> {
    let (year, rest) = text.strip_suffix(b"Z")?.split_at_checked(4)?;
    moment(number(year)?, pairs(rest)?)
}

impl From<DateTime> for Time {
    fn from(time: DateTime) -> Self {
        Self::from_unix_seconds(time.unix_duration().as_secs())
    }
}

/// Later by this much, at most the last second of 9999.
impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let nanoseconds = self.nanoseconds + duration.subsec_nanos();
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let seconds = self.seconds.saturating_add(seconds);
        let seconds = seconds.saturating_add(i64::from(nanoseconds / 1_000_000_000)).min(LAST);
        Self { nanoseconds: nanoseconds % 1_000_000_000, seconds }
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
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        read_text(text.as_bytes())
            .ok_or_else(|| malformed("time", "not of the form 2026-11-27T12:00:00Z, which is UTC"))
    }
}

fn read_text(text: &[u8]) -> Option<Time> {
    let (date, fraction) = text.strip_suffix(b"Z")?.split_at_checked(19)?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(i, mark)| date[*i] != *mark) {
        return None;
    }
    let part = |i: usize| number(&date[i..i + 2]);
    let parts = [part(5)?, part(8)?, part(11)?, part(14)?, part(17)?];
    let time = moment(number(&date[..4])?, parts)?;
    let nanoseconds = match fraction.split_first() {
        None => 0,
        Some((b'.', digits)) if (1..=9).contains(&digits.len()) => {
            number(digits)? * 10u32.pow(9 - digits.len() as u32)
        }
        Some(_) => return None,
    };
    Some(Time { nanoseconds, ..time })
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day, hour, minute, second] = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanoseconds > 0 {
            write!(f, ".{}", alloc::format!("{:09}", self.nanoseconds).trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn ends_of_time() {
        assert_eq!(Time::from_unix_seconds(u64::MAX), Time::from(DateTime::INFINITY));
        assert_eq!(Time::from_unix_seconds(0).unix_seconds(), 0);
        for text in ["1999-12-31T23:59:59Z", "1999-12-31T23:59:59.25Z", "1999-12-31T23:59:59.000000001Z"] {
            assert_eq!(text.parse::<Time>().unwrap().to_string(), text);
        }
        for text in [
            "1999-12-31T23:59:59.Z",
            "1999-12-31T23:59:59.5",
            "1999-12-31T23:59:59.+5Z",
            "2026-02-30T00:00:00Z",
            "2026-02-03",
            "",
            "1999-12-31 23:59:59Z",
            "1999-12-31T24:00:00Z",
            "1900-02-29T00:00:00Z",
        ] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
        let time: Time = "1999-12-31T23:59:59.6Z".parse().unwrap();
        assert_eq!(time + Duration::from_millis(1_500), "2000-01-01T00:00:01.1Z".parse().unwrap());
        assert_eq!((time + Duration::MAX).date_time(), DateTime::INFINITY);
    }

    #[test]
    fn every_day_both_ways() {
        let (mut time, last) = (Time { seconds: -DAY * 719_528, nanoseconds: 0 }, "9999-12-31T00:00:00Z");
        assert_eq!(time.to_string(), "0000-01-01T00:00:00Z");
        let mut days = 0;
        while time.seconds < LAST {
            let [year, month, day, ..] = time.parts().map(|part| u32::try_from(part).unwrap());
            assert_eq!(moment(year, [month, day, 0, 0, 0]), Some(time));
            if time.seconds >= 0 {
                let known = DateTime::from_unix_duration(Duration::from_secs(time.unix_seconds())).unwrap();
                assert_eq!((known.year(), known.month(), known.day()), (year as u16, month as u8, day as u8));
            }
            (time.seconds, days) = (time.seconds + DAY, days + 1);
        }
        time.seconds -= DAY;
        assert_eq!((time.to_string().as_str(), days), (last, 3_652_425));
    }

    #[test]
    fn as_certificates_have_it() {
        for (tag, text, expected) in [
            (UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"),
            (UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z"),
            (GENERALIZED_TIME, "20500101000000Z", "2050-01-01T00:00:00Z"),
            (GENERALIZED_TIME, "19491231235959Z", "1949-12-31T23:59:59Z"),
        ] {
            let der = written(tag, &[text.as_bytes()]);
            let time = Time::read(&mut Reader::new(&der)).unwrap();
            assert_eq!((time.to_string().as_str(), time.to_der()), (expected, der));
        }
        for text in ["5001010000Z", "500101000000", "500101000000+0100", "501301000000Z", "50010100000 Z"] {
            assert!(Time::read(&mut Reader::new(&written(UTC_TIME, &[text.as_bytes()]))).is_err(), "{text}");
        }
        let fraction = written(GENERALIZED_TIME, &[b"20500101000000.5Z"]);
        assert!(Time::read(&mut Reader::new(&fraction)).is_err());
    }
}
