//! Options of the command line.

use std::collections::BTreeMap;
use std::io;
use std::str::FromStr;
use std::time::Duration;

use super::Stream;
use super::login;
use crate::failed;

/// `--name value`, any number of them.
#[derive(Debug, Default)]
pub(crate) struct Options(BTreeMap<String, String>);

impl Options {
    pub(crate) fn read(args: &[String]) -> io::Result<Self> {
        let mut all = BTreeMap::new();
        for pair in args.chunks(2) {
            let [name, value] = pair else { return Err(failed(format!("{} has no value", pair[0]))) };
            let name = name.strip_prefix("--").ok_or_else(|| failed(format!("what is {name}?")))?;
            all.insert(name.to_owned(), value.clone());
        }
        Ok(Options(all))
    }

    pub(crate) fn text<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.0.get(name).map_or(default, String::as_str)
    }

    pub(crate) fn number<T: FromStr>(&self, name: &str, default: T) -> io::Result<T> {
        let Some(text) = self.0.get(name) else { return Ok(default) };
        text.parse().map_err(|_| failed(format!("--{name} {text}: not a number")))
    }

    /// The domain of the gateway.
    pub(crate) fn gateway(&self) -> &str {
        self.text("gw", "gw.localhost")
    }

    /// The contact that the case is about.
    pub(crate) fn contact(&self) -> String {
        format!("{}@{}", self.text("to", "c0"), self.gateway())
    }

    /// The group that the case is about.
    pub(crate) fn group(&self, default: &str) -> String {
        format!("{}@{}", self.text("group", default), self.gateway())
    }

    pub(crate) fn limit(&self) -> io::Result<Duration> {
        Ok(Duration::from_secs(self.number("limit", 300)?))
    }

    /// The user of that number.
    pub(crate) fn name(&self, number: usize) -> String {
        format!("{}{number}", self.text("prefix", "u"))
    }

    /// The user of the case, online and settled: the gateway may have presences to tell first.
    pub(crate) fn client(&self) -> io::Result<(String, Stream)> {
        let first = self.name(0);
        let user = self.text("user", &first).to_owned();
        let mut stream = self.connect(&user)?;
        self.settle(&mut stream)?;
        Ok((user, stream))
    }

    pub(crate) fn connect(&self, user: &str) -> io::Result<Stream> {
        let resource = format!("load{}", std::process::id());
        let account = login::Account {
            domain: self.text("domain", "localhost"),
            user,
            password: self.text("pass", "pw"),
            resource: &resource,
        };
        login::client(self.text("server", "127.0.0.1:16222"), &account)
    }

    /// Reads until nothing comes any more.
    pub(crate) fn settle(&self, stream: &mut Stream) -> io::Result<()> {
        let silence = Duration::from_millis(self.number("settle", 500)?);
        loop {
            match stream.recv(silence) {
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::TimedOut => return Ok(()),
                Err(e) => return Err(e),
            }
        }
    }

    /// The processes to watch, by a name each.
    pub(crate) fn pids(&self) -> io::Result<Vec<(String, u32)>> {
        let all = self.text("pid", "").split(',').filter(|one| !one.is_empty());
        all.map(|one| {
            let (name, pid) = one.split_once('=').ok_or_else(|| failed(format!("--pid {one}: NAME=PID")))?;
            Ok((name.to_owned(), pid.parse().map_err(|_| failed(format!("--pid {one}: not a number")))?))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_on_the_command_line_is_named() {
        let read = |text: &str| Options::read(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let options = read("--n 5 --pid gateway=7,server=8").unwrap();
        assert_eq!(options.number("n", 1).unwrap(), 5);
        assert_eq!(options.pids().unwrap(), [("gateway".to_owned(), 7), ("server".to_owned(), 8)]);
        assert_eq!(read("--n").unwrap_err().to_string(), "--n has no value");
        assert_eq!(read("n 5").unwrap_err().to_string(), "what is n?");
        assert_eq!(
            read("--n five").unwrap().number("n", 1).unwrap_err().to_string(),
            "--n five: not a number"
        );
    }
}
