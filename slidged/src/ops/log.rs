//! Log lines on stderr: on a terminal with the time and colours, under journald with the priority
//! in front.
//!
//! Every line shows the spans it was written in, so that each one tells its user:
//! `INFO user{jid=juliet@example.org}: slidged::session: logged in`.

use super::limit::{LeftOut, Limit};
use crate::config::{Format, Log};
use std::{
    env, fmt,
    io::{self, IsTerminal},
    os::{fd::AsFd, unix::fs::MetadataExt},
    time::Instant,
};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    filter::Targets,
    fmt::{FmtContext, FormatEvent, FormatFields, format, format::Writer},
    layer::SubscriberExt,
    registry::{LookupSpan, Registry},
    reload,
    util::SubscriberInitExt,
};

/// Changes the levels of the running log.
#[derive(Clone)]
pub struct Levels(reload::Handle<Targets, Registry>);

impl Levels {
    /// Sets the log levels; the format stays.
    pub fn set(&self, log: &Log) {
        // It fails when the subscriber is gone, and then there is no log to set levels of.
        let _ = self.0.reload(targets(log));
    }

    /// Another level, for all or for one target, until the next start or reload.
    pub fn set_level(&self, target: Option<&str>, level: Level) {
        // It only fails when the subscriber is gone, and with it the log.
        let _ = self.0.modify(|targets| {
            let now = std::mem::take(targets);
            *targets = match target {
                Some(target) => now.with_target(target, level),
                None => now.with_default(level),
            };
        });
    }
}

/// Starts the log of this process and sends panics to it. Call it once.
///
/// # Errors
///
/// A log was started before.
pub fn start(log: &Log) -> Result<Levels, tracing_subscriber::util::TryInitError> {
    let journald = match log.format {
        Format::Text => false,
        Format::Journald => true,
        Format::Auto => stderr_is_the_journal(),
    };
    let (filter, handle) = reload::Layer::new(targets(log));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(!journald && io::stderr().is_terminal())
        .event_format(Lines { journald, limit: Limit::default() });
    tracing_subscriber::registry().with(filter).with(lines).try_init()?;
    std::panic::set_hook(Box::new(|info| {
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        let message = info.payload_as_str().unwrap_or("a value of unknown type");
        tracing::error!(location, "panicked: {message}");
    }));
    Ok(Levels(handle))
}

fn targets(log: &Log) -> Targets {
    let levels = log.targets.iter().map(|(target, level)| (target.clone(), level.0));
    Targets::new().with_default(log.level.0).with_targets(levels)
}

/// systemd tells which stream is the journal's, and that must be our stderr (systemd.exec(5)).
fn stderr_is_the_journal() -> bool {
    let Ok(stream) = env::var("JOURNAL_STREAM") else { return false };
    let same = |meta: std::fs::Metadata| format!("{}:{}", meta.dev(), meta.ino()) == stream;
    let stderr = io::stderr().as_fd().try_clone_to_owned();
    stderr.and_then(|stderr| std::fs::File::from(stderr).metadata()).is_ok_and(same)
}

struct Lines {
    journald: bool,
    limit: Limit,
}

impl Lines {
    fn priority(&self, level: Level) -> &'static str {
        if self.journald { priority(level) } else { "" }
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let now = Instant::now();
        for LeftOut { count, level, like } in self.limit.left_out(now) {
            let text = format!(" {level} {count} more like this were left out: {}", like.trim_start());
            write_lines(&mut writer, self.priority(level), &text)?;
        }
        if !self.limit.admit(event.metadata(), now) {
            return Ok(());
        }
        let mut text = String::new();
        let line = Writer::new(&mut text);
        if self.journald {
            format().without_time().with_ansi(false).format_event(context, line, event)?;
        } else {
            format().with_ansi(writer.has_ansi_escapes()).format_event(context, line, event)?;
        }
        self.limit.wrote(event.metadata(), &text);
        write_lines(&mut writer, self.priority(*event.metadata().level()), &text)
    }
}

/// The lines after the first are indented: what a peer sends cannot pass for a line of ours.
fn write_lines(out: &mut dyn fmt::Write, priority: &str, text: &str) -> fmt::Result {
    for (number, line) in text.trim_end().split(['\n', '\r']).enumerate() {
        let indent = if number == 0 { "" } else { "    " };
        writeln!(out, "{priority}{indent}{line}")?;
    }
    Ok(())
}

