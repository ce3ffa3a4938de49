//! Preferences of users, in addition to those that the gateway has for every network.

use plugin_api::{Field, Form};

const TYPING: &str = "typing";
const ANNOUNCE: &str = "announce";

/// Lists the preferences, with their defaults.
pub(super) fn fields() -> Vec<Field> {
    vec![
        Field::boolean(TYPING, "Show others when I am typing", true),
        Field::boolean(ANNOUNCE, "Tell me about new contacts", false),
    ]
}

/// Preferences of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Preferences {
    /// Whether others see what the user does in a chat.
    pub(super) typing: bool,
    /// Whether the user is told when somebody becomes a contact.
    pub(super) announce: bool,
}

impl Preferences {
    /// Reads the preferences of a user, who may have registered before some of them existed.
    pub(super) fn of(chosen: &Form) -> Preferences {
        let fields = fields();
        let is = |name: &str| {
            let default = fields.iter().find(|field| field.var == name).map(|field| &field.value);
            chosen.get(name).or(default).is_some_and(|value| value == "true")
        };
        Preferences { typing: is(TYPING), announce: is(ANNOUNCE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_chosen_is_as_for_everybody() {
        assert_eq!(Preferences::of(&Form::new()), Preferences { typing: true, announce: false });
        let chosen = [(TYPING, "false"), (ANNOUNCE, "true")];
        let chosen = chosen.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(Preferences::of(&chosen), Preferences { typing: false, announce: true });
    }
}
