//! Every statement, declared once and registered, so that tests can prepare all of them on both
//! databases and check that each names its tenant.

/// Tables without a tenant. There are no others.
pub const GLOBAL_TABLES: &[&str] = &[
    "region",
    "pack",
    "enterprise",
    "enterprise_alias",
    "login_name",
    "login_session",
    "sign_in_used",
    "approval",
    "report_code",
    "first_link",
    "backup_made",
    "intake_server",
    "intake_door",
    "envelope",
    "envelope_holder",
    "envelope_said",
    "envelope_part",
    "log_size",
    "region_tally",
    "region_fold",
    "spent_challenge",
    "round_claim",
];

/// Tables whose rows belong to one enterprise.
pub const TENANT_TABLES: &[&str] = &[
    "enterprise_setting",
    "site",
    "area",
    "person",
    "app_user",
    "role_grant",
    "invitation",
    "intake_report",
    "intake_attachment",
    "upload_part",
    "cases",
    "case_event",
    "chain",
    "pending_leaf",
    "case_reporter",
    "case_attachment",
    "case_field",
    "case_message",
    "tally",
    "participation",
    "idempotency",
    "job",
    "import_file",
    "import_error",
    "import_row",
    "team",
    "team_member",
    "meeting",
    "attendance",
    "meeting_item",
    "reward",
    "pay_code",
    "project",
    "project_case",
    "project_saving",
    "project_event",
    "project_picture",
    "notice",
    "notice_setting",
    "notice_digest",
    "notice_channel",
    "notice_mail",
    "case_relay",
    "account_event",
    "account_change",
    "backup_covered",
    "login_day",
    "tally_change",
    "standing",
    "edition",
    "login_identity",
    "device_key",
    "scim_user",
    "scim_group",
    "scim_member",
    "second_factor",
    "recovery_code",
    "passkey",
    "apart_message",
    "entrusted_event",
    "case_search",
    "search_gap",
];

/// Views of PostgreSQL over tables of tenants, each of them of the rows of the transaction's enterprise alone.
pub const TENANT_VIEWS: &[&str] = &["case_found"];

/// Whose rows a statement may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One enterprise, bound to `$1` by the transaction itself.
    Tenant,
    /// Several enterprises, for the reason given.
    Cross(&'static str),
    /// Only tables that have no tenant.
    Global,
}

/// One statement.
#[derive(Debug)]
pub struct Statement {
    /// Its name, for messages.
    pub name: &'static str,
    /// Whose rows it may touch.
    pub reach: Reach,
    /// The text. Of one that takes many rows: the part before `VALUES`.
    pub sql: &'static str,
    /// Of one that takes many rows: the columns of one row and the part after the rows.
    pub rows: Option<(usize, &'static str)>,
}

/// How the parameters of a statement of many rows are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// `?` for each value, for SQLite.
    Plain,
    /// `$n` for each value, for tables that Citus has spread: it sends each of the rows to its shard.
    Numbered,
    /// `$n` for each column, as a list, for PostgreSQL: one text for any number of rows, which is read and
    /// planned once.
    Lists,
}

impl Statement {
    /// The whole text, with this many rows where it inserts many. Then SQLite gets plain `?`: it
    /// looks each `$n` up among all others, which takes seconds for 20,000.
    pub(crate) fn text(&self, rows: usize, marks: Marks) -> std::borrow::Cow<'static, str> {
        let Some((columns, tail)) = self.rows else {
            return self.sql.into();
        };
        if marks == Marks::Lists {
            let lists: Vec<String> = (1..=columns).map(|it| format!("${it}")).collect();
            let lists = lists.join(", ");
            return format!("{} SELECT * FROM unnest({lists}) {tail}", self.sql).into();
        }
        let mut text = String::with_capacity(self.sql.len() + rows * columns * 6 + tail.len() + 16);
        text.push_str(self.sql);
        text.push_str(" VALUES ");
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..columns {
                if column > 0 {
                    text.push_str(", ");
                }
                if marks == Marks::Plain {
                    text.push('?');
                } else {
                    text.push('$');
                    text.push_str(&(row * columns + column + 1).to_string());
                }
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(tail);
        text.into()
    }

