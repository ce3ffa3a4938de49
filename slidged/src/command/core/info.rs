//! Command that tells which gateway and version run here; administrators see its figures too.

use crate::services;
use crate::{
    command::{
        caller::Context,
        reply::{Reply, Result},
    },
    say,
    store::Health,
};

pub(super) async fn run(context: Context) -> Result {
    let (language, env) = (context.language(), &context.env);
    let mut lines = vec![
        format!("{} – slidged {}", context.network(), env!("CARGO_PKG_VERSION")),
        say!(language, "info-up", time = duration(env.services.started.elapsed().as_secs())),
    ];
    // The figures are for administrators only.
    if context.caller.admin {
        let connected = env.users.sessions().iter().filter(|session| session.is_connected()).count();
        lines.push(say!(language, "info-users", count = env.users.count(), connected = connected));
        lines.push(say!(language, "info-queued", count = services::outgoing(&env.services)));
        if let Health::Unwell(why) = services::database(&env.services) {
            lines.push(say!(language, "info-database", why = why.to_string()));
        }
        lines.extend(env.services.threads.held_up(language));
    }
    Ok(Reply::done(lines.join("\n")))
}

/// Formats a duration in its two largest units: `3 d 4 h`, `4 h 5 min`, `5 min 6 s`.
fn duration(seconds: u64) -> String {
    let units = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let first = units.iter().position(|(count, _)| *count > 0).unwrap_or(units.len() - 1);
    let shown: Vec<_> =
        units[first..].iter().take(2).map(|(count, unit)| format!("{count} {unit}")).collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn a_duration_is_told_in_its_two_largest_units() {
        for (seconds, text) in [(0, "0 s"), (66, "1 min 6 s"), (7_500, "2 h 5 min"), (90_000, "1 d 1 h")] {
            assert_eq!(duration(seconds), text);
        }
    }
}
