//! Resource usage of a process, from /proc.

use std::collections::BTreeMap;
use std::fs;
use std::io;

/// Usage of one process, up to now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    /// Usage by thread: /proc/PID/stat counts in ticks of 10 ms, these do not.
    threads: BTreeMap<String, Thread>,
    /// Calls that wrote to files and pipes; what goes to sockets is mostly not among them.
    writes: u64,
    resident: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Thread {
    nanoseconds: u64,
    switches: u64,
}

/// Usage between two looks.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Used {
    pub(crate) cpu_seconds: f64,
    pub(crate) switches: u64,
    pub(crate) writes: u64,
    /// Bytes at the second look.
    pub(crate) resident: u64,
}

impl Usage {
    /// # Errors
    /// When there is no such process.
    pub(crate) fn of(pid: u32) -> io::Result<Self> {
        let mut usage = Usage::default();
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            let task = task?;
            // A thread may end while we look.
            let read = |file| fs::read_to_string(task.path().join(file)).unwrap_or_default();
            let thread = Thread {
                nanoseconds: first_number(&read("schedstat")),
                switches: field(&read("status"), "ctxt_switches:"),
            };
            usage.threads.insert(task.file_name().to_string_lossy().into_owned(), thread);
        }
        let read = |file| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        usage.writes = field(&read("io"), "syscw:");
        usage.resident = field(&read("status"), "VmRSS:") * 1024;
        Ok(usage)
    }

    /// Returns the usage between an earlier look and this one. A thread that has ended in between
    /// is not counted.
    pub(crate) fn since(&self, earlier: &Usage) -> Used {
        let mut used = Used {
            writes: self.writes.saturating_sub(earlier.writes),
            resident: self.resident,
            ..Used::default()
        };
        let mut nanoseconds = 0;
        for (id, now) in &self.threads {
            let before = earlier.threads.get(id).copied().unwrap_or_default();
            nanoseconds += now.nanoseconds.saturating_sub(before.nanoseconds);
            used.switches += now.switches.saturating_sub(before.switches);
        }
        used.cpu_seconds = std::time::Duration::from_nanos(nanoseconds).as_secs_f64();
        used
    }
}

fn first_number(text: &str) -> u64 {
    text.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// The sum of all lines whose name ends so.
fn field(text: &str, name: &str) -> u64 {
    text.lines().filter_map(|line| line.split_once(name)).map(|(_, rest)| first_number(rest)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_counted_together_and_new_ones_from_nothing() {
        let thread = |nanoseconds, switches| Thread { nanoseconds, switches };
        let before = Usage { threads: [("1".into(), thread(1_000, 5))].into(), writes: 3, resident: 1 };
        let after = Usage {
            threads: [("1".into(), thread(3_000, 6)), ("2".into(), thread(500, 2))].into(),
            writes: 10,
            resident: 4096,
        };
        let used = after.since(&before);
        assert_eq!((used.switches, used.writes, used.resident), (3, 7, 4096));
        assert!((used.cpu_seconds - 2.5e-6).abs() < 1e-12, "{used:?}");
    }

    #[test]
    fn both_kinds_of_switches_count() {
        let status = "VmRSS:\t   100 kB\nvoluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t2\n";
        assert_eq!((field(status, "ctxt_switches:"), field(status, "VmRSS:")), (9, 100));
    }

    #[test]
    fn this_very_process_has_used_something() {
        let used = Usage::of(std::process::id()).unwrap().since(&Usage::default());
        assert!(used.cpu_seconds > 0.0 && used.resident > 0, "{used:?}");
        assert!(Usage::of(u32::MAX).is_err());
    }
}
