//! What is held about one account and its person, section by section. No statement here reads what was
//! reported, nor opens what is sealed about who reported.

mod columns;
mod line;

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{PersonId, UserId};
use hezuo_domain::own_data::Section;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::{Statement, statements};
use crate::value::{Value, args};

pub use columns::{COLUMNS, Fate, LeftOut, THINGS};
pub use line::{Held, Line};

statements! {
    tenant ACCOUNT = "SELECT e.name, u.login, p.name, p.staff_number, p.position, a.name, u.locale,
            u.password_hash IS NOT NULL, u.second_step_since
        FROM app_user u
        JOIN enterprise e ON e.id = u.enterprise_id
        JOIN person p ON p.enterprise_id = u.enterprise_id AND p.id = u.person_id
        LEFT JOIN area a ON a.enterprise_id = p.enterprise_id AND a.id = p.area_id
        WHERE u.enterprise_id = $1 AND u.id = $2";
    tenant ROLES = "SELECT role, place_kind, place_key FROM role_grant
        WHERE enterprise_id = $1 AND user_id = $2 ORDER BY role, place_kind, place_key";
    tenant SIGN_IN_MEANS = "SELECT 'passkey', k.name, k.since_day, k.last_day, CAST(NULL AS BIGINT)
        FROM passkey k WHERE k.enterprise_id = $1 AND k.user_id = $2
        UNION ALL SELECT 'app', CAST(NULL AS TEXT), f.since_day, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
            FROM second_factor f WHERE f.enterprise_id = $1 AND f.user_id = $2
        UNION ALL SELECT 'provider', i.issuer || ' ' || i.subject, i.since_day, CAST(NULL AS BIGINT),
            CAST(NULL AS BIGINT) FROM login_identity i WHERE i.enterprise_id = $1 AND i.user_id = $2
        UNION ALL SELECT 'recovery_codes', CAST(NULL AS TEXT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
            COUNT(*) FROM recovery_code r WHERE r.enterprise_id = $1 AND r.user_id = $2 HAVING COUNT(*) > 0";
    tenant SESSIONS = "SELECT device, created_at, used_at, expires_at, approved, stepped
        FROM login_session WHERE enterprise_id = $1 AND user_id = $2 ORDER BY used_at DESC, id";
    tenant SIGN_INS = "SELECT local_day, device, sign_ins, failures FROM login_day
        WHERE enterprise_id = $1 AND user_id = $2 ORDER BY local_day, device";
    tenant INVITATIONS = "SELECT expires_at, used_at FROM invitation
        WHERE enterprise_id = $1 AND user_id = $2 ORDER BY expires_at";
    tenant APPROVALS = "SELECT created_at, device, state FROM approval
        WHERE enterprise_id = $1 AND user_id = $2 ORDER BY created_at";
    tenant DIRECTORY = "SELECT 'login', s.external_id FROM scim_user s
            WHERE s.enterprise_id = $1 AND s.user_id = $2
        UNION ALL SELECT 'group', g.name FROM scim_member m
            JOIN scim_group g ON g.enterprise_id = m.enterprise_id AND g.id = m.group_id
            WHERE m.enterprise_id = $1 AND m.user_id = $2";
    tenant ACCOUNT_EVENTS = "SELECT e.local_day, e.act, e.phase, e.role, a.name
        FROM account_event e
        LEFT JOIN app_user v ON v.enterprise_id = e.enterprise_id AND v.id = e.actor_user_id
        LEFT JOIN person a ON a.enterprise_id = v.enterprise_id AND a.id = v.person_id
        WHERE e.enterprise_id = $1 AND e.subject_user_id = $2 ORDER BY e.local_day, e.id";
    tenant ACCOUNT_CHANGES = "SELECT asked_day, act, role, due_day, state FROM account_change
        WHERE enterprise_id = $1 AND subject_user_id = $2 ORDER BY asked_day, id";
    tenant ACCOUNT_ACTS = "SELECT local_day, act, phase, role FROM account_event
        WHERE enterprise_id = $1 AND actor_user_id = $2 AND subject_user_id <> $2
        ORDER BY local_day, id";
    // That something is kept apart is between its reader and its reporter: such notices are left out.
    tenant NOTICES = "SELECT n.local_day, n.kind, n.case_id, n.step, n.due_soon, n.overdue, n.read_day, e.act
        FROM notice n
        LEFT JOIN account_event e ON e.enterprise_id = n.enterprise_id AND e.id = n.event_id
        WHERE n.enterprise_id = $1 AND n.user_id = $2 AND n.kind <> 'apart'
        ORDER BY n.local_day, n.id";
    tenant MAIL = "SELECT sealed, changed_day, result_day, result FROM notice_mail
        WHERE enterprise_id = $1 AND user_id = $2";
    tenant CASES_OWNED = "SELECT id, category, state, plan_measure, due_day, fixed_day FROM cases
        WHERE enterprise_id = $1 AND owner_id = $2 ORDER BY reported_day, id";
    cross CASE_ACTS = ("somebody is told what he did with cases, in whatever enterprise",
        "SELECT e.local_day, e.id, e.action, e.case_id, f.name FROM case_event e
        JOIN enterprise f ON f.id = e.enterprise_id
        WHERE e.actor_user_id = $1 AND (e.local_day, e.id) > ($2, $3)
        ORDER BY e.local_day, e.id LIMIT $4");
    // When somebody wrote to a reporter who gave no name, or gave it in confidence, is nobody else's.
    tenant MESSAGES = "SELECT m.local_day, m.case_id FROM case_message m
        JOIN cases c ON c.enterprise_id = m.enterprise_id AND c.id = m.case_id
        WHERE m.enterprise_id = $1 AND m.side = 'team' AND m.user_id = $2 AND c.voice = 'named'
        ORDER BY m.local_day, m.id";
    cross LOOKS = ("somebody is told at what he looked, in whatever enterprise",
        "SELECT l.local_day, l.id, l.act, f.name FROM entrusted_event l
        JOIN enterprise f ON f.id = l.enterprise_id
        WHERE l.actor_user_id = $1 AND (l.local_day, l.id) > ($2, $3)
            AND l.act IN ('name_read', 'voice_heard', 'factory_opened')
        ORDER BY l.local_day, l.id LIMIT $4");
    tenant TEAMS = "SELECT t.name, m.role, m.side, m.sex, m.shift, m.from_day, m.to_day FROM team_member m
        JOIN team t ON t.enterprise_id = m.enterprise_id AND t.id = m.team_id
        WHERE m.enterprise_id = $1 AND m.person_id = $2 ORDER BY m.from_day, m.id";
    tenant MEETINGS = "SELECT m.local_day, t.name, m.number, a.present, a.role, a.side, a.sex,
            m.chair_id = $3, m.secretary_id = $3, m.opened_by = $2, m.closed_by = $2, m.posted_by = $2
        FROM meeting m
        JOIN team t ON t.enterprise_id = m.enterprise_id AND t.id = m.team_id
        LEFT JOIN attendance a ON a.enterprise_id = m.enterprise_id AND a.meeting_id = m.id
            AND a.person_id = $3
        WHERE m.enterprise_id = $1 AND (a.id IS NOT NULL OR m.chair_id = $3 OR m.secretary_id = $3
            OR m.opened_by = $2 OR m.closed_by = $2 OR m.posted_by = $2)
        ORDER BY m.local_day, m.id";
    tenant PROJECTS = "SELECT title, state, proposed_by = $2, owner_id = $3, verified_by = $2, proposed_day,
            verified_day FROM project
        WHERE enterprise_id = $1 AND (proposed_by = $2 OR owner_id = $3 OR verified_by = $2)
        ORDER BY proposed_day, id";
    tenant PROJECT_ACTS = "SELECT e.local_day, e.action, p.title FROM project_event e
        JOIN project p ON p.enterprise_id = e.enterprise_id AND p.id = e.project_id
        WHERE e.enterprise_id = $1 AND e.user_id = $2 ORDER BY e.local_day, e.project_id, e.position";
    tenant SAVINGS = "SELECT s.entered_day, p.title, s.stage, s.minor, p.currency FROM project_saving s
        JOIN project p ON p.enterprise_id = s.enterprise_id AND p.id = s.project_id
        WHERE s.enterprise_id = $1 AND s.entered_by = $2 ORDER BY s.entered_day, s.project_id, s.stage";
    tenant PICTURES = "SELECT x.added_day, p.title, x.stage, x.name, x.size, x.blob_hash
        FROM project_picture x
        JOIN project p ON p.enterprise_id = x.enterprise_id AND p.id = x.project_id
        WHERE x.enterprise_id = $1 AND x.added_by = $2 ORDER BY x.added_day, x.project_id, x.name";
    // On which day a reward in confidence was handed over is between those two.
    tenant REWARD_ACTS = "SELECT case_id, state, decided_by = $2,
            CASE WHEN way = 'named' THEN paid_by = $2 END, withdrawn_by = $2, decided_day, minor, currency
        FROM reward WHERE enterprise_id = $1
            AND (decided_by = $2 OR withdrawn_by = $2 OR paid_by = $2 AND way = 'named')
        ORDER BY decided_day, id";
    tenant DEVICE_KEYS = "SELECT name, scopes, made_day, used_day, ended_day FROM device_key
        WHERE enterprise_id = $1 AND made_by = $2 ORDER BY made_day, id";
    tenant OFFICE = "SELECT 'rhythm', CAST(NULL AS TEXT), n.changed_day FROM notice_setting n
            WHERE n.enterprise_id = $1 AND n.changed_by = $2
        UNION ALL SELECT 'channel', c.name, c.changed_day FROM notice_channel c
            WHERE c.enterprise_id = $1 AND c.changed_by = $2
        UNION ALL SELECT 'heads', a.name, a.heads_day FROM area a
            WHERE a.enterprise_id = $1 AND a.heads_by = $2
        UNION ALL SELECT 'labels', CAST(NULL AS TEXT), s.labels_day FROM enterprise_setting s
            WHERE s.enterprise_id = $1 AND s.labels_by = $2
        UNION ALL SELECT 'confidant', CAST(NULL AS TEXT), CAST(NULL AS BIGINT) FROM enterprise_setting s
            WHERE s.enterprise_id = $1 AND s.confidant_user_id = $2
        UNION ALL SELECT 'team_member', t.name, m.from_day FROM team_member m
            JOIN team t ON t.enterprise_id = m.enterprise_id AND t.id = m.team_id
            WHERE m.enterprise_id = $1 AND m.changed_by = $2";
}

/// Whose data.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// The login.
    pub user: UserId,
    /// The person.
    pub person: PersonId,
}

/// By what a statement finds somebody's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    User,
    Person,
    Both,
    /// Page by page, across enterprises.
    Across,
}

fn source(section: Section) -> (&'static Statement, By) {
    match section {
        Section::Account => (&ACCOUNT, By::User),
        Section::Roles => (&ROLES, By::User),
        Section::SignInMeans => (&SIGN_IN_MEANS, By::User),
        Section::Sessions => (&SESSIONS, By::User),
        Section::SignIns => (&SIGN_INS, By::User),
        Section::Invitations => (&INVITATIONS, By::User),
        Section::Approvals => (&APPROVALS, By::User),
        Section::Directory => (&DIRECTORY, By::User),
        Section::AccountEvents => (&ACCOUNT_EVENTS, By::User),
        Section::AccountChanges => (&ACCOUNT_CHANGES, By::User),
        Section::AccountActs => (&ACCOUNT_ACTS, By::User),
        Section::Notices => (&NOTICES, By::User),
        Section::Mail => (&MAIL, By::User),
        Section::CasesOwned => (&CASES_OWNED, By::Person),
        Section::CaseActs => (&CASE_ACTS, By::Across),
        Section::Messages => (&MESSAGES, By::User),
        Section::Looks => (&LOOKS, By::Across),
        Section::Teams => (&TEAMS, By::Person),
        Section::Meetings => (&MEETINGS, By::Both),
        Section::Projects => (&PROJECTS, By::Both),
        Section::ProjectActs => (&PROJECT_ACTS, By::User),
        Section::Savings => (&SAVINGS, By::User),
        Section::Pictures => (&PICTURES, By::User),
        Section::RewardActs => (&REWARD_ACTS, By::User),
        Section::DeviceKeys => (&DEVICE_KEYS, By::User),
        Section::Office => (&OFFICE, By::User),
    }
}

/// The text of the statement that reads a section: for tests that look at what it reads.
pub fn statement_of(section: Section) -> &'static Statement {
    source(section).0
}

