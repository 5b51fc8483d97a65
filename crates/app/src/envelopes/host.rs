//! The intake's side: what anonymous workers say goes into envelopes, and servers fetch them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hezuo_domain::answers::{MAX_MESSAGE, MAX_MESSAGES, Side, check_words};
use hezuo_domain::cases::{Source, Voice};
use hezuo_domain::commitment::{Hash, digest, hex};
use hezuo_domain::envelopes::{REPORTS_A_BIT, bits_after, is_proof};
use hezuo_domain::pay_code::PayLookup;
use hezuo_domain::report_code::Lookup;
use hezuo_domain::reports::{MAX_ATTACHMENTS, is_attachment_name};
use hezuo_domain::retention::over_before;
use hezuo_domain::rewards::Way;
use hezuo_domain::time::{Day, Instant, Random, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::envelopes::{self as rows, Envelope, Holder};
use hezuo_store::uploads::Whose;
use hezuo_store::{StoreError, Tx};
use uuid::Uuid;

use super::{Batch, Directory, Encoded, Word, opened_standing, sealed_standing};
use crate::answers::Said;
use crate::limits::Taken;
use crate::reports::{Doorway, FollowUp, Submission, Upload};
use crate::retention::REWRITTEN;
use crate::rewards::Claimed;
use crate::uploads::parts::{Came, Part, Reached, Shelf};
use crate::{App, Result};

/// Envelopes of one answer; the largest are sixteen megabytes.
const PAGE: i64 = 4;

fn system() -> Scope {
    Scope::System("an intake knows codes on walls and servers, no tenants")
}

/// Whether one more picture or voice clip may be added.
async fn may_add_file(tx: &mut Tx, stored: Hash) -> Result<()> {
    let present = rows::count_said(tx, stored, "file:").await?;
    if usize::try_from(present).unwrap_or(usize::MAX) >= MAX_ATTACHMENTS {
        return Err(Code::UploadTooMany.into());
    }
    Ok(())
}

/// An intake.
pub struct Host {
    app: Arc<App>,
    /// Whether words wait until their day is over; only a demo lets them go at once.
    holds: bool,
    challenges: Mutex<Challenges>,
}

/// What challenges are made with.
#[derive(Debug)]
struct Challenges {
    /// The hour, since 1970; before the first, the one before all.
    hour: i64,
    /// The key of its day.
    key: [u8; 32],
    /// Zero bits of a proof in this hour.
    bits: u32,
    /// Reports of this hour.
    reports: u32,
}

impl Challenges {
    /// Begins an hour where it has come. How dear a proof is follows from the hour before and from chance:
    /// counted as they come, the bits would tell whoever asks every second when somebody has reported.
    fn turn(&mut self, now: Instant, random: &dyn Random) {
        let hour = now.0 / 3_600_000_000;
        if hour == self.hour {
            return;
        }
        let before = if hour == self.hour + 1 {
            self.reports
        } else {
            0
        };
        let mut chance = [0; 4];
        random.fill(&mut chance);
        let chance = u32::from_be_bytes(chance) % REPORTS_A_BIT;
        self.bits = bits_after(before.saturating_add(chance));
        if hour.div_euclid(24) != self.hour.div_euclid(24) {
            random.fill(&mut self.key);
        }
        (self.hour, self.reports) = (hour, 0);
    }

    fn sign(&self, hour: i64, bits: u32) -> String {
        // A hash over a secret of fixed length and digits of bounded length can't be extended to
        // another text of this form.
        let signed = [self.key.as_slice(), format!("{hour}.{bits}").as_bytes()].concat();
        format!("{hour}.{bits}.{}", hex(&digest(&digest(&signed))))
    }
}

impl Host {
    /// An intake over its own database.
    pub fn new(app: Arc<App>, holds: bool) -> Self {
        Self {
            app,
            holds,
            challenges: Mutex::new(Challenges {
                hour: -1,
                key: [0; 32],
                bits: 0,
                reports: 0,
            }),
        }
    }

    /// What it stands on.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Lets a server fetch here; the answer is its key, of which only a hash stays.
    pub async fn register(&self, name: &str) -> Result<String> {
        let mut key = [0; 32];
        self.app.random.fill(&mut key);
        let key = hex(&key);
        let mut tx = self.app.db.write(&system()).await?;
        let id = self.app.random.uuid();
        rows::add_server(&mut tx, id, name, digest(key.as_bytes())).await?;
        tx.commit().await?;
        Ok(key)
    }

    /// How many servers fetch here.
    pub async fn servers(&self) -> Result<i64> {
        let mut tx = self.app.db.read(&system()).await?;
        Ok(rows::servers(&mut tx).await?)
    }

    async fn door(&self, path: &str) -> Result<(rows::Door, Doorway)> {
        let mut tx = self.app.db.read(&system()).await?;
        let found = rows::find_door(&mut tx, &path.to_ascii_uppercase()).await?;
        let door = found.ok_or(Code::WallCodeUnknown)?;
        let doorway =
            serde_json::from_str(&door.body).or(Err(StoreError::Corrupt("intake_door.body")))?;
        Ok((door, doorway))
    }

    /// What the page behind a code on a wall shows.
    ///
    /// # Errors
    /// `wall_code.unknown` for a code that no server has announced.
    pub async fn doorway(&self, path: &str) -> Result<Doorway> {
        Ok(self.door(path).await?.1)
    }

    /// A challenge, and how many zero bits a proof for it needs. Nothing is kept about who asked.
    pub fn challenge(&self) -> (String, u32) {
        let now = self.challenges();
        (now.sign(now.hour, now.bits), now.bits)
    }

    /// What challenges are made with now.
    fn challenges(&self) -> MutexGuard<'_, Challenges> {
        let challenges = self.challenges.lock();
        let mut challenges = challenges.unwrap_or_else(PoisonError::into_inner);
        challenges.turn(self.app.now(), self.app.random.as_ref());
        challenges
    }

    /// Whether a report came with a proof of work: `challenge nonce`.
    fn is_proven(&self, proof: &str, lookup: &Lookup) -> bool {
        let Some((challenge, nonce)) = proof.split_once(' ') else {
            return false;
        };
        let mut parts = challenge.split('.').map(str::parse::<i64>);
        let (Some(Ok(hour)), Some(Ok(bits))) = (parts.next(), parts.next()) else {
            return false;
        };
        let (Ok(bits), Ok(nonce)) = (u32::try_from(bits), nonce.parse()) else {
            return false;
        };
        let now = self.challenges();
        (0..=1).contains(&(now.hour - hour))
            && now.sign(hour, bits) == challenge
            && is_proof(challenge, &lookup.0, nonce, bits)
    }

    /// Whether one more report may come. A danger is never refused; without a proof of work so many
    /// an hour are taken behind one code on a wall.
    fn may_come(&self, submission: &Submission, proof: Option<&str>) -> Result<Option<Taken<'_>>> {
        let is_proven = proof.is_some_and(|proof| self.is_proven(proof, &submission.lookup));
        if is_proven || submission.report.danger {
            return Ok(None);
        }
        let code = submission.wall_code.to_ascii_uppercase();
        let (budget, now) = (&self.app.limits.unproven_reports, self.app.now());
        let taken = budget.take(&code, now, self.app.random.as_ref());
        taken.map(Some).ok_or_else(|| Code::ReportsLimited.into())
    }

    /// Takes an anonymous report. True when it is new, false when the same one was there already.
    ///
    /// # Errors
    /// Those of [`hezuo_domain::reports::Report::check`], `wall_code.unknown`,
    /// `report.code_taken`, `report.anonymous_only`, `report.too_many`.
    pub async fn submit(&self, submission: Submission, proof: Option<&str>) -> Result<bool> {
        if submission.report.voice != Voice::Anonymous {
            return Err(Code::AnonymousOnly.at("voice").into());
        }
        let (door, doorway) = self.door(&submission.wall_code).await?;
        let stored = submission.lookup.stored();
        let report = submission.report.clone().check()?;
        // A server that can't keep it apart would give it to the team.
        if report.reader.is_apart() && doorway.readers.is_empty() {
            return Err(Code::ApartUnknown.at("reader").into());
        }
        let taken = if self.is_known(stored, "report", submission.digest).await? {
            None
        } else {
            self.may_come(&submission, proof)?
        };
        let zone = Zone::named(&doorway.time_zone).ok_or(Code::ZoneUnknown)?;
        let day = zone.day(self.app.now());
        let (urgent, digest) = (report.danger, submission.digest);
        let standing = FollowUp::waiting(day, &report);
        let key = submission.lookup.standing_key();
        let standing = sealed_standing(&key, self.app.random.as_ref(), &standing)?;
        let word = Word::Report {
            wall_code: submission.wall_code,
            lookup: submission.lookup,
            digest,
            report: Box::new(report),
            day,
            form: submission.source == Source::Form,
        };
        let until = Zone::utc().day(zone.end(day));
        let envelope = self.envelope(&word, &[], &door.public_key, until)?;
        let mut tx = self.app.db.write(&system()).await?;
        let days = (Some(until), self.today());
        if !rows::add_holder(&mut tx, stored, door.server, urgent, standing, days).await? {
            drop(tx);
            return if self.is_known(stored, "report", digest).await? {
                Ok(false)
            } else {
                Err(Code::ReportCodeTaken.into())
            };
        }
        rows::say(&mut tx, stored, "report", digest).await?;
        rows::add(&mut tx, door.server, envelope, urgent).await?;
        tx.commit().await?;
        if let Some(taken) = taken {
            taken.spend();
        }
        self.challenges().reports += 1;
        Ok(true)
    }

    async fn is_known(&self, stored: Hash, name: &str, digest: Hash) -> Result<bool> {
        let mut tx = self.app.db.read(&system()).await?;
        let known = rows::find_said(&mut tx, stored, name).await?;
        Ok(known.is_some_and(|known| known == digest))
    }

    fn envelope(&self, word: &Word, bytes: &[u8], key: &Hash, day: Day) -> Result<Envelope> {
        let random = self.app.random.as_ref();
        let id = random.uuid();
        let sealed = word.seal(bytes, key, random, id)?;
        let sealed = sealed.ok_or(Code::UploadTooLarge)?;
        Ok(Envelope { id, day, sealed })
    }

    /// Finds what a code opens. Wrong and unknown ones take the same way and get the same answer.
    async fn open(&self, tx: &mut Tx, lookup: &Lookup) -> Result<(Holder, FollowUp)> {
        let holder = rows::find_holder(tx, lookup.stored()).await?;
        let holder = holder.ok_or(Code::ReportCodeUnknown)?;
        let standing = opened_standing(lookup, &holder.standing);
        let standing = standing.ok_or(StoreError::Corrupt("envelope_holder.standing"))?;
        Ok((holder, standing))
    }

    /// Where a report stands, as its server has last told.
    ///
    /// # Errors
    /// `report.unknown_code`.
    pub async fn follow_up(&self, lookup: Lookup) -> Result<FollowUp> {
        let mut tx = self.app.db.read(&system()).await?;
        Ok(self.open(&mut tx, &lookup).await?.1)
    }

    /// The day that goes with what is said later: that of Greenwich, since the place is sealed.
    fn today(&self) -> Day {
        Zone::utc().day(self.app.now())
    }

    /// Adds a picture or voice clip, made safe before it is sealed.
    ///
    /// # Errors
    /// `report.unknown_code`, `upload.*`.
    pub async fn attach(&self, lookup: Lookup, upload: Upload) -> Result<()> {
        if !is_attachment_name(&upload.name) {
            return Err(Code::InputInvalid.at("name").into());
        }
        let mut tx = self.app.db.read(&system()).await?;
        let (holder, _) = self.open(&mut tx, &lookup).await?;
        drop(tx);
        let safe = self.app.uploads.rewrite(upload.bytes).await?;
        let name = format!("file:{}", upload.name);
        let stored = lookup.stored();
        let proof = digest(&[lookup.0.as_slice(), &safe.bytes].concat());
        let word = Word::Attachment {
            lookup,
            name: upload.name,
        };
        let today = self.today();
        let until = holder.until.map_or(today, |until| until.max(today));
        // What is added to a danger on a later day is no news of it, and waits like everything else.
        let urgent = holder.urgent && holder.until.is_some_and(|until| today <= until);
        let envelope = self.envelope(&word, &safe.bytes, &holder.public_key, until)?;
        let mut tx = self.app.db.write(&system()).await?;
        if rows::find_said(&mut tx, stored, &name).await?.is_some() {
            return Ok(());
        }
        may_add_file(&mut tx, stored).await?;
        if !rows::say(&mut tx, stored, &name, proof).await? {
            return Ok(());
        }
        rows::add(&mut tx, holder.server, envelope, urgent).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a part of a picture or voice clip; with the last one it is sealed as a whole would be.
    ///
    /// # Errors
    /// `report.unknown_code`, `upload.*`.
    pub async fn attach_part(&self, lookup: Lookup, part: Part) -> Result<Reached> {
        let mut tx = self.app.db.read(&system()).await?;
        let (holder, _) = self.open(&mut tx, &lookup).await?;
        let stored = lookup.stored();
        let whose = Whose::Holder(holder.server, stored);
        let shelf = Shelf::new(&self.app, system(), whose, lookup.parts_key(), &part)?;
        let name = format!("file:{}", part.name);
        if rows::find_said(&mut tx, stored, &name).await?.is_some() {
            return Ok(Reached::whole());
        }
        may_add_file(&mut tx, stored).await?;
        drop(tx);
        match shelf.take(part).await? {
            Came::Until(reached) => Ok(reached),
            Came::Whole(upload) => shelf.settle(self.attach(lookup, upload).await).await,
        }
    }

    /// Puts what the holder of a code says into an envelope, and into the standing.
    async fn add_word(
        &self,
        tx: &mut Tx,
        lookup: &Lookup,
        holder: &Holder,
        standing: &FollowUp,
        word: &Word,
    ) -> Result<()> {
        let envelope = self.envelope(word, &[], &holder.public_key, self.today())?;
        rows::add(tx, holder.server, envelope, false).await?;
        let random = self.app.random.as_ref();
        let sealed = sealed_standing(&lookup.standing_key(), random, standing)?;
        rows::save_standing(tx, lookup.stored(), holder.server, sealed, self.today()).await?;
        Ok(())
    }

    /// The reporter's answer to "is it fixed?".
    ///
    /// # Errors
    /// `report.unknown_code`, `report.verdict_not_asked`.
    pub async fn verdict(&self, lookup: Lookup, fixed: bool, note: String) -> Result<FollowUp> {
        let mut tx = self.app.db.write(&system()).await?;
        let (holder, mut standing) = self.open(&mut tx, &lookup).await?;
        if !standing.asks_whether_fixed {
            return Err(Code::VerdictNotAsked.into());
        }
        if note.chars().count() > MAX_MESSAGE {
            return Err(Code::InputTooLong.at("note").into());
        }
        standing.asks_whether_fixed = false;
        let word = Word::Verdict {
            lookup,
            fixed,
            note,
        };
        self.add_word(&mut tx, &lookup, &holder, &standing, &word)
            .await?;
        tx.commit().await?;
        Ok(standing)
    }

    /// Words of the reporter to the team. The same id again changes nothing.
    ///
    /// # Errors
    /// `report.unknown_code`, `answer.nobody_listens`, those of [`check_words`].
    pub async fn reply(&self, lookup: Lookup, id: Uuid, text: &str) -> Result<FollowUp> {
        let mut tx = self.app.db.write(&system()).await?;
        let (holder, mut standing) = self.open(&mut tx, &lookup).await?;
        if standing.messages.iter().any(|said| said.id == id) {
            return Ok(standing);
        }
        if !standing.may_write {
            return Err(Code::NobodyListens.into());
        }
        let text = check_words(standing.messages.len(), text)?;
        let proof = digest(&[lookup.0.as_slice(), text.as_bytes()].concat());
        let name = format!("message:{id}");
        if !rows::say(&mut tx, lookup.stored(), &name, proof).await? {
            return Ok(standing);
        }
        standing.messages.push(Said {
            id,
            side: Side::Reporter,
            author: None,
            day: self.today(),
            text: text.clone(),
        });
        standing.may_write = standing.messages.len() < MAX_MESSAGES;
        let word = Word::Message { lookup, id, text };
        self.add_word(&mut tx, &lookup, &holder, &standing, &word)
            .await?;
        tx.commit().await?;
        Ok(standing)
    }

    /// Takes the pay code of a reward; whoever pays knows it once the envelope is fetched.
    ///
    /// # Errors
    /// `report.unknown_code`, `reward.none`.
    pub async fn claim(&self, lookup: Lookup, pay: PayLookup) -> Result<Claimed> {
        let mut tx = self.app.db.write(&system()).await?;
        let (holder, mut standing) = self.open(&mut tx, &lookup).await?;
        let reward = standing.reward.as_mut();
        let reward = reward.filter(|reward| reward.way == Way::PayCode);
        let reward = reward.ok_or(Code::RewardNone)?;
        let claimed = Claimed {
            money: reward.money.clone(),
            is_paid: reward.is_paid,
        };
        // A hash of the pay code alone could be tried out: it has but 60 bits.
        let proof = digest(&[lookup.0, pay.0].concat());
        if rows::say(&mut tx, lookup.stored(), "pay", proof).await? {
            reward.is_taken = true;
            let word = Word::PayCode { lookup, pay };
            self.add_word(&mut tx, &lookup, &holder, &standing, &word)
                .await?;
            tx.commit().await?;
        } else if rows::find_said(&mut tx, lookup.stored(), "pay").await? != Some(proof.to_vec()) {
            return Err(Code::RewardNone.into());
        }
        Ok(claimed)
    }

    /// The server that holds a key.
    ///
    /// # Errors
    /// `envelope.unknown_server`.
    pub async fn server(&self, key: &str) -> Result<Uuid> {
        let mut tx = self.app.db.read(&system()).await?;
        let found = rows::find_server(&mut tx, digest(key.as_bytes())).await?;
        Ok(found.ok_or(Code::ServerUnknown)?)
    }

    /// Takes up what a server announces, in place of what it announced before.
    pub async fn announce(&self, server: Uuid, directory: Directory) -> Result<()> {
        let mut doors = Vec::with_capacity(directory.doors.len());
        for (path, mut doorway) in directory.doors {
            // It becomes a link on the page.
            doorway.with_name = doorway.with_name.filter(|it| it.starts_with("http"));
            let body = serde_json::to_string(&doorway).map_err(super::unwritable)?;
            doors.push((path.to_ascii_uppercase(), body));
        }
        let mut tx = self.app.db.write(&system()).await?;
        rows::save_doors(&mut tx, server, directory.public_key, doors).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The next envelopes that a server may fetch: what is urgent, and what came on a day that is
    /// over. So whoever sends reports of his own, or asks every minute, learns no more than the day.
    pub async fn take(&self, server: Uuid, after: Uuid) -> Result<Batch> {
        let today = self.today();
        let before = if self.holds { today } else { today.plus(2) };
        let mut tx = self.app.db.read(&system()).await?;
        let found = rows::next(&mut tx, server, after, before, PAGE).await?;
        let encoded = |it: Envelope| (it.id, it.day, Encoded(it.sealed));
        Ok(Batch {
            envelopes: found.into_iter().map(encoded).collect(),
        })
    }

    /// Forgets envelopes that their server has stored.
    pub async fn confirm(&self, server: Uuid, ids: &[Uuid]) -> Result<()> {
        let mut tx = self.app.db.write(&system()).await?;
        for id in ids {
            rows::remove(&mut tx, server, *id).await?;
        }
        rows::forget_days(&mut tx, server, self.today()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes up what became of reports.
    pub async fn settle(&self, server: Uuid, standings: Vec<(Hash, Encoded)>) -> Result<()> {
        let mut tx = self.app.db.write(&system()).await?;
        let today = self.today();
        for (stored, Encoded(sealed)) in standings {
            if !rows::save_standing(&mut tx, stored, server, sealed.clone(), today).await? {
                rows::add_holder(&mut tx, stored, server, false, sealed, (None, today)).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Forgets what opened to codes of which nothing was heard for so many months, and at most one more; how
    /// many rows there were. By its own clock: a server that is gone tells no intake that something is over.
    pub async fn forget(&self, months: i64) -> Result<u64> {
        let today = self.today();
        let mut tx = self.app.db.write(&system()).await?;
        let rows = rows::forget_holders(&mut tx, over_before(today, months), today).await?;
        tx.commit().await?;
        let largest = if rows > 0 { REWRITTEN } else { 0 };
        self.app.db.scrub(largest).await?;
        Ok(rows)
    }
}
