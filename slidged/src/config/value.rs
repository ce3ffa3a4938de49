//! Reading single values, so that every mistake gets the same kind of sentence:
//! `… must be <what is expected>, not <what was found>`.

use crate::config::ByteSize;
use crate::config::Duration;
use figment::value::magic::RelativePathBuf;
use jid::BareJid;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error;
use serde::de::Unexpected;
use serde::de::Visitor;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A whole number between two bounds, both included.
pub(super) fn number<'de, const MIN: u32, const MAX: u32, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<u32, D::Error> {
    struct Number(u32, u32);
    impl Visitor<'_> for Number {
        type Value = u32;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a whole number from {} to {}", self.0, self.1)
        }

        fn visit_u64<E: Error>(self, n: u64) -> Result<u32, E> {
            let small = u32::try_from(n).ok().filter(|n| (self.0..=self.1).contains(n));
            small.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(n), &self))
        }

        fn visit_i64<E: Error>(self, n: i64) -> Result<u32, E> {
            match u64::try_from(n) {
                Ok(n) => self.visit_u64(n),
                Err(_) => Err(E::invalid_value(Unexpected::Signed(n), &self)),
            }
        }
    }
    deserializer.deserialize_any(Number(MIN, MAX))
}

/// A span of time between two bounds in milliseconds, both included.
pub(super) fn time<'de, const MIN: u64, const MAX: u64, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    let time = Duration::deserialize(deserializer)?;
    let (min, max) = (Duration::milliseconds(MIN), Duration::milliseconds(MAX));
    if (min..=max).contains(&time) {
        return Ok(time);
    }
    Err(out_of_range(&time, &min, &max))
}

/// A size between two bounds in bytes, both included.
pub(super) fn size<'de, const MIN: u64, const MAX: u64, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ByteSize, D::Error> {
    let size = ByteSize::deserialize(deserializer)?;
    let (min, max) = (ByteSize::bytes(MIN), ByteSize::bytes(MAX));
    if (min..=max).contains(&size) {
        return Ok(size);
    }
    Err(out_of_range(&size, &min, &max))
}

fn out_of_range<E: Error, T: fmt::Display>(found: &T, min: &T, max: &T) -> E {
    E::invalid_value(Unexpected::Other(&found.to_string()), &format!("from {min} to {max}").as_str())
}

/// A path, made absolute: a relative one in a file starts from that file's directory.
pub(super) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    let path = RelativePathBuf::deserialize(deserializer)?;
    if path.original().as_os_str().is_empty() {
        return Err(D::Error::invalid_value(Unexpected::Str(""), &"a path"));
    }
    absolute(&path).map_err(D::Error::custom)
}

/// Absolute, so that neither a search path nor a later change of directory matters.
pub(super) fn absolute(path: &RelativePathBuf) -> io::Result<PathBuf> {
    std::path::absolute(path.relative())
}

/// Deserializes a path that has no default.
pub(super) fn optional_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    path(deserializer).map(Some)
}

/// A domain, written as such.
pub(super) fn domain(text: &str) -> Option<BareJid> {
    BareJid::new(text).ok().filter(|jid| jid.node().is_none())
}
