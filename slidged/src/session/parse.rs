//! Content of a message of the user: texts and all changes of earlier messages. Pure.

use crate::session::file_sharing;
use crate::session::formatting;
use crate::session::message::Kind;
use crate::xmpp::Stanza;
use crate::xmpp::correction;
use crate::xmpp::delay;
use crate::xmpp::reactions::Reactions;
use crate::xmpp::replies;
use crate::xmpp::retraction;
use plugin_api::ContactId;
use plugin_api::Reply;
use plugin_api::Sender;
use plugin_api::UserText;

/// Longest id of a message or a thread, in bytes: ids are kept, and databases bound the keys of an
/// index. Longer ones are ignored.
pub(super) const MAX_ID: usize = 1024;

/// Content of a message of the user.
pub(super) struct ParsedMessage {
    pub(super) kind: Kind,
    pub(super) text: UserText,
    /// Body with the quote of the message that is replied to, in case the network does not know
    /// that one.
    pub(super) quoted: Option<String>,
}

/// Reads a message. `None` when it has no content: it is a chat state, a marker, or something that
/// nobody here knows.
///
/// `formatting`: the network knows spans. `contact` returns the contact of an address.
pub(super) fn said(
    stanza: &Stanza,
    user: &str,
    formatting: bool,
    contact: impl Fn(&jid::BareJid) -> Option<ContactId>,
) -> Option<ParsedMessage> {
    let text = UserText {
        stanza_id: stanza.id.clone().unwrap_or_default(),
        thread: stanza.thread().filter(|thread| thread.len() <= MAX_ID).map(Into::into),
        when: delay::stamp(stanza).map(|at| at.unix_timestamp().saturating_mul(1000)),
        ..UserText::default()
    };
    // Bodies of these are fallbacks for clients that do not know them.
    if let Some(Reactions { id, emojis }) = Reactions::parse(stanza) {
        return Some(ParsedMessage { kind: Kind::React { to: id, emojis }, text, quoted: None });
    }
    if let Some(of) = retraction::retracted(stanza) {
        return Some(ParsedMessage { kind: Kind::Retract { of: of.to_owned() }, text, quoted: None });
    }
    // Clients that write messages like letters have a subject (RFC 6121 section 5.2.4).
    let subject =
        stanza.subject().map(|subject| subject.trim().to_owned()).filter(|subject| !subject.is_empty());
    let kind = match correction::replaced(stanza).filter(|of| of.len() <= MAX_ID) {
        Some(of) => Kind::Correct { of: of.to_owned() },
        None => Kind::Text,
    };
    let body = stanza.body().filter(|body| !body.trim().is_empty()).unwrap_or_default();
    let answered = replies::Reply::parse(stanza);
    let (own, quote) = match answered {
        Some(_) => replies::unquoted(stanza, &body),
        None => (body.clone(), None),
    };
    if let (Kind::Text, Some((kind, words))) = (&kind, file_sharing::read(stanza, &own)) {
        let text = UserText { body: words, reply: reply(answered, quote.clone(), user), ..text };
        let said = ParsedMessage { kind, text, quoted: quote.is_some().then_some(body) };
        return Some(under(subject, said));
    }
    if body.is_empty() && kind == Kind::Text && subject.is_none() {
        return None;
    }
    let length = body.chars().count() - own.chars().count();
    let mut text = UserText { body: own, reply: reply(answered, quote.clone(), user), ..text };
    formatting::read(stanza, &mut text, u32::try_from(length).unwrap_or(0), formatting, contact);
    Some(under(subject, ParsedMessage { kind, text, quoted: quote.is_some().then_some(body) }))
}

/// Puts the subject in front of the text, unless the text begins with it. An empty correction is
/// left alone, since it retracts the message.
fn under(subject: Option<String>, mut said: ParsedMessage) -> ParsedMessage {
    let empty_correction = matches!(said.kind, Kind::Correct { .. }) && said.text.body.is_empty();
    let repeated = |subject: &String| said.text.body.starts_with(subject.as_str());
    let Some(subject) = subject.filter(|subject| !empty_correction && !repeated(subject)) else {
        return said;
    };
    let above = |body: &str| format!("{subject}\n{body}").trim_end().to_owned();
    let moved = u32::try_from(subject.chars().count() + 1).unwrap_or(u32::MAX);
    said.text.body = above(&said.text.body);
    said.quoted = said.quoted.as_deref().map(above);
    if let Kind::Files(files) = &mut said.kind {
        files.iter_mut().for_each(|file| file.link = file.link.as_deref().map(above));
    }
    for span in &mut said.text.spans {
        (span.start, span.end) = (span.start.saturating_add(moved), span.end.saturating_add(moved));
    }
    for mention in &mut said.text.mentions {
        (mention.start, mention.end) =
            (mention.start.saturating_add(moved), mention.end.saturating_add(moved));
    }
    said
}

