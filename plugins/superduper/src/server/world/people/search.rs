//! Search for people.

use super::super::account::Account;
use super::super::outcome::{Actor, Outcome, answer, refuse};
use super::People;
use crate::protocol::person::{Found, Search};
use crate::protocol::{Kind, limits};

/// Most results of one search: as many as somebody reads.
const RESULTS: usize = 50;

impl People {
    pub(in super::super) fn search(&self, by: &Actor, ask: &Search) -> Outcome {
        let wanted = [&ask.any, &ask.name, &ask.phone, &ask.email].map(|part| {
            let part = part.as_deref().unwrap_or_default().trim();
            if part.len() <= limits::NAME { part.to_lowercase() } else { String::new() }
        });
        if wanted.iter().all(String::is_empty) {
            return refuse(Kind::BadRequest, "say what to look for");
        }
        let matching = self.accounts.iter().filter(|(user, account)| fits(user, account, &wanted));
        let unblocked = matching.filter(|(user, _)| !self.blocks(user, &by.user));
        let people = unblocked.take(RESULTS).map(|(user, _)| self.contact(&by.user, user)).collect();
        answer(&Found { people })
    }
}

fn fits(user: &str, account: &Account, [any, name, phone, email]: &[String; 4]) -> bool {
    let profile = &account.profile;
    let has = |field: &str, part: &String| part.is_empty() || field.to_lowercase().contains(part);
    has(&profile.name, name)
        && has(&profile.phone, phone)
        && has(&profile.email, email)
        && [user, &profile.name, &profile.phone, &profile.email].into_iter().any(|field| has(field, any))
}
