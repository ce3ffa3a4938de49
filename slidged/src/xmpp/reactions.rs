//! XEP-0444: Message Reactions.

use super::{
    forms::{Field, FieldType, Form, FormType},
    ns,
    stanza::Stanza,
    xml::Xml,
};

/// Maximum number of reactions that one person has to one message.
const MOST: usize = 64;
/// The longest emojis are some ten code points, joined. Bytes.
const LONGEST: usize = 64;

/// Asks for the emoji form of a character that has a text form as well: networks disagree on
/// whether it is part of an emoji.
const VARIATION_SELECTOR: char = '\u{FE0F}';

/// All the reactions of somebody to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reactions {
    /// Id of the message that the reactions are to.
    pub id: String,
    /// Each once, in order, in the form that the client gives them.
    pub emojis: Vec<String>,
}

impl Reactions {
    /// Parses the reactions in a message.
    #[must_use]
    pub fn parse(message: &Stanza) -> Option<Self> {
        let element = message.child("reactions", ns::REACTIONS)?;
        let id = element.attr("id").filter(|id| !id.is_empty())?.to_owned();
        let given = element.children().filter(|child| child.is("reaction", ns::REACTIONS));
        Some(Reactions { id, emojis: shown(given.map(minidom::Element::text)) })
    }
}

/// Reactions in the form in which the network has them. `None`: there are some among them that it
/// does not have.
#[must_use]
pub fn among(emojis: &[String], allowed: &[String]) -> Option<Vec<String>> {
    let form = |emoji: &String| {
        let same = |known: &&String| plain(known.trim()) == plain(emoji);
        allowed.iter().find(same).map(|known| known.trim().to_owned())
    };
    emojis.iter().map(form).collect()
}

/// Reactions as they are shown: each once, in the form that it came in first. In the form for
/// texts, some are black and white, and networks know many in one form only.
#[must_use]
pub fn shown(emojis: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    for emoji in emojis {
        let (emoji, key) = (emoji.trim(), plain(emoji.trim()));
        let fine = !key.is_empty() && emoji.len() <= LONGEST && shown.len() < MOST;
        if fine && shown.iter().all(|known| plain(known) != key) {
            shown.push(emoji.to_owned());
        }
    }
    shown
}

fn plain(emoji: &str) -> String {
    emoji.replace(VARIATION_SELECTOR, "")
}

/// Writes `<reactions/>`.
pub fn write(xml: &mut Xml, id: &str, emojis: &[String]) {
    xml.open_ns("reactions", ns::REACTIONS).attr("id", id);
    for emoji in emojis {
        xml.text_child("reaction", emoji);
    }
    xml.close();
}

/// Restrictions of reactions (section 2.3), for service discovery.
#[derive(Debug, Clone, Copy, Default)]
pub struct Restrictions<'a> {
    /// One emoji for a message only.
    pub single: bool,
    /// The only emojis that are allowed.
    pub allowed: Option<&'a [String]>,
    /// The restrictions hold for everybody at this domain.
    pub domain: bool,
}

impl Restrictions<'_> {
    /// The form that says so; none when there are none.
    #[must_use]
    pub fn form(&self) -> Option<Form> {
        if !self.single && self.allowed.is_none() {
            return None;
        }
        let field = |var: &str, type_, values: Vec<String>| Field { values, ..Field::new(var, type_) };
        let mut fields = vec![Field::form_type(ns::REACTIONS_RESTRICTIONS)];
        if self.single {
            fields.push(field("max_reactions_per_user", FieldType::TextSingle, vec!["1".to_owned()]));
        }
        if let Some(allowed) = self.allowed {
            fields.push(field("allowlist", FieldType::TextMulti, allowed.to_vec()));
        }
        if self.domain {
            fields.push(field("scope", FieldType::TextSingle, vec!["domain".to_owned()]));
        }
        Some(Form { fields, ..Form::new(FormType::Result) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k61_the_same_emoji_in_two_forms_is_one_reaction() {
        let told = || ["❤️", "❤", " 👍 ", "", "👍"].map(str::to_owned);
        assert_eq!(shown(told()), ["❤️", "👍"]);
        assert_eq!(shown((0..100).map(|n| n.to_string())).len(), MOST);
        assert_eq!(shown(["x".repeat(LONGEST + 1)]), [""; 0]);
    }

    #[test]
    fn reactions_go_to_the_network_in_the_form_that_it_has() {
        let all = |emojis: &[&str]| emojis.iter().map(|emoji| (*emoji).to_owned()).collect::<Vec<_>>();
        let known = all(&["❤️", "🏳️‍⚧️", "1️⃣", "👍"]);
        assert_eq!(among(&all(&["❤", "🏳‍⚧", "1️⃣"]), &known), Some(all(&["❤️", "🏳️‍⚧️", "1️⃣"])));
        assert_eq!(among(&all(&["👍\u{FE0F}"]), &known), Some(all(&["👍"])));
        assert_eq!(among(&all(&["👍", "🦊"]), &known), None);
        assert_eq!(among(&[], &known), Some(vec![]));
    }
}
