//! Reading and making files that hold secrets. What is in them is never part of an error.

use secrecy::{ExposeSecretMut, SecretBox, SecretString};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The key that encrypts credentials at rest.
pub type Key = SecretBox<[u8; 32]>;

/// A shared secret or a URL is a line; a larger file is the wrong one.
const MAX_LENGTH: u64 = 4096;

/// Reason why a secret could not be read, with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The configuration does not say where the component's secret is.
    #[error(
        "there is no component secret: set secret_file in [component], or give the service the systemd credential \
         \"component-secret\", or set SLIDGED_COMPONENT_SECRET_FILE to the path of a file that holds it"
    )]
    NoComponentSecret,
    /// The file cannot be used.
    #[error("cannot {what} {}: {error}", path.display())]
    File {
        /// Operation that failed.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Error of the system.
        error: io::Error,
    },
    /// The file is open to every user of the machine.
    #[error(
        "the secret file {} is open to every user of this machine (mode {mode:04o}): chmod o-rwx {}",
        path.display(),
        path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Permissions of the file.
        mode: u32,
    },
    /// The file holds something else.
    #[error("the secret file {} must hold {expected}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Content that is expected.
        expected: &'static str,
    },
}

/// Reads one line of text; the line's end is not part of it.
///
/// # Errors
///
/// The file cannot be read, is open to every user of the machine, or does not hold one line of
/// text.
pub fn read(path: &Path) -> Result<SecretString, SecretError> {
    let content = || SecretError::Content { path: path.to_owned(), expected: "one line of text" };
    let (file, meta) = open(path)?;
    if !meta.is_file() || meta.len() > MAX_LENGTH {
        return Err(content());
    }
    let mut text = String::new();
    file.take(MAX_LENGTH).read_to_string(&mut text).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => content(),
        _ => failed("read", path)(error),
    })?;
    let secret: SecretString = text.trim_end_matches(['\r', '\n']).into();
    let line = |text: &str| !text.is_empty() && !text.contains(char::is_control);
    if line(secrecy::ExposeSecret::expose_secret(&secret)) { Ok(secret) } else { Err(content()) }
}

/// Reads a key of 64 hex digits.
///
/// # Errors
///
/// As [`read`], and when it is something else.
pub fn read_key(path: &Path) -> Result<Key, SecretError> {
    let text = read(path)?;
    let content = || SecretError::Content { path: path.to_owned(), expected: "64 hex digits" };
    let digits = secrecy::ExposeSecret::expose_secret(&text).as_bytes();
    let mut key = Key::new(Box::new([0; 32]));
    // The decoder panics when the lengths do not fit.
    if digits.len() != 64 {
        return Err(content());
    }
    data_encoding::HEXLOWER_PERMISSIVE.decode_mut(digits, key.expose_secret_mut()).map_err(|_| content())?;
    Ok(key)
}

/// Reads a key, and makes it first when there is none. Never writes over an existing one.
///
/// # Errors
///
/// As [`read_key`], and when it cannot be made.
pub fn read_or_make_key(path: &Path) -> Result<Key, SecretError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        _ => return read_key(path),
    }
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key)
        .map_err(|error| io::Error::other(error.to_string()))
        .map_err(failed("make a key for", path))?;
    let text = data_encoding::HEXLOWER.encode(&key) + "\n";
    // Whole or not at all: a crash in between must not leave a short key behind.
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&draft, path)?;
        File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
    };
    let written = write();
    // It may be there or not, depending on where that failed.
    let _ = fs::remove_file(&draft);
    match written {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed("write", path)(error)),
        // Made by us, or by another process at the same instant.
        _ => read_key(path),
    }
}

/// Refuses a file that every user of the machine can open.
///
/// # Errors
///
/// It is open, or cannot be looked at.
pub fn check_permissions(path: &Path) -> Result<(), SecretError> {
    private(path, &fs::metadata(path).map_err(failed("read", path))?)
}

fn private(path: &Path, meta: &fs::Metadata) -> Result<(), SecretError> {
    if meta.mode() & 0o007 == 0 {
        return Ok(());
    }
    Err(SecretError::Open { path: path.to_owned(), mode: meta.mode() & 0o7777 })
}

/// Looks at what was opened, not at what the path leads to a moment later. A pipe does not block.
fn open(path: &Path) -> Result<(File, fs::Metadata), SecretError> {
    const O_NONBLOCK: i32 = 0o4000;
    let file =
        File::options().read(true).custom_flags(O_NONBLOCK).open(path).map_err(failed("read", path))?;
    let meta = file.metadata().map_err(failed("read", path))?;
    private(path, &meta)?;
    Ok((file, meta))
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SecretError {
    let path = path.to_owned();
    move |error| SecretError::File { what, path, error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::os::unix::fs::PermissionsExt;

    fn file(content: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (directory, path)
    }

    #[test]
    fn a_secret_is_read_without_its_line_end() {
        for content in ["s3cret", "s3cret\n", "s3cret\r\n"] {
            let (_directory, path) = file(content.as_bytes(), 0o640);
            assert_eq!(read(&path).unwrap().expose_secret(), "s3cret");
        }
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused_with_the_mend() {
        for mode in [0o644, 0o604, 0o602] {
            let (_directory, path) = file(b"s3cret", mode);
            let shown = path.display();
            assert_eq!(
                read(&path).unwrap_err().to_string(),
                format!(
                    "the secret file {shown} is open to every user of this machine (mode {mode:04o}): chmod o-rwx {shown}"
                )
            );
        }
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_shown() {
        for content in [&b""[..], b"\n", b"hunter2\nhunter3", b"hunter2\xff", b"hunter2\0", &[b'x'; 5000]] {
            let (_directory, path) = file(content, 0o600);
            let error = read(&path).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the secret file {} must hold one line of text", path.display())
            );
            assert!(!format!("{error:?}").contains("hunter"));
        }
    }

    #[test]
    fn a_directory_or_a_pipe_is_no_secret() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(read(directory.path()).unwrap_err().to_string().ends_with("must hold one line of text"));
        assert!(matches!(read(&directory.path().join("none")), Err(SecretError::File { .. })));
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret.key");
        let first = read_or_make_key(&path).unwrap();
        let again = read_or_make_key(&path).unwrap();
        assert_eq!(first.expose_secret(), again.expose_secret());
        assert_ne!(first.expose_secret(), &[0; 32]);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(!format!("{first:?}").contains(&data_encoding::HEXLOWER.encode(first.expose_secret())));
    }

    #[test]
    fn a_damaged_key_is_neither_used_nor_replaced() {
        for content in ["", "abc", &"g".repeat(64), &"a".repeat(66)] {
            let (_directory, path) = file(content.as_bytes(), 0o600);
            assert!(matches!(read_or_make_key(&path), Err(SecretError::Content { .. })), "{content}");
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }
}
