//! Command that tells when a contact was last connected.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plugin_api::prelude::*;

use super::super::account::Account;
use super::super::errors::explain;
use crate::protocol::person::Whois;
use crate::protocol::{Relation, Show};

pub(super) const NODE: &str = "last-seen";

pub(super) fn command() -> Command {
    Command::new(NODE, "Last seen", "Tells when a contact was here")
        .access(CommandAccess::UserLogged)
        .alone()
        .target(CommandTarget::Contact)
}

pub(super) async fn run(account: &Account, contact: ContactId) -> Result<CommandReply> {
    let known = account.request(Whois { user: contact.0 }).await.map_err(explain)?;
    let name = known.display_name();
    Ok(CommandReply::text(match (known.relation, known.presence.show, known.presence.last_seen) {
        (Relation::Friend, Show::Offline, Some(when)) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            format!("{name} was here {}.", ago(now.saturating_sub(Duration::from_millis(when))))
        }
        (Relation::Friend, Show::Offline, None) => format!("{name} has not been here yet."),
        (Relation::Friend, ..) => format!("{name} is here."),
        _ => format!("Only friends may know when {name} was here."),
    }))
}

/// Phrases how long ago something was, as people do.
fn ago(time: Duration) -> String {
    let count = |number: u64, unit: &str| match number {
        1 => format!("a {unit} ago"),
        _ => format!("{number} {unit}s ago"),
    };
    match time.as_secs() / 60 {
        0 => "just now".to_owned(),
        minutes @ ..60 => count(minutes, "minute"),
        minutes @ ..1440 if minutes < 120 => "an hour ago".to_owned(),
        minutes @ ..1440 => count(minutes / 60, "hour"),
        minutes => count(minutes / 1440, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_do() {
        for (seconds, expect) in [
            (59, "just now"),
            (60, "a minute ago"),
            (3_599, "59 minutes ago"),
            (7_199, "an hour ago"),
            (7_200, "2 hours ago"),
            (86_400, "a day ago"),
            (2_000_000, "23 days ago"),
        ] {
            assert_eq!(ago(Duration::from_secs(seconds)), expect);
        }
    }
}
