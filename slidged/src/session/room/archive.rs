//! Archive of a room (XEP-0313): what the room says is kept in the commit that sends it.

use crate::model::clock::now;
use crate::session::room::occupants::OccupantKey;
use crate::session::state::Session;
use crate::stanza::Speaker;
use crate::store::Archived;
use crate::store::Write;
use crate::xmpp::ns;
use plugin_api::ContactId;
use plugin_api::Timestamp;

/// Message of a room, to be archived.
pub(in crate::session) struct ForArchive<'a> {
    /// Id that the room gives it.
    pub(in crate::session) stanza_id: &'a str,
    /// `id` of its stanza.
    pub(in crate::session) xmpp_id: Option<&'a str>,
    /// Time of the message; the present for none, or for one in the future.
    pub(in crate::session) when: Option<Timestamp>,
    /// Whether it is only archived, in its place by time, instead of being the newest.
    pub(in crate::session) filled_in: bool,
}

/// Builds the row for a stanza of a room; `None` in a chat, or when there is nothing in it.
pub(in crate::session) fn archived(
    session: &Session,
    room: &ContactId,
    speaker: &Speaker,
    message: &ForArchive<'_>,
    stanza: &[u8],
) -> Option<Write> {
    let from = speaker.room.as_ref()?;
    let payload = without_passing(content(std::str::from_utf8(stanza).ok()?)?);
    let sender = speaker.from.strip_prefix(&from.address).unwrap_or_default().trim_start_matches('/');
    let now = now();
    let stamp = message.when.map_or(now, |when| when.min(now));
    Some(Write::Archive(Archived {
        user: session.user.id,
        room: room.as_str().into(),
        id: message.stanza_id.into(),
        at: if message.filled_in { stamp } else { now },
        stamp,
        sender: sender.into(),
        author: from.author.as_str().into(),
        xmpp_id: message.xmpp_id.unwrap_or_default().into(),
        payload: payload.into(),
    }))
}

/// Key of an author in the archive.
pub(in crate::session) fn author_key(who: &OccupantKey) -> String {
    match who {
        OccupantKey::User => "u".to_owned(),
        OccupantKey::Contact(id) => format!("c{id}"),
        OccupantKey::Occupant(id) => format!("o{id}"),
    }
}

/// Content of a stanza that we wrote: what is between its start tag and its end tag.
fn content(stanza: &str) -> Option<&str> {
    let mut quoted = false;
    let end = stanza.find(|c| {
        quoted ^= c == '\'';
        c == '>' && !quoted
    })?;
    stanza[end + 1..].strip_suffix("</message>")
}

/// Content without what holds for the moment only: chat states, requests of markers, and the delay,
/// which the archive tells itself. As our own builders write them.
fn without_passing(content: &str) -> String {
    let mut kept = content.to_owned();
    for (name, namespace) in [("active", ns::CHAT_STATES), ("markable", ns::MARKERS), ("delay", ns::DELAY)] {
        let begin = format!("<{name} xmlns='{namespace}'");
        if let Some(at) = kept.find(&begin)
            && let Some(length) = kept[at..].find("/>")
        {
            kept.replace_range(at..at + length + 2, "");
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_of_a_stanza_is_kept_without_what_passes() {
        let stanza = "<message from='r@gw/a>b' to='u@d'><body>x &lt;delay</body>\
             <delay xmlns='urn:xmpp:delay' from='gw' stamp='x'/><active xmlns='http://jabber.org/protocol/chatstates'/>\
             <markable xmlns='urn:xmpp:chat-markers:0'/><stanza-id id='1'/></message>";
        let content = content(stanza).unwrap();
        assert_eq!(without_passing(content), "<body>x &lt;delay</body><stanza-id id='1'/>");
        assert_eq!(super::content("<message from='a'/>"), None);
    }
}
