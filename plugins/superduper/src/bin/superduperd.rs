//! Server of the example network: `superduperd --listen 127.0.0.1:0` prints the addresses that it
//! listens on, and runs until it is terminated.
#![forbid(unsafe_code)]

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use superduper::server::{Options, Seed, Server};
use tokio::signal::unix::{SignalKind, signal};

/// A small chat network on the loopback, spoken in JSON lines (see PROTOCOL.md).
#[derive(Parser)]
#[command(version, about)]
struct Args {
    /// Address for clients; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:5380", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Address where files are served over HTTP.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    http: SocketAddr,
    /// Folder to keep everything in, so that it survives the end of the process.
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// JSON file of accounts and groups to create, as far as they do not exist.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Allow anybody to inject faults.
    #[arg(long)]
    faults: bool,
    /// Allow nobody to create accounts.
    #[arg(long)]
    closed: bool,
    /// Milliseconds after which a QR code is replaced by the next one.
    #[arg(long, default_value_t = 20_000, value_name = "MILLISECONDS")]
    qr_refresh: u64,
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("superduperd: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(args: Args) -> std::io::Result<()> {
    let seed = match &args.seed {
        Some(path) => read_seed(path)?,
        None => Seed::default(),
    };
    let options = Options {
        listen: args.listen,
        http: args.http,
        state: args.state,
        seed,
        faults: args.faults,
        closed: args.closed,
        qr_refresh: Duration::from_millis(args.qr_refresh.max(1)),
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = Server::start(options).await?;
    let ready =
        serde_json::json!({ "listening": server.listening().to_string(), "http": server.http().to_string() });
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        error = server.failed() => return Err(error),
    }
    server.stop().await;
    Ok(())
}

fn read_seed(path: &std::path::Path) -> std::io::Result<Seed> {
    let named =
        |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(named)?;
    serde_json::from_str(&text).map_err(|error| named(error.into()))
}
