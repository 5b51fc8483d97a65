//! The power goes at random moments under load.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::disk::Disk;
use super::examine::examine;
use super::ground::{Dice, Folder, Place, Server, copy, pass, say, seed, size};
use super::journal;
use super::load::Load;

/// A disk with a factory on it, whose writes fail with this error when they do.
pub(crate) fn furnish(ground: &Path, template: &Path, error: &'static str) -> (Disk, Place) {
    let mut disk = Disk::new(ground, error);
    let place = Place::sqlite(&disk.mounted().join("data"));
    copy(template, &place.data);
    disk.unplug_safely();
    disk.plug_in();
    (disk, place)
}

/// The defect that must be seen: a disk, or a server, for which a sync is done when it has not begun.
fn lying() -> Vec<String> {
    let words = [
        "strace",
        "-D",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=fsync,fdatasync",
        "-e",
        "inject=fsync,fdatasync:retval=0",
    ];
    words.map(str::to_owned).to_vec()
}

/// One cut; what is wrong after it.
async fn cut(
    disk: &mut Disk,
    place: &Place,
    load: &Load,
    dice: &mut Dice,
    through: &[String],
) -> Vec<String> {
    let server = Server::start_by(place, through, &BTreeMap::default()).unwrap();
    let address = server.address.clone();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| load.run(&address, 3, &stop));
        pass(Duration::from_millis(300 + dice.below(1_700)));
        disk.lose_power();
        server.kill();
        stop.store(true, Ordering::SeqCst);
    });
    disk.unplug();
    disk.plug_in();
    let told = load.told().clone();
    examine(place, &told).await
}

#[tokio::test]
#[ignore = "a long trial: make test-long-power"]
async fn power() {
    let mut dice = seed("power");
    let template = Folder::new("power");
    let cast = Place::sqlite(&template.0).found().await;
    let wall_code = &cast.areas[0].wall_code;

    let mut is_seen = false;
    for round in 1..=10 {
        let ground = Folder::new("power-lying");
        let (mut disk, place) = furnish(&ground.0, &template.0, "EIO");
        let load = Load::new(wall_code, u32::MAX);
        let faults = cut(&mut disk, &place, &load, &mut dice, &lying()).await;
        if let Some(fault) = faults.first() {
            say(&format!(
                "planted: syncs that do nothing are seen in round {round}: {fault}"
            ));
            is_seen = true;
            break;
        }
    }
    assert!(
        is_seen,
        "the trial is blind: ten cuts without a sync, nothing lost"
    );

    journal::fill(&Place::sqlite(&template.0)).await;
    let cuts = size("HEZUO_CUTS", 30);
    let (mut done, mut taken) = (0, 0);
    while done < cuts {
        let ground = Folder::new("power-cut");
        let (mut disk, place) = furnish(&ground.0, &template.0, "EIO");
        let load = Load::new(wall_code, u32::MAX);
        for _ in 0..10.min(cuts - done) {
            let faults = cut(&mut disk, &place, &load, &mut dice, &[]).await;
            done += 1;
            assert_eq!(faults, Vec::<String>::new(), "after cut {done}");
        }
        let server = Server::start(&place).unwrap();
        let mut faults = load.finish(&server.address);
        server.stop();
        let told = load.told().clone();
        faults.extend(examine(&place, &told).await);
        assert_eq!(
            faults,
            Vec::<String>::new(),
            "after {done} cuts and all was sent again"
        );
        taken += told.taken.len();
        say(&format!("{done} cuts, {taken} acknowledged"));
    }
    say(&format!(
        "power: {done} cuts under load, {taken} acknowledged: 0 lost, 0 double"
    ));
}
