//! Files of the network, on their way to the user: each is brought to where the user can fetch it
//! when its turn in the conversation comes, and then its message is sent.

use crate::host::Share;
use crate::model::clock::now;
use crate::model::ids::new_id;
use crate::model::ids::stanza_id;
use crate::model::ids::valid_id;
use crate::model::shown;
use crate::say;
use crate::services;
use crate::services::Published;
use crate::services::UploadError;
use crate::session::chat_queue::Direction;
use crate::session::envelope;
use crate::session::envelope::References;
use crate::session::envelope::author_of;
use crate::session::envelope::delay_from;
use crate::session::envelope::delay_of;
use crate::session::envelope::envelope;
use crate::session::envelope::nick_for_stranger;
use crate::session::network_texts::release;
use crate::session::pieces::text_parts;
use crate::session::room::archive::ForArchive;
use crate::session::room::broadcast::Copies;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::state::Turn;
use crate::stanza::FileShape;
use crate::stanza::Speaker;
use crate::store::Entry;
use crate::store::MessageIds;
use crate::store::MessagePart;
use crate::store::StoreError;
use crate::store::Write;
use bytes::Bytes;
use plugin_api::Attachment;
use plugin_api::Condition;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::Sender;
use plugin_api::Sent;
use plugin_api::Text;
use plugin_api::host::Reply;

/// Most files of one message: more than any network's album.
const MAX_FILES: usize = 100;

/// Message of the network with files.
pub(super) struct FilesMessage {
    pub(super) from: Sender,
    pub(super) files: Vec<Attachment>,
    pub(super) text: Text,
    pub(super) text_first: bool,
}

/// Outcome of bringing the files of a message.
enum Brought {
    /// Message that was shown before, with its ids.
    Repeat(MessageIds),
    Files(Vec<Result<Published, UploadError>>, References),
}

/// Content of one stanza.
enum Part<'a> {
    File(&'a Attachment, Published),
    /// Text beside a file.
    Caption(Box<Text>),
    /// Text in the place of a file.
    Instead(Box<Text>),
    /// Text of the message itself.
    Body,
}

/// Lines up a message with files; its sender is resolved when its turn comes.
pub(in crate::session) fn files_in_order(
    session: &mut Session,
    message: FilesMessage,
    reply: Reply<Sent>,
    share: Share,
) {
    let chat = session.chat_of(&message.from).ok();
    session.in_order(chat.as_ref(), move |session| send_files(session, message, reply, share));
}

/// Brings the files to where the user can fetch them, and then sends the message.
fn send_files(session: &mut Session, mut message: FilesMessage, reply: Reply<Sent>, share: Share) {
    let (contact, speaker) = match may_send(session, &message) {
        Ok(may) => may,
        Err(error) => return reply.send(Err(error)),
    };
    let (services, user, jid) = (session.services.clone(), session.user.id, session.user.jid.clone());
    let (chat, at_once, threads) =
        (contact.clone(), session.chats.files.clone(), session.messages.threads.clone());
    let turn: Turn = Box::pin(async move {
        let bring = async {
            if let Some(id) = &message.text.id {
                let known = services.store.messages(user).by_legacy_id(chat.as_str(), id.as_str()).await;
                if let Some(ids) = known.map_err(StoreError::for_plugin)? {
                    return Ok(Brought::Repeat(ids));
                }
            }
            let chat = (&chat, message.from.room.is_some());
            let references = envelope::look_up((&services, user, &threads), chat, &message.text).await?;
            let mut files = Vec::with_capacity(message.files.len());
            for file in &mut message.files {
                // The semaphore is never closed.
                let _turn = at_once.acquire().await;
                files.push(services.publisher.publish(Some(user), &jid, file).await);
            }
            Ok(Brought::Files(files, references))
        };
        let brought = bring.await;
        Box::new(move |session: &mut Session| {
            let sent = brought.and_then(|brought| files_entry(session, &chat, &speaker, &message, brought));
            let (entry, sent) = match sent {
                Ok(sent) => sent,
                Err(error) => return reply.send(Err(error)),
            };
            services::answer_stored(&session.journal, reply, share, entry, move |committed| Sent {
                duplicate: sent.duplicate || committed.duplicate,
                ..sent
            });
            if let Some(id) = &message.text.id {
                release(session, &chat, id);
            }
        }) as Then
    });
    session.take_turns(Direction::ToUser, contact, 0, turn);
}

/// Checks a message before any of its files is uploaded.
fn may_send(session: &mut Session, message: &FilesMessage) -> Result<(ContactId, Speaker), Error> {
    if message.text.id.as_ref().is_some_and(|id| !valid_id(id.as_str())) {
        return Err(crate::session::state::lookup::bad_id());
    }
    if message.files.is_empty() || message.files.len() > MAX_FILES {
        return Err(Error::from(Condition::BadRequest).with_detail("no files, or too many of them"));
    }
    envelope(session, &message.from)
}

