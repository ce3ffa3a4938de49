//! A group "tea" as a room (XEP-0045), and what is done in rooms.

use minidom::Element;
use serde_json::json;

use crate::stanza::escape;
use crate::wait::PATIENCE;
use crate::{Client, Pair, Person, StanzaExt, World};

/// XEP-0045
pub const MUC: &str = "http://jabber.org/protocol/muc";
const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
const SID: &str = "urn:xmpp:sid:0";
const ITEMS: &str = "<query xmlns='http://jabber.org/protocol/disco#items'/>";

/// A user in a group with a friend and somebody else.
pub struct GroupFixture {
    /// World that the group is in.
    pub world: World,
    /// The user and the friend, who owns the group.
    pub pair: Pair,
    /// Another member, whom the user does not know.
    pub nurse: Person,
    /// The group's address.
    pub room: String,
}

/// The address of the user's room of that name, as soon as there is one (K13).
///
/// # Panics
/// When that does not happen in time.
pub async fn room_named(user: &Client, gateway: &str, name: &str) -> String {
    let listed = async {
        loop {
            let items = user.get(gateway, ITEMS).await.expect("a list of rooms");
            let found = items.children().find(|item| item.attr("name") == Some(name));
            if let Some(jid) = found.and_then(|item| item.attr("jid")) {
                return jid.to_owned();
            }
        }
    };
    tokio::time::timeout(PATIENCE, listed).await.unwrap_or_else(|_| panic!("no room {name:?}"))
}

/// Creates a group whose members are all there, while no client is in the room yet.
///
/// # Panics
/// When that does not happen in time.
pub async fn group_with_friend() -> GroupFixture {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let nurse = world.person("nurse", "The Nurse").await;
    let group = json!({ "id": "tea", "kind": "private", "name": "Tea", "members": ["romeo", "nurse"] });
    pair.friend.ask("create_group", group).await;
    let room = room_named(&pair.user, world.gateway(), "Tea").await;
    GroupFixture { world, pair, nurse, room }
}

/// The status codes of a presence.
#[must_use]
pub fn codes(presence: &Element) -> Vec<String> {
    let x = presence.get_child("x", MUC_USER);
    let codes = x.into_iter().flat_map(Element::children).filter(|child| child.name() == "status");
    codes.filter_map(|status| status.attr("code").map(str::to_owned)).collect()
}

/// Attribute of a presence's MUC item.
#[must_use]
pub fn item<'a>(presence: &'a Element, attribute: &'a str) -> Option<&'a str> {
    presence.get_child("x", MUC_USER)?.get_child("item", MUC_USER)?.attr(attribute)
}

/// Brings a client into a room, and gives its own presence.
///
/// # Panics
/// When that does not happen in time.
pub async fn join(client: &Client, room: &str, nick: &str) -> Element {
    client
        .send(&format!("<presence to='{}/{nick}' id='join'><x xmlns='{MUC}'/></presence>", escape(room)))
        .await;
    let own = client
        .expect("to be in the room", |s| {
            s.is_presence() && s.sender_bare() == room && codes(s).contains(&"110".to_owned())
        })
        .await;
    client
        .expect("a subject", |s| s.is_message() && s.sender_bare() == room && s.text_of("subject").is_some())
        .await;
    own
}

/// Says something in a room, and gives the stanza's id.
///
/// # Panics
/// When that does not happen in time.
pub async fn say(client: &Client, room: &str, text: &str) -> String {
    let id = client.new_id();
    client
        .send(&format!(
            "<message to='{}' id='{id}' type='groupchat'><body>{}</body><origin-id xmlns='{SID}' id='{id}'/></message>",
            escape(room),
            escape(text)
        ))
        .await;
    id
}

/// Waits for a text in a room.
///
/// # Panics
/// When that does not happen in time.
pub async fn hear(client: &Client, room: &str, text: &str) -> Element {
    let what = format!("{text:?} in {room}");
    let fits = |s: &Element| {
        s.is_message()
            && s.kind() == "groupchat"
            && s.sender_bare() == room
            && s.body().as_deref() == Some(text)
    };
    client.expect(&what, fits).await
}

/// Writes a text in the group, in the network's own app; returns the message's id.
///
/// # Panics
/// When that does not happen in time.
pub async fn says(person: &Person, text: &str) -> String {
    let sent = person.ask("send", json!({ "chat": { "group": "tea" }, "text": text })).await;
    sent["id"].as_str().map_or_else(|| sent["id"].to_string(), str::to_owned)
}
