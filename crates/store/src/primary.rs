//! Which of the PostgreSQL nodes in the configuration takes writes, and what follows when it is lost: the
//! others are asked until one of them says that it is the primary now, and its connections take the place of
//! the old ones. Nothing of ours is started anew.

use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use crate::db::{Db, PATIENCE, Pools};
use crate::error::{Result, StoreError};
use crate::guarded::require_guarded;
use crate::line::{Line, Scissors};
use crate::transport::Transport;

/// How long a node may take to say what it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// How often the nodes are asked where there are several.
const EVERY: Duration = Duration::from_secs(1);

/// After which a connection is asked whether the other end is still there.
const REST: Duration = Duration::from_secs(1);

/// Between two questions while no node takes writes.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// Questions in a row that the primary may leave without an answer, as under a heavy load, before it is given
/// up. One that refuses or says that it is a standby is given up at once.
const MAY_BE_SILENT: u32 = 3;

/// Whether the node is a standby, and when it was started: who answers at an address may change.
const WHAT_ARE_YOU: &str = "SELECT pg_is_in_recovery(), CAST(pg_postmaster_start_time() AS TEXT)";

/// The timeline, which grows with every promotion, in the first eight digits.
const WHICH_TIMELINE: &str = "SELECT pg_walfile_name(pg_current_wal_lsn())";

/// Asked on every new connection. No statement of a request is so large that to translate it into machine code pays;
/// where PostgreSQL takes one for large, that alone takes half a second.
pub(crate) const ARRIVED: &str = "SELECT pg_is_in_recovery(), set_config('jit', 'off', false)";

/// Whether Citus is there to spread the tables.
const IS_SPREAD: &str = "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')";

/// What a node has said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    /// It takes writes; when it was started, and its timeline where others say the same.
    Primary(String, u32),
    /// It takes none.
    Standby,
    /// It can't be reached, or is about to start or to stop.
    Gone,
    /// It has said nothing in time.
    Silent,
    /// It has no connection left for the question: it lives, and says no more.
    Full,
}

/// The addresses of the configuration, and how many connections to hold.
#[derive(Debug)]
pub(crate) struct Nodes {
    options: Vec<PgConnectOptions>,
    connections: u32,
    doubt: Arc<Notify>,
}

/// Of several addresses, with spaces between them, that of the node which takes writes.
///
/// # Errors
/// [`StoreError::Unfit`] where none does.
pub(crate) async fn writable(urls: &str, transport: &Transport) -> Result<PgConnectOptions> {
    let options: Vec<PgConnectOptions> = Nodes::options(urls, transport)?;
    if let [only] = options.as_slice() {
        return Ok(only.clone());
    }
    let nodes = Nodes::new(options, 1);
    let (node, _) = nodes.find().await?;
    let found = nodes.options.get(node).cloned();
    found.ok_or(StoreError::Corrupt("database.url"))
}

/// The node that takes writes, with its connections.
#[derive(Clone)]
pub(crate) struct Primary {
    pub(crate) pool: PgPool,
    pub(crate) line: Line,
    scissors: Scissors,
    /// Whether the tables may lie on several machines, by Citus.
    pub(crate) is_spread: bool,
    /// Which of the addresses, and when it was started.
    which: (usize, String),
}

impl Nodes {
    pub(crate) fn new(options: Vec<PgConnectOptions>, connections: u32) -> Self {
        Self {
            options,
            connections,
            doubt: Arc::default(),
        }
    }

    /// Reads addresses with spaces between them.
    pub(crate) fn options(urls: &str, transport: &Transport) -> Result<Vec<PgConnectOptions>> {
        let each = urls.split_whitespace().map(|url| transport.options(url));
        each.collect()
    }

    fn name(&self, node: usize) -> String {
        self.options.get(node).map_or_else(String::new, |it| {
            format!("{}:{}", it.get_host(), it.get_port())
        })
    }

