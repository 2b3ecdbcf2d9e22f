//! The verdict: is there a chain from this certificate to one that's trusted, and does all of it hold?
//!
//! **Building.** From the certificate upwards, each one whose subject is the issuer's name is tried as its issuer:
//! trusted ones first, then those whose key identifier fits, then those whose time it is. A step is taken if the
//! signature is right and the candidate may issue certificates at all. Cross-signed certificates give several
//! ways up; all are tried until one holds. No certificate, and no name with the same key, is in a chain twice, so loops
//! end.
//!
//! **Checking.** A way that has arrived at a trusted certificate is checked as a whole (`path.rs`): path lengths,
//! usages, name constraints, certificate policies, revocation.
//!
//! **Budget.** Steps, signatures and comparisons are counted over the whole verification, so no pool of
//! certificates, however it's made, costs more than [`Budget`] says.
//!
//! **The reason.** Where no way holds, the error is the one that tells most: of a way that arrived before one that
//! didn't, of an expired authority before an unknown one.
//!
//! Sources: RFC 5280, section 6.1; RFC 4158 (building).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::certificate::{Certificate, refused};
use super::crl::Revocation;
use super::distinguished::shortened;
use super::name::Name;
use super::policy::{Budget, Policy};
use super::purpose::Purpose;
use super::store::TrustStore;
use super::{Error, Reason, Result, Time, path};
use crate::key::PublicKey;

/// Verifies certificates.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use oneway::trust::{Certificate, Policy, Purpose, TrustStore, Verifier};
///
/// fn is_it_really(host: &str, sent: &[Certificate], roots: &TrustStore) -> oneway::trust::Result<()> {
///     let (leaf, intermediates) = sent.split_first().expect("a server sends its own certificate first");
///     let chain = Verifier::new(roots)
///         .purpose(Purpose::server(host)?)
///         .policy(Policy::web())
///         .intermediates(intermediates)
///         .verify(leaf)?;
///     println!("{} vouches for {host}", chain.root().subject());
///     Ok(())
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Verifier<'a> {
    store: &'a TrustStore,
    intermediates: &'a [Certificate],
    time: Option<Time>,
    purpose: Purpose,
    policy: Policy,
    revocation: Option<Revocation<'a>>,
}

/// A chain that holds: from the certificate that was verified to a trusted one.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    path: Vec<&'a Certificate>,
    key: PublicKey,
}

impl<'a> Chain<'a> {
    /// The certificates, leaf first, each issued by the next; the last is the trusted one. (They may be one and the
    /// same.)
    pub fn path(&self) -> &[&'a Certificate] {
        &self.path
    }

    /// The certificate that was verified.
    pub fn leaf(&self) -> &'a Certificate {
        self.path[0]
    }

    /// The trusted one that vouches for it.
    pub fn root(&self) -> &'a Certificate {
        self.path[self.path.len() - 1]
    }

    /// The public key that the chain vouches for.
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The names that the chain vouches for: the leaf's alternative names that are domain names (maybe starting with
    /// `*.`), addresses and mail addresses.
    pub fn names(&self) -> impl Iterator<Item = Name> {
        self.leaf().alternative_names().iter().filter_map(Name::of)
    }
}

impl<'a> Verifier<'a> {
    /// One that trusts these, now, for any purpose, by [`Policy::rfc5280`], without a look at revocation.
    pub fn new(store: &'a TrustStore) -> Self {
        Self {
            store,
            intermediates: &[],
            time: None,
            purpose: Purpose::any(),
            policy: Policy::rfc5280(),
            revocation: None,
        }
    }

    /// Asks about this time instead of now: a [`Time`], a `SystemTime`, or the `DateTime` of the crate `der`.
    #[must_use]
    pub fn at(self, time: impl Into<Time>) -> Self {
        Self { time: Some(time.into()), ..self }
    }

    /// What the certificate is wanted for.
    #[must_use]
    pub fn purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    /// What a chain has to live up to.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Certificates that may be between the one that's verified and a trusted one, in any order. They aren't
    /// trusted, and may be of anybody's making.
    #[must_use]
    pub fn intermediates(self, pool: &'a [Certificate]) -> Self {
        Self { intermediates: pool, ..self }
    }

    /// Looks at revocation too.
    #[must_use]
    pub fn revocation(self, revocation: Revocation<'a>) -> Self {
        Self { revocation: Some(revocation), ..self }
    }

