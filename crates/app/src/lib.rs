//! What people and machines can do: one function per action, each the same way: authorise, load,
//! decide by the domain's rules, save, commit. Knows neither HTTP nor SQL.

mod access;
pub mod accounts;
pub mod answers;
pub mod apart;
pub mod approvals;
pub mod boards;
pub mod cases;
pub mod desk;
pub mod devices;
pub mod directory;
pub mod entrusted;
pub mod envelopes;
mod error;
pub mod federation;
pub mod feed;
pub mod halt;
pub mod health;
pub mod imports;
pub mod intake;
pub mod jobs;
pub mod ledger;
mod limits;
pub mod notices;
pub mod oversight;
pub mod own_data;
pub mod people;
pub mod places;
pub mod projects;
pub mod reports;
pub mod retention;
pub mod rewards;
pub mod rounds;
pub mod scim;
mod seal;
pub mod simulation;
pub mod start;
pub mod tallies;
pub mod teams;
pub mod tlog;
pub mod uploads;
pub mod writer;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hezuo_domain::second_step::Rule;
use hezuo_domain::time::{Clock, Instant, Random};
use hezuo_domain::wall_code::WallKey;
use hezuo_packs::{RewardRules, RiskMatrix};
use hezuo_store::Db;
use hezuo_store::blobs::Blobs;
use hezuo_store::tlog::LogFiles;

pub use access::{Access, Caller};
pub use error::{Error, Result};
pub use hezuo_reports::{Sheet, workbook};
pub use limits::Budget;
pub use seal::Keys;
pub use uploads::{MAX_PICTURE, MAX_VOICE};

/// Everything that an action needs; no action knows which database it runs on.
pub struct App {
    /// The database.
    pub db: Db,
    /// Pictures and voice clips.
    pub blobs: Blobs,
    /// The files of the log, beside the blobs.
    pub log: LogFiles,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub random: Arc<dyn Random>,
    /// The server's keys.
    pub keys: Keys,
    /// The matrix by which risks are graded.
    pub matrix: RiskMatrix,
    /// What a report is worth.
    pub rewards: RewardRules,
    /// Limits against guessing.
    pub limits: limits::Limits,
    /// How long sessions last.
    pub sessions: people::Lifetimes,
    /// Which roles need a second step to sign in; none where passwords are enough for all.
    pub second_step: Option<Rule>,
    /// How this server tells people of things.
    pub notices: notices::Config,
    /// When reports that wait are let out.
    pub release: intake::Release,
    /// Who makes uploads safe.
    pub uploads: Arc<dyn uploads::Rewriter>,
    /// Whether this process does the work in the background for all, as far as it knows.
    pub works: AtomicBool,
    /// How the backups of this server go.
    pub backups: health::Backups,
    /// Files that no row named when erasing last went by.
    pub unnamed: retention::Unnamed,
    /// How large the database is, as an administrator is told.
    pub size: health::Size,
    /// Through whom people may sign in besides by password.
    pub providers: federation::Providers,
    /// Looks at what not everybody may read, on their way into the record.
    pub looks: entrusted::Looks,
    /// The intake that takes anonymous reports for this server.
    pub link: Option<envelopes::link::Link>,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        db: Db,
        blobs: Blobs,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        keys: Keys,
        matrix: RiskMatrix,
        rewards: RewardRules,
    ) -> Self {
        Self {
            log: LogFiles::at(blobs.root().with_file_name("tlog")),
            blobs: blobs.beside(&db),
            db,
            clock,
            random,
            keys,
            matrix,
            rewards,
            limits: limits::Limits::default(),
            sessions: people::Lifetimes::default(),
            second_step: None,
            notices: notices::Config::default(),
            release: intake::Release::NextDay,
            uploads: Arc::new(uploads::InThisProcess),
            works: AtomicBool::new(false),
            backups: health::Backups::default(),
            unnamed: retention::Unnamed::default(),
            size: health::Size::default(),
            providers: federation::Providers::default(),
            looks: entrusted::Looks::default(),
            link: None,
        }
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The key that reads and signs wall codes.
    pub fn wall(&self) -> &WallKey {
        &self.keys.wall
    }
}

/// What the API shows of rule packs.
pub mod packs {
    pub use hezuo_packs::Anchor;
}

/// What the API needs to ask for a list and to show its lines.
pub mod queue {
    pub use hezuo_store::accounts::{Entry as AccountChange, Event as AccountEvent};
    pub use hezuo_store::answers::{Posted, Recent, Replied};
    pub use hezuo_store::cases::across::{Across, After as AfterCase, CaseAcross};
    pub use hezuo_store::cases::{Attachment, CaseSummary, Days, EventRow, Figure, Filter, Queue};
    pub use hezuo_store::devices::KeyEntry as DeviceKeyEntry;
    pub use hezuo_store::entrusted::Look;
    pub use hezuo_store::jobs::Lane;
    pub use hezuo_store::notices::{Notice, Ringing};
    pub use hezuo_store::oversight::Part;
    pub use hezuo_store::people::passkeys::Passkey;
    pub use hezuo_store::people::{Person, UserEntry};
    pub use hezuo_store::places::{Area, DirectoryEntry, Enterprise, Region as NamedRegion, Site};
    pub use hezuo_store::projects::{
        EventRow as ProjectEvent, Filter as ProjectFilter, Picture, Replica, Saved,
    };
    pub use hezuo_store::rewards::{Reward, WaitingCase};
    pub use hezuo_store::teams::{AgendaLine, Attendance, Meeting, MeetingEntry, Member, Team};
}