    /// Connects to the node that takes writes.
    pub(crate) async fn open(&self) -> Result<Primary> {
        if let [only] = self.options.as_slice() {
            // Its own words say best what is wrong.
            let connected = timeout(PATIENCE, only.connect()).await;
            connected
                .unwrap_or(Err(sqlx::Error::PoolTimedOut))?
                .close()
                .await?;
        }
        let (node, started) = self.find().await?;
        self.open_node(node, started).await
    }

    async fn find(&self) -> Result<(usize, String)> {
        let answers = Asked::of(self).ask().await;
        foremost(&answers).ok_or_else(|| {
            let each = answers
                .iter()
                .enumerate()
                .map(|(node, answer)| match answer {
                    Answer::Standby => format!("{} is a standby", self.name(node)),
                    _ => format!("{} does not answer", self.name(node)),
                });
            let each: Vec<String> = each.collect();
            StoreError::Unfit(format!(
                "no database in database.url takes writes: {}",
                each.join(", ")
            ))
        })
    }

    async fn open_node(&self, node: usize, started: String) -> Result<Primary> {
        let options = self.options.get(node);
        let options = options.ok_or(StoreError::Corrupt("database.url"))?;
        let pool = PgPoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(PATIENCE)
            // Whether the other end is still there is asked only after a rest: it costs each transaction a way
            // there and back.
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    if known.idle_for > REST {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // Who was the primary may have come back as a standby, with what was true a while ago.
                    let asked = sqlx::query_as::<_, (bool, String)>(ARRIVED).persistent(false);
                    let (is_standby, _) = asked.fetch_one(connection).await?;
                    if is_standby {
                        return Err(sqlx::Error::PoolClosed);
                    }
                    Ok(())
                })
            })
            .connect_with(options.clone())
            .await?;
        Db::require_migrated(&pool).await?;
        require_guarded(&pool).await?;
        let (is_spread,): (bool,) = sqlx::query_as(IS_SPREAD).fetch_one(&pool).await?;
        let (line, scissors) = Line::new(Arc::clone(&self.doubt));
        Ok(Primary {
            pool,
            line,
            scissors,
            is_spread,
            which: (node, started),
        })
    }
}

impl Primary {
    /// Ends what waits for it, and closes its connections once they are returned.
    fn give_up(&self) {
        self.scissors.cut();
        let pool = self.pool.clone();
        // A connection that hangs is left behind.
        tokio::spawn(async move { drop(timeout(PATIENCE, pool.close()).await) });
    }
}

/// The node to write to: of several that say so the one that was promoted last, since the others were only
/// not told yet.
fn foremost(answers: &[Answer]) -> Option<(usize, String)> {
    let mut best: Option<(usize, &String, u32)> = None;
    for (node, answer) in answers.iter().enumerate() {
        if let Answer::Primary(started, timeline) = answer
            && best.is_none_or(|(.., highest)| *timeline > highest)
        {
            best = Some((node, started, *timeline));
        }
    }
    best.map(|(node, started, _)| (node, started.clone()))
}

/// What is to be done after the nodes were asked.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// The primary is the one that we write to.
    Stay,
    /// It can't be said yet: ask again.
    Ask,
    /// The primary is lost, and there is no other.
    GiveUp,
    /// Another node is the primary now, or the same after a new start.
    Go(usize, String),
}

/// Decides; `silent` is how often in a row the present primary has said nothing.
fn step(answers: &[Answer], present: Option<&(usize, String)>, silent: u32) -> Step {
    let best = foremost(answers);
    match (best, present) {
        (Some(best), Some(present)) if best == *present => Step::Stay,
        (Some((node, started)), _) => Step::Go(node, started),
        (None, Some((node, _))) if answers.get(*node) == Some(&Answer::Full) => Step::Stay,
        (None, Some((node, _)))
            if answers.get(*node) == Some(&Answer::Silent) && silent < MAY_BE_SILENT =>
        {
            Step::Ask
        }
        (None, _) => Step::GiveUp,
    }
}

