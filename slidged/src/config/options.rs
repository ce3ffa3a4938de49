//! `[plugin.options]`: what only the plugin understands, and what it says about it.

use crate::config::ConfigError;
use crate::config::nearest::nearest;
use plugin_api::Field;
use plugin_api::FieldType;
use serde::Deserialize;
use serde::Deserializer;
use serde_json::Map;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The plugin's own settings. They may hold keys of the network's interface, so that their values
/// are never shown.
#[derive(Clone, Default, PartialEq)]
pub struct Options {
    table: Map<String, Value>,
    /// Place of each option in the configuration, to be put in front of a sentence about it.
    places: BTreeMap<String, String>,
}

impl Options {
    /// The table as it is handed to the plugin.
    pub fn table(&self) -> &Map<String, Value> {
        &self.table
    }

    /// Returns the options as text, which is all that a plugin gets.
    pub fn texts(&self) -> BTreeMap<String, String> {
        self.table.iter().map(|(key, value)| (key.clone(), text(value))).collect()
    }

    pub(super) fn place(&mut self, of: impl Fn(&str) -> String) {
        self.places = self.table.keys().map(|key| (key.clone(), of(key))).collect();
    }

    /// Compares what was written with what the plugin says that there is. A plugin that says
    /// nothing is handed everything.
    ///
    /// # Errors
    ///
    /// An option that it does not have, or a value that it cannot take, or one that is missing.
    pub fn check(&self, declared: &[Field]) -> Result<(), ConfigError> {
        if declared.is_empty() {
            return Ok(());
        }
        for (key, value) in &self.table {
            let place = self.places.get(key).map_or("", String::as_str);
            let wrong = match declared.iter().find(|field| field.var == *key) {
                None => Some(unknown(key, declared)),
                Some(field) => refused(field, &text(value)),
            };
            if let Some(wrong) = wrong {
                return Err(ConfigError::new(format!("{place}{wrong}")));
            }
        }
        let missing =
            |field: &&Field| field.required && field.value.is_empty() && !self.table.contains_key(&field.var);
        match declared.iter().find(missing) {
            Some(Field { var, label, .. }) => {
                Err(ConfigError::new(format!("{var} is missing in [plugin.options]: {label}")))
            }
            None => Ok(()),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn unknown(key: &str, declared: &[Field]) -> String {
    let known: Vec<&str> = declared.iter().map(|field| field.var.as_str()).collect();
    let hint = match nearest(key, &known) {
        Some(near) => format!(", did you mean \"{near}\"?"),
        None => format!("; there are {}", known.join(", ")),
    };
    format!("unknown key \"{key}\" in [plugin.options]{hint}")
}

/// Reason why a value does not fit the option; `None` if it does.
fn refused(field: &Field, value: &str) -> Option<String> {
    let choices: Vec<&str> = field.options.iter().map(|option| option.value.as_str()).collect();
    let expected = match field.kind {
        FieldType::ListSingle if !choices.contains(&value) => {
            format!("one of \"{}\"", choices.join("\", \""))
        }
        FieldType::Boolean if !matches!(value, "true" | "false") => "true or false".to_owned(),
        _ if field.required && value.is_empty() => "something".to_owned(),
        _ => return None,
    };
    let hint = nearest(value, &choices).map(|near| format!(", did you mean \"{near}\"?"));
    Some(format!("{} in [plugin.options] must be {expected}{}", field.var, hint.unwrap_or_default()))
}

impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|table| Options { table, places: BTreeMap::new() })
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.table.keys().map(|key| (key, format_args!("…")))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plugin_api::FieldOption;

    fn check(table: &str) -> String {
        let options: Options = serde_json::from_str(table).unwrap();
        let ways = ["tcp", "http"].map(|way| FieldOption::new(way.to_uppercase(), way));
        let declared = [
            Field::text("server", "host:port of the network").required(),
            Field::choice("transport", "How to talk to it", ways.to_vec()),
            Field::boolean("verify", "Check certificates", true),
        ];
        options.check(&declared).map_or_else(|wrong| wrong.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn an_option_is_taken_as_the_plugin_declares_it() {
        assert_eq!(check(r#"{"server": "a:1", "transport": "http", "verify": false}"#), "fine");
        assert_eq!(
            check(r#"{"servr": "a:1"}"#),
            "unknown key \"servr\" in [plugin.options], did you mean \"server\"?"
        );
        assert_eq!(
            check(r#"{"colour": 1}"#),
            "unknown key \"colour\" in [plugin.options]; there are server, transport, verify"
        );
        assert_eq!(
            check(r#"{"transport": "htp", "server": "a:1"}"#),
            "transport in [plugin.options] must be one of \"tcp\", \"http\", did you mean \"http\"?"
        );
        assert_eq!(
            check(r#"{"verify": "perhaps", "server": "a:1"}"#),
            "verify in [plugin.options] must be true or false"
        );
        assert_eq!(check("{}"), "server is missing in [plugin.options]: host:port of the network");
        assert_eq!(check(r#"{"server": ""}"#), "server in [plugin.options] must be something");
    }

    #[test]
    fn a_plugin_that_declares_nothing_is_handed_everything() {
        let options: Options = serde_json::from_str(r#"{"anything": 3}"#).unwrap();
        assert_eq!(options.check(&[]), Ok(()));
        assert_eq!(options.texts()["anything"], "3");
    }
}
