//! Texts as stanzas: one, or where the network allows more than fits into a stanza, several.

use crate::model::cut;
use crate::model::ids::new_id;
use crate::say;
use crate::session::envelope::References;
use crate::session::envelope::author_nick;
use crate::session::envelope::author_of;
use crate::session::envelope::delay_from;
use crate::session::envelope::delay_of;
use crate::session::envelope::nick_for_stranger;
use crate::session::formatting;
use crate::session::formatting::FormattedText;
use crate::session::room::archive::ForArchive;
use crate::session::room::broadcast::Copies;
use crate::session::room::broadcast::address_named;
use crate::session::state::Session;
use crate::stanza::MAX_STANZA;
use crate::stanza::ReplyShape;
use crate::stanza::Speaker;
use crate::stanza::TextShape;
use crate::xmpp::pieces;
use crate::xmpp::replies;
use bytes::Bytes;
use plugin_api::ContactId;
use plugin_api::Text;

/// Longest body in one of several stanzas, in bytes as XML; the rest of a stanza has as much room
/// again.
const PIECE: usize = MAX_STANZA / 2;
/// Most stanzas of one text: 512 KiB, beyond any network's limit. Each client in a room gets its
/// own; text behind that is cut off.
const MOST: usize = 4;
/// Most mentions in one stanza, of up to a kilobyte each; nobody finds more names in a text that
/// long.
const MENTIONS: usize = 64;
/// Longest hint of a spoiler, in characters.
const SPOILER: usize = 200;

/// Part of a text: the id of its stanza, and its copies.
pub(super) type Part = (String, Copies);

/// Text with its conversation and its speaker.
pub(super) type Saying<'a> = (&'a ContactId, &'a Speaker, &'a Text);

/// Makes the stanzas of a text, the first of which gets that id.
pub(in crate::session) fn text_parts(
    session: &Session,
    saying: Saying<'_>,
    own: String,
    references: &References,
) -> Vec<Part> {
    let (_, _, text) = saying;
    let (contact, ..) = saying;
    let bare = |contact: &ContactId| session.services.address.contact_bare(contact);
    let rich = formatting::of(text, bare, |mention| address_named(session, contact, mention));
    let whole = copies_of(session, saying, &own, &rich, references);
    if whole.fit() {
        return vec![(own, whole)];
    }
    tracing::info!(bytes = rich.body.len(), "a text is longer than a stanza may be: in several");
    let References { thread, answers, replaces, .. } = references;
    // A correction stands in for one stanza, so it is one.
    let most = if replaces.is_some() { 1 } else { MOST };
    let mut later = References { thread: thread.clone(), ..References::default() };
    let mut parts = Vec::new();
    for piece in in_pieces(session, rich, most) {
        let (id, references) = if parts.is_empty() {
            later.answers.clone_from(answers);
            later.replaces.clone_from(replaces);
            (own.clone(), &later)
        } else {
            (later.answers, later.replaces) = (None, None);
            (new_id(), &later)
        };
        let stanzas = copies_of(session, saying, &id, &piece, references);
        parts.push((id, stanzas));
    }
    parts
}

/// Splits a long text into at most that many pieces, each with the mentions in it. Text beyond that
/// is dropped, and marked as cut off.
fn in_pieces(session: &Session, rich: FormattedText, most: usize) -> Vec<FormattedText> {
    let FormattedText { body, unstyled, mentions, spoiler, place } = rich;
    let bodies = pieces::of(&body, PIECE);
    let (count, mut begin) = (bodies.len(), 0);
    let piece = |(n, piece): (usize, &&str)| {
        let from = begin;
        begin += u32::try_from(piece.chars().count()).unwrap_or(u32::MAX);
        let inside = mentions.iter().filter(|(start, end, _)| *start >= from && *end <= begin);
        let mut body = (*piece).to_owned();
        if n + 1 == most && count > most {
            body = format!("{}… ({})", body.trim_end(), say!(session.user.language, "text-cut"));
        }
        FormattedText {
            body,
            unstyled,
            mentions: inside
                .take(MENTIONS)
                .map(|(start, end, jid)| (start - from, end - from, jid.clone()))
                .collect(),
            spoiler: spoiler.as_deref().map(|hint| cut::to_chars(hint, SPOILER).into_owned()),
            place: place.clone().filter(|_| count == 1),
        }
    };
    bodies.iter().take(most).enumerate().map(piece).collect()
}

/// Makes the stanza for all recipients.
fn copies_of(
    session: &Session,
    (contact, speaker, text): Saying<'_>,
    own: &str,
    rich: &FormattedText,
    references: &References,
) -> Copies {
    let message =
        ForArchive { stanza_id: own, xmpp_id: Some(own), when: text.when, filled_in: text.archive_only };
    let copies = Copies::new(session, contact, speaker, &message, |speaker| {
        text_stanza(session, (contact, speaker, text), own, rich, references)
    });
    if text.archive_only { copies.only_archived() } else { copies }
}

fn text_stanza(
    session: &Session,
    (contact, speaker, text): Saying<'_>,
    own: &str,
    rich: &FormattedText,
    references: &References,
) -> Bytes {
    let stamp = delay_of(session, text.when);
    let answered = references.answers.as_ref();
    let answered = answered.map(|answered| (answered, author_of(session, contact, answered)));
    let shape = TextShape {
        id: Some(own),
        body: &rich.body,
        unstyled: rich.unstyled,
        mentions: &rich.mentions,
        spoiler: rich.spoiler.as_deref(),
        expires_in: text.expires_in,
        place: rich.place.as_ref(),
        previews: &references.previews,
        replaces: references.replaces.as_deref(),
        reply: answered.as_ref().map(|(answered, to)| ReplyShape {
            id: &answered.id,
            to,
            quote: answered.words().map_or_else(String::new, |body| {
                replies::quote(author_nick(session, contact, answered).as_deref(), body)
            }),
        }),
        thread: references.thread.as_deref(),
        delay: stamp.as_deref().map(|stamp| (stamp, delay_from(session, speaker))),
        nick: nick_for_stranger(session, contact).filter(|_| !speaker.is_user()),
        hints: &text.hints,
        markable: !speaker.is_user() && session.can(contact).marks,
    };
    shape.stanza(speaker)
}
