//! Search for people.

use plugin_api::prelude::*;

use crate::protocol::Contact;
use crate::protocol::person::{Found, Search};

const NAME: &str = "name";

/// Lists the fields of the search form. There is only one, so that clients which know the prompt
/// for an address can use it too (XEP-0100, section 6).
pub(super) fn fields() -> Vec<Field> {
    vec![Field::text(NAME, "Name").required()]
}

/// Builds the request of a search form.
pub(super) fn ask(form: &Form) -> Result<Search> {
    match form.get(NAME).map(|name| name.trim()).filter(|name| !name.is_empty()) {
        Some(name) => Ok(Search { any: Some(name.to_owned()), ..Search::default() }),
        None => Err(Error::new(Condition::NotAcceptable, "Say whom to look for.")),
    }
}

/// Converts the people who were found, without `me`. Exact matches of a name come first.
pub(super) fn table(found: Found, form: &Form, me: &str) -> Table {
    let wanted = form.get(NAME).map(|name| name.trim().to_lowercase()).unwrap_or_default();
    let mut people = found.people;
    people.retain(|person| person.user != me);
    people.sort_by_key(|person| !is_called(person, &wanted));
    let columns = vec![
        Field::addresses("jid", "Address"),
        Field::text("name", "Name"),
        Field::text("phone", "Phone"),
        Field::text("email", "Mail"),
    ];
    people.into_iter().fold(Table::new("People on superduper", columns), |table, person| {
        let name = person.display_name().to_owned();
        table.row([person.user, name, person.profile.phone, person.profile.email])
    })
}

fn is_called(person: &Contact, wanted: &str) -> bool {
    [person.user.as_str(), person.display_name()].iter().any(|name| name.to_lowercase() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_called_exactly_so_comes_first_and_nobody_finds_themselves() {
        let person = |user: &str| Contact { user: user.into(), ..Contact::default() };
        let people = ["annabel", "joanna", "hannah", "Anna"].map(person).into();
        let form = Form::from([("name".into(), " anna ".into())]);
        let table = table(Found { people }, &form, "hannah");
        let order: Vec<_> = table.items.iter().map(|row| row["jid"].as_str()).collect();
        assert_eq!(order, ["Anna", "annabel", "joanna"]);
    }
}
