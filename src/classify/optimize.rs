//! Multinomial logistic regression by L-BFGS, the same bytes whatever the threads.
//!
//! Nocedal and Wright, "Numerical Optimization" (2nd ed.), algorithms 7.4 and 7.5, with
//! backtracking to the sufficient-decrease condition (3.6a).

use rayon::prelude::*;

/// How many past steps approximate the curvature.
const MEMORY: usize = 8;

/// Rows are summed in stretches of this length, and the stretches in order, so that sums do
/// not depend on the number of threads.
const STRETCH: usize = 256;

/// Rows of which few numbers are not nought.
#[derive(Clone, Debug)]
pub(super) struct Sparse {
    /// Where each row begins in `entries`, and last where the last ends.
    starts: Vec<usize>,
    /// Column and value.
    entries: Vec<(u32, f32)>,
    /// How many columns there are.
    columns: usize,
}

impl Sparse {
    /// No rows yet.
    pub(super) fn new(columns: usize) -> Self {
        Self { starts: vec![0], entries: Vec::new(), columns }
    }

    /// Appends a row.
    pub(super) fn push(&mut self, row: impl Iterator<Item = (u32, f32)>) {
        self.entries.extend(row);
        self.starts.push(self.entries.len());
    }

    /// A row; of columns without rows, all are empty.
    pub(super) fn row(&self, n: usize) -> &[(u32, f32)] {
        match self.starts.get(n..n + 2) {
            Some(&[from, to]) => &self.entries[from..to],
            _ => &[],
        }
    }
}

/// Rows of numbers with the classes they should get.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    /// Width of a row.
    pub(super) width: usize,
    /// All rows, one after the other.
    pub(super) rows: &'a [f32],
    /// What else each row holds, in columns of its own.
    pub(super) sparse: &'a Sparse,
    /// For each row, its class and its weight; weight 0 leaves it out.
    pub(super) targets: &'a [(usize, f32)],
    /// Strength of the pull of all weights to nought, on the scale of the mean loss.
    pub(super) pull: f64,
    /// The same for the sparse columns.
    pub(super) sparse_pull: f64,
    /// How many steps at most.
    pub(super) steps: usize,
}

/// A linear model of `N` classes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Linear<const N: usize> {
    /// For each column of a row, its weight for each class.
    pub(super) weights: Vec<[f32; N]>,
    /// The same for the sparse columns.
    pub(super) sparse: Vec<[f32; N]>,
    /// Score of each class before any evidence.
    pub(super) bias: [f32; N],
}

impl<const N: usize> Linear<N> {
    /// Scores of a row.
    pub(super) fn scores(&self, row: &[f32], sparse: &[(u32, f32)]) -> [f32; N] {
        let mut scores = self.bias;
        for (value, weights) in row.iter().zip(&self.weights) {
            if *value != 0.0 {
                for (score, weight) in scores.iter_mut().zip(weights) {
                    *score += value * weight;
                }
            }
        }
        for &(column, value) in sparse {
            for (score, weight) in scores.iter_mut().zip(self.sparse[column as usize]) {
                *score += value * weight;
            }
        }
        scores
    }

    #[expect(clippy::cast_possible_truncation, reason = "rows are of this precision")]
    fn from_flat(flat: &[f64], width: usize) -> Self {
        let mut weights: Vec<[f32; N]> = flat
            .chunks_exact(N)
            .map(|chunk| std::array::from_fn(|c| chunk[c] as f32))
            .collect();
        let bias = weights.pop().unwrap_or([0.0; N]);
        let sparse = weights.split_off(width);
        Self { weights, sparse, bias }
    }
}