/// Returns the reply, which names the earlier message by the stanza's id until it is delivered.
fn reply(answered: Option<replies::Reply>, quote: Option<String>, user: &str) -> Option<Reply> {
    let answered = answered?;
    let to = answered.to.map(|to| Sender { is_user: to.to_bare().as_str() == user, ..Sender::default() });
    Some(Reply { id: answered.id.into(), to, fallback: quote })
}

#[cfg(test)]
mod tests {
    use crate::session::parse::*;
    use crate::xmpp;

    fn read(xml: &str) -> Option<ParsedMessage> {
        let xml = format!("<message xmlns='jabber:client' id='7'>{xml}</message>");
        let stanza = Stanza::from_element(&xml.parse().unwrap()).unwrap();
        assert_eq!(stanza.kind, xmpp::Kind::Message);
        said(&stanza, "u@d", true, |jid| jid.node().map(|node| node.as_str().into()))
    }

    #[test]
    fn what_is_done_comes_before_what_is_said() {
        let body = "<body>for older clients</body>";
        let react = "<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>❤️</reaction></reactions>";
        let said = read(&format!("{body}{react}")).unwrap();
        assert_eq!(said.kind, Kind::React { to: "1".into(), emojis: vec!["❤️".into()] });
        assert_eq!(said.text.body, "");
        let retract = "<retract xmlns='urn:xmpp:message-retract:1' id='1'/>";
        assert_eq!(read(&format!("{body}{retract}")).unwrap().kind, Kind::Retract { of: "1".into() });
        let said = read("<body/><replace xmlns='urn:xmpp:message-correct:0' id='1'/>").unwrap();
        assert_eq!((said.kind, said.text.body.as_str()), (Kind::Correct { of: "1".into() }, ""));
        for nothing in
            ["<body/>", "<body>  \n </body>", "<composing xmlns='http://jabber.org/protocol/chatstates'/>"]
        {
            assert!(read(nothing).is_none(), "{nothing}");
        }
        let said = read("<body> </body><replace xmlns='urn:xmpp:message-correct:0' id='1'/>").unwrap();
        assert_eq!((said.kind, said.text.body.as_str()), (Kind::Correct { of: "1".into() }, ""));
    }

    #[test]
    fn a_subject_is_said_in_front_of_the_body() {
        let body = |xml: &str| read(xml).unwrap().text.body;
        assert_eq!(body("<subject>Dinner</subject><body>at eight?</body>"), "Dinner\nat eight?");
        assert_eq!(body("<subject>Dinner</subject>"), "Dinner");
        assert_eq!(body("<subject>Dinner</subject><body>Dinner at eight?</body>"), "Dinner at eight?");
        assert_eq!(body("<subject> </subject><body>at eight?</body>"), "at eight?");
        let said = read("<subject>Dinner</subject><body>*at* eight?</body>").unwrap().text;
        assert_eq!((said.body.as_str(), said.spans[0].start, said.spans[0].end), ("Dinner\nat eight?", 7, 9));
        let said = read("<subject>x</subject><body/><replace xmlns='urn:xmpp:message-correct:0' id='1'/>");
        assert_eq!(said.unwrap().text.body, "");
    }

    #[test]
    fn ids_that_no_database_could_find_again_are_left_out() {
        let long = "x".repeat(MAX_ID + 1);
        let said = read(&format!(
            "<body>hi</body><thread>{long}</thread><replace xmlns='urn:xmpp:message-correct:0' id='{long}'/>"
        ))
        .unwrap();
        assert_eq!((said.kind, said.text.thread, said.text.body.as_str()), (Kind::Text, None, "hi"));
    }

    #[test]
    fn k43_the_quote_of_a_reply_is_told_apart_from_the_answer() {
        let said = read(
            "<body>> Ann:\n> well?\nyes</body><reply xmlns='urn:xmpp:reply:0' id='1' to='u@d/r'/>\
             <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='15'/></fallback>",
        )
        .unwrap();
        let reply = said.text.reply.unwrap();
        assert_eq!((said.text.body.as_str(), reply.fallback.as_deref()), ("yes", Some("Ann:\nwell?")));
        assert_eq!((reply.id.as_str(), reply.to.map(|to| to.is_user)), ("1", Some(true)));
        assert_eq!(said.quoted.as_deref(), Some("> Ann:\n> well?\nyes"));
    }
}
