//! Signing in through a provider of one's organisation: a small provider made by hand, which answers as
//! each test wants.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hezuo_app::federation::{Network, Provider, Providers, Question};
use hezuo_domain::commitment::digest;
use hezuo_domain::federation::Rule;
use hezuo_domain::notices::channels::Fault;
use hezuo_domain::people::Role;
use hezuo_domain::second_step;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Call, START, TestApp, World, world};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

const ISSUER: &str = "https://login.example";

/// What makes an answer wrong.
type Lie = fn(&mut Said);

/// What the provider says, and what it was asked.
#[derive(Debug, Clone)]
struct Said {
    issuer: &'static str,
    names_itself: bool,
    alg: &'static str,
    /// The key that signs; it shows another where the two differ.
    signs_with: u8,
    claims: Value,
    userinfo: Value,
    challenge: String,
    is_there: bool,
    asked: Vec<String>,
}

#[derive(Debug)]
struct Fake(Mutex<Said>);

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key")
}

impl Fake {
    fn answer(&self, question: &Question) -> Result<Value, Fault> {
        let mut said = self.0.lock().expect("nobody stopped");
        said.asked.push(question.url.clone());
        if !said.is_there {
            return Err(Fault::Connect);
        }
        let place = question.url.strip_prefix(ISSUER).expect("ours");
        Ok(match place {
            "/.well-known/openid-configuration" => json!({
                "issuer": said.issuer, "authorization_endpoint": format!("{ISSUER}/go?x=1"),
                "token_endpoint": format!("{ISSUER}/token"), "jwks_uri": format!("{ISSUER}/keys"),
                "userinfo_endpoint": format!("{ISSUER}/me"),
                "authorization_response_iss_parameter_supported": said.names_itself}),
            "/keys" => {
                let x = URL_SAFE_NO_PAD.encode(key(1).public_key());
                json!({"keys": [{"kty": "odd"},
                    {"kty": "OKP", "crv": "Ed25519", "kid": "k1", "use": "sig", "x": x}]})
            }
            "/token" => {
                let form = question.form.as_deref().expect("a form");
                let field = |name: &str| {
                    let mut pairs = form.split('&').filter_map(|it| it.split_once('='));
                    let found = pairs.find(|(it, _)| *it == name);
                    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
                };
                let verifier = digest(field("code_verifier").as_bytes());
                let fits = URL_SAFE_NO_PAD.encode(verifier) == said.challenge
                    && field("code") == "good"
                    && field("redirect_uri") == "https%3A%2F%2Fhezuo.test%2Flogin%2Ffrom%2F"
                    && question.headers.iter().any(|(name, value)| {
                        *name == "authorization" && value == "Basic aGV6dW86YSUyQmI="
                    });
                if !fits {
                    return Err(Fault::Status(400));
                }
                let part = |it: Value| URL_SAFE_NO_PAD.encode(it.to_string());
                let header = part(json!({"alg": said.alg, "kid": "k1"}));
                let message = format!("{header}.{}", part(said.claims.clone()));
                let signature = key(said.signs_with).sign(message.as_bytes());
                let signature = match said.alg {
                    "none" => String::new(),
                    _ => URL_SAFE_NO_PAD.encode(signature),
                };
                json!({"id_token": format!("{message}.{signature}"), "access_token": "a1"})
            }
            "/me" => said.userinfo.clone(),
            other => panic!("{other} was asked"),
        })
    }
}

impl Network for Fake {
    fn ask(
        &self,
        question: Question,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send + '_>> {
        let answer = self.answer(&question);
        Box::pin(async move { answer.map(|it| it.to_string().into_bytes()) })
    }
}

struct Bench {
    app: TestApp,
    world: World,
    router: Router,
    fake: Arc<Fake>,
}

/// An attempt, as the browser has it.
struct Attempt {
    cookie: String,
    state: String,
    nonce: String,
}

impl Bench {
    async fn new(app: TestApp, may_create: bool) -> Self {
        let world = world(&app).await;
        let fake = Arc::new(Fake(Mutex::new(Said {
            issuer: ISSUER,
            names_itself: false,
            alg: "EdDSA",
            signs_with: 1,
            claims: Value::Null,
            userinfo: json!({}),
            challenge: String::new(),
            is_there: true,
            asked: Vec::new(),
        })));
        let short_code = world.factory.short_code.clone();
        let mut provider = Provider::new(
            "works".to_owned(),
            ISSUER.to_owned(),
            "hezuo".to_owned(),
            short_code,
        );
        provider.secret = Some("a+b".to_owned());
        provider.role_claim = Some("groups".to_owned());
        provider.may_create = may_create;
        let rule = |value: &str, role| Rule {
            value: value.to_owned(),
            role,
            region: None,
        };
        provider.rules = vec![
            rule("safety", Role::SafetyOfficer),
            rule("team", Role::EitMember),
            rule("boss", Role::Manager),
            rule("union", Role::WorkerRepresentative),
        ];
        let providers = Providers {
            base: "https://hezuo.test".to_owned(),
            items: vec![provider],
            network: Some(Arc::clone(&fake) as Arc<dyn Network>),
        };
        let rule = app.app.second_step.clone();
        let router = app.beside(|it| {
            it.providers = providers;
            it.second_step = rule;
        });
        Self {
            app,
            world,
            router,
            fake,
        }
    }