/// Priority of sd-daemon(3).
fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "<3>",
        Level::WARN => "<4>",
        Level::INFO => "<6>",
        _ => "<7>",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Memory {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn lines(log: &Log, journald: bool, act: impl FnOnce()) -> String {
        let memory = Memory::default();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(memory.clone())
            .with_ansi(false)
            .event_format(Lines { journald, limit: Limit::default() });
        let subscriber = tracing_subscriber::registry().with(targets(log)).with(layer);
        tracing::subscriber::with_default(subscriber, act);
        let bytes = memory.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_shows_its_user_and_its_priority() {
        let text = lines(&Log::default(), true, || {
            let _span = tracing::info_span!("user", jid = "juliet@example.org").entered();
            tracing::warn!(target: "t", tries = 3, "login failed");
        });
        assert_eq!(text, "<4> WARN user{jid=\"juliet@example.org\"}: t: login failed tries=3\n");
    }

    #[test]
    fn a_line_end_in_a_text_starts_no_line_of_its_own() {
        let forged = "harmless\n<0>ERROR forged";
        let text = lines(&Log::default(), true, || tracing::info!(target: "t", "{forged}"));
        assert_eq!(text, "<6> INFO t: harmless\n<6>    <0>ERROR forged\n");
        let text = lines(&Log::default(), false, || tracing::info!(target: "t", "{forged}"));
        assert!(text.ends_with(" INFO t: harmless\n    <0>ERROR forged\n"), "{text}");
    }

    #[test]
    fn a_line_that_others_bring_about_again_and_again_is_written_a_few_times_and_counted() {
        let log = Log::default();
        let text = lines(&log, true, || {
            for n in 0..1000 {
                tracing::warn!(target: "t", n, "a stranger's doing");
                tracing::info!(target: "t", n, "no warning");
            }
            tracing::error!(target: "t", "something else");
        });
        assert_eq!(text.matches("a stranger's doing").count(), 10, "{text}");
        assert_eq!((text.matches("no warning").count(), text.matches("something else").count()), (1000, 1));
    }

    #[test]
    fn what_was_left_out_is_told_when_its_minute_is_over() {
        struct Site;
        impl tracing::callsite::Callsite for Site {
            fn set_interest(&self, _: tracing::subscriber::Interest) {}
            fn metadata(&self) -> &tracing::Metadata<'_> {
                &META
            }
        }
        static SITE: Site = Site;
        static META: tracing::Metadata<'static> = tracing::metadata! {
            name: "n", target: "t", level: Level::WARN, fields: &[], callsite: &SITE, kind: tracing::metadata::Kind::EVENT,
        };
        let (limit, start) = (Limit::default(), Instant::now());
        let minute = std::time::Duration::from_secs(60);
        let admitted = |now| (0..100).filter(|_| limit.admit(&META, now)).count();
        assert_eq!((admitted(start), admitted(start + minute / 2)), (10, 0));
        limit.wrote(&META, "<4> WARN t: it\n");
        assert_eq!(limit.left_out(start + minute / 2), []);
        let like = "<4> WARN t: it".to_owned();
        assert_eq!(limit.left_out(start + minute), [LeftOut { count: 190, level: Level::WARN, like }]);
        assert_eq!(limit.left_out(start + 5 * minute), []);
        assert_eq!((admitted(start + minute), admitted(start + 2 * minute)), (10, 0));
    }

    #[test]
    fn levels_hold_per_target() {
        let mut log = Log::default();
        log.targets
            .insert("noisy".into(), crate::config::Level(tracing_subscriber::filter::LevelFilter::ERROR));
        log.targets.insert(
            "noisy::part".into(),
            crate::config::Level(tracing_subscriber::filter::LevelFilter::DEBUG),
        );
        let text = lines(&log, true, || {
            tracing::info!(target: "noisy", "no");
            tracing::error!(target: "noisy", "1");
            tracing::debug!(target: "noisy::part", "2");
            tracing::debug!(target: "other", "no");
            tracing::info!(target: "other", "3");
        });
        assert_eq!(text, "<3>ERROR noisy: 1\n<7>DEBUG noisy::part: 2\n<6> INFO other: 3\n");
    }
}
