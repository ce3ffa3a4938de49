//! Description of a plugin and its network, before anything is started.

use super::{Avatar, Command, Field, choices, messages};

choices! {
    /// The way in which users log in to the network when they register (slidge:
    /// `RegistrationType`). The form of every kind is checked by
    /// [`Gateway::validate`](crate::Gateway::validate) first.
    pub enum RegistrationType {
        /// One form is all.
        #[default]
        SingleStepForm,
        /// A form, then a code that the network sends the user:
        /// [`Gateway::validate_two_factor_code`](crate::Gateway::validate_two_factor_code). If the
        /// network wants none, `validate` answers
        /// [`Error::two_factor_not_required`](crate::Error::two_factor_not_required).
        TwoFactorCode,
        /// A form (maybe empty), then a QR code that the user scans:
        /// [`Gateway::get_qr_text`](crate::Gateway::get_qr_text).
        QrCode,
    }
}

messages! {
    /// The plugin and its network. Start from [`Info::new`]; slidge has these as class attributes
    /// of `BaseGateway`, whose names are given.
    pub struct Info {
        /// Type of the gateway in service discovery, from the XEP-0030 registry: `whatsapp`, `irc`.
        /// slidge: `COMPONENT_TYPE`.
        component_type: String,
        /// Name of the gateway that users see: `WhatsApp`. slidge: `COMPONENT_NAME`.
        component_name: String,
        /// Picture of the gateway (XEP-0084, XEP-0153); default: none. slidge: `COMPONENT_AVATAR`.
        component_avatar: Option<Avatar>,
        /// First way to register. slidge: `REGISTRATION_TYPE` and what belongs to it.
        registration: RegistrationFlow,
        /// Further ways to register, which are offered as commands; default: none.
        alternative_registrations: Vec<RegistrationFlow>,
        /// Group of the contacts on the roster; empty: [`component_name`](Self::component_name).
        /// slidge: `ROSTER_GROUP`.
        roster_group: String,
        /// Message after registration; empty: the daemon's own, in the user's language. slidge:
        /// `WELCOME_MESSAGE`.
        welcome_message: String,
        /// Questions of the search form (XEP-0055); empty: the network cannot be searched. Exactly
        /// one makes `jabber:iq:gateway` (XEP-0100) work. slidge: `SEARCH_FIELDS`.
        search_fields: Vec<Field>,
        /// Title of the search form; empty: the daemon's own. slidge: `SEARCH_TITLE`.
        search_title: String,
        /// Instructions above the search form; default: none. slidge: `SEARCH_INSTRUCTIONS`.
        search_instructions: String,
        /// Preferences that the plugin adds to those of the daemon; their answers come with
        /// [`User::preferences`](super::User::preferences). slidge: `PREFERENCES`.
        preferences: Vec<Field>,
        /// The network wants every message marked as read, not only the latest; default: no.
        /// slidge: `MARK_ALL_MESSAGES`.
        mark_all_messages: bool,
        /// The plugin calls [`Actor::received`](crate::Actor::received) for every delivered
        /// message, so the daemon sends no receipts of its own (XEP-0184); default: no. slidge:
        /// `PROPER_RECEIPTS`.
        proper_receipts: bool,
        /// The network has groups, which are rooms (XEP-0045); default: no. slidge: `GROUPS`.
        groups: bool,
        /// The network has spaces: groups of rooms (XEP-0503). Not used yet.
        spaces: bool,
        /// Messages can have a thread (XEP-0201); with [`Info::new`]: yes.
        threads: bool,
        /// A thread is named by its first message, so
        /// [`Session::create_thread`](crate::Session::create_thread) is not asked; default: no.
        message_ids_are_thread_ids: bool,
        /// Prefix of message ids whose reactions pass without checks, such as those of polls;
        /// default: none.
        special_msg_id_prefix: Option<String>,
        /// [`Session::on_text`](crate::Session::on_text) and its like may be called again with the
        /// same `stanza_id` after a crash: the network, or the plugin, recognises the repeat.
        /// Default: no; then the user is told that a message may not have been sent.
        idempotent_send: bool,
        /// Abilities of contacts. See [`Features::messages`].
        contact_features: Features,
        /// Abilities of rooms. See [`Features::messages`].
        room_features: Features,
        /// Commands on the gateway, on contacts and on rooms (XEP-0050); default: none.
        commands: Vec<Command>,
        /// Keys that `[plugin.options]` of the configuration may have: others are a mistake of the
        /// administrator. They come with [`Start::options`](super::Start::options).
        options: Vec<Field>,
        /// Ids that the plugin maps itself, through the hooks of [`Gateway`](crate::Gateway). Not
        /// used yet.
        id_mapping: IdMapping,
    }
    /// A way to register.
    pub struct RegistrationFlow {
        /// Step after the form.
        kind: RegistrationType,
        /// Questions of the form; empty: it is a mere confirmation. slidge: `REGISTRATION_FIELDS`.
        fields: Vec<Field>,
        /// Title of the form and of its command, for alternatives: `Log in with a QR code`.
        title: String,
        /// Instructions above the form. slidge: `REGISTRATION_INSTRUCTIONS`.
        instructions: String,
        /// Title of the form for the code. slidge: `REGISTRATION_2FA_TITLE`.
        two_factor_title: String,
        /// Instructions above the form for the code. slidge: `REGISTRATION_2FA_INSTRUCTIONS`.
        two_factor_instructions: String,
        /// Instructions beside the QR code. slidge: `REGISTRATION_QR_INSTRUCTIONS`.
        qr_instructions: String,
    }
    /// Abilities of a kind of chat: what is advertised to clients, and what is let through to the
    /// plugin. All default to no; [`Features::messages`] is where to start.
    pub struct Features {
        /// Receipts (XEP-0184).
        receipts: bool,
        /// Displayed markers (XEP-0333).
        marks: bool,
        /// Typing notifications (XEP-0085).
        chat_states: bool,
        /// Files (XEP-0363, XEP-0066).
        upload: bool,
        /// Corrections (XEP-0308).
        correction: bool,
        /// Reactions (XEP-0444).
        reaction: bool,
        /// One reaction a message and person only (XEP-0444 §2.3).
        reactions_single_emoji: bool,
        /// Retractions (XEP-0424).
        retraction: bool,
        /// Replies (XEP-0461).
        replies: bool,
        /// Avatars (XEP-0084).
        avatar: bool,
        /// Contacts can be blocked: [`Session::on_block`](crate::Session::on_block).
        blocking: bool,
        /// Contacts can be invited to rooms (XEP-0249). Not used yet.
        invitation_recipient: bool,
        /// Bold and the like: [`Text::spans`](super::Text::spans) (XEP-0393, XEP-0394).
        formatting: bool,
        /// The room's subject can be told apart from its name.
        subject: bool,
        /// The room has a description.
        description: bool,
        /// The archive's ids never change (XEP-0313, `stable`). Not used yet.
        stable_archive: bool,
        /// A contact's presence is shown in rooms too.
        propagate_presence: bool,
    }
    /// Ids that pass through the plugin's mapping hooks. Not used yet: the daemon's own mapping is
    /// reversible for any id, and costs no call.
    pub struct IdMapping {
        /// Contacts and rooms: `legacy_id_to_jid_username` and back.
        jids: bool,
        /// Messages: `legacy_to_xmpp_msg_id` and back.
        messages: bool,
    }
}

impl Info {
    /// A way to register: 0 is [`registration`](Self::registration), the others are the
    /// alternatives, from 1.
    pub fn flow(&self, number: u32) -> Option<&RegistrationFlow> {
        let mut flows = std::iter::once(&self.registration).chain(&self.alternative_registrations);
        flows.nth(usize::try_from(number).ok()?)
    }

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

    /// Sets the registration fields.
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
