//! Roster entries as they should be: the network's contents, with the user's own changes left
//! alone.

use crate::xmpp::roster::Item;
use crate::xmpp::roster::Subscription;

/// Entry that the roster shows if the user changed nothing: from before the current news.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::session) struct Before {
    pub(in crate::session) name: Option<String>,
    pub(in crate::session) groups: Vec<String>,
    /// True if the gateway has put the contact there.
    pub(in crate::session) ours: bool,
}

/// Makes the entry to be written in place of `known`; none when that is as it should be.
pub(super) fn merged(wanted: Item, before: &Before, known: Option<&Item>) -> Option<Item> {
    let Some(known) = known else { return Some(wanted) };
    let own_name = known.name.is_some() && known.name != before.name;
    let name = if own_name { known.name.clone() } else { wanted.name.or_else(|| known.name.clone()) };
    // The user may have left groups that were written once.
    let is_old = |group: &String| before.ours && before.groups.contains(group);
    let mut groups = known.groups.clone();
    groups.retain(|group| !is_old(group) || wanted.groups.contains(group));
    let new = wanted.groups.iter().filter(|group| !is_old(group) && !known.groups.contains(group));
    groups.extend(new.cloned());
    groups.sort();
    let differs = known.subscription != Subscription::Both || known.name != name || known.groups != groups;
    differs.then_some(Item { name, groups, ..wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str, groups: &[&str]) -> Item {
        Item {
            jid: "juliet@gw".parse().unwrap(),
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            subscription: Subscription::Both,
            ask: false,
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        }
    }

    fn before(name: &str, groups: &[&str], ours: bool) -> Before {
        let Item { name, groups, .. } = item(name, groups);
        Before { name, groups, ours }
    }

    #[test]
    fn who_is_not_there_is_put_there() {
        let wanted = item("Juliet", &["Net"]);
        assert_eq!(merged(wanted.clone(), &Before::default(), None), Some(wanted.clone()));
        let one_way = Item { subscription: Subscription::To, ..item("", &[]) };
        assert_eq!(merged(wanted.clone(), &Before::default(), Some(&one_way)), Some(wanted));
    }

    #[test]
    fn nothing_is_written_where_nothing_changed() {
        let before = before("Juliet", &["Net"], true);
        for known in [item("Juliet", &["Net"]), item("My love", &["Net"]), item("Juliet", &["Family"])] {
            assert_eq!(merged(item("Juliet", &["Net"]), &before, Some(&known)), None, "{known:?}");
        }
    }

    #[test]
    fn a_new_name_replaces_the_old_one_and_no_other() {
        let before = before("Juliet", &["Net"], true);
        let wanted = || item("Juliet C.", &["Net"]);
        let check = |known: &str, expect: Option<&str>| {
            let found = merged(wanted(), &before, Some(&item(known, &["Net"])));
            assert_eq!(found.and_then(|item| item.name).as_deref(), expect, "{known}");
        };
        check("Juliet", Some("Juliet C."));
        check("", Some("Juliet C."));
        check("My love", None);
    }

    #[test]
    fn groups_of_the_network_come_and_go_and_the_users_own_stay() {
        let before = before("J", &["Net", "Work"], true);
        let known = item("J", &["Family", "Net", "Work"]);
        let found = merged(item("J", &["Net", "School"]), &before, Some(&known)).unwrap();
        assert_eq!(found.groups, ["Family", "Net", "School"]);
        // The user took one away: it stays away, until the network tells another.
        let known = item("J", &["Family"]);
        assert_eq!(merged(item("J", &["Net", "Work"]), &before, Some(&known)), None);
        // Somebody whom the user had added: the gateway's group comes in addition.
        let found = merged(item("J", &["Net"]), &Before::default(), Some(&item("J", &["Family"]))).unwrap();
        assert_eq!(found.groups, ["Family", "Net"]);
    }
}