/// Makes the entry with all stanzas of a message with files, and the note that they belong
/// together.
fn files_entry(
    session: &mut Session,
    contact: &ContactId,
    speaker: &Speaker,
    message: &FilesMessage,
    brought: Brought,
) -> Result<(Entry, Sent), Error> {
    let (files, references) = match brought {
        Brought::Files(files, references) => (files, references),
        Brought::Repeat(ids) => {
            let sent = Sent { stanza_ids: vec![ids.xmpp_id.to_string()], duplicate: true, url: None };
            return Ok((Entry::default(), sent));
        }
    };
    let url = files.iter().flatten().next().map(|file| file.url.clone());
    let counted: Vec<_> =
        files.iter().flatten().filter_map(|file| file.counted.as_deref().cloned()).collect();
    let parts = message_parts(session, message, files);
    let first = message.text.id.as_ref().map(|id| stanza_id(id.as_str()));
    let own = first.into_iter().chain(std::iter::repeat_with(new_id));
    let (mut entry, mut stanza_ids, mut ids, mut main) = (Entry::default(), Vec::new(), Vec::new(), None);
    let has_body = parts.iter().any(|part| matches!(part, Part::Body));
    entry.writes.extend(counted);
    let References { thread, mut answers, mut previews, .. } = references;
    for (part, own) in parts.iter().zip(own) {
        // Only the first stanza is a reply.
        let mut references =
            References { thread: thread.clone(), answers: answers.take(), ..References::default() };
        let shown = match part {
            Part::File(file, published) => {
                let when = message.text.when;
                let filled_in = message.text.archive_only;
                let for_archive = ForArchive { stanza_id: &own, xmpp_id: Some(&own), when, filled_in };
                let copies = Copies::new(session, contact, speaker, &for_archive, |speaker| {
                    file_stanza(
                        session,
                        contact,
                        speaker,
                        &message.text,
                        (*file, published),
                        &own,
                        &references,
                    )
                });
                vec![(own, if filled_in { copies.only_archived() } else { copies })]
            }
            Part::Instead(text) => text_parts(session, (contact, speaker, text), own, &references),
            Part::Caption(text) => {
                if !has_body {
                    main = main.or(Some(ids.len()));
                }
                text_parts(session, (contact, speaker, text), own, &references)
            }
            Part::Body => {
                references.previews = std::mem::take(&mut previews);
                // Corrections are of the text.
                main = Some(ids.len());
                text_parts(session, (contact, speaker, &message.text), own, &references)
            }
        };
        for (own, copies) in shown {
            if !copies.fit() {
                let why = "the message is longer than XMPP servers take";
                return Err(Error::from(Condition::PolicyViolation).with_detail(why));
            }
            copies.add_to(&mut entry);
            if let Some(id) = &message.text.id {
                ids.push(message_ids(session, contact, speaker, (id.as_str(), &own)));
            }
            stanza_ids.push(own);
        }
    }
    note(&mut entry, ids, main);
    Ok((entry, Sent { stanza_ids, duplicate: false, url }))
}

fn message_ids(
    session: &Session,
    contact: &ContactId,
    speaker: &Speaker,
    (legacy_id, own): (&str, &str),
) -> MessageIds {
    MessageIds {
        user: session.user.id,
        chat: contact.as_str().into(),
        legacy_id: legacy_id.into(),
        xmpp_id: own.into(),
        from_user: speaker.is_user(),
        body_hash: 0,
        at: now(),
    }
}

/// Splits a message with files into the contents of its stanzas, in order: a file's caption follows
/// it.
fn message_parts<'a>(
    session: &Session,
    message: &'a FilesMessage,
    files: Vec<Result<Published, UploadError>>,
) -> Vec<Part<'a>> {
    let Text { when, hints, expires_in, .. } = &message.text;
    let words = |body: String| {
        Box::new(Text { body, when: *when, hints: hints.clone(), expires_in: *expires_in, ..Text::default() })
    };
    let mut parts = Vec::new();
    for (file, brought) in message.files.iter().zip(files) {
        parts.push(match brought {
            Ok(published) => Part::File(file, published),
            Err(error) => Part::Instead(words(instead_of(session, file, &error))),
        });
        let caption = file.caption.clone().filter(|caption| !caption.is_empty());
        parts.extend(caption.map(|caption| Part::Caption(words(caption))));
    }
    if !message.text.body.is_empty() || message.text.content.is_some() {
        parts.insert(if message.text_first { 0 } else { parts.len() }, Part::Body);
    }
    parts
}

/// Returns the text that stands in for a file that could not be brought.
fn instead_of(session: &Session, file: &Attachment, error: &UploadError) -> String {
    tracing::warn!(%error, "a file could not be brought to the user");
    let name = file.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("?");
    say!(session.user.language, "file-failed", name = name, why = error.user_text(session.user.language))
}

fn file_stanza(
    session: &Session,
    contact: &ContactId,
    speaker: &Speaker,
    text: &Text,
    (file, published): (&Attachment, &Published),
    own: &str,
    references: &References,
) -> Bytes {
    let as_user = speaker.is_user();
    let (date, delay) = (file.date.and_then(shown::stamp), delay_of(session, text.when));
    let answers = references.answers.as_ref();
    let answers = answers.map(|answered| (answered.id.as_str(), author_of(session, contact, answered)));
    FileShape {
        date: date.as_deref(),
        sticker: file.is_sticker,
        answers: answers.as_ref().map(|(id, to)| (*id, to.as_str())),
        thread: references.thread.as_deref(),
        delay: delay.as_deref().map(|stamp| (stamp, delay_from(session, speaker))),
        nick: nick_for_stranger(session, contact).filter(|_| !as_user),
        markable: !as_user && session.can(contact).marks,
        ..published.shape(own)
    }
    .stanza(speaker)
}

/// Notes that these stanzas are one message of the network, which is known by its text. Where there
/// is none, the first file is a part as well: a text that comes later must not replace it.
fn note(entry: &mut Entry, mut ids: Vec<MessageIds>, main: Option<usize>) {
    let Some(first) = ids.get(main.unwrap_or_default()).cloned() else { return };
    if let Some(main) = main {
        ids.remove(main);
    }
    entry.dedup = Some(first);
    entry.writes.extend((1..).zip(ids).map(|(part, ids)| {
        let MessageIds { user, chat, legacy_id, xmpp_id, at, .. } = ids;
        Write::MessagePart(MessagePart { user, chat, legacy_id, xmpp_id, part, at })
    }));
}
