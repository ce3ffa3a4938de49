//! What is written of each thing, column by column, in the order of the statements of [`plan`](super::plan).

use std::sync::Arc;

use crate::store::engine::Value;
use crate::store::{
    Avatar, Card, Contact, MessagePart, Pending, Room, Scope, Sealed, ThreadIds, User, UserId,
};

pub(super) fn part_values(part: &MessagePart) -> Vec<Value> {
    vec![
        Value::Int(part.user.0),
        Value::Text(Arc::clone(&part.chat)),
        Value::Text(Arc::clone(&part.xmpp_id)),
        Value::Text(Arc::clone(&part.legacy_id)),
        Value::Int(part.part),
        Value::Int(part.at),
    ]
}

pub(super) fn thread_values(ids: &ThreadIds) -> Vec<Value> {
    vec![
        Value::Int(ids.user.0),
        Value::Text(Arc::clone(&ids.chat)),
        Value::Text(Arc::clone(&ids.xmpp_id)),
        Value::Text(Arc::clone(&ids.legacy_id)),
    ]
}

pub(super) fn sealed_value(sealed: Option<&Sealed>) -> Value {
    sealed.map_or(Value::NoBlob, |sealed| Value::Blob(sealed.0.clone()))
}

pub(super) fn user_values(user: &User) -> Vec<Value> {
    vec![
        Value::Int(user.id.0),
        Value::Text(Arc::clone(&user.jid)),
        Value::Int(user.registered_at),
        sealed_value(user.credentials.as_ref()),
        Value::text(&user.preferences),
        Value::text(&user.state),
    ]
}

pub(super) fn contact_values(contact: &Contact) -> Vec<Value> {
    vec![
        Value::Int(contact.user.0),
        Value::Text(Arc::clone(&contact.legacy_id)),
        Value::opt_text(contact.name.as_ref()),
        Value::flag(contact.is_friend),
        Value::flag(contact.on_roster),
        Value::Text(Arc::clone(&contact.client_type)),
        Value::opt_text(contact.avatar.as_ref()),
        Value::opt_text(contact.avatar_version.as_ref()),
        Value::Text(Arc::clone(&contact.extra)),
    ]
}

pub(super) fn room_values(room: &Room) -> Vec<Value> {
    vec![
        Value::Int(room.user.0),
        Value::Text(Arc::clone(&room.legacy_id)),
        Value::Text(Arc::clone(&room.info)),
        Value::Text(Arc::clone(&room.joined)),
        Value::opt_text(room.avatar.as_ref()),
        Value::opt_text(room.avatar_version.as_ref()),
    ]
}

pub(super) fn avatar_values(avatar: &Avatar) -> Vec<Value> {
    vec![
        Value::Text(Arc::clone(&avatar.hash)),
        Value::Text(Arc::clone(&avatar.source)),
        Value::Int(avatar.width.into()),
        Value::Int(avatar.height.into()),
        Value::Blob(avatar.png.to_vec()),
    ]
}

pub(super) fn card_values(((user, id), card): (&(UserId, Arc<str>), &Option<Card>)) -> Option<Vec<Value>> {
    let card = card.as_ref()?;
    Some(vec![
        Value::Int(user.0),
        Value::Text(Arc::clone(id)),
        Value::Int(card.fetched_at.unwrap_or(0)),
        Value::Int(card.hash),
        Value::Text(Arc::clone(&card.json)),
    ])
}

pub(super) fn pending_values(pending: &Pending) -> Vec<Value> {
    vec![
        Value::Int(pending.id.0),
        Value::Int(pending.user.0),
        Value::Text(Arc::clone(&pending.chat)),
        Value::Text(Arc::clone(&pending.sender)),
        Value::opt_text(pending.xmpp_id.as_ref()),
        Value::Text(Arc::clone(&pending.kind)),
        Value::Int(pending.created_at),
        Value::Blob(pending.operation.to_vec()),
    ]
}

pub(super) fn kv_values((scope, key): &(Scope, Arc<str>)) -> Vec<Value> {
    vec![Value::Int(scope.user), Value::Text(Arc::clone(&scope.name)), Value::Text(Arc::clone(key))]
}
