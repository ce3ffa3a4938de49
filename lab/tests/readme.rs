//! The guide to the installation works line by line, on a clean Debian 12 and 13: its blocks are
//! carried out as they stand, in a tree of that release. Only root can, and the first time it takes
//! minutes. No systemd runs there: what it would start is checked by its own tools, and started by
//! hand as the unit says.
//!
//! The programs of this workspace stand in for those that the block "Install" builds, unless
//! `LAB_README_BUILDS` is set (`cargo xtask test --readme-builds`): then cargo builds what the
//! guide says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::{Machine, Process, TempDir, Tree, binaries};

const GUIDE: &str = include_str!("../../docs/install.md");
const PACKAGES: &[&str] = &[
    "systemd",
    "sudo",
    "openssl",
    "ca-certificates",
    "iproute2",
    "prosody",
    "prosody-modules",
    "lua-dbi-sqlite3",
    "ejabberd",
];
/// Directory into which the reader has cloned the repository.
const CLONE: &str = "/root/slidged";
const CONFIG: &str = "--config /etc/slidged/superduper/slidge.toml";
/// Password of ann.
const PASSWORD: &str = "annsecret";

/// A certificate for the domain, signed by an authority that the machine trusts, for both servers;
/// and names without DNS.
const DOMAIN: &str = r"
echo '127.0.0.1 localhost example.org upload.example.org gw.example.org' > /etc/hosts
echo 'nameserver 127.0.0.1' > /etc/resolv.conf
cd /etc/ssl/private && new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $new -keyout ca.key -out /usr/local/share/ca-certificates/lab.crt -subj /CN=lab -days 30
openssl req $new -keyout example.org.key -out csr -subj /CN=example.org
echo 'subjectAltName = DNS:example.org, DNS:upload.example.org' > names
openssl x509 -req -in csr -CA /usr/local/share/ca-certificates/lab.crt -CAkey ca.key -CAcreateserial -days 30 -extfile names -out example.org.crt
update-ca-certificates
cat example.org.crt example.org.key > /etc/ejabberd/ejabberd.pem
for name in example.org upload.example.org; do
    install -m 644 example.org.crt /etc/prosody/certs/$name.crt
    install -m 644 example.org.key /etc/prosody/certs/$name.key
done
";

