//! How counts about people leave the house. A count of people, or of what people of some kind said,
//! is a [`PeopleCount`], and nothing can be read out of it but what is [`Published`]: so a new view
//! can't forget the rule. Counts of things (hazards, deadlines, money) don't pass here.
//!
//! Such figures are published over whole months, one after the other, and over no other period: a
//! month is never part of another figure from which it could be subtracted.

use std::fmt;

use crate::boards::Period;
use crate::time::Day;

/// Fewer people than this are not counted aloud, neither those who did something nor those who did
/// not: a small number could be looked through.
pub const FEW_PEOPLE: i64 = 5;

/// Where fewer than this could have taken part, or nobody attested how many, no figure about them is
/// published.
pub const ELIGIBLE: i64 = 10;

/// Outside the enterprise counts of people go by fives.
const STEP: i64 = 5;

/// Fewer enterprises than this are not taken together.
pub const ENTERPRISES: usize = 5;

/// A month is published when it has been over for this many days, in every time zone.
const SETTLED_DAYS: i64 = 2;

/// A number of people, or of what people of some kind said. It can be handed on, but not read, shown,
/// added up, compared or stored.
#[derive(Clone, Copy, Default)]
pub struct PeopleCount(i64);

impl From<i64> for PeopleCount {
    fn from(n: i64) -> Self {
        Self(n)
    }
}

/// Says nothing about the number: it may end in a log.
impl fmt::Debug for PeopleCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PeopleCount(_)")
    }
}

/// Who sees a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Somebody of the enterprise.
    Inside,
    /// Anybody else.
    Outside,
}

/// Why a figure is held back. The same mark stands on all that can't be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Fewer than five.
    Few,
    /// All but fewer than five: whoever is missing could be found.
    Alike,
    /// Fewer than five on one side, and nobody says on which.
    OneSided,
    /// Fewer than ten people could have taken part, or nobody attested how many.
    SmallGroup,
    /// Fewer than five enterprises, or few of them make up too much.
    FewEnterprises,
}

impl Why {
    /// The word that clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Few => "few",
            Self::Alike => "alike",
            Self::OneSided => "one_sided",
            Self::SmallGroup => "small_group",
            Self::FewEnterprises => "few_enterprises",
        }
    }
}

/// A number as it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// As counted.
    Exact(i64),
    /// To the nearest five.
    Rounded(i64),
    /// Held back.
    Withheld(Why),
}

impl Published {
    /// The number that is shown, if one is.
    pub fn number(self) -> Option<i64> {
        match self {
            Self::Exact(n) | Self::Rounded(n) => Some(n),
            Self::Withheld(_) => None,
        }
    }

    /// Why it is held back, if it is.
    pub fn withheld(self) -> Option<Why> {
        match self {
            Self::Withheld(why) => Some(why),
            Self::Exact(_) | Self::Rounded(_) => None,
        }
    }

    fn to(audience: Audience, count: PeopleCount) -> Self {
        match audience {
            Audience::Inside => Self::Exact(count.0),
            Audience::Outside => Self::Rounded((count.0 + STEP / 2) / STEP * STEP),
        }
    }
}

/// The month over which figures about people stand today.
pub fn month(today: Day) -> Period {
    let (this, _) = today.plus(-SETTLED_DAYS).month();
    let (from, _) = this.plus(-1).month();
    Period {
        from,
        to: this.plus(-1),
    }
}

/// Before the month that stands today so many others are still told, each as it was published.
const EARLIER: usize = 11;

/// The months that are told today: the one that stands, and those before it. A month follows the other, so
/// nothing can be subtracted.
pub fn months(today: Day) -> Period {
    let last = month(today);
    let before = |first: Day, _| first.plus(-1).month().0;
    Period {
        from: (0..EARLIER).fold(last.from, before),
        to: last.to,
    }
}

/// How many of those who could took part.
pub fn taking_part(people: PeopleCount, eligible: Option<i64>, audience: Audience) -> Published {
    match eligible {
        Some(eligible) if eligible > ELIGIBLE => {
            if people.0 < FEW_PEOPLE {
                Published::Withheld(Why::Few)
            } else if eligible - people.0 < FEW_PEOPLE {
                Published::Withheld(Why::Alike)
            } else {
                Published::to(audience, people)
            }
        }
        _ => Published::Withheld(Why::SmallGroup),
    }
}

/// Two counts of which one is part of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: Published,
    /// The whole.
    pub whole: Published,
}

impl Share {
    fn withheld(why: Why) -> Self {
        Self {
            part: Published::Withheld(why),
            whole: Published::Withheld(why),
        }
    }
}

/// What people of one kind said, of all that was said.
pub fn share(
    part: PeopleCount,
    whole: PeopleCount,
    eligible: Option<i64>,
    audience: Audience,
) -> Share {
    if eligible.is_none_or(|eligible| eligible <= ELIGIBLE) {
        return Share::withheld(Why::SmallGroup);
    }
    let rest = PeopleCount(whole.0 - part.0);
    match complete(&[part, rest])[..] {
        [false, false] => Share {
            part: Published::to(audience, part),
            whole: Published::to(audience, whole),
        },
        _ => Share::withheld(Why::OneSided),
    }
}

