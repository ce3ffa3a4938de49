//! Loading of a plugin's library.

use super::{
    error::{LoadError, LoadErrorKind},
    file, layout, permissions,
};
use crate::ffi::{Handshake, RootRef};
use abi_stable::library::AbiHeaderRef;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

const ROOT_SYMBOL: &[u8] = b"SLIDGED_PLUGIN_ROOT";

/// Device, inode and time of change.
type Identity = (u64, u64, i64, i64);

/// The files behind the loaded plugins. `dlopen` goes by name, so that it would hand out the old
/// library again for a new file.
static LOADED: Mutex<BTreeMap<PathBuf, Identity>> = Mutex::new(BTreeMap::new());

/// Loads a library for ever, running none of its code before it is known to fit.
pub(super) fn load(path: &Path) -> Result<(RootRef, Handshake), LoadError> {
    checked(path).map_err(|why| why.of(path))
}

/// Reads the handshake and checks all that can be said of a file without running it.
pub(super) fn inspect(path: &Path) -> Result<Handshake, LoadError> {
    let inspect = || {
        let path = path.canonicalize()?;
        permissions::check(&path)?;
        let handshake = file::handshake(&path)?;
        file::check(&handshake)?;
        Ok(handshake)
    };
    inspect().map_err(|why: LoadErrorKind| why.of(path))
}

fn checked(path: &Path) -> Result<(RootRef, Handshake), LoadErrorKind> {
    // Absolute, so that it is never searched for.
    let path = path.canonicalize()?;
    permissions::check(&path)?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let file = identity(&path)?;
    if loaded.get(&path).is_some_and(|known| *known != file) {
        return Err(LoadErrorKind::Replaced);
    }
    let handshake = file::handshake(&path)?;
    file::check(&handshake)?;
    // NOW: a missing symbol is an error here, not a crash later. LOCAL: no plugin ever sees the
    // symbols of another. SAFETY: opening it runs its constructors. It is ours or root's, nobody
    // else can write to it, and it says that it is a plugin for this daemon: it is as trusted as
    // the daemon itself, whose process it shares from here on.
    let library = unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_LOCAL) }?;
    // SAFETY: the symbol is only ever defined by `export_plugin!`, as such a header.
    let header: AbiHeaderRef = *unsafe { library.get(ROOT_SYMBOL) }?;
    // From here on its code runs, so it can no longer be unloaded.
    std::mem::forget(library);
    loaded.insert(path, file);
    let header = header.upgrade().map_err(layout::refused)?;
    layout::check(header)?;
    // SAFETY: the layout was just checked.
    let root = unsafe { header.init_root_module_with_unchecked_layout() }.map_err(layout::refused)?;
    Ok((root, handshake))
}

fn identity(path: &Path) -> io::Result<Identity> {
    let meta = fs::metadata(path)?;
    Ok((meta.dev(), meta.ino(), meta.mtime(), meta.mtime_nsec()))
}
