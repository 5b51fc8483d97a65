//! Guesses what the columns of a file stand for, from their headers in Chinese or English and from
//! the first values under them. A guess is an offer: somebody confirms it, and the dry run shows
//! what comes of it.

use super::{DateOrder, Field, read_category, read_day, read_kind, read_state, words::fold_width};
use crate::cases::Kind;

/// Signs of one field in a header. English words are compared whole, Chinese ones as parts.
struct Signs {
    field: Field,
    /// Without any of these it is not the field.
    any: &'static [&'static str],
    /// With one of these it is more likely than another column.
    better: &'static [&'static str],
    /// With one of these it is something else.
    never: &'static [&'static str],
}

const SIGNS: &[Signs] = &[
    Signs {
        field: Field::LeaveOut,
        any: &[
            "reporter",
            "reportedby",
            "submittedby",
            "phone",
            "mobile",
            "telephone",
            "ssn",
            "employeename",
            "workername",
            "personname",
            "victim",
            "姓名",
            "上报人",
            "报告人",
            "举报人",
            "发现人",
            "提报人",
            "反映人",
            "受伤人",
            "伤者",
            "电话",
            "手机",
            "联系方式",
            "身份证",
            "工号",
        ],
        better: &[],
        never: &["emergency", "应急"],
    },
    Signs {
        field: Field::Date,
        any: &["date", "dt", "day", "日期", "时间", "年月日"],
        better: &[
            "accident", "incident", "injury", "occurred", "event", "report", "reported", "found",
            "发生", "发现", "检查", "排查", "上报", "事故",
        ],
        never: &[
            "birth",
            "hire",
            "hired",
            "due",
            "deadline",
            "closed",
            "completed",
            "return",
            "updated",
            "lost",
            "出生",
            "入职",
            "期限",
            "截止",
            "完成",
            "验收",
            "关闭",
            "销号",
            "整改",
            "更新",
        ],
    },
    Signs {
        field: Field::Text,
        any: &[
            "narrative",
            "description",
            "desc",
            "details",
            "text",
            "summary",
            "描述",
            "内容",
            "经过",
            "简述",
            "详情",
            "事由",
            "隐患情况",
            "存在问题",
            "主要问题",
        ],
        better: &[
            "narrative",
            "description",
            "hazard",
            "accident",
            "隐患",
            "事故",
            "问题",
        ],
        never: &["code", "cd", "整改", "措施", "代码"],
    },
    Signs {
        field: Field::Enterprise,
        any: &[
            "mine",
            "enterprise",
            "company",
            "firm",
            "employer",
            "establishment",
            "factory",
            "企业",
            "公司",
            "工厂",
            "厂名",
            "矿名",
            "矿山",
            "单位名称",
            "单位编号",
            "统一社会信用代码",
        ],
        better: &["id", "number", "no", "编号", "代码"],
        never: &[
            "type",
            "status",
            "size",
            "contact",
            "责任",
            "整改单位",
            "检查",
            "类型",
            "规模",
            "状态",
            "联系",
        ],
    },
    Signs {
        field: Field::Site,
        any: &[
            "site",
            "plant",
            "facility",
            "厂区",
            "场所名称",
            "工地",
            "项目部",
        ],
        better: &["name", "名称"],
        never: &["type", "injury", "body", "类型", "受伤"],
    },
    Signs {
        field: Field::Area,
        any: &[
            "area",
            "workshop",
            "location",
            "department",
            "区域",
            "车间",
            "地点",
            "位置",
            "部位",
            "部门",
            "工段",
        ],
        better: &["area", "workshop", "区域", "车间"],
        never: &[
            "body",
            "injury",
            "injured",
            "code",
            "受伤",
            "责任",
            "整改",
            "检查部门",
        ],
    },
    Signs {
        field: Field::Kind,
        any: &["kind", "type", "类型", "性质"],
        better: &["kind", "record", "event"],
        never: &[],
    },
    Signs {
        field: Field::Category,
        any: &["category", "type", "hazard", "类别", "分类", "类型"],
        better: &["category", "类别"],
        never: &[],
    },
    Signs {
        field: Field::State,
        any: &[
            "state",
            "status",
            "状态",
            "整改情况",
            "是否整改",
            "完成情况",
            "处理情况",
            "进度",
        ],
        better: &["status", "状态"],
        never: &[],
    },
];

/// A header as its English words, and as one run of characters for the Chinese ones.
struct Header {
    words: Vec<String>,
    run: String,
}

