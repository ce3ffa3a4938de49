//! Echoes: messages in the user's name that come back from the server, and go nowhere.

use super::{World, net::Net};
use crate::model::rate::Rate;
use plugin_api::{Attachment, Blob, Host, Text};

const ADVERT: &str = "<message xmlns='jabber:client' from='example.org' to='gw.example.org'><privilege xmlns='urn:xmpp:privilege:2'><perm access='message' type='outgoing'/></privilege></message>";

/// Sends messages as the user in the network's own app.
pub(super) fn elsewhere(host: &Host, what: &str) {
    let me = host.contact("friend").carbon();
    if let Ok(many) = what.parse::<usize>() {
        for n in 0..many {
            drop(me.send_text(Text::new(format!("text {n}")).id(format!("e-{n}"))));
        }
        return;
    }
    drop(me.send_text(Text::new("first").id("e-0")));
    drop(me.send_text(Text::new("without an id")));
    drop(me.correct("e-0", Text::new("second")));
    drop(me.react("e-0", vec!["👍".into()]));
    let file =
        Attachment { data: Some(Blob(b"x".to_vec())), name: Some("picture".into()), ..Attachment::default() };
    drop(me.send_file(file, Text::default()));
    drop(me.retract("e-0"));
    drop(me.displayed("e-0"));
}

/// Makes the message that the server sends when it is asked to send one in the user's name.
fn echo(stanza: &str) -> Option<String> {
    let inner = stanza.split_once("<forwarded xmlns='urn:xmpp:forward:0'>")?.1;
    Some(inner.split_once("</forwarded>")?.0.to_owned())
}

/// Removes the mark, as in a message that an earlier version sent.
fn without_mark(echo: &str) -> String {
    let (before, rest) = echo.split_once("<echo xmlns='urn:slidged:echo:0' ").unwrap();
    format!("{before}{}", rest.split_once("/>").unwrap().1)
}

impl World {
    /// Makes a user whose server grants messages in their name.
    async fn privileged() -> World {
        let rate = Rate { burst: 20, per_second: 1 };
        let mut world = World::with_files::<Net>(|settings| settings.messages = rate).await;
        world.send(ADVERT);
        world.log_in().await;
        world
    }

    /// Returns the messages that the server sends back after the user said `said`, up to one that
    /// contains `last`.
    async fn echoes(&mut self, said: &str, last: &str) -> Vec<String> {
        self.say("go", said);
        self.all_until(&["<forwarded", last]).await.iter().filter_map(|stanza| echo(stanza)).collect()
    }

    /// Checks that the echoes had no effect, and that the user can go on speaking.
    async fn nothing_came_of_it(&mut self) {
        self.say("m1", "real");
        let after = self.all_until(&["<body>re: real</body>"]).await;
        let wrong = |stanza: &&String| {
            stanza.contains("type='error'") || (stanza.contains("re: ") && !stanza.contains("re: real"))
        };
        // The message that led to the echoes is answered as well.
        let wrong: Vec<_> =
            after.iter().filter(wrong).filter(|stanza| !stanza.contains("re: elsewhere")).collect();
        assert!(wrong.is_empty(), "{} of {}: {}", wrong.len(), after.len(), wrong[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_wrote_elsewhere_comes_back_and_goes_nowhere_however_much_it_is() {
    for many in [600, 1500] {
        let mut world = World::privileged().await;
        let echoes = world.echoes(&format!("elsewhere {many}"), &format!("id='e-{}'", many - 1)).await;
        assert_eq!(echoes.len(), many);
        echoes.iter().for_each(|echo| world.send(echo));
        world.nothing_came_of_it().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_user_did_elsewhere_comes_back_and_goes_nowhere_also_after_a_restart() {
    let mut world = World::privileged().await;
    let echoes = world.echoes("elsewhere all", "<displayed ").await;
    assert!(echoes.len() >= 6, "{echoes:?}");
    for payload in [
        "<reactions ",
        "<retract ",
        "<replace ",
        "<displayed ",
        "https://files.example.org/",
        "<body>first</body>",
    ] {
        assert!(echoes.iter().any(|echo| echo.contains(payload)), "{payload} in {echoes:?}");
    }
    world.restart_session().await;
    echoes.iter().for_each(|echo| world.send(echo));
    world.nothing_came_of_it().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_version_sent_in_the_users_name_is_known_by_its_id() {
    let mut world = World::privileged().await;
    let echoes = world.echoes("elsewhere 600", "id='e-599'").await;
    world.restart_session().await;
    echoes.iter().for_each(|echo| world.send(&without_mark(echo)));
    world.nothing_came_of_it().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_sends_in_the_users_name_is_a_message_of_the_user_in_its_order() {
    let mut world = World::privileged().await;
    for n in 0..3 {
        world.send(&format!(
            "<message xmlns='jabber:client' from='u@example.org' to='friend@gw.example.org' id='script{n}' type='chat'><body>by a script {n}</body></message>"
        ));
    }
    for n in 0..3 {
        let answer = world.until(&["<body>re: "]).await;
        assert!(answer.contains(&format!("re: by a script {n}")), "{answer}");
    }
}
