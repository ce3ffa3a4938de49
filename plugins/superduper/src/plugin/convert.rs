//! Conversion of messages between the network's types and those of the plugin API, without any I/O.

use plugin_api::{
    Availability, ContentKind, LinkPreview, Mention, MessageReference, Sender, Span, Style, Text, Timestamp,
    UserText,
};

use crate::protocol::message::Activity;
use crate::protocol::{self, Content, File, Location, Message, Millis, Presence, Show};

/// Converts a message into a text. `me` is the account's own id, `other` the other side's, and
/// `http` the `host:port` of files.
pub(super) fn text(message: &Message, me: &str, other: &str, http: &str) -> Text {
    let reply_to = message.content.reply_to.as_ref().map(|id| MessageReference {
        id: id.into(),
        author: message.quote.as_ref().map(|quote| Sender {
            contact: Some(other.into()),
            is_user: quote.from == me,
            ..Sender::default()
        }),
        body: message.quote.as_ref().map(|quote| quote.text.clone()),
    });
    let text = Text {
        reply_to,
        thread: message.content.thread.as_ref().map(Into::into),
        ..said(&message.content, me, http)
    };
    text.id(&message.id).when(timestamp(message.at))
}

/// Converts the content of a message; `me` is the account's own id. In an edit, which cannot carry
/// files, each file becomes a line after the text.
///
/// The line has no address: that is for the daemon only, as the user's clients need not reach the
/// network's server.
pub(super) fn said(content: &Content, me: &str, http: &str) -> Text {
    let named = |file: &File| format!("📎 {}", file.name);
    let mut lines: Vec<String> =
        (!content.text.is_empty()).then(|| content.text.clone()).into_iter().collect();
    if let Some(sticker) = &content.sticker {
        lines.push(if sticker.emoji.is_empty() { named(&sticker.file) } else { sticker.emoji.clone() });
    }
    lines.extend(content.files.iter().map(named));
    let span = |span: &protocol::Span| {
        let value = (!span.url.is_empty()).then(|| span.url.clone());
        Some(Span { style: style(&span.style)?, start: span.start, end: span.end, value })
    };
    Text {
        body: lines.join("\n"),
        spans: content.spans.iter().filter_map(span).collect(),
        mentions: content.mentions.iter().map(|named| mention(named, me)).collect(),
        link_previews: content.previews.iter().map(|preview| link_preview(preview, http)).collect(),
        content: content.location.as_ref().map(place),
        ..Text::default()
    }
}

/// Converts a text of the user into the content of a message.
pub(super) fn content(text: UserText) -> Content {
    let span = |span: Span| {
        let style = style_name(span.style)?.to_owned();
        Some(protocol::Span { start: span.start, end: span.end, style, url: span.value.unwrap_or_default() })
    };
    let length = u32::try_from(text.body.chars().count()).unwrap_or(u32::MAX);
    // The hint of a spoiler is lost: the network has none.
    let hidden = text.spoiler.map(|_| Span { style: Style::Spoiler, start: 0, end: length, value: None });
    let named = |mention: Mention| {
        Some(protocol::Mention { user: mention.contact?.0, start: mention.start, end: mention.end })
    };
    Content {
        // The location says all that the text does.
        text: if text.content.is_some() && text.body.starts_with("geo:") { String::new() } else { text.body },
        reply_to: text.reply.map(|reply| reply.id.0),
        thread: text.thread.map(|thread| thread.0),
        spans: text.spans.into_iter().chain(hidden).filter_map(span).collect(),
        mentions: text.mentions.into_iter().filter_map(named).collect(),
        previews: text.link_previews.into_iter().map(preview).collect(),
        location: text.content.map(location),
        ..Content::default()
    }
}

fn place(place: &Location) -> plugin_api::Content {
    plugin_api::Content {
        kind: ContentKind::Location,
        latitude: place.latitude,
        longitude: place.longitude,
        title: place.name.clone(),
        ..plugin_api::Content::default()
    }
}

/// Converts a location, the only such content that a user can send so far.
fn location(content: plugin_api::Content) -> Location {
    Location { latitude: content.latitude, longitude: content.longitude, name: content.title }
}

fn preview(preview: LinkPreview) -> protocol::Preview {
    protocol::Preview {
        url: preview.about,
        title: preview.title.unwrap_or_default(),
        description: preview.description.unwrap_or_default(),
        image: None,
    }
}

fn mention(mention: &protocol::Mention, me: &str) -> Mention {
    let contact = Some(mention.user.clone().into());
    let is_user = mention.user == me;
    Mention { contact, start: mention.start, end: mention.end, is_user, ..Mention::default() }
}

