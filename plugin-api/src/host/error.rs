//! Errors of loading a plugin.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// Reason why a file cannot be used as a plugin, in one sentence for whoever installed it.
#[derive(Debug, thiserror::Error)]
#[error("cannot load the plugin {}: {kind}", path.display())]
pub struct LoadError {
    /// The file, as it was asked for.
    pub path: PathBuf,
    /// The reason.
    pub kind: LoadErrorKind,
}

/// The reasons of a [`LoadError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadErrorKind {
    /// The file cannot be read.
    #[error("{0}")]
    File(#[from] io::Error),
    /// A directory, a device…
    #[error("it is not a regular file")]
    NotAFile,
    /// The mode of the file, or of a directory above it, lets others change what is run here.
    #[error("{} may be written by {}; refusing to run it (chmod {} it)", .0.display(), .1.who(), .1.remedy())]
    Writable(PathBuf, Writers),
    /// The file, or a directory above it, belongs to another user, who can change what is run here.
    #[error(
        "{} belongs to another user (uid {owner}); refusing to run it (it has to belong to root or to uid {me})",
        path.display()
    )]
    Foreign {
        /// The file or directory.
        path: PathBuf,
        /// Owner of the file, by uid.
        owner: u32,
        /// User id of this process.
        me: u32,
    },
    /// The file is not ELF, or not readable as such.
    #[error("it is not a shared library, or a damaged one")]
    NotALibrary,
    /// ELF, but for another processor.
    #[error("it was built for another kind of machine ({theirs}, this is {ours})")]
    Machine {
        /// Architecture of the file.
        theirs: String,
        /// Architecture of this program.
        ours: String,
    },
    /// Shorter than its own headers say; opening it would end this process.
    #[error("the file is cut short: it has {length} bytes of {expected}")]
    CutShort {
        /// Actual length.
        length: u64,
        /// Expected length.
        expected: u64,
    },
    /// A library of another purpose.
    #[error("it is a shared library, but not a plugin of slidged (it lacks `export_plugin!`)")]
    NotAPlugin,
    /// The path was loaded before, when there was another file.
    #[error("the file was replaced after it was loaded; restart slidged to use the new one")]
    Replaced,
    /// The binary interface is of a later generation.
    #[error("it was built for a newer slidged (binary interface {theirs}, this is {ours}): update slidged")]
    NewerAbi {
        /// Version that the plugin needs.
        theirs: u32,
        /// Version of this daemon.
        ours: u32,
    },
    /// The binary interface is of an earlier generation.
    #[error("it was built for an older slidged (binary interface {theirs}, this is {ours}): rebuild it")]
    OlderAbi {
        /// Version that the plugin needs.
        theirs: u32,
        /// Version of this daemon.
        ours: u32,
    },
    /// The operations are of a later major version.
    #[error("it was built for a newer plugin interface ({theirs}, this is {ours}): update slidged")]
    NewerApi {
        /// Version that the plugin needs.
        theirs: Version,
        /// Version of this daemon.
        ours: Version,
    },
    /// The operations are of an earlier major version.
    #[error("it was built for an older plugin interface ({theirs}, this is {ours}): rebuild it")]
    OlderApi {
        /// Version that the plugin needs.
        theirs: Version,
        /// Version of this daemon.
        ours: Version,
    },
    /// The plugin aborts on panic, which would end the process.
    #[error(
        "it was built with `panic = \"abort\"`, so that its panics would end slidged: rebuild it without"
    )]
    PanicAborts,
    /// The library cannot be opened: the error of `dlopen` or `dlsym`.
    #[error("{0}")]
    Open(String),
    /// The handshake fits, but the types of the library do not.
    #[error("its binary interface differs although it claims the same version: {0}")]
    Layout(String),
}

/// Users who may write to a file that only its owner should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// All users of the machine.
    Anybody,
    /// The group, which is neither root's nor ours.
    Group(u32),
}

impl Writers {
    fn who(self) -> String {
        match self {
            Writers::Anybody => "anybody".to_owned(),
            Writers::Group(gid) => format!("group {gid}"),
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Writers::Anybody => "o-w",
            Writers::Group(_) => "g-w",
        }
    }
}

/// Version of the plugin interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(pub [u32; 2]);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor] = self.0;
        write!(f, "{major}.{minor}")
    }
}

impl LoadErrorKind {
    pub(super) fn of(self, path: &Path) -> LoadError {
        LoadError { path: path.to_owned(), kind: self }
    }
}

impl From<libloading::Error> for LoadErrorKind {
    fn from(error: libloading::Error) -> Self {
        // The text of dlerror(3) is one level down.
        let reason = std::error::Error::source(&error).map(ToString::to_string);
        LoadErrorKind::Open(reason.unwrap_or_else(|| error.to_string()))
    }
}
