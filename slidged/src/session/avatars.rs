//! Pictures of contacts (XEP-0084): taken from the plugin when they change, and no sooner.

use crate::services;
use crate::services::Services;
use crate::session::contact_avatar::Answer;
use crate::session::contact_avatar::KnownAvatar;
use crate::session::contact_avatar::MAX_BYTES;
use crate::session::contact_avatar::TOGETHER;
use crate::session::contact_avatar::ToldAvatar;
use crate::session::contact_avatar::Version;
use crate::session::contact_avatar::info;
use crate::session::contact_avatar::size;
use crate::session::contact_avatar::version_of;
use crate::session::pep_events::tell_avatar;
use crate::session::presence::show_contact;
use crate::session::room::avatar::room_avatar_changed;
use crate::session::room::avatar::room_avatar_mut;
use crate::session::room::store::room_row;
use crate::session::room::store::store_room;
use crate::session::state::Session;
use crate::store;
use crate::store::Entry;
use crate::store::Write;
use data_encoding::HEXLOWER;
use plugin_api::Avatar;
use plugin_api::Condition;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::RemoteSession;
use plugin_api::RoomId;

/// Handles the picture of a contact or a room that the plugin tells.
pub(in crate::session) fn set_avatar(session: &mut Session, id: ContactId, avatar: Avatar, answer: Answer) {
    let Some(known) = avatar_mut(session, &id) else {
        let why = "no more contacts are taken";
        return reply(answer, Err(Error::from(Condition::ResourceConstraint).with_detail(why)));
    };
    if avatar == Avatar::none() {
        let had = std::mem::replace(known, KnownAvatar::None);
        session.avatars.queue.latest.remove(&id);
        if had.picture().is_some() {
            if session.is_room(&id) {
                store_room(session, &id);
                room_avatar_changed(session, &id);
            } else {
                session.store_contact(&id);
                show_contact(session, &id);
                tell_avatar(session, &id, None);
            }
        }
        return reply(answer, Ok(()));
    }
    let version = avatar.id.as_ref().map(|id| version_of(id.as_str()));
    if version.is_some() && known.picture().map(|picture| picture.version) == version {
        session.avatars.queue.latest.remove(&id);
        return reply(answer, Ok(()));
    }
    let size = size(&avatar);
    if session.avatars.queue.bytes + size > MAX_BYTES {
        tracing::warn!("too many pictures of contacts wait: one is ignored until it is told again");
        let why = "too many pictures wait";
        return reply(answer, Err(Error::from(Condition::ResourceConstraint).with_detail(why)));
    }
    session.avatars.queue.bytes += size;
    session.avatars.queue.told += 1;
    let number = session.avatars.queue.told;
    session.avatars.queue.latest.insert(id.clone(), number);
    session.avatars.queue.waiting.push_back(ToldAvatar { number, id, avatar, answer });
    fetch_next(session);
}

/// Returns the picture of the contact or room of that address, to be changed.
fn avatar_mut<'s>(session: &'s mut Session, id: &ContactId) -> Option<&'s mut KnownAvatar> {
    if session.is_room(id) {
        return room_avatar_mut(session, id);
    }
    Some(&mut session.contact_mut(id)?.avatar)
}

fn fetch_next(session: &mut Session) {
    while session.avatars.queue.under_way < TOGETHER
        && let Some(told) = session.avatars.queue.waiting.pop_front()
    {
        let ToldAvatar { number, id, avatar, answer } = told;
        let size = size(&avatar);
        if session.avatars.queue.latest.get(&id) != Some(&number) {
            session.avatars.queue.bytes -= size;
            reply(answer, Ok(()));
            continue;
        }
        session.avatars.queue.under_way += 1;
        let (services, remote) = (session.services.clone(), session.connection.remote().cloned());
        let is_room = session.is_room(&id);
        session.spawn(async move {
            let version = avatar.id.as_ref().map(|id| version_of(id.as_str()));
            let made = get(&services, remote.as_deref(), (&id, is_room), avatar).await;
            move |session: &mut Session| {
                session.avatars.queue.under_way -= 1;
                session.avatars.queue.bytes -= size;
                let latest = session.avatars.queue.latest.get(&id) == Some(&number);
                if latest {
                    session.avatars.queue.latest.remove(&id);
                }
                match made {
                    Ok(made) if latest => avatar_stored(session, &id, version, made, answer),
                    Ok(_) => reply(answer, Ok(())),
                    Err(error) => {
                        tracing::warn!(%error, "a picture of the network cannot be shown");
                        if let Some(remote) = remote {
                            session.check_panic(&remote, &error);
                        }
                        reply(answer, Err(error));
                    }
                }
                fetch_next(session);
            }
        });
    }
}

fn avatar_stored(
    session: &mut Session,
    id: &ContactId,
    version: Option<Version>,
    made: store::Avatar,
    answer: Answer,
) {
    let version = version.unwrap_or_else(|| version_of(&made.source));
    let known = KnownAvatar::of(Some(&made.hash), Some(&HEXLOWER.encode(&version)));
    let place = match session.is_room(id) {
        true => room_avatar_mut(session, id),
        false => session.contacts.get_mut(id).map(|contact| &mut contact.avatar),
    };
    let Some(place) = place else { return reply(answer, Ok(())) };
    let changed = place.hash() != known.hash();
    *place = known;
    let row = match session.is_room(id) {
        true => room_row(session, id).map(Write::Room),
        false => session.contact_row(id).map(Write::Contact),
    };
    if changed && session.is_room(id) {
        room_avatar_changed(session, id);
    } else if changed {
        show_contact(session, id);
        tell_avatar(session, id, Some(info(&made)));
    }
    let writes = [Some(Write::Avatar(made)), row];
    let entry = Entry { writes: writes.into_iter().flatten().collect(), ..Entry::default() };
    match answer {
        Some((reply, share)) => services::answer_stored(&session.journal, reply, share, entry, |_| ()),
        None => session.writer.note(entry),
    }
}

async fn get(
    services: &Services,
    remote: Option<&RemoteSession>,
    (of, is_room): (&ContactId, bool),
    mut avatar: Avatar,
) -> Result<store::Avatar, Error> {
    if avatar.is_none()
        && let (Some(id), Some(remote)) = (avatar.id.clone(), remote)
    {
        avatar.data = match is_room {
            true => remote.fetch_room_avatar(RoomId(of.0.clone()), id).await?,
            false => remote.fetch_avatar(of.clone(), id).await?,
        };
    }
    services.avatars.shown(avatar).await
}

fn reply(answer: Answer, done: Result<(), Error>) {
    if let Some((reply, _share)) = answer {
        reply.send(done);
    }
}
