//! Which passages are wanted, by what is known of them; words are the query's business.

use std::sync::Arc;

use globset::GlobBuilder;

use super::read::Index;
use super::schema::Facts;
use crate::label::{DecidedBy, Kind, Label, Theme};
use crate::{Error, Result};

/// Conditions that all have to hold. The default lets every passage pass but those of near
/// copies, which would count twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// One of these labels; any when empty.
    pub labels: Vec<Label>,
    /// This kind of shared.
    pub kind: Option<Kind>,
    /// One of these themes; any when empty.
    pub themes: Vec<Theme>,
    /// At least this probability of the label.
    pub min_confidence: Option<f32>,
    /// Decided by the model, or by a person.
    pub decided_by: Option<DecidedBy>,
    /// Only passages that a person should look at, or only others.
    pub unsure: Option<bool>,
    /// Articles whose name matches this pattern: `*` for any text, `?` for a letter, `[ab]`,
    /// `{one,other}`.
    pub article: Option<String>,
    /// Articles by this author: a part of the name, without regard to case.
    pub author: Option<String>,
    /// Published on this day or later: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub since: Option<String>,
    /// Published on this day or earlier.
    pub until: Option<String>,
    /// Let passages of near copies pass too.
    pub keep_duplicates: bool,
}

/// A filter made ready for one index.
#[derive(Clone, Debug)]
pub(crate) struct Passing {
    filter: Arc<Filter>,
    /// By rank, whether an article passes; `None` when all do.
    ranks: Option<Arc<[bool]>>,
}

impl Passing {
    pub(crate) fn new(filter: &Filter, index: &Index) -> Result<Self> {
        Ok(Self { filter: Arc::new(filter.clone()), ranks: ranks(filter, index)? })
    }

    /// Whether an article passes.
    pub(crate) fn rank(&self, rank: u32) -> bool {
        self.ranks
            .as_ref()
            .is_none_or(|r| r.get(rank as usize).copied().unwrap_or(false))
    }

    /// Whether a passage passes, by what its column says.
    pub(crate) fn facts(&self, facts: &Facts) -> bool {
        let filter = &*self.filter;
        let one_of = |labels: &[Label]| {
            labels.is_empty() || facts.label.is_some_and(|l| labels.contains(&l))
        };
        one_of(&filter.labels)
            && filter.kind.is_none_or(|k| facts.kind == Some(k))
            && (filter.themes.is_empty()
                || facts.theme.is_some_and(|t| filter.themes.contains(&t)))
            && filter
                .min_confidence
                .is_none_or(|least| facts.confidence.is_some_and(|c| c >= least))
            && filter.decided_by.is_none_or(|d| facts.decided_by == Some(d))
            && filter.unsure.is_none_or(|u| facts.label.is_some() && facts.unsure == u)
    }
}

/// Which articles pass; reads them only where something is asked of them.
fn ranks(filter: &Filter, index: &Index) -> Result<Option<Arc<[bool]>>> {
    let articles = index.state_articles();
    let by_state = filter.article.is_some()
        || filter.author.is_some()
        || filter.since.is_some()
        || filter.until.is_some();
    if !by_state {
        let drop_copies = !filter.keep_duplicates && articles.has_copies();
        return Ok(drop_copies.then(|| articles.copies().map(|copy| !copy).collect()));
    }
    let pattern = filter.article.as_deref().map(glob).transpose()?;
    let author = filter.author.as_ref().map(|a| a.to_lowercase());
    let since = filter.since.as_deref().map(first_day).transpose()?;
    let until = filter.until.as_deref().map(last_day).transpose()?;
    let passes = index.articles()?.iter().map(|article| {
        let date = article.about.date.as_deref();
        (filter.keep_duplicates || article.copy_of.is_none())
            && pattern.as_ref().is_none_or(|p| p.is_match(&article.name))
            && author.as_ref().is_none_or(|wanted| {
                let author = article.about.author.as_ref();
                author.is_some_and(|a| a.to_lowercase().contains(wanted))
            })
            && since.as_ref().is_none_or(|since| {
                date.and_then(|d| last_day(d).ok()).is_some_and(|d| d >= *since)
            })
            && until.as_ref().is_none_or(|until| {
                date.and_then(|d| first_day(d).ok()).is_some_and(|d| d <= *until)
            })
    });
    Ok(Some(passes.collect()))
}

/// A pattern for names of articles. `*` also stands for `/`: most people mean it so.
pub(crate) fn glob(pattern: &str) -> Result<globset::GlobMatcher> {
    let glob = GlobBuilder::new(pattern).literal_separator(false).build();
    let glob =
        glob.map_err(|e| Error::Query(format!("{pattern:?} is no pattern: {e}")))?;
    Ok(glob.compile_matcher())
}

/// The first day that a date may mean: `2024` begins on 2024-01-01.
pub(crate) fn first_day(date: &str) -> Result<String> {
    day(date, "-01-01")
}

/// The last day that a date may mean. The 31st stands for the end of any month.
pub(crate) fn last_day(date: &str) -> Result<String> {
    day(date, "-12-31")
}

fn day(date: &str, rest: &str) -> Result<String> {
    let parts: Vec<_> = date.split('-').collect();
    let number = |part: &str, digits: usize, range: std::ops::RangeInclusive<u32>| {
        part.len() == digits
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse().is_ok_and(|n| range.contains(&n))
    };
    let right = match parts[..] {
        [year] => number(year, 4, 0..=9999),
        [year, month] => number(year, 4, 0..=9999) && number(month, 2, 1..=12),
        [year, month, day] => {
            number(year, 4, 0..=9999)
                && number(month, 2, 1..=12)
                && number(day, 2, 1..=31)
        }
        _ => false,
    };
    if right {
        Ok(format!("{date}{}", &rest[date.len() - 4..]))
    } else {
        Err(Error::Query(format!(
            "{date:?} is no date: write 2024, 2024-05 or 2024-05-31"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(date: &str, first: &str, last: &str) {
        assert_eq!(first_day(date).unwrap(), first);
        assert_eq!(last_day(date).unwrap(), last);
    }

    #[test]
    fn a_date_in_part_means_all_its_days() {
        check("2024", "2024-01-01", "2024-12-31");
        check("2024-05", "2024-05-01", "2024-05-31");
        check("2024-05-07", "2024-05-07", "2024-05-07");
    }

    #[test]
    fn other_dates_are_refused() {
        for date in
            ["", "24", "2024-5", "2024-13", "2024-01-32", "yesterday", "2024-01-01-01"]
        {
            let said = first_day(date).unwrap_err().to_string();
            assert!(said.contains("is no date"), "{said}");
        }
    }
}
