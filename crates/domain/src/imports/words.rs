//! Words that registers use, in Chinese and English, and what they mean here.

use crate::cases::{Category, Kind, State};

/// Full-width forms as a Chinese keyboard gives them, as their plain ones.
pub(super) fn fold_width(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => {
                char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character)
            }
            other => other,
        })
        .collect()
}

/// Lower case, without blanks, marks and brackets: `Near-Miss` and `near miss` are one word.
fn plain(text: &str) -> String {
    fold_width(text)
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn find<T: Copy>(table: &[(T, &[&str])], text: &str) -> Option<T> {
    let word = plain(text);
    let is_there = |words: &&[&str]| words.contains(&word.as_str());
    table
        .iter()
        .find(|(_, words)| is_there(words))
        .map(|(meaning, _)| *meaning)
}

const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::InjuryImported,
        &[
            "injuryimported",
            "injury",
            "injuries",
            "accident",
            "illness",
            "fatality",
            "伤害",
            "事故",
            "工伤",
            "受伤",
            "伤亡",
            "生产安全事故",
            "工伤事故",
            "职业病",
        ],
    ),
    (
        Kind::NearMiss,
        &[
            "nearmiss",
            "closecall",
            "未遂",
            "未遂事件",
            "未遂事故",
            "险兆",
            "险肇事故",
            "虚惊事件",
        ],
    ),
    (
        Kind::Hazard,
        &[
            "hazard",
            "unsafecondition",
            "unsafeact",
            "finding",
            "隐患",
            "事故隐患",
            "安全隐患",
            "一般隐患",
            "重大隐患",
            "危险",
            "不安全状态",
            "不安全行为",
        ],
    ),
    (
        Kind::Idea,
        &[
            "idea",
            "suggestion",
            "improvement",
            "建议",
            "合理化建议",
            "改善",
            "改善提案",
            "提案",
        ],
    ),
];

/// What kind of case a word means.
pub fn read_kind(text: &str) -> Option<Kind> {
    find(KINDS, text)
}

const CATEGORIES: &[(Category, &[&str])] = &[
    (
        Category::Machine,
        &[
            "machine",
            "machinery",
            "machineguarding",
            "机械",
            "机械伤害",
            "机械设备",
            "设备设施",
        ],
    ),
    (
        Category::Electric,
        &[
            "electric",
            "electrical",
            "electricity",
            "电气",
            "触电",
            "用电",
            "用电安全",
            "电气安全",
        ],
    ),
    (
        Category::Fire,
        &[
            "fire",
            "explosion",
            "fireexplosion",
            "火灾",
            "消防",
            "爆炸",
            "火灾爆炸",
            "消防安全",
        ],
    ),
    (
        Category::Fall,
        &[
            "fall",
            "falls",
            "slip",
            "trip",
            "sliptripfall",
            "slipstripsfalls",
            "workatheight",
            "坠落",
            "高处坠落",
            "高处作业",
            "滑倒",
            "跌倒",
            "摔倒",
            "绊倒",
        ],
    ),
    (
        Category::Chemical,
        &[
            "chemical",
            "chemicals",
            "dust",
            "gas",
            "化学",
            "化学品",
            "危化品",
            "危险化学品",
            "粉尘",
            "中毒",
            "中毒窒息",
            "有毒气体",
        ],
    ),
    (
        Category::Vehicle,
        &[
            "vehicle",
            "vehicles",
            "traffic",
            "forklift",
            "lifting",
            "crane",
            "车辆",
            "车辆伤害",
            "叉车",
            "起重",
            "起重伤害",
            "运输",
            "交通",
        ],
    ),
    (Category::Other, &["other", "others", "其他", "其它"]),
    (Category::NearMiss, &["nearmiss", "未遂", "险兆"]),
    (
        Category::Idea,
        &["idea", "suggestion", "建议", "合理化建议"],
    ),
];

/// Which pictogram a word means.
pub fn read_category(text: &str) -> Option<Category> {
    find(CATEGORIES, text)
}

// Referred, merged and planned are not here: they need to whom, into which, by whom until when.
const STATES: &[(State, &[&str])] = &[
    (
        State::New,
        &[
            "new",
            "open",
            "reported",
            "no",
            "否",
            "新",
            "新上报",
            "待处理",
            "未处理",
            "未整改",
        ],
    ),
    (
        State::Accepted,
        &[
            "accepted",
            "inprogress",
            "ongoing",
            "planned",
            "pending",
            "整改中",
            "处理中",
            "已受理",
            "已采纳",
            "待整改",
            "限期整改",
        ],
    ),
    (
        State::Declined,
        &[
            "declined",
            "rejected",
            "不予采纳",
            "未采纳",
            "不采纳",
            "驳回",
        ],
    ),
    (
        State::Done,
        &[
            "done",
            "fixed",
            "completed",
            "rectified",
            "yes",
            "是",
            "已整改",
            "已完成",
            "待验收",
        ],
    ),
    (
        State::Verified,
        &["verified", "已验收", "验收合格", "已验证", "已复查"],
    ),
    (
        State::Closed,
        &[
            "closed",
            "resolved",
            "已关闭",
            "已闭环",
            "已销号",
            "关闭",
            "闭环",
            "销号",
        ],
    ),
];

/// Where a word says that it stands.
pub fn read_state(text: &str) -> Option<State> {
    find(STATES, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_both_languages_are_read() {
        assert_eq!(read_kind("injury (imported)"), Some(Kind::InjuryImported));
        assert_eq!(read_kind("Near-Miss "), Some(Kind::NearMiss));
        assert_eq!(read_kind("事故隐患"), Some(Kind::Hazard));
        assert_eq!(read_kind("合理化建议"), Some(Kind::Idea));
        assert_eq!(read_kind("holiday"), None);
        assert_eq!(read_category("Slip/Trip/Fall"), Some(Category::Fall));
        assert_eq!(read_category("高处坠落"), Some(Category::Fall));
        assert_eq!(read_state("In progress"), Some(State::Accepted));
        assert_eq!(read_state("已验收"), Some(State::Verified));
        assert_eq!(read_state("ＯＰＥＮ"), Some(State::New));
        assert_eq!(read_state(""), None);
    }

    #[test]
    fn our_own_words_mean_themselves() {
        for kind in Kind::ALL {
            assert_eq!(read_kind(kind.as_str()), Some(*kind));
        }
        for category in Category::ALL {
            assert_eq!(read_category(category.as_str()), Some(*category));
        }
    }

    #[test]
    fn no_word_means_two_things() {
        let words = STATES.iter().flat_map(|(_, words)| words.iter());
        let mut all: Vec<_> = words.collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