impl Header {
    fn new(text: &str) -> Self {
        let mut spaced = String::new();
        let mut was_lower = false;
        for character in fold_width(text).chars() {
            // `AccidentDate` is two words.
            if character.is_uppercase() && was_lower {
                spaced.push(' ');
            }
            was_lower = character.is_lowercase();
            spaced.extend(character.to_lowercase());
        }
        let words: Vec<String> = spaced
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        let run = words.concat();
        Self { words, run }
    }

    fn has(&self, sign: &str) -> bool {
        if sign.is_ascii() {
            let pairs = || self.words.windows(2).map(<[String]>::concat);
            self.words.iter().any(|word| word == sign) || pairs().any(|pair| pair == sign)
        } else {
            self.run.contains(sign)
        }
    }

    /// How sure the header makes it; nothing where it is something else.
    fn score(&self, signs: &Signs) -> Option<usize> {
        let hits = |list: &[&str]| list.iter().filter(|sign| self.has(sign)).count();
        if hits(signs.any) == 0 || hits(signs.never) > 0 {
            return None;
        }
        let is_whole = signs.any.contains(&self.run.as_str());
        Some(1 + hits(signs.better) + usize::from(is_whole))
    }
}

/// Whether the first values under a header can be what the header promises. For words, more than
/// half must be known: the two letters of a federal state are not where a case stands.
fn fits(field: Field, sample: &[String]) -> bool {
    let filled: Vec<&str> = sample
        .iter()
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
        .collect();
    let known = |reads: &dyn Fn(&str) -> bool| {
        let count = filled.iter().filter(|value| reads(value)).count();
        count * 2 > filled.len()
    };
    match field {
        Field::Date => {
            let order = DateOrder::of(filled.iter().copied());
            filled.is_empty() || known(&|value| read_day(value, order).is_some())
        }
        Field::Kind => known(&|value| read_kind(value).is_some()),
        Field::Category => known(&|value| read_category(value).is_some()),
        Field::State => known(&|value| read_state(value).is_some()),
        _ => true,
    }
}

/// Guesses a field for each column, given its header and its first values. Each field but
/// [`Field::LeaveOut`] is given once, to the likeliest column.
pub fn guess(columns: &[(String, Vec<String>)]) -> Vec<Option<Field>> {
    let headers: Vec<Header> = columns.iter().map(|(name, _)| Header::new(name)).collect();
    let mut found: Vec<Option<Field>> = vec![None; columns.len()];
    for signs in SIGNS {
        let candidates = (0..columns.len()).filter_map(|at| {
            let is_free = found[at].is_none() && fits(signs.field, &columns[at].1);
            let score = headers[at].score(signs).filter(|_| is_free)?;
            Some((score, at))
        });
        if signs.field.is_repeatable() {
            for (_, at) in candidates.collect::<Vec<_>>() {
                found[at] = Some(signs.field);
            }
        } else if let Some((_, at)) = candidates.max_by_key(|(score, at)| (*score, usize::MAX - at))
        {
            found[at] = Some(signs.field);
        }
    }
    found
}

/// What a row is where no column says it: what the file's name and headers speak of, else an
/// injury, which is what registers of the past are mostly about.
pub fn default_kind<'a>(names: impl Iterator<Item = &'a str>) -> Kind {
    let mut found = Kind::InjuryImported;
    for name in names {
        let header = Header::new(name);
        let has = |signs: &[&str]| signs.iter().any(|sign| header.has(sign));
        if has(&["injury", "inj", "accident", "事故", "伤害", "工伤"]) && !has(&["事故隐患"])
        {
            return Kind::InjuryImported;
        }
        if has(&["nearmiss", "未遂", "险兆"]) {
            found = Kind::NearMiss;
        } else if has(&["hazard", "hazards", "隐患"]) {
            found = Kind::Hazard;
        } else if has(&["idea", "ideas", "suggestion", "suggestions", "建议", "提案"]) {
            found = Kind::Idea;
        }
    }
    found
}

/// The name of a register, from the column that carries its numbers: `MINE_ID` → `mine-id`.
pub fn scheme_of(column: &str) -> String {
    let scheme = Header::new(column).words.join("-");
    scheme.chars().take(40).collect()
}

