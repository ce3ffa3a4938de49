//! Plan of one transaction: changes of a table go together, whatever the order of the entries.

use super::conditional::ConditionalWrite;
use super::table::{Script, Table};
use crate::store::UserId;
use crate::store::archive::ArchiveTable;
use crate::store::avatar::AvatarTable;
use crate::store::contact::ContactTable;
use crate::store::engine::Statement;
use crate::store::kv::KvTable;
use crate::store::message::{MessageKey, MessageTable};
use crate::store::message_part::PartTable;
use crate::store::pending::PendingTable;
use crate::store::room::RoomTable;
use crate::store::sql::Texts;
use crate::store::thread::ThreadTable;
use crate::store::user::UserTable;
use crate::store::vcard::VCardTable;

/// Declares [`Plan`] with its tables, in the order of their statements.
macro_rules! plan {
    ($($table:ident: $type:ty,)*) => {
        /// Changes of one transaction.
        #[derive(Debug, Default)]
        pub(super) struct Plan {
            /// Users, whose statements run first, because the other tables refer to them.
            users: UserTable,
            $(pub(super) $table: $type,)*
            conditional: Vec<ConditionalWrite>,
        }

        impl Plan {
            /// Tables that refer to users.
            fn tables(&self) -> impl Iterator<Item = &dyn Table> {
                [$(&self.$table as &dyn Table,)*].into_iter()
            }

            /// Drops the changes of a user in all tables.
            fn drop_changes(&mut self, user: UserId) {
                $(self.$table.remove_user(user);)*
            }
        }
    };
}

plan! {
    avatars: AvatarTable,
    contacts: ContactTable,
    vcards: VCardTable,
    rooms: RoomTable,
    pending: PendingTable,
    messages: MessageTable,
    parts: PartTable,
    archive: ArchiveTable,
    threads: ThreadTable,
    kv: KvTable,
}

impl Plan {
    /// Changes of users.
    pub(super) fn users(&mut self) -> &mut UserTable {
        &mut self.users
    }

    /// Removes a user with everything that is theirs.
    pub(super) fn remove_user(&mut self, user: UserId) {
        self.users.remove_user(user);
        self.drop_changes(user);
    }

    /// Adds conditional writes.
    pub(super) fn add(&mut self, writes: impl IntoIterator<Item = ConditionalWrite>) {
        self.conditional.extend(writes);
    }

    /// Whether the ids of a message are among the changes.
    pub(super) fn has_message(&self, key: &MessageKey) -> bool {
        self.messages.contains(key)
    }

    /// Statements that must run before anything that refers to a user.
    pub(super) fn user_statements(&self, texts: &mut Texts) -> Vec<Statement> {
        let mut script = Script::new(texts);
        self.users.statements(&mut script);
        script.into_statements()
    }

    /// Takes the conditional writes, in order.
    pub(super) fn take_conditional(&mut self) -> Vec<ConditionalWrite> {
        std::mem::take(&mut self.conditional)
    }

    /// Statements of all other tables.
    pub(super) fn statements(&self, texts: &mut Texts) -> Vec<Statement> {
        let mut script = Script::new(texts);
        self.tables().for_each(|table| table.statements(&mut script));
        script.into_statements()
    }
}