    /// The types of the parameters of a list of so many rows that is read from, by what it calls its columns:
    /// PostgreSQL takes those of a list that nothing else tells of for text. None of any other statement.
    pub(crate) fn types(&self, rows: usize) -> Vec<&'static str> {
        let columns = self.sql.strip_prefix("WITH asked (");
        let Some((columns, _)) = columns.and_then(|rest| rest.split_once(')')) else {
            return Vec::new();
        };
        let of_column = |name: &str| match name.trim() {
            "id" | "enterprise_id" => "uuid",
            name if name.ends_with("code") || name == "measure" => "text",
            _ => "int8",
        };
        let types: Vec<&str> = columns.split(',').map(of_column).collect();
        types.repeat(rows)
    }
}

/// Declares the statements of a module and collects them in `ALL`.
///
/// `tenant` binds the enterprise to `$1`; `cross("reason")` reads or writes several enterprises;
/// `global` touches no tenant table; `rows` inserts many rows whose first column is the
/// enterprise; `global_rows` inserts many rows without a tenant; `many` finds something for each of
/// many rows that stand in its midst, across enterprises.
macro_rules! statements {
    (@one tenant $name:ident $sql:expr) => {
        $crate::statement::Statement {
            name: stringify!($name), reach: $crate::statement::Reach::Tenant, sql: $sql, rows: None,
        }
    };
    (@one global $name:ident $sql:expr) => {
        $crate::statement::Statement {
            name: stringify!($name), reach: $crate::statement::Reach::Global, sql: $sql, rows: None,
        }
    };
    (@one cross $name:ident ($reason:literal, $sql:expr)) => {
        $crate::statement::Statement {
            name: stringify!($name), reach: $crate::statement::Reach::Cross($reason), sql: $sql,
            rows: None,
        }
    };
    (@one many $name:ident ($reason:literal, $columns:literal, $sql:expr, $tail:expr)) => {
        $crate::statement::Statement {
            name: stringify!($name), reach: $crate::statement::Reach::Cross($reason), sql: $sql,
            rows: Some(($columns, $tail)),
        }
    };
    (@one rows $name:ident ($columns:literal, $sql:expr, $tail:expr)) => {
        $crate::statement::Statement {
            name: stringify!($name), reach: $crate::statement::Reach::Tenant, sql: $sql,
            rows: Some(($columns, $tail)),
        }
    };
    (@one global_rows $name:ident ($columns:literal, $sql:expr, $tail:expr)) => {
        $crate::statement::Statement {
            name: stringify!($name), reach: $crate::statement::Reach::Global, sql: $sql,
            rows: Some(($columns, $tail)),
        }
    };
    ($($kind:ident $name:ident = $body:tt;)*) => {
        $(static $name: $crate::statement::Statement =
            $crate::statement::statements!(@one $kind $name $body);)*
        /// The statements of this module.
        pub(crate) const ALL: &[&$crate::statement::Statement] = &[$(&$name),*];
    };
}
pub(crate) use statements;

