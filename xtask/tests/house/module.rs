//! Declarations, imports and code of a module.

use std::collections::BTreeSet;

use crate::tokens::{Token, closing};

/// A module: a file, or a `mod` block in one.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// The file, from the package's folder.
    pub(crate) file: String,
    /// The names from the crate's root.
    pub(crate) path: Vec<String>,
    /// The names that are declared here.
    pub(crate) items: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
    /// Tokens other than imports and the blocks of other modules.
    pub(crate) code: Vec<Token>,
    pub(crate) impls: Vec<Impl>,
}

/// One name of a `use`.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// The name here; none for `*`.
    pub(crate) name: Option<String>,
    pub(crate) path: Vec<String>,
    pub(crate) public: bool,
}

/// An inherent `impl`.
#[derive(Debug)]
pub(crate) struct Impl {
    /// The path of the type.
    pub(crate) of: Vec<String>,
    pub(crate) methods: usize,
}

impl Module {
    /// Reads a file's tokens: its module first, then those in it.
    pub(crate) fn read(file: &str, path: &[String], tokens: &[Token]) -> Vec<Module> {
        let mut module = Module { file: file.to_owned(), path: path.to_vec(), ..Module::default() };
        let (mut at, mut depth, mut inner) = (0, 0_usize, Vec::new());
        let mut public = false;
        while let Some(token) = tokens.get(at) {
            let after = |ahead: usize| tokens.get(at + ahead).and_then(Token::word);
            match token {
                Token::Mark('{' | '(' | '[') => depth += 1,
                Token::Mark('}' | ')' | ']') => depth = depth.saturating_sub(1),
                Token::Word(word) => match (word.as_str(), after(1)) {
                    ("use", next) if next.is_some() || tokens.get(at + 1).is_some_and(|t| t.is(":")) => {
                        let end = at + tokens[at..].iter().position(|t| t.is(";")).unwrap_or(0);
                        module.import(&tokens[at + 1..end], &[], public);
                        (at, public) = (end + 1, false);
                        continue;
                    }
                    ("mod", Some(name)) if tokens.get(at + 2).is_some_and(|t| t.is("{")) => {
                        let end = closing(tokens, at + 2);
                        let path: Vec<_> = path.iter().cloned().chain([name.to_owned()]).collect();
                        inner.extend(Module::read(file, &path, &tokens[at + 3..end]));
                        at = end + 1;
                        continue;
                    }
                    ("struct" | "enum" | "trait" | "union", Some(name)) => module.declare(name),
                    ("type" | "fn" | "const" | "static", Some(name)) if depth == 0 => module.declare(name),
                    ("macro_rules", _) => tokens
                        .get(at + 2)
                        .and_then(Token::word)
                        .into_iter()
                        .for_each(|name| module.declare(name)),
                    ("impl", _) if depth == 0 && begins_item(tokens, at) => module.implement(&tokens[at..]),
                    _ => {}
                },
                _ => {}
            }
            public = token.is("pub") || public && token.is(")") || public && depth > 0;
            module.code.push(token.clone());
            at += 1;
        }
        inner.insert(0, module);
        inner
    }

    fn declare(&mut self, name: &str) {
        self.items.insert(name.to_owned());
    }

    fn import(&mut self, tree: &[Token], before: &[String], public: bool) {
        let mut path = before.to_vec();
        for (at, token) in tree.iter().enumerate() {
            match token {
                Token::Word(word) if word == "as" => {
                    let name = tree.get(at + 1).and_then(Token::word).map(str::to_owned);
                    self.imports.push(Import { name, path, public });
                    return;
                }
                Token::Word(word) => path.push(word.clone()),
                Token::Mark('*') => {
                    self.imports.push(Import { name: None, path, public });
                    return;
                }
                Token::Mark('{') => {
                    for branch in branches(&tree[at + 1..closing(tree, at)]) {
                        self.import(branch, &path, public);
                    }
                    return;
                }
                _ => {}
            }
        }
        let name = path.last().cloned();
        if name.as_deref() == Some("self") {
            path.pop();
        }
        let name = path.last().cloned();
        self.imports.push(Import { name, path, public });
    }

    /// Notes an `impl`, unless it is of a trait.
    fn implement(&mut self, tokens: &[Token]) {
        let Some(open) = tokens.iter().position(|token| token.is("{")) else { return };
        let (mut angles, mut path, header) = (0, Vec::new(), &tokens[1..open]);
        let mut before = ' ';
        for token in header {
            match token {
                Token::Mark('<') => angles += 1,
                Token::Mark('>') if before != '-' => angles -= 1,
                Token::Word(word) if angles == 0 => match word.as_str() {
                    "for" => return,
                    "where" => break,
                    "dyn" | "mut" | "const" => {}
                    _ => path.push(word.clone()),
                },
                _ => {}
            }
            before = if let Token::Mark(mark) = token { *mark } else { ' ' };
        }
        let (mut depth, mut methods) = (0, 0);
        for token in &tokens[open..=closing(tokens, open).min(tokens.len() - 1)] {
            match token {
                Token::Mark('{' | '(' | '[') => depth += 1,
                Token::Mark('}' | ')' | ']') => depth -= 1,
                Token::Word(word) if word == "fn" && depth == 1 => methods += 1,
                _ => {}
            }
        }
        self.impls.push(Impl { of: path, methods });
    }
}

fn begins_item(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    before.is_none_or(|token| ["}", ";", "]", "unsafe"].iter().any(|text| token.is(text)))
}

/// The parts between commas.
fn branches(tree: &[Token]) -> Vec<&[Token]> {
    let (mut depth, mut start, mut branches) = (0, 0, Vec::new());
    for (at, token) in tree.iter().enumerate() {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => depth -= 1,
            Token::Mark(',') if depth == 0 => {
                branches.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&tree[start..]);
    branches.retain(|branch| !branch.is_empty());
    branches
}