/// What an enterprise is called that is known by a register's number alone: `1102632` under
/// `MINE_ID` is `Mine 1102632`, so that the words are the file's own. A name stays as it is.
pub fn enterprise_name(column: &str, value: &str) -> String {
    let is_number = value.bytes().any(|byte| byte.is_ascii_digit())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-./ ".contains(&byte));
    if !is_number {
        return value.to_owned();
    }
    let mut words = Header::new(column).words;
    words.retain(|word| !["id", "no", "nr", "number", "code", "cd"].contains(&word.as_str()));
    let label = words.join(" ");
    let label = ["编号", "代码", "号码", "号"]
        .iter()
        .find_map(|end| label.strip_suffix(end))
        .unwrap_or(&label);
    let mut label: Vec<char> = label.chars().collect();
    if let Some(first) = label.first_mut() {
        *first = first.to_ascii_uppercase();
    }
    let label: String = label.into_iter().collect();
    format!("{label} {value}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(columns: &[(&str, &str)]) -> Vec<Option<&'static str>> {
        let columns: Vec<_> = columns
            .iter()
            .map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()]))
            .collect();
        let found = guess(&columns);
        found.iter().map(|it| it.map(Field::as_str)).collect()
    }

    #[test]
    fn english_headers_are_guessed() {
        let found = guessed(&[
            ("ACCIDENT_DT", "2010-01-01"),
            ("FIPS_STATE_CD", "17"),
            ("INJ_BODY_PART", "ANKLE"),
            ("INJ_BODY_PART_CD", "520"),
            ("MINE_ID", "1102632"),
            ("NARRATIVE", "He slipped."),
            ("YEAR", "2010"),
        ]);
        let (date, enterprise, text) = (Some("date"), Some("enterprise"), Some("text"));
        assert_eq!(found, [date, None, None, None, enterprise, text, None]);

        let found = guessed(&[
            ("Birth date", "1980-01-01"),
            ("EventDate", "1/31/2010"),
            ("Due date", "2/28/2010"),
            ("Status", "closed"),
            ("Type", "near miss"),
            ("Category", "Electrical"),
            ("Plant name", "North"),
            ("Workshop", "Press shop"),
            ("Employee name", "J. Doe"),
        ]);
        let words = [
            None,
            date,
            None,
            Some("state"),
            Some("kind"),
            Some("category"),
        ];
        assert_eq!(found[..6], words);
        assert_eq!(found[6..], [Some("site"), Some("area"), Some("leave_out")]);
    }

    #[test]
    fn chinese_headers_are_guessed() {
        let found = guessed(&[
            ("序号", "1"),
            ("排查日期", "2015年3月2日"),
            ("整改期限", "2015年3月9日"),
            ("企业名称", "南浔木业有限公司"),
            ("车间", "压机车间"),
            ("隐患描述", "防护罩缺失"),
            ("隐患类别", "机械伤害"),
            ("整改状态", "已整改"),
            ("上报人姓名", "李红"),
            ("联系电话", "138"),
        ]);
        let expected = [
            None,
            Some("date"),
            None,
            Some("enterprise"),
            Some("area"),
            Some("text"),
            Some("category"),
            Some("state"),
            Some("leave_out"),
            Some("leave_out"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn values_that_do_not_fit_are_no_guess() {
        assert_eq!(
            guessed(&[("Date", "unknown"), ("State", "IL")]),
            [None, None]
        );
    }

    #[test]
    fn the_kind_is_told_by_the_names() {
        let kind = |names: &[&str]| default_kind(names.iter().copied());
        assert_eq!(
            kind(&["msha_injuries.csv", "INJ_BODY_PART"]),
            Kind::InjuryImported
        );
        assert_eq!(kind(&["2015年隐患台账.xlsx", "事故隐患内容"]), Kind::Hazard);
        assert_eq!(kind(&["a.csv", "Hazard description"]), Kind::Hazard);
        assert_eq!(kind(&["合理化建议.xlsx"]), Kind::Idea);
        assert_eq!(kind(&["a.csv"]), Kind::InjuryImported);
    }

    #[test]
    fn an_enterprise_without_a_name_gets_the_files_own_words() {
        assert_eq!(enterprise_name("MINE_ID", "1102632"), "Mine 1102632");
        assert_eq!(enterprise_name("企业编号", "0042"), "企业 0042");
        assert_eq!(enterprise_name("Company", "南浔木业"), "南浔木业");
        assert_eq!(enterprise_name("ID", "7"), "7");
        assert_eq!(scheme_of("MINE_ID"), "mine-id");
        assert_eq!(scheme_of("企业编号"), "企业编号");
    }
}