/// Every statement of the crate, by module.
pub fn registry() -> Vec<(&'static str, &'static Statement)> {
    let modules: &[(&'static str, &[&'static Statement])] = &[
        ("accounts", crate::accounts::ALL),
        ("answers", crate::answers::ALL),
        ("apart", crate::apart::ALL),
        ("approvals", crate::approvals::ALL),
        ("backup", crate::backup::ALL),
        ("boards", crate::boards::ALL),
        ("cases", crate::cases::ALL),
        ("cases::across", crate::cases::across::ALL),
        ("cases::search", crate::cases::search::ALL),
        ("entrusted", crate::entrusted::ALL),
        ("envelopes", crate::envelopes::ALL),
        ("devices", crate::devices::ALL),
        ("federation", crate::federation::ALL),
        ("feed", crate::feed::ALL),
        ("health", crate::health::ALL),
        ("imports", crate::imports::ALL),
        ("intake", crate::intake::ALL),
        ("jobs", crate::jobs::ALL),
        ("ledger", crate::ledger::ALL),
        ("oversight::factories", crate::oversight::factories::ALL),
        ("oversight::fold", crate::oversight::fold::ALL),
        ("oversight::editions", crate::oversight::editions::ALL),
        ("oversight::regions", crate::oversight::regions::ALL),
        ("notices", crate::notices::ALL),
        ("notices::digest", crate::notices::digest::ALL),
        ("notices::channels", crate::notices::channels::ALL),
        ("notices::mail", crate::notices::mail::ALL),
        ("own_data", crate::own_data::ALL),
        ("people", crate::people::ALL),
        ("people::passkeys", crate::people::passkeys::ALL),
        ("people::second_factor", crate::people::second_factor::ALL),
        ("people::sessions", crate::people::sessions::ALL),
        ("places", crate::places::ALL),
        ("projects", crate::projects::ALL),
        ("projects::lists", crate::projects::lists::ALL),
        ("retention", crate::retention::ALL),
        ("rewards", crate::rewards::ALL),
        ("rounds", crate::rounds::ALL),
        ("scim", crate::scim::ALL),
        ("simulation", crate::simulation::ALL),
        ("start", crate::start::ALL),
        ("tallies", crate::tallies::ALL),
        ("teams", crate::teams::ALL),
        ("teams::meetings", crate::teams::meetings::ALL),
        ("tlog", crate::tlog::ALL),
        ("uploads", crate::uploads::ALL),
    ];
    let lists = crate::cases::lists::ALL;
    let lists = lists.iter().map(|all| ("cases::lists", *all));
    let modules: Vec<_> = modules.iter().copied().chain(lists).collect();
    modules
        .iter()
        .flat_map(|(module, all)| all.iter().map(move |statement| (*module, *statement)))
        .collect()
}

/// The statements of the search, which differ between the databases; `kind` is that of [`crate::Db::kind`].
pub fn search_registry(kind: &str) -> Vec<(&'static str, &'static Statement)> {
    let lists = crate::cases::lists::search_statements(kind == "SQLite");
    lists.map(|it| ("cases::lists", it)).collect()
}

/// What is wrong with a statement's tenancy, if anything: a tenant statement must bind its tenant
/// in every table it names, one across tenants must give a reason, a global one must touch no
/// tenant table.
pub fn tenancy_fault(statement: &Statement) -> Option<String> {
    let words: Vec<&str> = statement
        .sql
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let after = |keyword: &str| {
        keyword == "FROM" || keyword == "JOIN" || keyword == "INTO" || keyword == "UPDATE"
    };
    let is_of_tenants = |name| TENANT_TABLES.contains(&name) || TENANT_VIEWS.contains(&name);
    let tables: Vec<&str> = words
        .windows(2)
        .filter(|pair| after(pair[0]) && is_of_tenants(pair[1]))
        .map(|pair| pair[1])
        .collect();
    let bound = words
        .iter()
        .filter(|word| **word == "enterprise_id")
        .count();
    let has_first_parameter = statement.sql.contains("enterprise_id = $1");
    match (statement.reach, statement.rows) {
        (Reach::Global, _) if !tables.is_empty() => {
            Some(format!("is declared global but touches {tables:?}"))
        }
        (Reach::Cross(reason), _) if reason.split_whitespace().count() < 4 => {
            Some("reads across tenants without a reason".to_owned())
        }
        (Reach::Global | Reach::Cross(_), _) => None,
        (Reach::Tenant, Some(_)) => {
            let first = statement.sql.split(['(', ',', ')']).nth(1).map(str::trim);
            (first != Some("enterprise_id")).then(|| "does not insert the tenant first".to_owned())
        }
        (Reach::Tenant, None) if !has_first_parameter => {
            Some("does not filter by enterprise_id = $1".to_owned())
        }
        (Reach::Tenant, None) => (bound < tables.len()).then(|| {
            format!(
                "names {} tenant tables but binds the tenant {bound} times",
                tables.len()
            )
        }),
    }
}
