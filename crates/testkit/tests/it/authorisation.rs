//! Every operation of the OpenAPI document, called by nobody, by every role, by another tenant.

use axum::Router;
use axum::routing::get;
use hezuo_domain::people::Role;
use hezuo_domain::permissions::{can, can_in_region};
use hezuo_domain::places::PlacePath;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Login, TestApp, World, join, world};
use serde_json::{Value, json};

use crate::operations::{
    Documented, Need, Operation, PUBLIC, Targets, both_targets, documented, operations,
};

/// What is wrong with the list of operations: each must be in the document and the other way round.
fn differences(
    documented: &[Documented],
    operations: &[Operation],
    public: &[&str],
) -> Vec<String> {
    let mut faults = Vec::new();
    for it in documented {
        let is_listed = operations.iter().any(|one| one.id == it.id);
        if it.is_public != public.contains(&it.id.as_str()) || it.is_public == is_listed {
            faults.push(format!(
                "{} has no case, or is public without being listed",
                it.id
            ));
        }
    }
    for id in operations
        .iter()
        .map(|one| one.id)
        .chain(public.iter().copied())
    {
        if !documented.iter().any(|it| it.id == id) {
            faults.push(format!("{id} is not in the document"));
        }
    }
    faults
}

struct Bench<'a> {
    app: &'a TestApp,
    router: Router,
    world: &'a World,
    own: Targets,
    foreign: Targets,
}

impl Bench<'_> {
    /// What is wrong with how an operation is guarded.
    async fn faults(&self, it: &Documented, operation: &Operation) -> Vec<String> {
        let mut faults = Vec::new();
        let mut expect = |who: &str, got: u16, wanted: bool, what: &str| {
            if !wanted {
                faults.push(format!("{} by {who}: {got}, not {what}", it.id));
            }
        };
        let call = |targets: &Targets| it.call(self.router.clone(), operation, targets);
        let status = |targets: &Targets, login: &Login| {
            let call = call(targets).by(login);
            async { call.await.status.as_u16() }
        };
        let got = call(&self.own).await.status.as_u16();
        expect("nobody", got, got == 401, "401");
        let wrong = format!("hezuo={}.{}", "0".repeat(32), "ab".repeat(32));
        let got = call(&self.own)
            .header("cookie", &wrong)
            .await
            .status
            .as_u16();
        expect("an unknown session", got, got == 401, "401");

        let factory = &self.world.factory;
        let path = PlacePath::enterprise(factory.id, "330503".parse().ok());
        if matches!(operation.need, Need::Login) {
            let administrator = &factory.administrator().caller;
            let access = administrator
                .enter(&self.app.app, factory.id)
                .await
                .expect("home");
            let grant = factory.bystander.caller.grants[0].clone();
            let guest = join(self.app, &access, &format!("guest-{}", it.id), grant).await;
            let got = status(&self.own, &guest).await;
            // What he may do can be the wrong thing to do now.
            expect("somebody", got, got < 300 || got == 409, "let through");
            return faults;
        }
        if matches!(operation.need, Need::Device) {
            for login in &factory.logins {
                let got = status(&self.own, login).await;
                expect("a person", got, got == 401, "401");
            }
            let by_key = |targets: &Targets, bearer: &str| {
                let call = call(targets).header("authorization", bearer);
                async { call.await.status.as_u16() }
            };
            if ["{user}", "{group}"]
                .iter()
                .any(|part| it.path.contains(part))
            {
                let got = by_key(&self.own, &self.foreign.bearer).await;
                expect("another tenant's key", got, got == 404, "404");
            }
            let got = by_key(&self.own, &self.own.bearer).await;
            expect("its key", got, got < 300, "let through");
            return faults;
        }
        let mut insiders: Vec<(&str, &Login)> = vec![
            ("a bystander", &factory.bystander),
            ("the county's inspector", &self.world.inspector),
            ("the county's administrator", &self.world.bureau),
        ];
        insiders.extend(
            Role::ALL
                .iter()
                .map(|role| (role.as_str(), factory.by(*role))),
        );
        for (who, login) in insiders {
            let grants = &login.caller.grants;
            let may = match operation.need {
                Need::Login | Need::Device => true,
                Need::Inside(permission) | Need::Meant(permission) => {
                    can(grants, permission, &path)
                }
                Need::Anywhere(permission) => {
                    can(grants, permission, &path) || can_in_region(grants, permission)
                }
                Need::Region(permission) => can_in_region(grants, permission),
            };
            let got = status(&self.own, login).await;
            if may && matches!(operation.need, Need::Meant(_)) {
                expect(
                    who,
                    got,
                    got < 300 || got == 404 || got == 409,
                    "his or not there",
                );
            } else if may {
                // A second one to act may find that the first has done it.
                expect(who, got, got < 300 || got == 409, "let through");
            } else {
                expect(who, got, got == 403, "403");
            }
        }
        if let Need::Inside(permission) | Need::Meant(permission) = operation.need {
            let is_let_in = |login: &&Login| can(&login.caller.grants, permission, &path);
            let foreigners = self
                .world
                .other
                .logins
                .iter()
                .chain([&self.world.far_inspector]);
            for login in foreigners {
                let got = status(&self.own, login).await;
                expect("another tenant", got, got == 404, "404");
            }
            if it.path.matches('{').count() > 1 {
                // One's own enterprise in the address, another's thing behind it.
                let smuggled = Targets {
                    enterprise: self.own.enterprise.clone(),
                    ..self.foreign.clone()
                };
                let login = factory.logins.iter().find(is_let_in).expect("a role");
                let got = status(&smuggled, login).await;
                expect("a smuggler", got, got == 404, "404");
            }
        }
        faults
    }
}

