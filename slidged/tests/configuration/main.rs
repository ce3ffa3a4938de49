//! Configuration as an administrator writes it, and the daemon's reading of it or words about it.

mod checks;
mod place;

use place::{Place, SMALLEST, check};
use slidged::config::{Sources, sections};
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

const REFERENCE: &str = include_str!("../../../config/slidge.toml");

#[test]
fn a_mistake_is_told_with_its_place_and_its_mend() {
    check(
        "[component]\njid = \"gw.example.org\"\n\n[plugin]\npath = \"p.so\"\nthread = 2\n",
        "slidge.toml:6: unknown key \"thread\" in [plugin], did you mean \"threads\"?",
    );
    check(
        "# a comment\n[component]\njid = \"gw.example.org\"\nsever = \"127.0.0.1\"\n[plugin]\npath = \"p.so\"\n",
        "slidge.toml:4: unknown key \"sever\" in [component], did you mean \"server\"?",
    );
    check(
        "[component]\njid = \"gw.example.org\"\nsecret = \"hunter2\"\n",
        "slidge.toml:3: unknown key \"secret\" in [component], did you mean \"secret_file\"?",
    );
    check(
        "[component]\njid = \"gw.example.org\"\ndurability = \"full\"\n",
        "slidge.toml:3: unknown key \"durability\" in [component]: it belongs in [database]",
    );
    check(
        "component.jid = \"gw.example.org\"\ncomponent.colour = 3\n",
        "slidge.toml:2: unknown key \"colour\" in [component]; there are jid, server, secret_file",
    );
    check(
        "[component]\njid = \"gw.example.org\"\n[plugins]\npath = \"p.so\"\n",
        "slidge.toml:3: unknown section [plugins], did you mean [plugin]?",
    );
    check("jid = \"gw.example.org\"\n", "slidge.toml:1: unknown section [jid]: it belongs in [component]");
    check(
        "[weather]\n",
        "slidge.toml:1: unknown section [weather]; there are [component], [plugin], [state], [database], \
         [registration], [delivery], [session], [limits], [media], [log]",
    );
    check(
        "[component]\njid = \"juliet@example.org\"\n",
        "slidge.toml:2: jid in [component] must be a domain such as \"gw.example.org\", not \"juliet@example.org\"",
    );
    check(
        "[component]\njid = 5\n",
        "slidge.toml:2: jid in [component] must be a domain such as \"gw.example.org\", not 5",
    );
    check(
        "[component]\njid = \"gw.example.org\"\nserver = \"localhost:99999\"\n",
        "slidge.toml:3: server in [component] must be \"host:port\" or \"unix:/path\", not \"localhost:99999\"",
    );
    check(
        &format!("{SMALLEST}threads = 0\n"),
        "slidge.toml:5: threads in [plugin] must be a whole number from 1 to 256, not 0",
    );
    check(
        &format!("{SMALLEST}[session]\ncall_timeout = 30\n"),
        "slidge.toml:6: call_timeout in [session] must be a time with its unit, such as \"30s\", \"5m\" or \
         \"14d\", not 30",
    );
    check(
        &format!("{SMALLEST}[session]\nlogout_timeout = \"1m\"\n"),
        "slidge.toml:6: logout_timeout in [session] must be from 100ms to 8s, not 1m",
    );
    check(
        &format!("{SMALLEST}[delivery]\noutbox_bytes = \"lots\"\n"),
        "slidge.toml:6: outbox_bytes in [delivery] must be a size such as \"64 MiB\", not \"lots\"",
    );
    check(
        &format!("{SMALLEST}[delivery]\noutbox_bytes = -1\n"),
        "slidge.toml:6: outbox_bytes in [delivery] must be a size such as \"64 MiB\", not -1",
    );
    check(
        &format!("{SMALLEST}[database]\ndurability = \"fulll\"\n"),
        "slidge.toml:6: durability in [database] must be one of \"normal\", \"full\", not \"fulll\", did you mean \
         \"full\"?",
    );
    check(
        &format!("{SMALLEST}[database]\nurl = \"mysql://u:hunter2@host/db\"\n"),
        "slidge.toml:6: url in [database] must be \"sqlite:///path\" or \"postgres://user@host/name\"",
    );
    check(
        &format!("{SMALLEST}[registration]\nallow = [\n  \"example.org\",\n  \"a@b@c\",\n]\n"),
        "slidge.toml:8: allow[1] in [registration] must be a domain or an address such as \"juliet@example.org\", \
         not \"a@b@c\"",
    );
    check(
        &format!("{SMALLEST}[registration]\nallow = \"example.org\"\n"),
        "slidge.toml:6: allow in [registration] must be a list in [ ], not \"example.org\"",
    );
    check(
        &format!("{SMALLEST}[registration]\nadmins = [\"example.org\"]\n"),
        "slidge.toml:6: admins[0] in [registration] must be an address such as \"juliet@example.org\", not \
         \"example.org\"",
    );
    check(
        &format!("{SMALLEST}[registration]\nmode = \"aproval\"\n"),
        "slidge.toml:6: mode in [registration] must be one of \"open\", \"approval\", \"invitation\", \"closed\", not \
         \"aproval\", did you mean \"approval\"?",
    );
    check(
        &format!("{SMALLEST}[registration]\nattempts = 0\n"),
        "slidge.toml:6: attempts in [registration] must be a whole number from 1 to 1000, not 0",
    );
    check(
        &format!("{SMALLEST}[log]\nlevel = \"loud\"\n"),
        "slidge.toml:6: level in [log] must be \"off\", \"error\", \"warn\", \"info\", \"debug\" or \"trace\", not \
         \"loud\"",
    );
    check(
        &format!("log = \"debug\"\n{SMALLEST}"),
        "slidge.toml:1: [log] must be a section of its own, with its name in [ ], not \"debug\"",
    );
    check("[component\n", "slidge.toml:1: this is not TOML: invalid table header, expected `.`, `]`");
    check(
        "[component]\njid = \"a\"\njid = \"b\"\n",
        "slidge.toml:3: this is not TOML: duplicate key `jid` in table `component`",
    );
}

