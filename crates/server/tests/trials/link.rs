//! Three of ten requests or answers are lost, some come twice, some overtake each other, and now and then
//! nothing passes at all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::examine::examine;
use super::ground::{Folder, Place, Server, pass, say, seed, size};
use super::killed::sees_a_hasty_server;
use super::load::Load;
use super::proxy::lossy;

#[tokio::test]
#[ignore = "a long trial: make test-long-link"]
async fn link() {
    let mut dice = seed("link");
    let template = Folder::new("link");
    let cast = Place::sqlite(&template.0).found().await;
    let wall_code = &cast.areas[0].wall_code;
    sees_a_hasty_server(&template.0, wall_code, &mut dice).await;

    let place = Place::sqlite(&template.0);
    let load = Load::new(
        wall_code,
        u32::try_from(size("HEZUO_REPORTS", 3_000)).unwrap(),
    );
    let server = Server::start(&place).unwrap();
    let link = lossy(&server.address, size("HEZUO_LOSS", 30), &mut dice);
    let done = AtomicBool::new(false);
    let mut partitions = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            load.run(&link.proxy.address, 6, &AtomicBool::new(false));
            done.store(true, Ordering::SeqCst);
        });
        while !done.load(Ordering::SeqCst) {
            pass(Duration::from_millis(500 + dice.below(2_500)));
            link.cut.store(true, Ordering::SeqCst);
            pass(Duration::from_millis(100 + dice.below(900)));
            link.cut.store(false, Ordering::SeqCst);
            partitions += 1;
        }
    });
    // The rest goes over the same bad link: it must come to an end there.
    let mut faults = load.finish(&link.proxy.address);
    server.kill();
    let told = load.told().clone();
    assert_eq!(told.tried, told.taken, "what was sent came through");
    faults.extend(examine(&place, &told).await);
    assert_eq!(faults, Vec::<String>::new());
    say(&format!(
        "link: {} acknowledged over a link that lost {:?}, {partitions} partitions: 0 lost, 0 double",
        told.taken.len(),
        link.losses
    ));
}
