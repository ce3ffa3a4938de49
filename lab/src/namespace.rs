//! A network of its own for a test: with addresses that this machine does not have, and names that
//! lead to them.

use std::process::Command;

use crate::temp_dir::TempDir;

/// Set by whoever may make no namespaces and knows that these tests are left out.
const LEFT_OUT: &str = "LAB_WITHOUT_NAMESPACES";
/// Set for the test that runs inside.
const INSIDE: &str = "LAB_INSIDE_NAMESPACE";

/// Tells whether this process is in such a network. A test that belongs into one does nothing
/// elsewhere.
#[must_use]
pub fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs an ignored test of the calling program in a network of its own, which has but loopback with
/// `addresses` on it. `hosts` is what is in `/etc/hosts` there.
///
/// # Panics
/// When the test fails, or when we may make no namespaces and nobody has said that it is to be left
/// out.
pub fn run(test: &str, addresses: &[&str], hosts: &str) {
    if std::env::var_os(LEFT_OUT).is_some() {
        eprintln!("NOT TESTED, since {LEFT_OUT} is set: {test}");
        return;
    }
    let unshare = ["--net", "--mount"];
    let as_root = ["--net", "--mount", "--user", "--map-root-user"];
    let may = |how: &[&str]| {
        let tried = Command::new("unshare").args(how).args(["--", "true"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    let how = if may(&unshare) {
        &unshare[..]
    } else if may(&as_root) {
        &as_root[..]
    } else {
        panic!(
            "NOT TESTED, since we may make no namespace: run {test} as root, or set {LEFT_OUT}=1 to leave it out"
        )
    };
    let scratch = TempDir::new("namespace");
    let hosts = scratch.write("hosts", &format!("127.0.0.1 localhost\n{hosts}"));
    let mut script = "set -e; mount --bind \"$0\" /etc/hosts; ip link set lo up; ".to_owned();
    for address in addresses {
        script += &format!("ip address add {address} dev lo; ");
    }
    script += "exec \"$@\"";
    let program = std::env::current_exe().expect("a program");
    let mut command = Command::new("unshare");
    command.args(how).args(["--", "sh", "-c", &script]).arg(&hosts).arg(&program);
    command.args(["--ignored", "--exact", test, "--nocapture"]).env(INSIDE, "1");
    // What runs tests one by one says so to them, and they are not what it runs.
    command.env_remove("NEXTEST").env_remove("NEXTEST_EXECUTION_MODE");
    let output = command.output().expect("unshare starts (of util-linux)");
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && told.contains("1 passed"), "{test}: {told}");
}
