//! How many factories lie in a county, and how much is said in each: few say most, many say nothing.

use super::{Dice, Setting};
use crate::places::RegionCode;
use crate::time::SeededRandom;

/// One factory before anybody works there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firm {
    /// Its number, in the order of divisions.
    pub number: u64,
    /// Where it lies.
    pub region: RegionCode,
    /// How many cases it has.
    pub cases: u64,
    /// Whether it is the one that has far more than any other.
    pub is_largest: bool,
}

/// Of all cases, one in so many belongs to the largest factory: its lists are the longest.
const LARGEST_PART: u64 = 20;

/// Where the platform began; more firms than elsewhere take part there.
const BUSIEST: &str = "330503";

/// Mixes a seed with a number into another seed.
pub fn mix(seed: u64, number: u64) -> u64 {
    let mut z = seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Deals a whole out by weights; the parts add up to it exactly.
struct Deal {
    whole: u128,
    weights: u128,
    seen: u128,
    dealt: u128,
}

impl Deal {
    fn new(whole: u64, weights: impl Iterator<Item = u64>) -> Self {
        Self {
            whole: u128::from(whole),
            weights: weights.map(u128::from).sum(),
            seen: 0,
            dealt: 0,
        }
    }

    fn next(&mut self, weight: u64) -> u64 {
        self.seen += u128::from(weight);
        let up_to = (self.whole * self.seen).checked_div(self.weights);
        let part = up_to.unwrap_or(0) - self.dealt;
        self.dealt += part;
        u64::try_from(part).unwrap_or(u64::MAX)
    }
}

/// How much is said in a factory, compared with others: of a hundred, thirty-five are silent, and one says as
/// much as all the small ones.
fn weight(seed: u64, number: u64) -> u64 {
    let random = SeededRandom::new(mix(!seed, number));
    let dice = Dice(&random);
    let (from, to) = dice.weighed(&[(35, (0, 0)), (40, (1, 4)), (18, (5, 20)), (6, (21, 80))]);
    match (from, dice.below(7)) {
        (0, _) => 0,
        (21, 0) => 100 + dice.below(500),
        _ => from + dice.below(to - from + 1),
    }
}

/// The factories in the order of the counties, which are given sorted.
pub fn firms(setting: Setting, counties: &[RegionCode]) -> impl Iterator<Item = Firm> {
    let share = |(at, county): (usize, &RegionCode)| {
        if county.as_str() == BUSIEST {
            40
        } else {
            1 + mix(setting.seed, at as u64) % 9
        }
    };
    let shares: Vec<u64> = counties.iter().enumerate().map(share).collect();
    let mut deal = Deal::new(setting.enterprises, shares.iter().copied());
    let counts: Vec<u64> = shares.iter().map(|share| deal.next(*share)).collect();
    // The largest stands where most are.
    let most = counts.iter().copied().max().unwrap_or(0);
    let busiest = counts.iter().position(|count| *count == most).unwrap_or(0);
    let largest: u64 = counts[..busiest].iter().sum();
    let seed = setting.seed;
    let weigh = move |number: u64| {
        if number == largest {
            0
        } else {
            weight(seed, number)
        }
    };
    let others: u64 = (0..setting.enterprises).map(weigh).sum();
    let apart = if others == 0 {
        setting.cases
    } else {
        setting.cases / LARGEST_PART
    };
    let mut deal = Deal {
        whole: u128::from(setting.cases - apart),
        weights: u128::from(others),
        seen: 0,
        dealt: 0,
    };
    let places = counties.iter().cloned().zip(counts);
    let places = places.flat_map(|(region, count)| {
        std::iter::repeat_n(region, usize::try_from(count).unwrap_or(usize::MAX))
    });
    (0..).zip(places).map(move |(number, region)| Firm {
        number,
        region,
        cases: deal.next(weigh(number)) + if number == largest { apart } else { 0 },
        is_largest: number == largest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Day;
    use proptest::prelude::*;

    fn counties() -> Vec<RegionCode> {
        ["110101", "330502", "330503", "330521", "440103"]
            .iter()
            .map(|code| code.parse().unwrap())
            .collect()
    }

    fn setting(enterprises: u64, cases: u64, seed: u64) -> Setting {
        Setting {
            enterprises,
            cases,
            seed,
            weeks: 26,
            until: Day(20_000),
        }
    }

    proptest! {
        #[test]
        fn every_firm_and_case_is_dealt_out(
            enterprises in 1_u64..300, cases in 0_u64..5_000, seed in 0_u64..1_000,
        ) {
            let firms: Vec<Firm> = firms(setting(enterprises, cases, seed), &counties()).collect();
            prop_assert_eq!(firms.len() as u64, enterprises);
            prop_assert_eq!(firms.iter().map(|it| it.cases).sum::<u64>(), cases);
            prop_assert_eq!(firms.iter().filter(|it| it.is_largest).count(), 1);
            prop_assert!(firms.is_sorted_by(|a, b| a.region.as_str() <= b.region.as_str()));
        }
    }

    #[test]
    fn few_say_most_and_many_are_silent() {
        let firms: Vec<Firm> = firms(setting(2_000, 200_000, 7), &counties()).collect();
        let silent = firms.iter().filter(|it| it.cases == 0).count();
        assert!((500..900).contains(&silent), "{silent} of 2,000 are silent");
        let mut sizes: Vec<u64> = firms.iter().map(|it| it.cases).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        assert!(
            sizes[..200].iter().sum::<u64>() > 100_000,
            "{:?}",
            &sizes[..20]
        );
        assert!(firms.iter().any(|it| it.is_largest && it.cases == 10_000));
    }
}
