//! How many rows to show: the same words for every command.

use std::fmt;
use std::str::FromStr;

/// At most so many; 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit(pub(super) usize);

impl Limit {
    /// No limit.
    pub(super) const ALL: Self = Self(usize::MAX);
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::ALL),
            number => number
                .parse()
                .map(Self)
                .map_err(|_| "a number or `all` is expected".to_owned()),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL { f.write_str("all") } else { self.0.fmt(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_all() {
        assert_eq!("all".parse(), Ok(Limit::ALL));
        assert_eq!("0".parse(), Ok(Limit(0)));
        for wrong in ["-1", "many", "", "1.5"] {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong}");
        }
        assert_eq!(
            (Limit(7).to_string(), Limit::ALL.to_string()),
            ("7".into(), "all".into())
        );
    }
}
