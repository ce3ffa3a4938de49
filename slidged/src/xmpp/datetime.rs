//! XEP-0082: Date and Time Profiles.

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description};

/// A time as XMPP writes it: UTC, with milliseconds.
#[must_use]
pub fn format(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC)
        .format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"))
        // Only fails for a description that needs what a time does not have.
        .unwrap_or_default()
}

/// Reads a time; `None` when it is none.
#[must_use]
pub fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text.trim(), &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    #[test]
    fn times_are_utc_with_milliseconds() {
        assert_eq!(format(datetime!(2026-01-02 03:04:05.678_9 +2)), "2026-01-02T01:04:05.678Z");
        assert_eq!(parse("2002-09-10T23:08:25Z"), Some(datetime!(2002-09-10 23:08:25 UTC)));
        assert_eq!(parse("1969-07-20T21:56:15-05:00"), Some(datetime!(1969-07-20 21:56:15 -5)));
        for bad in ["", "yesterday", "20020910T23:08:25", "2002-13-10T23:08:25Z", "2002-09-10"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[0-9TZ:.+-]{0,30}|\\PC{0,30}", seconds in -377_705_116_800i64..253_402_300_800) {
            let _ = parse(&text);
            let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            if at.year() >= 0 && at.year() <= 9999 {
                prop_assert_eq!(parse(&format(at)), Some(at));
            }
        }
    }
}