/// Whether a section is read across enterprises, page by page.
pub fn is_across(section: Section) -> bool {
    source(section).1 == By::Across
}

/// The rows of a section that stands with the owner's home.
pub async fn lines(tx: &mut Tx, section: Section, owner: Owner) -> Result<Vec<Line>> {
    let (statement, by) = source(section);
    let values = match by {
        By::User => args![owner.user],
        By::Person => args![owner.person],
        By::Both => args![owner.user, owner.person],
        By::Across => return Err(StoreError::Scope(statement.name)),
    };
    tx.all(statement, values).await
}

/// Where a page of rows across enterprises begins.
pub type After = (Day, Uuid);

/// A page of rows across enterprises, and where the next begins.
pub async fn page(
    tx: &mut Tx,
    section: Section,
    owner: Owner,
    after: Option<After>,
    limit: i64,
) -> Result<(Vec<Line>, Option<After>)> {
    let (day, id) = after.unwrap_or((Day(i64::MIN), Uuid::nil()));
    let values: Vec<Value> = args![owner.user, day, id, limit];
    let mut lines: Vec<Line> = tx.all(source(section).0, values).await?;
    let mut next = None;
    for line in &mut lines {
        // What the page is ordered by: the id is none that anybody is told.
        let id = line.0.remove(1);
        next = Some((line.day(0)?, id.id()?));
    }
    let is_full = i64::try_from(lines.len()).is_ok_and(|it| it == limit);
    Ok((lines, next.filter(|_| is_full)))
}

/// A picture that the owner added.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Its name among those of its project.
    pub name: String,
    /// Where its bytes are.
    pub blob: Hash,
}

/// The pictures of the owner, each with its row, which ends before what only the server needs.
pub async fn pictures(tx: &mut Tx, owner: Owner) -> Result<Vec<(Line, Picture)>> {
    let lines: Vec<Line> = tx.all(&PICTURES, args![owner.user]).await?;
    let split = |mut line: Line| {
        let blob = line.0.pop().and_then(|it| it.bytes()?.try_into().ok());
        let blob = blob.ok_or(StoreError::Corrupt("project_picture.blob_hash"))?;
        let name = match &line.0[3] {
            Held::Text(name) => name.clone(),
            _ => return Err(StoreError::Corrupt("project_picture.name")),
        };
        line.0.truncate(5);
        Ok((line, Picture { name, blob }))
    };
    lines.into_iter().map(split).collect()
}
