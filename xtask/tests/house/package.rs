//! A package's library: its modules, and where a path in one leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::module::{Import, Module};
use crate::tokens::{self, Token};

pub(crate) struct Package {
    modules: Vec<Module>,
    places: BTreeMap<Vec<String>, usize>,
}

/// Target of a path.
#[derive(Clone, Copy)]
enum Target {
    Module(usize),
    /// An item that is declared in this module.
    Item(usize),
}

/// Names that a file uses of another, by the two files.
pub(crate) type Uses = BTreeMap<(String, String), BTreeSet<String>>;

impl Package {
    /// Reads what is below `src`, except binaries and tests.
    pub(crate) fn read(folder: &Path) -> Package {
        let src = folder.join("src");
        let mut files = Vec::new();
        collect(&src, &mut files);
        files.sort();
        let is_library = src.join("lib.rs").exists();
        let mut modules = Vec::new();
        for file in files {
            let name = file.strip_prefix(&src).unwrap_or(&file).to_string_lossy().into_owned();
            let mut path: Vec<_> = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            let is_root = name == "lib.rs" || name == "main.rs";
            if path[0] == "bin" || path.iter().any(|part| part == "tests") || is_library && name == "main.rs"
            {
                continue;
            }
            if is_root || path.last().is_some_and(|last| last == "mod") {
                path.pop();
            }
            let source = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            modules.extend(Module::read(&name, &path, &tokens::read(&source)));
        }
        let places =
            modules.iter().enumerate().map(|(number, module)| (module.path.clone(), number)).collect();
        Package { modules, places }
    }

    /// The names that each file uses of each other one.
    pub(crate) fn uses(&self) -> Uses {
        let mut uses = Uses::new();
        for (number, module) in self.modules.iter().enumerate() {
            let private = module.imports.iter().filter(|import| !import.public && import.name.is_some());
            let paths = private.map(|import| import.path.clone()).chain(paths(&module.code));
            for path in paths {
                let Some(Target::Item(found)) = self.resolve(number, &path, 0) else { continue };
                let (from, to) = (&module.file, &self.modules[found].file);
                if from != to {
                    let name = path.last().cloned().unwrap_or_default();
                    uses.entry((from.clone(), to.clone())).or_default().insert(name);
                }
            }
        }
        uses
    }

    /// The inherent methods of each type: by its file and name, how many, and the files of their
    /// blocks.
    pub(crate) fn methods(&self) -> BTreeMap<(String, String), (usize, BTreeSet<String>)> {
        let mut all = BTreeMap::<_, (usize, BTreeSet<String>)>::new();
        for (number, module) in self.modules.iter().enumerate() {
            for block in &module.impls {
                let Some(Target::Item(found)) = self.resolve(number, &block.of, 0) else { continue };
                let name = block.of.last().cloned().unwrap_or_default();
                let (methods, files) = all.entry((self.modules[found].file.clone(), name)).or_default();
                *methods += block.methods;
                files.insert(module.file.clone());
            }
        }
        all
    }

    /// Resolves a path that stands in a module; none outside the package.
    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Option<Target> {
        if depth > 8 {
            return None;
        }
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => self.module(&[])?,
            "self" => from,
            "super" => self.parent(from)?,
            name => match self.name(from, name, depth)? {
                Target::Module(module) => module,
                item => return Some(item),
            },
        };
        while let Some((next, others)) = rest.split_first() {
            at = match next.as_str() {
                "super" => self.parent(at)?,
                name => match self.name(at, name, depth) {
                    Some(Target::Module(module)) => module,
                    // What nobody declares in words is made by a macro there.
                    found => return Some(found.unwrap_or(Target::Item(at))),
                },
            };
            rest = others;
        }
        Some(Target::Module(at))
    }

    /// Resolves a name in a module.
    fn name(&self, module: usize, name: &str, depth: usize) -> Option<Target> {
        self.named(module, name, depth, |_| true)
    }

    /// Resolves a name with only some of the module's imports.
    fn named(&self, module: usize, name: &str, depth: usize, counts: fn(&Import) -> bool) -> Option<Target> {
        let here = &self.modules[module];
        let child: Vec<_> = here.path.iter().cloned().chain([name.to_owned()]).collect();
        if let Some(child) = self.module(&child) {
            return Some(Target::Module(child));
        }
        if here.items.contains(name) {
            return Some(Target::Item(module));
        }
        let imports = || here.imports.iter().filter(|import| counts(import));
        if let Some(import) = imports().find(|import| import.name.as_deref() == Some(name)) {
            // `use rand;` names itself.
            let is_own = import.path.len() == 1;
            return if is_own { None } else { self.resolve(module, &import.path, depth + 1) };
        }
        imports().filter(|import| import.name.is_none() && depth < 4).find_map(|import| {
            match self.resolve(module, &import.path, depth + 1)? {
                // A glob brings what is public only.
                Target::Module(other) if other != module => {
                    self.named(other, name, depth + 1, |import| import.public)
                }
                _ => None,
            }
        })
    }

    fn module(&self, path: &[String]) -> Option<usize> {
        self.places.get(path).copied()
    }

    fn parent(&self, module: usize) -> Option<usize> {
        self.modules[module].path.split_last().and_then(|(_, parent)| self.module(parent))
    }
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// All paths of the code, also those of one name; what follows a dot is none.
fn paths(code: &[Token]) -> Vec<Vec<String>> {
    let (mut at, mut paths) = (0, Vec::new());
    while at < code.len() {
        let Some(first) = code[at].word() else {
            at += 1;
            continue;
        };
        let is_member = at > 0 && code[at - 1].is(".") && !(at > 1 && code[at - 2].is("."));
        let mut path = vec![first.to_owned()];
        at += 1;
        while code.get(at).is_some_and(|t| t.is(":")) && code.get(at + 1).is_some_and(|t| t.is(":")) {
            let Some(next) = code.get(at + 2).and_then(Token::word) else { break };
            path.push(next.to_owned());
            at += 3;
        }
        if !is_member {
            paths.push(path);
        }
    }
    paths
}
