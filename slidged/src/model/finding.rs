//! Findings that `check` and `doctor` report to administrators.

/// Verdict on a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All well.
    Fine,
    /// The gateway goes on without it.
    Optional,
    /// The fault has to be mended.
    Wrong,
}

impl Verdict {
    /// The word in front of the line, also over the control socket.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Fine => "ok",
            Verdict::Optional => "note",
            Verdict::Wrong => "FAIL",
        }
    }

    /// The verdict of that word; what is not known is as bad as can be.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        let all = [Verdict::Fine, Verdict::Optional];
        all.into_iter().find(|verdict| verdict.word() == word).unwrap_or(Verdict::Wrong)
    }
}

/// Result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Subject, in a few words.
    pub what: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Some words, or the mistake and its mend.
    pub detail: String,
}

impl Finding {
    /// Creates a finding.
    pub fn new(what: impl Into<String>, verdict: Verdict, detail: impl Into<String>) -> Self {
        Self { what: what.into(), verdict, detail: detail.into() }
    }

    /// Makes a finding of any result: fine, or wrong.
    pub fn of<E: ToString>(what: impl Into<String>, outcome: Result<String, E>) -> Self {
        match outcome {
            Ok(detail) => Self::new(what, Verdict::Fine, detail),
            Err(error) => Self::new(what, Verdict::Wrong, error.to_string()),
        }
    }
}

/// All that was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Findings in order.
    pub tried: Vec<Finding>,
    /// The lines for the server's configuration that would mend it; empty if there is nothing to
    /// add.
    pub lines: String,
}

impl Findings {
    /// One that is wrong, and nothing else.
    pub fn wrong(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { tried: vec![Finding::new(what, Verdict::Wrong, why)], lines: String::new() }
    }

    /// Adds one.
    pub fn add(&mut self, what: impl Into<String>, verdict: Verdict, detail: impl Into<String>) {
        self.tried.push(Finding::new(what, verdict, detail));
    }

    /// Adds one that is fine, or wrong.
    pub fn outcome<E: ToString>(&mut self, what: impl Into<String>, outcome: Result<String, E>) {
        self.tried.push(Finding::of(what, outcome));
    }

    /// Adds lines, unless they are there.
    pub fn mend(&mut self, lines: &str) {
        if !self.lines.contains(lines) {
            self.lines += lines;
            self.lines.push('\n');
        }
    }
}
