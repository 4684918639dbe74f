//! Numbers formatted for people.

use std::fmt;

/// A count that prints with a comma between each three digits: `1,234,567`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u64);

impl Count {
    /// A number of things in memory.
    pub(crate) fn of(number: usize) -> Self {
        Self(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad(&text)
    }
}

/// The number of records in a registry; prints as `1 pool, 2 groups, 1,200 users, 3 devices`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Holdings {
    pub(crate) pools: u64,
    pub(crate) groups: u64,
    pub(crate) users: u64,
    pub(crate) devices: u64,
}

impl fmt::Display for Holdings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (number, thing)) in [
            (self.pools, "pool"),
            (self.groups, "group"),
            (self.users, "user"),
            (self.devices, "device"),
        ]
        .into_iter()
        .enumerate()
        {
            let comma = if index > 0 { ", " } else { "" };
            let plural = if number == 1 { "" } else { "s" };
            write!(f, "{comma}{} {thing}{plural}", Count(number))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_stand_together() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345, "12,345"),
            (123_456, "123,456"),
            (1_000_000, "1,000,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(Count(number).to_string(), text);
        }
        assert_eq!(format!("{:>7}", Count(1_234)), "  1,234");
    }

    #[test]
    fn one_thing_is_singular() {
        let text = |pools, groups, users, devices| {
            Holdings {
                pools,
                groups,
                users,
                devices,
            }
            .to_string()
        };
        assert_eq!(text(1, 1, 1, 1), "1 pool, 1 group, 1 user, 1 device");
        assert_eq!(
            text(2, 3, 0, 12_000),
            "2 pools, 3 groups, 0 users, 12,000 devices"
        );
    }
}
