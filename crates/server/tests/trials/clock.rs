//! The server's clock is two days ahead, two days behind, or right, and changes from life to life.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::examine::examine;
use super::ground::{Folder, Place, Server, pass, say, seed, size};
use super::killed::sees_a_hasty_server;
use super::load::Load;

const LIBRARIES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
];

#[tokio::test]
#[ignore = "a long trial: make test-long-clock"]
async fn clock() {
    let mut dice = seed("clock");
    let library = LIBRARIES
        .iter()
        .find(|it| std::path::Path::new(it).exists());
    let library = *library.expect("libfaketime is there: scripts/packages.sh clock");
    let template = Folder::new("clock");
    let cast = Place::sqlite(&template.0).found().await;
    let wall_code = &cast.areas[0].wall_code;
    sees_a_hasty_server(&template.0, wall_code, &mut dice).await;

    let place = Place::sqlite(&template.0);
    let load = Load::new(wall_code, u32::MAX);
    let lives = size("HEZUO_CLOCKS", 24);
    for life in 0..lives {
        let hours = [48, -48, 0, 36, -12, 0][usize::try_from(life).unwrap() % 6];
        let environment = BTreeMap::from([
            ("LD_PRELOAD", library.to_owned()),
            ("FAKETIME", format!("{hours:+}h")),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]);
        let server = Server::start_by(&place, &[], &environment).unwrap();
        let stop = AtomicBool::new(false);
        let before = load.told().taken.len();
        let address = server.address.clone();
        std::thread::scope(|scope| {
            scope.spawn(|| load.run(&address, 3, &stop));
            pass(Duration::from_millis(500 + dice.below(1_000)));
            if life % 2 == 0 {
                server.kill();
            } else {
                server.stop();
            }
            stop.store(true, Ordering::SeqCst);
        });
        let told = load.told().clone();
        assert!(
            told.taken.len() > before,
            "nothing was taken with a clock at {hours:+} h"
        );
        let faults = examine(&place, &told).await;
        assert_eq!(
            faults,
            Vec::<String>::new(),
            "life {life}, clock {hours:+} h"
        );
    }
    let server = Server::start(&place).unwrap();
    let mut faults = load.finish(&server.address);
    server.stop();
    let told = load.told().clone();
    faults.extend(examine(&place, &told).await);
    assert_eq!(faults, Vec::<String>::new());
    say(&format!(
        "clock: {lives} lives between -48 h and +48 h, {} acknowledged: 0 lost, 0 double",
        told.taken.len()
    ));
}
