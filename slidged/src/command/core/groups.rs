//! The user's rooms, and leaving one for good.

use crate::{
    command::{
        caller::Context,
        reply::{Question, Reply, Result},
    },
    say,
    session::Asked,
    xmpp::{Condition, StanzaError},
};
use plugin_api::{Chat, Field, FieldType, Form, Table};

pub(super) async fn list(context: Context) -> Result {
    let language = context.language();
    let session = super::own_session(&context)?;
    let rooms = super::answered(language, session.ask(Asked::Rooms).await)?;
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
    let text = say!(language, "leave-question", network = network);
    let (title, confirm) = (say!(language, "command-leave"), say!(language, "unregister-confirm"));
    Ok(Question::confirm(title, text, confirm, left).into())
}

async fn left(context: Context) -> Result {
    let language = context.language();
    let session = super::own_session(&context)?;
    let Some(room) = context.on.as_ref().and_then(Chat::as_room) else {
        return Err(StanzaError::new(Condition::ItemNotFound));
    };
    let left = session.ask(|answer| Asked::LeaveRoom(room, answer)).await;
    super::answered(language, left)??;
    Ok(Reply::done(say!(language, "group-left")))
}
