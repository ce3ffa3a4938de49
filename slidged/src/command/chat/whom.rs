//! Contact or room that a line is about, by its address, id or name; a name may be several words.

use crate::command::Env;
use crate::command::caller::Context;
use crate::model::cut;
use crate::say;
use crate::session::Control;
use crate::xmpp::uri;
use jid::Jid;
use plugin_api::{Chat, Condition, ContactId, RoomId};

/// Most words that are tried as a name; a longer name can be put in quotes.
const MAX_WORDS: usize = 16;
/// Most candidates that an answer names when several fit.
const MAX_TOLD: usize = 5;

/// Kind of target that the first word of a line announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Contact,
    Room,
}

impl Kind {
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "contact" => Some(Kind::Contact),
            "room" => Some(Kind::Room),
            _ => None,
        }
    }

    fn chat(self, id: String) -> Chat {
        if self == Kind::Room { Chat::room(id) } else { Chat::contact(ContactId(id)) }
    }
}

/// Contact or room that the user knows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    id: String,
    name: Option<String>,
}

/// Finds the target that the first words name, and the number of these words. A split after which a
/// word follows that `is_command` accepts is preferred.
///
/// # Errors
///
/// A text that says why there is none: nothing fits, or several do.
pub(super) async fn meant(
    context: &Context,
    kind: Kind,
    words: &[String],
    is_command: impl Fn(&str) -> bool,
) -> Result<(Chat, usize), String> {
    let language = context.language();
    let known = known(context, kind).await;
    let most = words.len().saturating_sub(1).min(MAX_WORDS);
    let found = |with_command: bool| {
        (1..=most).rev().filter(|n| !with_command || is_command(&words[*n])).find_map(|n| {
            let whom = words[..n].join(" ");
            let fitting = fitting(&known, &whom, own_local(&context.env, &whom).as_deref());
            (!fitting.is_empty()).then_some((fitting, n))
        })
    };
    if let Some((fitting, n)) = found(true).or_else(|| found(false)) {
        let [one] = fitting.as_slice() else {
            let some = fitting.iter().take(MAX_TOLD);
            let some =
                some.map(|known| context.env.services.address.contact_bare(&ContactId(known.id.clone())));
            let more = (fitting.len() > MAX_TOLD).then(|| cut::MARK.to_string());
            let words = some.chain(more).collect::<Vec<_>>().join(", ");
            return Err(say!(language, "chat-several-addresses", words = words));
        };
        return Ok((kind.chat(one.id.clone()), n));
    }
    let n = (1..=most).find(|n| is_command(&words[*n])).unwrap_or(1);
    let whom = words[..n].join(" ");
    let text = if kind == Kind::Room { "chat-no-group" } else { "chat-nobody" };
    match own_local(&context.env, &whom).and_then(|local| context.env.services.address.contact_id(&local)) {
        Some(id) if exists(context, kind, &id).await => Ok((kind.chat(id.0), n)),
        _ => Err(say!(language, text, whom = &whom)),
    }
}

/// Asks the user's session for the contacts or rooms that the user knows.
async fn known(context: &Context, kind: Kind) -> Vec<Known> {
    let Some(session) = context.session() else { return Vec::new() };
    match kind {
        Kind::Contact => {
            let known = session.ask(Control::Contacts).await.unwrap_or_default();
            known.into_iter().map(|known| Known { id: known.id.0, name: known.name }).collect()
        }
        Kind::Room => {
            let rooms = session.ask(Control::Rooms).await.unwrap_or_default();
            let id = |jid: &str| {
                let local = own_local(&context.env, jid)?;
                context.env.services.address.contact_id(&local)
            };
            rooms
                .into_iter()
                .filter_map(|room| Some(Known { id: id(&room.jid)?.0, name: room.name }))
                .collect()
        }
    }
}

/// Returns the local part of an address at the gateway, or that a bare word would have there.
fn own_local(env: &Env, whom: &str) -> Option<String> {
    let address = uri::address(whom).unwrap_or_else(|| whom.to_owned());
    let local = match address.rsplit_once('@') {
        Some((local, domain)) if domain == env.services.address.domain() => local,
        _ => address.as_str(),
    };
    let jid = Jid::new(&format!("{local}@{}", env.services.address.domain())).ok()?;
    jid.node().map(|node| node.as_str().to_owned())
}

/// Selects those that a name fits: by address or id, else by name, else by an id that differs only
/// in case, spaces, or a leading sign.
fn fitting(known: &[Known], whom: &str, local: Option<&str>) -> Vec<Known> {
    let (plain, local) = (folded(whom), local.and_then(crate::xmpp::address::unescape));
    let by_id =
        |known: &&Known| known.id == whom || local.as_deref().is_some_and(|local| *known.id == *local);
    let by_name = |known: &&Known| known.name.as_deref().is_some_and(|name| folded(name) == plain);
    // The id of a group may begin with a sign that nobody types.
    let bare = |id: &str| folded(id.trim_start_matches(|c: char| !c.is_alphanumeric()));
    let nearly = |known: &&Known| !plain.is_empty() && bare(&known.id) == bare(whom);
    let all = |fits: &dyn Fn(&&Known) -> bool| known.iter().filter(fits).cloned().collect::<Vec<_>>();
    // If several have the name, one whose id fits too is preferred.
    let both = |known: &&Known| by_name(known) && nearly(known);
    let named = match all(&both) {
        one if one.len() == 1 => one,
        _ => all(&by_name),
    };
    [all(&by_id), named, all(&nearly)].into_iter().find(|some| !some.is_empty()).unwrap_or_default()
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Tells whether the network knows a contact or room; true as long as it cannot be asked.
async fn exists(context: &Context, kind: Kind, id: &ContactId) -> bool {
    let Some(remote) = context.session().and_then(|session| session.remote()) else { return true };
    let error = match kind {
        Kind::Contact => remote.update_contact_info(id.clone()).await.err(),
        Kind::Room => remote.update_room_info(RoomId(id.0.clone())).await.err(),
    };
    error.is_none_or(|error| error.is_unsupported() || error.condition != Condition::ItemNotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_groups_are_found_by_what_one_would_type() {
        let known = [
            ("#tea", "Tea Party"),
            ("#coffee", "tea"),
            ("#knights", "Chess"),
            ("#go", "Chess"),
            ("ann.lee", "Ann"),
            ("#pie", "Pie"),
            ("#pie2", "Pie"),
        ]
        .map(|(id, name)| Known { id: id.into(), name: Some(name.into()) });
        let found = |whom: &str, local: Option<&str>| {
            fitting(&known, whom, local).into_iter().map(|known| known.id).collect::<Vec<_>>()
        };
        assert_eq!(found("#tea", Some("#tea")), ["#tea"]);
        assert_eq!(found("#tea@gw", Some("#tea")), ["#tea"], "by the address");
        assert_eq!(found("tea party", None), ["#tea"], "by the name");
        assert_eq!(found("TEA  Party", None), ["#tea"], "however it is written");
        assert_eq!(found("tea", Some("tea")), ["#coffee"], "a name comes before what is nearly an id");
        assert_eq!(found("Coffee", Some("coffee")), ["#coffee"], "by the id without its sign");
        assert_eq!(found("chess", Some("chess")), ["#knights", "#go"], "both are called that");
        assert_eq!(found("pie", Some("pie")), ["#pie"], "of two of that name, the one of that id");
        assert!(found("nobody", Some("nobody")).is_empty() && found("", None).is_empty());
    }
}
