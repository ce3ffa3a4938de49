//! Checks beyond single keys, and files that are found without being named.

use crate::place::{Place, SMALLEST, check};

#[test]
fn the_secret_beside_the_file_is_the_weakest() {
    let place = Place::new(SMALLEST).file("component.secret", "s").file("credentials/component-secret", "s");
    assert_eq!(place.load().component.secret_file, Some(place.path("component.secret")));
    let credentials = place.path("credentials");
    let place = place.variable("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap());
    assert_eq!(place.load().component.secret_file, Some(credentials.join("component-secret")));
    let place = place.flag("--set component.secret_file", "component.secret_file", "/other");
    assert_eq!(place.load().component.secret_file, Some("/other".into()));
}

#[test]
fn approval_needs_somebody_who_approves() {
    check(
        &format!("{SMALLEST}[registration]\nmode = \"approval\"\n"),
        "slidge.toml:6: mode = \"approval\" in [registration] needs somebody who approves: name them, such as \
         admins = [\"juliet@example.org\"]",
    );
    let place = Place::new(&format!("{SMALLEST}[registration]\nmode = \"approval\"\nadmins = [\"a@b\"]\n"));
    assert_eq!(place.load().registration.admins.len(), 1);
    let place = Place::new(SMALLEST).variable("SLIDGED_REGISTRATION_MODE", "approval");
    assert!(place.error().starts_with("SLIDGED_REGISTRATION_MODE: mode = \"approval\""), "{}", place.error());
}

#[test]
fn a_mistyped_option_of_the_plugin_is_told_with_its_place() {
    let declared = [plugin_api::Field::text("server", "host:port")];
    let place = Place::new(&format!("{SMALLEST}[plugin.options]\nservr = \"a:1\"\n"));
    let wrong = place.load().plugin.options.check(&declared).unwrap_err().to_string();
    assert!(
        wrong.ends_with("slidge.toml:6: unknown key \"servr\" in [plugin.options], did you mean \"server\"?"),
        "{wrong}"
    );
    let place = Place::new(SMALLEST).variable("SLIDGED_PLUGIN_OPTIONS_SERVR", "a:1");
    let wrong = place.load().plugin.options.check(&declared).unwrap_err().to_string();
    assert!(wrong.starts_with("SLIDGED_PLUGIN_OPTIONS_SERVR: unknown key"), "{wrong}");
}
