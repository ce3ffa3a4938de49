//! The wire: the component stream (XEP-0114), the link that keeps it up, and one file per XEP for
//! parsing and building.
//!
//! Nothing here knows about the store, the plugin host or sessions, and no parser or builder does
//! I/O, reads a clock or draws random numbers: times and ids are parameters. Every tree is in
//! `jabber:client`; the decoder and the writer translate from and to the stream's own namespace, so
//! that a forwarded stanza and a routed one look the same.

pub mod address;
pub mod attaching;
pub mod avatar;
pub mod blocking;
pub mod bob;
pub mod caps;
pub mod caps2;
pub mod chat_states;
pub mod commands;
pub mod correction;
pub mod datetime;
pub mod delay;
pub mod disco;
pub mod echo;
pub mod encrypted_url;
pub mod entity_time;
pub mod ephemeral;
pub mod error;
pub mod fallback;
pub mod file_metadata;
pub mod forms;
pub mod forward;
pub mod geoloc;
pub mod hints;
pub mod idle;
pub mod last;
pub mod link;
pub mod link_metadata;
pub mod mam;
pub mod markers;
pub mod markup;
pub mod media_element;
pub mod muc;
pub mod muc_admin;
pub mod muc_user;
pub mod nick;
pub mod ns;
pub mod occupant_id;
pub mod oob;
pub mod passing;
pub mod pieces;
pub mod ping;
pub mod privilege;
pub mod prompt;
pub mod pubsub;
pub mod reactions;
pub mod receipts;
pub mod references;
pub mod register;
pub mod repair;
pub mod replies;
pub mod reply;
pub mod retraction;
pub mod roster;
pub mod rsm;
pub mod search;
pub mod sfs;
pub mod sims;
pub mod spoiler;
pub mod stanza;
pub mod stanza_id;
pub mod stickers;
pub mod stream;
pub mod styling;
pub mod upload;
pub mod uri;
pub mod vcard;
pub mod vcard4;
pub mod version;
pub mod xhtml;
pub mod xml;

pub use error::{Condition, ErrorType, StanzaError};
pub use stanza::{Kind, Stanza};
pub use xml::Xml;
