//! Rust source as tokens: enough to read paths, items and `impl` blocks.

/// A token. Comments are left out, literals and lifetimes have no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A keyword or an identifier.
    Word(String),
    /// One character of punctuation.
    Mark(char),
    /// A literal or a lifetime.
    Literal,
}

impl Token {
    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        match self {
            Token::Word(word) => word == text,
            Token::Mark(mark) => text.chars().eq([*mark]),
            Token::Literal => false,
        }
    }
}

/// Reads a source file, without the items of tests.
pub(crate) fn read(source: &str) -> Vec<Token> {
    without_tests(&tokens(source))
}

fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let (mut at, mut tokens) = (0, Vec::new());
    while let Some(&char) = chars.get(at) {
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        match char {
            '/' if next == '/' => at = end_of_line(&chars, at),
            '/' if next == '*' => at = end_of_comment(&chars, at),
            '"' => {
                at = end_of_string(&chars, at);
                tokens.push(Token::Literal);
            }
            '\'' => {
                at = end_of_quote(&chars, at);
                tokens.push(Token::Literal);
            }
            _ if char.is_alphanumeric() || char == '_' => {
                let end = end_of_word(&chars, at);
                let word: String = chars[at..end].iter().collect();
                at = end;
                match chars.get(end) {
                    Some('"' | '#') if is_raw(&word, &chars, end) => {
                        at = end_of_raw_string(&chars, end);
                        tokens.push(Token::Literal);
                    }
                    // The string or character itself is the literal.
                    Some('"' | '\'') if matches!(word.as_str(), "b" | "c") => {}
                    Some('#') if word == "r" => at = end + 1,
                    _ if word.starts_with(|c: char| c.is_ascii_digit()) => tokens.push(Token::Literal),
                    _ => tokens.push(Token::Word(word)),
                }
            }
            _ => {
                if !char.is_whitespace() {
                    tokens.push(Token::Mark(char));
                }
                at += 1;
            }
        }
    }
    tokens
}

fn end_of_line(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |length| at + length)
}

fn end_of_comment(chars: &[char], at: usize) -> usize {
    let (mut depth, mut at) = (0, at);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn end_of_string(chars: &[char], at: usize) -> usize {
    let mut at = at + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Position behind a character; behind the quote of a lifetime, whose name is dropped with it.
fn end_of_quote(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => {
            let end = chars[at + 3..].iter().position(|c| *c == '\'');
            at + 4 + end.unwrap_or_default()
        }
        (Some(_), Some('\'')) => at + 3,
        _ => end_of_word(chars, at + 1),
    }
}

fn end_of_word(chars: &[char], at: usize) -> usize {
    let length = chars[at..].iter().position(|c| !(c.is_alphanumeric() || *c == '_'));
    length.map_or(chars.len(), |length| at + length)
}

fn is_raw(prefix: &str, chars: &[char], at: usize) -> bool {
    matches!(prefix, "r" | "br" | "cr") && chars[at..].iter().find(|c| **c != '#') == Some(&'"')
}

fn end_of_raw_string(chars: &[char], at: usize) -> usize {
    let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
    let mut at = at + hashes + 1;
    while at < chars.len() {
        let behind = &chars[at + 1..];
        if chars[at] == '"' && behind.iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    at
}

/// Leaves out every item below `#[cfg(test)]` and `#[cfg(all(test, …))]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let (mut at, mut rest) = (0, Vec::new());
    while at < tokens.len() {
        if is_test(&tokens[at..]) {
            at = end_of_item(tokens, at);
        } else {
            rest.push(tokens[at].clone());
            at += 1;
        }
    }
    rest
}

fn is_test(tokens: &[Token]) -> bool {
    let starts = |with: &[&str]| tokens.iter().zip(with).filter(|(token, text)| token.is(text)).count();
    let all = ["#", "[", "cfg", "(", "all", "(", "test"];
    starts(&["#", "[", "cfg", "(", "test", ")"]) == 6 || starts(&all) == all.len()
}

/// Position behind the item whose attributes begin here.
fn end_of_item(tokens: &[Token], at: usize) -> usize {
    let mut at = at;
    while tokens.get(at).is_some_and(|token| token.is("#")) {
        at = closing(tokens, at + 1) + 1;
    }
    let ends_with_mark = ["use", "const", "static", "type", "let"];
    let first = tokens[at..].iter().find(|token| !token.is("pub")).and_then(Token::word);
    let block_ends = first.is_none_or(|word| !ends_with_mark.contains(&word));
    while let Some(token) = tokens.get(at) {
        match token {
            Token::Mark(';' | ',') => return at + 1,
            Token::Mark('{') if block_ends => return closing(tokens, at) + 1,
            Token::Mark('{' | '(' | '[') => at = closing(tokens, at) + 1,
            _ => at += 1,
        }
    }
    at
}

/// Position at which the bracket at `at` is closed.
pub(crate) fn closing(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0;
    for (position, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::Mark('{' | '(' | '[') => depth += 1,
            Token::Mark('}' | ')' | ']') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return position;
        }
    }
    tokens.len()
}
