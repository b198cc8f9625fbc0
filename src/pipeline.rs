//! The stages joined: files in, labelled articles out, in parallel and in order.
//!
//! Every command that reads articles goes through [`label_file`] or [`label_article`], and
//! through [`in_order`], so that there is one way from a file to a label.

use std::sync::Arc;

use rayon::prelude::*;

use crate::Result;
use crate::article::Article;
use crate::classify::Classifier;
use crate::correct::Corrections;
use crate::ingest::{self, Limits, Reading, Skipped};
use crate::label::LabeledPassage;
use crate::segment::{LeftOut, segment};
use crate::source::SourceFile;

/// An article with its labelled passages and what was left out.
#[derive(Clone, Debug)]
pub struct LabeledArticle {
    /// The article.
    pub article: Arc<Article>,
    /// Its passages in reading order.
    pub passages: Vec<LabeledPassage>,
    /// What is not labelled, in reading order.
    pub left_out: Vec<LeftOut>,
}

/// Segments one article and labels it as the model says.
pub fn label_article(article: Article, classifier: &Classifier) -> LabeledArticle {
    let segmented = segment(article);
    let article = Arc::clone(&segmented.article);
    let left_out = segmented.left_out.clone();
    LabeledArticle { article, passages: classifier.classify(segmented), left_out }
}

/// The labelled articles of one file, and why it, or a part of it, could not be read.
#[derive(Clone, Debug, Default)]
pub struct LabeledFile {
    /// The articles.
    pub articles: Vec<LabeledArticle>,
    /// What could not be read, and why.
    pub skipped: Option<Skipped>,
}

/// Reads, segments and labels the articles of one file, as the model and people say.
pub fn label_file(
    file: &SourceFile,
    limits: &Limits,
    classifier: &Classifier,
    corrections: &Corrections,
) -> LabeledFile {
    let Reading { articles, skipped } = ingest::read(file, limits);
    let mut articles: Vec<_> =
        articles.into_iter().map(|a| label_article(a, classifier)).collect();
    corrections.apply(&file.name, articles.iter_mut().flat_map(|a| &mut a.passages));
    LabeledFile { articles, skipped }
}

/// Items that are made together: enough to keep all threads busy.
const BATCH: usize = 64;

/// Bytes after which a batch is full: where items are large, few of them are in memory.
const BATCH_BYTES: u64 = 16 << 20;

/// Cuts work into batches for [`in_order`]. What is in memory at a time does not grow with
/// the number of items, nor with their size beyond that of the largest.
pub fn batches<I>(
    items: impl Iterator<Item = I>,
    bytes: impl Fn(&I) -> u64,
) -> impl Iterator<Item = Vec<I>> {
    let mut items = items.fuse();
    std::iter::from_fn(move || {
        let mut batch = Vec::new();
        let mut size = 0;
        while batch.len() < BATCH && size < BATCH_BYTES {
            let Some(item) = items.next() else { break };
            size += bytes(&item);
            batch.push(item);
        }
        (!batch.is_empty()).then_some(batch)
    })
}

/// Makes something of each item on all threads and hands the results over in the items'
/// order. While one batch is handed over, the next is made; no more than two batches are
/// ever held, so that memory does not grow with the number of items.
///
/// # Errors
/// The first error of `hand_over`, which ends the run.
pub fn in_order<I: Sync, T: Send>(
    batches: impl IntoIterator<Item = Vec<I>>,
    work: impl Fn(&I) -> T + Sync,
    mut hand_over: impl FnMut(T) -> Result<()> + Send,
) -> Result<()> {
    let mut made: Vec<T> = Vec::new();
    for batch in batches {
        let ready = std::mem::take(&mut made);
        let (taken, next) = rayon::join(
            || ready.into_iter().try_for_each(&mut hand_over),
            || batch.par_iter().map(&work).collect(),
        );
        taken?;
        made = next;
    }
    made.into_iter().try_for_each(hand_over)
}
