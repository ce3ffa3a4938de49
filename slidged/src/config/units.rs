//! Sizes and times as people write them: `"64 MiB"`, `"5m"`, `"1h 30m"`.

use serde::de::Deserialize;
use serde::de::Deserializer;
use serde::de::Error;
use serde::de::Unexpected;
use serde::de::Visitor;
use std::fmt;
use std::str::FromStr;

/// A number of bytes. Written with a unit (`"64 MiB"`, `"1.5 GB"`), or as a bare number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

/// A span of time. Always written with its unit: `"500ms"`, `"30s"`, `"5m"`, `"12h"`, `"14d"`,
/// `"2w"`, or several of them from large to small: `"1h 30m"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(std::time::Duration);

/// Error: the text is not a size or a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct UnitError(&'static str);

const SIZE: &str = "a size such as \"64 MiB\"";
const TIME: &str = "a time with its unit, such as \"30s\", \"5m\" or \"14d\"";

impl ByteSize {
    /// Creates a size of so many bytes.
    pub const fn bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Creates a size of so many times 1,024 × 1,024 bytes.
    pub const fn mebibytes(mebibytes: u64) -> Self {
        Self(mebibytes << 20)
    }

    /// The number of bytes.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl Duration {
    /// Creates a duration of so many milliseconds.
    pub const fn milliseconds(n: u64) -> Self {
        Self(std::time::Duration::from_millis(n))
    }

    /// Creates a duration of so many seconds.
    pub const fn seconds(n: u64) -> Self {
        Self(std::time::Duration::from_secs(n))
    }

    /// Creates a duration of so many minutes.
    pub const fn minutes(n: u64) -> Self {
        Self::seconds(n * 60)
    }

    /// Creates a duration of so many days of 24 hours.
    pub const fn days(n: u64) -> Self {
        Self::seconds(n * 86_400)
    }

    /// Converts to the standard library's type.
    pub const fn get(self) -> std::time::Duration {
        self.0
    }
}

impl From<Duration> for std::time::Duration {
    fn from(it: Duration) -> Self {
        it.0
    }
}

impl FromStr for ByteSize {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = UnitError(SIZE);
        let (number, unit) = split(text.trim()).ok_or(wrong)?;
        let factor: u64 = match unit.to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            "tb" => 1_000_000_000_000,
            "k" | "kib" => 1 << 10,
            "m" | "mib" => 1 << 20,
            "g" | "gib" => 1 << 30,
            "t" | "tib" => 1 << 40,
            _ => return Err(wrong),
        };
        scale(number, factor).map(Self).ok_or(wrong)
    }
}

impl FromStr for Duration {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = UnitError(TIME);
        let (mut rest, mut total, mut last) = (text.trim(), 0_u64, u64::MAX);
        while !rest.is_empty() {
            let end = rest
                .find(|c: char| c.is_ascii_alphabetic())
                .and_then(|unit| {
                    let tail = rest.get(unit..)?;
                    Some(unit + tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len()))
                })
                .ok_or(wrong)?;
            let (part, tail) = rest.split_at(end);
            let (number, unit) = split(part).ok_or(wrong)?;
            let factor: u64 = match unit {
                "ms" => 1,
                "s" | "sec" => 1_000,
                "m" | "min" => 60_000,
                "h" => 3_600_000,
                "d" | "day" | "days" => 86_400_000,
                "w" => 604_800_000,
                _ => return Err(wrong),
            };
            // "5m 1h" and "5m 5m" are slips.
            if factor >= last {
                return Err(wrong);
            }
            last = factor;
            total = scale(number, factor).and_then(|ms| total.checked_add(ms)).ok_or(wrong)?;
            rest = tail.trim_start();
        }
        if last == u64::MAX { Err(wrong) } else { Ok(Self::milliseconds(total)) }
    }
}

/// "1.5 GB" → ("1.5", "GB")
fn split(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (!number.is_empty()).then_some((number, unit.trim_start()))
}

/// Multiplies a decimal number exactly; `None` when it is none, too large, or does not come to a
/// whole number.
fn scale(number: &str, factor: u64) -> Option<u64> {
    let number = number.replace('_', "");
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, "0"));
    let places = u32::try_from(fraction.len()).ok()?;
    let power = 10_u128.checked_pow(places)?;
    let digits = whole.parse::<u128>().ok()?.checked_mul(power)?.checked_add(fraction.parse().ok()?)?;
    let product = digits.checked_mul(factor.into())?;
    if product.checked_rem(power)? == 0 { u64::try_from(product / power).ok() } else { None }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        match units.iter().find(|(size, _)| self.0 >= *size && self.0.is_multiple_of(*size)) {
            Some((size, unit)) => write!(f, "{} {unit}", self.0 / size),
            None => write!(f, "{} B", self.0),
        }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_millis();
        if rest == 0 {
            return f.write_str("0s");
        }
        let mut space = "";
        for (size, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")] {
            if rest >= size {
                write!(f, "{space}{}{unit}", rest / size)?;
                (rest, space) = (rest % size, " ");
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Size;
        impl Visitor<'_> for Size {
            type Value = ByteSize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(SIZE)
            }

            fn visit_u64<E: Error>(self, bytes: u64) -> Result<ByteSize, E> {
                Ok(ByteSize(bytes))
            }

            fn visit_i64<E: Error>(self, bytes: i64) -> Result<ByteSize, E> {
                u64::try_from(bytes)
                    .map(ByteSize)
                    .map_err(|_| E::invalid_value(Unexpected::Signed(bytes), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ByteSize, E> {
                text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Size)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::config::text::text(deserializer, TIME, |text| text.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read_with_binary_and_decimal_units() {
        for (text, bytes) in [
            ("0", 0),
            ("17", 17),
            ("64 MiB", 64 << 20),
            ("64MiB", 64 << 20),
            ("64m", 64 << 20),
            ("1.5 GB", 1_500_000_000),
            ("0.5KiB", 512),
            ("1_000 kB", 1_000_000),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in
            ["", "MiB", "-1", "1 XB", "1 MiB 2", "1.2.3 MB", "0.3", "99999999 TiB", "1e3", "½ MB", "."]
        {
            assert_eq!(text.parse::<ByteSize>(), Err(UnitError(SIZE)), "{text}");
        }
    }

    #[test]
    fn times_are_read_with_their_units() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("5m", 300_000),
            ("1h 30m", 5_400_000),
            ("1h30m", 5_400_000),
            ("1.5 h", 5_400_000),
            ("14d", 14 * 86_400_000),
            ("2w", 14 * 86_400_000),
            ("0s", 0),
        ] {
            assert_eq!(text.parse(), Ok(Duration::milliseconds(milliseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "5", "m", "-5m", "5 months", "5m 1h", "5m 5m", "5m,", "é", "99999999999999999999d"]
        {
            assert_eq!(text.parse::<Duration>(), Err(UnitError(TIME)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_the_same(n in 0_u64..u64::MAX / 2) {
            prop_assert_eq!(ByteSize(n).to_string().parse(), Ok(ByteSize(n)));
            let time = Duration::milliseconds(n);
            prop_assert_eq!(time.to_string().parse(), Ok(time));
        }

        #[test]
        fn no_text_panics(text in ".{0,20}") {
            let _ = text.parse::<ByteSize>().map(|size| assert!(size.0 < u64::MAX));
            let _ = text.parse::<Duration>().map(|time| assert!(time.to_string().len() > 1));
        }
    }
}
