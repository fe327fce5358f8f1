//! Which refused credentials are written down: who shows wrong ones on and on must not fill the audit log.

use std::time::Duration;

use super::counter::Counter;

/// How long refusals are counted.
const WINDOW: Duration = Duration::from_mins(1);
/// How many of one address are each written down in that time; then the tenth, the hundredth and so on, each for those
/// since the one before.
const EACH_UP_TO: u64 = 5;
/// How many are written down in that time of all addresses together.
const ALTOGETHER: u64 = 300;
/// Stands for all addresses.
const ALL: &str = "";

/// Counts refused credentials, of this server alone.
pub(crate) struct Refusals(Counter);

impl Default for Refusals {
    fn default() -> Self {
        Self(Counter::over(WINDOW))
    }
}

impl Refusals {
    /// Counts one more refusal to an address; when it is to be written down, says for how many it stands.
    pub(crate) fn one_more(&self, address: &str) -> Option<u64> {
        let number = self.0.one_more(format!("at {address}")).number;
        let times = stands_for(number)?;
        let noted = self.0.one_more(ALL.to_owned()).number;
        (noted <= ALTOGETHER).then_some(times)
    }
}

fn stands_for(number: u64) -> Option<u64> {
    let power = 10_u64.pow(number.ilog10());
    match number {
        1..=EACH_UP_TO => Some(1),
        10 => Some(10 - EACH_UP_TO),
        _ => (number == power).then_some(power / 10 * 9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(refusals: &Refusals, address: &str, times: u64) -> Vec<u64> {
        (0..times)
            .filter_map(|_| refusals.one_more(address))
            .collect()
    }

    #[test]
    fn a_flood_leaves_few_events_and_others_are_still_written_down() {
        let refusals = Refusals::default();
        let of_one = noted(&refusals, "10.0.0.1", 12_345);
        assert_eq!(of_one, [1, 1, 1, 1, 1, 5, 90, 900, 9_000]);
        assert_eq!(of_one.iter().sum::<u64>(), 10_000);
        assert_eq!(noted(&refusals, "10.0.0.2", 2), [1, 1]);
    }

    #[test]
    fn many_addresses_have_a_limit_in_common() {
        let refusals = Refusals::default();
        let of_each = (0..1_000).map(|n| noted(&refusals, &format!("10.0.{n}"), 1).len());
        assert_eq!(of_each.sum::<usize>() as u64, ALTOGETHER);
    }
}
