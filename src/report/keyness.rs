//! Which terms set one group of texts apart from another, so that neither chance nor one
//! talkative author decides.
//!
//! Everything here works on counts; what is a term and what is a group is said by
//! [`words`](super::words).

use super::interval::Z95;

/// How often a term occurs in a group and in the group it is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Table {
    /// Occurrences in the group.
    pub count: f64,
    /// Words of the group.
    pub words: f64,
    /// Occurrences in the other.
    pub count_against: f64,
    /// Words of the other.
    pub words_against: f64,
}

impl Table {
    /// The log-likelihood ratio G² of one rate against two.
    ///
    /// Dunning, T. (1993): Accurate methods for the statistics of surprise and coincidence.
    /// Computational Linguistics 19, 61–74; in the two-term form of Rayson, P. & Garside,
    /// R. (2000): Comparing corpora using frequency profiling.
    pub fn g2(&self) -> f64 {
        let rate =
            (self.count + self.count_against) / (self.words + self.words_against);
        let term = |seen: f64, expected: f64| {
            if seen > 0.0 { seen * (seen / expected).ln() } else { 0.0 }
        };
        let sum = term(self.count, rate * self.words)
            + term(self.count_against, rate * self.words_against);
        (2.0 * sum).max(0.0)
    }

    /// The binary logarithm of the ratio of the rates: 1 is twice as often. A term that one
    /// group lacks is given half an occurrence there.
    ///
    /// Hardie, A. (2014): Log Ratio, an informal introduction. CASS, Lancaster.
    pub fn log_ratio(&self) -> f64 {
        let rate = |count: f64, words: f64| count.max(0.5) / words;
        (rate(self.count, self.words) / rate(self.count_against, self.words_against))
            .log2()
    }
}

/// The probability of a chi-squared variable with one degree of freedom above `x`: the
/// p-value of G².
pub fn p_value(x: f64) -> f64 {
    erfc((x.max(0.0) / 2.0).sqrt())
}

/// The complementary error function for `x >= 0`, to about 1.2e-7 of its value.
///
/// Press, W. H. et al. (1992): Numerical Recipes in C, § 6.2, `erfcc`.
fn erfc(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 10] = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let t = 1.0 / (1.0 + 0.5 * x);
    let sum = COEFFICIENTS.iter().fold(0.0, |sum, c| sum * t + c);
    t * (-x * x + sum).exp()
}

/// The smallest false discovery rate at which each p-value would be among the discoveries.
///
/// Benjamini, Y. & Hochberg, Y. (1995): Controlling the false discovery rate. JRSS B 57,
/// 289–300.
pub fn false_discovery_rates(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[b].total_cmp(&p_values[a]));
    let mut rates = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (above, &at) in order.iter().enumerate() {
        let rank = p_values.len() - above;
        least = least.min(p_values[at] * p_values.len() as f64 / rank as f64);
        rates[at] = least;
    }
    rates
}

/// How a group's words lie over its parts (articles, or authors): what dispersion and the
/// spread of a rate need to know of parts in which a term does not occur.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    sizes: Vec<usize>,
    words: f64,
    squares: f64,
    smallest: f64,
}

impl Parts {
    /// Parts of these numbers of words; parts without words do not count.
    pub fn new(sizes: Vec<usize>) -> Self {
        let used = || sizes.iter().filter(|&&n| n > 0).map(|&n| n as f64);
        let (words, squares) = (used().sum(), used().map(|n| n * n).sum());
        let smallest = used().fold(f64::INFINITY, f64::min);
        Self { sizes, words, squares, smallest }
    }

    /// Words of all parts.
    pub fn words(&self) -> f64 {
        self.words
    }

    /// How unevenly a term lies over the parts: 0 in each as often as its size lets expect,
    /// towards 1 all in one small part. `places` has the parts in which it occurs.
    ///
    /// Gries, S. Th. (2008): Dispersions and adjusted frequencies in corpora. IJCL 13,
    /// 403–437; normalised after Lijffijt, J. & Gries, S. Th. (2012), IJCL 17, 147–149.
    pub fn deviation(&self, places: &[(u32, u32)]) -> f64 {
        let count: f64 = places.iter().map(|&(_, n)| f64::from(n)).sum();
        if count == 0.0 || self.words == 0.0 {
            return 0.0;
        }
        let mut sum = 0.0;
        let mut expected_there = 0.0;
        for &(part, n) in places {
            let expected = self.size(part) / self.words;
            sum += (f64::from(n) / count - expected).abs();
            expected_there += expected;
        }
        let absent = (1.0 - expected_there).max(0.0);
        let most = 1.0 - self.smallest / self.words;
        if most <= 0.0 { 0.0 } else { (0.5 * (sum + absent) / most).min(1.0) }
    }

    /// How many independent occurrences a term's occurrences are worth: the inverse of the
    /// squared relative standard error of its rate, taken between parts (ratio estimator,
    /// Cochran 1977, Sampling Techniques, § 6.3), and never more than there are.
    fn worth(&self, places: &[(u32, u32)]) -> f64 {
        let count: f64 = places.iter().map(|&(_, n)| f64::from(n)).sum();
        let parts = self.sizes.iter().filter(|&&n| n > 0).count() as f64;
        if count == 0.0 || parts < 2.0 {
            return count;
        }
        let rate = count / self.words;
        // Sum over all parts of (n_i - rate * size_i)², those without the term included.
        let mut sum = rate * rate * self.squares;
        for &(part, n) in places {
            let n = f64::from(n);
            sum += n * n - 2.0 * n * rate * self.size(part);
        }
        let between = parts / (parts - 1.0) * sum / (count * count);
        (1.0 / between.max(1.0 / count)).min(count)
    }

