//! Files that a user shares with the network, as clients do it.

use minidom::Element;
use serde_json::Value;

use crate::stanza::{STANZAS, escape};
use crate::{Client, Pair, StanzaExt, http};

const OOB: &str = "jabber:x:oob";

/// Uploads a file as a client does, and gives its address.
///
/// # Panics
/// When the server refuses.
pub async fn upload(client: &Client, name: &str, content_type: &str, bytes: &[u8]) -> String {
    let size = bytes.len();
    let request = format!(
        "<request xmlns='urn:xmpp:http:upload:0' filename='{name}' size='{size}' content-type='{content_type}'/>"
    );
    let slot = client.get("upload.example.org", &request).await.expect("a slot");
    let put = slot.find("put", "urn:xmpp:http:upload:0").expect("where to put it");
    let headers = put.children().filter_map(|header| Some((header.attr("name")?.to_owned(), header.text())));
    let headers: Vec<(String, String)> = headers.collect();
    let mut given = vec![("Content-Type", content_type)];
    given.extend(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let answer = http::request("PUT", put.attr("url").expect("a URL"), &given, bytes).await;
    assert_eq!(answer.status, 201);
    slot.find("get", "urn:xmpp:http:upload:0").and_then(|get| get.attr("url")).expect("a URL").to_owned()
}

/// Sends a message with a body and more, with a request for a receipt; its id.
pub async fn send(client: &Client, to: &str, body: &str, more: &str) -> String {
    let id = client.new_id();
    send_as(client, &id, to, body, more).await;
    id
}

/// Sends a message under an id of the caller's.
pub async fn send_as(client: &Client, id: &str, to: &str, body: &str, more: &str) {
    let body = escape(body);
    client
        .send(&format!("<message type='chat' to='{to}' id='{id}'><body>{body}</body>{more}<request xmlns='urn:xmpp:receipts'/></message>"))
        .await;
}

/// An address beside the body (XEP-0066).
#[must_use]
pub fn oob(url: &str) -> String {
    format!("<x xmlns='{OOB}'><url>{url}</url></x>")
}

/// The next message that the friend gets.
///
/// # Panics
/// When none comes in time.
pub async fn message(pair: &Pair) -> Value {
    let event = pair.friend.expect("a message", |e| e["event"] == "message").await;
    event["message"].clone()
}

/// The only file of a message, which has these bytes.
///
/// # Panics
/// When it has another one, or none.
pub async fn has_file(pair: &Pair, message: &Value, name: &str, content_type: &str, bytes: &[u8]) {
    let file = &message["files"][0];
    assert_eq!((file["name"].as_str(), file["type"].as_str()), (Some(name), Some(content_type)), "{message}");
    assert!(pair.friend.download(file).await == bytes, "other bytes");
}

/// The error that answers a message: its condition and its text.
///
/// # Panics
/// When none comes in time.
pub async fn refused(client: &Client, id: &str) -> (String, String) {
    let error = client.expect("an error", |s| s.is_message() && s.kind() == "error" && s.id() == id).await;
    let text = error.find("text", STANZAS).map(Element::text).unwrap_or_default();
    (error.condition().expect("a condition"), text)
}
