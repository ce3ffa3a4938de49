//! Throw-away PostgreSQL: the server named by `SLIDGED_TEST_POSTGRES`, or one from the
//! distribution's binaries, on a unix socket in a temporary folder. It ends with the test process,
//! however that ends, because it waits for the end of its standard input.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Runs as an ordinary user: PostgreSQL refuses root.
const SCRIPT: &str = r#"
set -e
dir=$(mktemp -d /tmp/slidged-postgres.XXXXXX)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# To make a cluster takes seconds, to copy one does not: the first is kept for all others of this user and version.
template=/tmp/slidged-postgres-template.$(id -u).$("$0/postgres" --version | tr -cd 0-9.)
if [ -O "$template" ]; then
    cp -a "$template" "$dir/data"
else
    "$0/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C -N >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
    cp -a "$dir/data" "$dir/template"
    mv -nT "$dir/template" "$template" 2>/dev/null || true
fi
"$0/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c full_page_writes=off \
    -c max_connections=200 -c shared_buffers=32MB >>"$dir/log" 2>&1 </dev/null &
pid=$!
tries=0
until "$0/pg_isready" -q -h "$dir" -U postgres; do
    tries=$((tries + 1))
    if [ $tries = 600 ] || ! kill -0 $pid 2>/dev/null; then
        cat "$dir/log" >&2
        kill -QUIT $pid 2>/dev/null
        exit 1
    fi
    sleep 0.05
done
echo "$dir"
cat >/dev/null
kill -INT $pid
wait $pid || true
"#;

/// Creates an empty schema and returns its URL.
///
/// # Panics
/// When there is no PostgreSQL to be had: skipping would hide that half of the promise is untested.
pub(crate) async fn schema(name: &str) -> String {
    static SERVER: OnceLock<String> = OnceLock::new();
    let server = tokio::task::spawn_blocking(|| SERVER.get_or_init(server)).await.expect("a server");
    let mut conn = PgConnection::connect(server).await.expect("the test server answers");
    let sql = format!("CREATE SCHEMA {name}");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut conn).await.expect("a schema");
    let separator = if server.contains('?') { '&' } else { '?' };
    format!("{server}{separator}options[search_path]={name}")
}

fn server() -> String {
    if let Ok(url) = std::env::var("SLIDGED_TEST_POSTGRES") {
        return url;
    }
    let bin = binaries().expect(
        "the PostgreSQL tests need a server: install the package postgresql, or name one in SLIDGED_TEST_POSTGRES",
    );
    let mut child = start(&bin);
    let mut folder = String::new();
    let stdout = child.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut folder).expect("the script says something");
    assert!(!folder.is_empty(), "PostgreSQL does not start, see above");
    // Its standard input stays open until this process ends.
    std::mem::forget(child);
    format!("postgres://postgres@localhost/postgres?host={}", folder.trim())
}

fn start(bin: &PathBuf) -> Child {
    let root = std::fs::metadata("/proc/self")
        .is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command.arg("-c").arg(SCRIPT).arg(bin).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().expect("a shell")
}

/// Debian's newest, or those of a PATH that has them.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    found.sort();
    found.reverse();
    found.extend(std::env::split_paths(&std::env::var_os("PATH")?));
    found
        .into_iter()
        .find(|bin| ["initdb", "postgres", "pg_isready"].iter().all(|name| bin.join(name).is_file()))
}