#[test]
fn what_is_missing_is_told_with_an_example() {
    let jid = "jid is missing in [component]: the domain of this gateway, such as jid = \"gw.example.org\"";
    check("", &format!("slidge.toml: {jid}"));
    check("[component]\n", &format!("slidge.toml: {jid}"));
    let path = "path is missing in [plugin]: the plugin to load, such as path = \
                \"/usr/local/lib/slidged/libsuperduper.so\", or --plugin FILE";
    check("[component]\njid = \"gw.example.org\"\n", &format!("slidge.toml: {path}"));
    let nothing = slidged::config::load(&Sources::default()).unwrap_err().to_string();
    assert_eq!(nothing, format!("no configuration file is given (--config FILE), and {jid}"));
    let mut nowhere = Place::new("");
    nowhere.sources.file = Some(nowhere.path("other.toml"));
    assert_eq!(nowhere.error(), "other.toml: cannot be read: No such file or directory (os error 2)");
}

#[test]
fn a_mistake_in_another_layer_is_told_with_that_layer() {
    let place = Place::new(SMALLEST).file("conf.d/10-log.toml", "\n[log]\nlevle = \"debug\"\n");
    assert_eq!(
        place.error(),
        "conf.d/10-log.toml:3: unknown key \"levle\" in [log], did you mean \"level\"?"
    );
    let place = Place::new(SMALLEST).variable("SLIDGED_COMPONENT_SEVER", "x");
    assert_eq!(
        place.error(),
        "SLIDGED_COMPONENT_SEVER: unknown key \"sever\" in [component], did you mean \"server\"?"
    );
    let place = Place::new(SMALLEST).variable("SLIDGED_PLUGIN_THREADS", "many");
    assert_eq!(
        place.error(),
        "SLIDGED_PLUGIN_THREADS: threads in [plugin] must be a whole number from 1 to 256, not \"many\""
    );
    let place = Place::new(SMALLEST).flag("--set log.levl", "log.levl", "debug");
    assert_eq!(place.error(), "--set log.levl: unknown key \"levl\" in [log], did you mean \"level\"?");
    let place = Place::new(SMALLEST).flag("--set debug", "debug", "1");
    assert_eq!(
        place.error(),
        "--set debug: \"debug\" is no key: write SECTION.KEY=VALUE, such as log.level=debug"
    );
}

#[test]
fn the_stronger_layer_wins() {
    let of = |place: &Place| place.load().component.server.to_string();
    let place = Place::new(SMALLEST);
    assert_eq!(of(&place), "127.0.0.1:5347");
    let place = Place::new(
        "[component]\njid = \"gw.example.org\"\nserver = \"file\"\nplugin.path = \"p\"\n"
            .replace("plugin.path = \"p\"\n", "[plugin]\npath = \"p\"\n")
            .as_str(),
    );
    assert_eq!(of(&place), "file:5347");
    let place = place.file("conf.d/20.toml", "component.server = \"second\"\n");
    let place = place.file("conf.d/10.toml", "component.server = \"first\"\nregistration.allow = [\"a\"]\n");
    let place = place.file("conf.d/99.toml.bak", "component.server = \"backup\"\n");
    let place = place.file("conf.d/.99.toml", "component.server = \"hidden\"\n");
    assert_eq!(of(&place), "second:5347");
    let place = place.variable("SLIDGED_COMPONENT_SERVER", "environment");
    assert_eq!(of(&place), "environment:5347");
    let place = place.flag("--set component.server", "component.server", "flag");
    assert_eq!(of(&place), "flag:5347");
    // What the stronger layers do not name stays.
    assert_eq!(place.load().registration.allow.len(), 1);
    assert_eq!(place.load().component.jid.as_str(), "gw.example.org");
}

