//! The load generator: it plays XMPP clients against a gateway whose plugin keeps to the contract
//! of `plugins/benchnet`, and a component that keeps to it with next to no work of its own. Each
//! case prints one line of JSON.

mod chat;
mod component;
mod files;
mod login;
mod meter;
mod options;
mod room;
mod splitter;
mod stream;

use std::io;

pub(crate) use options::Options;
use stream::Stream;

const USAGE: &str = "\
usage: load CASE [--OPTION VALUE]...

common: --server 127.0.0.1:16222  --domain localhost  --gw gw.localhost
        --prefix u (of user names)  --user u0  --pass pw  --pid NAME=PID[,NAME=PID]
        --limit 300 (seconds without progress before giving up)
        --settle 500 (milliseconds of silence after which a client counts as settled)

register   --first 0 --count 1 --login QUERY               in-band registration
echo       --to c0 --n 2000 --window 64 --size 60          text there and back
flood      --to c0 --n 5000 --rate 0 --size 60             from the network, 1:1
groupflood --group g100 --users 1 --n 2000 --rate 0        from the network, in a group
join       --group g1000 --n 5                             join until 110, leave
archive    --group g10 --n 10000                           fill a group's archive
mam        --group g10 --n 20 --max 100 --page last        one page of an archive
files      --to c0 --n 100 --size 102400                   files from the network
component  --server 127.0.0.1:16347 --gw echo.localhost --secret secret
           --stanzas bare (a body and nothing else, to the full address) or gateway (as slidged's)
";

/// Runs one case: its name, then options.
///
/// # Errors
/// When the arguments are none, or the case did not go as it should.
pub fn run(args: &[String]) -> io::Result<()> {
    let (case, options) = args.split_first().ok_or_else(|| crate::failed(USAGE))?;
    let options = Options::read(options)?;
    match case.as_str() {
        "register" => chat::register(&options),
        "echo" => chat::echo(&options),
        "flood" => chat::flood(&options),
        "groupflood" => room::flood(&options),
        "join" => room::join(&options),
        "archive" => room::archive(&options),
        "mam" => room::pages(&options),
        "files" => files::files(&options),
        "component" => component::serve(&options),
        _ => Err(crate::failed(USAGE)),
    }
}
