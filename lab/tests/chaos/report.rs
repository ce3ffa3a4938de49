//! Findings of a mode, and whether they hold.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::ledger::Tally;
use crate::load::Memory;
use crate::prober::Answers;

/// Time limit of answers that somebody waits for, whatever happens to the database.
const ANSWERED: Duration = Duration::from_secs(1);
/// A user's message that cannot be stored waits ten seconds from its receipt; then the try that is
/// under way ends (two seconds at most), and the user is told.
const TOLD: Duration = Duration::from_secs(13);
/// Time limit of recovery, counted from the end of the trouble.
pub(crate) const RECOVERED: Duration = Duration::from_secs(5);
/// Warnings and errors for each trouble: it came and it went, for each of the few parts that it
/// concerns. None per message.
const LINES: usize = 8;
/// Growth of slidged's memory that is allowed, in bytes: what is under way, and the allocator's
/// share.
const GROWTH: u64 = 64 << 20;

/// Messages a second that a server takes at the least, on two cores that are shared with everybody
/// who talks (160 to 660 were seen).
const SERVER: f64 = 150.0;

/// Time that a server needs for messages that have gathered; later ones come behind them.
pub(crate) fn server_takes(gathered: usize) -> Duration {
    Duration::from_secs_f64(gathered as f64 / SERVER)
}

/// Time from the end of a trouble until everybody got through again; none: not in the time that was
/// waited.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Recovery {
    /// Time of a message from user to friend, with the receipt.
    pub(crate) to_friend: Option<Duration>,
    /// Time from friend to user of the first message that had gathered.
    pub(crate) flows: Option<Duration>,
    /// Time from friend to user of a message that was sent after the trouble.
    pub(crate) to_user: Option<Duration>,
    /// Number of messages of friends that had gathered.
    pub(crate) gathered: usize,
}

impl Recovery {
    /// The worse of both in everything.
    fn worse(self, other: Recovery) -> Recovery {
        let slower = |one: Option<Duration>, other: Option<Duration>| Some(one?.max(other?));
        Recovery {
            to_friend: slower(self.to_friend, other.to_friend),
            flows: slower(self.flows, other.flows),
            to_user: slower(self.to_user, other.to_user),
            gathered: self.gathered.max(other.gathered),
        }
    }
}

/// All measurements.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) mode: &'static str,
    pub(crate) to_friend: Tally,
    pub(crate) to_user: Tally,
    pub(crate) answers: Answers,
    pub(crate) memory: Memory,
    pub(crate) recoveries: Vec<Recovery>,
    /// Lines of slidged's log that warn or tell of an error.
    pub(crate) complaints: Vec<String>,
}

impl Report {
    /// The worst of all recoveries.
    fn slowest(&self) -> Recovery {
        self.recoveries.iter().copied().reduce(Recovery::worse).unwrap_or_default()
    }

    /// Checks that nothing is lost, doubled or out of order, nobody waits for an answer, the log
    /// does not overflow, and recovery takes at most `recovered`. Some message must have had to
    /// wait for `felt`: else there was no trouble.
    ///
    /// # Panics
    /// When something of it is not so, with everything that was measured.
    pub(crate) fn must_hold(&self, recovered: Duration, felt: Duration) {
        println!("{self}");
        let waited = self.to_friend.longest_wait;
        assert!(
            waited >= felt,
            "{}: there was no trouble: nobody waited longer than {waited:.1?}",
            self.mode
        );
        let faults = self.faults(recovered);
        assert!(faults.is_empty(), "{}:\n  {}\n{self}", self.mode, faults.join("\n  "));
    }

    /// Checks a time in which slidged itself ended: nothing is lost, doubled or out of order, but
    /// for what users sent within `gap` of each other, while nobody was there.
    ///
    /// # Panics
    /// When something of it is not so.
    pub(crate) fn nothing_is_lost_but_in_a_gap_of(&self, gap: Duration) {
        let times: Vec<_> = self.to_friend.lost.iter().map(|(_, sent)| *sent).collect();
        let lasted =
            times.iter().max().zip(times.iter().min()).map_or(Duration::ZERO, |(last, first)| *last - *first);
        assert!(lasted < gap, "what users sent is lost over a time of {lasted:.1?}\n{self}");
        assert!(self.to_user.lost.is_empty(), "of friends {} are lost\n{self}", self.to_user.lost.len());
        for tally in [&self.to_friend, &self.to_user] {
            assert_eq!((tally.doubled, tally.disordered), (0, 0), "doubled and out of order\n{self}");
        }
        let Recovery { to_friend, to_user, .. } = self.slowest();
        assert!(to_friend.is_some() && to_user.is_some(), "nobody gets through any more\n{self}");
    }

