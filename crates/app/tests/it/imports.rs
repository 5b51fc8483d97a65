//! Importing: what is written, what is refused, what happens when it is cut short.

mod real;
mod small;

use std::collections::BTreeMap;
use std::sync::Arc;

use hezuo_app::imports::{self, CountBy, Import, Importer, MappingRequest};
use hezuo_app::{App, Caller, Keys, jobs};
use hezuo_domain::Scope;
use hezuo_domain::ids::{EnterpriseId, ImportId, PersonId, UserId};
use hezuo_domain::imports::{Field, Progress};
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_domain::time::{Day, Instant, SeededRandom, SetClock};
use hezuo_store::blobs::Blobs;
use hezuo_store::places::{self, Enterprise};
use hezuo_store::testing::Fresh;
use uuid::Uuid;

/// An app on a fresh database, with a clock that stands.
struct House {
    app: App,
    clock: Arc<SetClock>,
    /// Its folder is removed when it is dropped.
    fresh: Fresh,
}

const NOW: Instant = Instant(1_735_700_000_000_000); // 2025-01-01

async fn house(fresh: Fresh) -> House {
    let clock = Arc::new(SetClock::at(NOW));
    let app = App::new(
        fresh.db.clone(),
        Blobs::open(&fresh.folder.join("blobs")).unwrap(),
        Arc::<SetClock>::clone(&clock),
        Arc::new(SeededRandom::new(7)),
        Keys::from_secret(&[7; 32]),
        hezuo_packs::risk_matrix().unwrap(),
        hezuo_packs::reward_rules().unwrap(),
    );
    House { app, clock, fresh }
}

impl House {
    async fn add(&self, number: u128, kind: &str, name: &str) -> Enterprise {
        let enterprise = Enterprise {
            id: EnterpriseId(Uuid::from_u128(number)),
            short_code: format!("HOME{number:04}"),
            kind: kind.to_owned(),
            name: name.to_owned(),
            credit_code: None,
            credit_code_ok: None,
            region_code: Some("330503".to_owned()),
            time_zone: "Asia/Shanghai".to_owned(),
        };
        let mut tx = self
            .app
            .db
            .write(&Scope::System("a test makes it"))
            .await
            .unwrap();
        places::add_enterprises(&mut tx, std::slice::from_ref(&enterprise), Day(20_000))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        enterprise
    }

    /// An administrator of an enterprise or authority.
    async fn administrator(&self, home: &Enterprise) -> Importer {
        let access = self
            .caller(home, Role::Administrator)
            .enter(&self.app, home.id)
            .await;
        Importer::of(&access.unwrap()).unwrap()
    }

    fn caller(&self, home: &Enterprise, role: Role) -> Caller {
        Caller {
            user: UserId(Uuid::from_u128(1)),
            person: PersonId(Uuid::from_u128(2)),
            name: "Li Hong".to_owned(),
            login: "li.jing".to_owned(),
            locale: "zh-CN".to_owned(),
            home: home.clone(),
            grants: vec![Grant {
                role,
                place: Place::Enterprise(home.id),
            }],
            session: [0; 32],
            proved: NOW,
            stepped: false,
            need: hezuo_domain::second_step::Need::Nothing,
        }
    }

    async fn factory(&self) -> Importer {
        let home = self.add(1, "enterprise", "南浔木业").await;
        self.administrator(&home).await
    }

    async fn county(&self) -> Importer {
        let home = self.add(2, "authority", "南浔区应急管理局").await;
        self.administrator(&home).await
    }

    /// Does all jobs that are due.
    async fn work(&self) {
        while jobs::run_next(&self.app).await.unwrap() {}
    }

    /// Uploads, maps as guessed with changes, and checks.
    async fn checked(
        &self,
        importer: &Importer,
        name: &str,
        bytes: &[u8],
        changes: &[(&str, Option<Field>)],
    ) -> Import {
        let import = imports::upload(&self.app, importer, name, bytes.to_vec())
            .await
            .unwrap();
        let request = as_guessed(&import, changes);
        let import = imports::set_mapping(&self.app, importer, import.id, request)
            .await
            .unwrap();
        assert_eq!(import.state, Progress::Checking);
        self.work().await;
        self.find(importer, import.id).await
    }

    /// The same, and runs it.
    async fn imported(&self, importer: &Importer, name: &str, bytes: &[u8]) -> Import {
        let import = self.checked(importer, name, bytes, &[]).await;
        self.run(importer, import.id).await
    }

    async fn run(&self, importer: &Importer, id: ImportId) -> Import {
        imports::start(&self.app, importer, id).await.unwrap();
        self.work().await;
        self.find(importer, id).await
    }

    async fn find(&self, importer: &Importer, id: ImportId) -> Import {
        imports::find(&self.app, importer, id).await.unwrap()
    }

    async fn counts(&self, importer: &Importer, id: ImportId, by: &str) -> BTreeMap<String, i64> {
        let by: CountBy = by.parse().unwrap();
        let counted = imports::counts(&self.app, importer, id, &by).await.unwrap();
        counted.into_iter().collect()
    }

    /// Every count of an enterprise, as stored; and that making it anew changes nothing.
    async fn tallies(&self, enterprise: EnterpriseId) -> Vec<hezuo_store::tallies::Stored> {
        let stored = || async {
            let mut tx = self
                .app
                .db
                .read(&Scope::Enterprise(enterprise))
                .await
                .unwrap();
            hezuo_store::tallies::everything(&mut tx).await.unwrap()
        };
        let before = stored().await;
        hezuo_app::tallies::rebuild(&self.app, enterprise)
            .await
            .unwrap();
        assert_eq!(stored().await, before, "counted anew it is the same");
        before
    }
}

fn as_guessed(import: &Import, changes: &[(&str, Option<Field>)]) -> MappingRequest {
    let guessed = import.columns.iter();
    let mut columns: BTreeMap<String, Option<Field>> = guessed
        .map(|column| (column.name.clone(), column.guess))
        .collect();
    for (name, field) in changes {
        columns.insert((*name).to_owned(), *field);
    }
    MappingRequest {
        columns,
        kind: None,
        enterprise_scheme: None,
    }
}
