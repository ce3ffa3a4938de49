//! Types of clients (the `client` category of XEP-0030's registry of identities).

use plugin_api::ClientType;

const CLIENTS: [(ClientType, &str); 9] = [
    (ClientType::Pc, "pc"),
    (ClientType::Bot, "bot"),
    (ClientType::Console, "console"),
    (ClientType::Game, "game"),
    (ClientType::Handheld, "handheld"),
    (ClientType::Phone, "phone"),
    (ClientType::Sms, "sms"),
    (ClientType::Tablet, "tablet"),
    (ClientType::Web, "web"),
];

/// The type of that name in XEP-0030's registry.
#[must_use]
pub fn client_name(client: ClientType) -> &'static str {
    CLIENTS.iter().find(|(known, _)| *known == client).map_or("pc", |(_, name)| name)
}

/// Back again; `pc` if unknown.
#[must_use]
pub fn client_type(name: &str) -> ClientType {
    CLIENTS.iter().find(|(_, known)| *known == name).map_or(ClientType::Pc, |(client, _)| *client)
}
