//! The user's own picture (XEP-0084): published on their server, given to the network (K78).

use crate::media::picture;
use crate::services::Services;
use crate::session::state::Session;
use crate::session::user_avatar::KEY;
use crate::session::user_avatar::SCOPE;
use crate::store::Scope;
use crate::store::Write;
use crate::xmpp::Stanza;
use crate::xmpp::avatar;
use crate::xmpp::avatar::Published;
use crate::xmpp::ns;
use crate::xmpp::pubsub;
use crate::xmpp::pubsub::Item;
use data_encoding::HEXLOWER;
use plugin_api::Blob;
use plugin_api::UserAvatar;
use sha1::Digest;
use sha1::Sha1;

/// Largest picture of the user that is given to the network, in bytes. XEP-0084 wants avatars to be
/// small, and in Base64 they have to fit into a stanza.
const MAX_BYTES: usize = 1 << 20;

/// Handles events of the user's own nodes (XEP-0163), which come from their account and from nobody
/// else.
pub(in crate::session) fn own_news(session: &mut Session, stanza: &Stanza) {
    if stanza.message_type() != "headline"
        || stanza.from.as_ref().is_none_or(|from| *from != session.user.jid)
    {
        return;
    }
    let Some(Item { node, payload, .. }) = Item::of_event(stanza) else { return };
    if node != ns::AVATAR_METADATA {
        return;
    }
    let told = match &payload {
        Some(payload) => avatar::parse_metadata(payload),
        None => Some(None),
    };
    if let Some(told) = told {
        session.avatars.own.told = Some(told);
        give_own_avatar(session);
    }
}

/// Gives the network the picture that it does not have yet, when it is connected and the user wants
/// it to.
pub(in crate::session) fn give_own_avatar(session: &mut Session) {
    let wanted = session.user.preferences.get("sync_avatar").is_none_or(|value| value == "true");
    let Some(remote) = session.online().filter(|_| wanted && !session.avatars.own.busy) else { return };
    if session.services.hooks.lacks("on_avatar") {
        return;
    }
    let Some(told) = session.avatars.own.told.take() else { return };
    let hash = told.as_ref().map(|published| published.id.clone());
    // A user who has never published a picture has not removed one either: the network's is from
    // elsewhere.
    if hash == session.avatars.own.given {
        return;
    }
    session.avatars.own.busy = true;
    let (services, user) = (session.services.clone(), session.user.address.clone());
    session.spawn(async move {
        let picture = match &told {
            Some(published) => fetch(&services, &user, published).await.map(Some),
            None => Ok(None),
        };
        let given = match picture {
            Ok(picture) => Ok(remote.on_avatar(picture).await),
            Err(why) => Err(why),
        };
        move |session: &mut Session| {
            session.avatars.own.busy = false;
            match given {
                Ok(Ok(())) => note_own_avatar(session, hash),
                Ok(Err(error)) => {
                    // It is tried again with the next login; a plugin that takes no pictures is not
                    // asked again.
                    session.avatars.own.told.get_or_insert(told);
                    return session.note_hook_result(&remote, "on_avatar", Err(error));
                }
                Err(why) => tracing::info!(why, "the user's picture cannot be given to the network"),
            }
            give_own_avatar(session);
        }
    });
}

fn note_own_avatar(session: &mut Session, hash: Option<String>) {
    let scope = Scope::user(session.user.id, SCOPE);
    session.write(match &hash {
        Some(hash) => Write::Kv(scope, KEY.into(), hash.clone().into()),
        None => Write::KvRemove(scope, KEY.into()),
    });
    session.avatars.own.given = hash;
}

/// Reads a picture from the user's server.
async fn fetch(services: &Services, user: &str, published: &Published) -> Result<UserAvatar, String> {
    if published.bytes > MAX_BYTES as u64 {
        return Err(format!("it has {} bytes", published.bytes));
    }
    let ask =
        services.uplink.get(user, |xml| pubsub::write_request(xml, ns::AVATAR_DATA, Some(&published.id)));
    let answer = ask.await.map_err(|error| error.to_string())?;
    let data = answer.as_ref().and_then(Item::of_answer).and_then(|item| item.payload);
    let data = data.as_ref().and_then(avatar::parse_data).ok_or("the server does not give it")?;
    checked(data, &published.id)
}

/// Checks that a picture is the one that was announced.
fn checked(data: Vec<u8>, hash: &str) -> Result<UserAvatar, String> {
    if data.len() > MAX_BYTES {
        return Err(format!("it has {} bytes", data.len()));
    }
    if HEXLOWER.encode(&Sha1::digest(&data)) != hash {
        return Err("it is not the one that was told".to_owned());
    }
    let facts = picture::facts(&data).ok_or("it is no picture")?;
    Ok(UserAvatar {
        data: Blob(data),
        hash: hash.to_owned(),
        content_type: facts.content_type.to_owned(),
        width: Some(facts.width),
        height: Some(facts.height),
    })
}

#[cfg(test)]
mod tests {
    use crate::session::user_avatar_sync::*;

    #[test]
    fn a_picture_is_given_only_if_it_is_the_one_that_was_told() {
        let png = crate::media::qr::png("x").unwrap();
        let hash = HEXLOWER.encode(&Sha1::digest(&png));
        let avatar = checked(png.clone(), &hash).unwrap();
        assert_eq!((&avatar.content_type[..], avatar.width), ("image/png", Some(319)));
        assert!(checked(png, &"0".repeat(40)).unwrap_err().contains("not the one"));
        let text = b"text".to_vec();
        let hash = HEXLOWER.encode(&Sha1::digest(&text));
        assert!(checked(text, &hash).unwrap_err().contains("no picture"));
        assert!(checked(vec![0; MAX_BYTES + 1], &hash).unwrap_err().contains("bytes"));
    }
}
