//! Reports of `slidged check` and of the daemon's start about a configuration that is wrong in a
//! way that only the plugin knows.

use lab::{Prosody, Server, Slidged, SlidgedOptions};

#[tokio::test]
async fn a_mistyped_option_of_the_plugin_is_found_by_check_and_by_a_start() {
    let prosody = Prosody::start().await;
    let options =
        |text: &str| SlidgedOptions { plugin_options: text.to_owned(), ..SlidgedOptions::default() };
    let mut slidged = Slidged::prepare(prosody.site(), "superduper", options("servr = \"127.0.0.1:1\""));
    let (fine, said) = slidged.says("check", &[]).await;
    let expected = "slidge.toml:10: unknown key \"servr\" in [plugin.options], did you mean \"server\"?";
    let line = said.lines().find(|line| line.contains(expected));
    assert!(!fine && line.is_some_and(|line| line.starts_with("FAIL  plugin")), "{said}");
    slidged.launch();
    let ended = slidged.ready_or_ended().await.expect_err("it does not start");
    assert_eq!(ended.code(), Some(2), "trying again would not help");
    assert!(slidged.log().contains(expected), "{}", slidged.log());

    let right = Slidged::prepare(prosody.site(), "superduper", options("server = \"127.0.0.1:1\""));
    let (fine, said) = right.says("check", &[]).await;
    assert!(fine, "{said}");
}
