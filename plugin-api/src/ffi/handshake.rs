//! Record that is read from a plugin's file before it is loaded.

/// A record that any version of the daemon can read from the file of any version of a plugin, so as
/// to say in plain words what does not fit, before any code of the plugin runs. The fields up to
/// `api` never move.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handshake {
    /// [`Handshake::MAGIC`]
    pub magic: [u8; 16],
    /// Generation of the binary interface: must be equal.
    pub abi: u32,
    /// Bit 0: panics unwind.
    pub flags: u32,
    /// Version of the operations and messages: major must be equal, minor may differ.
    pub api: [u32; 2],
    /// Name of the plugin's package, padded with zeros.
    pub name: [u8; 48],
    /// Version of the plugin's package, padded with zeros.
    pub version: [u8; 32],
}

impl Handshake {
    /// Tells a plugin of slidged from everything else that may have a symbol of that name.
    pub const MAGIC: [u8; 16] = *b"slidged plugin\n\0";
    /// Generation of this binary interface.
    pub const ABI: u32 = 1;
    /// Bit of `flags`: built with unwinding panics.
    pub const UNWINDS: u32 = 1;
    /// Name of the symbol that the handshake is exported as.
    pub const SYMBOL: &'static str = "SLIDGED_PLUGIN";

    /// Creates the handshake of a plugin that is compiled against this very crate.
    pub const fn new(name: &str, version: &str, unwinds: bool) -> Self {
        Handshake {
            magic: Self::MAGIC,
            abi: Self::ABI,
            flags: if unwinds { Self::UNWINDS } else { 0 },
            api: crate::VERSION,
            name: padded(name),
            version: padded(version),
        }
    }

    /// Reads a handshake from the bytes of a file. `None` if they are too few.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk()?;
        let (abi, rest) = number(rest)?;
        let (flags, rest) = number(rest)?;
        let (major, rest) = number(rest)?;
        let (minor, rest) = number(rest)?;
        let (name, rest) = rest.split_first_chunk()?;
        let (version, _) = rest.split_first_chunk()?;
        Some(Handshake { magic: *magic, abi, flags, api: [major, minor], name: *name, version: *version })
    }

    /// The plugin's name.
    pub fn name(&self) -> String {
        text(&self.name)
    }

    /// The plugin's version.
    pub fn version(&self) -> String {
        text(&self.version)
    }
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk().map(|(number, rest)| (u32::from_ne_bytes(*number), rest))
}

/// Up to the padding; what is not printable or not UTF-8 is replaced, since it ends up in
/// terminals.
fn text(padded: &[u8]) -> String {
    let end = padded.iter().position(|byte| *byte == 0).unwrap_or(padded.len());
    let text = String::from_utf8_lossy(&padded[..end]);
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

const fn padded<const N: usize>(text: &str) -> [u8; N] {
    let (text, mut bytes, mut i) = (text.as_bytes(), [0; N], 0);
    while i < N && i < text.len() {
        bytes[i] = text[i];
        i += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(handshake: &Handshake) -> Vec<u8> {
        let numbers = [handshake.abi, handshake.flags, handshake.api[0], handshake.api[1]];
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
        [&handshake.magic[..], &numbers, &handshake.name, &handshake.version].concat()
    }

    #[test]
    fn it_is_read_from_the_bytes_that_it_has_in_memory() {
        let handshake = Handshake::new("irc", "1.2.3", true);
        let bytes = bytes(&handshake);
        // No padding: the fields that are read one after the other are the record.
        assert_eq!(bytes.len(), size_of::<Handshake>());
        let read = Handshake::read(&bytes).unwrap();
        assert_eq!(read, handshake);
        assert_eq!((read.name(), read.version()), ("irc".to_owned(), "1.2.3".to_owned()));
    }

    #[test]
    fn too_few_bytes_are_none() {
        let bytes = bytes(&Handshake::new("irc", "1", true));
        for length in 0..bytes.len() {
            assert_eq!(Handshake::read(&bytes[..length]), None);
        }
    }

    #[test]
    fn names_that_fill_their_field_or_are_not_text_are_read_all_the_same() {
        let long = "x".repeat(60);
        assert_eq!(Handshake::new(&long, "", true).name(), "x".repeat(48));
        let odd = Handshake { name: [0xff; 48], ..Handshake::new("", "\x1b[31m", true) };
        assert_eq!(odd.name(), "\u{fffd}".repeat(48));
        assert_eq!(odd.version(), "\u{fffd}[31m");
    }
}
