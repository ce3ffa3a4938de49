//! Resources out of what people call themselves. Those that our library takes are of Unicode 3.2
//! (RFC 6122): emoji and newer letters are left out, and of a name in two directions of writing
//! what is in the other one.

use jid::{Jid, ResourcePart};

/// Stands for a nick of which nothing is left: who asks for it is called something else anyway.
const NOTHING: &str = "?";

/// An address whose resource is no resource, with one that is. `None`: the rest of it is no address
/// either.
#[must_use]
pub(super) fn resource_of(address: &str) -> Option<Jid> {
    let (bare, wanted) = address.split_once('/')?;
    let wanted = resource(wanted);
    Jid::new(&format!("{bare}/{}", wanted.as_deref().unwrap_or(NOTHING))).ok()
}

/// Turns a name into a resource that servers neither refuse nor change; `None` if nothing readable
/// is left.
#[must_use]
pub fn resource(name: &str) -> Option<String> {
    if let Some(whole) = prepared(name) {
        return Some(whole);
    }
    let taken: String = name.chars().filter(|c| alone(*c)).collect();
    let rightward = |text: &str| text.chars().filter(|c| !is_leftward(*c)).collect::<String>();
    let leftward = |text: &str| text.chars().filter(|c| !is_rightward(*c)).collect::<String>();
    let starts_leftward =
        taken.chars().find(|c| is_leftward(*c) || is_rightward(*c)).is_some_and(is_leftward);
    let mut forms = [tidy(&taken), tidy(&rightward(&taken)), between_leftward(&leftward(&taken))];
    if starts_leftward {
        forms.swap(1, 2);
    }
    forms.iter().find_map(|form| prepared(form))
}

/// Prepares a text as a server would keep it; `None` if it would be refused, or if nothing can be
/// read.
fn prepared(text: &str) -> Option<String> {
    let part = ResourcePart::new(text).ok()?;
    let part = part.as_str();
    (!part.is_empty() && part.trim() == part).then(|| part.to_owned())
}

/// Tells whether a character may stand in a resource.
fn alone(c: char) -> bool {
    ResourcePart::new(c.encode_utf8(&mut [0; 4])).is_ok_and(|part| !part.as_str().is_empty())
}

/// Tells whether a character is written from right to left; then nothing of the other direction may
/// follow (RFC 3454 section 6).
fn is_leftward(c: char) -> bool {
    ResourcePart::new(&format!("{c}-")).is_err()
}

fn is_rightward(c: char) -> bool {
    ResourcePart::new(&format!("\u{5D0}{c}\u{5D0}")).is_err()
}

/// Collapses spaces to one, and removes those at the ends.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts a text so that it begins and ends with a right-to-left character, as it must.
fn between_leftward(text: &str) -> String {
    tidy(text.trim_matches(|c| !is_leftward(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_of_a_name_stays() {
        for (name, left) in [
            ("Ada Lovelace", Some("Ada Lovelace")),
            ("Мария 🎉", Some("Мария")),
            ("李雷 💪", Some("李雷")),
            ("🙌 Zoë", Some("Zoë")),
            ("Zoë Kravetz 🦊", Some("Zoë Kravetz")),
            ("a 🎉 b", Some("a b")),
            ("Zoe\u{308}", Some("Zoë")),
            ("Ⱥnn", Some("nn")),
            ("Ann\u{202E}", Some("Ann")),
            ("אנה", Some("אנה")),
            ("אנה (2)", Some("אנה")),
            ("Anna אנה", Some("Anna")),
            ("אנה Anna", Some("אנה")),
            ("🧑🏽‍🚀", None),
            ("🎉", None),
            ("", None),
            ("   ", None),
        ] {
            assert_eq!(resource(name).as_deref(), left, "{name:?}");
        }
    }
}
