//! How each operation of the OpenAPI document is called, and what it takes to be let through.

mod devices;
mod document;
mod marks;

use hezuo_domain::permissions::Permission;
use hezuo_testkit::{Call, Factory, TestApp, World, join, picture, report};
use serde_json::{Value, json};

use crate::{apart, identity, projects, rewards, scim};

pub(crate) use document::{Documented, PUBLIC, documented};
pub(crate) use marks::{Marks, readable};

/// Who is let through.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// Whoever is logged in.
    Login,
    /// Who holds it in the enterprise of the path.
    Inside(Permission),
    /// Who holds it in an enterprise or over a region.
    Anywhere(Permission),
    /// Who holds it over the region.
    Region(Permission),
    /// A machine with a key of the enterprise.
    Device,
    /// Who holds it in the enterprise, where the thing is meant for him; for other holders it is not
    /// there.
    Meant(Permission),
}

/// One operation.
pub(crate) struct Operation {
    /// Its `operationId`.
    pub(crate) id: &'static str,
    /// Who is let through.
    pub(crate) need: Need,
    /// What is sent; an operation that takes bytes is sent a picture, one that takes a form a
    /// register.
    pub(crate) body: fn(&Targets) -> Value,
}

/// Things of one enterprise that paths and bodies can name.
#[derive(Debug, Clone)]
pub(crate) struct Targets {
    pub(crate) enterprise: String,
    pub(crate) site: String,
    pub(crate) area: String,
    pub(crate) case: String,
    pub(crate) person: String,
    pub(crate) user: String,
    pub(crate) import: String,
    pub(crate) team: String,
    pub(crate) meeting: String,
    pub(crate) reward: String,
    pub(crate) project: String,
    pub(crate) channel: String,
    /// An act on an account that waits for a second person.
    pub(crate) change: String,
    /// A pay code that is not paid yet.
    pub(crate) pay_code: String,
    /// A key for machines, to be ended.
    pub(crate) key: String,
    /// Another one, as a machine sends it.
    pub(crate) bearer: String,
    /// A group of a directory.
    pub(crate) group: String,
    /// A login that a directory has made, and its name.
    pub(crate) made: (String, String),
    /// A report with a picture that is kept apart for the worker representative.
    pub(crate) report: String,
}

/// A register of one row, as a browser sends it.
pub(crate) const REGISTER: &str = "--b\r\nContent-Disposition: form-data; name=\"file\"; \
    filename=\"a.csv\"\r\n\r\nDate,Description\n2015-03-02,a loose step\n\r\n--b--\r\n";

/// Uploads the register.
pub(crate) fn upload(call: Call) -> Call {
    call.header("content-type", "multipart/form-data; boundary=b")
        .bytes(REGISTER)
}

/// Uploads a text as the file of a form.
pub(crate) fn form(call: Call, text: &str) -> Call {
    let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
    call.header("content-type", "multipart/form-data; boundary=b")
        .bytes(format!("{head}{text}\r\n--b--\r\n"))
}

