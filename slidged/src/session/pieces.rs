//! Texts as stanzas: one, or where the network allows more than a stanza may have, several (WIRE 2.7).

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
use crate::session::formatting::Rich;
use crate::session::room::broadcast::address_named;
use crate::session::room::broadcast::recipients;
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

/// Of the body in one of several stanzas, as XML: what else is in a stanza has as much room again. Bytes.
const PIECE: usize = MAX_STANZA / 2;
/// Stanzas for one text: 512 KiB, and beyond any network's limit; each client in a room has its own. What is behind them is cut off.
const MOST: usize = 4;
/// Beside a piece: more are names of people whom nobody finds in a text so long. Each may have a kilobyte.
const MENTIONS: usize = 64;
/// Of a hint at what is hidden, in characters.
const SPOILER: usize = 200;

/// A part of a text: its stanza's id, and one stanza for each who hears the speaker.
pub(super) type Part = (String, Vec<Bytes>);

/// What is said, and by whom.
pub(super) type Saying<'a> = (&'a ContactId, &'a Speaker, &'a Text);

/// The stanzas of a text, the first of which has that id.
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
    if fit(&whole) {
        return vec![(own, whole)];
    }
    tracing::info!(bytes = rich.body.len(), "a text is longer than a stanza may be: in several");
    let References { thread, answers, replaces, .. } = references;
    // One that stands in for another is one.
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

/// A long text in so many pieces at the most, each with the mentions in it; what goes beyond that is marked as cut off.
fn in_pieces(session: &Session, rich: Rich, most: usize) -> Vec<Rich> {
    let Rich { body, unstyled, mentions, spoiler, place } = rich;
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
        Rich {
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

/// One stanza for each who hears the speaker.
fn copies_of(
    session: &Session,
    (contact, speaker, text): Saying<'_>,
    own: &str,
    rich: &Rich,
    references: &References,
) -> Vec<Bytes> {
    let copies = recipients(session, contact, speaker);
    copies
        .iter()
        .map(|speaker| text_stanza(session, (contact, speaker, text), own, rich, references))
        .collect()
}

fn text_stanza(
    session: &Session,
    (contact, speaker, text): Saying<'_>,
    own: &str,
    rich: &Rich,
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

/// Does every server take them?
pub(super) fn fit(stanzas: &[Bytes]) -> bool {
    stanzas.iter().all(|stanza| stanza.len() <= MAX_STANZA)
}
