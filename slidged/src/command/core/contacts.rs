//! Command that lists the user's contacts on the network.

use crate::command::caller::Context;
use crate::command::core::support::answered;
use crate::command::core::support::own_session;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::session::Control;
use plugin_api::Field;
use plugin_api::FieldType;
use plugin_api::Form;
use plugin_api::Table;

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    let session = own_session(&context)?;
    let known = answered(language, session.ask(Control::Contacts).await)?;
    let friends = known.into_iter().filter(|known| known.friend);
    let items: Vec<Form> = friends
        .map(|known| {
            let name = known.name.unwrap_or_else(|| known.id.0.clone());
            Form::from([
                ("name".into(), name),
                ("jid".into(), context.env.services.address.contact_bare(&known.id)),
            ])
        })
        .collect();
    Ok(Reply::table(Table {
        description: say!(language, "contacts-heading", count = items.len()),
        fields: vec![
            Field::text("name", say!(language, "column-name")),
            Field { kind: FieldType::JidSingle, ..Field::text("jid", say!(language, "column-address")) },
        ],
        items,
        jids_are_rooms: false,
    }))
}