    /// Finds a chain from this certificate to a trusted one that holds.
    ///
    /// # Errors
    /// [`Error::Refused`], with the certificate and the reason; [`Error::NoTime`] where there's no clock and
    /// [`at`](Self::at) wasn't called.
    pub fn verify(&self, leaf: &'a Certificate) -> Result<Chain<'a>> {
        let time = self.time()?;
        // What's wrong with the certificate itself needs no chain to be seen.
        let mut keys = Keys::default();
        path::check_leaf(leaf, &mut keys, &self.purpose, &self.policy, time)
            .map_err(|reason| refused(0, leaf, reason))?;
        let mut search = Search {
            verifier: self,
            time,
            work: Work::new(self.policy.budget),
            keys,
            signatures: BTreeMap::new(),
            issuers: BTreeMap::new(),
            worst: None,
            path: alloc::vec![leaf],
        };
        if search.climb()? {
            let key = search.keys.of(leaf).map_err(|reason| refused(0, leaf, reason))?.clone();
            return Ok(Chain { path: search.path, key });
        }
        Err(search.verdict(leaf))
    }

    fn time(&self) -> Result<Time> {
        self.time.map_or_else(Time::clock, Ok)
    }
}

/// The work that's left.
pub(super) struct Work {
    limit: Budget,
    left: Budget,
}

impl Work {
    pub(super) fn new(limit: Budget) -> Self {
        Self { limit, left: limit }
    }

    pub(super) fn compare(&mut self, count: usize) -> Result<(), Reason> {
        spend(&mut self.left.comparisons, count, "comparisons", self.limit.comparisons)
    }

    pub(super) fn sign(&mut self) -> Result<(), Reason> {
        spend(&mut self.left.signatures, 1, "signatures", self.limit.signatures)
    }

    fn step(&mut self) -> Result<(), Reason> {
        spend(&mut self.left.steps, 1, "steps towards an issuer", self.limit.steps)
    }
}

fn spend(left: &mut usize, count: usize, of: &'static str, limit: usize) -> Result<(), Reason> {
    *left = left.checked_sub(count).ok_or(Reason::Budget { of, limit })?;
    Ok(())
}

/// The public keys of certificates, by their addresses: each is read once, which for RSA takes as long as a few
/// signatures.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<*const Certificate, Result<PublicKey, Reason>>);

impl Keys {
    pub(super) fn of(&mut self, certificate: &Certificate) -> Result<&PublicKey, Reason> {
        let read = || certificate.public_key().map_err(Reason::key);
        self.0.entry(core::ptr::from_ref(certificate)).or_insert_with(read).as_ref().map_err(Clone::clone)
    }
}

/// A search for a chain.
struct Search<'a, 'v> {
    verifier: &'v Verifier<'a>,
    time: Time,
    work: Work,
    keys: Keys,
    /// Whether a certificate's key made another's signature, by their addresses.
    signatures: BTreeMap<(*const Certificate, *const Certificate), Result<(), Reason>>,
    /// Whether a certificate may issue others, by its address.
    issuers: BTreeMap<*const Certificate, Result<(), Reason>>,
    /// The failure that tells most so far, and how much it does.
    worst: Option<(u8, Error)>,
    path: Vec<&'a Certificate>,
}

impl<'a> Search<'a, '_> {
    /// Goes up from the last certificate of the path. Whether it got to a trusted one; then the path is the chain.
    fn climb(&mut self) -> Result<bool> {
        let position = self.path.len() - 1;
        let last = self.path[position];
        if self.verifier.store.contains(last) {
            match self.check_path() {
                Ok(()) => return Ok(true),
                Err(error) => self.note(error, true)?,
            }
        }
        for candidate in self.candidates(last) {
            if let Err(reason) = self.work.step() {
                return Err(refused(position, last, reason));
            }
            if self.path.iter().any(|in_path| is_same_issuer(in_path, candidate)) {
                continue;
            }
            if let Err(reason) = self.check_signature(last, candidate) {
                let error = match reason {
                    Reason::Key(_) | Reason::WeakKey { .. } => refused(position + 1, candidate, reason),
                    _ => refused(position, last, reason),
                };
                self.note(error, false)?;
                continue;
            }
            let trusted = self.verifier.store.contains(candidate);
            let checked = self.check_issuer(candidate, trusted);
            let checked = checked.map_err(|reason| refused(position + 1, candidate, reason));
            let policy = &self.verifier.policy;
            let checked = checked.and_then(|()| path::check_length(&self.path, candidate, trusted, policy));
            if let Err(error) = checked {
                self.note(error, trusted)?;
                continue;
            }
            self.path.push(candidate);
            if self.climb()? {
                return Ok(true);
            }
            self.path.pop();
        }
        Ok(false)
    }

