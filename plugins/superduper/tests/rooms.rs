//! Groups through the plugin: a real server, with the daemon of the testkit.

mod common;

use common::{Device, TEA, enter, group, network, role, scene, tea};
use plugin_api::testkit::TestUser;
use plugin_api::{
    Affiliation, Blob, Chat, ChatState, Condition, Departure, Marker, MessageReference, ParticipantInfo,
    Reply, RoomType, SessionRequest as Request, UserAvatar, UserFile, UserText,
};
use superduper::client::files;
use superduper::protocol::group::{
    CreateGroup, DestroyGroup, GetGroup, Invite, Join, Leave, ListGroups, SetGroup,
};
use superduper::protocol::message::{Activity, Delete, Edit, React, Read, Send, Typing};
use superduper::protocol::{self, Content, Event, File, GroupKind, Role};

/// Contact (none: the user), nickname and affiliation of everybody in a room.
fn people(romeo: &TestUser, room: &str) -> Vec<(Option<String>, String, Option<Affiliation>)> {
    let all = romeo.participants(room).into_iter();
    all.map(|one| (one.contact.map(|id| id.0), one.nickname, one.affiliation)).collect()
}

/// Waits for a request and keeps what `fits` makes of it.
macro_rules! seen {
    ($romeo:expr, $what:literal, $pattern:pat $(if $guard:expr)? => $found:expr) => {
        $romeo
            .until($what, |request| match request {
                $pattern $(if $guard)? => Some($found),
                _ => None,
            })
            .await
    };
}

#[tokio::test]
async fn groups_are_rooms_with_their_kind_names_and_members() {
    let (_server, juliet, _phone, romeo) = scene().await;
    juliet.ask(group("open", GroupKind::Public, &["romeo"])).await;
    romeo.fill_rooms().await.unwrap();
    let room = romeo.room(TEA).unwrap();
    assert_eq!(
        (room.name.as_deref(), room.kind, room.n_participants),
        (Some("Tea"), Some(RoomType::Group), Some(2))
    );
    assert_eq!(romeo.room("#open").unwrap().kind, Some(RoomType::ChannelNonAnonymous));
    let juliet = (Some("juliet".to_owned()), "juliet".to_owned(), Some(Affiliation::Owner));
    assert_eq!(people(&romeo, TEA), [juliet, (None, "romeo".into(), Some(Affiliation::Member))]);
    assert!(romeo.participants(TEA)[1].is_user);
}

#[tokio::test]
async fn rooms_and_people_are_not_taken_for_each_other() {
    let (server, juliet, _phone, mut romeo) = scene().await;
    common::create(&server, "tea").await;
    let unmarked = romeo.join("tea").await.unwrap_err();
    assert_eq!(unmarked.condition, Condition::ItemNotFound);
    assert_eq!(romeo.say(Chat::room("tea"), "?").await.unwrap_err().condition, Condition::ItemNotFound);
    let marked = romeo.callbacks().update_contact_info(TEA.into()).await.unwrap_err();
    assert_eq!(marked.condition, Condition::ItemNotFound);
    let (connection, _incoming) = common::stranger(&server).await;
    let account = protocol::login::CreateAccount { user: TEA.into(), ..Default::default() };
    assert!(connection.ask(account).await.is_err(), "nobody can be called like a room");
    let longest = "g".repeat(512);
    assert_eq!(juliet.refused(group(&longest, GroupKind::Public, &[])).await, protocol::Kind::TooLarge);
}

