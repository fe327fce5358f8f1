//! Places of which there are so many, and for one address fewer; a place is given back when it is dropped.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A number of places.
pub(super) struct Places {
    most: usize,
    most_of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// All places are taken.
    ForAll,
    /// The address has all that it may have.
    ForThisAddress,
}

impl Full {
    /// Returns a word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ForAll => "all",
            Self::ForThisAddress => "address",
        }
    }
}

/// A place that is taken, or several at once.
pub(crate) struct Place {
    of: Arc<Places>,
    address: Option<IpAddr>,
    number: usize,
}

impl Places {
    pub(super) fn new(most: usize, most_of_one: usize) -> Self {
        Self {
            most,
            most_of_one,
            taken: Mutex::default(),
        }
    }

    /// Takes a place for an address; without one only for all.
    pub(super) fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Place, Full> {
        let mut taken = self.taken();
        self.room(&taken, address)?;
        Ok(self.give(&mut taken, address, 1))
    }

    /// Takes places for what is already there, whether or not so many are left.
    pub(super) fn put(self: &Arc<Self>, address: Option<IpAddr>, number: usize) -> Place {
        self.give(&mut self.taken(), address, number)
    }

    /// Says whether a place is left for an address.
    pub(super) fn is_free(&self, address: Option<IpAddr>) -> Result<(), Full> {
        self.room(&self.taken(), address)
    }

    fn room(&self, taken: &Taken, address: Option<IpAddr>) -> Result<(), Full> {
        let own = address.and_then(|address| taken.by_address.get(&household(address)));
        if taken.all >= self.most {
            Err(Full::ForAll)
        } else if own.is_some_and(|own| *own >= self.most_of_one) {
            Err(Full::ForThisAddress)
        } else {
            Ok(())
        }
    }

    fn give(self: &Arc<Self>, taken: &mut Taken, address: Option<IpAddr>, number: usize) -> Place {
        let address = address.map(household);
        taken.all += number;
        if let Some(address) = address {
            *taken.by_address.entry(address).or_default() += number;
        }
        Place {
            of: Arc::clone(self),
            address,
            number,
        }
    }

    /// Returns how many are taken.
    pub(super) fn number(&self) -> usize {
        self.taken().all
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Numbers are whole even if somebody panicked beside them.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.of.taken();
        taken.all -= self.number;
        if let Some(address) = self.address
            && let Some(own) = taken.by_address.get_mut(&address)
        {
            *own -= self.number;
            if *own == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

/// Returns the address that stands for a client: of IPv6 it has a whole network, so the first 64 bits.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        IpAddr::V4(address) => IpAddr::V4(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[&str], expected: &[Result<(), Full>]) {
        let places = Arc::new(Places::new(3, 2));
        let taken = addresses.iter().map(|address| {
            let address = address.parse().expect("an address");
            places.take(Some(address))
        });
        let taken: Vec<_> = taken.collect();
        let outcome: Vec<_> = taken
            .iter()
            .map(|one| one.as_ref().map(|_| ()).map_err(|full| *full))
            .collect();
        assert_eq!(outcome, expected, "{addresses:?}");
        drop(taken);
        assert_eq!(places.taken().all, 0);
        assert!(places.taken().by_address.is_empty());
    }

    #[test]
    fn nobody_gets_more_than_there_is() {
        const ONE: Result<(), Full> = Err(Full::ForThisAddress);
        const ALL: Result<(), Full> = Err(Full::ForAll);
        check(&["10.0.0.1"; 3], &[Ok(()), Ok(()), ONE]);
        check(
            &["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1"],
            &[Ok(()), Ok(()), ONE],
        );
        check(
            &["2001:db8::1", "2001:db8::2", "2001:db8::3"],
            &[Ok(()), Ok(()), ONE],
        );
        check(
            &["2001:db8:0:1::1", "2001:db8:0:2::1", "10.0.0.1", "10.0.0.2"],
            &[Ok(()), Ok(()), Ok(()), ALL],
        );
    }
}
