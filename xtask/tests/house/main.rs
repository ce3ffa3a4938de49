//! Rules of the source code as a whole: no circles between files, and no type that is too large to
//! know.

mod graph;
mod module;
mod package;
mod tokens;

use std::path::Path;

use graph::{circles, describe};
use package::Package;

/// Packages whose files form no circle.
const PACKAGES: [&str; 8] = [
    "slidged",
    "plugin-api",
    "plugins/superduper",
    "plugins/benchnet",
    "plugins/stress",
    "lab",
    "bench",
    "xtask",
];

/// Inherent methods of one type, in all its blocks: what one can keep in mind.
const METHODS: usize = 45;

fn read(package: &str) -> Package {
    Package::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(package))
}

#[test]
fn files_use_each_other_in_one_direction() {
    let mut found = String::new();
    for package in PACKAGES {
        let uses = read(package).uses();
        found.extend(circles(&uses).iter().map(|circle| describe(package, circle, &uses)));
    }
    assert!(found.is_empty(), "{found}");
}

/// Rooms of slidged from the lowest to the highest: the files of each use only those below it and
/// itself. Rooms of one line do not know each other.
const ROOMS: [&[&str]; 15] = [
    &["language"],
    &["model"],
    &["xmpp"],
    &["media", "store"],
    &["stanza", "config"],
    &["ops"],
    &["outbox", "host"],
    &["services"],
    &["session"],
    &["users"],
    &["command"],
    &["component"],
    &["vitals"],
    &["daemon"],
    &["cli"],
];

#[test]
fn rooms_of_slidged_use_only_those_below_them() {
    let room = |file: &str| file.split(['/', '.']).next().unwrap_or_default().to_owned();
    let rank = |room: &str| match room {
        // The program stands above all rooms.
        "main" => Some(ROOMS.len()),
        room => ROOMS.iter().position(|rooms| rooms.contains(&room)),
    };
    let mut found = String::new();
    // Nothing but exported macros, which are the language's, is at the crate's root.
    for ((from, to), names) in read("slidged").uses().iter().filter(|((_, to), _)| to != "lib.rs") {
        let (from_room, to_room) = (room(from), room(to));
        let (from_rank, to_rank) = (rank(&from_room), rank(&to_room));
        // A room that is not in the table is no room.
        assert!(from_rank.is_some() && to_rank.is_some(), "{from} or {to} is in no room");
        if from_room != to_room && from_rank <= to_rank {
            found.push_str(&format!("\n{from} uses {names:?} of {to}"));
        }
    }
    assert!(found.is_empty(), "{found}");
}

#[test]
fn no_type_has_more_methods_than_one_can_know() {
    let mut found = String::new();
    for package in PACKAGES {
        for ((file, name), (methods, _)) in read(package).methods() {
            if methods > METHODS {
                found.push_str(&format!("\n{package}: {name} of {file} has {methods} methods"));
            }
        }
    }
    assert!(found.is_empty(), "{found}");
}

#[test]
fn the_methods_of_a_type_are_in_its_own_file_or_folder() {
    let mut found = String::new();
    for package in PACKAGES {
        for ((file, name), (_, blocks)) in read(package).methods() {
            for block in blocks.iter().filter(|block| !is_home(&file, block)) {
                found.push_str(&format!("\n{package}: {block} has methods of {name}, which is in {file}"));
            }
        }
    }
    assert!(found.is_empty(), "{found}");
}

/// Whether methods of a type that is in `file` may be in `block`.
fn is_home(file: &str, block: &str) -> bool {
    let folder = file.strip_suffix("mod.rs").map_or_else(|| file.replace(".rs", "/"), str::to_owned);
    file == block || file != "lib.rs" && block.starts_with(&folder)
}

#[test]
fn the_reader_of_sources_sees_what_is_there() {
    let source = r##"
        use super::{b::{self, Beta}, c as d};
        pub use inner::Gamma;
        /* /* use super::never; */ */
        struct Alpha<'a>(&'a str);
        impl<'a> Alpha<'a> { fn one() -> impl Fn() { || () } fn two(&self) { let _ = r#"" { "#; } }
        impl std::fmt::Debug for Alpha<'_> { fn fmt(&self) {} }
        #[cfg(test)]
        impl Alpha<'_> { fn three() {} }
        mod inner { pub struct Gamma; impl super::Alpha<'_> { fn four(c: char) { let _ = c == '"'; } } }
    "##;
    let modules = module::Module::read("a.rs", &["a".into()], &tokens::read(source));
    let (outer, inner) = (&modules[0], &modules[1]);
    let imports: Vec<_> =
        outer.imports.iter().map(|i| (i.name.as_deref(), i.path.join("::"), i.public)).collect();
    assert_eq!(
        imports,
        [
            (Some("b"), "super::b".to_owned(), false),
            (Some("Beta"), "super::b::Beta".to_owned(), false),
            (Some("d"), "super::c".to_owned(), false),
            (Some("Gamma"), "inner::Gamma".to_owned(), true),
        ]
    );
    let methods = |module: &module::Module| {
        module.impls.iter().map(|i| (i.of.join("::"), i.methods)).collect::<Vec<_>>()
    };
    assert_eq!(methods(outer), [("Alpha".to_owned(), 2)]);
    assert_eq!(methods(inner), [("super::Alpha".to_owned(), 1)]);
    assert!(inner.items.contains("Gamma") && outer.items.contains("Alpha"));
}
