//! XEP-0050: commands as forms, and the same in a chat.

use minidom::Element;

use super::{Client, Refused};
use crate::stanza::{StanzaExt, escape};

const COMMANDS: &str = "http://jabber.org/protocol/commands";
const ITEMS: &str = "http://jabber.org/protocol/disco#items";
const DATA: &str = "jabber:x:data";

/// Answer to a step of a command.
#[derive(Debug, Clone)]
pub struct Stage {
    to: String,
    /// The `<command/>`.
    pub element: Element,
}

impl Client {
    /// The nodes of the commands that are listed there.
    ///
    /// # Errors
    /// Its error.
    ///
    /// # Panics
    /// When no answer comes in time.
    pub async fn commands(&self, to: &str) -> Result<Vec<String>, Refused> {
        let items = self.get(to, &format!("<query xmlns='{ITEMS}' node='{COMMANDS}'/>")).await?;
        Ok(items.children().filter_map(|item| item.attr("node").map(str::to_owned)).collect())
    }

    /// Begins a command.
    ///
    /// # Errors
    /// Its error.
    ///
    /// # Panics
    /// When no answer comes in time.
    pub async fn command(&self, to: &str, node: &str) -> Result<Stage, Refused> {
        self.run(to, &format!("node='{}' action='execute'", escape(node)), "").await
    }

    /// Goes on with a command.
    ///
    /// # Errors
    /// Its error.
    ///
    /// # Panics
    /// When no answer comes in time.
    pub async fn step(&self, stage: &Stage, action: &str, values: &[(&str, &str)]) -> Result<Stage, Refused> {
        let fields: String = values
            .iter()
            .map(|(var, value)| {
                let values: String =
                    value.lines().map(|line| format!("<value>{}</value>", escape(line))).collect();
                format!("<field var='{}'>{values}</field>", escape(var))
            })
            .collect();
        let form = format!("<x xmlns='{DATA}' type='submit'>{fields}</x>");
        let (node, session) = (stage.attr("node"), stage.attr("sessionid"));
        let attrs = format!("node='{}' sessionid='{session}' action='{action}'", escape(&node));
        self.run(&stage.to, &attrs, if values.is_empty() { "" } else { &form }).await
    }

    async fn run(&self, to: &str, attrs: &str, inner: &str) -> Result<Stage, Refused> {
        let command = format!("<command xmlns='{COMMANDS}' {attrs}>{inner}</command>");
        let answer = self.ask("set", to, &command).await?;
        let element = answer.get_child("command", COMMANDS).expect("a command in the answer").clone();
        Ok(Stage { to: to.to_owned(), element })
    }

    /// Writes a line to the gateway's bot and waits for a message in which that stands.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn chat(&self, gateway: &str, line: &str, expected: &str) -> String {
        self.say(gateway, line).await;
        self.told(gateway, expected).await
    }

    /// Waits for a message of the gateway in which that stands.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn told(&self, gateway: &str, expected: &str) -> String {
        let what = format!("{expected:?} from {gateway}");
        let fits = |s: &Element| {
            s.is_message() && s.sender() == gateway && s.body().is_some_and(|body| body.contains(expected))
        };
        self.expect(&what, fits).await.body().unwrap_or_default()
    }
}

impl Stage {
    /// An attribute of the command.
    #[must_use]
    pub fn attr(&self, name: &str) -> String {
        self.element.attr(name).unwrap_or_default().to_owned()
    }

    /// `executing`, `completed` or `canceled`.
    #[must_use]
    pub fn status(&self) -> String {
        self.attr("status")
    }

    /// Text of the notes.
    #[must_use]
    pub fn note(&self) -> String {
        self.element.get_child("note", COMMANDS).map(Element::text).unwrap_or_default()
    }

    /// Condition of the error, if the step was refused.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        let note = self.element.get_child("note", COMMANDS)?;
        (note.attr("type") == Some("error")).then(|| note.text())
    }

    /// Actions that are allowed next.
    #[must_use]
    pub fn actions(&self) -> Vec<String> {
        let actions = self.element.get_child("actions", COMMANDS);
        actions.into_iter().flat_map(Element::children).map(|action| action.name().to_owned()).collect()
    }

    /// Form of the step.
    #[must_use]
    pub fn form(&self) -> Option<&Element> {
        self.element.get_child("x", DATA)
    }

    /// The fields of its form, by name.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        self.elements("field").filter_map(|field| field.attr("var").map(str::to_owned)).collect()
    }

    /// Present value of a field.
    #[must_use]
    pub fn value(&self, var: &str) -> Option<String> {
        self.elements("field")
            .find(|field| field.attr("var") == Some(var))?
            .get_child("value", DATA)
            .map(Element::text)
    }

    /// Options of a field.
    #[must_use]
    pub fn options(&self, var: &str) -> Vec<String> {
        let field = self.elements("field").find(|field| field.attr("var") == Some(var));
        let options = field.into_iter().flat_map(Element::children).filter(|c| c.is("option", DATA));
        options.filter_map(|option| option.get_child("value", DATA).map(Element::text)).collect()
    }

    /// The cells of a column of its table.
    #[must_use]
    pub fn column(&self, var: &str) -> Vec<String> {
        let cell = |item: &Element| {
            let field = item.children().find(|field| field.attr("var") == Some(var))?;
            field.get_child("value", DATA).map(Element::text)
        };
        self.elements("item").filter_map(cell).collect()
    }

    fn elements(&self, name: &'static str) -> impl Iterator<Item = &Element> {
        self.form().into_iter().flat_map(Element::children).filter(move |child| child.is(name, DATA))
    }
}
