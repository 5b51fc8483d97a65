//! What the demo's team sets out to do better: Chinese, then English.

use hezuo_domain::projects::Theme;

/// One idea for a project.
pub(super) struct Idea {
    pub(super) theme: Theme,
    pub(super) title: (&'static str, &'static str),
    pub(super) problem: (&'static str, &'static str),
    pub(super) measure: (&'static str, &'static str),
    /// Why, and why that, and why that.
    pub(super) whys: [(&'static str, &'static str); 3],
    pub(super) formula: (&'static str, &'static str),
    /// Whole pieces, hours or kilogrammes.
    pub(super) quantity: i64,
    /// Fen for one of them.
    pub(super) price: i64,
    /// How often.
    pub(super) times: i64,
    pub(super) yearly: bool,
    /// Of the finding and of the result.
    pub(super) picture: Option<&'static str>,
    /// In an area whose name has this word.
    pub(super) place: &'static str,
    /// It grew out of a report about this, where there was one.
    pub(super) category: Option<&'static str>,
}

/// The ideas of a factory: the first two speak of machines that only the first one has.
pub(super) fn of(number: usize) -> &'static [Idea] {
    if number == 0 { &IDEAS } else { &IDEAS[2..] }
}

/// In the order in which the team takes them up.
static IDEAS: [Idea; 8] = [
    Idea {
        theme: Theme::Safety,
        title: ("2号冲床加装固定防护罩", "A fixed guard for press 2"),
        problem: (
            "防护罩经常拆下来，换模后忘了装回去，每次停机重装要半小时",
            "The guard comes off for every change of tool and is forgotten; each time the press stands still for half an hour",
        ),
        measure: (
            "改成带联锁的翻转护罩，换模不用拆",
            "A hinged guard with an interlock, so that nothing has to be taken off",
        ),
        whys: [
            ("换模要拆护罩", "The guard is in the way of the tool"),
            ("护罩用四个螺丝固定", "Four screws hold it"),
            (
                "采购时没有考虑换模",
                "Nobody thought of tool changes when it was bought",
            ),
        ],
        formula: (
            "每次少停机分钟 × 每分钟产值 × 每年换模次数",
            "minutes saved at each change × output of a minute × changes a year",
        ),
        quantity: 30,
        price: 680,
        times: 520,
        yearly: true,
        picture: Some("guard"),
        place: "Press 2",
        category: Some("machine"),
    },
    Idea {
        theme: Theme::Quality,
        title: ("减少漆包线划伤报废", "Less scratched winding wire"),
        problem: (
            "绕线车间每天报废约 14 公斤划伤的漆包线",
            "Winding scraps some 14 kg of scratched wire a day",
        ),
        measure: (
            "导线轮换成陶瓷轮，每班点检一次",
            "Ceramic guide wheels, looked at once a shift",
        ),
        whys: [
            ("线被导线轮划伤", "The guide wheels scratch it"),
            ("钢轮磨出了毛刺", "The steel wheels have worn burrs"),
            ("没有规定多久更换", "Nobody said when to change them"),
        ],
        formula: (
            "每天少报废公斤数 × 每公斤单价 × 年工作日",
            "kilogrammes saved a day × price of one × working days",
        ),
        quantity: 11,
        price: 6_200,
        times: 300,
        yearly: true,
        picture: None,
        place: "Winding",
        category: None,
    },
    Idea {
        theme: Theme::FiveS,
        title: ("仓库通道划线定位", "Marked lanes in the warehouse"),
        problem: (
            "通道上放着托盘，叉车绕行，找料平均要 20 分钟",
            "Pallets stand in the lanes, forklifts go round them, and finding a part takes twenty minutes",
        ),
        measure: (
            "划线、定位、贴标签，每周五清理",
            "Lines, places and labels; tidied every Friday",
        ),
        whys: [
            ("托盘没有固定位置", "Pallets have no place"),
            ("到货时没人引导", "Nobody leads the driver at delivery"),
            (
                "仓库只有一个人上早班",
                "One person alone works the early shift",
            ),
        ],
        formula: (
            "每天少用小时 × 每小时工资 × 年工作日",
            "hours saved a day × wage of one × working days",
        ),
        quantity: 6,
        price: 3_600,
        times: 300,
        yearly: true,
        picture: Some("exit"),
        place: "Warehouse",
        category: Some("fall"),
    },
    Idea {
        theme: Theme::Resources,
        title: ("压缩空气查漏", "Leaks in the compressed air"),
        problem: (
            "下班后空压机还在加载，管路漏气声听得见",
            "The compressor runs at night, and the leaks can be heard",
        ),
        measure: (
            "逐段听漏、换接头，下班关总阀",
            "Listen along the pipes, change the joints, close the main valve at night",
        ),
        whys: [
            ("接头漏气", "The joints leak"),
            ("快插接头老化", "The push fittings are old"),
            ("没有人负责管路", "Nobody looks after the pipes"),
        ],
        formula: (
            "每天少用度数 × 电价 × 年天数",
            "kilowatt-hours saved a day × price of one × days",
        ),
        quantity: 420,
        price: 78,
        times: 330,
        yearly: true,
        picture: None,
        place: "Stamping",
        category: None,
    },
    Idea {
        theme: Theme::Productivity,
        title: (
            "装配线工装架改到手边",
            "Fixtures within reach on the assembly line",
        ),
        problem: (
            "每装一台要走六步去拿工装",
            "Six steps to the fixture for every motor",
        ),
        measure: (
            "工装架移到工位右手边，做成可旋转",
            "A turning rack at the right hand of each place",
        ),
        whys: [
            ("架子在过道对面", "The rack stands across the aisle"),
            ("原来的工位要放料箱", "The boxes took its place"),
            ("料箱一次送一天的量", "The boxes hold a whole day"),
        ],
        formula: (
            "每天多装台数 × 每台毛利 × 年工作日",
            "more motors a day × margin of one × working days",
        ),
        quantity: 9,
        price: 5_400,
        times: 300,
        yearly: true,
        picture: None,
        place: "Assembly",
        category: None,
    },
    Idea {
        theme: Theme::Safety,
        title: ("机油泄漏接油与回用", "Drip trays, and the oil used again"),
        problem: (
            "设备漏油，地面打滑，每周用两袋吸油砂",
            "Machines drip, the floor is slippery, and two bags of sand go every week",
        ),
        measure: (
            "加接油盘，换密封圈，滤过的油再用",
            "Trays and new seals; the oil is filtered and used again",
        ),
        whys: [
            ("密封圈老化", "The seals are old"),
            ("没有更换计划", "There is no plan to change them"),
            ("漏油没有人记录", "Nobody writes the leaks down"),
        ],
        formula: (
            "少用公斤数 × 单价 × 次数",
            "kilogrammes saved × price × times",
        ),
        quantity: 26,
        price: 1_900,
        times: 52,
        yearly: false,
        picture: Some("oil"),
        place: "Stamping",
        category: Some("fall"),
    },
    Idea {
        theme: Theme::Workforce,
        title: ("食堂错峰，少排队", "Two sittings in the canteen"),
        problem: (
            "中午排队二十分钟，吃饭时间不够",
            "Twenty minutes in the queue, and no time to eat",
        ),
        measure: (
            "分两批就餐，加一个窗口",
            "Two sittings and one more counter",
        ),
        whys: [
            ("所有人同一时间下班", "Everybody comes at once"),
            ("班次是一起定的", "All shifts were set together"),
            ("没有问过工人", "Nobody had asked the workers"),
        ],
        formula: (
            "少迟到小时 × 每小时工资 × 年工作日",
            "late hours saved × wage of one × working days",
        ),
        quantity: 4,
        price: 3_200,
        times: 300,
        yearly: true,
        picture: None,
        place: "Canteen",
        category: None,
    },
    Idea {
        theme: Theme::Cooperation,
        title: (
            "班前十分钟：昨天的问题今天说",
            "Ten minutes before the shift: yesterday's trouble",
        ),
        problem: (
            "同样的问题每个班重复出现",
            "The same trouble comes back in every shift",
        ),
        measure: (
            "交接班看板，班组长轮流主持",
            "A handover board; the team leaders take turns",
        ),
        whys: [
            ("交接班只交数量", "Only numbers are handed over"),
            ("没有地方写问题", "There is no place to write trouble down"),
            ("没有人看", "Nobody would read it"),
        ],
        formula: (
            "每天少返工小时 × 每小时工资 × 年工作日",
            "hours of rework saved a day × wage of one × working days",
        ),
        quantity: 5,
        price: 3_400,
        times: 300,
        yearly: true,
        picture: None,
        place: "Assembly",
        category: None,
    },
];