    fn faults(&self, recovered: Duration) -> Vec<String> {
        let mut faults = Vec::new();
        let mut must = |holds: bool, otherwise: String| {
            if !holds {
                faults.push(otherwise);
            }
        };
        for (way, tally) in [("to friends", &self.to_friend), ("to users", &self.to_user)] {
            must(tally.sent > 0, format!("{way}: nobody has said anything"));
            must(tally.lost.is_empty(), format!("{way}: {} lost", tally.lost.len()));
            must(tally.doubled == 0, format!("{way}: {} doubled", tally.doubled));
            must(tally.disordered == 0, format!("{way}: {} out of order", tally.disordered));
        }
        let Tally { contradicted, wordless, told_after, .. } = self.to_friend;
        must(contradicted == 0, format!("{contradicted} were told not to be sent, and arrived"));
        must(wordless == 0, format!("{wordless} arrived without a receipt or an error"));
        must(told_after < TOLD, format!("the slowest error came after {told_after:.1?}"));
        let Answers { unanswered, refused, excess, .. } = self.answers;
        must(unanswered + refused == 0, format!("{unanswered} questions unanswered, {refused} refused"));
        must(excess < ANSWERED, format!("an answer took {excess:.1?} longer than the server's own"));
        let grown = self.memory.most.saturating_sub(self.memory.before);
        must(grown < GROWTH, format!("the memory grew by {} MiB", grown >> 20));
        for recovery in &self.recoveries {
            let Recovery { to_friend, flows, to_user, gathered } = *recovery;
            let soon = |took: Option<Duration>| took.is_some_and(|took| took < recovered);
            must(soon(to_friend) && soon(flows), recovery.to_string());
            let caught_up = recovered + server_takes(gathered);
            must(to_user.is_some_and(|took| took < caught_up), recovery.to_string());
        }
        let lines = LINES * self.recoveries.len().max(1);
        must(
            self.complaints.len() <= lines,
            format!("{} warnings and errors in the log", self.complaints.len()),
        );
        faults
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recovery { to_friend, flows, to_user, gathered } = self;
        write!(
            f,
            "users got through after {to_friend:.1?}, friends after {flows:.1?}; behind the {gathered} that had gathered, after {to_user:.1?}"
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "== {}: {} troubles", self.mode, self.recoveries.len())?;
        for (way, tally) in [("to friends", &self.to_friend), ("to users", &self.to_user)] {
            let Tally { sent, delivered, told, doubled, repeated, disordered, lost, .. } = tally;
            writeln!(
                f,
                "{way}: {sent} sent, {delivered} delivered, {told} told, {} lost, {doubled} doubled, {disordered} out of order, \
                 {repeated} repeats under the same id",
                lost.len()
            )?;
            let numbers: Vec<_> = lost.iter().take(10).map(|(number, _)| number).collect();
            if !numbers.is_empty() {
                writeln!(f, "  lost are, among others, the numbers {numbers:?}")?;
            }
        }
        let Tally { contradicted, wordless, told_after, longest_wait, .. } = self.to_friend;
        writeln!(
            f,
            "words to the sender: longest wait {longest_wait:.1?}, slowest error {told_after:.1?}, {contradicted} told and delivered, \
             {wordless} without a word"
        )?;
        writeln!(f, "questions: {}", self.answers)?;
        writeln!(
            f,
            "memory: {} MiB before, {} MiB at most",
            self.memory.before >> 20,
            self.memory.most >> 20
        )?;
        writeln!(f, "slowest recovery: {}", self.slowest())?;
        writeln!(f, "log: {} warnings and errors", self.complaints.len())?;
        let mut kinds = BTreeMap::<&str, usize>::new();
        for line in &self.complaints {
            // Behind the time and the user, and without what differs.
            let words = line.rsplit("}: ").next().unwrap_or(line);
            let words = words.split_once("Z ").map_or(words, |(_, words)| words.trim());
            *kinds.entry(words.split(['=', '"']).next().unwrap_or(words)).or_default() += 1;
        }
        let mut kinds: Vec<_> = kinds.into_iter().map(|(kind, count)| (count, kind)).collect();
        kinds.sort_unstable_by(|a, b| b.cmp(a));
        kinds.iter().take(8).try_for_each(|(count, kind)| writeln!(f, "  {count} × {kind}"))
    }
}
