//! Subject of a room, as the network sets it and as the user does (K107).

use crate::model::ids::new_id;
use crate::model::shown;
use crate::say;
use crate::session::room::Room;
use crate::session::room::occupant_presence::room_view;
use crate::session::state::Session;
use crate::store::Entry;
use crate::store::Outgoing;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::muc;
use crate::xmpp::occupant_id;
use plugin_api::ContactId;
use plugin_api::RoomId;

/// Longest subject that is passed on, in bytes.
const MAX_SUBJECT: usize = 16 << 10;

/// Sends the subject to a client that has just joined, or to all.
pub(in crate::session) fn tell_subject(session: &Session, id: &ContactId, client: Option<&str>) {
    let (Some(view), Some(room)) = (room_view(session, id), session.room(id)) else { return };
    let state = &room.info;
    let setter = state.subject_setter.as_deref().map(muc::nick).filter(|nick| !nick.is_empty());
    let at = setter.as_deref().and_then(muc::resource);
    let from = at.as_deref().map_or_else(|| view.address.clone(), |at| view.occupant(at));
    let who = at.and_then(|at| Some(&room.occupant_list()?.get(&at)?.who));
    let occupant = who.map(|who| view.id_of(who));
    let stamp = state.subject_date.filter(|_| client.is_some()).and_then(shown::stamp);
    let own = new_id();
    let stanza = |resource: &str| {
        let to = format!("{}/{resource}", view.user);
        let delay = stamp.as_deref().map(|stamp| (stamp, view.address.as_str()));
        muc::subject((&from, &to), &own, state.subject.as_deref().unwrap_or(""), delay, |xml| {
            if let Some(id) = &occupant {
                occupant_id::write(xml, id);
            }
        })
    };
    match client {
        Some(client) => session.send(stanza(client)),
        None => {
            let stanzas = room.resources().map(|client| Outgoing::durable(stanza(client))).collect();
            session.writer.note(Entry { stanzas, ..Entry::default() });
        }
    }
}

/// Tells whether the user may set the subject.
pub(in crate::session) fn has_subject(session: &Session, id: &ContactId) -> bool {
    session.can_in_room(id).is_some_and(|can| can.subject) && !session.services.hooks.lacks("on_set_subject")
}

/// Asks the network for another subject; the network reports it to all once it is set.
pub(in crate::session) fn subject_of_user(
    session: &mut Session,
    id: &ContactId,
    stanza: &Stanza,
    subject: String,
) {
    let network = session.services.info.component_name.clone();
    let text = say!(session.user.language, "room-no-subject", network = network);
    let refusal = StanzaError::with_text(Condition::FeatureNotImplemented, text);
    if !has_subject(session, id) {
        return session.refuse(stanza, &refusal);
    }
    if subject.len() > MAX_SUBJECT {
        let text = say!(session.user.language, "room-subject-too-long");
        return session.refuse(stanza, &StanzaError::with_text(Condition::PolicyViolation, text));
    }
    let room = RoomId(id.0.clone());
    let stanza = Stanza { payloads: Vec::new(), ..stanza.clone() };
    let call = move |remote: std::sync::Arc<plugin_api::RemoteSession>| async move {
        remote.on_set_subject(room, subject).await
    };
    session.call_plugin(id.clone(), "on_set_subject", call, move |session, error| {
        session.refuse(&stanza, error);
    });
}

impl Room {
    /// Returns the subject, if there is one.
    pub(super) fn subject(&self) -> Option<&str> {
        self.info.subject.as_deref()
    }
}