#[tokio::test]
async fn texts_replies_edits_reactions_and_deletions_cross_both_ways() {
    let (_server, mut juliet, phone, mut romeo) = scene().await;
    let room = || Chat::room(TEA);
    let mine = romeo.say(room(), "Milk?").await.unwrap().unwrap();
    assert_eq!(juliet.text().await, "Milk?");
    let reply = Content { reply_to: Some(mine.0.clone()), ..Content::text("Lemon") };
    let hers = juliet.ask(Send { chat: tea(), content: reply, nonce: None }).await.id;
    let (from, text) = romeo.text_in(TEA).await;
    assert_eq!(
        (from.contact, text.id, text.body.as_str()),
        (Some("juliet".into()), Some(hers.as_str().into()), "Lemon")
    );
    let MessageReference { id, author, body } = text.reply_to.unwrap();
    assert_eq!((id, body.as_deref()), (mine.clone(), Some("Milk?")));
    assert!(author.unwrap().is_user);

    juliet.ask(Edit { chat: tea(), id: hers.clone(), content: Content::text("Lime") }).await;
    let edit = seen!(romeo, "an edit", Request::Correct { from, id, text, .. } => (from.contact.clone(), id.0.clone(), text.body.clone()));
    assert_eq!(edit, (Some("juliet".into()), hers.clone(), "Lime".into()));
    juliet.ask(React { chat: tea(), id: mine.0.clone(), emojis: vec!["🍋".into()] }).await;
    let reaction = seen!(romeo, "a reaction", Request::React { from, id, emojis, .. } => (from.room.clone(), id.clone(), emojis.clone()));
    assert_eq!(reaction, (Some(TEA.into()), mine.clone(), vec!["🍋".into()]));

    let to = Some(Reply { id: hers.as_str().into(), ..Reply::default() });
    let answer = UserText { stanza_id: "x".into(), body: "Fine".into(), reply: to, ..UserText::default() };
    let answer = romeo.callbacks().on_text(room(), answer).await.unwrap().unwrap();
    let replied = juliet.until(|event| match event {
        Event::Message { message, .. } if message.content.text == "Fine" => Some(message.content.reply_to),
        _ => None,
    });
    assert_eq!(replied.await, Some(hers.clone()));
    let better = UserText { body: "Good".into(), ..UserText::default() };
    romeo.callbacks().on_correct(room(), answer.clone(), better).await.unwrap();
    romeo.callbacks().on_react(room(), hers.as_str().into(), vec!["👍".into()], None).await.unwrap();
    romeo.callbacks().on_retract(room(), answer.clone(), None).await.unwrap();
    let edited = juliet
        .until(|event| if let Event::Edited { content, .. } = event { Some(content.text) } else { None });
    assert_eq!(edited.await, "Good");
    let reacted =
        juliet.until(
            |event| if let Event::Reaction { id, emojis, .. } = event { Some((id, emojis)) } else { None },
        );
    assert_eq!(reacted.await, (hers.clone(), vec!["👍".into()]));
    let gone = juliet.until(|event| {
        if let Event::Deleted { id, by, author, .. } = event { Some((id, by, author)) } else { None }
    });
    assert_eq!(gone.await, (answer.0, "romeo".into(), "romeo".into()));

    juliet.ask(Delete { chat: tea(), id: hers.clone(), reason: String::new() }).await;
    let withdrawn = seen!(romeo, "a retraction", Request::Retract { from, id, .. } => (from.contact.clone(), id.0.clone()));
    assert_eq!(withdrawn, (Some("juliet".into()), hers));
    phone.write(&tea(), "from the phone").await;
    let (from, text) = romeo.text_in(TEA).await;
    assert_eq!((from.is_user, from.contact, text.body.as_str()), (true, None, "from the phone"));
}

#[tokio::test]
async fn admins_delete_what_others_wrote_both_ways() {
    let (_server, mut juliet, _phone, mut romeo) = scene().await;
    let mine = romeo.say(Chat::room(TEA), "Coffee!").await.unwrap().unwrap();
    juliet.ask(Delete { chat: tea(), id: mine.0.clone(), reason: "no coffee".into() }).await;
    let moderated = seen!(romeo, "a moderation", Request::Moderate { by, id, reason, .. } => (by.clone().unwrap().contact, id.clone(), reason.clone()));
    assert_eq!(moderated, (Some("juliet".into()), mine, Some("no coffee".into())));

    let hers = juliet.write(&tea(), "Cocoa").await.id;
    let early = romeo.callbacks().on_moderate(TEA.into(), hers.as_str().into(), None).await.unwrap_err();
    assert_eq!(early.condition, Condition::Forbidden);
    juliet.ask(role("romeo", Role::Owner)).await;
    romeo.callbacks().on_moderate(TEA.into(), hers.as_str().into(), Some("nor that".into())).await.unwrap();
    let by_user = seen!(romeo, "the own moderation", Request::Moderate { by, id, .. } => (by.clone().unwrap().is_user, id.0.clone()));
    assert_eq!(by_user, (true, hers.clone()));
    let gone = juliet.until(|event| {
        if let Event::Deleted { id, by, author, reason, .. } = event {
            Some((id, by, author, reason))
        } else {
            None
        }
    });
    assert_eq!(gone.await, (hers, "romeo".into(), "juliet".into(), "nor that".into()));
}

