//! Files that are not what they should be are refused in one clear sentence each.

mod common;

use common::{frozen, stress};
use plugin_api::host::{Handshake, Plugin};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// Offset of the numbers in a handshake.
const ABI: usize = 16;
const FLAGS: usize = 20;
const API_MAJOR: usize = 24;
const NAME: usize = 32;

/// A directory of its own for one test, which no other may write to.
struct Directory(TempDir);

impl Directory {
    fn new() -> Directory {
        Directory(TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    }

    /// Compiles a library that is not made by the macro.
    fn library(&self, name: &str, source: &str) -> PathBuf {
        let (from, to) =
            (self.file(&format!("{name}.rs"), source.as_bytes()), self.path(&format!("{name}.so")));
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(rustc);
        command.args([
            "--edition=2024",
            "--crate-type=cdylib",
            "--crate-name=other",
            "-Cprefer-dynamic=no",
            "-o",
        ]);
        assert!(command.arg(&to).arg(&from).status().unwrap().success());
        to
    }
}

fn good() -> Vec<u8> {
    fs::read(stress()).unwrap()
}

/// The plugin with other bytes at a place of its handshake.
fn patched(place: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = good();
    let len = Handshake::MAGIC.len();
    let is_it = |start: &usize| {
        file[*start..].starts_with(&Handshake::MAGIC) && file[start + NAME..].starts_with(b"stress\0")
    };
    let start = (0..file.len() - len).find(is_it).expect("it has a handshake");
    file[start + place..][..bytes.len()].copy_from_slice(bytes);
    file
}

#[track_caller]
fn refused(path: &Path, sentence: &str) {
    let error =
        Plugin::load(path).err().unwrap_or_else(|| panic!("{} was loaded", path.display())).to_string();
    assert!(error.contains(sentence), "{error}");
    assert!(error.starts_with("cannot load the plugin "), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn an_absent_file() {
    refused(&Directory::new().path("absent.so"), "No such file");
}

#[test]
fn what_is_no_file() {
    refused(Directory::new().0.path(), "it is not a regular file");
}

#[test]
fn what_is_no_library() {
    let directory = Directory::new();
    refused(&directory.file("script.so", b"#!/bin/sh\n"), "it is not a shared library, or a damaged one");
    refused(&directory.file("empty.so", b""), "it is not a shared library, or a damaged one");
    let program = fs::read(std::env::current_exe().unwrap()).unwrap();
    let mut object = program.clone();
    // e_type: ET_EXEC. (Programs of today look like libraries, but have no handshake.)
    object[16] = 2;
    refused(&directory.file("program", &object), "it is not a shared library, or a damaged one");
}

#[test]
fn a_library_that_is_cut_short() {
    let (directory, good) = (Directory::new(), good());
    for length in [70, 1000, good.len() / 10, good.len() / 2, good.len() - 1] {
        let cut = directory.file("cut.so", &good[..length]);
        refused(&cut, &format!("the file is cut short: it has {length} bytes of {}", good.len()));
    }
    // Not even the whole of its first header.
    refused(&directory.file("cut.so", &good[..50]), "it is not a shared library, or a damaged one");
}

#[test]
fn a_library_for_another_machine() {
    let (directory, mut other) = (Directory::new(), good());
    // e_machine: RISC-V, which none of us builds on.
    other[18] = 0xf3;
    refused(&directory.file("other.so", &other), "it was built for another kind of machine (Riscv64");
}

#[test]
fn a_library_of_another_purpose() {
    let library = Directory::new();
    let path = library.library("other", "#[unsafe(no_mangle)] pub extern \"C\" fn f() {}");
    refused(&path, "it is a shared library, but not a plugin of slidged");
    let directory = Directory::new();
    // One that uses the name for something else.
    refused(
        &directory.file("magic.so", &patched(0, b"x")),
        "it is a shared library, but not a plugin of slidged",
    );
    let short = "#[unsafe(no_mangle)] pub static SLIDGED_PLUGIN: u32 = 7;";
    refused(&directory.library("short", short), "it is a shared library, but not a plugin of slidged");
}

#[test]
fn a_plugin_of_another_generation() {
    let directory = Directory::new();
    let newer = directory.file("newer.so", &patched(ABI, &2_u32.to_ne_bytes()));
    refused(&newer, "it was built for a newer slidged (binary interface 2, this is 1): update slidged");
    let older = directory.file("older.so", &patched(ABI, &0_u32.to_ne_bytes()));
    refused(&older, "it was built for an older slidged (binary interface 0, this is 1): rebuild it");
}

#[test]
fn a_plugin_for_another_version_of_the_operations() {
    let directory = Directory::new();
    let [major, minor] = plugin_api::VERSION;
    let newer = directory.file("newer.so", &patched(API_MAJOR, &2_u32.to_ne_bytes()));
    let why = format!(
        "it was built for a newer plugin interface (2.{minor}, this is {major}.{minor}): update slidged"
    );
    refused(&newer, &why);
    let older = directory.file("older.so", &patched(API_MAJOR, &0_u32.to_ne_bytes()));
    let why = format!(
        "it was built for an older plugin interface (0.{minor}, this is {major}.{minor}): rebuild it"
    );
    refused(&older, &why);
}

#[test]
fn another_minor_version_is_welcome() {
    let path = Directory::new().0.keep().join("minor.so");
    fs::write(&path, patched(API_MAJOR + 4, &7_u32.to_ne_bytes())).unwrap();
    let plugin = Plugin::load(&path).unwrap();
    assert_eq!(
        (plugin.name().as_str(), plugin.info().unwrap().component_name.as_str()),
        ("stress", "Stress")
    );
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[test]
fn a_plugin_whose_panics_abort() {
    let directory = Directory::new();
    let path = directory.file("abort.so", &patched(FLAGS, &0_u32.to_ne_bytes()));
    refused(&path, "it was built with `panic = \"abort\"`");
}

#[test]
fn a_plugin_with_another_layout() {
    refused(
        &frozen("frozen_other_layout"),
        "its binary interface differs although it claims the same version: Error:",
    );
}

/// The source of a library with a fitting handshake, and more.
fn with_handshake(more: &str) -> String {
    let file = good();
    let start = file
        .windows(NAME + 7)
        .position(|bytes| bytes.starts_with(&Handshake::MAGIC) && bytes.ends_with(b"stress\0"));
    let size = size_of::<Handshake>();
    let bytes = &file[start.expect("it has a handshake")..][..size];
    format!("#[unsafe(no_mangle)] pub static SLIDGED_PLUGIN: [u8; {size}] = {bytes:?};\n{more}")
}

#[test]
fn a_missing_symbol() {
    let directory = Directory::new();
    let rootless = directory.library("rootless", &with_handshake(""));
    refused(&rootless, "undefined symbol: SLIDGED_PLUGIN_ROOT");
    let source = "unsafe extern \"C\" { fn no_such_function(); }
        #[unsafe(no_mangle)] pub extern \"C\" fn f() { unsafe { no_such_function() } }";
    let wanting = directory.library("wanting", &with_handshake(source));
    refused(&wanting, "undefined symbol: no_such_function");
}

#[test]
fn a_file_or_directory_that_others_may_write_to() {
    let directory = Directory::new();
    let path = directory.file("open.so", &good());
    fs::set_permissions(&path, PermissionsExt::from_mode(0o757)).unwrap();
    refused(&path, "open.so may be written by anybody; refusing to run it (chmod o-w it)");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    fs::set_permissions(directory.0.path(), PermissionsExt::from_mode(0o777)).unwrap();
    refused(&path, "may be written by anybody; refusing to run it");
    let linked = Directory::new();
    std::os::unix::fs::symlink(&path, linked.path("link.so")).unwrap();
    refused(&linked.path("link.so"), "may be written by anybody; refusing to run it");
}

#[test]
fn a_file_of_another_user_or_group() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("NOT TESTED: only root can give files away");
        return;
    }
    let directory = Directory::new();
    let path = directory.file("foreign.so", &good());
    chown(&path, Some(12345), None).unwrap();
    refused(&path, "foreign.so belongs to another user (uid 12345); refusing to run it");
    chown(&path, Some(0), Some(12345)).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o775)).unwrap();
    refused(&path, "foreign.so may be written by group 12345; refusing to run it (chmod g-w it)");
}

#[test]
fn a_file_that_was_replaced_after_it_was_loaded() {
    let directory = Directory::new();
    let path = directory.file("plugin.so", &good());
    Plugin::load(&path).unwrap();
    Plugin::load(&path).unwrap();
    fs::rename(directory.file("new.so", &good()), &path).unwrap();
    refused(&path, "the file was replaced after it was loaded; restart slidged to use the new one");
}

#[test]
fn a_file_can_be_judged_without_loading_it() {
    let handshake = Plugin::inspect(stress()).unwrap();
    assert_eq!((handshake.name().as_str(), handshake.api), ("stress", plugin_api::VERSION));
    let maps = || fs::read_to_string("/proc/self/maps").unwrap();
    let copy = Directory::new().0.keep().join("inspected.so");
    fs::write(&copy, good()).unwrap();
    Plugin::inspect(&copy).unwrap();
    assert!(!maps().contains("inspected.so"));
    fs::remove_dir_all(copy.parent().unwrap()).unwrap();
}
