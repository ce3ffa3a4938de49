//! Measurements of a case.

use std::io;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::Options;
use crate::usage::Usage;

/// Time, and the work of processes, from its start to its report.
#[derive(Debug)]
pub(crate) struct Meter {
    case: &'static str,
    watched: Vec<(String, u32, Usage)>,
    start: Instant,
}

impl Meter {
    pub(crate) fn start(options: &Options, case: &'static str) -> io::Result<Self> {
        let mut pids = options.pids()?;
        pids.push(("load".into(), std::process::id()));
        let look = |(name, pid)| Ok((name, pid, Usage::of(pid)?));
        let watched = pids.into_iter().map(look).collect::<io::Result<_>>()?;
        Ok(Meter { case, watched, start: Instant::now() })
    }

    /// Prints one line of JSON. `n` operations were done, which processor time, switches and writes
    /// are divided by; `latencies` are in nanoseconds.
    pub(crate) fn report(self, n: usize, latencies: Vec<u64>, more: &[(&str, f64)]) -> io::Result<()> {
        let seconds = self.start.elapsed().as_secs_f64();
        let operations = to_float(n as u64);
        let mut line = Map::new();
        line.insert("case".into(), self.case.into());
        let mut put = |name: String, value: f64| line.insert(name, round(value));
        put("n".into(), operations);
        put("wall_s".into(), seconds);
        put("rate".into(), operations / seconds);
        for (name, value) in quantiles(latencies) {
            put(name.into(), value);
        }
        for (name, value) in more {
            put((*name).into(), *value);
        }
        for (name, pid, before) in &self.watched {
            let used = Usage::of(*pid)?.since(before);
            put(format!("{name}.cpu_per_1000_s"), used.cpu_seconds * 1000.0 / operations);
            put(format!("{name}.switches"), to_float(used.switches) / operations);
            put(format!("{name}.writes"), to_float(used.writes) / operations);
            put(format!("{name}.rss_mb"), to_float(used.resident) / f64::from(1 << 20));
        }
        println!("{}", Value::Object(line));
        Ok(())
    }
}

fn quantiles(mut latencies: Vec<u64>) -> Vec<(&'static str, f64)> {
    latencies.sort_unstable();
    let Some(last) = latencies.len().checked_sub(1) else { return Vec::new() };
    [("p50_ms", 50), ("p99_ms", 99), ("max_ms", 100)]
        .map(|(name, percent)| {
            let at = (latencies.len() * percent).div_ceil(100).saturating_sub(1).min(last);
            (name, to_float(latencies[at]) / 1e6)
        })
        .to_vec()
}

/// Six digits behind the point are more than a measurement has.
fn round(value: f64) -> Value {
    json!((value * 1e6).round() / 1e6)
}

#[expect(clippy::cast_precision_loss, reason = "counts and times are far below 2^53")]
fn to_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let milliseconds = |count: u64| (1..=count).rev().map(|n| n * 1_000_000).collect();
        assert_eq!(quantiles(milliseconds(200)), [("p50_ms", 100.0), ("p99_ms", 198.0), ("max_ms", 200.0)]);
        assert_eq!(quantiles(milliseconds(1)), [("p50_ms", 1.0), ("p99_ms", 1.0), ("max_ms", 1.0)]);
        assert_eq!(quantiles(vec![]), []);
    }
}
