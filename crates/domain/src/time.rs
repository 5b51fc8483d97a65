//! Instants, local days, and the clock and randomness that are passed in.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr, sync::Mutex};
use uuid::Uuid;

/// An instant: microseconds since 1970-01-01 UTC. Stored as one BIGINT, so that it sorts the same
/// on every database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    /// This instant moved by a number of seconds, which may be negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_second(self.0.div_euclid(1_000_000)) {
            Ok(timestamp) => timestamp.fmt(f),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A calendar day in an enterprise's time zone: days since 1970-01-01.
///
/// Periods, deadlines and tallies go by local days; before 08:00 China is still on yesterday's
/// UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

impl Day {
    /// The day with this many days added.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// Makes a day from a calendar date; `None` where the date does not exist.
    pub fn from_date(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self::from_civil)
    }

    /// The calendar year.
    pub fn year(self) -> i16 {
        self.civil().map_or(0, Date::year)
    }

    /// The first day of its month, and that of the next: a month is from the one up to the other.
    pub fn month(self) -> (Self, Self) {
        let first = self
            .civil()
            .map_or(self, |date| Self::from_civil(date.first_of_month()));
        let next = self
            .civil()
            .map_or(self, |date| Self::from_civil(date.last_of_month()).plus(1));
        (first, next)
    }

    fn from_civil(date: Date) -> Self {
        let epoch = Date::constant(1970, 1, 1);
        // A span of days between two valid dates always fits.
        Self(date.duration_since(epoch).as_hours() / 24)
    }

    fn civil(self) -> Option<Date> {
        let span = jiff::Span::new().try_days(self.0).ok()?;
        Date::constant(1970, 1, 1).checked_add(span).ok()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.civil() {
            Some(date) => date.fmt(f),
            None => write!(f, "day {}", self.0),
        }
    }
}

impl FromStr for Day {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse().map(Self::from_civil)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A time zone that exists in the IANA database.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Looks a zone up by its IANA name, such as `Asia/Shanghai`.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// That of the prime meridian, for what has no place.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The local day at an instant.
    pub fn day(&self, at: Instant) -> Day {
        let timestamp = Timestamp::from_microsecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
        Day::from_civil(timestamp.to_zoned(self.0.clone()).date())
    }

    /// The last instant of a local day.
    pub fn end(&self, day: Day) -> Instant {
        let next = day.plus(1).civil();
        let next = next.and_then(|date| date.to_zoned(self.0.clone()).ok());
        let first = next.map_or(Timestamp::MAX, |it| it.timestamp());
        Instant(first.as_microsecond() - 1)
    }

    /// The minute of the local day at an instant, from 0 to 1439.
    pub fn minute(&self, at: Instant) -> i64 {
        let timestamp = Timestamp::from_microsecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
        let time = timestamp.to_zoned(self.0.clone()).time();
        i64::from(time.hour()) * 60 + i64::from(time.minute())
    }

    /// The hour and minute that the clock on the wall shows at an instant, such as `16:30`.
    pub fn clock(&self, at: Instant) -> String {
        let timestamp = Timestamp::from_microsecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
        let time = timestamp.to_zoned(self.0.clone()).time();
        format!("{:02}:{:02}", time.hour(), time.minute())
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}

/// Where randomness comes from.
pub trait Random: Send + Sync {
    /// Fills the buffer with random bytes.
    fn fill(&self, buffer: &mut [u8]);

    /// A random id (UUIDv4).
    fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// A clock that stands where it is put; for the demo and for tests.
#[derive(Debug)]
pub struct SetClock(Mutex<Instant>);

impl SetClock {
    /// A clock that shows this instant.
    pub fn at(instant: Instant) -> Self {
        Self(Mutex::new(instant))
    }

    /// Puts the clock to an instant.
    pub fn set(&self, instant: Instant) {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = instant;
    }

    /// Moves the clock forward.
    pub fn advance_seconds(&self, seconds: i64) {
        let mut now = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = now.plus_seconds(seconds);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Instant {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Repeatable randomness from a seed; for the demo and for tests, never for secrets.
pub struct SeededRandom(Mutex<rand_chacha::ChaCha12Rng>);

impl SeededRandom {
    /// The same seed gives the same bytes.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(rand_chacha::ChaCha12Rng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        let mut rng = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        rng.fill_bytes(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_morning_belongs_to_the_local_day() {
        let shanghai = Zone::named("Asia/Shanghai").unwrap();
        let half_past_six = Instant(1_425_249_000_000_000); // 2015-03-01T22:30:00Z
        assert_eq!(shanghai.day(half_past_six).to_string(), "2015-03-02");
        assert_eq!(Zone::utc().day(half_past_six).to_string(), "2015-03-01");
        assert!(Zone::named("Asia/Nanxun").is_none());
    }

    #[test]
    fn days_survive_text_and_arithmetic() {
        let day: Day = "2026-02-28".parse().unwrap();
        assert_eq!(day.plus(1).to_string(), "2026-03-01");
        assert_eq!(Day(0).to_string(), "1970-01-01");
        assert_eq!(Day(-1).to_string(), "1969-12-31");
        assert!("2026-02-30".parse::<Day>().is_err());
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        assert_eq!(SeededRandom::new(7).uuid(), SeededRandom::new(7).uuid());
        assert_ne!(SeededRandom::new(7).uuid(), SeededRandom::new(8).uuid());
    }
}
