//! `slidged run`: the daemon itself.

use crate::cli::exit::FAILED;
use crate::cli::exit::MISCONFIGURED;
use crate::cli::settings::Settings;
use crate::config::Sources;
use crate::config::root::Config;
use crate::daemon;
use crate::ops::log;
use crate::ops::log::Levels;
use crate::ops::notify;
use crate::ops::private;
use crate::ops::signal;
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::sleep;

/// Time limit of a stop: we promise to end within 10 seconds. Whatever still hangs then is left
/// behind; the outbox is on disk.
const PATIENCE: Duration = Duration::from_millis(9_500);
/// Time for tasks that only have to notice that everything is over.
const AFTERMATH: Duration = Duration::from_millis(200);

pub(super) fn run(settings: &Settings) -> ExitCode {
    let sources = settings.sources();
    let config = match crate::config::load(&sources) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("slidged: {error}");
            return ExitCode::from(MISCONFIGURED);
        }
    };
    let levels = match log::start(&config.log) {
        Ok(levels) => levels,
        Err(error) => {
            eprintln!("slidged: cannot start the log: {error}");
            return ExitCode::from(FAILED);
        }
    };
    private::begin();
    private::mend(&config);
    // One thread: what is done for a message takes less than handing it to another thread. The
    // plugin and the database have their own.
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            return ExitCode::from(FAILED);
        }
    };
    let code = runtime.block_on(serve(config, sources, levels));
    // A plugin's thread that hangs must not hold us.
    runtime.shutdown_timeout(AFTERMATH);
    code
}

async fn serve(config: Config, sources: Sources, levels: Levels) -> ExitCode {
    let reloaded = levels.clone();
    let stop = match signal::listen(move || reload(&sources, &reloaded)) {
        Ok(stop) => stop,
        Err(error) => {
            tracing::error!(%error, "cannot listen for signals");
            return ExitCode::from(FAILED);
        }
    };
    let too_long = async {
        stop.asked.cancelled().await;
        notify::stopping();
        tokio::select! {
            () = sleep(PATIENCE) => tracing::error!("something does not end: leaving it behind"),
            () = stop.insisted.cancelled() => tracing::warn!("told to stop twice: ending at once"),
        }
    };
    let outcome = tokio::select! {
        outcome = daemon::run(config, levels, stop.asked.clone()) => outcome,
        () = too_long => return ExitCode::from(FAILED),
    };
    notify::flush();
    match outcome {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("{error}");
            notify::status(&error.to_string());
            ExitCode::from(if error.is_configuration() { MISCONFIGURED } else { FAILED })
        }
    }
}

/// Reloads the log levels, which alone can change while running; a mistake elsewhere in the files
/// changes nothing.
fn reload(sources: &Sources, levels: &Levels) {
    match crate::config::load(sources) {
        Ok(config) => {
            levels.set(&config.log);
            tracing::info!("log levels read again; other settings need a restart");
        }
        Err(error) => tracing::error!("nothing was changed: {error}"),
    }
}