    fn set(&self, change: impl FnOnce(&mut Said)) {
        change(&mut self.fake.0.lock().expect("nobody stopped"));
    }

    fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self.router.clone(), method, path)
    }

    async fn begin(&self) -> Attempt {
        let begun = self.call(Method::POST, "/api/v1/sign-in/works").await;
        let cookie = begun.header("set-cookie").to_owned();
        assert!(
            cookie.contains("HttpOnly; SameSite=Strict; Max-Age=600"),
            "{cookie}"
        );
        let url = begun.expect("200").json()["url"]
            .as_str()
            .expect("a url")
            .to_owned();
        let query = url
            .strip_prefix("https://login.example/go?x=1&")
            .expect("the provider");
        let field = |name: &str| {
            let mut pairs = query.split('&').filter_map(|it| it.split_once('='));
            let found = pairs.find(|(it, _)| *it == name);
            found.map(|(_, value)| value.to_owned()).expect("a field")
        };
        assert_eq!(field("code_challenge_method"), "S256");
        let attempt = Attempt {
            cookie: cookie.split(';').next().expect("a cookie").to_owned(),
            state: field("state"),
            nonce: field("nonce"),
        };
        self.set(|it| it.challenge = field("code_challenge"));
        attempt
    }

    /// The provider says who came.
    fn says(&self, attempt: &Attempt, login: &str, groups: &[&str]) {
        let now = START.0 / 1_000_000;
        let claims = json!({"iss": ISSUER, "aud": "hezuo", "sub": format!("id-{login}"),
            "exp": now + 300, "iat": now, "nonce": attempt.nonce, "name": "Lin Xia",
            "preferred_username": login, "groups": groups});
        self.set(|it| it.claims = claims);
    }

    async fn finish(&self, attempt: &Attempt, more: Value) -> Answer {
        let mut body = json!({"code": "good", "state": attempt.state});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let call = self.call(Method::POST, "/api/v1/sign-in");
        call.header("cookie", &attempt.cookie).json(&body).await
    }

    async fn sign_in(&self, login: &str, groups: &[&str]) -> Answer {
        let attempt = self.begin().await;
        self.says(&attempt, login, groups);
        self.finish(&attempt, json!({})).await
    }

    fn login_of(&self, role: Role) -> String {
        self.world.factory.by(role).caller.login.clone()
    }

    async fn events(&self) -> Vec<String> {
        let path = self.world.factory.at("/account-events");
        let events = self.app.get(&path).by(self.world.factory.administrator());
        let events = events.await.ok();
        let line = |it: &Value| format!("{} {}", it["act"], it["role"]).replace('"', "");
        let mut lines: Vec<String> = events["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(line)
            .collect();
        lines.sort();
        lines
    }
}

fn roles(session: &Value) -> Vec<&str> {
    let roles = session["roles"].as_array().expect("roles").iter();
    roles
        .map(|it| it["role"].as_str().expect("a role"))
        .collect()
}

