//! A disk that can fail and lose its power: a file behind nbdkit, shown as a file by FUSE, as a block device
//! by the loop driver, with ext4 on it. What the system has not really flushed is lost with it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::ground::{say, until};

/// Runs a command; what it said where it failed.
fn run(words: &[&str]) -> Result<String, String> {
    let done = Command::new(words[0]).args(&words[1..]).output();
    let done = done.map_err(|error| format!("{}: {error}", words[0]))?;
    let said = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    if done.status.success() {
        Ok(said)
    } else {
        let cause = String::from_utf8_lossy(&done.stderr).trim().to_owned();
        Err(format!("{}: {cause}", words.join(" ")))
    }
}

/// Device files that a container may lack.
fn devices() {
    let mut wanted = vec![
        ("/dev/fuse".to_owned(), "c", "10", "229".to_owned()),
        ("/dev/loop-control".to_owned(), "c", "10", "237".to_owned()),
    ];
    for number in 0..64 {
        wanted.push((format!("/dev/loop{number}"), "b", "7", number.to_string()));
    }
    for (path, kind, major, minor) in wanted {
        if !Path::new(&path).exists() {
            run(&["mknod", &path, kind, major, &minor]).expect("this trial needs root");
        }
    }
}

/// The disk, in service.
pub(crate) struct Disk {
    ground: PathBuf,
    /// With what its writes fail when they do.
    error: &'static str,
    served: Option<Served>,
}

struct Served {
    nbdkit: Child,
    nbdfuse: Child,
    device: String,
}

impl Disk {
    /// A new one of 256 MB, formatted and mounted; with what its writes will fail, such as `EIO`.
    pub(crate) fn new(ground: &Path, error: &'static str) -> Self {
        devices();
        for name in ["shown", "mounted"] {
            std::fs::create_dir_all(ground.join(name)).unwrap();
        }
        std::fs::write(ground.join("shown/file"), b"").unwrap();
        let image = std::fs::File::create(ground.join("image")).unwrap();
        image.set_len(256 << 20).unwrap();
        let mut disk = Self {
            ground: ground.to_owned(),
            error,
            served: None,
        };
        disk.serve(true);
        disk
    }

    fn path(&self, name: &str) -> String {
        self.ground.join(name).display().to_string()
    }

    /// Where its file system is mounted.
    pub(crate) fn mounted(&self) -> PathBuf {
        self.ground.join("mounted")
    }

    /// Plugs it in, and mounts what is on it.
    pub(crate) fn plug_in(&mut self) {
        self.serve(false);
    }

    fn serve(&mut self, format: bool) {
        let socket = self.path("socket");
        drop(std::fs::remove_file(&socket));
        let nbdkit = Command::new("nbdkit")
            .args(["-f", "-U", &socket, "--filter=error", "file"])
            .arg(self.path("image"))
            .arg(format!("error={}", self.error))
            .arg("error-pwrite-rate=100%")
            .arg(format!("error-file={}", self.path("fail")))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nbdkit is there: scripts/packages.sh power");
        assert!(until(Duration::from_secs(10), || Path::new(&socket).exists()));
        let shown = self.path("shown/file");
        let nbdfuse = Command::new("nbdfuse")
            .args([&shown, &format!("nbd+unix://?socket={socket}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nbdfuse is there: scripts/packages.sh power");
        let is_shown = || std::fs::metadata(&shown).is_ok_and(|it| it.len() == 256 << 20);
        assert!(
            until(Duration::from_secs(10), is_shown),
            "the disk is shown"
        );
        let device = run(&["losetup", "-f", "--show", &shown]).unwrap();
        if format {
            run(&["mkfs.ext4", "-q", &device]).unwrap();
        }
        run(&["mount", &device, &self.path("mounted")]).unwrap();
        self.served = Some(Served {
            nbdkit,
            nbdfuse,
            device,
        });
    }

    /// Every write fails from now on, or no more.
    pub(crate) fn fail(&self, fails: bool) {
        let file = self.path("fail");
        if fails {
            std::fs::write(file, b"").unwrap();
        } else {
            drop(std::fs::remove_file(file));
        }
    }

    /// Takes all room that is left on it, or gives it back.
    pub(crate) fn fill(&self, is_full: bool) {
        let path = self.mounted().join("filler");
        if !is_full {
            std::fs::remove_file(path).unwrap();
            return;
        }
        let mut filler = std::fs::File::create(path).unwrap();
        for size in [1 << 20, 4_096, 1] {
            let piece = vec![1; size];
            while filler.write_all(&piece).is_ok() {}
        }
        // What was only promised room needs it now.
        drop(filler.sync_all());
    }

    /// The power goes: what was not flushed is gone.
    pub(crate) fn lose_power(&mut self) {
        if let Some(served) = &mut self.served {
            served.nbdkit.kill().unwrap();
            served.nbdkit.wait().unwrap();
        }
    }

    /// Takes what is left of it out, whatever state it is in; nobody uses it any more.
    pub(crate) fn unplug(&mut self) {
        let Some(mut served) = self.served.take() else {
            return;
        };
        let (mounted, shown) = (self.path("mounted"), self.path("shown/file"));
        let steps: [&[&str]; 3] = [
            &["umount", "-l", &mounted],
            &["losetup", "-d", &served.device],
            &["umount", "-l", &shown],
        ];
        for step in steps {
            if let Err(fault) = run(step) {
                say(&format!("unplugging: {fault}"));
            }
        }
        let detached = || {
            let table = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
            !table.contains(&mounted) && !table.contains(&shown)
        };
        assert!(
            until(Duration::from_secs(30), detached),
            "it is still mounted"
        );
        for child in [&mut served.nbdfuse, &mut served.nbdkit] {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Takes it out after everything was written.
    pub(crate) fn unplug_safely(&mut self) {
        let mounted = self.path("mounted");
        // A reader that has just ended may hold it for a moment.
        let unmounted = until(Duration::from_secs(10), || {
            run(&["umount", &mounted]).is_ok()
        });
        assert!(unmounted, "it can't be unmounted");
        let Some(mut served) = self.served.take() else {
            return;
        };
        run(&["losetup", "-d", &served.device]).unwrap();
        run(&["umount", "-l", &self.path("shown/file")]).unwrap();
        for child in [&mut served.nbdfuse, &mut served.nbdkit] {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.unplug();
    }
}
