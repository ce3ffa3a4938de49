//! Checks of a plugin's file before it is loaded.

use super::error::{LoadErrorKind, Version};
use crate::ffi::Handshake;
use object::{
    Endianness, Object, ObjectKind, ObjectSegment, ObjectSymbol, ReadRef,
    elf::FileHeader64,
    read::{ReadCache, elf::FileHeader},
};
use std::{cmp::Ordering, fs, path::Path};

/// Reads the handshake as data, running nothing: opening a library runs its constructors, and
/// opening one that is cut short kills the process.
pub(super) fn handshake(path: &Path) -> Result<Handshake, LoadErrorKind> {
    let file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    let (mine, theirs) = (ReadCache::new(fs::File::open("/proc/self/exe")?), ReadCache::new(file));
    let me = object::File::parse(&mine).map_err(|_| LoadErrorKind::NotALibrary)?;
    let elf = object::File::parse(&theirs).map_err(|_| match section_table_end(&theirs) {
        Some(expected) if expected > length => LoadErrorKind::CutShort { length, expected },
        _ => LoadErrorKind::NotALibrary,
    })?;
    let (ours, theirs) = (machine(&me), machine(&elf));
    if theirs != ours {
        return Err(LoadErrorKind::Machine { theirs, ours });
    }
    if elf.kind() != ObjectKind::Dynamic {
        return Err(LoadErrorKind::NotALibrary);
    }
    let end = |segment: object::Segment<'_, '_, _>| {
        let (start, size) = segment.file_range();
        start.saturating_add(size)
    };
    let expected = elf.segments().map(end).max().unwrap_or_default();
    if expected > length {
        return Err(LoadErrorKind::CutShort { length, expected });
    }
    let symbol = elf
        .dynamic_symbols()
        .find(|symbol| symbol.is_definition() && symbol.name() == Ok(Handshake::SYMBOL))
        .ok_or(LoadErrorKind::NotAPlugin)?;
    elf.segments()
        .find_map(|segment| segment.data_range(symbol.address(), symbol.size()).ok().flatten())
        .and_then(Handshake::read)
        .ok_or(LoadErrorKind::NotAPlugin)
}

/// The table of sections is at the end of what linkers write, so a file that was cut lacks it.
fn section_table_end<'a>(file: impl ReadRef<'a>) -> Option<u64> {
    let header = FileHeader64::<Endianness>::parse(file).ok()?;
    let endian = header.endian().ok()?;
    let size = u64::from(header.e_shnum(endian)) * u64::from(header.e_shentsize(endian));
    header.e_shoff(endian).checked_add(size)
}

fn machine<'a, R: ReadRef<'a>>(file: &object::File<'a, R>) -> String {
    let width = if file.is_64() { 64 } else { 32 };
    let order = if file.is_little_endian() { "little" } else { "big" };
    format!("{:?}, {width} bit, {order}-endian", file.architecture())
}

/// Whether the plugin was built for such a daemon as this.
pub(super) fn check(theirs: &Handshake) -> Result<(), LoadErrorKind> {
    if theirs.magic != Handshake::MAGIC {
        return Err(LoadErrorKind::NotAPlugin);
    }
    let (abi, ours) = (theirs.abi, Handshake::ABI);
    match abi.cmp(&ours) {
        Ordering::Greater => return Err(LoadErrorKind::NewerAbi { theirs: abi, ours }),
        Ordering::Less => return Err(LoadErrorKind::OlderAbi { theirs: abi, ours }),
        Ordering::Equal => {}
    }
    let (api, ours) = (Version(theirs.api), Version(crate::VERSION));
    match api.0[0].cmp(&ours.0[0]) {
        Ordering::Greater => return Err(LoadErrorKind::NewerApi { theirs: api, ours }),
        Ordering::Less => return Err(LoadErrorKind::OlderApi { theirs: api, ours }),
        Ordering::Equal => {}
    }
    if theirs.flags & Handshake::UNWINDS == 0 {
        return Err(LoadErrorKind::PanicAborts);
    }
    Ok(())
}