impl Problem<'_> {
    /// The model with the least loss.
    pub(super) fn solve<const N: usize>(&self) -> Linear<N> {
        let total: f64 = self.targets.iter().map(|(_, w)| f64::from(*w)).sum();
        let mut at = vec![0.0; (self.width + self.sparse.columns + 1) * N];
        let (mut loss, mut slope) = self.loss::<N>(&at, total);
        let mut past: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
        for _ in 0..self.steps {
            let direction = direction(&slope, &past);
            let fall = dot(&direction, &slope);
            if fall > -1e-10 {
                break;
            }
            let mut length =
                if past.is_empty() { 1.0 / dot(&slope, &slope).sqrt() } else { 1.0 };
            let step = (0..30).find_map(|_| {
                let next: Vec<f64> =
                    at.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
                let (next_loss, next_slope) = self.loss::<N>(&next, total);
                if next_loss <= loss + 1e-4 * length * fall {
                    return Some((next, next_loss, next_slope));
                }
                length /= 2.0;
                None
            });
            let Some((next, next_loss, next_slope)) = step else { break };
            let moved: Vec<f64> = next.iter().zip(&at).map(|(a, b)| a - b).collect();
            let turned: Vec<f64> =
                next_slope.iter().zip(&slope).map(|(a, b)| a - b).collect();
            if dot(&moved, &turned) > 1e-12 {
                if past.len() == MEMORY {
                    past.remove(0);
                }
                past.push((moved, turned));
            }
            let gain = loss - next_loss;
            (at, loss, slope) = (next, next_loss, next_slope);
            if gain < 1e-7 {
                break;
            }
        }
        Linear::from_flat(&at, self.width)
    }

    /// The loss and its slope.
    fn loss<const N: usize>(&self, at: &[f64], total: f64) -> (f64, Vec<f64>) {
        let model = Linear::<N>::from_flat(at, self.width);
        let stretches: Vec<(f64, Vec<[f32; N]>)> = self
            .targets
            .par_chunks(STRETCH)
            .enumerate()
            .map(|(n, targets)| self.stretch(&model, n * STRETCH, targets))
            .collect();
        let mut loss = 0.0;
        let mut slope = vec![0.0; at.len()];
        for (part, slopes) in stretches {
            loss += part;
            for (sum, value) in slope.iter_mut().zip(slopes.as_flattened()) {
                *sum += f64::from(*value);
            }
        }
        loss /= total;
        let weights = at.len() - N;
        for (n, (sum, weight)) in slope.iter_mut().zip(at).enumerate() {
            *sum /= total;
            if n < weights {
                let pull =
                    if n < self.width * N { self.pull } else { self.sparse_pull };
                *sum += pull * weight;
                loss += 0.5 * pull * weight * weight;
            }
        }
        (loss, slope)
    }

    fn stretch<const N: usize>(
        &self,
        model: &Linear<N>,
        from: usize,
        targets: &[(usize, f32)],
    ) -> (f64, Vec<[f32; N]>) {
        let mut loss = 0.0;
        let last = self.width + self.sparse.columns;
        let mut slope = vec![[0.0; N]; last + 1];
        for (n, &(class, weight)) in targets.iter().enumerate() {
            if weight == 0.0 {
                continue;
            }
            let at = (from + n) * self.width;
            let row = &self.rows[at..at + self.width];
            let sparse = self.sparse.row(from + n);
            let mut shares = super::decide::softmax(model.scores(row, sparse));
            loss -= f64::from(weight) * f64::from(shares[class].max(1e-30).ln());
            shares[class] -= 1.0;
            let shares = shares.map(|share| share * weight);
            for (value, slope) in row.iter().zip(&mut slope) {
                if *value != 0.0 {
                    for (slope, share) in slope.iter_mut().zip(shares) {
                        *slope += value * share;
                    }
                }
            }
            for &(column, value) in sparse {
                let slope = &mut slope[self.width + column as usize];
                for (slope, share) in slope.iter_mut().zip(shares) {
                    *slope += value * share;
                }
            }
            for (slope, share) in slope[last].iter_mut().zip(shares) {
                *slope += share;
            }
        }
        (loss, slope)
    }
}

/// The way down, from the slope and the past steps (the two-loop recursion).
fn direction(slope: &[f64], past: &[(Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    let mut way: Vec<f64> = slope.iter().map(|s| -s).collect();
    let mut shares = Vec::with_capacity(past.len());
    for (moved, turned) in past.iter().rev() {
        let share = dot(moved, &way) / dot(moved, turned);
        add(&mut way, turned, -share);
        shares.push(share);
    }
    if let Some((moved, turned)) = past.last() {
        let scale = dot(moved, turned) / dot(turned, turned);
        for value in &mut way {
            *value *= scale;
        }
    }
    for ((moved, turned), share) in past.iter().zip(shares.into_iter().rev()) {
        let other = dot(turned, &way) / dot(moved, turned);
        add(&mut way, moved, share - other);
    }
    way
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(sum: &mut [f64], values: &[f64], times: f64) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += times * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NONE: Sparse =
        Sparse { starts: Vec::new(), entries: Vec::new(), columns: 0 };

    fn problem<'a>(rows: &'a [f32], targets: &'a [(usize, f32)]) -> Problem<'a> {
        Problem {
            width: 1,
            rows,
            sparse: &NONE,
            targets,
            pull: 0.1,
            sparse_pull: 0.1,
            steps: 50,
        }
    }

    #[test]
    fn a_sparse_column_weighs_what_the_same_dense_one_does() {
        let targets = [(0, 1.0), (1, 1.0), (0, 1.0)];
        let dense = problem(&[1.0, -2.0, 0.5], &targets).solve::<2>();
        let mut sparse = Sparse::new(1);
        for value in [1.0, -2.0, 0.5] {
            sparse.push([(0, value)].into_iter());
        }
        let other = Problem { width: 0, sparse: &sparse, ..problem(&[], &targets) };
        assert_eq!(other.solve::<2>().sparse, dense.weights);
    }

    #[test]
    fn finds_the_minimum_of_a_problem_with_a_known_one() {
        // One column that is 1 in class 0 and -1 in class 1: by symmetry the weights are
        // w and -w with 2w solving the stationarity condition s(-2w) = pull * w.
        let rows = [1.0, -1.0];
        let targets = [(0, 1.0), (1, 1.0)];
        let Linear { weights, bias, .. } = problem(&rows, &targets).solve::<2>();
        let w = f64::from(weights[0][0]);
        assert!((w + f64::from(weights[0][1])).abs() < 1e-5, "symmetric: {weights:?}");
        assert!(bias.iter().all(|b| b.abs() < 1e-4), "no bias: {bias:?}");
        let left = 1.0 / (1.0 + (2.0 * w).exp());
        assert!((left - 0.1 * w).abs() < 1e-3, "stationary at {w}");
    }

    #[test]
    fn rows_of_weight_nought_teach_nothing() {
        let rows = [1.0, -1.0, 5.0];
        let solve =
            |third| problem(&rows, &[(0, 1.0), (1, 1.0), (third, 0.0)]).solve::<2>();
        assert_eq!(solve(0), solve(1));
    }
}
