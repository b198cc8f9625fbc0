//! A comparison as a document to read: Markdown, and a web page.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Comparison, Quote, ThemeDifference};
use crate::label::Label;
use crate::output::OWN_MARKDOWN;
use crate::report::Heading;
use crate::report::html::{self, escaped};
use crate::report::interval::Estimate;
use crate::report::words::Keyword;

/// What the intervals are, and what they are not.
pub const ABOUT_INTERVALS: &str = "Intervals hold 95 % and take authors (where none is \
    stated the site, else the article) as the witnesses, not passages. They do not know of \
    passages that were labelled wrongly. A difference is the share of B2B less that of B2C, in \
    percentage points.";

/// What the terms are.
pub const ABOUT_TERMS: &str = "Occurrences for 10,000 words of each side; ×: how many times \
    more often, at least (the lower end of the 95 % interval). Only terms of at least 3 \
    articles, at a false discovery rate of 1 % or less.";

/// What a reader has to know before the figures: that one side is missing, or that nothing
/// sets the two apart.
pub fn warning(comparison: &Comparison) -> Option<String> {
    let counts = comparison.counts;
    for (side, passages) in [(Label::B2b, counts.b2b), (Label::B2c, counts.b2c)] {
        if passages == 0 {
            let side = side.shown();
            return Some(format!(
                "No passage found speaks of {side}: there is nothing to compare with."
            ));
        }
    }
    let clear = comparison.themes.iter().any(|t| t.difference.is_clear());
    (!clear).then(|| {
        format!(
            "No theme sets the sides apart: {} passages of B2B and {} of B2C are too few for \
             the differences seen. Every one of them may be chance, and so may their order.",
            counts.b2b, counts.b2c
        )
    })
}

/// A share of passages as people read it.
fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn range(share: Estimate) -> String {
    format!("{:.0}–{:.0} %", 100.0 * share.low, 100.0 * share.high)
}

/// A difference of shares in percentage points, with its sign.
pub fn points(x: f64) -> String {
    let points = format!("{:+.0}", 100.0 * x);
    if points == "+0" || points == "-0" {
        "0".to_owned()
    } else {
        points.replace('-', "−")
    }
}

/// The names of a side as one line; `None` where there are none.
pub fn names(names: &[Keyword]) -> Option<String> {
    let names: Vec<_> = names.iter().map(|k| k.term.as_str()).collect();
    (!names.is_empty()).then(|| format!("Names: {}", names.join(", ")))
}

/// The themes by how sure their difference is, B2B's first.
pub fn by_difference(themes: &[ThemeDifference]) -> Vec<&ThemeDifference> {
    let mut themes: Vec<_> = themes.iter().filter(|t| t.b2b + t.b2c > 0).collect();
    themes.sort_by(|a, b| b.difference.value.total_cmp(&a.difference.value));
    themes
}

/// How many times more often a term is, at least: for readers, who do not think in
/// logarithms.
pub fn times(keyword: &Keyword) -> String {
    let times = keyword.log_ratio_low.exp2();
    if times < 9.95 { format!("{times:.1}") } else { format!("{times:.0}") }
}

