//! What the process says of itself on standard error: text for whoever sits at a terminal, otherwise one JSON
//! object a line for the program that collects it.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

/// Begins to log; once in a process.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,sqlx=warn".into());
    if std::io::stderr().is_terminal() {
        let text = tracing_subscriber::fmt().with_writer(std::io::stderr);
        text.with_env_filter(filter).init();
    } else {
        json(std::io::stderr, filter).init();
    }
    std::panic::set_hook(Box::new(panicked));
}

fn json<W>(writer: W, filter: EnvFilter) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt().with_writer(writer);
    let lines = lines.with_env_filter(filter);
    lines.json().flatten_event(true).finish()
}

/// Says where it happened and nothing else: the message of a panic can quote what somebody has written.
fn panicked(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    tracing::error!(place, "something in the program has failed");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::io::Read;
    use std::sync::Arc;

    /// The lines that are logged meanwhile.
    fn logged(doing: impl FnOnce()) -> Vec<Value> {
        let (mut said, writer) = std::io::pipe().unwrap();
        tracing::subscriber::with_default(json(Arc::new(writer), "info".into()), doing);
        let mut text = String::new();
        said.read_to_string(&mut text).unwrap();
        let parsed = text.lines().map(|line| serde_json::from_str(line).unwrap());
        parsed.collect()
    }

    #[test]
    fn whatever_is_logged_is_one_line_of_json() {
        let cause = "refused\n{\"level\":\"INFO\"}\r\n\u{1b}[2J\"";
        let lines = logged(|| {
            tracing::error!(%cause, "a job {cause} has failed");
            tracing::debug!("not asked for");
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["level"], "ERROR");
        assert_eq!(lines[0]["cause"], cause);
        assert_eq!(lines[0]["message"], format!("a job {cause} has failed"));
        let time = lines[0]["timestamp"].as_str().unwrap();
        assert!(time.ends_with('Z'), "{time}");
    }

    #[test]
    fn a_panic_says_where_and_not_what() {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(panicked));
        let lines = logged(|| {
            let words = "Schutzhaube 罩";
            let ended = std::panic::catch_unwind(|| words[..words.len() - 1].len());
            assert!(ended.is_err());
        });
        std::panic::set_hook(before);
        assert_eq!(lines.len(), 1, "{lines:?}");
        let place = lines[0]["place"].as_str().unwrap();
        assert!(place.contains("log.rs:"), "{place}");
        assert!(!lines[0].to_string().contains("Schutzhaube"), "{lines:?}");
    }
}