/// Which parts of a total that is told exactly must be held back (true): every part below five, and
/// then the smallest of the others, until what is held back can't be had by subtraction. Where even
/// all of them together leave no room, all are held back, and so must be the total.
pub fn complete(parts: &[PeopleCount]) -> Vec<bool> {
    let mut hidden: Vec<bool> = parts.iter().map(|it| it.0 < FEW_PEOPLE).collect();
    while hidden.contains(&true) {
        let of = || parts.iter().zip(&hidden).enumerate();
        let together: i64 = of()
            .filter(|(_, (_, h))| **h)
            .map(|(_, (it, _))| it.0)
            .sum();
        let is_safe = of().filter(|(_, (_, h))| **h).count() > 1 && together >= FEW_PEOPLE;
        let smallest = of()
            .filter(|(_, (_, h))| !**h)
            .min_by_key(|(_, (it, _))| it.0);
        match smallest {
            Some((at, _)) if !is_safe => hidden[at] = true,
            _ => break,
        }
    }
    hidden
}

/// What is counted about the people of an enterprise over a month.
#[derive(Debug, Clone, Copy, Default)]
pub struct AboutPeople {
    /// How many people work there, where it is attested.
    pub heads: Option<i64>,
    /// Distinct people who took part by name.
    pub people: PeopleCount,
    /// Hazards of which it is known who found them.
    pub found: PeopleCount,
    /// Of them found by workers.
    pub by_workers: PeopleCount,
}

impl AboutPeople {
    /// How many took part.
    pub fn taking_part(&self, audience: Audience) -> Published {
        taking_part(self.people, self.heads, audience)
    }

    /// What workers found, of all that was found.
    pub fn front_line(&self, audience: Audience) -> Share {
        share(self.by_workers, self.found, self.heads, audience)
    }
}

/// What several enterprises come to, each of which publishes its own. Those that hold theirs back are not in
/// it, so that nothing can be subtracted from it to know them. It can be added up piece by piece.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Together {
    enterprises: i64,
    sum: i64,
    squares: i64,
    left_out: i64,
}

/// Says nothing about the numbers: it may end in a log.
impl fmt::Debug for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Together(_)")
    }
}

impl Together {
    /// One enterprise, with what is counted there and what it publishes of it.
    pub fn one(count: PeopleCount, published: Published) -> Self {
        if published.withheld().is_some() {
            return Self {
                left_out: 1,
                ..Self::default()
            };
        }
        Self {
            enterprises: 1,
            sum: count.0,
            squares: count.0 * count.0,
            left_out: 0,
        }
    }

