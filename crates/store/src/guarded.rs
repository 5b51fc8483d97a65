//! What PostgreSQL must look like for its row-level security to hold. It is looked at whenever the
//! application connects, because whoever runs the database can undo it with one command.

use sqlx::PgPool;

use crate::error::{Result, StoreError};
use crate::migrate::COUNTED_TABLES;
use crate::statement::{TENANT_TABLES, TENANT_VIEWS};

/// Each line is a weakness in words: the role that we connect as, tables, views, functions. What belongs to
/// an extension was put there by a superuser, and reads nothing of ours.
const WEAKNESSES: &str = "
    SELECT 'the role ' || rolname || ' may pass by row-level security' AS what FROM pg_roles
        WHERE rolname = current_user AND (rolsuper OR rolbypassrls)
    UNION ALL
    SELECT 'the role ' || current_user || ' owns ' || c.relname FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
            AND pg_has_role(current_user, c.relowner, 'MEMBER')
    UNION ALL
    SELECT 'the table ' || c.relname || ' has no row-level security' FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
            AND c.relname = ANY ($1) AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    UNION ALL
    SELECT 'the table ' || name || ' lacks the policy ' || policy
        FROM unnest($1) AS name, unnest(ARRAY['own', 'system', 'places']) AS policy
        WHERE NOT EXISTS (SELECT 1 FROM pg_policies p WHERE p.schemaname = current_schema()
            AND p.tablename = name AND p.policyname = policy)
    UNION ALL
    SELECT 'the table ' || p.tablename || ' has a policy of somebody else: ' || p.policyname
        FROM pg_policies p WHERE p.schemaname = current_schema()
            AND NOT (p.tablename = ANY ($1) AND p.policyname IN ('own', 'system', 'places'))
            AND NOT (p.tablename = ANY ($4) AND p.policyname = 'tenant' AND p.cmd = 'SELECT' AND p.qual ~ $5)
            AND NOT (p.policyname = 'found' AND p.roles = ARRAY(SELECT t.tableowner FROM pg_tables t
                WHERE t.schemaname = p.schemaname AND t.tablename = p.tablename))
    UNION ALL
    SELECT 'the view ' || c.relname || ' reads with its owner''s rights' FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND (c.relkind = 'm'
            OR c.relkind = 'v' AND NOT COALESCE(c.reloptions && ARRAY['security_invoker=true',
                'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'], FALSE))
            AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
            AND NOT (c.relname = ANY ($2) AND pg_get_viewdef(c.oid) ~ $3)
    UNION ALL
    SELECT 'the function ' || proname || ' runs with its owner''s rights' FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND prosecdef
            AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')
    ORDER BY what LIMIT 5";

/// How a view ends that shows the rows of the transaction's enterprise alone, as PostgreSQL tells it.
const OWN_ROWS: &str = r"FROM (\w+)\s+WHERE \((\1\.)?enterprise_id = \(current_setting\('app\.enterprise_id'::text\)\)::uuid\);$";

/// What lets the rows of the transaction's enterprise be read with one look at its setting.
const OWN_AT_ONCE: &str = r"^\(enterprise_id = \( SELECT \(current_setting\('app\.enterprise_id'::text\)\)::uuid AS current_setting\)\)$";

/// Refuses a database whose row-level security would not hold.
///
/// # Errors
/// [`StoreError::Unfit`] with the first weaknesses and what to do.
pub(crate) async fn require_guarded(pool: &PgPool) -> Result<()> {
    let tables: Vec<String> = TENANT_TABLES.iter().map(|it| (*it).to_owned()).collect();
    let views: Vec<String> = TENANT_VIEWS.iter().map(|it| (*it).to_owned()).collect();
    let counted: Vec<String> = COUNTED_TABLES.iter().map(|it| (*it).to_owned()).collect();
    let found: Vec<(String,)> = sqlx::query_as(WEAKNESSES)
        .bind(&tables)
        .bind(&views)
        .bind(OWN_ROWS)
        .bind(&counted)
        .bind(OWN_AT_ONCE)
        .fetch_all(pool)
        .await?;
    if found.is_empty() {
        return Ok(());
    }
    let found: Vec<String> = found.into_iter().map(|(what,)| what).collect();
    Err(StoreError::Unfit(format!(
        "PostgreSQL would not keep factories apart: {}. Connect as the application role that `hezuo \
         migrate` gives rights to, and undo what was changed by hand",
        found.join("; ")
    )))
}
