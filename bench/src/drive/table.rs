//! One table of everything, as docs/benchmarks.md shows it.

use std::collections::BTreeMap;

use super::case::{Goal, Row, rows, title};
use super::report::Report;

/// The bare component that sends the same stanzas, which goals refer to.
pub(crate) const SAME: &str = "same stanzas";
/// The one that sends a body and nothing else.
pub(crate) const BARE: &str = "bare component";

/// Values of one line and one subject, by round.
type Rounds = BTreeMap<u64, f64>;

/// Renders Markdown: a column for each subject, each but the first with the first's ratio to it, by
/// pairs of the same round. Values are medians, with the least and the largest; a baseline has one
/// column more.
pub(crate) fn table(report: &Report, baseline: Option<&Report>) -> String {
    let Some((first, others)) = report.subjects.split_first() else { return String::new() };
    let mut head = vec!["case".to_owned(), "measure".to_owned(), first.clone()];
    for other in others {
        head.extend([other.clone(), format!("{first} / {other}")]);
    }
    if let Some(before) = baseline.and_then(|b| b.subjects.first()) {
        head.extend([format!("{before} before"), "now / before".to_owned()]);
    }
    head.push("goal".to_owned());
    let mut lines = vec![line(&head), line(&vec!["---".to_owned(); head.len()])];
    for case in report.cases() {
        let mut name = title(case);
        for row in rows(case) {
            let ours = report.rounds(case, first, row.value);
            if ours.is_empty() {
                continue;
            }
            let mut cells = vec![std::mem::take(&mut name), row.title.to_owned(), spread(&ours, &row)];
            for other in others {
                let theirs = report.rounds(case, other, row.value);
                // What a program costs that does nothing is no measure for one that does something.
                let incomparable = row.is_of_the_process() && [SAME, BARE].contains(&other.as_str());
                let ratio = if incomparable { String::new() } else { ratio(&pairs(&ours, &theirs)) };
                cells.extend([spread(&theirs, &row), ratio]);
            }
            if let Some((baseline, before)) = baseline.and_then(|b| Some((b, b.subjects.first()?))) {
                let before = baseline.rounds(case, before, row.value);
                let ratio = divide(median(&ours), median(&before)).map(|r| format!("{r:.2}"));
                cells.extend([spread(&before, &row), ratio.unwrap_or_default()]);
            }
            let same = pairs(&ours, &report.rounds(case, SAME, row.value));
            cells.push(row.goal.map(|goal| verdict(goal, &ours, &same, &row)).unwrap_or_default());
            lines.push(line(&cells));
        }
    }
    lines.join("\n") + "\n"
}

fn line(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

fn spread(values: &Rounds, row: &Row) -> String {
    let digits = row.digits;
    let show = |value: f64| thousands(&format!("{:.digits$}", value * row.scale));
    let Some(middle) = median(values) else { return String::new() };
    let (least, most) = ends(values);
    let (middle, least, most) = (show(middle), show(least), show(most));
    if least == most { middle } else { format!("{middle} ({least}–{most})") }
}

fn ratio(values: &Rounds) -> String {
    let Some(middle) = median(values) else { return String::new() };
    let (least, most) = ends(values);
    if values.len() == 1 { format!("{middle:.2}") } else { format!("{middle:.2} ({least:.2}–{most:.2})") }
}

fn verdict(goal: Goal, ours: &Rounds, same: &Rounds, row: &Row) -> String {
    let most = row.scale * median(ours).unwrap_or_default();
    let of_same = median(same);
    let (text, met) = match goal {
        Goal::AtMost(limit) => (format!("≤ {limit}"), Some(most <= limit)),
        Goal::Of(part) => (format!("≥ {part} of {SAME}"), of_same.map(|ratio| ratio >= part)),
        Goal::Times(times) => (format!("≤ {times} × {SAME}"), of_same.map(|ratio| ratio <= times)),
    };
    match met {
        Some(false) => format!("{text}, **missed**"),
        Some(true) => text,
        None => format!("{text}, not measured"),
    }
}

/// Ratios of our values to theirs, in the rounds that both have.
fn pairs(ours: &Rounds, theirs: &Rounds) -> Rounds {
    ours.iter()
        .filter_map(|(round, value)| Some((*round, divide(Some(*value), theirs.get(round).copied())?)))
        .collect()
}

fn divide(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    let b = b.filter(|b| *b > 0.0)?;
    Some(a? / b)
}

fn median(values: &Rounds) -> Option<f64> {
    let mut sorted: Vec<f64> = values.values().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

fn ends(values: &Rounds) -> (f64, f64) {
    values.values().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)))
}

/// "12345" as "12,345".
fn thousands(number: &str) -> String {
    let (whole, rest) = number.split_once('.').map_or((number, String::new()), |(w, r)| (w, format!(".{r}")));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out + &rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drive::report::Observation;

    fn observation(case: &str, subject: &str, round: u64, values: &[(&str, f64)]) -> Observation {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        Observation { case: case.into(), subject: subject.into(), round, values }
    }

    fn report(rates: &[f64], same: &[f64]) -> Report {
        let mut report = Report { subjects: vec!["slidged".into(), SAME.into()], ..Report::default() };
        for (subject, values) in [("slidged", rates), (SAME, same)] {
            for (round, rate) in (0..).zip(values) {
                report.observations.push(observation("echo", subject, round, &[("rate", *rate)]));
            }
        }
        report
    }

    #[test]
    fn ratios_are_those_of_pairs_and_a_missed_goal_is_said() {
        let text = table(&report(&[3000.0, 1000.0, 2000.0], &[3000.0, 2000.0, 4000.0]), None);
        assert_eq!(
            text.lines().last().unwrap(),
            "| echo, 64 under way | per second | 2,000 (1,000–3,000) | 3,000 (2,000–4,000) | 0.50 (0.50–1.00) | \
             ≥ 0.9 of same stanzas, **missed** |"
        );
        let met = table(&report(&[2000.0], &[2000.0]), None);
        assert!(met.ends_with("| 2,000 | 2,000 | 1.00 | ≥ 0.9 of same stanzas |\n"), "{met}");
    }

    #[test]
    fn a_baseline_is_compared_by_medians() {
        let (now, before) = (report(&[3000.0, 5000.0], &[]), report(&[2000.0], &[]));
        let text = table(&now, Some(&before));
        assert!(text.contains("| slidged before | now / before |"), "{text}");
        assert!(text.contains("| 4,000 (3,000–5,000) |  |  | 2,000 | 2.00 |"), "{text}");
        assert!(text.contains("not measured"), "{text}");
    }

    #[test]
    fn joins_are_shown_each_and_compared_with_their_goal_as_shown() {
        let mut report = Report { subjects: vec!["slidged".into()], ..Report::default() };
        report.observations.push(observation("join", "slidged", 0, &[("gateway.cpu_per_1000_s", 15.0)]));
        let text = table(&report, None);
        assert!(text.ends_with("| join of a group | CPU each, s | 0.015 | ≤ 0.02 |\n"), "{text}");
    }

    #[test]
    fn numbers_are_grouped() {
        let shown = ["0.12", "999", "1000", "1234567.5", "-1000"].map(thousands);
        assert_eq!(shown, ["0.12", "999", "1,000", "1,234,567.5", "-1,000"]);
    }
}
