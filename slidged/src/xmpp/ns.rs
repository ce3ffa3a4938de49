//! Every namespace that goes over the wire, with the document that defines it.

/// RFC 6120: client to server stanzas. Every tree inside slidged is in it.
pub const CLIENT: &str = "jabber:client";
/// XEP-0114: the stream's own default namespace; never seen outside [`crate::xmpp::stream`].
pub const COMPONENT: &str = "jabber:component:accept";
/// RFC 6120: the stream element itself.
pub const STREAM: &str = "http://etherx.jabber.org/streams";
/// RFC 6120 section 4.9: conditions of stream errors.
pub const STREAM_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
/// RFC 6120 section 8.3: conditions of stanza errors.
pub const STANZA_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
/// Namespaces in XML: the prefix `xml`.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// RFC 6121: the roster.
pub const ROSTER: &str = "jabber:iq:roster";
/// XEP-0004: data forms.
pub const DATA_FORMS: &str = "jabber:x:data";
/// XEP-0012: last activity.
pub const LAST: &str = "jabber:iq:last";
/// XEP-0030: service discovery, information.
pub const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
/// XEP-0030: service discovery, items.
pub const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
/// XEP-0045: multi-user chat.
pub const MUC: &str = "http://jabber.org/protocol/muc";
/// XEP-0045: what rooms tell their occupants.
pub const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
/// XEP-0045: who may do what.
pub const MUC_ADMIN: &str = "http://jabber.org/protocol/muc#admin";
/// XEP-0045: what there is to know of a room.
pub const MUC_ROOM_INFO: &str = "http://jabber.org/protocol/muc#roominfo";
/// XEP-0045: rooms give every message an id of their own.
pub const MUC_STABLE_ID: &str = "http://jabber.org/protocol/muc#stable_id";
/// XEP-0410: rooms answer for occupants who ask whether they are there.
pub const MUC_SELF_PING: &str = "http://jabber.org/protocol/muc#self-ping-optimization";
/// XEP-0050: ad-hoc commands.
pub const COMMANDS: &str = "http://jabber.org/protocol/commands";
/// XEP-0054: vcard-temp.
pub const VCARD_TEMP: &str = "vcard-temp";
/// XEP-0055: search.
pub const SEARCH: &str = "jabber:iq:search";
/// XEP-0059: result set management.
pub const RSM: &str = "http://jabber.org/protocol/rsm";
/// XEP-0060: publish and subscribe.
pub const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
/// XEP-0060: the feature of items that can be asked for (section 6.5).
pub const PUBSUB_RETRIEVE: &str = "http://jabber.org/protocol/pubsub#retrieve-items";
/// XEP-0060: events.
pub const PUBSUB_EVENT: &str = "http://jabber.org/protocol/pubsub#event";
/// XEP-0060: owner's use cases.
pub const PUBSUB_OWNER: &str = "http://jabber.org/protocol/pubsub#owner";
/// XEP-0066: out of band data.
pub const OOB: &str = "jabber:x:oob";
/// XEP-0071: XHTML-IM.
pub const XHTML_IM: &str = "http://jabber.org/protocol/xhtml-im";
/// XEP-0071: what is in it.
pub const XHTML: &str = "http://www.w3.org/1999/xhtml";
/// XEP-0077: in-band registration.
pub const REGISTER: &str = "jabber:iq:register";
/// XEP-0080: user location.
pub const GEOLOC: &str = "http://jabber.org/protocol/geoloc";
/// XEP-0084: avatar, metadata.
pub const AVATAR_METADATA: &str = "urn:xmpp:avatar:metadata";
/// XEP-0084: avatar, data.
pub const AVATAR_DATA: &str = "urn:xmpp:avatar:data";
/// XEP-0085: chat states.
pub const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";
/// XEP-0092: software version.
pub const VERSION: &str = "jabber:iq:version";
/// XEP-0100: prompt for a legacy address.
pub const GATEWAY: &str = "jabber:iq:gateway";
/// XEP-0163: the feature of nodes whose news are wanted is their name with this behind it.
pub const NOTIFY: &str = "+notify";
/// XEP-0115: entity capabilities.
pub const CAPS: &str = "http://jabber.org/protocol/caps";
/// XEP-0153: vCard-based avatars.
pub const VCARD_UPDATE: &str = "vcard-temp:x:update";
/// XEP-0172: user nickname.
pub const NICK: &str = "http://jabber.org/protocol/nick";
/// XEP-0184: message delivery receipts.
pub const RECEIPTS: &str = "urn:xmpp:receipts";
/// XEP-0191: blocking command.
pub const BLOCKING: &str = "urn:xmpp:blocking";
/// XEP-0199: ping.
pub const PING: &str = "urn:xmpp:ping";
/// XEP-0202: entity time.
pub const TIME: &str = "urn:xmpp:time";
/// XEP-0203: delayed delivery.
pub const DELAY: &str = "urn:xmpp:delay";
/// XEP-0221: data forms media element.
pub const MEDIA_ELEMENT: &str = "urn:xmpp:media-element";
/// XEP-0231: bits of binary.
pub const BOB: &str = "urn:xmpp:bob";
/// XEP-0234: Jingle file transfer, whose description of files SIMS uses.
pub const JINGLE_FILE: &str = "urn:xmpp:jingle:apps:file-transfer:5";
/// XEP-0249: direct invitations.
pub const CONFERENCE: &str = "jabber:x:conference";
/// XEP-0264: thumbnails.
pub const THUMBS: &str = "urn:xmpp:thumbs:1";
/// XEP-0280: message carbons.
pub const CARBONS: &str = "urn:xmpp:carbons:2";
/// XEP-0292: vCard4 over XMPP.
pub const VCARD4: &str = "urn:ietf:params:xml:ns:vcard-4.0";
/// XEP-0292: the node of somebody's vCard4.
pub const VCARD4_NODE: &str = "urn:xmpp:vcard4";
/// XEP-0297: stanza forwarding.
pub const FORWARD: &str = "urn:xmpp:forward:0";
/// XEP-0313: message archive management.
pub const MAM: &str = "urn:xmpp:mam:2";
/// XEP-0313: the features of version 1.1.
pub const MAM_EXTENDED: &str = "urn:xmpp:mam:2#extended";
/// XEP-0300: cryptographic hashes.
pub const HASHES: &str = "urn:xmpp:hashes:2";
/// XEP-0308: last message correction.
pub const CORRECT: &str = "urn:xmpp:message-correct:0";
/// XEP-0319: last user interaction in presence.
pub const IDLE: &str = "urn:xmpp:idle:1";
/// XEP-0333: chat markers (displayed markers).
pub const MARKERS: &str = "urn:xmpp:chat-markers:0";
/// XEP-0334: message processing hints.
pub const HINTS: &str = "urn:xmpp:hints";
/// XEP-0356: privileged entity, as ejabberd 23.01 speaks it.
pub const PRIVILEGE_1: &str = "urn:xmpp:privilege:1";
/// XEP-0356: privileged entity, as Prosody 0.12 speaks it.
pub const PRIVILEGE_2: &str = "urn:xmpp:privilege:2";
/// XEP-0421: occupant ids.
pub const OCCUPANT_ID: &str = "urn:xmpp:occupant-id:0";
/// XEP-0359: unique and stable stanza ids.
pub const STANZA_ID: &str = "urn:xmpp:sid:0";
/// XEP-0363: HTTP file upload.
pub const HTTP_UPLOAD: &str = "urn:xmpp:http:upload:0";
/// XEP-0372: references.
pub const REFERENCE: &str = "urn:xmpp:reference:0";
/// XEP-0380: explicit message encryption.
pub const EME: &str = "urn:xmpp:eme:0";
/// XEP-0382: spoiler messages.
pub const SPOILER: &str = "urn:xmpp:spoiler:0";
/// XEP-0385: stateless inline media sharing.
pub const SIMS: &str = "urn:xmpp:sims:1";
/// XEP-0393: message styling.
pub const STYLING: &str = "urn:xmpp:styling:0";
/// XEP-0394: message markup.
pub const MARKUP: &str = "urn:xmpp:markup:0";
/// XEP-0103: addresses on the web, as sources of files (XEP-0447).
pub const URL_DATA: &str = "http://jabber.org/protocol/url-data";
/// XEP-0367: message attaching.
pub const ATTACHING: &str = "urn:xmpp:message-attaching:1";
/// XEP-0390: entity capabilities 2.0.
pub const CAPS2: &str = "urn:xmpp:caps";
/// XEP-0402: bookmarks of rooms.
pub const BOOKMARKS: &str = "urn:xmpp:bookmarks:1";
/// XEP-0424: message retraction.
pub const RETRACT: &str = "urn:xmpp:message-retract:1";
/// XEP-0428: fallback indication.
pub const FALLBACK: &str = "urn:xmpp:fallback:0";
/// XEP-0444: message reactions.
pub const REACTIONS: &str = "urn:xmpp:reactions:0";
/// XEP-0444: what may be reacted with.
pub const REACTIONS_RESTRICTIONS: &str = "urn:xmpp:reactions:0:restrictions";
/// XEP-0446: file metadata.
pub const FILE_METADATA: &str = "urn:xmpp:file:metadata:0";
/// XEP-0447: stateless file sharing.
pub const SFS: &str = "urn:xmpp:sfs:0";
/// XEP-0449: stickers.
pub const STICKERS: &str = "urn:xmpp:stickers:0";
/// XEP-0461: message replies.
pub const REPLY: &str = "urn:xmpp:reply:0";
/// XEP-0466: ephemeral messages.
pub const EPHEMERAL: &str = "urn:xmpp:ephemeral:0";
/// XEP-0511: link metadata, in the Resource Description Framework.
pub const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
/// XEP-0511: the Open Graph protocol.
pub const OPEN_GRAPH: &str = "https://ogp.me/ns#";

/// Mark of slidged's own for messages that it sends in a user's name, so that their echoes are
/// recognised.
pub const OUR_ECHO: &str = "urn:slidged:echo:0";
pub const OUR_COMMANDS: &str = "urn:slidged:commands:";