/// The comparison in Markdown.
///
/// # Errors
/// When `out` cannot be written.
pub fn markdown(
    comparison: &Comparison,
    heading: &Heading,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{OWN_MARKDOWN}\n\n# {}\n", plain(&heading.title))?;
    if !heading.note.is_empty() {
        writeln!(out, "{}\n", plain(&heading.note))?;
    }
    if let Some(warning) = warning(comparison) {
        writeln!(out, "**{warning}**\n")?;
    }
    writeln!(out, "| label | passages | share | interval |\n|---|---:|---:|---|")?;
    for label in Label::ALL {
        let share = comparison.shares[label as usize];
        let (n, value) = (comparison.counts.with(label), percent(share.value));
        writeln!(out, "| {} | {n} | {value} | {} |", label.shown(), range(share))?;
    }
    writeln!(out, "\n{}\n", summary(comparison))?;
    writeln!(out, "{ABOUT_INTERVALS}\n")?;
    writeln!(out, "## What each side writes about\n")?;
    writeln!(
        out,
        "| theme | of B2B | of B2C | difference in points |\n|---|---:|---:|---|"
    )?;
    for t in by_difference(&comparison.themes) {
        writeln!(
            out,
            "| {} | {} ({}) | {} ({}) | {} |",
            t.theme,
            percent(t.share_b2b.value),
            t.b2b,
            percent(t.share_b2c.value),
            t.b2c,
            difference_cell(t)
        )?;
    }
    writeln!(out, "\n## Words that set them apart\n\n{ABOUT_TERMS}")?;
    for (side, terms) in super::SIDES.into_iter().zip(&comparison.terms) {
        writeln!(out, "\n### {}\n", side.shown())?;
        if terms.is_empty() {
            writeln!(out, "No term passes.")?;
            continue;
        }
        writeln!(
            out,
            "| term | of {} | of the other | × | articles | authors |\n|---|---:|---:|---:|---:|---:|",
            side.shown()
        )?;
        for t in terms {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                plain(&t.term),
                rate(t.rate),
                rate(t.rate_against),
                times(t),
                t.articles,
                t.authors
            )?;
        }
    }
    writeln!(out)?;
    for (side, list) in super::SIDES.into_iter().zip(&comparison.names) {
        if let Some(names) = names(list) {
            writeln!(out, "{}: {}.\n", side.shown(), plain(&names))?;
        }
    }
    writeln!(out, "## What is said, theme by theme")?;
    for said in &comparison.said {
        writeln!(out, "\n### {}", said.theme)?;
        for (side, quotes) in [(Label::B2b, &said.b2b), (Label::B2c, &said.b2c)] {
            if !quotes.is_empty() {
                writeln!(out, "\n**{}**\n", side.shown())?;
                quotes.iter().try_for_each(|q| markdown_quote(q, out))?;
            }
        }
    }
    for (title, quotes) in [
        ("Where the two are held against each other", &comparison.contrasts),
        ("Where they are called alike", &comparison.samenesses),
    ] {
        if !quotes.is_empty() {
            writeln!(out, "\n## {title}\n")?;
            quotes.iter().try_for_each(|q| markdown_quote(q, out))?;
        }
    }
    Ok(())
}

/// How much was compared, in a sentence.
pub fn summary(comparison: &Comparison) -> String {
    let Comparison { counts, articles, authors, .. } = comparison;
    let mut sentence = format!(
        "{} passages of {articles} articles by {authors} authors or sites",
        counts.passages()
    );
    if counts.contrast > 0 {
        let _ = write!(
            sentence,
            "; {} of the shared are labelled as contrast",
            counts.contrast
        );
    }
    if counts.unsure > 0 {
        let share = counts.unsure as f64 / counts.labelled().max(1) as f64;
        let _ = write!(
            sentence,
            "; {} labels ({}) are unsure",
            counts.unsure,
            percent(share)
        );
    }
    if counts.unlabelled > 0 {
        let _ = write!(sentence, "; {} have no label", counts.unlabelled);
    }
    sentence + "."
}

fn difference_cell(t: &ThemeDifference) -> String {
    let Estimate { value, low, high } = t.difference;
    let who = match (t.difference.is_clear(), value > 0.0) {
        (true, true) => " more in B2B",
        (true, false) => " more in B2C",
        (false, _) => "",
    };
    format!("{} ({} to {}){who}", points(value), points(low), points(high))
}

/// A rate as people read it.
pub fn rate(rate: f64) -> String {
    if rate < 9.95 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}

fn markdown_quote(quote: &Quote, out: &mut dyn Write) -> io::Result<()> {
    for line in quote.text.lines() {
        writeln!(out, "> {}", plain(line))?;
    }
    let mut parts = Vec::new();
    if !quote.title.is_empty() {
        parts.push(format!("*{}*", plain(&quote.title)));
    }
    parts.extend(quote.author.as_deref().map(plain));
    parts.extend(year(quote).map(plain));
    if !quote.section.is_empty() {
        parts.push(format!("under “{}”", plain(&quote.section)));
    }
    parts.push(format!("{} ¶{} `{}`", code(&quote.article), quote.passage, quote.id));
    writeln!(out, ">\n> — {}\n", parts.join(", "))
}