impl Targets {
    /// Makes things to aim at in a factory: a case with a picture, a person, a login.
    pub(crate) async fn in_factory(app: &TestApp, factory: &Factory) -> Self {
        let number = u64::from(factory.id.0.as_bytes()[0]);
        let mut sent = report(&factory.codes[1], "named", number);
        // What is sealed tells whose it is as what is read does.
        sent.body["name"] = json!(format!("Li Hong {}", factory.short_code));
        app.post("/api/v1/reports")
            .json(&sent.body)
            .await
            .expect("201");
        let picture_of = app.put("/api/v1/reports/attachments/p1.jpg");
        let lookup = ("report-lookup", sent.lookup.as_str());
        picture_of
            .header(lookup.0, lookup.1)
            .bytes(picture())
            .await
            .expect("204");
        let list = app
            .get(&factory.at("/cases"))
            .by(factory.officer())
            .await
            .ok();
        let administrator = factory.administrator();
        let access = administrator
            .caller
            .enter(&app.app, factory.id)
            .await
            .expect("home");
        let import = app.post(&factory.at("/imports")).by(administrator);
        let import = upload(import).await.ok();
        let grant = factory
            .by(hezuo_domain::people::Role::EitMember)
            .caller
            .grants[0]
            .clone();
        let spare = join(
            app,
            &access,
            &format!("spare-{}", factory.short_code),
            grant,
        )
        .await;
        let leader = factory.by(hezuo_domain::people::Role::EitLeader);
        let team = app.post(&factory.at("/teams")).by(leader);
        let team = team.json(&json!({"name": "Team"})).await.ok();
        let team = team["id"].as_str().expect("a team").to_owned();
        let path = factory.at(&format!("/teams/{team}/meetings"));
        let meeting = json!({"id": team});
        let meeting = app.post(&path).by(leader).json(&meeting).await.ok();
        let number = 500 + number;
        rewards::approved(app, factory, "named", number, 10_000).await;
        let rewarded = app.get(&factory.at("/rewards")).by(leader).await.ok();
        let case = list["items"][0]["id"].as_str().expect("a case").to_owned();
        let question = json!({"id": team, "text": format!("Which shift? {}", factory.short_code)});
        let path = factory.at(&format!("/cases/{case}/messages"));
        let asked = app.post(&path).by(factory.officer()).json(&question);
        asked.await.expect("200");
        let project = projects::proposed(app, factory, &[&case]).await;
        let project = project["id"].as_str().expect("a project").to_owned();
        projects::finished(app, factory, &project).await;
        let path = factory.at(&format!("/projects/{project}/pictures/p1.jpg"));
        let picture_of = app.put(&path).by(factory.member()).bytes(picture());
        picture_of.await.expect("204");
        let (_, sent) = rewards::approved(app, factory, "anonymous", number + 500, 10_000).await;
        rewards::take(app, &sent).await.ok();
        let channel = app.post(&factory.at("/notices/channels")).by(administrator);
        let channel = channel.json(&channel_body()).await.ok();
        let role = json!({"role": "worker_representative", "place_kind": "enterprise",
            "place_key": factory.id});
        let path = factory.at(&format!("/users/{}/roles", spare.user));
        let roles = app.put(&path).by(administrator);
        roles.json(&json!({"roles": [role]})).await.expect("202");
        let changes = app.get(&factory.at("/account-changes")).by(administrator);
        let changes = changes.await.ok();
        let (key, _) = scim::key(app, factory).await;
        let (_, bearer) = scim::key(app, factory).await;
        let bearer = format!("Bearer {bearer}");
        let group = app.post("/scim/v2/Groups").header("authorization", &bearer);
        let group = group.json(&json!({"displayName": "Everybody"})).await.ok();
        let login = format!("made-{}", factory.short_code).to_lowercase();
        let made = app.post("/scim/v2/Users").header("authorization", &bearer);
        let made = made.json(&json!({"userName": login})).await.ok();
        Self {
            key,
            bearer,
            group: group["id"].as_str().expect("a group").to_owned(),
            made: (made["id"].as_str().expect("an id").to_owned(), login),
            report: apart::kept(app, factory).await,
            change: changes["items"][0]["id"]
                .as_str()
                .expect("a change")
                .to_owned(),
            channel: channel["id"].as_str().expect("a channel").to_owned(),
            enterprise: factory.id.to_string(),
            site: factory.site.to_string(),
            area: factory.paint_shop.to_string(),
            case,
            project,
            person: spare.person.to_string(),
            user: spare.user.to_string(),
            import: import["id"].as_str().expect("an import").to_owned(),
            reward: rewarded["items"][0]["id"]
                .as_str()
                .expect("a reward")
                .to_owned(),
            pay_code: rewards::pay_code(&sent).to_string(),
            team,
            meeting: meeting["id"].as_str().expect("a meeting").to_owned(),
        }
    }

    /// The address, with these things in the place of its parameters.
    pub(crate) fn path(&self, template: &str) -> String {
        template
            .replace("/Users/{user}", &format!("/Users/{}", self.made.0))
            .replace("{enterprise}", &self.enterprise)
            .replace("{site}", &self.site)
            .replace("{area}", &self.area)
            .replace("{case}", &self.case)
            .replace("{person}", &self.person)
            .replace("{user}", &self.user)
            .replace("{import}", &self.import)
            .replace("{team}", &self.team)
            .replace("{meeting}", &self.meeting)
            .replace("{reward}", &self.reward)
            .replace("{project}", &self.project)
            .replace("{channel}", &self.channel)
            .replace("{change}", &self.change)
            .replace("{key}", &self.key)
            .replace("{group}", &self.group)
            .replace("{resource_type}", "User")
            .replace("{schema}", hezuo_domain::scim::GROUP)
            .replace("{session}", &self.user)
            .replace("{passkey}", &self.user)
            .replace("{report}", &self.report)
            .replace("{name}", "p1.jpg")
    }
}

fn nothing(_: &Targets) -> Value {
    Value::Null
}

