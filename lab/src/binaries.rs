//! The programs and plugins of this workspace, as cargo built them.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Once;

/// Set by whoever has built the workspace already (`cargo xtask`), so that each test does not ask
/// cargo again.
pub const BUILT: &str = "LAB_WORKSPACE_IS_BUILT";

/// A program of this workspace by name: `slidged`, `superduperd`.
///
/// # Panics
/// When it is not there and cannot be built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    artifact(name)
}

/// A plugin of this workspace by the name of its package: `superduper`, `stress`.
///
/// # Panics
/// When it is not there and cannot be built.
#[must_use]
pub fn plugin(name: &str) -> PathBuf {
    artifact(&format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX))
}

fn artifact(file: &str) -> PathBuf {
    let dir = target_dir();
    build(&dir);
    let path = dir.join(file);
    assert!(path.exists(), "{} is not built: `cargo build --workspace` makes it", path.display());
    path
}

/// `target` itself, which holds what is made once.
///
/// # Panics
/// When this program lies outside of one.
#[must_use]
pub fn target() -> PathBuf {
    target_dir().parent().expect("the directory of a profile is in that of the target").to_owned()
}

/// `target/debug` or `target/release`: where we come from ourselves, whatever cargo was told.
fn target_dir() -> PathBuf {
    let own = std::env::current_exe().expect("the path of this program");
    let dir = own.ancestors().skip(1).find(|d| d.file_name().is_none_or(|n| n != "deps" && n != "examples"));
    dir.expect("a program lies in a directory").to_owned()
}

/// A test that runs against yesterday's daemon is worse than none: under cargo, bring everything up
/// to date once.
fn build(dir: &std::path::Path) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let Some(cargo) = std::env::var_os("CARGO") else { return };
        if std::env::var_os(BUILT).is_some() {
            return;
        }
        let mut command = Command::new(cargo);
        command.args(["build", "--quiet", "--workspace"]);
        if dir.ends_with("release") {
            command.arg("--release");
        }
        let status = command.current_dir(env!("CARGO_MANIFEST_DIR")).status();
        assert!(
            status.as_ref().is_ok_and(std::process::ExitStatus::success),
            "cargo build --workspace: {status:?}"
        );
    });
}
