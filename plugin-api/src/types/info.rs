//! What a plugin tells about itself and its network, before anything is started.

use super::{Avatar, Command, Field, choices, messages};

choices! {
    /// How users log in to the network when they register. The form of every kind is checked by
    /// [`Gateway::validate`](crate::Gateway::validate) first.
    pub enum RegistrationType {
        /// One form is all.
        #[default]
        SingleStepForm,
        /// A form, then a code that the network sends the user:
        /// [`Gateway::validate_two_factor_code`](crate::Gateway::validate_two_factor_code). If the network wants
        /// none, `validate` answers [`Error::two_factor_not_required`](crate::Error::two_factor_not_required).
        TwoFactorCode,
        /// A form (maybe empty), then a QR code that the user scans:
        /// [`Gateway::get_qr_text`](crate::Gateway::get_qr_text).
        QrCode,
    }
}

messages! {
    /// About the plugin and its network. See [`Info::new`].
    pub struct Info {
        /// COMPONENT_TYPE: the gateway's type in service discovery, `whatsapp`, `irc`… (XEP-0030
        /// registry).
        component_type: String,
        /// COMPONENT_NAME: what users see.
        component_name: String,
        /// COMPONENT_AVATAR.
        component_avatar: Option<Avatar>,
        /// How to register, first choice.
        registration: RegistrationFlow,
        /// ALTERNATIVE_REGISTRATION_FLOWS.
        alternative_registrations: Vec<RegistrationFlow>,
        /// ROSTER_GROUP: where contacts appear in the roster; empty is the component's name.
        roster_group: String,
        /// WELCOME_MESSAGE: after registration; empty is the daemon's own.
        welcome_message: String,
        /// SEARCH_FIELDS; none means that the network cannot be searched. Exactly one makes
        /// `jabber:iq:gateway` (XEP-0100) work.
        search_fields: Vec<Field>,
        /// SEARCH_TITLE.
        search_title: String,
        /// SEARCH_INSTRUCTIONS.
        search_instructions: String,
        /// PREFERENCES that the plugin adds to those of the daemon.
        preferences: Vec<Field>,
        /// MARK_ALL_MESSAGES: the network wants every message marked as read, not only the latest.
        mark_all_messages: bool,
        /// PROPER_RECEIPTS: the network says when a message was delivered, so `Contact::received`
        /// will be called, and the daemon does not send receipts of its own (XEP-0184).
        proper_receipts: bool,
        /// GROUPS: there are rooms.
        groups: bool,
        /// SPACES: there are groups of rooms.
        spaces: bool,
        /// THREADS: messages can have a thread.
        threads: bool,
        /// MESSAGE_IDS_ARE_THREAD_IDS: a thread is named by its first message.
        message_ids_are_thread_ids: bool,
        /// SPECIAL_MSG_ID_PREFIX: reactions to ids that start so pass without checks (polls).
        special_msg_id_prefix: Option<String>,
        /// `on_text` and its like may be called again with the same `stanza_id` after a crash: the
        /// network, or the plugin, recognises the repeat.
        idempotent_send: bool,
        /// What contacts can do.
        contact_features: Features,
        /// What rooms can do.
        room_features: Features,
        /// Commands of the plugin on the gateway, on contacts and on rooms.
        commands: Vec<Command>,
        /// What `[plugin.options]` of the configuration may hold.
        options: Vec<Field>,
        /// Which ids the plugin maps itself, through the hooks of `Gateway`.
        id_mapping: IdMapping,
    }
    /// One way to register.
    pub struct RegistrationFlow {
        /// What comes after the form.
        kind: RegistrationType,
        /// REGISTRATION_FIELDS; none makes it a mere confirmation.
        fields: Vec<Field>,
        /// A title, for alternatives.
        title: String,
        /// REGISTRATION_INSTRUCTIONS.
        instructions: String,
        /// REGISTRATION_2FA_TITLE.
        two_factor_title: String,
        /// REGISTRATION_2FA_INSTRUCTIONS.
        two_factor_instructions: String,
        /// REGISTRATION_QR_INSTRUCTIONS.
        qr_instructions: String,
    }
    /// What a kind of chat can do: what is advertised, and what is let through to the plugin.
    pub struct Features {
        /// Receipts (XEP-0184).
        receipts: bool,
        /// Displayed markers (XEP-0333).
        marks: bool,
        /// Typing notifications (XEP-0085).
        chat_states: bool,
        /// Files.
        upload: bool,
        /// Corrections (XEP-0308).
        correction: bool,
        /// Reactions (XEP-0444).
        reaction: bool,
        /// One reaction a message only.
        reactions_single_emoji: bool,
        /// Retractions (XEP-0424).
        retraction: bool,
        /// Replies (XEP-0461).
        replies: bool,
        /// Avatars (XEP-0084).
        avatar: bool,
        /// Contacts can be blocked: [`Session::on_block`](crate::Session::on_block).
        blocking: bool,
        /// Contacts can be invited to rooms (XEP-0249).
        invitation_recipient: bool,
        /// Bold and the like: `Text::spans`.
        formatting: bool,
        /// The room's subject can be told apart from its name.
        subject: bool,
        /// The room has a description.
        description: bool,
        /// The archive's ids never change (XEP-0313 `stable`).
        stable_archive: bool,
        /// A contact's presence is shown in rooms too.
        propagate_presence: bool,
    }
    /// Which ids pass through the plugin's mapping hooks; the daemon's own mapping is reversible
    /// for any id and costs no call.
    pub struct IdMapping {
        /// Contacts and rooms: `legacy_id_to_jid_username` and back.
        jids: bool,
        /// Messages: `legacy_to_xmpp_msg_id` and back.
        messages: bool,
    }
}

impl Info {
    /// A network without groups, spaces or search, with a form of user name and password, whose
    /// contacts can do what every network can: `info.contact_features` tells more.
    pub fn new(component_type: impl Into<String>, component_name: impl Into<String>) -> Self {
        Info {
            component_type: component_type.into(),
            component_name: component_name.into(),
            registration: RegistrationFlow {
                fields: vec![
                    Field::text("username", "User name").required(),
                    Field::private("password", "Password").required(),
                ],
                ..RegistrationFlow::default()
            },
            threads: true,
            contact_features: Features::messages(),
            room_features: Features::messages(),
            ..Info::default()
        }
    }

    /// The same with other registration fields.
    pub fn registration_fields(mut self, fields: Vec<Field>) -> Self {
        self.registration.fields = fields;
        self
    }
}

impl Features {
    /// Text, receipts, markers and typing: nothing else.
    pub fn messages() -> Self {
        Features {
            receipts: true,
            marks: true,
            chat_states: true,
            propagate_presence: true,
            ..Features::default()
        }
    }
}
