//! Decisions of the user about a room: kicks, bans and affiliations, and leaving it for good.

use crate::session::room::Room;
use crate::session::room::occupants::OccupantKey;
use crate::session::room::remove::remove_room;
use crate::session::state::Session;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::muc_admin;
use crate::xmpp::muc_admin::Decision;
use crate::xmpp::reply;
use jid::BareJid;
use plugin_api::Affiliation;
use plugin_api::ContactId;
use plugin_api::Departure;
use plugin_api::RemoteSession;
use plugin_api::RoomId;
use std::sync::Arc;

/// Most decisions of one request: somebody who tidies up a room by hand makes fewer.
const MAX_DECISIONS: usize = 100;

/// Makes the user leave a room for good; `told` gets the network's answer.
pub(in crate::session) fn leave_for_good(
    session: &mut Session,
    id: &ContactId,
    told: impl FnOnce(&Session, Result<(), StanzaError>) + Send + 'static,
) {
    let room = RoomId(id.0.clone());
    let key = id.clone();
    session.call_plugin_and_report(
        id.clone(),
        "on_leave_group",
        async move |remote| remote.on_leave_group(room).await,
        move |session, done| {
            if done.is_ok() {
                remove_room(session, &key, Departure::Left, None);
            }
            told(session, done);
        },
    );
}

/// Handles kicks, bans and changes of affiliation. The network is asked for one after the other, up
/// to one that it refuses (R8).
pub(in crate::session) fn rule(session: &mut Session, id: &ContactId, iq: &Stanza) {
    let decided = muc_admin::decisions(iq).filter(|all| !all.is_empty() && all.len() <= MAX_DECISIONS);
    let Some(decided) = decided else { return session.refuse(iq, &StanzaError::new(Condition::BadRequest)) };
    let mut ruled = Vec::new();
    for decision in decided {
        match affiliation_change(session, id, decision) {
            Ok(rule) => ruled.push(rule),
            Err(error) => return session.refuse(iq, &error),
        }
    }
    let (room, iq) = (RoomId(id.0.clone()), Stanza { payloads: Vec::new(), ..iq.clone() });
    let call = async move |remote: Arc<RemoteSession>| {
        for AdminChange { contact, affiliation, reason, nick } in ruled {
            let room = room.clone();
            match affiliation {
                None => remote.on_kick(room, contact, reason).await?,
                Some(rank) => remote.on_set_affiliation(room, contact, rank, reason, nick).await?,
            }
        }
        Ok(())
    };
    session.call_plugin_and_report(id.clone(), "on_set_affiliation", call, move |session, done| match done {
        Ok(()) => session.send(reply::result(&iq, |_| ())),
        Err(error) => session.refuse(&iq, &error),
    });
}

/// Finds the contact that a decision is about, and checks that the network knows such decisions.
fn affiliation_change(
    session: &Session,
    id: &ContactId,
    decision: Decision,
) -> Result<AdminChange, StanzaError> {
    let Decision { jid, nick, role, affiliation, reason } = decision;
    let affiliation = match (role.as_deref(), affiliation.as_deref()) {
        (Some("none"), None) => None,
        (None, Some("owner")) => Some(Affiliation::Owner),
        (None, Some("admin")) => Some(Affiliation::Admin),
        (None, Some("member")) => Some(Affiliation::Member),
        (None, Some("outcast")) => Some(Affiliation::Outcast),
        (None, Some("none")) => Some(Affiliation::None),
        // Networks have no roles apart from affiliations.
        _ => return Err(StanzaError::new(Condition::FeatureNotImplemented)),
    };
    let contact = match jid {
        Some(jid) => contact_at(session, &jid),
        None => {
            let occupants = session.room(id).and_then(Room::occupant_list);
            let occupant = nick.as_deref().and_then(|nick| occupants?.get(nick));
            match occupant.map(|occupant| &occupant.who) {
                Some(OccupantKey::Contact(id)) => Some(ContactId(id.to_string())),
                // The network tells too little about occupants without a contact.
                Some(_) => return Err(StanzaError::new(Condition::NotAcceptable)),
                None => None,
            }
        }
    };
    let contact = contact.ok_or_else(|| StanzaError::new(Condition::ItemNotFound))?;
    Ok(AdminChange { contact, affiliation, reason, nick })
}

fn contact_at(session: &Session, jid: &BareJid) -> Option<ContactId> {
    let ours = jid.domain().as_str() == session.services.address.domain();
    jid.node().filter(|_| ours).and_then(|node| session.services.address.contact_id(node.as_str()))
}

/// Decision about a contact.
struct AdminChange {
    contact: ContactId,
    /// New affiliation; none for a kick.
    affiliation: Option<Affiliation>,
    reason: Option<String>,
    nick: Option<String>,
}
