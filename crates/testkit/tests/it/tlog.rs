//! The one log over all chains: its files, its signed head, and what somebody outside can prove.

use hezuo_app::ledger::sequence;
use hezuo_app::tlog::proof::{Beside, check as holds, prove_entry, prove_from};
use hezuo_app::tlog::{fold, signed_head, verify};
use hezuo_domain::commitment::{Hash, hex};
use hezuo_domain::tlog::{Tree, leaf_hash};
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, TestApp, report, world};

async fn send(app: &TestApp, factory: &Factory, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let voice = ["named", "in_confidence"][usize::from(number % 2 == 0)];
        let sent = report(&factory.codes[0], voice, number).body;
        app.post("/api/v1/reports").json(&sent).await.expect("201");
    }
    let release = app.post(&factory.at("/intake/release"));
    release.by(factory.officer()).await.ok();
}

async fn folded(app: &TestApp) -> u64 {
    sequence(&app.app).await.expect("sequenced");
    fold(&app.app).await.expect("folded")
}

async fn checkpoint(app: &TestApp) -> String {
    let body = app.get("/tlog/checkpoint").await;
    assert_eq!(body.status, 200);
    String::from_utf8(body.body.to_vec()).expect("text")
}

async fn faults(app: &TestApp, witness: Option<&str>) -> Vec<String> {
    verify(&app.app, witness)
        .await
        .expect("it can be read")
        .faults
}

