//! Control messages of commands to a session, answered.

use crate::say;
use crate::session::control::AlreadyConnected;
use crate::session::control::ContactSummary;
use crate::session::control::Control;
use crate::session::control::StatusReport;
use crate::session::control::SyncReport;
use crate::session::lifecycle::connect;
use crate::session::lifecycle::log_out;
use crate::session::lifecycle::set_data;
use crate::session::lifecycle::unregister;
use crate::session::room::affiliations::leave_for_good;
use crate::session::room::iq::listed_rooms;
use crate::session::roster::fill_contacts;
use crate::session::state::Session;
use crate::session::user_avatar_sync::give_own_avatar;
use crate::stanza::error::stanza_error;
use crate::store::Write;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use compact_str::CompactString;
use plugin_api::ContactId;
use plugin_api::Form;
use std::collections::HashMap;
use tokio::sync::oneshot;

pub(in crate::session) fn handle_control(session: &mut Session, asked: Control) {
    // Requesters may have gone in the meantime.
    match asked {
        Control::StatusReport(answer) => drop(answer.send(status_report(session))),
        Control::Contacts(answer) => drop(answer.send(contact_summary(session))),
        Control::Rooms(answer) => drop(answer.send(listed_rooms(session))),
        Control::LeaveRoom(room, answer) => match session.known_room(&room) {
            Ok(id) => leave_for_good(session, &id, move |_, left| drop(answer.send(left))),
            Err(_) => {
                let text = say!(session.user.language, "no-such-group");
                drop(answer.send(Err(StanzaError::with_text(Condition::ItemNotFound, text))));
            }
        },
        Control::SyncContacts(answer) => read_contacts_again(session, answer),
        Control::SetPreferences(form, done) => {
            session.writer.begin();
            set_preferences(session, form);
            session.writer.tell(done);
        }
        Control::Relogin(answer) => drop(answer.send(relogin(session))),
        Control::Logout(done) => {
            log_out(session, &say!(session.user.language, "admin-logged-you-out"));
            let _ = done.send(());
        }
        Control::SetData(data, done) => set_data(session, data, done),
        Control::Unregister(answer, done) => unregister(session, answer, done),
    }
}

pub(in crate::session) fn status_report(session: &Session) -> StatusReport {
    StatusReport {
        status: session.presence.gateway.status.clone().unwrap_or_default(),
        connected: session.online().is_some(),
        parked: session.connection.is_parked(),
        failures: session.connection.failures(),
        friends: friends(session).count(),
        clients: session.clients.resources.count(),
        preferences: session.user.preferences.clone(),
    }
}

pub(in crate::session) fn friends(
    session: &Session,
) -> impl Iterator<Item = (&ContactId, &crate::session::contacts::Contact)> {
    session.contacts.iter().filter(|(_, contact)| contact.friend)
}

pub(in crate::session) fn contact_summary(session: &Session) -> Vec<ContactSummary> {
    let known = session.contacts.iter().map(|(id, contact)| ContactSummary {
        id: id.clone(),
        name: contact.name.as_deref().map(str::to_owned),
        friend: contact.friend,
    });
    let mut known: Vec<_> = known.collect();
    known.sort_by_cached_key(|known| {
        (known.name.clone().unwrap_or_default().to_lowercase(), known.id.0.clone())
    });
    known
}

pub(in crate::session) fn read_contacts_again(
    session: &mut Session,
    answer: oneshot::Sender<Result<SyncReport, String>>,
) {
    let Some(remote) = session.online() else { return };
    session.spawn_current(async move {
        let list = remote.fill_contacts().await;
        move |session: &mut Session| {
            let language = session.user.language;
            let synced =
                list.map_err(|error| stanza_error(language, &error).text.unwrap_or_default()).map(|list| {
                    let friends = |session: &Session| -> HashMap<ContactId, Option<CompactString>> {
                        friends(session).map(|(id, contact)| (id.clone(), contact.name.clone())).collect()
                    };
                    let before = friends(session);
                    fill_contacts(session, list);
                    let after = friends(session);
                    let renamed =
                        |id: &ContactId| before.get(id).is_some_and(|name| after.get(id) != Some(name));
                    SyncReport {
                        added: after.keys().filter(|id| !before.contains_key(id)).count(),
                        removed: before.keys().filter(|id| !after.contains_key(id)).count(),
                        renamed: after.keys().filter(|id| renamed(id)).count(),
                        total: after.len(),
                    }
                });
            let _ = answer.send(synced);
        }
    });
}

pub(in crate::session) fn set_preferences(session: &mut Session, new: Form) {
    if new == session.user.preferences {
        return;
    }
    let previous = std::mem::replace(&mut session.user.preferences, new.clone());
    let json = serde_json::to_string(&new).unwrap_or_default();
    session.write(Write::UserPreferences(session.user.id, json));
    give_own_avatar(session);
    let Some(remote) = session.online().filter(|_| !session.services.hooks.lacks("on_preferences")) else {
        return;
    };
    session.spawn_current(async move {
        let result = remote.on_preferences(previous, new).await;
        move |session: &mut Session| session.note_hook_result(&remote, "on_preferences", result)
    });
}

pub(in crate::session) fn relogin(session: &mut Session) -> Result<(), AlreadyConnected> {
    if session.online().is_some() {
        return Err(AlreadyConnected);
    }
    session.connection.forgive();
    connect(session);
    Ok(())
}