    /// All that may have issued a certificate, most likely ones first.
    fn candidates(&self, of: &'a Certificate) -> Vec<&'a Certificate> {
        let store = self.verifier.store;
        let pool = self.verifier.intermediates.iter().filter(|candidate| candidate.subject() == of.issuer());
        let pool = pool.filter(|candidate| !store.contains(candidate));
        let mut all: Vec<&'a Certificate> = store.named(of.issuer()).collect();
        let trusted = all.len();
        all.extend(pool);
        let wanted = of.extensions.issuer_key_id();
        let rank = |candidate: &&Certificate| {
            let fits = match (wanted, candidate.extensions.key_id()) {
                (Some(wanted), Some(found)) if wanted == found => 0,
                (Some(_), Some(_)) => 2,
                _ => 1,
            };
            (fits, path::check_time(candidate, self.time).is_err())
        };
        all[..trusted].sort_by_cached_key(rank);
        all[trusted..].sort_by_cached_key(rank);
        all
    }

    fn check_signature(&mut self, of: &'a Certificate, by: &'a Certificate) -> Result<(), Reason> {
        let pair = (core::ptr::from_ref(of), core::ptr::from_ref(by));
        if let Some(known) = self.signatures.get(&pair) {
            return known.clone();
        }
        self.work.sign()?;
        // A key that can't be used is the issuer's fault, and is said when the issuer is checked.
        let result = self.keys.of(by).and_then(|key| of.check_signature(key));
        self.signatures.insert(pair, result.clone());
        result
    }

    fn check_issuer(&mut self, candidate: &'a Certificate, trusted: bool) -> Result<(), Reason> {
        let Verifier { purpose, policy, .. } = self.verifier;
        let check = || path::check_issuer(candidate, trusted, &mut self.keys, purpose, policy, self.time);
        self.issuers.entry(core::ptr::from_ref(candidate)).or_insert_with(check).clone()
    }

    /// Checks a path that has got to a trusted certificate.
    fn check_path(&mut self) -> Result<()> {
        let Verifier { policy, revocation, .. } = self.verifier;
        path::check(&self.path, policy, &mut self.work)?;
        if let Some(revocation) = revocation {
            revocation.check(&self.path, self.time, policy, &mut self.work)?;
        }
        Ok(())
    }

    /// Keeps a failure if it tells more than the ones before. A budget that's spent ends the search.
    fn note(&mut self, error: Error, arrived: bool) -> Result<()> {
        let Error::Refused { reason, .. } = &error else { return Err(error) };
        if matches!(reason, Reason::Budget { .. }) {
            return Err(error);
        }
        let weight = reason.weight() + if arrived { 10 } else { 0 };
        if self.worst.as_ref().is_none_or(|(known, _)| *known < weight) {
            self.worst = Some((weight, error));
        }
        Ok(())
    }

    /// Why there's no chain.
    fn verdict(self, leaf: &Certificate) -> Error {
        if let Some((weight, error)) = self.worst
            && weight > SIGNATURE_WEIGHT
        {
            return error;
        }
        // How far up does it go, over signatures that are right?
        let mut path: Vec<&Certificate> = alloc::vec![leaf];
        loop {
            let last = path[path.len() - 1];
            let known = |candidate: &&Certificate| {
                let pair = (core::ptr::from_ref(last), core::ptr::from_ref(*candidate));
                self.signatures.get(&pair).is_some_and(Result::is_ok)
                    && !path.iter().any(|in_path| is_same_issuer(in_path, candidate))
            };
            match self.verifier.intermediates.iter().find(known) {
                Some(next) => path.push(next),
                None => break,
            }
        }
        let (position, last) = (path.len() - 1, path[path.len() - 1]);
        let mut named = self.verifier.store.named(last.issuer()).chain(
            self.verifier.intermediates.iter().filter(|candidate| candidate.subject() == last.issuer()),
        );
        let reason = if last.is_self_signed() {
            Reason::SelfSigned
        } else if named.any(|candidate| !path.iter().any(|in_path| is_same_issuer(in_path, candidate))) {
            Reason::Signature
        } else {
            Reason::UnknownIssuer {
                issuer: shortened(last.issuer()),
                intermediate_missing: !path.iter().any(|in_path| in_path.subject() == last.issuer()),
            }
        };
        refused(position, last, reason)
    }
}

/// The weight of [`Reason::Signature`]: what weighs no more says only that a certificate wasn't the issuer.
const SIGNATURE_WEIGHT: u8 = 3;

/// Whether two certificates are one, or of one authority and its one key.
fn is_same_issuer(a: &Certificate, b: &Certificate) -> bool {
    core::ptr::eq(a, b) || (a.subject() == b.subject() && a.public_key_der() == b.public_key_der())
}