/// The nodes as they are asked, each over a connection that is kept.
struct Asked<'a> {
    nodes: &'a Nodes,
    kept: Vec<Option<PgConnection>>,
}

impl<'a> Asked<'a> {
    fn of(nodes: &'a Nodes) -> Self {
        let kept = nodes.options.iter().map(|_| None).collect();
        Self { nodes, kept }
    }

    async fn ask(&mut self) -> Vec<Answer> {
        let each = self.nodes.options.iter().zip(&mut self.kept);
        let each = each.map(|(options, kept)| one(options, kept));
        let mut answers = futures_util::future::join_all(each).await;
        let say_so = |it: &&Answer| matches!(it, Answer::Primary(..));
        if answers.iter().filter(say_so).count() > 1 {
            for (kept, answer) in self.kept.iter_mut().zip(&mut answers) {
                if let (Some(connection), Answer::Primary(_, timeline)) = (kept, answer) {
                    let asked = sqlx::query_as::<_, (String,)>(WHICH_TIMELINE).persistent(false);
                    let said = timeout(ANSWER_WITHIN, asked.fetch_one(connection)).await;
                    let digits = said.ok().and_then(std::result::Result::ok);
                    let digits = digits.as_ref().and_then(|(name,)| name.get(..8));
                    *timeline = digits.map_or(0, |it| u32::from_str_radix(it, 16).unwrap_or(0));
                }
            }
        }
        answers
    }
}

/// Asks one node; over a new connection where the kept one does not answer as it should.
async fn one(options: &PgConnectOptions, kept: &mut Option<PgConnection>) -> Answer {
    let ask = async {
        if let Some(connection) = kept
            && let Ok(answer) = what_are_you(connection).await
        {
            return Ok(answer);
        }
        *kept = None;
        let mut connection = options.connect().await?;
        let answer = what_are_you(&mut connection).await;
        *kept = Some(connection);
        answer
    };
    let answer = timeout(ANSWER_WITHIN, ask).await;
    match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(sqlx::Error::Database(it))) if it.code().as_deref() == Some("53300") => Answer::Full,
        Ok(Err(_)) => Answer::Gone,
        Err(_) => {
            *kept = None;
            Answer::Silent
        }
    }
}

async fn what_are_you(connection: &mut PgConnection) -> sqlx::Result<Answer> {
    let asked = sqlx::query_as::<_, (bool, String)>(WHAT_ARE_YOU);
    let (is_standby, started) = asked.persistent(false).fetch_one(connection).await?;
    Ok(if is_standby {
        Answer::Standby
    } else {
        Answer::Primary(started, 0)
    })
}

/// Looks after the primary as long as its database is open.
pub(crate) struct Watcher(AbortHandle);

impl Watcher {
    pub(crate) fn new(nodes: Arc<Nodes>, pools: &Arc<RwLock<Pools>>) -> Self {
        Self(tokio::spawn(watch(nodes, Arc::downgrade(pools))).abort_handle())
    }

    pub(crate) fn end(&self) {
        self.0.abort();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.end();
    }
}

async fn watch(nodes: Arc<Nodes>, pools: Weak<RwLock<Pools>>) {
    let mut asked = Asked::of(&nodes);
    let mut silent = 0;
    loop {
        if nodes.options.len() > 1 {
            // Either way it is time to ask.
            if timeout(EVERY, nodes.doubt.notified()).await.is_ok() {
                asked = Asked::of(&nodes);
            }
        } else {
            nodes.doubt.notified().await;
            asked = Asked::of(&nodes);
        }
        while !is_settled(&nodes, &mut asked, &pools, &mut silent).await {
            sleep(AGAIN_AFTER).await;
        }
    }
}