on_both_databases! {
    async fn who_comes_from_a_provider_has_the_roles_that_it_names(fresh) {
        let bench = Bench::new(TestApp::on(fresh), false).await;
        let listed = bench.call(Method::GET, "/api/v1/sign-in").await.ok();
        assert_eq!(listed["items"][0]["id"], "works");
        let member = bench.login_of(Role::EitMember);
        let signed = bench.sign_in(&member, &["safety", "other"]).await.expect("200");
        let cookies: Vec<_> = signed.headers.get_all("set-cookie").iter().collect();
        assert_eq!(cookies.len(), 3, "{cookies:?}");
        assert_eq!(roles(&signed.json()), ["safety_officer"]);
        assert_eq!(bench.events().await,
            ["gain safety_officer", "link null", "lose eit_member"]);
        // The officer who has that role already is told of nothing, and the name no longer matters.
        let attempt = bench.begin().await;
        bench.says(&attempt, &member, &["team"]);
        bench.set(|it| it.claims["preferred_username"] = json!(bench.login_of(Role::Manager)));
        let signed = bench.finish(&attempt, json!({})).await.ok();
        assert_eq!(roles(&signed), ["eit_member"]);
        assert_eq!(signed["name"], bench.world.factory.member().caller.name.as_str());

        // Another person of the provider who has been given the name does not get the login.
        let attempt = bench.begin().await;
        bench.says(&attempt, &member, &["team"]);
        bench.set(|it| it.claims["sub"] = json!("somebody else"));
        bench.finish(&attempt, json!({})).await.expect("409 sign_in.taken");

        // Who is a group's no longer has nothing here, and no session either.
        bench.sign_in(&member, &[]).await.expect("403 sign_in.no_role");
        let told = bench.events().await;
        assert!(told.contains(&"lose eit_member".to_owned()), "{told:?}");
    }

    async fn who_reads_confidences_and_who_is_unknown_is_not_let_in(fresh) {
        let bench = Bench::new(TestApp::on(fresh), false).await;
        let representative = bench.login_of(Role::WorkerRepresentative);
        for groups in [&["team"][..], &["union"], &[]] {
            bench.sign_in(&representative, groups).await.expect("403 sign_in.own_password");
        }
        bench.sign_in("nobody", &["team"]).await.expect("403 sign_in.nobody");
        // Nobody becomes one either, and who has no other role is not let in.
        let manager = bench.login_of(Role::Manager);
        bench.sign_in(&manager, &["union"]).await.expect("403 sign_in.no_role");
        bench.sign_in(&manager, &["boss", "safety"]).await.expect("409 user.role_conflict at roles");
        let path = bench.world.factory.at("/users");
        let users = bench.app.get(&path).by(bench.world.factory.administrator()).await.ok();
        let users = users["items"].as_array().expect("users");
        let holders = users.iter().filter(|it| roles(it).contains(&"worker_representative"));
        assert_eq!(holders.count(), 1);
        // Another factory's login is nobody's here.
        let other = bench.world.other.by(Role::EitMember).caller.login.clone();
        bench.sign_in(&other, &["team"]).await.expect("403 sign_in.nobody");
        let member = bench.world.factory.member();
        let path = bench.world.factory.at(&format!("/users/{}/disable", member.user));
        bench.app.post(&path).by(bench.world.factory.administrator()).await.expect("204");
        bench.sign_in(&member.caller.login, &["team"]).await.expect("403 sign_in.locked");
    }

    async fn who_holds_a_role_gets_a_login_where_the_operator_says_so(fresh) {
        let bench = Bench::new(TestApp::on(fresh), true).await;
        bench.sign_in("lin.xia", &[]).await.expect("403 sign_in.no_role");
        bench.sign_in("lin.xia", &["union"]).await.expect("403 sign_in.no_role");
        let signed = bench.sign_in("lin.xia", &["team"]).await.ok();
        assert_eq!((signed["name"].as_str(), roles(&signed)), (Some("Lin Xia"), vec!["eit_member"]));
        let again = bench.sign_in("lin.xia", &["team"]).await.ok();
        assert_eq!(again["user_id"], signed["user_id"]);
        assert_eq!(bench.events().await, ["gain eit_member", "link null"]);
        let path = bench.world.factory.at("/users");
        let users = bench.app.get(&path).by(bench.world.factory.administrator()).await.ok();
        let made = users["items"].as_array().expect("users").iter()
            .find(|it| it["login"] == "lin.xia").expect("a login");
        assert_eq!(made["waiting_for_password"], false);
        // Names are unique over all factories.
        let other = bench.world.other.by(Role::EitMember).caller.login.clone();
        bench.sign_in(&other, &["team"]).await.expect("409 sign_in.taken");
    }

    async fn a_second_step_counts_where_the_provider_says_that_it_asked_for_one(fresh) {
        let app = TestApp::changed(fresh, |it| {
            it.second_step = Some(second_step::Rule { roles: vec![Role::Manager], days: 0 });
        });
        let bench = Bench::new(app, false).await;
        let login = bench.login_of(Role::Manager);
        let says = |methods: Value| {
            let (bench, login) = (&bench, &login);
            async move {
                let attempt = bench.begin().await;
                bench.says(&attempt, login, &["boss"]);
                bench.set(|it| it.claims["amr"] = methods);
                let session = bench.finish(&attempt, json!({})).await.expect("200");
                session.json()["second_step"]["state"].clone()
            }
        };
        assert_eq!(says(json!(["pwd", "otp", "mfa"])).await, "nothing");
        for silent in [json!(["pwd"]), json!(["mfa2"]), json!("mfa"), json!({"mfa": 1}), Value::Null] {
            assert_eq!(says(silent.clone()).await, "set_up", "{silent}");
        }
        // What stands in the token counts, not what is told beside it.
        bench.set(|it| it.userinfo = json!({"sub": "id-x", "amr": ["mfa"]}));
        let attempt = bench.begin().await;
        bench.says(&attempt, &login, &["boss"]);
        bench.set(|it| {
            it.userinfo["sub"] = it.claims["sub"].clone();
            it.userinfo["preferred_username"] = it.claims["preferred_username"].take();
        });
        let session = bench.finish(&attempt, json!({})).await.expect("200");
        assert_eq!(session.json()["second_step"]["state"], "set_up");
    }

    async fn an_attempt_is_one_browser_s_and_can_be_used_once(fresh) {
        let bench = Bench::new(TestApp::on(fresh), false).await;
        let member = bench.login_of(Role::EitMember);
        let again = "422 sign_in.again";
        bench.call(Method::POST, "/api/v1/sign-in/other").await.expect("404 sign_in.unknown");

        let first = bench.begin().await;
        let second = bench.begin().await;
        bench.says(&second, &member, &["team"]);
        bench.finish(&second, json!({"state": first.state})).await.expect(again);
        let crossed = Attempt { cookie: first.cookie.clone(), ..second };
        bench.finish(&crossed, json!({})).await.expect(again);
        let without = Attempt { cookie: "hezuo-sign-in=x".to_owned(), ..crossed };
        bench.finish(&without, json!({})).await.expect(again);

        let attempt = bench.begin().await;
        bench.says(&attempt, &member, &["team"]);
        bench.finish(&attempt, json!({})).await.expect("200");
        bench.finish(&attempt, json!({})).await.expect(again);

        let late = bench.begin().await;
        bench.says(&late, &member, &["team"]);
        bench.app.clock.set(START.plus_seconds(601));
        bench.finish(&late, json!({})).await.expect(again);
    }

    async fn a_provider_s_answer_is_believed_only_where_all_of_it_fits(fresh) {
        let bench = Bench::new(TestApp::on(fresh), false).await;
        let member = bench.login_of(Role::EitMember);
        let refused = "403 sign_in.refused";
        let wrong: [(&str, Lie); 8] = [
            ("unsigned", |it| it.alg = "none"),
            ("a shared secret", |it| it.alg = "HS256"),
            ("another sort of key", |it| it.alg = "RS256"),
            ("another key", |it| it.signs_with = 2),
            ("another attempt", |it| it.claims["nonce"] = json!("n")),
            ("another provider", |it| it.claims["iss"] = json!("https://evil.example")),
            ("for somebody else", |it| it.claims["aud"] = json!("other")),
            ("ended", |it| it.claims["exp"] = json!(1)),
        ];
        for (what, change) in wrong {
            let attempt = bench.begin().await;
            bench.says(&attempt, &member, &["team"]);
            let before = bench.fake.0.lock().expect("nobody stopped").clone();
            bench.set(change);
            let answer = bench.finish(&attempt, json!({})).await;
            assert_eq!(answer.outcome(), refused, "{what}");
            bench.set(|it| {
                let asked = std::mem::take(&mut it.asked);
                *it = Said { asked, ..before };
            });
        }
        for more in [json!({"code": "bad"}), json!({"code": null}), json!({"iss": "https://e.example"})] {
            let attempt = bench.begin().await;
            bench.says(&attempt, &member, &["team"]);
            bench.finish(&attempt, more).await.expect(refused);
        }
        // None of that has let anybody in or tied anybody.
        assert_eq!(bench.events().await, Vec::<String>::new());
        let attempt = bench.begin().await;
        bench.says(&attempt, &member, &["team"]);
        bench.set(|it| {
            it.userinfo = json!({"sub": it.claims["sub"], "preferred_username":
                it.claims["preferred_username"], "nonce": "never"});
            it.claims["preferred_username"].take();
        });
        bench.finish(&attempt, json!({"iss": ISSUER})).await.expect("200");
        // Its places and keys are asked for once an hour, not at each sign-in.
        let asked = |bench: &Bench, what: &str| {
            let said = bench.fake.0.lock().expect("nobody stopped");
            said.asked.iter().filter(|it| it.ends_with(what)).count()
        };
        assert_eq!((asked(&bench, "openid-configuration"), asked(&bench, "/keys")), (1, 1));
        bench.app.clock.set(START.plus_seconds(3601));
        bench.set(|it| it.issuer = "https://evil.example");
        bench.call(Method::POST, "/api/v1/sign-in/works").await.expect(refused);
        bench.set(|it| it.is_there = false);
        bench.call(Method::POST, "/api/v1/sign-in/works").await.expect("503 sign_in.unreachable");
    }
}