    /// Its pieces by their names, to be stored and added up.
    pub fn pieces(self) -> [(&'static str, i64); 4] {
        [
            ("enterprises", self.enterprises),
            ("sum", self.sum),
            ("squares", self.squares),
            ("left_out", self.left_out),
        ]
    }

    /// Adds a piece; one that has no name here counts nothing.
    pub fn add(&mut self, piece: &str, n: i64) {
        match piece {
            "enterprises" => self.enterprises += n,
            "sum" => self.sum += n,
            "squares" => self.squares += n,
            "left_out" => self.left_out += n,
            _ => {}
        }
    }

    /// How many enterprises hold theirs back.
    pub fn left_out(self) -> i64 {
        self.left_out
    }

    /// What they come to: of at least five, and as mixed as four equal ones. By the sum of the squares that
    /// keeps any one from making up more than half, and any two from making up so much that one of them
    /// would know the other. It is rounded by itself, not made of what was rounded.
    pub fn published(self) -> Published {
        let is_few = usize::try_from(self.enterprises).is_ok_and(|it| it < ENTERPRISES);
        let square = i128::from(self.sum) * i128::from(self.sum);
        if is_few || 4 * i128::from(self.squares) > square {
            Published::Withheld(Why::FewEnterprises)
        } else {
            Published::to(Audience::Outside, PeopleCount(self.sum))
        }
    }
}

/// What several enterprises come to, each with what is counted there and what it publishes of it.
pub fn together(published: impl IntoIterator<Item = (PeopleCount, Published)>) -> Published {
    let mut together = Together::default();
    for (count, published) in published {
        for (piece, n) in Together::one(count, published).pieces() {
            together.add(piece, n);
        }
    }
    together.published()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INSIDE: Audience = Audience::Inside;
    const OUTSIDE: Audience = Audience::Outside;

    fn took_part(people: i64, eligible: impl Into<Option<i64>>, audience: Audience) -> Published {
        taking_part(people.into(), eligible.into(), audience)
    }

    #[test]
    fn few_people_are_not_counted_aloud_and_neither_are_few_who_are_missing() {
        let few = Published::Withheld(Why::Few);
        assert_eq!([0, 1, 4].map(|n| took_part(n, 40, INSIDE)), [few; 3]);
        assert_eq!(took_part(5, 40, INSIDE), Published::Exact(5));
        assert_eq!(took_part(35, 40, INSIDE), Published::Exact(35));
        let alike = Published::Withheld(Why::Alike);
        assert_eq!([36, 40, 44].map(|n| took_part(n, 40, INSIDE)), [alike; 3]);
    }

    #[test]
    fn nothing_about_people_leaves_a_small_factory() {
        let small = Published::Withheld(Why::SmallGroup);
        assert_eq!(
            [None, Some(0), Some(10)].map(|of| took_part(5, of, INSIDE)),
            [small; 3]
        );
        let small = Share::withheld(Why::SmallGroup);
        assert_eq!(share(10.into(), 20.into(), Some(10), INSIDE), small);
        assert_eq!(share(10.into(), 20.into(), None, OUTSIDE), small);
    }

    #[test]
    fn a_share_is_told_where_both_sides_are_many() {
        let of =
            |part: i64, whole: i64, audience| share(part.into(), whole.into(), Some(40), audience);
        let told = of(7, 18, INSIDE);
        assert_eq!(
            (told.part, told.whole),
            (Published::Exact(7), Published::Exact(18))
        );
        let told = of(7, 18, OUTSIDE);
        assert_eq!(
            (told.part, told.whole),
            (Published::Rounded(5), Published::Rounded(20))
        );
        // One mark for both sides, so that the mark does not say which side is small.
        for (part, whole) in [(4, 40), (36, 40), (40, 40), (0, 40), (4, 8), (0, 0)] {
            assert_eq!(of(part, whole, INSIDE), Share::withheld(Why::OneSided));
        }
    }

    #[test]
    fn enterprises_are_taken_together_from_five_on_and_where_none_stands_out() {
        let of = |counts: &[i64]| {
            together(
                counts
                    .iter()
                    .map(|n| ((*n).into(), took_part(*n, 400, OUTSIDE))),
            )
        };
        let held_back = Published::Withheld(Why::FewEnterprises);
        assert_eq!(of(&[12, 12, 12, 12]), held_back);
        assert_eq!(
            of(&[12, 12, 12, 12, 4]),
            held_back,
            "a silent one does not count"
        );
        assert_eq!(of(&[12, 12, 12, 12, 33]), held_back);
        assert_eq!(of(&[12, 12, 12, 12, 32]), Published::Rounded(80));
        assert_eq!(of(&[12, 12, 12, 12, 12, 4]), Published::Rounded(60));
        assert_eq!(
            of(&[45, 45, 10, 10, 10]),
            held_back,
            "one of two knows the other"
        );
    }

    #[test]
    fn a_month_stands_until_the_next_has_been_over_for_two_days() {
        let day = |text: &str| -> Day { text.parse().unwrap() };
        for (today, from, to) in [
            ("2026-11-22", "2026-10-01", "2026-10-31"),
            ("2026-12-02", "2026-10-01", "2026-10-31"),
            ("2026-12-03", "2026-11-01", "2026-11-30"),
            ("2027-01-03", "2026-12-01", "2026-12-31"),
        ] {
            let month = month(day(today));
            assert_eq!((month.from, month.to), (day(from), day(to)), "{today}");
        }
    }

    #[test]
    fn a_log_does_not_tell_a_count_of_people() {
        assert_eq!(format!("{:?}", PeopleCount(3)), "PeopleCount(_)");
    }

    proptest! {
        #[test]
        fn of_what_is_told_together_nobody_makes_up_more_than_half(
            counts in proptest::collection::vec(5..2_000_i64, 1..9),
        ) {
            let each = || counts.iter().map(|n| ((*n).into(), Published::Exact(*n)));
            let sum: i64 = counts.iter().sum();
            let largest = counts.iter().max().copied().unwrap_or(0);
            if together(each()).withheld().is_none() {
                prop_assert!(counts.len() >= ENTERPRISES && 2 * largest <= sum, "{counts:?}");
            }
        }

        #[test]
        fn what_is_held_back_of_an_exact_total_has_company_and_room(
            parts in proptest::collection::vec(0..30_i64, 1..6),
        ) {
            let counts: Vec<PeopleCount> = parts.iter().copied().map(PeopleCount::from).collect();
            let hidden = complete(&counts);
            let held: Vec<i64> = parts.iter().zip(&hidden).filter(|(_, h)| **h).map(|(n, _)| *n).collect();
            prop_assert!(parts.iter().zip(&hidden).all(|(n, h)| *h || *n >= FEW_PEOPLE));
            if !held.is_empty() && held.len() < parts.len() {
                prop_assert!(held.len() > 1 && held.iter().sum::<i64>() >= FEW_PEOPLE);
            }
        }

        #[test]
        fn what_is_rounded_is_at_most_two_away(people in 5..200_i64) {
            let shown = took_part(people, 1_000, OUTSIDE).number().unwrap();
            prop_assert!(shown % 5 == 0 && (shown - people).abs() <= 2);
        }
    }
}
