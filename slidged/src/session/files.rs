//! Files of the network, on their way to the user (WIRE 5.1): each is brought to where the user can fetch it when it is its turn in the
//! conversation, and then its message is sent.

use super::{
    Session, Then,
    conversation::{Turn, Way},
    incoming::body_hash,
    outgoing::bad_id,
    repeats::Seen,
};
use crate::{
    gateway::{self, MAX_STANZA, Published, UploadError, now, valid_id},
    host::Share,
    model::shown,
    say,
    session::shape::FileShape,
    store::{Entry, MessageIds, Outgoing},
};
use bytes::Bytes;
use plugin_api::{
    Attachment, Condition, ContactId, Disposition, Error, Sender, Sent, Text, ThreadId, host::Reply,
};

/// Files of one message: more than any network's album.
const MAX_FILES: usize = 100;
/// Files of one user on their way at the same time, so that the others have their turn as well.
pub(super) const AT_ONCE: usize = 4;

/// A message with files, from the network.
pub(super) struct FilesMessage {
    pub(super) from: Sender,
    pub(super) files: Vec<Attachment>,
    pub(super) text: Text,
    pub(super) text_first: bool,
}

/// What became of its files.
enum Brought {
    /// It was shown before.
    Repeat(MessageIds),
    Files(Vec<Result<Published, UploadError>>),
}

impl Session {
    /// Lines up a message with files.
    pub(super) fn send_files(&mut self, message: FilesMessage, reply: Reply<Sent>, share: Share) {
        let contact = match self.may_send(&message) {
            Ok(contact) => contact,
            Err(error) => return reply.send(Err(error)),
        };
        let (gateway, user, jid) = (self.gateway.clone(), self.user_id, self.jid.clone());
        let (chat, at_once) = (contact.clone(), self.files.clone());
        let turn: Turn = Box::pin(async move {
            let known = match &message.text.id {
                Some(id) => gateway.store.messages(user).by_legacy_id(chat.as_str(), id.as_str()).await,
                None => Ok(None),
            };
            let brought = match known {
                Ok(Some(ids)) => Brought::Repeat(ids),
                // Should the store have failed, it will tell when the message is stored.
                Ok(None) | Err(_) => {
                    let mut brought = Vec::with_capacity(message.files.len());
                    for file in &message.files {
                        // Never closed.
                        let _turn = at_once.acquire().await;
                        brought.push(gateway.publish(Some(user), &jid, file).await);
                    }
                    Brought::Files(brought)
                }
            };
            Box::new(move |session: &mut Session| session.show_files(&chat, &message, brought, reply, share))
                as Then
        });
        self.take_turns(Way::ToUser, contact, 0, turn);
    }

    /// What can be refused is refused before anything is uploaded.
    fn may_send(&mut self, message: &FilesMessage) -> Result<ContactId, Error> {
        let contact = self.contact_of(&message.from)?;
        if message.text.id.as_ref().is_some_and(|id| !valid_id(id.as_str())) {
            return Err(bad_id());
        }
        if message.files.is_empty() || message.files.len() > MAX_FILES {
            return Err(Error::from(Condition::BadRequest).with_detail("no files, or too many of them"));
        }
        if message.from.is_user && self.carbon_privilege().is_none() {
            return Err(self.no_privilege());
        }
        Ok(contact)
    }

    fn show_files(
        &mut self,
        contact: &ContactId,
        message: &FilesMessage,
        brought: Brought,
        reply: Reply<Sent>,
        share: Share,
    ) {
        let files = match brought {
            Brought::Files(files) => files,
            Brought::Repeat(ids) => {
                let sent = Sent { stanza_ids: vec![ids.xmpp_id.to_string()], duplicate: true, url: None };
                return self.gateway.answer_stored(reply, share, Entry::default(), |_| sent);
            }
        };
        let url = files.iter().flatten().next().map(|file| file.url.clone());
        let stanzas = match self.file_stanzas(contact, message, files) {
            Ok(stanzas) => stanzas,
            Err(error) => return reply.send(Err(error)),
        };
        let ids: Vec<String> = stanzas.iter().map(|(id, _)| id.clone()).collect();
        let mut entry = Entry::default();
        if let (Some(id), Some(first)) = (&message.text.id, ids.first()) {
            entry.dedup = Some(MessageIds {
                user: self.user_id,
                chat: contact.as_str().into(),
                legacy_id: id.as_str().into(),
                xmpp_id: first.as_str().into(),
                outgoing: message.from.is_user,
                body_hash: 0,
                at: now(),
            });
        }
        entry.stanzas.extend(stanzas.into_iter().map(|(_, stanza)| Outgoing::durable(stanza)));
        self.gateway.answer_stored(reply, share, entry, |committed| Sent {
            stanza_ids: ids,
            duplicate: committed.duplicate,
            url,
        });
    }

