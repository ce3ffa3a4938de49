//! Messages of a room on their way to the user's clients (K86): to each client in the room, from
//! the occupant who wrote them.

use crate::session::room::Room;
use crate::session::room::archive::ForArchive;
use crate::session::room::archive::archived;
use crate::session::room::archive::author_key;
use crate::session::room::changes::at_least;
use crate::session::room::changes::presence_in_room;
use crate::session::room::changes::tell_change;
use crate::session::room::occupant_presence::room_view;
use crate::session::room::occupants::Change;
use crate::session::room::occupants::OccupantKey;
use crate::session::room::occupants::occupant_key;
use crate::session::state::Session;
use crate::stanza::InRoom;
use crate::stanza::MAX_STANZA;
use crate::stanza::Speaker;
use crate::store::Entry;
use crate::store::Outgoing;
use crate::store::Write;
use crate::xmpp::Xml;
use bytes::Bytes;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::Mention;
use plugin_api::ParticipantInfo;
use plugin_api::RoomId;
use plugin_api::Sender;

/// Returns the speaker for an occupant of a room. One who has not been seen in it joins first.
///
/// # Errors
///
/// `item-not-found` when the room is not known, `bad-request` when nobody is named.
pub(in crate::session) fn in_room_speaker(
    session: &mut Session,
    room: &RoomId,
    from: &Sender,
) -> Result<(ContactId, Speaker), Error> {
    let id = session.known_room(room)?;
    let address = session.services.address.contact_bare(&id);
    let Some(view) = room_view(session, &id) else { return Err(crate::session::state::lookup::bad_id()) };
    let speaker =
        |from: String, room: InRoom| Speaker { from, to: String::new(), as_user: None, room: Some(room) };
    if from.is_system {
        return Ok((id, speaker(address.clone(), InRoom { address, ..InRoom::default() })));
    }
    let Some(who) = occupant_key(from) else { return Err(crate::session::state::lookup::bad_id()) };
    add_speaker(session, &id, &who);
    let at = match session
        .room(&id)
        .and_then(Room::occupant_list)
        .and_then(|occupants| occupants.resource_of(&who))
    {
        Some(at) => at.to_string(),
        None => session.own_resource(&id),
    };
    let occupant = session.room(&id).and_then(Room::occupant_list).and_then(|occupants| occupants.get(&at));
    let nick = occupant.and_then(|occupant| occupant.nick()).map(str::to_owned);
    let own = who == OccupantKey::User;
    let in_room =
        InRoom { address, occupant_id: Some(view.id_of(&who)), nick, own, author: author_key(&who) };
    Ok((id, speaker(view.occupant(&at), in_room)))
}

/// Adds an occupant whom the network has not announced, unless they are in the room already.
fn add_speaker(session: &mut Session, id: &ContactId, who: &OccupantKey) {
    let occupants = session.room(id).and_then(Room::occupant_list);
    if occupants.is_none_or(|occupants| occupants.resource_of(who).is_some()) {
        return;
    }
    let contact = match who {
        OccupantKey::Contact(id) => Some(ContactId(id.to_string())),
        OccupantKey::User | OccupantKey::Occupant(_) => None,
    };
    let info = ParticipantInfo {
        nickname: contact.as_ref().and_then(|id| session.nick_of(id)).unwrap_or_default().to_owned(),
        occupant: match who {
            OccupantKey::Occupant(id) => Some(id.to_string().into()),
            OccupantKey::User | OccupantKey::Contact(_) => None,
        },
        contact,
        is_user: *who == OccupantKey::User,
        ..ParticipantInfo::default()
    };
    let (presence, at_least) = (presence_in_room(session, id, &info), at_least(session, id));
    let Some(occupants) = session.room_mut(id).and_then(Room::occupant_list_mut) else { return };
    if let Some(change @ Change::Shown(_)) = occupants.apply(info, presence, at_least) {
        tell_change(session, id, &change);
    }
}