on_both_databases! {
    async fn anybody_can_make_the_signed_head_from_the_files(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        assert_eq!(app.get("/tlog/checkpoint").await.status, 404, "nothing is in it yet");
        send(&app, &world.factory, 0..3).await;
        send(&app, &world.other, 10..12).await;
        assert_eq!(folded(&app).await, 5);
        assert_eq!(folded(&app).await, 5, "nothing new, nothing changes");
        let first = checkpoint(&app).await;
        send(&app, &world.factory, 20..23).await;
        assert_eq!(folded(&app).await, 8);
        let second = checkpoint(&app).await;
        for (note, size) in [(first, 5), (second, 8)] {
            let bundle = app.get(&format!("/tlog/tile/entries/000.p/{size}")).await;
            let tile = app.get(&format!("/tlog/tile/0/000.p/{size}")).await;
            assert_eq!(bundle.status, 200);
            assert_eq!(tile.status, 200);
            let mut tree = Tree::default();
            let mut hashes = Vec::new();
            for entry in bundle.body.chunks_exact(34) {
                assert_eq!(entry[..2], [0, 32], "its length");
                hashes.extend(leaf_hash(&entry[2..]));
                tree.push(leaf_hash(&entry[2..]));
            }
            assert_eq!(hashes, tile.body.to_vec());
            let read = app.app.keys.read_checkpoint(&note).expect("signed by this server");
            assert_eq!((read.size, read.root), (size, tree.root()));
        }
        for path in ["../secret.key", "tile/0/..%2F..%2Fhezuo.db", "tile/0/001"] {
            assert_eq!(app.get(&format!("/tlog/{path}")).await.status, 404, "{path}");
        }
    }

    async fn a_head_kept_outside_shows_what_was_changed_before_it(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        send(&app, &world.factory, 0..6).await;
        folded(&app).await;
        let witness = signed_head(&app.app).await.expect("readable").expect("a head");
        send(&app, &world.other, 10..14).await;
        folded(&app).await;
        assert_eq!(faults(&app, Some(&witness)).await, Vec::<String>::new());

        // An erasure takes the content; what proves that it was there stays.
        assert!(app.fresh.tamper("UPDATE case_event SET nonce = NULL, payload = NULL").await > 0);
        assert_eq!(faults(&app, Some(&witness)).await, Vec::<String>::new());

        // Two events change places, in the files and in the signed head as well: only somebody
        // outside can tell.
        let swap = "UPDATE chain SET log_position = 3 - log_position WHERE log_position IN (1, 2)";
        assert!(app.fresh.tamper(swap).await > 0);
        let found = faults(&app, None).await.join("; ");
        assert!(found.contains("the signed head"), "{found}");
        std::fs::remove_dir_all(app.fresh.folder.join("tlog")).expect("the folder of the log");
        folded(&app).await;
        assert_eq!(faults(&app, None).await, Vec::<String>::new());
        let found = faults(&app, Some(&witness)).await.join("; ");
        assert!(found.contains("the witness of 6 leaves"), "{found}");
        assert!(app.fresh.tamper(swap).await > 0);

        let forged = witness.replacen("\n6\n", "\n7\n", 1);
        let found = faults(&app, Some(&forged)).await.join("; ");
        assert!(found.contains("not signed by this server"), "{found}");
        assert!(app.fresh.tamper("DELETE FROM chain WHERE log_position = 4").await > 0);
        let found = faults(&app, Some(&witness)).await.join("; ");
        assert!(found.contains("log position 4: its link is gone"), "{found}");
    }

    async fn a_single_event_is_proven_with_the_head_and_the_key_alone(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        send(&app, &world.factory, 0..3).await;
        folded(&app).await;
        let old = signed_head(&app.app).await.expect("readable").expect("a head");
        send(&app, &world.factory, 10..16).await;
        send(&app, &world.other, 20..22).await;
        assert_eq!(folded(&app).await, 11);
        let key = app.app.keys.log_verifier_key();
        let bundle = app.get("/tlog/tile/entries/000.p/11").await;
        for entry in bundle.body.chunks_exact(34) {
            let leaf = hex(&entry[2..]);
            let (proven, text) = prove_entry(&app.app, &leaf).await.expect("a proof");
            assert_eq!(hex(&proven), leaf);
            let shown = holds(&key, &text, Beside::Leaf(&leaf)).expect("it holds");
            assert!(shown.contains("of the 11"), "{shown}");
            let other = hex(&[7; 32]);
            assert!(holds(&key, &text, Beside::Leaf(&other)).is_err(), "another event");
            assert!(holds(&key, &text, Beside::Head(&old)).is_err(), "something else was asked");
            let forged = text.replacen("\n11\n", "\n12\n", 1);
            assert!(holds(&key, &forged, Beside::Leaf(&leaf)).is_err(), "another head");
        }
        assert!(prove_entry(&app.app, &hex(&[7; 32])).await.is_err());
        assert!(prove_entry(&app.app, "no such thing").await.is_err());

        let text = prove_from(&app.app, &old).await.expect("a proof");
        let shown = holds(&key, &text, Beside::Head(&old)).expect("it holds");
        assert!(shown.contains("first 3 of the 11"), "{shown}");
        let foreign = key.replacen(&key[key.len() - 8..], "AAAAAAA=", 1);
        assert!(holds(&foreign, &text, Beside::Head(&old)).is_err(), "another key");
        // Two events before the older head change places, in the database and in all files.
        let swap = "UPDATE chain SET log_position = 3 - log_position WHERE log_position IN (1, 2)";
        assert!(app.fresh.tamper(swap).await > 0);
        std::fs::remove_dir_all(app.fresh.folder.join("tlog")).expect("the folder of the log");
        folded(&app).await;
        let refused = prove_from(&app.app, &old).await.expect_err("it was changed");
        assert!(refused.to_string().contains("was changed"), "{refused}");
    }

    async fn a_crash_between_the_tiles_and_the_head_is_made_good(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        send(&app, &world.factory, 0..4).await;
        folded(&app).await;
        let old = signed_head(&app.app).await.expect("readable").expect("a head");
        send(&app, &world.factory, 4..7).await;
        folded(&app).await;
        let new = checkpoint(&app).await;
        // As if the power had gone before the head was written, and half a tile with it.
        let folder = app.fresh.folder.join("tlog");
        std::fs::write(folder.join("checkpoint"), &old).expect("written");
        std::fs::remove_file(folder.join("tile/0/000.p/7")).expect("removed");
        assert_eq!(folded(&app).await, 7);
        assert_eq!(checkpoint(&app).await, new);
        let empty: Hash = Tree::default().root();
        assert_ne!(app.app.keys.read_checkpoint(&new).map(|it| it.root), Some(empty));
        assert_eq!(faults(&app, Some(&old)).await, Vec::<String>::new());
    }
}