impl Bench<'_> {
    /// What is wrong with how any operation is guarded.
    async fn all_faults(&self, documented: &[Documented], operations: &[Operation]) -> Vec<String> {
        let mut faults = Vec::new();
        for it in documented.iter().filter(|it| !it.is_public) {
            let operation = operations.iter().find(|one| one.id == it.id);
            faults.extend(self.faults(it, operation.expect("listed")).await);
        }
        faults
    }
}

fn planted_document() -> Value {
    let operation = json!({"operationId": "list_secrets", "security": [{"session": []}]});
    json!({"paths": {"/api/v1/enterprises/{enterprise}/secrets": {"get": operation}}})
}

on_both_databases! {
    async fn every_operation_asks_who_calls(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (own, foreign) = both_targets(&app, &world).await;
        let forgotten = app.router().route(
            "/api/v1/enterprises/{enterprise}/secrets",
            get(|| async { "everything" }),
        );
        let mut bench = Bench { app: &app, router: forgotten, world: &world, own, foreign };

        // The guard first sees a route that forgets its check.
        let planted = documented(&planted_document());
        let permission = hezuo_domain::permissions::Permission::UserManage;
        let entry = Operation {
            id: "list_secrets",
            need: Need::Inside(permission),
            body: |_| Value::Null,
        };
        let faults = bench.faults(&planted[0], &entry).await;
        for wanted in ["by nobody: 200", "by manager: 200", "by another tenant: 200"] {
            assert!(faults.iter().any(|it| it.contains(wanted)), "{wanted} in {faults:#?}");
        }
        assert_eq!(differences(&planted, &[], &[]).len(), 1, "an operation without a case");
        assert_eq!(differences(&[], &[entry], &[]).len(), 1, "a case without an operation");
        assert_eq!(differences(&[], &[], &["gone"]).len(), 1, "a public one that is gone");

        let document = serde_json::to_value(hezuo_api::openapi()).expect("JSON");
        let (mut documented, operations) = (documented(&document), operations());
        // What is removed can't be aimed at any more.
        documented.sort_by_key(|it| it.method == axum::http::Method::DELETE);
        assert_eq!(differences(&documented, &operations, &PUBLIC), Vec::<String>::new());
        bench.router = app.router();
        let faults = bench.all_faults(&documented, &operations).await;
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

/// One layer off: whoever runs the database has switched its row-level security off by hand.
#[tokio::test]
async fn without_row_level_security_the_other_layers_hold() {
    let app = TestApp::on(hezuo_store::testing::postgres().await);
    let world = world(&app).await;
    let (own, foreign) = both_targets(&app, &world).await;
    app.fresh.drop_row_level_security().await;
    let bench = Bench {
        app: &app,
        router: app.router(),
        world: &world,
        own,
        foreign,
    };
    let document = serde_json::to_value(hezuo_api::openapi()).expect("JSON");
    let mut documented = documented(&document);
    documented.sort_by_key(|it| it.method == axum::http::Method::DELETE);
    let faults = bench.all_faults(&documented, &operations()).await;
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The other layers off: statements without any filter, as an injected one would be, read and change
/// one tenant's rows alone.
#[tokio::test]
async fn without_filters_row_level_security_holds() {
    let app = TestApp::on(hezuo_store::testing::postgres().await);
    let world = world(&app).await;
    both_targets(&app, &world).await;
    let (own, other) = (world.factory.id, world.other.id);
    let reach = app.fresh.unfiltered(own.0, other.0).await;
    assert_eq!(reach.leaks, Vec::<String>::new());
    // It says something only where there is something to leak.
    assert!(reach.foreign_tables > 20, "{reach:?}");
    app.fresh.drop_row_level_security().await;
    let reach = app.fresh.unfiltered(own.0, other.0).await;
    assert!(reach.leaks.len() > 20, "the planted defect is seen");
}