fn channel_body() -> Value {
    json!({"way": "wecom", "name": "Group", "kinds": ["danger"], "locale": "en", "active": true,
        "address": "https://hooks.example/send?key=1"})
}

fn channel(_: &Targets) -> Value {
    channel_body()
}

/// Every operation that asks who calls. What the document has and this list has not, or the other
/// way round, fails the test.
pub(crate) fn operations() -> Vec<Operation> {
    use Need::{Anywhere, Inside, Login, Region};
    let of = |id, need, body| Operation { id, need, body };
    let mut all = vec![
        of("find_session", Login, nothing),
        of("delete_session", Login, nothing),
        of("find_own_account", Login, nothing),
        of("end_other_sessions", Login, nothing),
        of("end_own_session", Login, nothing),
        of("take_own_data", Login, nothing),
        of(
            "change_own_password",
            Login,
            |_| json!({"password": hezuo_testkit::PASSWORD, "new_password": "four quiet looms"}),
        ),
        of("find_approval", Login, |_| json!({"code": "AAAA-AAAA"})),
        of(
            "settle_approval",
            Login,
            |_| json!({"code": "AAAA-AAAA", "number": "10", "lets_in": true}),
        ),
        of("list_regions", Login, nothing),
        of(
            "list_enterprises",
            Anywhere(Permission::EnterpriseRead),
            nothing,
        ),
        of(
            "create_enterprise",
            Region(Permission::EnterpriseManage),
            |_| json!({"name": "New works", "region_code": "330503"}),
        ),
        of("find_region_board", Region(Permission::TallyRead), nothing),
        of("list_factories", Anywhere(Permission::TallyRead), nothing),
        of("list_cases_across", Anywhere(Permission::CaseRead), nothing),
        of("find_health", Inside(Permission::HealthRead), nothing),
        of("list_cases", Inside(Permission::CaseRead), nothing),
        of("find_case", Inside(Permission::CaseRead), nothing),
        of("act_on_case", Inside(Permission::CaseTriage), |_| {
            json!({"id": "6a1f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a11", "version": 1, "client": "desk",
                "action": {"type": "accept", "answer": "We will mount a guard."}})
        }),
        of("add_case_attachment", Inside(Permission::CaseFix), nothing),
        of(
            "add_case_attachment_part",
            Inside(Permission::CaseFix),
            nothing,
        ),
        of(
            "find_case_attachment",
            Inside(Permission::CaseRead),
            nothing,
        ),
        of("export_cases", Inside(Permission::CaseRead), nothing),
        of("find_feed", Inside(Permission::CaseRead), nothing),
        of("find_feed_metadata", Inside(Permission::CaseRead), nothing),
        of("list_feed_cases", Inside(Permission::CaseRead), nothing),
        of("count_feed_cases", Inside(Permission::CaseRead), nothing),
        of("list_feed_steps", Inside(Permission::CaseRead), nothing),
        of("list_feed_tallies", Inside(Permission::CaseRead), nothing),
        of("list_feed_projects", Inside(Permission::CaseRead), nothing),
        of("find_suggestions", Inside(Permission::CaseTriage), nothing),
        of("find_messages", Inside(Permission::CaseAsk), nothing),
        of(
            "ask_reporter",
            Inside(Permission::CaseAsk),
            |_| json!({"id": "0b0f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a12", "text": "Which shift was it?"}),
        ),
        of("list_replies", Inside(Permission::CaseAsk), nothing),
        of("find_intake", Inside(Permission::IntakeRelease), nothing),
        of("release_intake", Inside(Permission::IntakeRelease), nothing),
        of("find_risk_matrix", Inside(Permission::CaseRead), nothing),
        of("find_board", Inside(Permission::TallyRead), nothing),
        of("find_summary", Inside(Permission::TallyRead), nothing),
        of("list_alarms", Inside(Permission::AlarmAnswer), nothing),
        of(
            "answer_alarm",
            Inside(Permission::AlarmAnswer),
            |_| json!({"client": "phone"}),
        ),
        of("list_notices", Inside(Permission::AlarmAnswer), nothing),
        of("read_notices", Inside(Permission::AlarmAnswer), |_| {
            json!({})
        }),
        of("find_rhythm", Inside(Permission::NoticeManage), nothing),
        of("update_rhythm", Inside(Permission::NoticeManage), |_| {
            json!({"alarm_minutes": 5, "quiet_from": "20:00", "quiet_to": "06:30",
                "digest_at": "08:00"})
        }),
        of("list_channels", Inside(Permission::NoticeManage), nothing),
        of("create_channel", Inside(Permission::NoticeManage), channel),
        of("update_channel", Inside(Permission::NoticeManage), channel),
        of("delete_channel", Inside(Permission::NoticeManage), nothing),
        of("test_channel", Inside(Permission::NoticeManage), nothing),
        of("find_own_mail", Inside(Permission::AlarmAnswer), nothing),
        of(
            "update_own_mail",
            Inside(Permission::AlarmAnswer),
            |_| json!({"address": "a@works.example"}),
        ),
        of("test_own_mail", Inside(Permission::AlarmAnswer), nothing),
        of("list_teams", Inside(Permission::TeamRead), nothing),
        of(
            "create_team",
            Inside(Permission::TeamManage),
            |_| json!({"name": "Night team", "weekday": 3, "meets_at": "16:30"}),
        ),
        of(
            "update_team",
            Inside(Permission::TeamManage),
            |_| json!({"name": "Day team"}),
        ),
        of(
            "save_team_member",
            Inside(Permission::TeamManage),
            |_| json!({"role": "liaison", "side": "worker"}),
        ),
        of("end_team_member", Inside(Permission::TeamManage), nothing),
        of("find_agenda", Inside(Permission::CaseRead), nothing),
        of("list_meetings", Inside(Permission::CaseRead), nothing),
        of(
            "begin_meeting",
            Inside(Permission::MeetingRun),
            |it| json!({"id": it.meeting}),
        ),
        of("find_meeting", Inside(Permission::CaseRead), nothing),
        of("export_minutes", Inside(Permission::CaseRead), nothing),
        of(
            "update_meeting",
            Inside(Permission::MeetingRun),
            |_| json!({"note": "Tea"}),
        ),
        of(
            "mark_attendance",
            Inside(Permission::MeetingRun),
            |it| json!({"marks": [{"person_id": it.person, "present": true}]}),
        ),
        of("decide_in_meeting", Inside(Permission::MeetingRun), |it| {
            let accept = json!({"type": "accept", "answer": "We will mount a guard."});
            json!({"id": "6a1f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a12", "client": "desk",
                "decisions": [{"case": it.case, "version": 1, "actions": [accept]}]})
        }),
        of("close_meeting", Inside(Permission::MeetingRun), |_| {
            json!({})
        }),
        of("post_minutes", Inside(Permission::MeetingRun), nothing),
        of("record_ideas", Inside(Permission::CaseRecord), |_| {
            json!({"id": "6a1f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a13", "client": "desk",
                "source": "card", "ideas": [{"category": "idea", "text": "More light"}]})
        }),
        of("list_projects", Inside(Permission::ProjectRead), nothing),
        of(
            "find_project_counts",
            Inside(Permission::ProjectRead),
            nothing,
        ),
        of("export_projects", Inside(Permission::ProjectRead), nothing),
        of("find_project", Inside(Permission::ProjectRead), nothing),
        of("propose_project", Inside(Permission::ProjectManage), |it| {
            json!({"id": "6a1f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a21", "title": "Less waste",
                "theme": "resources", "cases": [it.case]})
        }),
        of("act_on_project", Inside(Permission::ProjectVerify), |_| {
            json!({"id": "6a1f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a22", "version": 4,
                "action": {"type": "send_back", "note": "The stop is loose."}})
        }),
        of(
            "copy_project",
            Inside(Permission::ProjectManage),
            |it| json!({"id": "6a1f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a23", "area_id": it.area}),
        ),
        of(
            "add_project_picture",
            Inside(Permission::ProjectManage),
            nothing,
        ),
        of(
            "find_project_picture",
            Inside(Permission::ProjectRead),
            nothing,
        ),
        of(
            "list_case_projects",
            Inside(Permission::ProjectRead),
            nothing,
        ),
        of("list_rewards", Inside(Permission::RewardRead), nothing),
        of(
            "list_waiting_rewards",
            Inside(Permission::RewardRead),
            nothing,
        ),
        of("find_reward_sums", Inside(Permission::RewardRead), nothing),
        of("export_rewards", Inside(Permission::RewardRead), nothing),
        of("find_case_reward", Inside(Permission::RewardRead), nothing),
        of(
            "decide_reward",
            Inside(Permission::RewardApprove),
            |_| json!({"type": "approve", "minor": 10_000}),
        ),
        of("pay_reward", Inside(Permission::RewardPay), nothing),
        of(
            "withdraw_reward",
            Inside(Permission::RewardApprove),
            |_| json!({"reason": "The wrong case"}),
        ),
        of("print_reward_slip", Inside(Permission::RewardRead), nothing),
        of(
            "find_pay_code",
            Inside(Permission::PayCodePay),
            |it| json!({"code": it.pay_code}),
        ),
        of(
            "pay_pay_code",
            Inside(Permission::PayCodePay),
            |it| json!({"id": "6a1f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a99", "code": it.pay_code}),
        ),
        of("find_places", Inside(Permission::PlaceRead), nothing),
        of(
            "update_settings",
            Inside(Permission::PlaceManage),
            |_| json!({"emergency_phone": "0572-119"}),
        ),
        of(
            "create_site",
            Inside(Permission::PlaceManage),
            |_| json!({"name": "Works 2"}),
        ),
        of(
            "update_site",
            Inside(Permission::PlaceManage),
            |_| json!({"name": "Works 1"}),
        ),
        of(
            "create_area",
            Inside(Permission::PlaceManage),
            |it| json!({"site_id": it.site, "kind": "area", "name": "Store"}),
        ),
        of(
            "update_area",
            Inside(Permission::PlaceManage),
            |_| json!({"name": "Paint"}),
        ),
        of(
            "attest_heads",
            Inside(Permission::HeadsAttest),
            |_| json!({"heads": 5}),
        ),
        of("print_labels", Inside(Permission::PlaceRead), nothing),
        of("list_persons", Inside(Permission::PersonRead), nothing),
        of(
            "create_person",
            Inside(Permission::PersonManage),
            |_| json!({"name": "Wang Wei"}),
        ),
        of(
            "update_person",
            Inside(Permission::PersonManage),
            |_| json!({"name": "Wang Wei"}),
        ),
        of("import_persons", Inside(Permission::PersonManage), |_| {
            json!("姓名,工号\n王伟,1001\n")
        }),
        of("find_start", Inside(Permission::PlaceManage), nothing),
        of(
            "update_enterprise",
            Inside(Permission::PlaceManage),
            |_| json!({"name": "Works", "region_code": "330503", "time_zone": "Asia/Shanghai"}),
        ),
        of("hang_labels", Inside(Permission::PlaceManage), nothing),
        of("list_users", Inside(Permission::UserManage), nothing),
        of("create_user", Inside(Permission::UserManage), |it| {
            let role = json!({"role": "eit_member", "place_kind": "enterprise",
                "place_key": it.enterprise});
            json!({"person_id": it.person, "login": "newcomer", "locale": "en", "roles": [role]})
        }),
        of("disable_user", Inside(Permission::UserManage), nothing),
        of("enable_user", Inside(Permission::UserManage), nothing),
        of("reset_user", Inside(Permission::UserManage), nothing),
        of(
            "end_sessions_of_user",
            Inside(Permission::UserManage),
            nothing,
        ),
        of(
            "list_account_changes",
            Inside(Permission::AccountWatch),
            nothing,
        ),
        of(
            "list_account_events",
            Inside(Permission::AccountWatch),
            nothing,
        ),
        of(
            "agree_to_account_change",
            Inside(Permission::AccountWatch),
            |_| json!({"password": hezuo_testkit::PASSWORD}),
        ),
        of(
            "refuse_account_change",
            Inside(Permission::AccountWatch),
            nothing,
        ),
        of(
            "carry_out_account_change",
            Inside(Permission::UserManage),
            nothing,
        ),
        of("list_imports", Inside(Permission::ImportRun), nothing),
        of("create_import", Inside(Permission::ImportRun), nothing),
        of("find_import", Inside(Permission::ImportRun), nothing),
        of(
            "update_import_mapping",
            Inside(Permission::ImportRun),
            |_| json!({"mapping": {"Date": "date", "Description": "text"}}),
        ),
        of("run_import", Inside(Permission::ImportRun), nothing),
        of("list_import_errors", Inside(Permission::ImportRun), nothing),
        of("list_import_counts", Inside(Permission::ImportRun), nothing),
        of(
            "update_roles",
            Inside(Permission::UserManage),
            |_| json!({"roles": []}),
        ),
    ];
    all.extend(devices::operations());
    all.extend(identity::operations());
    all.extend(apart::operations());
    all
}

/// Two tenants with the same sort of things in each.
pub(crate) async fn both_targets(app: &TestApp, world: &World) -> (Targets, Targets) {
    (
        Targets::in_factory(app, &world.factory).await,
        Targets::in_factory(app, &world.other).await,
    )
}
