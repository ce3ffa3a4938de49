//! Export of everything that is kept about a user, as JSON: their right to know, and to take it
//! elsewhere.

mod list;

use jid::BareJid;
use serde_json::{Value as Json, json};

pub(super) use list::{Allowance, List, count, parsed};

use super::reader::Reader;
use super::{
    Applicants, Bans, Keyring, StoreError, Users, applicant, archive, ban, contact, file, kv, message,
    message_part, pending, room, thread, user,
};

/// Bytes of JSON in the lists of one export: what common upload services take (Prosody's default is
/// 10 MiB), and ten thousands of message ids. Memory is a few times that while it is made.
pub const EXPORT_BYTES: usize = 8 << 20;

/// Collects the export of a user, see [`Store::export`](super::Store::export).
///
/// # Errors
/// When the database fails.
pub(super) async fn export(
    reader: &Reader,
    keys: &Keyring,
    jid: &BareJid,
) -> Result<Option<Json>, StoreError> {
    let Some(user) = Users(reader).by_jid(jid.as_str()).await? else { return Ok(None) };
    let left = &mut Allowance::new(EXPORT_BYTES);
    // Contacts first, message ids last: the end is left out when there is too much.
    let contacts = contact::EXPORT.read(reader, user.id, left).await?;
    let rooms = room::EXPORT.read(reader, user.id, left).await?;
    let pending = pending::EXPORT.read(reader, user.id, left).await?;
    let files = file::EXPORT.read(reader, user.id, left).await?;
    let values = kv::export(reader, user.id, left).await?;
    let threads = thread::EXPORT.read(reader, user.id, left).await?;
    let messages = message::EXPORT.read(reader, user.id, left).await?;
    let parts = message_part::EXPORT.read(reader, user.id, left).await?;
    let archive = archive::EXPORT.read(reader, user.id, left).await?;
    let application = Applicants(reader).get(jid).await?;
    let bans = Bans(reader).of(jid).await?;
    Ok(Some(json!({
        "jid": &*user.jid,
        "registered_at": user.registered_at,
        "credential_fields": user::credential_fields(&user, keys),
        "preferences": parsed(&user.preferences),
        "state": parsed(&user.state),
        "application": application.as_ref().map(applicant::exported),
        "bans": bans.iter().map(ban::exported).collect::<Vec<_>>(),
        "contacts": contacts,
        "rooms": rooms,
        "files": files,
        "pending": pending,
        "values": values,
        "threads": threads,
        "messages": messages,
        "message_parts": parts,
        "archive": archive,
    })))
}
