//! Formatting, mentions, spoilers, places and previews of a text: from the network's form into that
//! of XMPP clients, and back. Pure.

use crate::xmpp::Stanza;
use crate::xmpp::geoloc::Place;
use crate::xmpp::link_metadata;
use crate::xmpp::markup;
use crate::xmpp::references;
use crate::xmpp::references::Mention as Named;
use crate::xmpp::spoiler;
use crate::xmpp::styling;
use crate::xmpp::uri;
use crate::xmpp::xhtml;
use plugin_api::Content;
use plugin_api::ContentKind;
use plugin_api::Mention;
use plugin_api::Span;
use plugin_api::Style;
use plugin_api::Text;
use plugin_api::UserText;

/// Most mentions in a text.
const MOST_MENTIONS: usize = 256;

/// Text of the network as clients show it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct FormattedText {
    pub(super) body: String,
    /// True if nothing in the body is meant as styling, although it looks so (XEP-0393 section 6).
    pub(super) unstyled: bool,
    pub(super) mentions: Vec<(u32, u32, String)>,
    pub(super) spoiler: Option<String>,
    pub(super) place: Option<Place>,
}

/// Converts a text. `address` gives the address of a contact, `named` that of the person whom a
/// mention names.
pub(super) fn of(
    text: &Text,
    address: impl Fn(&plugin_api::ContactId) -> String,
    named: impl Fn(&Mention) -> Option<String>,
) -> FormattedText {
    let place = text.content.as_ref().and_then(place);
    let plain = match (&*text.body, &text.content) {
        ("", Some(content)) => described(content, place.as_ref(), &address),
        (body, _) => body.to_owned(),
    };
    let (spoilers, spans): (Vec<&Span>, Vec<&Span>) =
        text.spans.iter().partition(|span| span.style == Style::Spoiler);
    let spans: Vec<Span> = spans.into_iter().cloned().collect();
    // XMPP has no spoiler for a part of a text: all of it is hidden.
    let spoiler = text.spoiler.clone().or_else(|| (!spoilers.is_empty()).then(String::new));
    let styled = styling::write(&plain, &spans);
    let mention = |mention: &Mention| {
        let (start, end) = styled.place(mention.start, mention.end);
        Some((start, end, named(mention)?))
    };
    FormattedText {
        mentions: text.mentions.iter().filter_map(mention).take(MOST_MENTIONS).collect(),
        unstyled: spans.is_empty() && styling::looks_styled(&plain),
        body: styled.body,
        spoiler,
        place,
    }
}

fn place(content: &Content) -> Option<Place> {
    (content.kind == ContentKind::Location).then(|| Place {
        latitude: content.latitude,
        longitude: content.longitude,
        name: content.title.clone(),
    })
}

/// Describes content without words of its own in words that clients make something of.
fn described(
    content: &Content,
    place: Option<&Place>,
    address: impl Fn(&plugin_api::ContactId) -> String,
) -> String {
    let lines: Vec<String> = match (content.kind, place) {
        // Some clients take a body that is nothing but such an address for a map.
        (_, Some(place)) => vec![place.name.clone(), place.uri()],
        (ContentKind::Poll, _) => {
            let options = content.options.iter().enumerate();
            let options = options.map(|(n, option)| format!("{}. {option}", n + 1));
            std::iter::once(format!("📊 {}", content.title)).chain(options).collect()
        }
        (ContentKind::ContactCard, _) => {
            let address = content.contact.as_ref().map(|contact| uri::of(&address(contact)));
            std::iter::once(format!("👤 {}", content.title)).chain(address).collect()
        }
        _ => vec![content.title.clone()],
    };
    lines.join("\n").trim().to_owned()
}

/// Reads formatting, mentions and the like from a message of the user into `text`, whose body lacks
/// the first `quoted` characters (the quote of a reply). With `formatting` the network knows spans;
/// else the body stays as the user sees it.
pub(super) fn read(
    stanza: &Stanza,
    text: &mut UserText,
    quoted: u32,
    formatting: bool,
    contact: impl Fn(&jid::BareJid) -> Option<plugin_api::ContactId>,
) {
    text.spoiler = spoiler::hint(stanza);
    text.link_previews = link_metadata::parse(stanza);
    text.content = Place::parse(stanza, &text.body).map(|place| Content {
        kind: ContentKind::Location,
        latitude: place.latitude,
        longitude: place.longitude,
        title: place.name,
        ..Content::default()
    });
    let own = |place: u32| place.checked_sub(quoted);
    let mention = |Named { begin, end, jid }| {
        let contact = Some(contact(&jid)?);
        Some(Mention { contact, start: own(begin)?, end: own(end)?, ..Mention::default() })
    };
    text.mentions = references::mentions(stanza).into_iter().filter_map(mention).collect();
    if !formatting {
        return;
    }
    if let Some(spans) = markup::parse(stanza) {
        let moved = |span: Span| Some(Span { start: own(span.start)?, end: own(span.end)?, ..span });
        text.spans = spans.into_iter().filter_map(moved).collect();
    } else if let Some((body, spans)) =
        xhtml::parse(stanza).filter(|_| quoted == 0 && text.mentions.is_empty())
    {
        (text.body, text.spans) = (body, spans);
    } else if !styling::is_unstyled(stanza) && text.mentions.is_empty() {
        (text.body, text.spans) = styling::read(&text.body);
    }
}

#[cfg(test)]
mod tests {
    use crate::session::formatting::*;

    fn address(contact: &plugin_api::ContactId) -> String {
        format!("{contact}@gw")
    }

    fn of(text: &Text) -> FormattedText {
        super::of(text, address, |mention| mention.contact.as_ref().map(address))
    }

    #[test]
    fn formatting_and_names_keep_their_places() {
        let text = Text {
            spans: vec![Span { style: Style::Bold, start: 0, end: 2, value: None }],
            mentions: vec![Mention { contact: Some("bob".into()), start: 3, end: 6, ..Mention::default() }],
            ..Text::new("Hi Bob")
        };
        let rich = of(&text);
        assert_eq!((rich.body.as_str(), rich.unstyled), ("*Hi* Bob", false));
        assert_eq!(rich.mentions, [(5, 8, "bob@gw".to_owned())]);
        assert!(of(&Text::new("*not meant*")).unstyled);
        assert!(!of(&Text::new("2*3*4")).unstyled);
        let hidden = Text {
            spans: vec![Span { style: Style::Spoiler, start: 0, end: 1, value: None }],
            ..Text::new("x")
        };
        assert_eq!(of(&hidden).spoiler.as_deref(), Some(""));
    }

    #[test]
    fn contents_without_words_are_described() {
        let body = |content| of(&Text { content: Some(content), ..Text::default() }).body;
        let content = |kind| Content { kind, title: "Lunch?".into(), ..Content::default() };
        let place = Content { latitude: 48.5, longitude: -16.0, ..content(ContentKind::Location) };
        assert_eq!(body(place.clone()), "Lunch?\ngeo:48.5,-16");
        assert_eq!(body(Content { title: String::new(), ..place }), "geo:48.5,-16");
        let poll = Content { options: vec!["yes".into(), "no".into()], ..content(ContentKind::Poll) };
        assert_eq!(body(poll), "📊 Lunch?\n1. yes\n2. no");
        let card = Content { contact: Some("bob".into()), ..content(ContentKind::ContactCard) };
        assert_eq!(body(card), "👤 Lunch?\nxmpp:bob@gw");
    }
}
