//! Chat states, receipts and markers of contacts, and of the user in the network's own app (WIRE 2.7).

use super::{
    Session, Then,
    conversation::{Turn, Way},
    incoming::body_hash,
    repeats::Seen,
    shape,
};
use crate::{
    gateway,
    host::Share,
    say,
    store::{Entry, Outgoing},
};
use plugin_api::{ChatState, Condition, Error, Marker, MessageId, Sender, Sent, ThreadId, host::Reply};

impl Session {
    /// Told once: what the user did elsewhere cannot be shown (R21).
    pub(super) fn no_privilege(&mut self) -> Error {
        if !std::mem::replace(&mut self.told_about_privilege, true) {
            let lines = self.gateway.privilege_lines(self.jid.domain().as_str());
            tracing::warn!(
                "no message privilege, so what users send from other apps is not shown; to be added: {lines}"
            );
            let network = &self.gateway.info.component_name;
            self.gateway_message(&say!(
                self.language,
                "carbons-no-privilege",
                network = network,
                lines = lines
            ));
        }
        Error::new(Condition::NotAllowed, "the server does not grant the message privilege")
    }

    pub(super) fn send_state(&mut self, from: &Sender, state: ChatState) -> Result<(), Error> {
        let contact = self.contact_of(from)?;
        // Chat states are never carboned.
        if from.is_user {
            return Ok(());
        }
        // Typing goes on for as long as it is told again; what else is said again is no news (K64).
        let known = self.contacts.get_mut(&contact).and_then(|contact| contact.state.replace(state));
        if (state == ChatState::Composing || known != Some(state))
            && self.resources.online()
            && let Some(stanza) = shape::chat_state(&self.gateway.contact_full(&contact), &self.to, state)
        {
            self.send(stanza);
        }
        Ok(())
    }

    /// A receipt or a marker. Which message it is about has to be looked up, and what comes next in the chat waits for that.
    pub(super) fn mark(
        &mut self,
        from: &Sender,
        (marker, id): (Marker, MessageId),
        thread: Option<ThreadId>,
        reply: Reply<Sent>,
        share: Share,
    ) {
        let contact = match self.contact_of(from) {
            Ok(contact) => contact,
            Err(error) => return reply.send(Err(error)),
        };
        let carbon = match self.gateway.privileges(self.jid.domain().as_str()) {
            _ if !from.is_user => None,
            Some(privileges) if privileges.message => Some(privileges.namespace),
            _ => return reply.send(Err(self.no_privilege())),
        };
        let carbon = carbon.map(|namespace| {
            // The server sends it back to us: the network knows already.
            let own = gateway::new_id();
            self.repeats.note(contact.as_str(), &own, body_hash(""), Seen::Done);
            (namespace, own)
        });
        let (gateway, user, to) = (self.gateway.clone(), self.user_id, self.to.clone());
        let (domain, chat) = (self.jid.domain().as_str().to_owned(), contact.clone());
        let turn: Turn = Box::pin(async move {
            let work = async {
                // The message may have been delivered a moment ago.
                gateway::stored(gateway.journal.submit(Entry::default()).await)?;
                let known = gateway.store.messages(user).by_legacy_id(contact.as_str(), id.as_str()).await;
                let id = gateway::stored(known)?
                    .map_or_else(|| gateway::stanza_id(id.as_str()), |ids| ids.xmpp_id.to_string());
                let (bare, full) = (gateway.contact_bare(&contact), gateway.contact_full(&contact));
                let mut stanzas = Vec::new();
                if let Some((namespace, own)) = &carbon {
                    let wrap = (gateway.domain(), &*domain, *namespace);
                    stanzas.push(shape::privileged_marker(wrap, (&to, &bare, own), marker, &id));
                } else {
                    if marker == Marker::Received {
                        stanzas.push(shape::receipt(&full, &to, &id));
                    }
                    let thread = thread.as_ref().map(ThreadId::as_str);
                    stanzas.push(shape::marker(&full, &to, marker, &id, thread));
                }
                let stanzas = stanzas.into_iter().map(Outgoing::durable).collect();
                Ok((Entry { stanzas, ..Entry::default() }, id))
            };
            match work.await {
                // In its place from here on.
                Ok((entry, id)) => gateway
                    .answer_stored(reply, share, entry, |_| Sent { stanza_ids: vec![id], ..Sent::default() }),
                Err(error) => reply.send(Err(error)),
            }
            Box::new(|_: &mut Session| {}) as Then
        });
        self.take_turns(Way::ToUser, chat, 0, turn);
    }
}