/// Stand-in for systemctl without a systemd that runs.
const SYSTEMCTL: &str = "#!/bin/sh
[ \"$1\" = daemon-reload ] && exit 0
[ \"$1 $2\" = 'enable --now' ] && exec /usr/bin/systemctl enable \"$3\"
echo \"the guide runs systemctl $*\" >&2
exit 1
";

/// The build is done already.
const CARGO: &str = "#!/bin/sh
[ \"$*\" = 'build --release -p slidged -p superduper' ] && [ -e target/release/slidged ] && exit 0
echo \"the guide runs cargo $*\" >&2
exit 1
";

/// A block of the guide.
#[derive(Debug)]
struct Block {
    language: &'static str,
    text: &'static str,
    /// The file that the paragraph before it names last.
    file: Option<&'static str>,
}

/// The blocks of a section.
fn blocks(heading: &str) -> Vec<Block> {
    let section = GUIDE.split("\n## ").find(|section| section.starts_with(heading));
    let section = section.unwrap_or_else(|| panic!("docs/install.md has a section {heading:?}"));
    let mut parts = section.split("```");
    let mut before = parts.next().unwrap_or_default();
    let mut blocks = Vec::new();
    while let (Some(block), Some(after)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').expect("a block has lines");
        let paragraph = before.trim_end().rsplit("\n\n").next().unwrap_or_default();
        let file = paragraph.split('`').skip(1).step_by(2).filter(|code| code.starts_with("/etc/")).last();
        blocks.push(Block { language, text, file });
        before = after;
    }
    blocks
}

fn block(heading: &str, language: &str) -> Block {
    let found = blocks(heading).into_iter().find(|block| block.language == language);
    found.unwrap_or_else(|| panic!("{heading} has a block of {language}"))
}

/// The commands of a section, a line each; and whether one stays in the foreground.
fn lines(heading: &str) -> Vec<(&'static str, bool)> {
    let shell = blocks(heading).into_iter().filter(|block| block.language == "sh");
    let all = shell.flat_map(|block| block.text.lines());
    all.filter(|line| !line.trim().is_empty())
        .map(|line| (line, line.contains("# stays in the foreground")))
        .collect()
}

/// A reader's machine.
struct Reader {
    machine: Machine,
    /// The clone of the repository, which the machine sees.
    _clone: TempDir,
    background: Vec<Process>,
}

impl Reader {
    async fn new(release: &str) -> Option<Self> {
        if let Some(why) = Tree::impossible() {
            eprintln!("\n==== NOT TRIED: what docs/install.md says on {release}: {why}\n");
            return None;
        }
        let tree = Tree::with(release, PACKAGES);
        let clone = clone();
        let machine = Machine::of(&tree, Some((clone.path(), CLONE))).await;
        for (name, text) in [("systemctl", SYSTEMCTL), ("cargo", CARGO)] {
            machine.write(&format!("/usr/local/sbin/{name}"), text);
            machine.does(&format!("chmod 755 /usr/local/sbin/{name}"));
        }
        machine.does(DOMAIN);
        Some(Reader { machine, _clone: clone, background: Vec::new() })
    }

    fn does(&self, line: &str) -> String {
        self.machine.does(&format!("cd {CLONE} && {line}"))
    }

    fn starts(&mut self, name: &str, line: &str) {
        let process = self.machine.starts(name, &format!("cd {CLONE} && exec {line}"));
        self.background.push(process);
    }

    /// The whole section "Install", and of "Configure" what is slidged's. The secret comes back.
    fn installs_and_configures(&self) -> String {
        for (line, _) in lines("Install") {
            self.does(line);
        }
        let mut secret = String::new();
        for (line, _) in lines("Configure") {
            secret = self.does(line);
        }
        assert_eq!(secret.trim().len(), 64, "the last line shows the secret: {secret:?}");
        let toml = block("Configure", "toml");
        self.machine.write(toml.file.expect("the guide names the file"), toml.text);
        self.does("systemd-analyze verify /etc/systemd/system/slidged@.service");
        secret.trim().to_owned()
    }

    /// Prosody as Debian configures it, with the guide's block as a file of its own.
    async fn prosody(&mut self, secret: &str) {
        let lua = block("Configure", "lua");
        self.machine.write(lua.file.expect("the guide names the file"), &with(lua.text, secret));
        self.does(&format!(
            "install -d -o prosody /run/prosody && prosodyctl register ann example.org {PASSWORD}"
        ));
        self.starts("prosody", "setpriv --reuid prosody --regid prosody --init-groups prosody -F");
        self.machine.listens(5347).await;
        self.machine.listens(5222).await;
    }

    /// ejabberd as Debian configures it, with the guide's block in its sections.
    async fn ejabberd(&mut self, secret: &str) {
        let path = "/etc/ejabberd/ejabberd.yml";
        let debian = self.does(&format!("cat {path}")).replace("  - localhost", "  - example.org");
        self.machine.write(path, &merged(&debian, &with(block("Configure", "yaml").text, secret)));
        self.starts("ejabberd", "sudo -u ejabberd ejabberdctl foreground");
        self.machine.listens(5347).await;
        self.machine.listens(5222).await;
        // It listens before it has its tables.
        self.does(&format!("ejabberdctl started && ejabberdctl register ann example.org {PASSWORD}"));
    }

    /// The section "Start" up to the service.
    async fn starts_the_network(&mut self) {
        for (line, stays) in lines("Start") {
            if stays {
                self.starts("superduperd", line);
                self.machine.listens(5380).await;
                self.machine.listens(5381).await;
            } else if line.contains(" doctor ") {
                return;
            } else {
                self.does(line);
            }
        }
    }

    /// Starts the service as systemd would, as its user and with what it is handed.
    async fn starts_the_service(&mut self) {
        let unit = self.does("cat /etc/systemd/system/multi-user.target.wants/slidged@superduper.service");
        let of = |key: &str| {
            let line = unit.lines().find_map(|line| line.strip_prefix(&format!("{key}=")));
            line.unwrap_or_else(|| panic!("the unit has {key}")).replace("%i", "superduper")
        };
        let (name, source) = of("LoadCredential")
            .split_once(':')
            .map(|(n, s)| (n.to_owned(), s.to_owned()))
            .expect("NAME:FILE");
        let (user, state) = (of("User"), format!("/var/lib/{}", of("StateDirectory")));
        self.does(&format!(
            "install -d -o {user} -m {} {state} && install -d -o {user} /run/credentials && install -o {user} -m 400 {source} /run/credentials/{name}",
            of("StateDirectoryMode"),
        ));
        self.starts(
            "slidged",
            &format!(
                "setpriv --reuid {user} --regid {} --clear-groups env STATE_DIRECTORY={state} CREDENTIALS_DIRECTORY=/run/credentials {}",
                of("Group"),
                of("ExecStart"),
            ),
        );
        self.background.last_mut().expect("it was started").says("ready").await;
    }

    /// The rest of the section "Start": what the doctor says, to the gateway's administrator and as
    /// ann's client.
    fn doctors(&self) -> Vec<String> {
        let all = lines("Start").into_iter().filter(|(line, _)| line.contains(" doctor "));
        all.map(|(line, _)| {
            if line.contains("--client") {
                let asked =
                    self.machine.asks(&format!("timeout --foreground 120 {line}"), "Password", PASSWORD);
                assert!(!asked.said.contains(PASSWORD), "the password is shown: {}", asked.said);
                asked.said
            } else {
                self.machine.tries(line).said
            }
        })
        .collect()
    }
}

/// Copies the parts of a clone that the reader needs, with what its first line builds: by that
/// line, or copies of what this workspace has built.
fn clone() -> TempDir {
    let (scratch, root) = (TempDir::new("clone"), Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let from: Vec<PathBuf> = if std::env::var_os("LAB_README_BUILDS").is_some() {
        let line = lines("Install")[0].0;
        let made =
            Command::new("sh").args(["-c", line]).current_dir(&root).env_remove("CARGO_TARGET_DIR").status();
        assert!(made.is_ok_and(|status| status.success()), "{line}");
        ["slidged", "superduperd", "libsuperduper.so"]
            .map(|name| root.join("target/release").join(name))
            .into()
    } else {
        vec![binaries::program("slidged"), binaries::program("superduperd"), binaries::plugin("superduper")]
    };
    for file in from {
        let to = copied(&file, &scratch.path().join("target/release"));
        // In memory they would take a hundred megabytes each.
        drop(Command::new("strip").arg("--strip-debug").arg(&to).status());
    }
    for directory in ["systemd", "config"] {
        for file in fs::read_dir(root.join(directory)).expect("it is in the repository") {
            copied(&file.expect("it can be read").path(), &scratch.path().join(directory));
        }
    }
    scratch
}

/// Copies a file into a directory.
fn copied(file: &Path, directory: &Path) -> PathBuf {
    let to = directory.join(file.file_name().unwrap_or_default());
    let copied = fs::create_dir_all(directory).and_then(|()| fs::copy(file, &to));
    assert!(copied.is_ok(), "{}: {copied:?}", file.display());
    to
}

fn with(text: &str, secret: &str) -> String {
    assert_eq!(text.matches("\"the secret\"").count(), 1, "{text}");
    text.replace("the secret", secret)
}

/// Each section of `more` at the beginning of the same one of `yaml`, and no empty one of those
/// that it fills.
fn merged(yaml: &str, more: &str) -> String {
    let mut text = format!("\n{yaml}");
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in more.lines() {
        match sections.last_mut() {
            Some((_, below)) if line.starts_with(' ') => below.push(line),
            _ => sections.push((line, Vec::new())),
        }
    }
    for (name, below) in sections {
        for line in below.iter().filter(|line| line.starts_with("  mod_") && line.ends_with(':')) {
            text = text.replace(&format!("\n{line} {{}}\n"), "\n");
        }
        let heading = format!("\n{name}\n");
        assert_eq!(text.matches(&heading).count(), 1, "Debian's file has {name} once");
        text = text.replace(&heading, &format!("{heading}{}\n", below.join("\n")));
    }
    text
}

fn fails(report: &str) -> Vec<&str> {
    report.lines().filter(|line| line.starts_with("FAIL")).collect()
}

async fn with_prosody(release: &str) {
    let Some(mut reader) = Reader::new(release).await else { return };
    let secret = reader.installs_and_configures();
    reader.prosody(&secret).await;
    reader.starts_the_network().await;
    reader.starts_the_service().await;
    let reports = reader.doctors();
    let [gateway, client] = &reports[..] else { panic!("the guide has two lines with doctor") };
    for report in [gateway, client] {
        assert!(fails(report).is_empty() && report.contains("example.org: privilege roster"), "{report}");
        // Debian's Prosody keeps no archive unless it is told.
        let notes: Vec<_> = report
            .lines()
            .filter(|line| {
                line.starts_with("note") && !["archive", "not tried"].iter().any(|known| line.contains(known))
            })
            .collect();
        assert!(notes.is_empty(), "{report}");
    }
    for seen in ["listed", "answers", "registration", "roster", "carbons", "files", "bookmarks"] {
        let line = format!("ok    ann@example.org: {seen}");
        assert!(client.contains(&line), "{line}: {client}");
    }

    // The service goes on undisturbed where somebody looks with another state directory, and with
    // the words of ctl.
    let elsewhere =
        reader.does(&format!("sudo -u slidged slidged doctor {CONFIG} --set state.directory=/tmp/other"));
    assert!(elsewhere.contains("runs with another state directory"), "{elsewhere}");
    let status = reader.does(&format!("sudo -u slidged slidged ctl {CONFIG} users"));
    assert!(status.contains("Nobody is registered"), "{status}");
    let log = fs::read_to_string(reader.machine.log("slidged")).expect("it has a log");
    assert_eq!(log.matches("connected").count(), 1, "it was disconnected: {log}");
}

async fn with_ejabberd(release: &str) {
    let Some(mut reader) = Reader::new(release).await else { return };
    let secret = reader.installs_and_configures();
    reader.ejabberd(&secret).await;
    reader.starts_the_network().await;
    reader.starts_the_service().await;
    let reports = reader.doctors();
    for report in &reports {
        // The one fault of ejabberd 24.12 is said by name.
        let expected = if release == "trixie" { vec!["requests of the gateway"] } else { Vec::new() };
        let fails = fails(report);
        assert!(
            fails.len() == expected.len() && fails.iter().zip(&expected).all(|(f, e)| f.contains(e)),
            "{report}"
        );
    }
}

#[tokio::test]
async fn the_installation_works_line_by_line_on_debian_12_with_prosody() {
    with_prosody("bookworm").await;
}

#[tokio::test]
async fn the_installation_works_line_by_line_on_debian_13_with_prosody() {
    with_prosody("trixie").await;
}

#[tokio::test]
async fn the_installation_works_line_by_line_on_debian_12_with_ejabberd() {
    with_ejabberd("bookworm").await;
}

#[tokio::test]
async fn the_installation_works_line_by_line_on_debian_13_with_ejabberd() {
    with_ejabberd("trixie").await;
}