/// Asks once, and does what follows; whether all is as it should be.
async fn is_settled(
    nodes: &Nodes,
    asked: &mut Asked<'_>,
    pools: &Weak<RwLock<Pools>>,
    silent: &mut u32,
) -> bool {
    let answers = asked.ask().await;
    let Some(pools) = pools.upgrade() else {
        return true;
    };
    let Some(present) = primary(&pools) else {
        return true;
    };
    *silent = match answers.get(present.which.0) {
        Some(Answer::Silent) => *silent + 1,
        _ => 0,
    };
    let is_cut = present.line.is_cut();
    let which = Some(&present.which).filter(|_| !is_cut);
    match step(&answers, which, *silent) {
        Step::Stay => true,
        Step::Ask => false,
        Step::GiveUp => {
            if !is_cut {
                let name = nodes.name(present.which.0);
                tracing::error!(
                    node = name,
                    "the database is lost: nothing is taken until one takes writes"
                );
                present.give_up();
            }
            false
        }
        Step::Go(node, started) => {
            present.give_up();
            match nodes.open_node(node, started).await {
                Ok(opened) => {
                    tracing::warn!(
                        node = nodes.name(node),
                        "the database that takes writes is here now"
                    );
                    let mut pools = pools.write().unwrap_or_else(PoisonError::into_inner);
                    *pools = Pools::Postgres(opened);
                    true
                }
                Err(error) => {
                    tracing::error!(node = nodes.name(node), %error, "the database can't be used");
                    false
                }
            }
        }
    }
}

fn primary(pools: &RwLock<Pools>) -> Option<Primary> {
    match &*pools.read().unwrap_or_else(PoisonError::into_inner) {
        Pools::Postgres(primary) => Some(primary.clone()),
        Pools::Sqlite { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Answer::{Full, Gone, Silent, Standby};
    use super::*;

    fn primary(started: &str, timeline: u32) -> Answer {
        Answer::Primary(started.to_owned(), timeline)
    }

    fn which(node: usize, started: &str) -> (usize, String) {
        (node, started.to_owned())
    }

    #[test]
    fn who_was_promoted_last_is_the_primary() {
        assert_eq!(foremost(&[Standby, Gone, Silent]), None);
        assert_eq!(foremost(&[Standby, primary("a", 0)]), Some(which(1, "a")));
        assert_eq!(
            foremost(&[primary("a", 3), primary("b", 12), primary("c", 11)]),
            Some(which(1, "b"))
        );
    }

    #[test]
    fn a_primary_is_left_when_it_is_lost_and_not_when_it_is_slow() {
        let here = which(0, "a");
        let at = |answers: &[Answer], silent| step(answers, Some(&here), silent);
        assert_eq!(at(&[primary("a", 0), Standby], 0), Step::Stay);
        assert_eq!(at(&[Silent, Standby], 1), Step::Ask);
        assert_eq!(at(&[Silent, Standby], MAY_BE_SILENT), Step::GiveUp);
        assert_eq!(at(&[Full, Standby], MAY_BE_SILENT), Step::Stay);
        assert_eq!(at(&[Gone, Standby], 0), Step::GiveUp);
        assert_eq!(at(&[Standby, Standby], 0), Step::GiveUp);
        // Promoted while the old one is dead, silent, demoted, or does not know yet.
        for old in [Gone, Silent, Standby, primary("a", 1)] {
            assert_eq!(at(&[old, primary("b", 2)], 0), Step::Go(1, "b".into()));
        }
        // Started anew: its old connections are gone.
        assert_eq!(
            at(&[primary("later", 0), Gone], 0),
            Step::Go(0, "later".into())
        );
        // Once given up, whoever takes writes is gone to, be it the same.
        assert_eq!(step(&[primary("a", 0)], None, 0), Step::Go(0, "a".into()));
        assert_eq!(step(&[Gone], None, 0), Step::GiveUp);
    }
}
