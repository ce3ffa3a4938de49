//! Operations that read the store or ask the user, and go on beside the session.

use crate::host::Share;
use crate::services::PLUGIN_SCOPE;
use crate::services::kv_get;
use crate::services::kv_list;
use crate::session::state::Session;
use crate::store::Scope;
use crate::store::StoreError;
use plugin_api::Attachment;
use plugin_api::Blob;
use plugin_api::Chat;
use plugin_api::ContactId;
use plugin_api::MessageId;
use plugin_api::RoomId;
use plugin_api::Sent;
use plugin_api::host::Reply;
use std::time::Duration;

/// Returns the scope of the plugin's own values of the user.
pub(super) fn scope(session: &Session) -> Scope {
    Scope::user(session.user.id, PLUGIN_SCOPE)
}

pub(super) fn get(session: &Session, key: String, reply: Reply<Option<Blob>>, share: Share) {
    let store = session.services.store.clone();
    session.services.tasks.answer(reply, share, kv_get(store, scope(session), key));
}

pub(super) fn list(session: &Session, prefix: String, reply: Reply<Vec<String>>, share: Share) {
    let store = session.services.store.clone();
    session.services.tasks.answer(reply, share, kv_list(store, scope(session), prefix));
}

/// Asks the user something by chat.
pub(super) fn input(
    session: &Session,
    prompt: String,
    patience: Duration,
    reply: Reply<String>,
    share: Share,
) {
    let (who, language) = (session.user.jid.clone(), session.user.language);
    let asked = session.services.prompts.clone().input(who, prompt, patience, language);
    session.services.tasks.answer(reply, share, asked);
}

/// Shows a text as a QR code.
pub(super) fn send_qr(session: &Session, text: String, reply: Reply<Option<String>>, share: Share) {
    let (services, to) = (session.services.clone(), session.user.jid.clone());
    let sent = async move { services.file_messages.qr_to(&to, &text).await.map(|shown| shown.url) };
    session.services.tasks.answer(reply, share, sent);
}

/// Sends a file from the gateway.
pub(super) fn send_file(session: &Session, file: Attachment, reply: Reply<Sent>, share: Share) {
    let (services, to) = (session.services.clone(), session.user.jid.clone());
    let sent = async move { services.file_messages.attachment_to(&to, file).await };
    session.services.tasks.answer(reply, share, sent);
}

/// Invites the user to a room, with a reason and a password.
pub(super) fn invite(
    session: &Session,
    room: RoomId,
    (reason, password): (Option<String>, Option<String>),
    reply: Reply<()>,
    share: Share,
) {
    let (services, to) = (session.services.clone(), session.user.jid.clone());
    let room = services.address.contact_bare(&ContactId(room.0));
    let invited =
        async move { services.messenger.invite_to(&to, &room, reason.as_deref(), password.as_deref()).await };
    session.services.tasks.answer(reply, share, invited);
}

/// Looks up the stanza ids of a message.
pub(super) fn stanza_ids(
    session: &Session,
    chat: Chat,
    id: MessageId,
    reply: Reply<Vec<String>>,
    share: Share,
) {
    let (services, user) = (session.services.clone(), session.user.id);
    session.services.tasks.answer(reply, share, async move {
        let ids = services.store.messages(user).by_legacy_id(&chat.id, id.as_str()).await;
        ids.map(|ids| ids.iter().map(|ids| ids.xmpp_id.to_string()).collect()).map_err(StoreError::for_plugin)
    });
}

/// Looks up the message of a stanza id.
pub(super) fn message_id(
    session: &Session,
    chat: Chat,
    stanza_id: String,
    reply: Reply<Option<MessageId>>,
    share: Share,
) {
    let (services, user) = (session.services.clone(), session.user.id);
    session.services.tasks.answer(reply, share, async move {
        let ids = services.store.messages(user).by_xmpp_id(&chat.id, &stanza_id).await;
        ids.map(|ids| ids.map(|ids| MessageId::from(&*ids.legacy_id))).map_err(StoreError::for_plugin)
    });
}
