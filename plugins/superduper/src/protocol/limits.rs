//! Every bound of the network, each with its reason. Sizes are bytes of UTF-8 unless said
//! otherwise.

/// A line from a client. Room for a text of [`TEXT`] with every byte escaped as `\u0000`, and what
/// goes with it.
pub const LINE_IN: usize = 512 * 1024;
/// A line from the server: a page of [`PAGE`] messages of ordinary size; pages are cut short before
/// they exceed it.
pub const LINE_OUT: usize = 4 * 1024 * 1024;
/// Where a page (of history, contacts, members) stops growing, well under [`LINE_OUT`] with one
/// largest entry on top.
pub const PAGE_BYTES: usize = 1024 * 1024;
/// Entries of one page.
pub const PAGE: usize = 500;
/// An id of a user, device, group, space or thread. As long as slidged promises to carry.
pub const ID: usize = 512;
/// A message's text; the length that other networks allow, times ten or more.
pub const TEXT: usize = 64 * 1024;
/// Names, subjects, status lines, reasons.
pub const NAME: usize = 1024;
/// Descriptions, "about" texts, a preview's summary.
pub const ABOUT: usize = 8 * 1024;
/// Emoji of one person on one message.
pub const EMOJIS: usize = 20;
/// One emoji: the longest flag or family sequence is under 40 bytes.
pub const EMOJI: usize = 64;
/// Files of one message: an album.
pub const FILES: usize = 30;
/// Link previews, mentions or formatted spans of one message.
pub const EXTRAS: usize = 64;
/// One file over HTTP.
pub const FILE: u64 = 256 * 1024 * 1024;
/// Bytes of a file that a server without `--state` keeps in memory, all files together.
pub const FILES_IN_MEMORY: u64 = 256 * 1024 * 1024;
/// Members of a group: the largest of the benchmark, twice.
pub const MEMBERS: usize = 20_000;
/// Contacts of an account, groups of an account: the benchmark's 10,000, twice.
pub const CONTACTS: usize = 20_000;
/// Devices of an account.
pub const DEVICES: usize = 16;
/// Accounts, groups and spaces of the whole network, each: it is an example, kept in memory.
pub const POPULATION: usize = 200_000;
/// Events kept for a device that does not acknowledge: four times the outage that slidged's chaos
/// test queues.
pub const LOG: usize = 200_000;
/// Messages kept of one chat; older ones leave the history.
pub const HISTORY: usize = 100_000;
/// Nonces remembered per device: a client repeats within seconds, so a few thousand sends are
/// plenty.
pub const NONCES: usize = 4_096;
/// Events that may be on their way unacknowledged when the client asks for nothing else.
pub const WINDOW: u32 = 256;
/// The largest window that a client may ask for.
pub const WINDOW_MAX: u32 = 4_096;
/// Answers and live events waiting for one connection's writer; then requests wait, and live events
/// are dropped.
pub const OUT_QUEUE: usize = 256;
/// Connections at once.
pub const CONNECTIONS: usize = 8_192;
/// Rules of injected faults at once.
pub const FAULTS: usize = 256;
/// QR logins that wait at once.
pub const QR_WAITING: usize = 1_024;
