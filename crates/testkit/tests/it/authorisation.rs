//! Every operation of the OpenAPI document, called by nobody, by every role, by another tenant.

use axum::Router;
use axum::http::Method;
use axum::routing::get;
use hezuo_domain::people::Role;
use hezuo_domain::permissions::{Permission, can, can_in_region};
use hezuo_domain::places::PlacePath;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Call, Login, TestApp, World, join, world};
use serde_json::{Value, json};

use crate::operations::{
    Documented, Marks, Need, Operation, PUBLIC, Targets, both_targets, documented, operations,
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
    /// What shows that an answer tells of the one tenant, and of the other.
    own_marks: Marks,
    foreign_marks: Marks,
}

/// How a call ended: its status, and what it tells of a tenant that is none of the caller's business.
struct Got {
    status: u16,
    told: Option<String>,
}

impl Got {
    fn is_let_through(&self) -> bool {
        // A second one to act may find that the first has done it.
        self.status < 300 || self.status == 409
    }
}

async fn got(call: Call, none_of: &[&Marks]) -> Got {
    let answer = call.await;
    Got {
        status: answer.status.as_u16(),
        told: none_of.iter().find_map(|marks| marks.told_in(&answer)),
    }
}

/// What is wrong with how one operation is guarded.
struct Findings<'a> {
    id: &'a str,
    faults: Vec<String>,
}

impl Findings<'_> {
    fn expect(&mut self, who: &str, got: &Got, wanted: bool, what: &str) {
        let (id, status) = (self.id, got.status);
        if !wanted {
            self.faults
                .push(format!("{id} by {who}: {status}, not {what}"));
        }
        if let Some(told) = &got.told {
            self.faults
                .push(format!("{id} by {who}: tells of another tenant: {told}"));
        }
    }
}

