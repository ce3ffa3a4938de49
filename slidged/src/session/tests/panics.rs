//! Panics of our own code in a session (R5).

use super::{Act, World, gate, stanza};
use crate::session::Event;
use crate::session::chat_queue::Direction;
use crate::session::state::Session;
use crate::store;
use jid::BareJid;

const TOLD: &str = "Something went wrong in the gateway, and you are being connected again.";

impl World {
    /// Runs a function in the session of `u@example.org`.
    pub(super) fn act(&self, act: impl FnOnce(&mut Session) + Send + 'static) {
        let session = self.component.users.session(&BareJid::new("u@example.org").unwrap()).unwrap();
        assert!(session.send(Event::Act(Act(Box::new(act)))).is_ok());
    }

    /// Waits for the next login, and counts how often the user is told of a defect until then.
    async fn told_until_back(&mut self) -> usize {
        let said = self.all_until(&["<status>me</status>"]).await;
        said.iter().filter(|stanza| stanza.contains(TOLD)).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r5_a_panic_of_ours_wherever_it_happens_starts_that_session_again_and_is_told_once() {
    let mut world = World::new().await;
    world.log_in().await;
    world.act(|_| panic!("in the session"));
    assert_eq!(world.told_until_back().await, 1);
    world.act(|session| {
        session.spawn(async { panic!("in a job") as fn(&mut Session) });
    });
    assert_eq!(world.told_until_back().await, 0);
    world.act(|session| {
        let turn = Box::pin(async { panic!("in a turn") });
        session.take_turns(Direction::ToNetwork, "friend".into(), 0, turn);
    });
    assert_eq!(world.told_until_back().await, 0);
    world.say("m1", "hello");
    world.until(&["re: hello"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r5_a_panic_of_ours_hurts_nobody_else() {
    let mut world = World::new().await;
    world.send("<iq xmlns='jabber:client' from='v@example.org/r' to='gw.example.org' id='reg' type='set'><query xmlns='jabber:iq:register'><username>v</username><password>p</password></query></iq>");
    world.until(&["<status>v</status>"]).await;
    world.log_in().await;
    let bystander = |id: &str, body: &str| {
        format!(
            "<message xmlns='jabber:client' from='v@example.org/r' to='friend@gw.example.org' id='{id}' type='chat'><body>{body}</body></message>"
        )
    };
    world.send(&bystander("v1", "wait bystander"));
    world.store.journal().commit(store::Entry::default()).await.unwrap();
    world.act(|_| panic!("as asked"));
    assert_eq!(world.told_until_back().await, 1);
    gate("bystander").add_permits(1);
    world.until(&["to='v@example.org'", "re: wait bystander"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_at_a_panic_is_answered() {
    let mut world = World::new().await;
    world.log_in().await;
    world.say("m1", "wait for ever");
    world.store.journal().commit(store::Entry::default()).await.unwrap();
    world.act(|session| {
        let message = "<message xmlns='jabber:client' from='u@example.org/r' to='friend@gw.example.org' id='m2' type='chat'><body>x</body></message>";
        crate::session::event_loop::guarded(session, &stanza(message), |_, _| panic!("at a stanza"));
    });
    // A message that comes in between waits.
    world.say("m3", "after it");
    for id in ["m2", "m1"] {
        let error = world.until(&[&format!("id='{id}'"), "type='error'"]).await;
        assert!(error.contains("may not have been sent") && !error.contains("at a stanza"), "{error}");
    }
    world.until(&["re: after it"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_in_a_form_that_cannot_be_read_any_more_is_answered() {
    let mut world = World::new().await;
    world.log_in().await;
    world.act(|session| {
        let pending = store::Pending {
            id: session.services.store.new_pending_id(),
            user: session.user.id,
            chat: "friend".into(),
            sender: "u@example.org/r".into(),
            xmpp_id: Some("m1".into()),
            kind: "chat".into(),
            created_at: 0,
            operation: b"{}".to_vec().into(),
        };
        session.write(store::Write::PendingAdd(pending));
        panic!("as asked");
    });
    let error = world.until(&["id='m1'", "type='error'"]).await;
    for part in ["may not have been sent", "from='friend@gw.example.org", "to='u@example.org/r'"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_panics_can_still_be_stopped_and_left() {
    let mut world = World::new().await;
    world.log_in().await;
    world.act(|_| panic!("as asked"));
    world.send("<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='rm' type='set'><query xmlns='jabber:iq:register'><remove/></query></iq>");
    world.until(&["id='rm'", "type='result'"]).await;
    world.log_in().await;
    world.act(|_| panic!("as asked"));
    world.say("m1", "too late");
    tokio::time::timeout(super::PATIENCE, world.component.stop()).await.expect("an end");
    let answer = world.until(&["m1"]).await;
    assert!(answer.contains("shutting down") || answer.contains("urn:xmpp:receipts"), "{answer}");
}
