//! Dates as articles write them, to ISO 8601 days.

/// The day that a text states: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`, as much as is certain.
///
/// Of `03/04/2021` only the year is certain, since one does not know whose order it is.
pub(super) fn date(text: &str) -> Option<String> {
    let mut numbers: Vec<(u32, usize)> = Vec::new();
    let mut month = None;
    // What follows a time of day no longer belongs to the date.
    let text = text.trim();
    for part in
        text.split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty()).take(8)
    {
        let digits =
            part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        if number.is_empty() {
            month = month.or_else(|| month_by_name(rest));
            continue;
        }
        let value = number.parse().ok()?;
        if digits == 8 && rest.is_empty() && numbers.is_empty() {
            return day(value / 10_000, value / 100 % 100, value % 100);
        }
        numbers.push((value, digits));
        // `2021-03-05T10:00` and `2021-03-05 10:00`: the day ends with the third number.
        let time = rest.len() > 1 && rest.starts_with('T');
        if numbers.len() == 3 || time {
            break;
        }
    }
    let year = |n: u32| (1900..=2200).contains(&n);
    match (numbers.as_slice(), month) {
        ([(y, 4), (m, _), (d, _), ..], None) if year(*y) => day(*y, *m, *d),
        ([(y, 4), (m, 1..=2)], None) if year(*y) => month_of(*y, *m),
        ([(y, 4), (d, 1..=2), ..], Some(m)) if year(*y) => day(*y, m, *d),
        ([(y, 4), ..], Some(m)) if year(*y) => month_of(*y, m),
        ([(d, 1..=2), (y, 4), ..], Some(m)) if year(*y) => day(*y, m, *d),
        ([(first, 1..=2), (second, 1..=2), (y, 4), ..], None) if year(*y) => {
            if *first > 12 || first == second {
                day(*y, *second, *first)
            } else if *second > 12 {
                day(*y, *first, *second)
            } else {
                Some(y.to_string())
            }
        }
        ([(y, 4)], None) if year(*y) => Some(y.to_string()),
        _ => None,
    }
}

fn day(year: u32, month: u32, day: u32) -> Option<String> {
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && year >= 1900;
    valid.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn month_of(year: u32, month: u32) -> Option<String> {
    (1..=12).contains(&month).then(|| format!("{year:04}-{month:02}"))
}

fn month_by_name(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    if word.len() < 3 || !word.is_ascii() {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let found = MONTHS.iter().position(|month| {
        *month == word
            || month[..3] == word
            || (word == "sept" && *month == "september")
    })?;
    u32::try_from(found + 1).ok()
}

/// The day at the start of a file's name, `2021-03-05-title.md`, and what follows it.
pub(super) fn in_file_name(stem: &str) -> Option<(String, &str)> {
    let (head, rest) = stem.split_at_checked(10)?;
    let mut parts = head.splitn(3, ['-', '_', '.']);
    let mut number = |digits: usize| {
        let part = parts.next()?;
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (y, m, d) = (number(4)?, number(2)?, number(2)?);
    let date = day(y, m, d)?;
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((date, rest.trim_start_matches(['-', '_', ' ', '.'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(date(text).unwrap_or_default(), expected, "{text:?}");
    }

    #[test]
    fn dates_as_articles_write_them() {
        check("2021-03-05", "2021-03-05");
        check("2012-07-21 17:36", "2012-07-21");
        check("2022-06-07T15:29:17.543690+00:00", "2022-06-07");
        check("2023-4-6", "2023-04-06");
        check("2021/08/17", "2021-08-17");
        check("20210817", "2021-08-17");
        check("August 17, 2021", "2021-08-17");
        check("Aug 17th, 2021 · 12 min read", "2021-08-17");
        check("17 August 2021", "2021-08-17");
        check("Tue, 17 Aug 2021 10:04:00 +0200", "2021-08-17");
        check("Posted on Sept. 3, 2019", "2019-09-03");
        check("17.08.2021", "2021-08-17");
        check("08/17/2021", "2021-08-17");
        check("August 2021", "2021-08");
        check("2021-08", "2021-08");
        check("2021", "2021");
    }

    #[test]
    fn what_is_not_certain_is_not_said() {
        check("03/04/2021", "2021");
        check("today", "");
        check("true", "");
        check("", "");
        check("2021-13-45", "");
        check("version 12", "");
    }

    #[test]
    fn a_day_in_front_of_a_file_name() {
        let found = in_file_name("2021-03-05-why-price");
        assert_eq!(found, Some(("2021-03-05".to_owned(), "why-price")));
        assert_eq!(in_file_name("2021-03-05"), Some(("2021-03-05".to_owned(), "")));
        assert_eq!(in_file_name("2021-03-0512"), None);
        assert_eq!(in_file_name("prices-2021"), None);
    }
}