#[tokio::test]
async fn files_typing_and_read_marks_cross_both_ways() {
    let (_server, mut juliet, phone, mut romeo) = scene().await;
    let cup = files::upload(&juliet.welcome, "cup.txt", "text/plain", 3, &b"cup"[..]).await.unwrap();
    let content = Content { files: vec![cup], ..Content::text("see") };
    let hers = juliet.ask(Send { chat: tea(), content, nonce: None }).await.id;
    let (from, name, text) = seen!(romeo, "files", Request::SendFiles { from, files, text, .. } => (from.clone(), files[0].name.clone(), text.body.clone()));
    assert_eq!((from.contact, from.room), (Some("juliet".into()), Some(TEA.into())));
    assert_eq!((name.as_deref(), text.as_str()), (Some("cup.txt"), "see"));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pot");
    std::fs::write(&path, "pot").unwrap();
    let file = UserFile {
        path: Some(path.display().to_string()),
        name: Some("pot.txt".into()),
        ..UserFile::default()
    };
    romeo.callbacks().on_file(Chat::room(TEA), file).await.unwrap().unwrap();
    let sent = juliet.until(|event| match event {
        Event::Message { chat, message } => {
            message.content.files.first().map(|file| (chat, file.name.clone()))
        }
        _ => None,
    });
    assert_eq!(sent.await, (tea(), "pot.txt".into()));

    juliet.ask(Typing { chat: tea(), activity: Activity::Typing, thread: None }).await;
    let typing = seen!(romeo, "typing", Request::ChatState { from, state, .. } => (from.contact.clone(), from.room.clone(), *state));
    assert_eq!(typing, (Some("juliet".into()), Some(TEA.into()), ChatState::Composing));
    romeo.callbacks().on_composing(Chat::room(TEA), None).await.unwrap();
    let typing = juliet.until(|event| {
        if let Event::Typing { chat, by, activity, .. } = event { Some((chat, by, activity)) } else { None }
    });
    assert_eq!(typing.await, (tea(), "romeo".into(), Activity::Typing));

    let mine = romeo.say(Chat::room(TEA), "seen?").await.unwrap().unwrap();
    juliet.ask(Read { chat: tea(), id: mine.0.clone() }).await;
    let mark = seen!(romeo, "a mark", Request::Mark { from, marker, id, .. } => (from.contact.clone(), *marker, id.clone()));
    assert_eq!(mark, (Some("juliet".into()), Marker::Displayed, mine));
    phone.ask(Read { chat: tea(), id: hers.clone() }).await;
    let mark = seen!(romeo, "the own mark", Request::Mark { from, id, .. } => (from.is_user, from.room.clone(), id.0.clone()));
    assert_eq!(mark, (true, Some(TEA.into()), hers));
    let hers = juliet.write(&tea(), "yes").await.id;
    romeo.callbacks().on_displayed(Chat::room(TEA), hers.as_str().into(), None).await.unwrap();
    let read = juliet.until(|event| match event {
        Event::Read { id, by, .. } if id == hers => Some(by),
        _ => None,
    });
    assert_eq!(read.await, "romeo");
}

#[tokio::test]
async fn changes_of_the_group_are_told_both_ways() {
    let (_server, juliet, _phone, mut romeo) = scene().await;
    let picture = files::upload(&juliet.welcome, "a.png", "image/png", 3, &b"png"[..]).await.unwrap();
    let File { id, sha256, .. } = picture;
    let change = SetGroup {
        group: "tea".into(),
        name: Some("High tea".into()),
        subject: Some("cake".into()),
        description: Some("At five".into()),
        avatar: Some(id),
        kind: Some(GroupKind::Public),
    };
    juliet.ask(change).await;
    let room = seen!(romeo, "a change", Request::SetRoom { room, .. } => room.clone());
    assert_eq!((room.name.as_deref(), room.description.as_deref()), (Some("High tea"), Some("At five")));
    assert_eq!((room.subject.as_deref(), room.subject_setter.as_deref()), (Some("cake"), Some("juliet")));
    assert_eq!(room.kind, Some(RoomType::ChannelNonAnonymous));
    let avatar = room.avatar.unwrap();
    assert_eq!(avatar.id, Some(sha256.as_str().into()));
    let Blob(bytes) =
        romeo.callbacks().fetch_room_avatar(TEA.into(), avatar.id.unwrap()).await.unwrap().unwrap();
    assert_eq!(bytes, b"png");
    let session = romeo.callbacks().clone();
    session.on_set_subject(TEA.into(), "scones".into()).await.unwrap();
    let by = seen!(romeo, "the own subject", Request::SetSubject { subject, by, .. } if subject == "scones" => by.clone());
    assert!(by.unwrap().is_user);
    let refused = session.on_set_config(TEA.into(), Some("Mine".into()), None).await.unwrap_err();
    assert_eq!(refused.condition, Condition::Forbidden);
    juliet.ask(role("romeo", Role::Owner)).await;
    session.on_set_config(TEA.into(), Some("Mine".into()), Some("All mine".into())).await.unwrap();
    let avatar =
        UserAvatar { data: Blob(b"new".to_vec()), content_type: "image/png".into(), ..UserAvatar::default() };
    let id = session.on_room_avatar(TEA.into(), Some(avatar)).await.unwrap().unwrap();
    let group = juliet.ask(GetGroup { group: "tea".into() }).await;
    assert_eq!((group.name.as_str(), group.subject.as_str()), ("Mine", "scones"));
    assert_eq!((group.description.as_str(), group.avatar.unwrap().sha256), ("All mine", id.0));
    assert_eq!(session.on_room_avatar(TEA.into(), None).await.unwrap(), None);
    assert_eq!(juliet.ask(GetGroup { group: "tea".into() }).await.avatar, None);
    let nick = session.on_set_nick(TEA.into(), "R".into()).await.unwrap_err();
    assert!(nick.is_unsupported(), "the network has no names for one group");
}

