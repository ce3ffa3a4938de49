//! Texts as stanzas: one, or where the network allows more than a stanza may have, several (WIRE 2.7).

use super::Session;
use super::rich::{self, Rich};
use super::speak::References;
use crate::model::cut;
use crate::model::ids::new_id;
use crate::say;
use crate::stanza::MAX_STANZA;
use crate::stanza::{ReplyShape, Speaker, TextShape};
use crate::xmpp::{pieces, replies};
use bytes::Bytes;
use plugin_api::{ContactId, Text};

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

impl Session {
    /// The stanzas of a text, the first of which has that id.
    pub(super) fn text_parts(&self, saying: Saying<'_>, own: String, references: &References) -> Vec<Part> {
        let (_, _, text) = saying;
        let (contact, ..) = saying;
        let bare = |contact: &ContactId| self.services.address.contact_bare(contact);
        let rich = rich::of(text, bare, |mention| self.address_named(contact, mention));
        let whole = self.copies_of(saying, &own, &rich, references);
        if fit(&whole) {
            return vec![(own, whole)];
        }
        tracing::info!(bytes = rich.body.len(), "a text is longer than a stanza may be: in several");
        let References { thread, answers, replaces, .. } = references;
        // One that stands in for another is one.
        let most = if replaces.is_some() { 1 } else { MOST };
        let mut later = References { thread: thread.clone(), ..References::default() };
        let mut parts = Vec::new();
        for piece in self.in_pieces(rich, most) {
            let (id, references) = if parts.is_empty() {
                later.answers.clone_from(answers);
                later.replaces.clone_from(replaces);
                (own.clone(), &later)
            } else {
                (later.answers, later.replaces) = (None, None);
                (new_id(), &later)
            };
            let stanzas = self.copies_of(saying, &id, &piece, references);
            parts.push((id, stanzas));
        }
        parts
    }

    /// A long text in so many pieces at the most, each with the mentions in it; what goes beyond that is marked as cut off.
    fn in_pieces(&self, rich: Rich, most: usize) -> Vec<Rich> {
        let Rich { body, unstyled, mentions, spoiler, place } = rich;
        let bodies = pieces::of(&body, PIECE);
        let (count, mut begin) = (bodies.len(), 0);
        let piece = |(n, piece): (usize, &&str)| {
            let from = begin;
            begin += u32::try_from(piece.chars().count()).unwrap_or(u32::MAX);
            let inside = mentions.iter().filter(|(start, end, _)| *start >= from && *end <= begin);
            let mut body = (*piece).to_owned();
            if n + 1 == most && count > most {
                body = format!("{}… ({})", body.trim_end(), say!(self.language, "text-cut"));
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
        &self,
        (contact, speaker, text): Saying<'_>,
        own: &str,
        rich: &Rich,
        references: &References,
    ) -> Vec<Bytes> {
        let copies = self.copies(contact, speaker);
        copies
            .iter()
            .map(|speaker| self.text_stanza((contact, speaker, text), own, rich, references))
            .collect()
    }

    fn text_stanza(
        &self,
        (contact, speaker, text): Saying<'_>,
        own: &str,
        rich: &Rich,
        references: &References,
    ) -> Bytes {
        let stamp = self.delay_of(text.when);
        let answered = references.answers.as_ref();
        let answered = answered.map(|answered| (answered, self.author_of(contact, answered)));
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
                    replies::quote(self.author_nick(contact, answered).as_deref(), body)
                }),
            }),
            thread: references.thread.as_deref(),
            delay: stamp.as_deref().map(|stamp| (stamp, self.keeper(speaker))),
            nick: self.introduction(contact).filter(|_| !speaker.is_user()),
            hints: &text.hints,
            markable: !speaker.is_user() && self.can(contact).marks,
        };
        shape.stanza(speaker)
    }
}

/// Does every server take them?
pub(super) fn fit(stanzas: &[Bytes]) -> bool {
    stanzas.iter().all(|stanza| stanza.len() <= MAX_STANZA)
}
