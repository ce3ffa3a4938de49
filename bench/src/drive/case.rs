//! The cases, with their sizes and goals.

/// A case of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Echo,
    Lone,
    Quiet,
    Flood,
    Files,
    Join,
    GroupFlood,
    Start,
    Memory,
}

/// A line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) value: &'static str,
    pub(crate) title: &'static str,
    /// Factor from the value to what is shown.
    pub(crate) scale: f64,
    /// Digits behind the point.
    pub(crate) digits: usize,
    pub(crate) goal: Option<Goal>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    AtMost(f64),
    /// Share of what the bare component reaches that sends the same stanzas.
    Of(f64),
    /// Maximum multiple of what that component takes.
    Times(f64),
}

impl Case {
    pub(crate) const ALL: [Case; 9] = [
        Case::Echo,
        Case::Lone,
        Case::Quiet,
        Case::Flood,
        Case::Files,
        Case::Join,
        Case::GroupFlood,
        Case::Start,
        Case::Memory,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Case::Echo => "echo",
            Case::Lone => "lone",
            Case::Quiet => "quiet",
            Case::Flood => "flood",
            Case::Files => "files",
            Case::Join => "join",
            Case::GroupFlood => "groupflood",
            Case::Start => "start",
            Case::Memory => "memory",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }

    /// Whether the bare component can do it too.
    pub(crate) fn suits_components(self) -> bool {
        !matches!(self, Case::Files | Case::Start | Case::Memory)
    }
}

const fn row(value: &'static str, title: &'static str, digits: usize) -> Row {
    Row { value, title, scale: 1.0, digits, goal: None }
}

impl Row {
    /// Processor time, memory or switches of what is measured itself.
    pub(crate) fn is_of_the_process(&self) -> bool {
        self.value.starts_with("gateway.")
    }

    const fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }

    const fn titled(mut self, title: &'static str) -> Self {
        self.title = title;
        self
    }

    const fn scale(mut self, scale: f64) -> Self {
        self.scale = scale;
        self
    }
}

const RATE: Row = row("rate", "per second", 0);
const P50: Row = row("p50_ms", "median, ms", 2);
const P99: Row = row("p99_ms", "99 of 100, ms", 2);
const CPU: Row = row("gateway.cpu_per_1000_s", "CPU per 1,000, s", 3);
const SERVER_CPU: Row = row("server.cpu_per_1000_s", "CPU of Prosody, s", 3);
const LOAD_CPU: Row = row("load.cpu_per_1000_s", "CPU of the generator, s", 3);
const SWITCHES: Row = row("gateway.switches", "switches of threads, each", 1);
const RSS: Row = row("gateway.rss_mb", "memory, MiB", 1);

/// The lines of a case, which is named as in the report: `start-1000` is one of `start`.
pub(crate) fn rows(case: &str) -> Vec<Row> {
    let ceiling = Goal::Of(0.9);
    match case {
        "echo" => {
            vec![RATE.goal(ceiling), CPU.goal(Goal::AtMost(0.05)), SERVER_CPU, LOAD_CPU, SWITCHES, RSS]
        }
        "lone" => vec![P50.goal(Goal::AtMost(2.0)), P99, CPU.goal(Goal::AtMost(0.15)), SERVER_CPU, SWITCHES],
        "quiet" => {
            let calls = [
                row("gateway.writes", "writes to files and pipes, each", 1),
                row("calls", "system calls, each", 1),
                row("calls.pwrite64", "of them pwrite64", 1),
                row("calls.epoll_wait", "of them epoll_wait", 1),
                row("calls.futex", "of them futex", 1),
            ];
            let first = [CPU.goal(Goal::AtMost(0.3)), P50, SERVER_CPU, SWITCHES];
            first.into_iter().chain(calls).collect()
        }
        "flood" => {
            vec![RATE.goal(ceiling), CPU.goal(Goal::AtMost(0.02)), SERVER_CPU, LOAD_CPU, SWITCHES, RSS]
        }
        "files" => vec![RATE, CPU.goal(Goal::AtMost(0.3)), SERVER_CPU, RSS],
        "join" => vec![
            P50.goal(Goal::Times(1.5)),
            CPU.scale(1e-3).goal(Goal::AtMost(0.02)).titled("CPU each, s"),
            SERVER_CPU.scale(1e-3).titled("CPU of Prosody each, s"),
        ],
        "groupflood" => vec![RATE, CPU.goal(Goal::AtMost(0.05)), SERVER_CPU, SWITCHES],
        "memory" => vec![
            row("idle_mb", "no user, MiB", 1).goal(Goal::AtMost(20.0)),
            row("loaded_mb", "after many messages, MiB", 1),
            row("per_user_kb", "per user of 50 contacts, KiB", 1).goal(Goal::AtMost(35.0)),
        ],
        _ => {
            let thousand =
                |row: Row, most| if case == "start-1000" { row.goal(Goal::AtMost(most)) } else { row };
            vec![
                thousand(row("cpu_s", "CPU, s", 2), 1.5),
                thousand(row("wall_s", "until all are connected, s", 2), 5.0),
                row("server_cpu_s", "CPU of Prosody, s", 2),
                thousand(row("rss_mb", "memory, MiB", 1), 60.0),
            ]
        }
    }
}

/// A case in the reader's words.
pub(crate) fn title(case: &str) -> String {
    match case {
        "echo" => "echo, 64 under way".into(),
        "lone" => "echo, one at a time".into(),
        "quiet" => "50 a second from a contact".into(),
        "flood" => "flood from a contact".into(),
        "files" => "files of 100 KiB, served locally".into(),
        "join" => "join of a group".into(),
        "groupflood" => "flood in a group of 100".into(),
        "memory" => "memory".into(),
        other => match other.strip_prefix("start-") {
            Some("1") => "start, 1 user".into(),
            Some(users) => format!("start, {users} users"),
            None => other.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_a_name_and_rows() {
        for case in Case::ALL {
            assert_eq!(Case::parse(case.name()), Some(case));
            assert!(!rows(case.name()).is_empty());
        }
        assert_eq!(Case::parse("start-1000"), None);
        assert_eq!(title("start-1000"), "start, 1000 users");
        assert_eq!(rows("start-1000")[0].goal, Some(Goal::AtMost(1.5)));
        assert_eq!(rows("start-1")[0].goal, None);
    }
}