fn link_preview(preview: &protocol::Preview, http: &str) -> LinkPreview {
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    LinkPreview {
        about: preview.url.clone(),
        title: given(&preview.title),
        description: given(&preview.description),
        image_url: preview.image.as_ref().map(|image| format!("http://{http}{}", image.path)),
        ..LinkPreview::default()
    }
}

const STYLES: [(&str, Style); 7] = [
    ("bold", Style::Bold),
    ("italic", Style::Italic),
    ("strike", Style::Strikethrough),
    ("code", Style::Code),
    ("spoiler", Style::Spoiler),
    ("quote", Style::Quote),
    ("link", Style::Link),
];

fn style(name: &str) -> Option<Style> {
    STYLES.iter().find(|(known, _)| *known == name).map(|(_, style)| *style)
}

fn style_name(style: Style) -> Option<&'static str> {
    let style = if style == Style::CodeBlock { Style::Code } else { style };
    STYLES.iter().find(|(_, known)| *known == style).map(|(name, _)| *name)
}

/// Converts the presence of a contact.
pub(super) fn presence(presence: Presence) -> plugin_api::Presence {
    let availability = match presence.show {
        Show::Offline => Availability::Offline,
        Show::Available => Availability::Online,
        Show::Away => Availability::Away,
        Show::ExtendedAway => Availability::ExtendedAway,
        Show::Busy => Availability::Busy,
    };
    let status = (!presence.text.is_empty()).then_some(presence.text);
    plugin_api::Presence { availability, status, last_seen: presence.last_seen.map(timestamp) }
}

/// Converts the user's availability. The network never sees the user offline, as the gateway is
/// connected even when none of the user's clients is.
pub(super) fn show(availability: Availability) -> Show {
    match availability {
        Availability::Online | Availability::Chatty | Availability::Unknown => Show::Available,
        Availability::Away => Show::Away,
        Availability::ExtendedAway | Availability::Offline => Show::ExtendedAway,
        Availability::Busy => Show::Busy,
    }
}

/// Converts an activity in a chat into a chat state.
pub(super) fn chat_state(activity: Activity) -> plugin_api::ChatState {
    match activity {
        Activity::Active => plugin_api::ChatState::Active,
        Activity::Typing => plugin_api::ChatState::Composing,
        Activity::Paused => plugin_api::ChatState::Paused,
        Activity::Inactive => plugin_api::ChatState::Inactive,
        Activity::Gone => plugin_api::ChatState::Gone,
    }
}

fn timestamp(millis: Millis) -> Timestamp {
    Timestamp::try_from(millis).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Quote;

    #[test]
    fn what_is_no_text_becomes_lines_so_that_nothing_is_lost() {
        let file = |name: &str| File { name: name.into(), path: "/files/1".into(), ..File::default() };
        let content =
            Content { text: "look".into(), files: vec![file("a.png"), file("b.png")], ..Content::default() };
        assert_eq!(said(&content, "me", "h:1").body, "look\n📎 a.png\n📎 b.png");
        let sticker = |emoji: &str| {
            let sticker =
                protocol::Sticker { file: file("c"), emoji: emoji.into(), ..protocol::Sticker::default() };
            said(&Content { sticker: Some(sticker), ..Content::default() }, "me", "h:1").body
        };
        assert_eq!((sticker("❤").as_str(), sticker("").as_str()), ("❤", "📎 c"));
    }

    #[test]
    fn a_reply_names_whom_it_answers() {
        let quote = Some(Quote { from: "me".into(), text: "why?".into() });
        let content = Content { reply_to: Some("m1".into()), ..Content::text("because") };
        let message = Message { id: "m2".into(), at: 7, content, quote, ..Message::default() };
        let text = text(&message, "me", "other", "");
        let reply = text.reply_to.unwrap();
        assert_eq!((reply.id.as_str(), reply.body.as_deref()), ("m1", Some("why?")));
        assert!(reply.author.unwrap().is_user);
        assert_eq!((text.id.unwrap().as_str(), text.when, text.body.as_str()), ("m2", Some(7), "because"));
    }

    #[test]
    fn formatting_survives_both_ways() {
        let spans = vec![protocol::Span { start: 1, end: 4, style: "spoiler".into(), url: String::new() }];
        let content_before = Content { spans, ..Content::text("a bee") };
        let text = said(&content_before, "me", "");
        let user = UserText { body: text.body, spans: text.spans, ..UserText::default() };
        assert_eq!(content(user), content_before);
    }
}