    /// The stanzas of a message with files, in order; the first has the id of the message.
    fn file_stanzas(
        &mut self,
        contact: &ContactId,
        message: &FilesMessage,
        files: Vec<Result<Published, UploadError>>,
    ) -> Result<Vec<(String, Bytes)>, Error> {
        let mut parts = Vec::new();
        for (file, brought) in message.files.iter().zip(files) {
            parts.push(match brought {
                Ok(published) => Part::File(file, published),
                Err(error) => Part::Text(self.instead_of(file, &error)),
            });
            let caption = file.caption.clone().filter(|caption| !caption.is_empty());
            parts.extend(caption.map(Part::Text));
        }
        if !message.text.body.is_empty() {
            let body = Part::Text(message.text.body.clone());
            if message.text_first {
                parts.insert(0, body);
            } else {
                parts.push(body);
            }
        }
        let first = message.text.id.as_ref().map(|id| gateway::stanza_id(id.as_str()));
        let ids = first.into_iter().chain(std::iter::repeat_with(gateway::new_id));
        parts
            .iter()
            .zip(ids)
            .map(|(part, id)| {
                let stanza = match part {
                    Part::File(file, published) => {
                        self.file_stanza(contact, message, file, published, &id)?
                    }
                    Part::Text(body) => {
                        let text = Text { body: body.clone(), ..message.text.clone() };
                        self.text_stanza(contact, message.from.is_user, &id, &text)?
                    }
                };
                if stanza.len() > MAX_STANZA {
                    return Err(Error::new(
                        Condition::PolicyViolation,
                        "This message is longer than XMPP servers take.",
                    ));
                }
                if message.from.is_user {
                    // The server sends it back to us: it is no message of the user to the network.
                    let body = match part {
                        Part::File(_, published) => &published.url,
                        Part::Text(body) => body,
                    };
                    self.repeats.note(contact.as_str(), &id, body_hash(body), Seen::Done);
                }
                Ok((id, stanza))
            })
            .collect()
    }

    /// What the user reads instead of a file.
    fn instead_of(&self, file: &Attachment, error: &UploadError) -> String {
        tracing::warn!(%error, "a file could not be brought to the user");
        let name = file.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("?");
        say!(self.language, "file-failed", name = name, why = error.user_text(self.language))
    }

    fn file_stanza(
        &mut self,
        contact: &ContactId,
        message: &FilesMessage,
        file: &Attachment,
        published: &Published,
        id: &str,
    ) -> Result<Bytes, Error> {
        let carbon = message.from.is_user;
        let (bare, full) = (self.gateway.contact_bare(contact), self.gateway.contact_full(contact));
        let (from, to) = if carbon { (&self.to, &bare) } else { (&full, &self.to) };
        let (date, delay) = (file.date.and_then(shown::stamp), self.delay_of(message.text.when));
        let shape = FileShape {
            date: date.as_deref(),
            length: file.duration,
            inline: file.disposition == Disposition::Inline,
            sticker: file.is_sticker,
            thread: message.text.thread.as_ref().map(ThreadId::as_str),
            delay: delay.as_deref().map(|stamp| (stamp, self.gateway.domain())),
            nick: self.nick_of(contact).filter(|_| self.is_stranger(contact) && !carbon),
            markable: !carbon && self.gateway.info.contact_features.marks,
            ..published.shape(from, to, id)
        };
        if !carbon {
            return Ok(shape.stanza());
        }
        match self.carbon_privilege() {
            Some(namespace) => {
                Ok(shape.privileged(self.gateway.domain(), self.jid.domain().as_str(), namespace))
            }
            None => Err(self.no_privilege()),
        }
    }
}

/// What is one stanza.
enum Part<'a> {
    File(&'a Attachment, Published),
    Text(String),
}