    fn size(&self, part: u32) -> f64 {
        self.sizes.get(part as usize).map_or(0.0, |&n| n as f64)
    }
}

/// The lower end of the 95 % interval of a log-ratio, when authors are the witnesses and
/// not words. Sorting by it puts first what is surely more frequent, not what is merely
/// rare on the other side.
///
/// The limits of the two rates are put together by the method of variance estimates
/// recovery (Zou, G. Y. & Donner, A. (2008): Construction of confidence limits about effect
/// measures, a general approach. Statistics in Medicine 27, 1693–1702). Each rate has the
/// score limits of as many independent occurrences as its spread between authors is worth.
/// The idea of sorting by a conservative end is from Evert, S. (2022): Measuring keyness.
/// Digital Humanities 2022.
pub fn log_ratio_low(
    log_ratio: f64,
    (parts, places): (&Parts, &[(u32, u32)]),
    (parts_against, places_against): (&Parts, &[(u32, u32)]),
) -> f64 {
    let half = |n: f64| Z95 * (n + Z95 * Z95 / 4.0).sqrt();
    let worth = parts.worth(places);
    let below = (worth / (worth + Z95 * Z95 / 2.0 - half(worth))).log2();
    let worth = parts_against.worth(places_against);
    let above = ((worth + Z95 * Z95 / 2.0 + half(worth)) / worth.max(0.5)).log2();
    log_ratio - below.hypot(above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(found: f64, expected: f64) {
        let off = (found - expected).abs();
        assert!(off <= 1e-6 * expected.abs().max(1e-3), "{found} is not {expected}");
    }

    #[test]
    fn g2_is_that_computed_by_hand() {
        // E1 = E2 = 15: 2 (20 ln(20/15) + 10 ln(10/15)) = 2 (5.753641 - 4.054651).
        let table =
            Table { count: 20.0, words: 1e3, count_against: 10.0, words_against: 1e3 };
        near(table.g2(), 3.397_980);
        near(table.log_ratio(), 1.0);
        // E1 = 30 * 1000 / 3000 = 10, E2 = 20: 2 * 30 ln 3.
        let absent =
            Table { count: 30.0, words: 1e3, count_against: 0.0, words_against: 2e3 };
        near(absent.g2(), 65.916_737);
        // (30/1000) / (0.5/2000) = 120.
        near(absent.log_ratio(), 120_f64.log2());
        let even =
            Table { count: 5.0, words: 1e3, count_against: 10.0, words_against: 2e3 };
        near(even.g2(), 0.0);
    }

    #[test]
    fn p_values_are_those_of_the_tables() {
        for (x, p) in
            [(0.0, 1.0), (3.841_459, 0.05), (6.634_897, 0.01), (10.827_566, 0.001)]
        {
            assert!((p_value(x) - p).abs() < 1e-6, "{x} has {}", p_value(x));
        }
        assert!(p_value(65.9) > 0.0 && p_value(65.9) < 1e-14);
        near(p_value(1e9), 0.0);
    }

    #[test]
    fn false_discovery_rates_are_those_of_the_procedure() {
        // Ten p-values; p * 10 / rank, made monotone from the largest down.
        let p = [0.01, 0.04, 0.03, 0.005, 0.5, 0.9, 0.2, 0.0001, 0.06, 0.7];
        let q = false_discovery_rates(&p);
        let expected = [
            0.1 / 3.0,
            0.08,
            0.075,
            0.025,
            0.625,
            0.9,
            2.0 / 7.0,
            0.001,
            0.1,
            7.0 / 9.0,
        ];
        for (q, expected) in q.iter().zip(expected) {
            near(*q, expected);
        }
        assert!(false_discovery_rates(&[]).is_empty());
    }

    #[test]
    fn dispersion_is_that_computed_by_hand() {
        // Five parts of a fifth each, counts 1, 2, 3, 4, 5 of 15: half of
        // |1/15-3/15| + 1/15 + 0 + 1/15 + 2/15 = 0.2; over 1 - 0.2 = 0.25.
        let parts = Parts::new(vec![100; 5]);
        near(parts.deviation(&[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]), 0.25);
        near(parts.deviation(&[(0, 3), (1, 3), (2, 3), (3, 3), (4, 3)]), 0.0);
        // All in one part: (0.8 + 0.8) / 2 / 0.8.
        near(parts.deviation(&[(2, 9)]), 1.0);
        // Sizes 200 and 100, all in the smaller: (1/3 + 2/3 ... ) = 2/3 over 1 - 1/3.
        near(Parts::new(vec![200, 100]).deviation(&[(1, 4)]), 1.0);
        near(Parts::new(vec![200, 0, 100]).deviation(&[(0, 4)]), 0.5);
    }

    #[test]
    fn one_talkative_author_is_one_witness() {
        let parts = Parts::new(vec![1000; 10]);
        let even: Vec<_> = (0..10).map(|part| (part, 6)).collect();
        let clumped = [(3, 60)];
        let table =
            Table { count: 60.0, words: 1e4, count_against: 20.0, words_against: 1e4 };
        let other: Vec<_> = (0..10).map(|part| (part, 2)).collect();
        let low = |places: &[(u32, u32)]| {
            log_ratio_low(table.log_ratio(), (&parts, places), (&parts, &other))
        };
        // Score limits of 60 and of 20 occurrences, as logarithms: 0.364 below, 0.627 above;
        // the root of the sum of their squares below log2(3).
        near(low(&even), 0.859_643_2);
        assert!(low(&clumped) < 0.0, "{}", low(&clumped));
    }
}