/// Tells whether one participant's affiliation is all that is reported.
fn is(participants: &[ParticipantInfo], contact: &str, affiliation: Affiliation) -> bool {
    let [one] = participants else { return false };
    one.contact.as_ref().is_some_and(|id| id.as_str() == contact) && one.affiliation == Some(affiliation)
}

#[tokio::test]
async fn members_come_change_and_go_as_it_happens() {
    let (server, juliet, _phone, mut romeo) = scene().await;
    let nurse = Device::new(&server, "nurse").await;
    juliet.ask(Invite { group: "tea".into(), user: "nurse".into(), text: String::new() }).await;
    nurse.ask(Join { group: "tea".into() }).await;
    let nurses = |affiliation| (Some("nurse".to_owned()), "nurse".to_owned(), Some(affiliation));
    seen!(romeo, "a member", Request::SetParticipants { participants, .. } if is(participants, "nurse", Affiliation::Member) => ());
    assert_eq!(people(&romeo, TEA)[2], nurses(Affiliation::Member));
    juliet.ask(role("nurse", Role::Admin)).await;
    seen!(romeo, "a rank", Request::SetParticipants { participants, .. } if is(participants, "nurse", Affiliation::Admin) => ());
    assert_eq!(people(&romeo, TEA)[2], nurses(Affiliation::Admin));
    nurse.ask(Leave { group: "tea".into(), reason: String::new() }).await;
    let how = seen!(romeo, "a departure", Request::RemoveParticipant { departure, .. } => *departure);
    assert_eq!((how, people(&romeo, TEA).len()), (Departure::Left, 2));
    juliet.ask(role("nurse", Role::Banned)).await;
    juliet.ask(role("romeo", Role::None)).await;
    let gone = seen!(romeo, "the end", Request::RemoveRoom { room, departure, reason, .. } => (room.0.clone(), *departure, reason.clone()));
    assert_eq!(gone, (TEA.into(), Departure::Kicked, Some("because".into())));
    assert_eq!(romeo.room(TEA), None);
}

#[tokio::test]
async fn the_user_ranks_kicks_and_bans() {
    let (_server, mut juliet, _phone, mut romeo) = scene().await;
    let session = romeo.callbacks().clone();
    let refused = session.on_kick(TEA.into(), "juliet".into(), None).await.unwrap_err();
    assert_eq!(refused.condition, Condition::Forbidden);
    juliet.ask(role("romeo", Role::Owner)).await;
    let rank = |affiliation| session.on_set_affiliation(TEA.into(), "juliet".into(), affiliation, None, None);
    rank(Affiliation::Member).await.unwrap();
    let nick = seen!(romeo, "a rank", Request::SetParticipants { participants, .. } if is(participants, "juliet", Affiliation::Member) => participants[0].nickname.clone());
    assert_eq!(nick, "juliet");
    session.on_kick(TEA.into(), "juliet".into(), Some("cold tea".into())).await.unwrap();
    let kicked = seen!(romeo, "a kick", Request::RemoveParticipant { departure, reason, .. } => (*departure, reason.clone()));
    assert_eq!(kicked, (Departure::Kicked, Some("cold tea".into())));
    rank(Affiliation::Outcast).await.unwrap();
    let banned = seen!(romeo, "a ban", Request::RemoveParticipant { departure, .. } => *departure);
    assert_eq!(banned, Departure::Banned);
    for expected in [(Role::Member, ""), (Role::None, "cold tea"), (Role::Banned, "")] {
        let told = juliet.until(|event| match event {
            Event::Member { user, role, reason, .. } if user == "juliet" => Some((role, reason)),
            _ => None,
        });
        assert_eq!(told.await, (expected.0, expected.1.to_owned()));
    }
    assert_eq!(people(&romeo, TEA), [(None, "romeo".into(), Some(Affiliation::Owner))]);
}

