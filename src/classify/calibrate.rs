//! Makes probabilities mean what they say.
//!
//! Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks" (2017): scores
//! are multiplied by one number and shifted by one number a label, fitted to what the model
//! said of passages whose authors it had not seen.

use super::weights::LABELS;

/// What scores are multiplied by and shifted by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calibration {
    /// The factor.
    pub(super) slope: f32,
    /// The shifts.
    pub(super) shift: [f32; LABELS],
}

impl Calibration {
    /// Fits to scores with their true labels.
    pub(super) fn fit(scored: impl Iterator<Item = ([f32; LABELS], usize)>) -> Self {
        let scored: Vec<_> = scored.collect();
        let mut best = Self { slope: 1.0, shift: [0.0; LABELS] };
        // One factor for all labels is a line search; the shifts are a regression on
        // scores that are already multiplied.
        for _ in 0..8 {
            best.slope = best_slope(&scored, &best);
            best.shift = best_shift(&scored, best);
        }
        best
    }

    /// Calibrated scores.
    pub(super) fn apply(&self, scores: [f32; LABELS]) -> [f32; LABELS] {
        std::array::from_fn(|label| scores[label] * self.slope + self.shift[label])
    }
}

fn loss(scored: &[([f32; LABELS], usize)], calibration: &Calibration) -> f64 {
    scored
        .iter()
        .map(|(scores, label)| {
            let share = super::decide::softmax(calibration.apply(*scores))[*label];
            -f64::from(share.max(1e-30)).ln()
        })
        .sum()
}

/// Golden-section search between a fifth and three.
fn best_slope(scored: &[([f32; LABELS], usize)], at: &Calibration) -> f32 {
    const GOLDEN: f32 = 0.618_034;
    let with = |slope| loss(scored, &Calibration { slope, ..*at });
    let (mut low, mut high) = (0.2, 3.0);
    for _ in 0..30 {
        let left = high - GOLDEN * (high - low);
        let right = low + GOLDEN * (high - low);
        if with(left) < with(right) { high = right } else { low = left }
    }
    f32::midpoint(low, high)
}

/// Shifts that bring the mean probability of each label to its share.
fn best_shift(scored: &[([f32; LABELS], usize)], mut at: Calibration) -> [f32; LABELS] {
    let total = scored.len().max(1) as f32;
    for _ in 0..50 {
        let mut expected = [0.0; LABELS];
        let mut actual = [0.0; LABELS];
        for (scores, label) in scored {
            let shares = super::decide::softmax(at.apply(*scores));
            for (sum, share) in expected.iter_mut().zip(shares) {
                *sum += share / total;
            }
            actual[*label] += 1.0 / total;
        }
        for l in 0..LABELS {
            at.shift[l] += (actual[l].max(1e-6) / expected[l].max(1e-6)).ln();
        }
        let base = at.shift[LABELS - 1];
        at.shift = at.shift.map(|s| s - base);
    }
    at.shift
}
