//! The journal: every change as a line, in order, written before anybody learns of it.
//!
//! When [`Journal::append`] returns, the kernel has the line, so it survives the death of the
//! process, but not of the machine. The journal only grows: this is an example, not an archive.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::world::{Change, World};
use crate::protocol::Millis;
use crate::protocol::wire::json;

/// Version of the lines' layout and of the changes' meaning. A journal of another one is refused.
const FORMAT: u32 = 1;
/// Name of the file in the state folder.
const NAME: &str = "journal.jsonl";

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    epoch: Millis,
}

#[derive(Deserialize)]
struct Record {
    at: Millis,
    #[serde(flatten)]
    change: Change,
}

#[derive(Serialize)]
struct RecordRef<'a> {
    at: Millis,
    #[serde(flatten)]
    change: &'a Change,
}

/// Open journal, or none.
pub(super) struct Journal {
    file: Option<File>,
}

impl Journal {
    /// Returns no journal: everything ends with the process.
    pub(super) fn none() -> Journal {
        Journal { file: None }
    }

    /// Opens the journal in a folder, and builds the world from it. The time of its last change is
    /// returned too.
    ///
    /// # Errors
    /// When it cannot be read, has another format, or is damaged elsewhere than in its last line.
    /// That one may be torn: its change was never answered, and is cut off.
    pub(super) fn open(folder: &Path, epoch: Millis) -> io::Result<(World, Journal, Millis)> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(NAME);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        let damaged = |line: usize, why: &str| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: line {line}: {why}", path.display()))
        };
        let mut reader = BufReader::new(&mut file);
        let (mut world, mut now, mut good, mut number) = (None, epoch, 0_u64, 0);
        let mut line = Vec::new();
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line)?;
            if line.pop() != Some(b'\n') {
                break;
            }
            number += 1;
            good += length as u64;
            let Some(world) = &mut world else {
                let head: Head =
                    serde_json::from_slice(&line).map_err(|error| damaged(number, &error.to_string()))?;
                if head.format != FORMAT {
                    return Err(damaged(
                        number,
                        "this journal was written by another version of superduperd",
                    ));
                }
                world = Some(World::new(head.epoch));
                continue;
            };
            let record: Record =
                serde_json::from_slice(&line).map_err(|error| damaged(number, &error.to_string()))?;
            now = record.at;
            if let Err(refusal) = world.apply(&record.change, record.at) {
                return Err(damaged(number, &refusal.text));
            }
        }
        file.set_len(good)?;
        file.seek(SeekFrom::End(0))?;
        let world = match world {
            Some(world) => world,
            None => {
                writeln!(file, "{}", json(&Head { format: FORMAT, epoch }))?;
                World::new(epoch)
            }
        };
        Ok((world, Journal { file: Some(file) }, now))
    }

    /// Adds a change.
    pub(super) fn append(&mut self, at: Millis, change: &Change) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = json(&RecordRef { at, change });
        line.push('\n');
        file.write_all(line.as_bytes())
    }
}