/// Text of others as code in Markdown, which takes everything but its own fence.
fn code(text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// The year of publication.
fn year(quote: &Quote) -> Option<&str> {
    quote.date.as_deref().and_then(|date| date.get(..4))
}

/// Where a quote is from: title, section, author, year, file and id.
pub fn source(quote: &Quote) -> String {
    let mut parts = Vec::new();
    if !quote.title.is_empty() {
        parts.push(format!("“{}”", quote.title));
    }
    parts.extend(quote.author.clone());
    parts.extend(year(quote).map(str::to_owned));
    if !quote.section.is_empty() {
        parts.push(format!("under “{}”", quote.section));
    }
    parts.push(format!("{}, passage {} [{}]", quote.article, quote.passage, quote.id));
    parts.join(", ")
}

/// Text of others as plain text in Markdown: no markup, no HTML, no links, one line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    // `-`, `+` and `1.` begin lists only at a line's start, `#` and `=` make headings there.
    let numbered = out.trim_start_matches(|c: char| c.is_ascii_digit());
    if out.starts_with(['-', '+', '=', '#']) {
        out.insert(0, '\\');
    } else if numbered.len() < out.len() && numbered.starts_with(['.', ')']) {
        out.insert(out.len() - numbered.len(), '\\');
    }
    out
}

/// The comparison as a web page.
///
/// # Errors
/// When `out` cannot be written.
pub fn html(
    comparison: &Comparison,
    heading: &Heading,
    mut out: &mut dyn Write,
) -> io::Result<()> {
    let out = &mut out;
    html::begin(out, heading, "essay")?;
    if let Some(warning) = warning(comparison) {
        writeln!(out, "<p><strong>{}</strong></p>", escaped(&warning))?;
    }
    html::bar(out, &comparison.counts, 600)?;
    write!(out, "<table><thead><tr><th>label</th><th>passages</th><th>share</th>")?;
    writeln!(out, "<th>interval</th></tr></thead><tbody>")?;
    for label in Label::ALL {
        let share = comparison.shares[label as usize];
        write!(out, "<tr><td>")?;
        html::tag(out, label)?;
        writeln!(
            out,
            "</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
            comparison.counts.with(label),
            percent(share.value),
            range(share)
        )?;
    }
    writeln!(out, "</tbody></table>\n<p>{}</p>", escaped(&summary(comparison)))?;
    writeln!(out, "<p class=\"note\">{ABOUT_INTERVALS}</p>")?;
    html_themes(comparison, out)?;
    writeln!(
        out,
        "<h2>Words that set them apart</h2><p class=\"note\">{ABOUT_TERMS}</p>"
    )?;
    writeln!(out, "<div class=\"columns\">")?;
    for (at, side) in super::SIDES.into_iter().enumerate() {
        html_terms(side, &comparison.terms[at], &comparison.names[at], out)?;
    }
    writeln!(out, "</div>\n<h2>What is said, theme by theme</h2>")?;
    for said in &comparison.said {
        writeln!(out, "<h3>{}</h3><div class=\"columns\">", said.theme)?;
        for (side, quotes) in [(Label::B2b, &said.b2b), (Label::B2c, &said.b2c)] {
            write!(out, "<div>")?;
            html::tag(out, side)?;
            quotes.iter().try_for_each(|q| html_quote(q, out))?;
            writeln!(out, "</div>")?;
        }
        writeln!(out, "</div>")?;
    }
    for (title, quotes) in [
        ("Where the two are held against each other", &comparison.contrasts),
        ("Where they are called alike", &comparison.samenesses),
    ] {
        if !quotes.is_empty() {
            writeln!(out, "<h2>{title}</h2>")?;
            quotes.iter().try_for_each(|q| html_quote(q, out))?;
        }
    }
    html::end(out)
}