#[test]
fn the_environment_alone_is_enough() {
    let place = Place::new("")
        .variable("SLIDGED_COMPONENT_JID", "gw.example.org")
        .variable("SLIDGED_COMPONENT_SECRET_FILE", "/run/secret")
        .variable("SLIDGED_PLUGIN_PATH", "/p.so")
        .variable("SLIDGED_PLUGIN_OPTIONS_API_URL", "http://127.0.0.1/")
        .variable("SLIDGED_REGISTRATION_ALLOW", "[example.org, \"juliet@example.net\"]")
        .variable("SLIDGED_DELIVERY_OUTBOX_MESSAGES", "500")
        .variable("SLIDGED_TEST_POSTGRES", "ignored")
        .variable("SLIDGED_LOG_LEVEL", "")
        .variable("PATH", "/bin");
    let config = slidged::config::load(&Sources { file: None, ..place.sources.clone() }).unwrap();
    assert_eq!(config.component.secret_file, Some("/run/secret".into()));
    assert_eq!(config.plugin.options.table()["api_url"], "http://127.0.0.1/");
    assert_eq!(config.registration.allow.len(), 2);
    assert_eq!(config.delivery.outbox_messages, 500);
}

#[test]
fn a_relative_path_starts_from_its_file() {
    let place = Place::new(&SMALLEST.replace("/p.so", "lib/p.so"))
        .file("conf.d/s.toml", "component.secret_file = \"s\"\nstate.directory = \"../state\"\n");
    let config = place.load();
    assert_eq!(config.plugin.path, place.path("lib/p.so"));
    assert_eq!(config.component.secret_file, Some(place.path("conf.d/s")));
    assert_eq!(config.database.url.sqlite_path(), Some(place.path("conf.d/../state/slidged.sqlite")));
    let place = place.flag("--plugin", "plugin.path", "12");
    // One of the command line starts from where the command was typed.
    assert_eq!(place.load().plugin.path, std::env::current_dir().unwrap().join("12"));
}

