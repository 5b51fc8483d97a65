//! How much memory a server and the processes that it starts have ever held, as the kernel counts it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A number of a process, in kB; nothing where it has ended.
fn kilobytes(process: u32, file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/{file}")).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line[name.len()..].split_whitespace().next()?.parse().ok()
}

/// The most that a process has held until now.
pub(crate) fn held(process: u32) -> u64 {
    kilobytes(process, "status", "VmHWM:").unwrap()
}

/// The processes that a process has started and that run now.
fn children(process: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").unwrap();
    let numbers = entries.filter_map(|it| it.ok()?.file_name().to_str()?.parse().ok());
    let is_child = |child: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        // The name in brackets may hold anything; the parent is the second word behind it.
        let parent = stat.rsplit(") ").next().unwrap_or_default();
        parent.split(' ').nth(1) == Some(process.to_string().as_str())
    };
    numbers.filter(is_child).collect()
}

/// Looks at the children of a server all the time.
pub(crate) struct Watch {
    ends: Arc<AtomicBool>,
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    children: AtomicU64,
    most: AtomicU64,
    /// Children whose address space the kernel bounds, and by how much at most.
    caged: AtomicU64,
    bound: AtomicU64,
}

impl Watch {
    pub(crate) fn of(server: u32) -> Self {
        let (ends, seen) = (Arc::new(AtomicBool::new(false)), Arc::<Seen>::default());
        let (end, note) = (Arc::clone(&ends), Arc::clone(&seen));
        let thread = std::thread::spawn(move || {
            let mut known = std::collections::BTreeSet::new();
            while !end.load(Ordering::SeqCst) {
                for child in children(server) {
                    if known.insert(child) {
                        note.children.fetch_add(1, Ordering::SeqCst);
                    }
                    if let Some(held) = kilobytes(child, "status", "VmHWM:") {
                        note.most.fetch_max(held, Ordering::SeqCst);
                    }
                    if let Some(bytes) = kilobytes(child, "limits", "Max address space") {
                        note.caged.fetch_add(1, Ordering::SeqCst);
                        note.bound.fetch_max(bytes / 1024, Ordering::SeqCst);
                    }
                }
                std::thread::park_timeout(Duration::from_micros(500));
            }
        });
        Self {
            ends,
            seen,
            thread: Some(thread),
        }
    }

    /// How many children were seen, the most that one of them held, and the bound that the kernel keeps for them.
    pub(crate) fn end(mut self) -> (u64, u64, u64) {
        self.ends.store(true, Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap();
        assert!(
            self.seen.caged.load(Ordering::SeqCst) > 0,
            "no child was seen in its cage"
        );
        let [children, most, bound] = [&self.seen.children, &self.seen.most, &self.seen.bound]
            .map(|it| it.load(Ordering::SeqCst));
        (children, most, bound)
    }
}