fn html_themes(comparison: &Comparison, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "<h2>What each side writes about</h2>\n<table><thead><tr><th>theme</th>"
    )?;
    writeln!(
        out,
        "<th>of B2B</th><th>of B2C</th><th></th><th>difference in points</th>"
    )?;
    writeln!(out, "</tr></thead><tbody>")?;
    let themes = by_difference(&comparison.themes);
    let widest = themes
        .iter()
        .flat_map(|t| [t.share_b2b.high, t.share_b2c.high])
        .fold(0.01, f64::max);
    for t in themes {
        let cell =
            |n: usize, share: Estimate| format!("{} ({n})", percent(share.value));
        write!(
            out,
            "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>",
            t.theme,
            cell(t.b2b, t.share_b2b),
            cell(t.b2c, t.share_b2c)
        )?;
        html_pair(t, widest, out)?;
        writeln!(out, "</td><td>{}</td></tr>", difference_cell(t))?;
    }
    writeln!(out, "</tbody></table>")
}

/// The shares of a theme as two bars, with their intervals.
fn html_pair(t: &ThemeDifference, widest: f64, out: &mut impl Write) -> io::Result<()> {
    let x = |share: f64| share / widest * 240.0;
    write!(out, "<svg width=\"242\" height=\"22\" role=\"img\">")?;
    for (y, class, share) in [(0, "b2b", t.share_b2b), (11, "b2c", t.share_b2c)] {
        write!(
            out,
            "<rect class=\"{class}\" y=\"{y}\" width=\"{:.1}\" height=\"10\"/>\
             <line class=\"interval\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>",
            x(share.value),
            x(share.low),
            x(share.high),
            class = class,
            y = y,
            middle = y + 5
        )?;
    }
    write!(out, "</svg>")
}

fn html_terms(
    side: Label,
    terms: &[Keyword],
    list: &[Keyword],
    out: &mut impl Write,
) -> io::Result<()> {
    write!(out, "<div>")?;
    html::tag(out, side)?;
    if terms.is_empty() {
        return writeln!(out, "<p>No term passes.</p></div>");
    }
    write!(out, "<table><thead><tr><th>term</th><th>of {}</th>", side.shown())?;
    writeln!(
        out,
        "<th>of the other</th><th>×</th><th>articles</th></tr></thead><tbody>"
    )?;
    for t in terms {
        writeln!(
            out,
            "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            escaped(&t.term),
            rate(t.rate),
            rate(t.rate_against),
            times(t),
            t.articles
        )?;
    }
    write!(out, "</tbody></table>")?;
    if let Some(names) = names(list) {
        write!(out, "<p>{}</p>", escaped(&names))?;
    }
    writeln!(out, "</div>")
}

fn html_quote(quote: &Quote, out: &mut impl Write) -> io::Result<()> {
    let class = quote.label.map_or("shared", Label::as_str);
    write!(
        out,
        "<figure class=\"{class}\"><blockquote>{}</blockquote><figcaption>{}",
        escaped(&quote.text),
        escaped(&source(quote))
    )?;
    if let Some(url) = &quote.url {
        write!(out, " · ")?;
        html::link(out, url)?;
    }
    writeln!(out, "</figcaption></figure>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_is_plain_in_markdown() {
        for (text, expected) in [
            ("a *b* [c](d)", "a \\*b\\* \\[c\\](d)"),
            ("<script>", "\\<script\\>"),
            ("- item", "\\- item"),
            ("12. item", "12\\. item"),
            ("3.5 times", "3\\.5 times"),
            ("# not a heading", "\\# not a heading"),
            ("a | b", "a \\| b"),
            ("one\ntwo", "one two"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn code_takes_any_text() {
        assert_eq!(code("a_b*.md"), "`a_b*.md`");
        assert_eq!(code("a``b"), "``` a``b ```");
    }

    #[test]
    fn differences_have_their_sign() {
        assert_eq!(points(0.123), "+12");
        assert_eq!(points(-0.05), "−5");
        assert_eq!(points(-0.001), "0");
    }
}
