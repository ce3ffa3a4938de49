//! All that was measured, as JSON.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::failed;

/// One run.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Report {
    /// Circumstances of the measurement: commit, time, profile, processors.
    pub(crate) about: Map<String, Value>,
    /// Subjects in the order of the table. The first is what the others are compared with.
    pub(crate) subjects: Vec<String>,
    pub(crate) observations: Vec<Observation>,
}

/// One case of one subject, once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Observation {
    pub(crate) case: String,
    pub(crate) subject: String,
    pub(crate) round: u64,
    pub(crate) values: BTreeMap<String, f64>,
}

impl Report {
    /// The cases in the order in which they were measured first.
    pub(crate) fn cases(&self) -> Vec<&str> {
        let mut cases: Vec<&str> = Vec::new();
        for observation in &self.observations {
            if !cases.contains(&observation.case.as_str()) {
                cases.push(&observation.case);
            }
        }
        cases
    }

    /// A value in each round in which it was measured.
    pub(crate) fn rounds(&self, case: &str, subject: &str, value: &str) -> BTreeMap<u64, f64> {
        let ours = self.observations.iter().filter(|o| o.case == case && o.subject == subject);
        ours.filter_map(|o| Some((o.round, *o.values.get(value)?))).collect()
    }

    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let observations: Vec<_> = self
            .observations
            .iter()
            .map(|o| json!({"case": o.case, "subject": o.subject, "round": o.round, "values": o.values}))
            .collect();
        let all = json!({"about": self.about, "subjects": self.subjects, "observations": observations});
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        fs::write(path, format!("{all:#}\n"))
    }

    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let wrong = |what: &str| failed(format!("{}: {what}", path.display()));
        let text = fs::read_to_string(path).map_err(|e| wrong(&e.to_string()))?;
        let all: Value = serde_json::from_str(&text).map_err(|e| wrong(&e.to_string()))?;
        let list = |name: &str| all[name].as_array().ok_or_else(|| wrong(&format!("has no {name}")));
        let subjects = list("subjects")?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let observations = list("observations")?
            .iter()
            .map(|one| observation(one).ok_or_else(|| wrong(&format!("is this an observation? {one}"))))
            .collect::<io::Result<_>>()?;
        Ok(Report { about: all["about"].as_object().cloned().unwrap_or_default(), subjects, observations })
    }
}

fn observation(value: &Value) -> Option<Observation> {
    Some(Observation {
        case: value["case"].as_str()?.to_owned(),
        subject: value["subject"].as_str()?.to_owned(),
        round: value["round"].as_u64()?,
        values: numbers(value["values"].as_object()?),
    })
}

/// Parses the output of the load generator for a case.
pub(crate) fn parse(line: &str) -> io::Result<BTreeMap<String, f64>> {
    let value: Value = serde_json::from_str(line).map_err(|e| failed(format!("{line:?}: {e}")))?;
    value.as_object().map(numbers).ok_or_else(|| failed(format!("{line:?}: not an object")))
}

fn numbers(object: &Map<String, Value>) -> BTreeMap<String, f64> {
    object.iter().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/below/report.json");
        let mut report = Report { subjects: vec!["slidged".into(), "bare".into()], ..Report::default() };
        report.about.insert("commit".into(), "abc".into());
        let values = parse(r#"{"case":"echo","rate":4000.5,"gateway.cpu_per_1000_s":0.07}"#).unwrap();
        assert_eq!(values.len(), 2);
        let one = Observation { case: "echo".into(), subject: "slidged".into(), round: 1, values };
        report.observations = vec![one.clone(), Observation { round: 2, ..one }];
        report.write(&path).unwrap();
        let read = Report::read(&path).unwrap();
        assert_eq!(read, report);
        assert_eq!(read.rounds("echo", "slidged", "rate"), [(1, 4000.5), (2, 4000.5)].into());
        assert_eq!(read.cases(), ["echo"]);
    }

    #[test]
    fn what_is_no_report_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        for (text, why) in [
            ("no", "expected"),
            ("{}", "has no subjects"),
            (r#"{"subjects":[],"observations":[{}]}"#, "is this an observation?"),
        ] {
            fs::write(&path, text).unwrap();
            let error = Report::read(&path).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("x.json"), "{error}");
        }
        assert!(parse("waiting for echo").is_err());
    }
}