/// Returns the address and the nickname of an occupant, for replies to their messages.
pub(in crate::session) fn author_in_room(
    session: &Session,
    id: &ContactId,
    author: Option<&Sender>,
) -> (String, Option<String>) {
    let address = session.services.address.contact_bare(id);
    let occupants = session.room(id).and_then(Room::occupant_list);
    let at = author.and_then(occupant_key).and_then(|who| occupants?.resource_of(&who).cloned());
    let Some(at) = at else { return (address, None) };
    let nick = occupants.and_then(|occupants| occupants.get(&at)?.nick()).unwrap_or(&at).to_owned();
    (format!("{address}/{at}"), Some(nick))
}

/// Returns the address of somebody who is mentioned in a chat. In a room whose occupants do not see
/// each other's real addresses, it is that of the occupant.
pub(in crate::session) fn address_named(
    session: &Session,
    chat: &ContactId,
    mention: &Mention,
) -> Option<String> {
    if let Some(view) = room_view(session, chat).filter(|view| !view.is_open()) {
        if mention.is_user {
            return Some(view.occupant(&session.own_resource(chat)));
        }
        let who = OccupantKey::Contact(mention.contact.as_ref()?.as_str().into());
        let occupants = session.room(chat).and_then(Room::occupant_list)?;
        return occupants.resource_of(&who).map(|at| view.occupant(at));
    }
    match &mention.contact {
        _ if mention.is_user => Some(session.user.address.clone()),
        contact => contact.as_ref().map(|contact| session.services.address.contact_bare(contact)),
    }
}

/// Stanza for all who get it: the user, or each of their clients in a room; and its row in the
/// room's archive.
pub(in crate::session) struct Copies {
    stanzas: Vec<Bytes>,
    archived: Option<Write>,
    /// Size of the largest copy there may be, in bytes.
    size: usize,
}

/// Longest resource, in bytes (RFC 7622 section 3.4).
const MAX_RESOURCE: usize = 1023;

impl Copies {
    /// Builds a stanza once, and repeats it for each client in a room.
    pub(in crate::session) fn new(
        session: &Session,
        chat: &ContactId,
        speaker: &Speaker,
        message: &ForArchive<'_>,
        build: impl FnOnce(&Speaker) -> Bytes,
    ) -> Self {
        if speaker.room.is_none() {
            let stanza = build(speaker);
            return Copies { size: stanza.len(), stanzas: vec![stanza], archived: None };
        }
        let user = session.user.address.as_str();
        let stanza = build(&Speaker { to: user.to_owned(), ..speaker.clone() });
        let clients = session.room(chat).map(Room::resources).into_iter().flatten();
        Copies {
            size: stanza.len() + MAX_RESOURCE,
            stanzas: clients.map(|client| addressed(&stanza, user, client)).collect(),
            archived: archived(session, chat, speaker, message, &stanza),
        }
    }

    /// Tells whether every server takes the copies.
    pub(in crate::session) fn fit(&self) -> bool {
        self.size <= MAX_STANZA
    }

    /// Leaves out the stanzas: the message is for the archive only.
    pub(in crate::session) fn only_archived(self) -> Self {
        match self.archived {
            Some(_) => Copies { stanzas: Vec::new(), ..self },
            None => self,
        }
    }

    /// Adds the copies to an entry, which sends and archives them together.
    pub(in crate::session) fn add_to(self, entry: &mut Entry) {
        entry.stanzas.extend(self.stanzas.into_iter().map(Outgoing::durable));
        entry.writes.extend(self.archived);
    }
}

/// Copies a stanza of ours to the user for one of their clients.
fn addressed(stanza: &[u8], user: &str, client: &str) -> Bytes {
    let mut resource = Xml::new();
    resource.attr_text(client);
    let resource = resource.finish();
    let to = format!(" to='{user}");
    // In the start tag: quotes in its attributes are escaped.
    let at = stanza.windows(to.len()).position(|part| part == to.as_bytes());
    let at = at.map_or(stanza.len(), |at| at + to.len());
    [&stanza[..at], b"/", &resource, &stanza[at..]].concat().into()
}

/// Sends a stanza to each client in a room, which need not survive an outage.
pub(in crate::session) fn to_clients(session: &Session, id: &ContactId, stanza: impl Fn(&str) -> Bytes) {
    let clients = session.room(id).map(Room::resources).into_iter().flatten();
    session.send_all(clients.map(|client| stanza(&format!("{}/{client}", session.user.address))));
}
