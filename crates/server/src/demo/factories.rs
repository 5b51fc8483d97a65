//! The demo's factories: five of Nanxun, each with a trade, a size and machines of its own. The
//! first is the one whose logins are printed first; the last of several has fallen silent.

use super::weeks::dice::Dice;

/// A place: by what the texts call it, its name, what it lies in, how many people work there.
pub(super) type Place = (&'static str, &'static str, Option<&'static str>, i64);

/// A machine: where it stands, and its name in Chinese and in English.
pub(super) type Machine = (&'static str, &'static str, &'static str);

/// A factory before anybody works there.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) name: &'static str,
    /// The town's code.
    pub(super) region: &'static str,
    pub(super) address: &'static str,
    /// What follows the login names of its people.
    pub(super) suffix: &'static str,
    pub(super) places: &'static [Place],
    pub(super) machines: &'static [Machine],
    /// How much is said there, in percent of the first.
    pub(super) pace: i64,
    /// How much its projects save, in percent of what a team of ten begins with.
    pub(super) worth: i64,
}

pub(super) const PROFILES: [Profile; 5] = [
    Profile {
        name: "南浔合力电机厂 Heli Motors",
        region: "330503100",
        address: "南浔经济开发区 1 号",
        suffix: "",
        places: &[
            ("Stamping", "冲压车间 Stamping", None, 42),
            ("Press", "2号冲床 Press 2", Some("Stamping"), 3),
            ("Winding", "绕线车间 Winding", None, 58),
            ("Assembly", "装配线 Assembly", None, 66),
            ("Paint", "喷漆房 Paint shop", None, 8),
            ("Warehouse", "仓库 Warehouse", None, 14),
            ("Forklift", "3号叉车 Forklift 3", Some("Warehouse"), 2),
            ("Switch", "配电房 Switch room", None, 3),
            ("Canteen", "食堂 Canteen", None, 12),
        ],
        machines: &[
            ("Stamping", "1号冲床", "press 1"),
            ("Stamping", "剪板机", "the plate shear"),
            ("Winding", "3号绕线机", "winder 3"),
            ("Winding", "浸漆机", "the varnish dipper"),
            ("Assembly", "压装机", "the pressing machine"),
            ("Assembly", "测试台", "the test bench"),
        ],
        pace: 100,
        worth: 562,
    },
    Profile {
        name: "练市永新木地板厂 Yongxin Flooring",
        region: "330503102",
        address: "练市镇工业路 18 号",
        suffix: "2",
        places: &[
            ("Sawing", "锯切车间 Sawing", None, 36),
            ("Sanding", "砂光车间 Sanding", None, 31),
            ("Pressing", "热压车间 Hot presses", None, 28),
            ("Paint", "油漆车间 Paint shop", None, 22),
            ("Warehouse", "成品仓库 Warehouse", None, 16),
            ("Forklift", "1号叉车 Forklift 1", Some("Warehouse"), 2),
            ("Canteen", "食堂 Canteen", None, 9),
        ],
        machines: &[
            ("Sawing", "2号多片锯", "multi-rip saw 2"),
            ("Sawing", "推台锯", "the sliding table saw"),
            ("Sanding", "宽带砂光机", "the wide-belt sander"),
            ("Sanding", "除尘风机", "the dust fan"),
            ("Pressing", "4号热压机", "hot press 4"),
            ("Pressing", "涂胶机", "the glue spreader"),
            ("Paint", "辊涂线", "the roller coater"),
        ],
        pace: 100,
        worth: 505,
    },
    Profile {
        name: "菱湖恒达电磁线厂 Hengda Wire",
        region: "330503105",
        address: "菱湖镇凤鸣路 66 号",
        suffix: "3",
        places: &[
            ("Drawing", "拉丝车间 Wire drawing", None, 34),
            ("Enamel", "漆包车间 Enamelling", None, 45),
            ("Spooling", "复绕车间 Spooling", None, 27),
            ("Warehouse", "铜杆仓库 Warehouse", None, 13),
            ("Forklift", "2号叉车 Forklift 2", Some("Warehouse"), 2),
            ("Switch", "配电房 Switch room", None, 4),
            ("Canteen", "食堂 Canteen", None, 8),
        ],
        machines: &[
            ("Drawing", "大拉机", "the rod breakdown machine"),
            ("Drawing", "6号拉丝机", "drawing machine 6"),
            ("Enamel", "漆包炉 3 号线", "enamelling oven 3"),
            ("Enamel", "涂漆泵", "the enamel pump"),
            ("Spooling", "8号复绕机", "spooler 8"),
            ("Spooling", "线盘翻转台", "the spool turner"),
        ],
        pace: 101,
        worth: 732,
    },
    Profile {
        name: "和孚立新电梯部件厂 Lixin Lift Parts",
        region: "330503106",
        address: "和孚镇新城路 5 号",
        suffix: "4",
        places: &[
            ("Cutting", "下料车间 Cutting", None, 30),
            ("Welding", "焊接车间 Welding", None, 52),
            ("Paint", "喷塑线 Powder coating", None, 18),
            ("Fitting", "总装车间 Fitting", None, 61),
            ("Warehouse", "仓库 Warehouse", None, 12),
            ("Forklift", "4号叉车 Forklift 4", Some("Warehouse"), 2),
            ("Canteen", "食堂 Canteen", None, 11),
        ],
        machines: &[
            ("Cutting", "激光切割机", "the laser cutter"),
            ("Cutting", "2号折弯机", "press brake 2"),
            ("Welding", "焊接机器人", "the welding robot"),
            ("Welding", "5号焊机", "welder 5"),
            ("Paint", "固化炉", "the curing oven"),
            ("Fitting", "轿厢工装台", "the cabin jig"),
            ("Fitting", "悬臂吊", "the jib crane"),
        ],
        pace: 102,
        worth: 618,
    },
    Profile {
        name: "双林锦泰纺织厂 Jintai Textiles",
        region: "330503101",
        address: "双林镇湖盐路 30 号",
        suffix: "5",
        places: &[
            ("Weaving", "织造车间 Weaving", None, 74),
            ("Dyeing", "染整车间 Dyeing", None, 38),
            ("Sewing", "缝纫车间 Sewing", None, 55),
            ("Warehouse", "布匹仓库 Warehouse", None, 15),
            ("Forklift", "1号叉车 Forklift 1", Some("Warehouse"), 2),
            ("Canteen", "食堂 Canteen", None, 10),
        ],
        machines: &[
            ("Weaving", "12号喷气织机", "air-jet loom 12"),
            ("Weaving", "整经机", "the warping machine"),
            ("Dyeing", "3号染缸", "dyeing vat 3"),
            ("Dyeing", "定型机", "the stenter"),
            ("Sewing", "裁床", "the cutting table"),
            ("Sewing", "烫台", "the ironing table"),
        ],
        pace: 103,
        worth: 396,
    },
];

/// The people of a factory.
#[derive(Debug, Clone)]
pub(super) struct People {
    pub(super) administrator: String,
    pub(super) officer: String,
    pub(super) leader: String,
    pub(super) secretary: String,
    pub(super) fixer: String,
    pub(super) representative: String,
    pub(super) manager: String,
    pub(super) workers: Vec<String>,
}

const SURNAMES: [&str; 20] = [
    "王", "李", "张", "沈", "陈", "陆", "钱", "姚", "费", "朱", "顾", "潘", "吴", "徐", "俞", "严",
    "章", "施", "汤", "闵",
];

const GIVEN: [&str; 30] = [
    "建明", "国庆", "小芳", "丽萍", "志刚", "阿林", "春燕", "海峰", "秀英", "文斌", "永强", "玉兰",
    "卫国", "晓红", "金根", "美珍", "学军", "月琴", "伟民", "雪芬", "振华", "兰英", "立新", "桂花",
    "宏伟", "巧云", "德明", "素珍", "新荣", "慧芳",
];

const WORKERS: [&str; 12] = [
    "李红",
    "王建国",
    "陈小妹",
    "张伟",
    "沈金花",
    "钱卫东",
    "姚阿娟",
    "吴明",
    "费国强",
    "陆春燕",
    "潘志远",
    "严丽",
];

/// Who works in a factory: in the first always the same, in the others whom the seed sends.
pub(super) fn people(number: usize, seed: u64) -> People {
    if number == 0 {
        let own = str::to_owned;
        return People {
            administrator: own("许静"),
            officer: own("顾永明"),
            leader: own("朱海"),
            secretary: own("沈洁"),
            fixer: own("徐师傅"),
            representative: own("俞芳"),
            manager: own("董厂长"),
            workers: WORKERS.map(own).to_vec(),
        };
    }
    let dice = Dice::new(seed.wrapping_add(100 * number as u64));
    let mut names: Vec<String> = SURNAMES
        .iter()
        .flat_map(|surname| GIVEN.iter().map(move |given| format!("{surname}{given}")))
        .collect();
    dice.shuffle(&mut names);
    let mut names = names.into_iter();
    let mut next = || names.next().unwrap_or_default();
    People {
        administrator: next(),
        officer: next(),
        leader: next(),
        secretary: next(),
        fixer: next(),
        representative: next(),
        manager: next(),
        workers: (0..WORKERS.len()).map(|_| next()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_have_different_names_and_the_same_seed_sends_the_same() {
        for number in 0..PROFILES.len() {
            let people = people(number, 2015);
            let mut names = people.workers.clone();
            names.extend([people.officer, people.leader, people.fixer]);
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count);
        }
        assert_eq!(people(2, 7).workers, people(2, 7).workers);
        assert_ne!(people(2, 7).workers, people(2, 8).workers);
    }

    #[test]
    fn every_machine_stands_somewhere() {
        for profile in &PROFILES {
            for (place, _, english) in profile.machines {
                assert!(profile.places.iter().any(|it| it.0 == *place), "{english}");
            }
            for (.., around, heads) in profile.places {
                assert!(around.is_none() || profile.places.iter().any(|it| Some(it.0) == *around));
                assert!(*heads > 0);
            }
        }
    }
}
