//! XMPP presence of a contact: `show`, `status` and idle time.

use crate::language::Language;
use crate::say;
use plugin_api::{Availability, Presence, Timestamp};
use time::{OffsetDateTime, macros::format_description};

/// RFC 6121 `<show/>`; plain availability has none.
#[must_use]
pub fn show(availability: Availability) -> Option<&'static str> {
    match availability {
        Availability::Away => Some("away"),
        Availability::ExtendedAway => Some("xa"),
        Availability::Busy => Some("dnd"),
        Availability::Chatty => Some("chat"),
        Availability::Online | Availability::Offline | Availability::Unknown => None,
    }
}

/// A week: what was seen within it is told by weekday.
const WEEK: i64 = 7 * 24 * 3600 * 1000;

/// The status with "Last seen …" behind it in that language, for clients without XEP-0319; `None`
/// for no such addition.
#[must_use]
pub fn status(presence: &Presence, now: Timestamp, last_seen_in: Option<Language>) -> Option<String> {
    let at = presence.last_seen.zip(last_seen_in);
    let seen = at.and_then(|(at, language)| last_seen(language, at, now));
    match (presence.status.as_deref().filter(|s| !s.is_empty()), seen) {
        (Some(status), Some(seen)) => Some(format!("{status} -- {seen}")),
        (Some(status), None) => Some(status.to_owned()),
        (None, seen) => seen,
    }
}

/// Has a presence come to be told otherwise in the time that has passed: by date instead of by
/// weekday?
#[must_use]
pub fn has_aged(last_seen: Timestamp, now: Timestamp, passed: Timestamp) -> bool {
    let age = now.saturating_sub(last_seen);
    (WEEK..WEEK + passed).contains(&age)
}

/// The weekday and the time, or after a week the date.
fn last_seen(language: Language, at: Timestamp, now: Timestamp) -> Option<String> {
    let date = OffsetDateTime::from_unix_timestamp(at.div_euclid(1000)).ok()?;
    let name = |id: &str, number: u8| language.text(id, &[]).split(' ').nth(number.into()).map(str::to_owned);
    let when = if now.saturating_sub(at) < WEEK {
        let weekday = name("weekdays", date.weekday().number_days_from_monday())?;
        format!("{weekday} {:02}:{:02} GMT", date.hour(), date.minute())
    } else {
        let month = name("months", u8::from(date.month()) - 1)?;
        say!(language, "date", month = &month, day = u64::from(date.day()), year = &date.year().to_string())
    };
    Some(say!(language, "last-seen", when = &when))
}

/// XEP-0082 date and time, UTC, to the millisecond.
#[must_use]
pub fn stamp(at: Timestamp) -> Option<String> {
    let date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000).ok()?;
    date.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = 1_700_000_000_000; // Tuesday, 14 November 2023, 22:13:20

    #[test]
    fn last_seen_is_told_by_weekday_within_a_week_and_by_date_after() {
        let away = |seconds: i64| Presence {
            last_seen: Some(NOW - seconds * 1000),
            ..Presence::new(Availability::Away).status("out")
        };
        assert_eq!(
            status(&away(3600), NOW, Some(Language::English)).unwrap(),
            "out -- Last seen Tuesday 21:13 GMT"
        );
        assert_eq!(
            status(&away(8 * 86400), NOW, Some(Language::English)).unwrap(),
            "out -- Last seen November 6 2023"
        );
        assert_eq!(status(&away(3600), NOW, None).unwrap(), "out");
        assert_eq!(
            status(&Presence { status: None, ..away(60) }, NOW, Some(Language::English)).unwrap(),
            "Last seen Tuesday 22:12 GMT"
        );
        for (language, weekday, date) in [
            (Language::French, "mardi 21:13 GMT", "6 novembre 2023"),
            (Language::German, "Dienstag 21:13 GMT", "6. November 2023"),
            (Language::Spanish, "martes 21:13 GMT", "6 de noviembre de 2023"),
        ] {
            assert!(status(&away(3600), NOW, Some(language)).unwrap().ends_with(weekday), "{language:?}");
            assert!(status(&away(8 * 86400), NOW, Some(language)).unwrap().ends_with(date), "{language:?}");
        }
    }

    #[test]
    fn a_presence_ages_once() {
        const HOUR: i64 = 3600 * 1000;
        for (age, aged) in [(WEEK - 1, false), (WEEK, true), (WEEK + HOUR - 1, true), (WEEK + HOUR, false)] {
            assert_eq!(has_aged(NOW - age, NOW, HOUR), aged, "{age}");
        }
        assert!(!has_aged(i64::MIN, NOW, HOUR) && !has_aged(i64::MAX, NOW, HOUR));
    }

    #[test]
    fn impossible_times_are_left_out() {
        let broken = Presence { last_seen: Some(i64::MAX), ..Presence::default() };
        assert_eq!(status(&broken, NOW, Some(Language::English)), None);
        assert_eq!(stamp(i64::MAX), None);
        assert_eq!(stamp(NOW).unwrap(), "2023-11-14T22:13:20.000Z");
    }
}
