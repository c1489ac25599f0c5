//! Who signs in, and from where.

use std::net::IpAddr;

/// The source address of a request, if known.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::sign_in::{Address, Network};
///
/// let address: Address = Some("192.0.2.1".parse().unwrap());
/// assert_ne!(Network::of(address), Network::of(None));
/// ```
pub type Address = Option<IpAddr>;

/// The network of a source address: what is throttled, and takes turns, as one.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::sign_in::Network;
///
/// let network = |text: &str| Network::of(Some(text.parse().unwrap()));
/// assert_eq!(network("2001:db8::1"), network("2001:db8::ffff"));
/// assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
/// assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
/// assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(Option<IpAddr>);

/// A username that someone tries, and the network they try it from.
///
/// The name is a number that no other name has, in all likelihood, and that depends on
/// the process: what is kept of a name has one size, and does not say which it was.
///
/// # Example
///
/// ```
/// use apikey_domain::{identity::sign_in::SignInGuard, testing::FixedSecrets};
///
/// let guard = SignInGuard::new(&FixedSecrets::default()).unwrap();
/// let address = Some("192.0.2.1".parse().unwrap());
/// assert_eq!(guard.pair("alice", address), guard.pair("alice", address));
/// assert_ne!(guard.pair("alice", address), guard.pair("bob", address));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    name: u64,
    network: Network,
}

/// For whom a password is hashed. Where several wait, parties take turns.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::sign_in::{Network, Party};
///
/// assert_ne!(Party::SERVICE, Party::Stranger(Network::of(None)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// Someone who showed that they are a user: who signed in from this network before,
    /// or makes a request with valid credentials. The number stands for their name.
    Known(u64),
    /// Anyone else from this network, and from those that usually belong to the same
    /// client.
    Stranger(Network),
}

// === impl Network ===

impl Network {
    /// That of whoever comes from nowhere that is known.
    pub const UNKNOWN: Self = Self(None);

    /// Returns the network of an address: an IPv4 address alone, and the first 64 bits
    /// of an IPv6 address, which its client usually controls as a whole.
    pub fn of(address: Address) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
            address => address,
        }))
    }

    /// Returns the first 48 bits of an IPv6 network: a line of a home or of a site often
    /// has hundreds of networks. An IPv4 address stays as it is.
    fn site(self) -> Self {
        Self(self.0.map(|address| match address {
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 80 << 80).into()),
            address => address,
        }))
    }
}

// === impl Pair ===

impl Pair {
    pub(super) fn new(name: u64, address: Address) -> Self {
        let network = Network::of(address);
        Self { name, network }
    }

    pub(super) fn network(self) -> Network {
        self.network
    }

    /// Returns the party of someone with this name who is known.
    pub(crate) fn known(self) -> Party {
        Party::Known(self.name)
    }

    /// Returns the party of someone who may be anyone.
    pub(super) fn stranger(self) -> Party {
        Party::Stranger(self.network.site())
    }
}

// === impl Party ===

impl Party {
    /// The service itself, and whoever operates it.
    pub const SERVICE: Self = Self::Known(0);
}
