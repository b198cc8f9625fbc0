//! How sure a share is: intervals for shares and for the difference of two shares, where
//! passages of one article are no independent witnesses.

use serde::Serialize;

use super::table::rounded;

/// 97.5 % of a standard normal variable lie below: for intervals of 95 %.
pub const Z95: f64 = 1.959_963_984_540_054;

/// A number with its interval of 95 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// What was found.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl Estimate {
    /// Whether the interval leaves out zero.
    pub fn is_clear(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    fn rounded(self) -> Self {
        Self {
            value: rounded(self.value),
            low: rounded(self.low),
            high: rounded(self.high),
        }
    }
}

/// The score interval for a share of `value` among `n` independent trials. `n` need not be
/// whole.
///
/// Wilson, E. B. (1927): Probable inference, the law of succession, and statistical
/// inference. JASA 22, 209–212.
///
/// ```
/// use delineate::report::interval::wilson;
///
/// // Newcombe (1998), table I: 81 of 263.
/// let found = wilson(81.0 / 263.0, 263.0);
/// assert!((found.low - 0.2553).abs() < 5e-5 && (found.high - 0.3662).abs() < 5e-5);
/// ```
pub fn wilson(value: f64, n: f64) -> Estimate {
    if n <= 0.0 {
        return Estimate { value: 0.0, low: 0.0, high: 1.0 };
    }
    let z2 = Z95 * Z95;
    let middle = value + z2 / (2.0 * n);
    let half = Z95 * (value * (1.0 - value) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    Estimate {
        value,
        low: ((middle - half) / scale).clamp(0.0, value),
        high: ((middle + half) / scale).clamp(value, 1.0),
    }
    .rounded()
}

/// The difference `a - b` of two independent shares with its interval, made from theirs.
///
/// Newcombe, R. G. (1998): Interval estimation for the difference between independent
/// proportions. Statistics in Medicine 17, 873–890; method 10.
///
/// ```
/// use delineate::report::interval::{difference, wilson};
///
/// // Newcombe's example (a): 56 of 70 against 48 of 80.
/// let found = difference(wilson(56.0 / 70.0, 70.0), wilson(48.0 / 80.0, 80.0));
/// assert!((found.low - 0.0524).abs() < 1e-4 && (found.high - 0.3339).abs() < 1e-4);
/// ```
pub fn difference(a: Estimate, b: Estimate) -> Estimate {
    let root = |x: f64, y: f64| (x * x + y * y).sqrt();
    let value = a.value - b.value;
    Estimate {
        value,
        low: value - root(a.value - a.low, b.high - b.value),
        high: value + root(a.high - a.value, b.value - b.low),
    }
    .rounded()
}

/// A share among passages that come in clusters: `(hits, passages)` of each article.
///
/// The interval is Wilson's, for as many independent passages as these are worth. That is
/// their number divided by the design effect, the ratio of the variance between articles
/// (ratio estimator, Cochran 1977, Sampling Techniques, § 9A) to that of independent draws;
/// never more than their number. Franco, C. et al. (2019): Comparative study of confidence
/// intervals for proportions in complex sample surveys. Journal of Survey Statistics and
/// Methodology 7, 334–364, find Wilson's the best of its kind.
///
/// Where all or none are hits, their spread says nothing, and as many count as there are
/// articles.
pub fn clustered(clusters: impl Iterator<Item = (usize, usize)> + Clone) -> Estimate {
    let (hits, n) = clusters.clone().fold((0, 0), |(h, n), c| (h + c.0, n + c.1));
    if n == 0 {
        return wilson(0.0, 0.0);
    }
    let (value, n) = (hits as f64 / n as f64, n as f64);
    let used = clusters.filter(|c| c.1 > 0);
    let articles = used.clone().count() as f64;
    let worth = if hits == 0 || value >= 1.0 || articles < 2.0 {
        articles
    } else {
        let off = |(h, m): (usize, usize)| (h as f64 - value * m as f64).powi(2);
        let variance =
            articles / (articles - 1.0) * used.map(off).sum::<f64>() / (n * n);
        value * (1.0 - value) / variance
    };
    wilson(value, worth.min(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Estimate, low: f64, high: f64) {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
        assert!(near(found.low, low) && near(found.high, high), "{found:?}");
    }

    #[test]
    fn wilson_agrees_with_newcombes_table() {
        // Newcombe (1998), Statistics in Medicine 17, 857–872, table I, method 3.
        check(wilson(15.0 / 148.0, 148.0), 0.0624, 0.1605);
        check(wilson(0.0, 20.0), 0.0, 0.1611);
        check(wilson(1.0 / 29.0, 29.0), 0.0061, 0.1718);
    }

    #[test]
    fn nothing_seen_is_nothing_known() {
        check(wilson(0.0, 0.0), 0.0, 1.0);
        check(clustered([].iter().copied()), 0.0, 1.0);
    }

    #[test]
    fn articles_that_agree_within_count_as_one_witness_each() {
        // Ten articles of ten passages, five all hits and five none: worth ten draws, less
        // the one that the mean took (10/9).
        let split: Vec<_> = (0..10).map(|n| (if n < 5 { 10 } else { 0 }, 10)).collect();
        let apart = clustered(split.iter().copied());
        let expected = wilson(0.5, 9.0);
        check(apart, expected.low, expected.high);
        // The same hits spread evenly: worth no more than independent draws.
        let even = [(5, 10); 10];
        let expected = wilson(0.5, 100.0);
        check(clustered(even.iter().copied()), expected.low, expected.high);
    }

    #[test]
    fn one_article_proves_little() {
        let one = clustered([(30, 40)].iter().copied());
        assert!(one.high - one.low > 0.7, "{one:?}");
    }
}
