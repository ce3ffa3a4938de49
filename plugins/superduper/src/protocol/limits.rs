//! Every bound of the network, each with its reason. Sizes are bytes of UTF-8 unless said
//! otherwise.

/// Longest line from a client: room for a text of [`TEXT`] with every byte escaped as `\u0000`, and
/// for the other fields.
pub const LINE_IN: usize = 512 * 1024;
/// Longest line from the server: a page of [`PAGE`] messages of ordinary size; pages are cut short
/// before they exceed it.
pub const LINE_OUT: usize = 4 * 1024 * 1024;
/// Size at which a page (of history, contacts, members) stops growing. It is well under
/// [`LINE_OUT`], even with one more entry of the largest size.
pub const PAGE_BYTES: usize = 1024 * 1024;
/// Most entries of one page.
pub const PAGE: usize = 500;
/// Longest id of a user, device, group, space or thread: as long as slidged promises to carry.
pub const ID: usize = 512;
/// Longest text of a message: ten times the length that other networks allow, or more.
pub const TEXT: usize = 64 * 1024;
/// Longest name, subject, status line or reason.
pub const NAME: usize = 1024;
/// Longest description, "about" text or summary of a preview.
pub const ABOUT: usize = 8 * 1024;
/// Most emoji of one person on one message.
pub const EMOJIS: usize = 20;
/// Longest emoji: the longest flag or family sequence is under 40 bytes.
pub const EMOJI: usize = 64;
/// Most files of one message: an album.
pub const FILES: usize = 30;
/// Most link previews, mentions or formatted spans of one message, each.
pub const EXTRAS: usize = 64;
/// Largest file over HTTP.
pub const FILE: u64 = 256 * 1024 * 1024;
/// Bytes of files that a server without `--state` keeps in memory, all files together.
pub const FILES_IN_MEMORY: u64 = 256 * 1024 * 1024;
/// Most members of a group: twice the largest of the benchmark.
pub const MEMBERS: usize = 20_000;
/// Most contacts of an account, and most groups of an account: twice the benchmark's 10,000.
pub const CONTACTS: usize = 20_000;
/// Most devices of an account.
pub const DEVICES: usize = 16;
/// Most accounts, groups and spaces of the whole network, each: it is an example, kept in memory.
pub const POPULATION: usize = 200_000;
/// Events kept for a device that does not acknowledge: four times the outage that slidged's chaos
/// test queues.
pub const LOG: usize = 200_000;
/// Messages kept of one chat; older ones leave the history.
pub const HISTORY: usize = 100_000;
/// Nonces remembered per device: a client repeats within seconds, so a few thousand sends are
/// plenty.
pub const NONCES: usize = 4_096;
/// Events that may be on their way unacknowledged if the client asks for no other number.
pub const WINDOW: u32 = 256;
/// Largest window that a client may ask for.
pub const WINDOW_MAX: u32 = 4_096;
/// Answers and live events that may wait for one connection's writer; beyond that, requests wait
/// and live events are dropped.
pub const OUT_QUEUE: usize = 256;
/// Most connections at the same time.
pub const CONNECTIONS: usize = 8_192;
/// Most rules for injected faults at the same time.
pub const FAULTS: usize = 256;
/// Most QR logins that wait at the same time.
pub const QR_WAITING: usize = 1_024;