impl Bench<'_> {
    /// The bench, in a database in which both tenants have something to tell of.
    async fn new<'a>(app: &'a TestApp, world: &'a World) -> Bench<'a> {
        let (own, foreign) = both_targets(app, world).await;
        let own_marks = Marks::put(app, &world.factory).await;
        let foreign_marks = Marks::put(app, &world.other).await;
        let ids = (own_marks.ids(), foreign_marks.ids());
        assert!(ids.0 > 50 && ids.1 > 50, "{ids:?}");
        app.fold().await;
        Bench {
            app,
            router: app.router(),
            world,
            own,
            foreign,
            own_marks,
            foreign_marks,
        }
    }

    fn call(&self, it: &Documented, operation: &Operation, targets: &Targets) -> Call {
        it.call(self.router.clone(), operation, targets)
    }

    /// What is wrong with how an operation is guarded.
    async fn faults(&self, it: &Documented, operation: &Operation) -> Vec<String> {
        let mut found = Findings {
            id: &it.id,
            faults: Vec::new(),
        };
        let both = [&self.own_marks, &self.foreign_marks];
        let nobody = self.call(it, operation, &self.own);
        let nobody = got(nobody, &both).await;
        found.expect("nobody", &nobody, nobody.status == 401, "401");
        let wrong = format!("hezuo={}.{}", "0".repeat(32), "ab".repeat(32));
        let unknown = self.call(it, operation, &self.own).header("cookie", &wrong);
        let unknown = got(unknown, &both).await;
        found.expect("an unknown session", &unknown, unknown.status == 401, "401");
        match operation.need {
            Need::Login => self.of_login(it, operation, &mut found).await,
            Need::Device => self.of_device(it, operation, &mut found).await,
            Need::Inside(_) | Need::Meant(_) | Need::Anywhere(_) | Need::Region(_) => {
                self.of_insiders(it, operation, &mut found).await;
                self.of_foreigners(it, operation, &mut found).await;
            }
        }
        found.faults
    }

    /// Whoever is logged in is let through, and told of himself.
    async fn of_login(&self, it: &Documented, operation: &Operation, found: &mut Findings<'_>) {
        let factory = &self.world.factory;
        let administrator = &factory.administrator().caller;
        let access = administrator
            .enter(&self.app.app, factory.id)
            .await
            .expect("home");
        let grant = factory.bystander.caller.grants[0].clone();
        let guest = join(self.app, &access, &format!("guest-{}", it.id), grant).await;
        let call = self.call(it, operation, &self.own).by(&guest);
        let seen = got(call, &[&self.foreign_marks]).await;
        // What he may do can be the wrong thing to do now.
        found.expect("somebody", &seen, seen.is_let_through(), "let through");
        if it.method == Method::GET {
            for (who, login, none_of) in self.outsiders() {
                let seen = self.call(it, operation, &self.own).by(login);
                let seen = got(seen, &none_of).await;
                found.expect(who, &seen, seen.is_let_through(), "let through");
            }
        }
    }

    /// A machine with a key of the enterprise is let through, and no person.
    async fn of_device(&self, it: &Documented, operation: &Operation, found: &mut Findings<'_>) {
        let both = [&self.own_marks, &self.foreign_marks];
        for login in &self.world.factory.logins {
            let seen = self.call(it, operation, &self.own).by(login);
            let seen = got(seen, &both).await;
            found.expect("a person", &seen, seen.status == 401, "401");
        }
        let by_key = |bearer: &str| {
            let call = self.call(it, operation, &self.own);
            call.header("authorization", bearer)
        };
        if ["{user}", "{group}"]
            .iter()
            .any(|part| it.path.contains(part))
        {
            let seen = got(by_key(&self.foreign.bearer), &[&self.own_marks]).await;
            found.expect("another tenant's key", &seen, seen.status == 404, "404");
        } else if it.method == Method::GET {
            let seen = got(by_key(&self.foreign.bearer), &[&self.own_marks]).await;
            found.expect("another tenant's key", &seen, true, "");
        }
        let seen = got(by_key(&self.own.bearer), &[&self.foreign_marks]).await;
        found.expect("its key", &seen, seen.status < 300, "let through");
    }

    /// Everybody of the enterprise, and of the office over both, by what their roles allow.
    async fn of_insiders(&self, it: &Documented, operation: &Operation, found: &mut Findings<'_>) {
        let factory = &self.world.factory;
        let path = PlacePath::enterprise(factory.id, "330503".parse().ok());
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
            // The county's people look after both.
            let is_of_county = login.caller.home.id != factory.id;
            let none_of: &[&Marks] = if is_of_county {
                &[]
            } else {
                &[&self.foreign_marks]
            };
            let seen = got(self.call(it, operation, &self.own).by(login), none_of).await;
            if may && matches!(operation.need, Need::Meant(_)) {
                let is_right = seen.is_let_through() || seen.status == 404;
                found.expect(who, &seen, is_right, "his or not there");
            } else if may {
                found.expect(who, &seen, seen.is_let_through(), "let through");
            } else {
                found.expect(who, &seen, seen.status == 403, "403");
            }
        }
    }

    /// Everybody from somewhere else, with whom they must not see anything of.
    fn outsiders(&self) -> Vec<(&'static str, &Login, Vec<&Marks>)> {
        let world = self.world;
        let (own, foreign) = (&self.own_marks, &self.foreign_marks);
        let logins = world.other.logins.iter();
        let mut all: Vec<_> = logins
            .map(|login| ("another tenant", login, vec![own]))
            .collect();
        for (who, login) in [
            ("another county's inspector", &world.far_inspector),
            ("another county's administrator", &world.far_bureau),
        ] {
            all.push((who, login, vec![own, foreign]));
        }
        all
    }

    /// Where the enterprise is in the address, it is not there for them. Elsewhere they are told of what
    /// is theirs, also when they name the county.
    async fn of_foreigners(
        &self,
        it: &Documented,
        operation: &Operation,
        found: &mut Findings<'_>,
    ) {
        let is_inside = matches!(operation.need, Need::Inside(_) | Need::Meant(_));
        for (who, login, none_of) in self.outsiders() {
            let call = self.call(it, operation, &self.own).by(login);
            let seen = got(call, &none_of).await;
            let is_right = match operation.need {
                // It names the county in which it is to be.
                Need::Region(Permission::EnterpriseManage) => seen.status == 403,
                _ => !is_inside || seen.status == 404,
            };
            found.expect(who, &seen, is_right, "refused");
            if !is_inside && it.method == Method::GET {
                let path = format!("{}?region=330503", it.path);
                let call = Call::new(self.router.clone(), Method::GET, &path).by(login);
                let seen = got(call, &none_of).await;
                let looks_elsewhere = none_of.len() == 2;
                // The directory takes no place: it lists what is the caller's own.
                let takes_place = it.id != "list_enterprises";
                let is_right = !looks_elsewhere || !takes_place || seen.status == 403;
                found.expect(who, &seen, is_right, "refused with the county's number");
            }
        }
        if is_inside && it.path.matches('{').count() > 1 {
            let factory = &self.world.factory;
            let path = PlacePath::enterprise(factory.id, "330503".parse().ok());
            let is_let_in = |login: &&Login| match operation.need {
                Need::Inside(permission) | Need::Meant(permission) => {
                    can(&login.caller.grants, permission, &path)
                }
                _ => false,
            };
            // One's own enterprise in the address, another's thing behind it.
            let smuggled = Targets {
                enterprise: self.own.enterprise.clone(),
                ..self.foreign.clone()
            };
            let login = factory.logins.iter().find(is_let_in).expect("a role");
            let call = self.call(it, operation, &smuggled).by(login);
            let seen = got(call, &[&self.foreign_marks]).await;
            found.expect("a smuggler", &seen, seen.status == 404, "404");
        }
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
        let mut bench = Bench::new(&app, &world).await;

        // The guard first sees a route that forgets its check, and answers from a statement without a
        // filter.
        let everything = app.fresh.dump().await.join("\n");
        let answer = move || async move { everything };
        let path = "/api/v1/enterprises/{enterprise}/secrets";
        bench.router = app.router().route(path, get(answer));
        let planted = documented(&planted_document());
        let entry = Operation {
            id: "list_secrets",
            need: Need::Inside(Permission::UserManage),
            body: |_| Value::Null,
        };
        let faults = bench.faults(&planted[0], &entry).await;
        for wanted in [
            "by nobody: 200",
            "by manager: 200",
            "by another tenant: 200",
            "by nobody: tells of another tenant",
            "by administrator: tells of another tenant",
            "by another tenant: tells of another tenant",
            "by another county's inspector: tells of another tenant",
        ] {
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
    let bench = Bench::new(&app, &world).await;
    app.fresh.drop_row_level_security().await;
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
