//! Commands that list the user's rooms, and that leave one for good.

use crate::command::caller::Context;
use crate::command::core::support::answered;
use crate::command::core::support::own_session;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::session::Control;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use plugin_api::Chat;
use plugin_api::ContactId;
use plugin_api::Field;
use plugin_api::FieldType;
use plugin_api::Form;
use plugin_api::RoomId;
use plugin_api::Table;

pub(super) async fn list(context: Context) -> Result {
    let language = context.language();
    let session = own_session(&context)?;
    let rooms = answered(language, session.ask(Control::Rooms).await)?;
    let row = |room: crate::xmpp::disco::Item| {
        let name = room.name.unwrap_or_else(|| room.jid.clone());
        Form::from([("name".into(), name), ("jid".into(), room.jid)])
    };
    let items: Vec<_> = rooms.into_iter().map(row).collect();
    Ok(Reply::table(Table {
        description: say!(language, "groups-heading", count = items.len()),
        fields: vec![
            Field::text("name", say!(language, "column-name")),
            Field { kind: FieldType::JidSingle, ..Field::text("jid", say!(language, "column-address")) },
        ],
        items,
        jids_are_rooms: true,
    }))
}

pub(super) async fn leave(context: Context) -> Result {
    let (language, network) = (context.language(), context.network());
    let room = room(&context)?;
    let own = own_session(&context)?.ask(Control::Rooms).await;
    let address = context.env.services.address.contact_bare(&ContactId(room.0));
    if answered(language, own)?.iter().all(|own| own.jid != address) {
        let text = say!(language, "group-not-in");
        return Ok(Reply::Failed(StanzaError::with_text(Condition::ItemNotFound, text)));
    }
    let text = say!(language, "leave-question", network = network);
    let (title, confirm) = (say!(language, "command-leave"), say!(language, "unregister-confirm"));
    Ok(Question::confirm(title, text, confirm, left).into())
}

/// Returns the room that the command is run on.
fn room(context: &Context) -> Result<RoomId> {
    let room = context.on.as_ref().and_then(Chat::as_room);
    room.ok_or_else(|| {
        StanzaError::with_text(Condition::ItemNotFound, say!(context.language(), "no-such-group"))
    })
}

async fn left(context: Context) -> Result {
    let language = context.language();
    let session = own_session(&context)?;
    let room = room(&context)?;
    let left = session.ask(|answer| Control::LeaveRoom(room, answer)).await;
    answered(language, left)??;
    Ok(Reply::done(say!(language, "group-left")))
}
