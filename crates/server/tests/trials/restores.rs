//! Backups under load, each restored elsewhere: everything that was acknowledged before it began is in it.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::examine::examine;
use super::ground::{Folder, Place, Server, pass, say, seed, size};
use super::load::{Load, Told};

fn hezuo(place: &Place, words: &[&str]) -> Result<(), String> {
    let done = Command::new(env!("CARGO_BIN_EXE_hezuo"))
        .args(words)
        .env("HEZUO_DATA", &place.data)
        .env("HEZUO_DATABASE_URL", "")
        .env("RUST_LOG", "error")
        .output()
        .unwrap();
    if done.status.success() {
        Ok(())
    } else {
        Err(format!(
            "{words:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        ))
    }
}

#[tokio::test]
#[ignore = "a long trial: make test-long-restores"]
async fn restores() {
    let mut dice = seed("restores");
    let ground = Folder::new("restores");
    let place = Place::sqlite(&ground.0.join("data"));
    std::fs::create_dir_all(&place.data).unwrap();
    let cast = place.found().await;
    let load = Load::new(&cast.areas[0].wall_code, u32::MAX);
    let server = Server::start(&place).unwrap();
    let rounds = size("HEZUO_RESTORES", 20);
    for round in 1..=rounds {
        let stop = AtomicBool::new(false);
        let (before, made) = std::thread::scope(|scope| {
            scope.spawn(|| load.run(&server.address, 3, &stop));
            pass(Duration::from_millis(100 + dice.below(400)));
            let before = load.told().clone();
            let (copy, key) = (ground.0.join("copy"), ground.0.join("key"));
            let words = [
                "backup",
                copy.to_str().unwrap(),
                "--key-to",
                key.to_str().unwrap(),
            ];
            let made = hezuo(&place, &words);
            stop.store(true, Ordering::SeqCst);
            (before, made)
        });
        made.unwrap();
        let (copy, key) = (ground.0.join("copy"), ground.0.join("key"));
        let restored = Place::sqlite(&ground.0.join("restored"));
        let words = [
            "restore",
            copy.to_str().unwrap(),
            "--key",
            key.to_str().unwrap(),
        ];
        hezuo(&restored, &words).unwrap();
        let after = load.told().clone();
        // What came while it was made may be in it or not.
        let told = Told {
            tried: after.tried.clone(),
            ..before
        };
        let faults = examine(&restored, &told).await;
        assert_eq!(faults, Vec::<String>::new(), "restore {round}");
        if round == 1 {
            // Planted: reports that came after the backup are not in it, and that is seen.
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| load.run(&server.address, 3, &stop));
                pass(Duration::from_millis(500));
                stop.store(true, Ordering::SeqCst);
            });
            let later = load.told().clone();
            let faults = examine(&restored, &later).await;
            assert!(
                faults.iter().any(|it| it.starts_with("I1")),
                "the trial is blind"
            );
            say(&format!(
                "planted: a backup that is too old is seen: {}",
                faults[0]
            ));
        }
        if round == rounds {
            // The restored server goes on: what is still on the phones reaches it, once.
            let again = Server::start(&restored).unwrap();
            let faults = load.finish(&again.address);
            assert_eq!(faults, Vec::<String>::new());
            again.stop();
        }
        for name in ["copy", "restored"] {
            std::fs::remove_dir_all(ground.0.join(name)).unwrap();
        }
        std::fs::remove_file(key).unwrap();
    }
    server.kill();
    let taken = load.told().taken.len();
    say(&format!(
        "restores: {rounds} backups under load restored, {taken} acknowledged: 0 lost"
    ));
}
