//! Where rows go: the enterprise, site and area that a row names. What is not there is made, in
//! the transaction of the rows that need it.

use std::collections::HashMap;

use hezuo_domain::ids::{AreaId, EnterpriseId, SiteId};
use hezuo_domain::places::{AreaKind, EnterpriseKind};
use hezuo_domain::time::{Day, Random};
use hezuo_domain::wall_code::short_word;
use hezuo_store::places::{self, Area, Enterprise, Site};
use hezuo_store::{StoreError, Tx, imports};

use super::mapping::{Plan, Reading};
use crate::Result;

/// What is known about the places that rows may go to.
pub(super) struct Targets {
    home: Enterprise,
    /// The home's register in the table of aliases; empty where it has none.
    scheme: String,
    enterprises: HashMap<String, EnterpriseId>,
    sites: HashMap<(EnterpriseId, String), SiteId>,
    /// The first site of each enterprise, for areas whose site is not told.
    first_sites: HashMap<EnterpriseId, SiteId>,
    areas: HashMap<(EnterpriseId, String), Vec<(SiteId, AreaId)>>,
}

/// What a batch of rows needs and nobody has made yet.
#[derive(Default)]
pub(super) struct Made {
    enterprises: Vec<Enterprise>,
    aliases: Vec<(String, EnterpriseId)>,
    sites: Vec<(EnterpriseId, Site)>,
    areas: Vec<(EnterpriseId, Area)>,
}

/// Where one row goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) enterprise: EnterpriseId,
    pub(super) site: Option<SiteId>,
    pub(super) area: Option<AreaId>,
}

/// A home's register among all aliases. The home stands in its name: an import can only reach
/// enterprises that the same home has made, whatever numbers it writes into a file.
pub(super) fn stored_scheme(home: &Enterprise, scheme: Option<&str>) -> String {
    scheme.map_or(String::new(), |scheme| {
        format!("{}:{scheme}", home.short_code)
    })
}

impl Targets {
    /// Reads what is there.
    pub(super) async fn load(tx: &mut Tx, home: Enterprise, scheme: Option<&str>) -> Result<Self> {
        let scheme = stored_scheme(&home, scheme);
        let mut found = Self {
            enterprises: HashMap::new(),
            sites: HashMap::new(),
            first_sites: HashMap::new(),
            areas: HashMap::new(),
            home,
            scheme,
        };
        if !found.scheme.is_empty() {
            let aliases = places::find_aliases(tx, &found.scheme).await?;
            found.enterprises = aliases.into_iter().collect();
        }
        for (enterprise, id, name) in imports::sites(tx, found.home.id, &found.scheme).await? {
            found.first_sites.entry(enterprise).or_insert(id);
            found.sites.entry((enterprise, name)).or_insert(id);
        }
        for (enterprise, site, id, name) in imports::areas(tx, found.home.id, &found.scheme).await?
        {
            found
                .areas
                .entry((enterprise, name))
                .or_default()
                .push((site, id));
        }
        Ok(found)
    }

    /// The enterprise of a row, if it is there.
    pub(super) fn enterprise(&self, reading: &Reading) -> Option<EnterpriseId> {
        match &reading.enterprise {
            None => Some(self.home.id),
            Some(value) => self.enterprises.get(value).copied(),
        }
    }

    /// Where a row goes; what is not there is noted down in `made`.
    pub(super) fn place(
        &mut self,
        plan: &Plan,
        reading: &Reading,
        made: &mut Made,
        random: &dyn Random,
    ) -> Place {
        let enterprise = self.enterprise(reading).unwrap_or_else(|| {
            let value = reading.enterprise.clone().unwrap_or_default();
            self.make_enterprise(plan, value, made, random)
        });
        let name = match &reading.enterprise {
            None => self.home.name.clone(),
            Some(value) => plan.enterprise_name(value),
        };
        let named_site = reading
            .site
            .as_ref()
            .map(|site| self.site(enterprise, site, made, random));
        let Some(area_name) = &reading.area else {
            return Place {
                enterprise,
                site: named_site,
                area: None,
            };
        };
        let known = self.areas.get(&(enterprise, area_name.clone()));
        let known = known.and_then(|places| {
            let fits = |(site, _): &&(SiteId, AreaId)| named_site.is_none_or(|it| it == *site);
            places.iter().find(fits).copied()
        });
        let (site, area) = known.unwrap_or_else(|| {
            let site = named_site
                .or_else(|| self.first_sites.get(&enterprise).copied())
                .unwrap_or_else(|| self.site(enterprise, &name, made, random));
            (
                site,
                self.make_area(enterprise, site, area_name, made, random),
            )
        });
        Place {
            enterprise,
            site: Some(site),
            area: Some(area),
        }
    }

    fn make_enterprise(
        &mut self,
        plan: &Plan,
        value: String,
        made: &mut Made,
        random: &dyn Random,
    ) -> EnterpriseId {
        let id = EnterpriseId::random(random);
        made.enterprises.push(Enterprise {
            id,
            short_code: word(random),
            kind: EnterpriseKind::Enterprise.as_str().to_owned(),
            name: plan.enterprise_name(&value),
            credit_code: None,
            credit_code_ok: None,
            // Where the plant is, the file does not say.
            region_code: None,
            time_zone: self.home.time_zone.clone(),
        });
        made.aliases.push((value.clone(), id));
        self.enterprises.insert(value, id);
        id
    }

    fn site(
        &mut self,
        enterprise: EnterpriseId,
        name: &str,
        made: &mut Made,
        random: &dyn Random,
    ) -> SiteId {
        let key = (enterprise, name.to_owned());
        if let Some(site) = self.sites.get(&key) {
            return *site;
        }
        let site = Site {
            id: SiteId::random(random),
            name: name.to_owned(),
            address: String::new(),
            region_code: None,
        };
        let id = site.id;
        made.sites.push((enterprise, site));
        self.first_sites.entry(enterprise).or_insert(id);
        self.sites.insert(key, id);
        id
    }

    fn make_area(
        &mut self,
        enterprise: EnterpriseId,
        site: SiteId,
        name: &str,
        made: &mut Made,
        random: &dyn Random,
    ) -> AreaId {
        let area = Area {
            id: AreaId::random(random),
            site_id: site,
            parent_id: None,
            kind: AreaKind::Area.as_str().to_owned(),
            name: name.to_owned(),
            code: word(random),
            // Nobody has attested how many work there, so no anonymous report will keep it.
            heads: None,
            heads_day: None,
        };
        let id = area.id;
        made.areas.push((enterprise, area));
        let places = self.areas.entry((enterprise, name.to_owned()));
        places.or_default().push((site, id));
        id
    }

    /// Writes what a batch needs.
    ///
    /// # Errors
    /// `busy` when another import has made one of the enterprises meanwhile; then nothing may be
    /// committed, and the next attempt finds it.
    pub(super) async fn save(&self, tx: &mut Tx, made: Made, today: Day) -> Result<()> {
        places::add_enterprises(tx, &made.enterprises, today).await?;
        let added = places::add_aliases(tx, &self.scheme, &made.aliases).await?;
        if added != made.aliases.len() as u64 {
            return Err(StoreError::Busy(None).into());
        }
        places::add_sites(tx, &made.sites).await?;
        places::add_areas(tx, &made.areas).await?;
        Ok(())
    }
}

/// A random word for wall codes.
fn word(random: &dyn Random) -> String {
    let mut five = [0; 5];
    random.fill(&mut five);
    short_word(&five)
}