#[test]
fn defaults_follow_from_the_jid_and_the_service_manager() {
    let place = Place::new(SMALLEST).file("credentials/component-secret", "s").file("credentials/key", "k");
    let config = place.load();
    assert_eq!(config.state.directory, PathBuf::from("/var/lib/slidged/gw.example.org"));
    assert_eq!(config.registration.allow[0].0.as_str(), "example.org");
    assert_eq!(config.component.secret_file, None);
    let credentials = place.path("credentials");
    let place = place
        .variable("STATE_DIRECTORY", "/var/lib/slidged/whatsapp")
        .variable("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap());
    let config = place.load();
    assert_eq!(config.state.directory, PathBuf::from("/var/lib/slidged/whatsapp"));
    assert_eq!(config.database.url.expose(), "sqlite:///var/lib/slidged/whatsapp/slidged.sqlite");
    assert_eq!(config.component.secret_file, Some(credentials.join("component-secret")));
    assert_eq!(config.state.key_file, Some(credentials.join("key")));
    assert_eq!(config.database.url_file, None);
    // What is written down wins.
    let place = place.variable("SLIDGED_COMPONENT_SECRET_FILE", "/other");
    assert_eq!(place.load().component.secret_file, Some("/other".into()));
    // A gateway without a parent domain lets nobody in by default.
    assert!(Place::new(&SMALLEST.replace("gw.example.org", "gw")).load().registration.allow.is_empty());
    // Nobody may be let in on purpose.
    let closed = Place::new(&format!("{SMALLEST}[registration]\nallow = []\n"));
    assert!(closed.load().registration.allow.is_empty());
}

#[test]
fn no_secret_shows_when_the_configuration_is_shown() {
    let place = Place::new(&format!(
        "{SMALLEST}[plugin.options]\napi_key = \"planted-1\"\nnested = {{ deep = [\"planted-2\"] }}\n\
         [database]\nurl = \"postgres://slidged:planted-3@127.0.0.1/gw?password=planted-4\"\n"
    ))
    .file("secret", "planted-5")
    .variable("SLIDGED_COMPONENT_SECRET_FILE", "secret");
    let mut config = place.load();
    config.component.secret_file = Some(place.path("secret"));
    fs::set_permissions(place.path("secret"), fs::Permissions::from_mode(0o600)).unwrap();
    let secret = config.component.secret().unwrap();
    for shown in [format!("{config:?} {secret:?}"), format!("{config:#?} {:?}", config.database.resolve())] {
        assert!(!shown.contains("planted"), "{shown}");
        assert!(shown.contains("api_key"), "{shown}");
    }
    assert_eq!(config.plugin.options.table()["api_key"], "planted-1");
}

#[test]
fn a_password_that_lies_open_is_refused() {
    let text = format!("{SMALLEST}[database]\nurl = \"postgres://slidged:hunter2@127.0.0.1/gw\"\n");
    let place = Place::new(&text);
    assert!(place.load().database.url.has_password());
    fs::set_permissions(place.path("slidge.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        place.error(),
        "the secret file slidge.toml is open to every user of this machine (mode 0644): chmod o-rwx slidge.toml. It \
         holds the database's password"
    );
    let place = Place::new(SMALLEST).flag("--set database.url", "database.url", "postgres://s:hunter2@h/gw");
    assert_eq!(
        place.error(),
        "--set database.url: every user of this machine can read a password on the command line: put the URL into a \
         file and name it with database.url_file"
    );
}

#[test]
fn a_database_url_may_stand_in_a_file_of_its_own() {
    let place = Place::new(&format!("{SMALLEST}[database]\nurl_file = \"url\"\n"))
        .file("url", "postgres://slidged:hunter2@127.0.0.1/gw\n");
    assert!(place.load().database.resolve().unwrap_err().to_string().contains("chmod o-rwx"));
    fs::set_permissions(place.path("url"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(place.load().database.resolve().unwrap().expose(), "postgres://slidged:hunter2@127.0.0.1/gw");
    fs::write(place.path("url"), "hunter2").unwrap();
    let error = place.load().database.resolve().unwrap_err().to_string();
    assert!(error.contains("must hold \"sqlite:///path\" or") && !error.contains("hunter2"), "{error}");
}

/// The lines of the reference that show a key: `#key = value`.
fn shown_keys() -> Vec<(usize, &'static str)> {
    let is_key = |line: &str| {
        let rest = line.strip_prefix('#').unwrap_or(line);
        rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '"') && rest.contains(" = ")
    };
    REFERENCE.lines().enumerate().filter(|(_, line)| is_key(line)).collect()
}

#[test]
fn the_reference_parses_and_every_default_in_it_is_the_codes() {
    // Those have no default, as the file says.
    let examples = [
        "secret_file",
        "key_file",
        "url_file",
        "server = \"127.0.0.1:5380\"",
        "\"slidged::xmpp\"",
        "listen",
        "url = \"https",
        "directory = \"/srv",
        "first",
        "ffmpeg",
    ];
    let plain = Place::new(REFERENCE).load();
    let mut defaults = 0;
    for (number, line) in shown_keys() {
        let Some(setting) = line.strip_prefix('#') else { continue };
        // A private address to listen at needs the one that users reach.
        let belongs = |line: &str| setting.starts_with("listen") && line.starts_with("#url = \"https");
        let changed: Vec<_> = REFERENCE
            .lines()
            .enumerate()
            .map(|(at, line)| if at == number || belongs(line) { line.trim_start_matches('#') } else { line })
            .collect();
        let config = Place::new(&changed.join("\n")).load();
        if examples.iter().any(|example| setting.starts_with(example)) {
            assert_ne!(format!("{config:?}"), format!("{plain:?}"), "{setting}");
        } else {
            assert_eq!(format!("{config:?}"), format!("{plain:?}"), "{setting}");
            defaults += 1;
        }
    }
    assert!(defaults > 15, "only {defaults} lines were recognised");
}

#[test]
fn the_reference_shows_every_key() {
    let mut section = "";
    let mut shown = Vec::new();
    let keys = shown_keys();
    for (number, line) in REFERENCE.lines().enumerate() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            shown.push(section.to_owned());
        } else if keys.iter().any(|(at, _)| *at == number) {
            let key = line.trim_start_matches('#').split(" = ").next().unwrap();
            shown.push(format!("{section}.{key}"));
        }
    }
    for section in sections() {
        assert!(!section.keys.is_empty());
        for key in section.keys {
            let key = format!("{}.{key}", section.name);
            assert!(shown.contains(&key), "config/slidge.toml does not show {key}");
        }
    }
}
