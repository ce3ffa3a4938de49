//! Batches: the stanzas of one transaction, by lane.

use super::{Entry, Lane, Outgoing};
use crate::store::clock::Noted;

/// Stanzas of one lane in one transaction.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(super) lane: Lane,
    /// Row in the outbox, if any of the stanzas is durable.
    pub(super) seq: Option<i64>,
    /// Time of the commit.
    pub(super) noted: Noted,
    /// Stanzas in order, durable and ephemeral.
    pub(super) stanzas: Vec<Outgoing>,
}

/// Groups the stanzas of entries by lane. Answers of a lane that `is_behind` go into the lane
/// beside it.
pub(super) fn batches<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    noted: Noted,
    is_behind: impl Fn(Lane) -> bool,
) -> Vec<Batch> {
    let mut batches = Batches { all: Vec::new(), index: Vec::new(), noted };
    for Entry { lane, stanzas, .. } in entries {
        if stanzas.iter().any(|stanza| stanza.answer) && is_behind(*lane) {
            let lane_of = |answer| if answer { lane.answers() } else { *lane };
            stanzas.iter().for_each(|stanza| batches.of(lane_of(stanza.answer)).push(stanza.clone()));
        } else if !stanzas.is_empty() {
            batches.of(*lane).extend(stanzas.iter().cloned());
        }
    }
    batches.all
}

struct Batches {
    all: Vec<Batch>,
    /// Places of the lanes in `all`, sorted. Mostly there is one.
    index: Vec<(Lane, usize)>,
    noted: Noted,
}

impl Batches {
    fn of(&mut self, lane: Lane) -> &mut Vec<Outgoing> {
        let place = match self.index.binary_search_by_key(&lane, |(lane, _)| *lane) {
            Ok(found) => self.index[found].1,
            Err(missing) => {
                self.index.insert(missing, (lane, self.all.len()));
                self.all.push(Batch { lane, seq: None, noted: self.noted, stanzas: Vec::new() });
                self.all.len() - 1
            }
        };
        &mut self.all[place].stanzas
    }
}
