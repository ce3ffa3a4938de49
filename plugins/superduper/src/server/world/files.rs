//! Uploaded files.

use std::collections::HashMap;

use super::outcome::refuse;
use crate::protocol::{File, FileId, Kind, Refusal};

/// Descriptions of the files; the bytes are elsewhere.
#[derive(Default)]
pub(super) struct Files(HashMap<FileId, File>);

impl Files {
    pub(super) fn add(&mut self, file: File) {
        self.0.insert(file.id.clone(), file);
    }

    pub(super) fn get(&self, id: &str) -> Option<&File> {
        self.0.get(id)
    }

    /// Returns the picture that a request names: `None` when it names none, `Some(None)` to remove
    /// it.
    pub(super) fn picture(&self, id: Option<&str>) -> Result<Option<Option<File>>, Refusal> {
        match id {
            None => Ok(None),
            Some("") => Ok(Some(None)),
            Some(id) => Ok(Some(Some(self.stored(id)?))),
        }
    }

    /// Returns a file that was uploaded.
    pub(super) fn stored(&self, id: &str) -> Result<File, Refusal> {
        match self.0.get(id) {
            Some(file) => Ok(file.clone()),
            None => refuse(Kind::NotFound, "no such file"),
        }
    }
}