#[tokio::test]
async fn invitations_are_told_and_accepted_by_entering() {
    let (_server, mut juliet, _phone, mut romeo) = scene().await;
    juliet.ask(group("secret", GroupKind::Private, &[])).await;
    juliet.ask(Invite { group: "secret".into(), user: "romeo".into(), text: "come".into() }).await;
    let invited = seen!(romeo, "an invitation", Request::InviteTo { from, room, reason, .. } => (from.contact.clone(), room.0.clone(), reason.clone()));
    assert_eq!(invited, (Some("juliet".into()), "#secret".into(), Some("come".into())));
    romeo.fill_rooms().await.unwrap();
    assert_eq!(romeo.room("#secret"), None, "not in it yet");
    romeo.join("#secret").await.unwrap();
    let joined = juliet.until(|event| match event {
        Event::Member { group, user, role, .. } if group == "secret" => Some((user, role)),
        _ => None,
    });
    assert_eq!(joined.await, ("romeo".into(), Role::Member));
    assert_eq!(people(&romeo, "#secret").len(), 2);
}

#[tokio::test]
async fn the_user_founds_groups_invites_leaves_and_ends_them() {
    let (server, mut juliet, _phone, mut romeo) = scene().await;
    let mut nurse = Device::new(&server, "nurse").await;
    let session = romeo.callbacks().clone();
    let room = session.on_create_group("Ours".into(), vec!["juliet".into()]).await.unwrap();
    seen!(romeo, "the new room", Request::SetRoom { room: new, .. } if new.id == room => ());
    romeo.join(room.clone()).await.unwrap();
    assert_eq!(people(&romeo, room.as_str()).len(), 2);
    let group = juliet.until(|event| match event {
        Event::Group { group, .. } if group.name == "Ours" => Some(group.id),
        _ => None,
    });
    assert_eq!(format!("#{}", group.await), room.0);
    session.on_invitation("nurse".into(), room.clone(), Some("do".into())).await.unwrap();
    let text =
        nurse.until(|event| if let Event::Invitation { text, .. } = event { Some(text) } else { None });
    assert_eq!(text.await, "do");
    session.on_destroy_request(room.clone(), Some("over".into())).await.unwrap();
    let reason =
        juliet.until(|event| if let Event::GroupGone { reason, .. } = event { Some(reason) } else { None });
    assert_eq!(reason.await, "over");
    seen!(romeo, "the end", Request::RemoveRoom { room: gone, .. } if *gone == room => ());
    session.on_leave_group(TEA.into()).await.unwrap();
    assert_eq!(juliet.ask(GetGroup { group: "tea".into() }).await.members, 1);
    assert!(session.fill_rooms().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_group_that_its_owner_ends_is_gone() {
    let (_server, juliet, _phone, mut romeo) = scene().await;
    juliet.ask(DestroyGroup { group: "tea".into(), reason: "closing time".into() }).await;
    let gone =
        seen!(romeo, "the end", Request::RemoveRoom { room, reason, .. } => (room.0.clone(), reason.clone()));
    assert_eq!(gone, (TEA.into(), Some("closing time".into())));
    assert!(juliet.ask(ListGroups::default()).await.groups.is_empty());
}

#[tokio::test]
async fn large_groups_and_long_lists_come_whole() {
    let server = network().await;
    let juliet = Device::new(&server, "juliet").await;
    common::create(&server, "romeo").await;
    // More than a page of either.
    let count = protocol::limits::PAGE + 10;
    let mut members = vec!["romeo".to_owned()];
    for n in 0..count {
        common::create(&server, &format!("guest {n}")).await;
        members.push(format!("guest {n}"));
    }
    juliet.ask(CreateGroup { members, ..group("tea", GroupKind::Private, &[]) }).await;
    for n in 0..count {
        juliet.ask(group(&format!("g{n}"), GroupKind::Private, &["romeo"])).await;
    }
    let romeo = enter(&server).await;
    assert_eq!(romeo.participants(TEA).len(), count + 2);
    assert_eq!(romeo.callbacks().fill_rooms().await.unwrap().len(), count + 1);
}
