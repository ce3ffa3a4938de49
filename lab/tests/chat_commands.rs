//! Commands in a chat: K26 to K28.

use lab::{Person, Server, StanzaExt, World};

#[tokio::test]
async fn k26_the_bot_reads_like_a_good_command_line() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let romeo = &pair.user;

    let help = romeo.chat(gateway, "help", "status –").await;
    assert!(help.contains("unregister –") && help.contains("Contacts:"), "{help}");
    assert!(!help.contains("re-login") && !help.contains("delete-user"), "only what they can run: {help}");
    romeo.chat(gateway, "help contacts", "Your contacts on the network").await;
    romeo.chat(gateway, "unergister", "Did you mean “unregister”?").await;
    romeo.chat(gateway, "wherefore art thou", "I do not know “wherefore”").await;
    romeo.chat(gateway, "stat", "Superduper: connected").await;
    romeo.chat(gateway, "STATUS", "Superduper: connected").await;
    let contacts = romeo.chat(gateway, "contacts", "One contact:").await;
    assert!(contacts.contains(&format!("xmpp:{}", pair.contact)), "{contacts}");
    romeo.chat(gateway, "delete-user", "This is for administrators.").await;
    romeo.chat(gateway, "cancel", "nothing to cancel").await;
}

#[tokio::test]
async fn somebody_without_forms_registers_changes_their_mind_and_leaves() {
    let world = World::start().await;
    let gateway = world.gateway();
    world.person("romeo", "Romeo").await;
    let romeo = world.prosody.client("romeo").await;

    romeo.chat(gateway, "hello", "I do not know “hello”").await;
    romeo.chat(gateway, "register", "User name").await;
    romeo.chat(gateway, "romeo", "Password").await;
    romeo.chat(gateway, "wrong", "Code").await;
    romeo.chat(gateway, ".", "Unknown user or wrong password.").await;
    romeo.told(gateway, "Now: romeo").await;
    romeo.chat(gateway, "cancel", "“register” is cancelled").await;

    // What is typed on the line is not asked again.
    romeo.chat(gateway, "register romeo", "Password").await;
    romeo.chat(gateway, &Person::password("romeo"), "Code").await;
    romeo.chat(gateway, ".", "You are registered with Superduper").await;
    romeo.told(gateway, "whether I am online").await;
    romeo.chat(gateway, "perhaps", "Please answer yes or no").await;
    romeo.chat(gateway, "cancel", "You are registered all the same").await;
    world.connected(&romeo).await;

    romeo.chat(gateway, "unregister", "Do you want that? (yes or no)").await;
    romeo.chat(gateway, "no", "Nothing was changed.").await;
    romeo.chat(gateway, "unregister", "(yes or no)").await;
    romeo.chat(gateway, "yes", "You have left").await;
    romeo.see(gateway, "unsubscribed").await;
}

#[tokio::test]
async fn the_bot_speaks_the_users_language_and_answers_no_errors() {
    let world = World::start().await;
    let gateway = world.gateway();
    let romeo = world.prosody.client("romeo").await;
    let say = |lang: &str, type_: &str, body: &str| {
        format!(
            "<message to='{gateway}' type='{type_}' xml:lang='{lang}' id='{type_}-{lang}'><body>{body}</body></message>"
        )
    };
    for (lang, greeting) in [("de-AT", "Schreib"), ("fr", "Écrivez"), ("es", "Escribe"), ("tlh", "Write")] {
        romeo.send(&say(lang, "chat", "help")).await;
        romeo.told(gateway, greeting).await;
    }
    for type_ in ["error", "headline"] {
        romeo.send(&say("en", type_, "help")).await;
    }
    romeo.never("an answer to an error", gateway, |s| s.is_message() && s.sender() == gateway).await;
}

#[tokio::test]
async fn k27_k28_contacts_have_commands_of_their_own_and_take_no_words_for_them() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let romeo = &pair.user;

    let id = romeo.say(&pair.contact, "help").await;
    romeo.receipt(&pair.contact, &id).await;
    pair.friend.hear("romeo", "help").await;

    romeo.chat(gateway, "contact juliet nickname My Sun", "My Sun").await;
    romeo.on_roster(&pair.contact, "both").await;
    romeo.chat(gateway, &format!("contact {} last-seen", pair.contact), "").await;
    romeo.chat(gateway, "contact", "then whom it is about").await;
    romeo.chat(gateway, "help last-seen", "contact ann last-seen – Last seen\n").await;
    romeo.chat(gateway, "contact juliet dance", "I do not know “dance”").await;
}

#[tokio::test]
async fn k26_what_the_plugin_asks_is_answered_by_the_next_line() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let romeo = &pair.user;
    romeo.chat(gateway, "approve-device", "Which code does the new device show?").await;
    romeo.chat(gateway, "superduper:nonsense", "No device shows this code").await;
    romeo.chat(gateway, "approve-device", "Which code does the new device show?").await;
    romeo.chat(gateway, "cancel", "No device was approved").await;
    romeo.chat(gateway, "status", "Superduper: connected").await;

    // A plugin that shows a code of its own.
    let shown = romeo.chat(gateway, "link-device tablet", "enter this login token there: ").await;
    let token = shown.split_whitespace().last().expect("a token").to_owned();
    romeo.told(gateway, &token).await;
}

#[tokio::test]
async fn r16_the_bot_does_not_take_ciphertext_for_a_command() {
    let world = World::start().await;
    let gateway = world.gateway();
    let romeo = world.prosody.client("romeo").await;
    let omemo = "<encrypted xmlns='eu.siacs.conversations.axolotl'/>";
    romeo
        .send(&format!("<message to='{gateway}' type='chat' id='e'><body>help</body>{omemo}</message>"))
        .await;
    let error = romeo.expect("an error", |s| s.is_message() && s.kind() == "error").await;
    assert_eq!((error.id(), error.condition().as_deref()), ("e", Some("bad-request")));
}

#[tokio::test]
async fn a_stranger_who_floods_the_bot_is_stopped_and_nobody_else_is() {
    let world = World::start().await;
    let gateway = world.gateway();
    let (romeo, paris) = (world.prosody.client("romeo").await, world.prosody.client("paris").await);
    for n in 0..150 {
        romeo
            .send(&format!("<message to='{gateway}' type='chat' id='{n}'><body>cancel</body></message>"))
            .await;
    }
    let error = romeo
        .expect("an error", |s| s.kind() == "error" && String::from(s).contains("Too much at once"))
        .await;
    assert_eq!(error.condition().as_deref(), Some("resource-constraint"));
    paris.chat(gateway, "help", "register –").await;
}
