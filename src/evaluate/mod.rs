//! Verdicts against gold: how often right, how much better than chance, and whether the
//! confidence means what it says.

use std::collections::BTreeMap;

use crate::label::Label;

/// One passage decided twice: by people and by the program.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The article, for intervals: passages of one article are not independent.
    pub article: String,
    /// What people said.
    pub gold: Label,
    /// What the program said.
    pub said: Label,
    /// How sure the program was, 0 to 1.
    pub confidence: f32,
}

/// How well the program did.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// Number of passages.
    pub passages: usize,
    /// Share decided rightly.
    pub accuracy: f64,
    /// Mean over the labels of the harmonic mean of precision and recall.
    pub macro_f1: f64,
    /// The same for each label.
    pub f1: [f64; 3],
    /// Agreement beyond chance.
    pub kappa: f64,
    /// 95 % interval of kappa, by resampling articles.
    pub kappa_interval: (f64, f64),
    /// Mean distance of confidence from accuracy, over ten bins of confidence.
    pub calibration_error: f64,
    /// The bins.
    pub reliability: Vec<Bin>,
    /// How often people's label (row) met the program's (column), in the order of
    /// [`Label::ALL`].
    pub confusion: [[usize; 3]; 3],
}

/// Passages of like confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Lower end of the confidence.
    pub from: f64,
    /// Number of passages.
    pub passages: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// Share of them decided rightly.
    pub accuracy: f64,
}

/// How many resamples make an interval.
const RESAMPLES: usize = 1000;

impl Quality {
    /// Measures outcomes.
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut confusion = [[0; 3]; 3];
        for outcome in outcomes {
            confusion[outcome.gold as usize][outcome.said as usize] += 1;
        }
        let f1 = f1(&confusion);
        let reliability = reliability(outcomes);
        let total = outcomes.len().max(1) as f64;
        Self {
            passages: outcomes.len(),
            accuracy: (0..3).map(|l| confusion[l][l]).sum::<usize>() as f64 / total,
            macro_f1: f1.iter().sum::<f64>() / 3.0,
            f1,
            kappa: kappa(&confusion),
            kappa_interval: kappa_interval(outcomes),
            calibration_error: reliability
                .iter()
                .map(|bin| {
                    bin.passages as f64 / total * (bin.confidence - bin.accuracy).abs()
                })
                .sum(),
            reliability,
            confusion,
        }
    }
}

/// Cohen, "A Coefficient of Agreement for Nominal Scales" (1960).
pub fn kappa<const N: usize>(confusion: &[[usize; N]; N]) -> f64 {
    let total = confusion.as_flattened().iter().sum::<usize>() as f64;
    let agreed = (0..N).map(|l| confusion[l][l]).sum::<usize>() as f64 / total;
    let chance: f64 = (0..N)
        .map(|l| {
            let row: usize = confusion[l].iter().sum();
            let column: usize = confusion.iter().map(|row| row[l]).sum();
            row as f64 * column as f64 / total / total
        })
        .sum();
    if chance < 1.0 { (agreed - chance) / (1.0 - chance) } else { 1.0 }
}

fn f1(confusion: &[[usize; 3]; 3]) -> [f64; 3] {
    std::array::from_fn(|l| {
        let row: usize = confusion[l].iter().sum();
        let column: usize = confusion.iter().map(|row| row[l]).sum();
        match row + column {
            0 => 0.0,
            both => 2.0 * confusion[l][l] as f64 / both as f64,
        }
    })
}

/// Naeini, Cooper, Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian
/// Binning" (2015), with bins of equal width.
fn reliability(outcomes: &[Outcome]) -> Vec<Bin> {
    let mut bins = [(0usize, 0.0, 0usize); 10];
    for outcome in outcomes {
        let end = |n: usize| (n + 1) as f32 / 10.0;
        let bin = (0..9).find(|&n| outcome.confidence < end(n)).unwrap_or(9);
        let bin = &mut bins[bin];
        bin.0 += 1;
        bin.1 += f64::from(outcome.confidence);
        bin.2 += usize::from(outcome.gold == outcome.said);
    }
    bins.iter()
        .enumerate()
        .filter(|(_, (passages, ..))| *passages > 0)
        .map(|(n, &(passages, confidence, right))| Bin {
            from: n as f64 / 10.0,
            passages,
            confidence: confidence / passages as f64,
            accuracy: right as f64 / passages as f64,
        })
        .collect()
}

fn kappa_interval(outcomes: &[Outcome]) -> (f64, f64) {
    let mut articles: BTreeMap<&str, [[usize; 3]; 3]> = BTreeMap::new();
    for outcome in outcomes {
        let confusion = articles.entry(&outcome.article).or_default();
        confusion[outcome.gold as usize][outcome.said as usize] += 1;
    }
    let articles: Vec<_> = articles.into_values().collect();
    if articles.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let mut dice = Dice(7);
    let mut kappas: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let mut sum = [[0; 3]; 3];
            for _ in 0..articles.len() {
                let drawn = articles[dice.below(articles.len())];
                for (sum, count) in
                    sum.as_flattened_mut().iter_mut().zip(drawn.as_flattened())
                {
                    *sum += count;
                }
            }
            kappa(&sum)
        })
        .collect();
    kappas.sort_by(f64::total_cmp);
    (kappas[RESAMPLES / 40], kappas[RESAMPLES - RESAMPLES / 40 - 1])
}

/// A repeatable source of chance: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
/// Generators" (2014).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `bound`.
    ///
    /// # Panics
    /// When `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        usize::try_from(z % bound as u64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_of_a_published_example() {
        // Two judges on 50 cases: 20 and 15 agreed, 5 and 10 not (Cohen's kappa 0.4).
        assert!((kappa(&[[20, 5], [10, 15]]) - 0.4).abs() < 1e-12);
    }

    #[test]
    fn confidence_that_is_right_has_no_calibration_error() {
        let outcome = |right: bool| Outcome {
            article: String::new(),
            gold: Label::B2b,
            said: if right { Label::B2b } else { Label::Shared },
            confidence: 0.75,
        };
        let outcomes = [outcome(true), outcome(true), outcome(true), outcome(false)];
        let quality = Quality::of(&outcomes);
        assert!(quality.calibration_error.abs() < 1e-9);
        assert_eq!(quality.confusion[0], [3, 0, 1]);
        assert!((quality.accuracy - 0.75).abs() < 1e-12);
    }

    #[test]
    fn an_interval_holds_its_kappa() {
        let outcomes: Vec<_> = (0..60)
            .map(|n| Outcome {
                article: (n / 3).to_string(),
                gold: Label::ALL[n % 3],
                said: Label::ALL[if n % 5 == 0 { 0 } else { n % 3 }],
                confidence: 0.8,
            })
            .collect();
        let quality = Quality::of(&outcomes);
        let (low, high) = quality.kappa_interval;
        assert!(low <= quality.kappa && quality.kappa <= high, "{low} {high}");
        assert!(low < high);
    }
}
