//! What surrounds every answer: headers, origins, and that reading changes nothing.

use axum::http::Method;
use hezuo_api::Settings;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Call, TestApp, world};

/// Pages, files, answers of the API and problems, by path.
const PATHS: [&str; 9] = [
    "/",
    "/phone/",
    "/desk/",
    "/report",
    "/follow",
    "/healthz",
    "/api/v1/session",
    "/api/v1/nowhere",
    "/nowhere.js",
];

on_both_databases! {
    async fn every_answer_says_what_a_browser_may_do_with_it(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let own = world.factory.at("/cases?queue=open");
        for path in PATHS.iter().copied().chain([own.as_str()]) {
            let answer = app.get(path).by(world.factory.officer()).await;
            let header = |name: &str| answer.header(name);
            assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(header("x-frame-options"), "DENY", "{path}");
            assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
            assert!(header("permissions-policy").contains("geolocation=()"), "{path}");
            if path.starts_with("/api/") {
                assert_eq!(header("cache-control"), "no-store", "{path}");
            }
            let policy = header("content-security-policy");
            for needed in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
                "require-trusted-types-for 'script'"] {
                assert!(policy.contains(needed), "{path}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(header("strict-transport-security"), "", "{path}: not over plain http");
        }
        let secure = Settings { secure: true, ..Settings::default() };
        let answer = Call::new(app.router_with(secure), Method::GET, "/api/v1/session").await;
        assert!(answer.header("strict-transport-security").contains("includeSubDomains"));
    }
}
