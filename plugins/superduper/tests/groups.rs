//! Groups and spaces.

mod common;

use common::{Device, network};
use superduper::protocol::group::{
    CreateGroup, CreateSpace, DestroyGroup, GetGroup, Invite, Join, JoinSpace, Leave, LeaveSpace, ListGroups,
    ListSpaces, Members, SetGroup, SetRole, SetSpace,
};
use superduper::protocol::message::{Delete, History, Send};
use superduper::protocol::{Chat, Content, Event, GroupKind, Kind, Role};

fn found(members: &[&str], kind: GroupKind) -> CreateGroup {
    let members = members.iter().map(ToString::to_string).collect();
    CreateGroup { id: Some("Tea ☕".into()), kind, name: "Tea".into(), members, space: None }
}

fn tea() -> String {
    "Tea ☕".into()
}

fn role(user: &str, role: Role) -> SetRole {
    SetRole { group: tea(), user: user.into(), role, reason: "because".into() }
}

async fn member(device: &mut Device) -> (String, Role, Role, String) {
    device
        .until(|event| match event {
            Event::Member { user, was, role, by, .. } => Some((user, was, role, by)),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_group_is_founded_talked_in_changed_and_ended() {
    let server = network().await;
    let mut ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    let info = ada.ask(found(&["bob"], GroupKind::Private)).await;
    assert_eq!((info.members, info.role, info.name.as_str()), (2, Some(Role::Owner), "Tea"));
    let (_, Event::Group { group, by }) = bob.durable().await else { panic!("no group") };
    assert_eq!((group.id, group.role, by.as_str()), (tea(), None, "ada"));

    let sent = bob.write(&Chat::Group(tea()), "hello all").await;
    let (_, Event::Message { chat, message }) = ada.durable().await else { panic!("no message") };
    assert_eq!((chat, message.from.as_str(), message.id), (Chat::Group(tea()), "bob", sent.id));

    bob.ask(SetGroup { group: tea(), subject: Some("cake".into()), ..SetGroup::default() }).await;
    let (_, Event::Group { group, .. }) = ada.durable().await else { panic!("no change") };
    assert_eq!((group.subject.as_str(), group.subject_by.as_deref()), ("cake", Some("bob")));
    assert_eq!(group.subject_by_name, "bob", "who has no other name");
    let rename = SetGroup { group: tea(), name: Some("Coffee".into()), ..SetGroup::default() };
    assert_eq!(bob.refused(rename.clone()).await, Kind::Forbidden);
    assert_eq!(ada.ask(rename).await.name, "Coffee");

    let end = || DestroyGroup { group: tea(), reason: "closing time".into() };
    assert_eq!(bob.refused(end()).await, Kind::Forbidden);
    ada.ask(end()).await;
    let reason = bob
        .until(|event| if let Event::GroupGone { reason, .. } = event { Some(reason) } else { None })
        .await;
    assert_eq!(reason, "closing time");
    assert!(bob.ask(ListGroups::default()).await.groups.is_empty());
}

#[tokio::test]
async fn a_private_group_is_entered_by_invitation_and_its_history_is_there() {
    let server = network().await;
    let mut ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    ada.ask(found(&[], GroupKind::Private)).await;
    ada.write(&Chat::Group(tea()), "before").await;
    assert_eq!(bob.refused(Join { group: tea() }).await, Kind::NotFound);
    assert_eq!(bob.refused(GetGroup { group: tea() }).await, Kind::NotFound);
    ada.ask(Invite { group: tea(), user: "bob".into(), text: "come in".into() }).await;
    let (_, Event::Invitation { by, text, .. }) = bob.durable().await else { panic!("no invitation") };
    assert_eq!((by.as_str(), text.as_str()), ("ada", "come in"));
    let chat = Chat::Group(tea());
    let write = Send { chat: chat.clone(), content: Content::text("not yet"), nonce: None };
    assert_eq!(bob.refused(write).await, Kind::NotFound);
    assert_eq!(bob.ask(Join { group: tea() }).await.role, Some(Role::Member));
    assert_eq!(member(&mut ada).await, ("bob".into(), Role::Invited, Role::Member, "bob".into()));
    assert_eq!(bob.ask(History { chat, ..History::default() }).await.messages[0].content.text, "before");
}

#[tokio::test]
async fn roles_decide_who_kicks_bans_promotes_and_moderates() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let bob = Device::new(&server, "bob").await;
    let mut eve = Device::new(&server, "eve").await;
    ada.ask(found(&["bob", "eve"], GroupKind::Public)).await;
    assert_eq!(bob.refused(role("eve", Role::None)).await, Kind::Forbidden, "a member kicks nobody");
    ada.ask(role("bob", Role::Admin)).await;
    assert_eq!(member(&mut eve).await, ("bob".into(), Role::Member, Role::Admin, "ada".into()));
    assert_eq!(bob.refused(role("ada", Role::None)).await, Kind::Forbidden, "an admin not the owner");
    assert_eq!(bob.refused(role("eve", Role::Admin)).await, Kind::Forbidden, "nor makes admins");

    let id = eve.write(&Chat::Group(tea()), "spam").await.id;
    bob.ask(Delete { chat: Chat::Group(tea()), id, reason: "spam".into() }).await;
    let by = eve.until(|event| if let Event::Deleted { by, .. } = event { Some(by) } else { None }).await;
    assert_eq!(by, "bob");

    bob.ask(role("eve", Role::Banned)).await;
    assert_eq!(member(&mut eve).await, ("eve".into(), Role::Member, Role::Banned, "bob".into()));
    assert_eq!(eve.refused(Join { group: tea() }).await, Kind::Forbidden);
    assert_eq!(
        bob.refused(Invite { group: tea(), user: "eve".into(), text: String::new() }).await,
        Kind::Forbidden
    );
    let banned = Members { group: tea(), after: None, banned: true };
    assert_eq!(bob.ask(banned).await.members[0].user, "eve");
    bob.ask(role("eve", Role::None)).await;
    assert_eq!(eve.ask(Join { group: tea() }).await.members, 3);
    let members = ada.ask(Members { group: tea(), ..Members::default() }).await.members;
    let members: Vec<_> = members.iter().map(|member| (member.user.as_str(), member.role)).collect();
    assert_eq!(members, [("ada", Role::Owner), ("bob", Role::Admin), ("eve", Role::Member)]);
}

#[tokio::test]
async fn the_last_owner_leaves_the_group_to_the_highest_and_oldest_member() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    let eve = Device::new(&server, "eve").await;
    ada.ask(found(&["eve", "bob"], GroupKind::Public)).await;
    let leave = || Leave { group: tea(), reason: "bye".into() };
    ada.ask(leave()).await;
    assert_eq!(member(&mut bob).await, ("ada".into(), Role::Owner, Role::None, "ada".into()));
    assert_eq!(member(&mut bob).await, ("eve".into(), Role::Member, Role::Owner, "ada".into()));
    assert_eq!(ada.ask(GetGroup { group: tea() }).await.role, Some(Role::None));
    eve.ask(leave()).await;
    bob.ask(leave()).await;
    assert_eq!(bob.refused(GetGroup { group: tea() }).await, Kind::NotFound, "nobody is left");
}

#[tokio::test]
async fn spaces_hold_groups_and_people() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    let space = ada.ask(CreateSpace { id: None, name: "House".into() }).await.id;
    bob.ask(JoinSpace { space: space.clone() }).await;
    ada.ask(CreateGroup { space: Some(space.clone()), ..found(&[], GroupKind::Public) }).await;
    let told = bob.until(|event| if let Event::Space { space } = event { Some(space) } else { None }).await;
    assert_eq!((told.groups.as_slice(), told.members), ([tea()].as_slice(), 2));
    assert_eq!(bob.ask(GetGroup { group: tea() }).await.space, Some(space.clone()));
    let rename = SetSpace { space: space.clone(), name: Some("Home".into()), ..SetSpace::default() };
    assert_eq!(bob.refused(rename.clone()).await, Kind::Forbidden);
    assert_eq!(ada.ask(rename).await.name, "Home");
    ada.ask(LeaveSpace { space }).await;
    bob.until(|event| matches!(event, Event::SpaceGone { .. }).then_some(())).await;
    assert!(bob.ask(ListSpaces {}).await.spaces.is_empty());
    assert_eq!(bob.ask(GetGroup { group: tea() }).await.space, None);
}
