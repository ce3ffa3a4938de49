//! Circles between files.

use std::collections::{BTreeMap, BTreeSet};

use crate::package::Uses;

/// The circles, each with all its files, the largest first.
pub(crate) fn circles(uses: &Uses) -> Vec<BTreeSet<String>> {
    let mut onward = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (from, to) in uses.keys() {
        onward.entry(from).or_default().insert(to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        onward.keys().map(|file| (*file, reachable(&onward, file))).collect();
    let mut circles = BTreeSet::new();
    for (file, there) in &reached {
        if there.contains(file) {
            let back = there.iter().filter(|other| reached.get(*other).is_some_and(|r| r.contains(file)));
            circles.insert(back.map(|other| (*other).to_owned()).collect::<BTreeSet<_>>());
        }
    }
    let mut circles: Vec<_> = circles.into_iter().collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

fn reachable<'a>(onward: &BTreeMap<&'a str, BTreeSet<&'a str>>, file: &str) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![file]);
    while let Some(file) = open.pop() {
        for next in onward.get(file).into_iter().flatten() {
            if found.insert(*next) {
                open.push(*next);
            }
        }
    }
    found
}

/// A circle as somebody reads it who has to open it.
pub(crate) fn describe(package: &str, circle: &BTreeSet<String>, uses: &Uses) -> String {
    let mut text = format!("\n{package}: a circle of {} files\n", circle.len());
    for ((from, to), names) in uses {
        if circle.contains(from) && circle.contains(to) {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            text.push_str(&format!("  {from} uses {} of {to}\n", names.join(", ")));
        }
    }
    text
}
