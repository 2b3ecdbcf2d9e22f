//! The verdict: is there a chain from this certificate to one that's trusted, and does all of it hold?
//!
//! **Building.** From the certificate upwards, each one whose subject is the issuer's name is tried as its issuer:
//! trusted ones first, then those whose key identifier fits, then those whose time it is, then those from which a trusted
//! name is the fewest steps away. A step is taken if the signature is right and the candidate may issue certificates at
//! all. Cross-signed certificates give several ways up; all are tried until one holds. No certificate, and no name with
//! the same key, is in a chain twice, so loops end. (The trusted one may have the name and the key of one below it.)
//!
//! **Checking.** A way that has arrived at a trusted certificate is checked as a whole (`path.rs`): path lengths,
//! usages, name constraints, certificate policies, revocation.
//!
//! **Budget.** Steps, signatures and comparisons are counted over the whole verification, a slow signature as several,
//! and whatever is known of a certificate is found out once. So no pool of certificates, however it's made, costs more
//! than reading it and what [`Budget`] says.
//!
//! **The reason.** Where no way holds, the error is the one that tells most: of a way that arrived before one that
//! didn't, of an expired authority before an unknown one.
//!
//! Sources: RFC 5280, section 6.1; RFC 4158 (building).

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::certificate::{Certificate, refused};
use super::constraints::{Constraints, Names};
use super::distinguished::shortened;
use super::name::Name;
use super::path::Fault;
use super::policy::{Budget, Policy};
use super::purpose::Purpose;
use super::revocation::{self, Lists, Revocation};
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
///     let chain = Verifier::new(roots, Purpose::server(host)?)
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
        self.leaf().alternative_names().filter_map(|name| Name::of(&name))
    }
}

impl<'a> Verifier<'a> {
    /// One that trusts these, now, by [`Policy::private`], without a look at revocation. What the certificate is wanted
    /// for, and for whom, has to be said: a chain that holds proves nothing about who's at the other end unless the
    /// certificate's names are compared. ([`Purpose::any`] is for those who do that themselves.)
    pub fn new(store: &'a TrustStore, purpose: Purpose) -> Self {
        Self { store, intermediates: &[], time: None, purpose, policy: Policy::default(), revocation: None }
    }

    /// Asks about this time instead of now: a [`Time`], a `SystemTime`, or the `DateTime` of the crate `der`.
    #[must_use]
    pub fn at(self, time: impl Into<Time>) -> Self {
        Self { time: Some(time.into()), ..self }
    }

    /// The same for another purpose.
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
        let mut search = Search::new(self, time);
        // What's wrong with the certificate itself needs no chain to be seen.
        path::check_leaf(leaf, &mut search.facts, &self.purpose, &self.policy, time)
            .map_err(|reason| refused(0, leaf, reason))?;
        let mut way = Way { goal: Goal::Wanted, path: alloc::vec![leaf], worst: None };
        if search.climb(&mut way)? {
            let key = search.facts.key(leaf).map_err(|reason| refused(0, leaf, reason))?.clone();
            return Ok(Chain { path: way.path, key });
        }
        Err(search.verdict(way, leaf))
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

    /// A signature by this key, of so many bytes.
    pub(super) fn sign(&mut self, key: &PublicKey, len: usize) -> Result<(), Reason> {
        // Hashing 64 KiB takes about as long as a usual signature.
        self.signatures(products(key) + len / (1 << 16))
    }

    fn signatures(&mut self, count: usize) -> Result<(), Reason> {
        spend(&mut self.left.signatures, count, "signatures", self.limit.signatures)
    }

    fn step(&mut self) -> Result<(), Reason> {
        spend(&mut self.left.steps, 1, "steps towards an issuer", self.limit.steps)
    }
}

/// What a signature by a key costs, with one by RSA of 4096 bits and e = 65537, or one on a curve, as the unit. RSA takes
/// as many products as its exponent has bits and ones, 17 for 65537, each in the square of the modulus's size.
fn products(key: &PublicKey) -> usize {
    let PublicKey::Rsa(key) = key else { return 1 };
    let products = u64::from(key.exponent().ilog2() + key.exponent().count_ones() - 1);
    let bits = key.modulus_bits() as u64;
    (bits * bits * products).div_ceil(4096 * 4096 * 17).max(1) as usize
}

fn spend(left: &mut usize, count: usize, of: &'static str, limit: usize) -> Result<(), Reason> {
    *left = left.checked_sub(count).ok_or(Reason::Budget { of, limit })?;
    Ok(())
}

/// What's known of certificates, found out once: by their addresses, and keys by their bytes, as many certificates may
/// have the same.
#[derive(Default)]
pub(super) struct Facts<'a> {
    keys: BTreeMap<&'a [u8], Result<PublicKey, Reason>>,
    names: BTreeMap<*const Certificate, Rc<Names<'a>>>,
    constraints: BTreeMap<*const Certificate, Result<Option<Rc<Constraints<'a>>>, Reason>>,
}

impl<'a> Facts<'a> {
    /// The public key.
    pub(super) fn key(&mut self, of: &'a Certificate) -> Result<&PublicKey, Reason> {
        let read = || of.public_key().map_err(Reason::key);
        self.keys.entry(of.public_key_der()).or_insert_with(read).as_ref().map_err(Clone::clone)
    }

    /// The names, as constraints are about them.
    pub(super) fn names(&mut self, of: &'a Certificate) -> Rc<Names<'a>> {
        self.names.entry(core::ptr::from_ref(of)).or_insert_with(|| Rc::new(Names::of(of))).clone()
    }

    /// The constraints, if there are any.
    pub(super) fn constraints(
        &mut self,
        of: &'a Certificate,
        policy: &Policy,
    ) -> Result<Option<Rc<Constraints<'a>>>, Reason> {
        let read = || Constraints::of(of, policy).map(|constraints| constraints.map(Rc::new));
        self.constraints.entry(core::ptr::from_ref(of)).or_insert_with(read).clone()
    }
}

/// What a search is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Goal {
    /// The certificate that's verified.
    Wanted,
    /// One that signed a revocation list: under the trusted certificate at this address, and so many searches like this
    /// one deep.
    ListSigner(*const Certificate, u8),
}

/// A way up, as far as it has been gone.
struct Way<'a> {
    goal: Goal,
    path: Vec<&'a Certificate>,
    /// The failure that tells most so far, and how much it does.
    worst: Option<(u8, Error)>,
}

/// A search for chains: one for the certificate, and one for each that signed a list and isn't part of that.
pub(super) struct Search<'a, 'v> {
    verifier: &'v Verifier<'a>,
    pub(super) time: Time,
    pub(super) work: Work,
    pub(super) facts: Facts<'a>,
    pool: Pool<'a>,
    /// Who may have issued a certificate, by its address.
    candidates: BTreeMap<*const Certificate, Rc<[&'a Certificate]>>,
    /// Whether a key, by its bytes, made a certificate's signature, by its address.
    signatures: BTreeMap<(*const Certificate, &'a [u8]), Result<(), Reason>>,
    /// Whether a certificate may issue others, by its address, and whether it's for what's wanted.
    issuers: BTreeMap<(*const Certificate, bool), Result<(), Reason>>,
    /// What's known of revocation lists.
    pub(super) lists: Lists<'a>,
}

impl<'a, 'v> Search<'a, 'v> {
    fn new(verifier: &'v Verifier<'a>, time: Time) -> Self {
        Self {
            verifier,
            time,
            work: Work::new(verifier.policy.budget),
            facts: Facts::default(),
            pool: Pool {
                all: verifier.intermediates,
                by_subject: OnceCell::new(),
                distances: OnceCell::new(),
            },
            candidates: BTreeMap::new(),
            signatures: BTreeMap::new(),
            issuers: BTreeMap::new(),
            lists: Lists::default(),
        }
    }

    pub(super) fn policy(&self) -> &'v Policy {
        &self.verifier.policy
    }

    pub(super) fn store(&self) -> &'a TrustStore {
        self.verifier.store
    }

    /// Those of the pool with this subject.
    pub(super) fn named(&self, subject: &[u8; 32]) -> impl Iterator<Item = &'a Certificate> + use<'a> {
        self.pool.named(subject).collect::<Vec<_>>().into_iter()
    }

    /// Whether a certificate that signed a list has a chain to this trusted one, by which it may sign lists.
    ///
    /// # Errors
    /// A budget that's spent.
    pub(super) fn finds_list_signer(&mut self, signer: &'a Certificate, goal: Goal) -> Result<bool, Reason> {
        let Goal::ListSigner(anchor, _) = goal else { return Ok(false) };
        if core::ptr::eq(anchor, signer) {
            return Ok(true);
        }
        let for_anything = Purpose::any();
        let checked =
            path::check_leaf(signer, &mut self.facts, &for_anything, &self.verifier.policy, self.time);
        if let Err(reason) = checked {
            return if matches!(reason, Reason::Budget { .. }) { Err(reason) } else { Ok(false) };
        }
        let mut way = Way { goal, path: alloc::vec![signer], worst: None };
        self.climb(&mut way).map_err(|error| match error {
            Error::Refused { reason, .. } => reason,
            _ => Reason::RevocationUnknown { problem: "there's no time" },
        })
    }

    /// Goes up from the last certificate of the way. Whether it got to a trusted one; then the way is the chain.
    fn climb(&mut self, way: &mut Way<'a>) -> Result<bool> {
        let position = way.path.len() - 1;
        let last = way.path[position];
        if let Some(trusted) = self.verifier.store.same(last)
            && way.may_end_at(trusted)
        {
            let checked = match way.goal {
                Goal::Wanted => self.verifier.purpose.check_settings(trusted),
                Goal::ListSigner(..) => Purpose::any().check_settings(trusted),
            };
            match checked.map_err(|reason| (position, reason)).and_then(|()| self.check_path(way)) {
                Ok(()) => return Ok(true),
                Err((position, reason)) => way.note(position, way.path[position], reason, true)?,
            }
        }
        let candidates = self.candidates(last).map_err(|reason| refused(position, last, reason))?;
        for candidate in candidates.iter().copied() {
            if let Err(reason) = self.work.step() {
                return Err(refused(position, last, reason));
            }
            let trusted = self.verifier.store.contains(candidate);
            let is_in_path = |in_path: &&Certificate| {
                core::ptr::eq(*in_path, candidate) || (!trusted && is_same_issuer(in_path, candidate))
            };
            if way.path.iter().any(is_in_path) {
                continue;
            }
            if let Err(reason) = self.check_signature(last, candidate) {
                match reason {
                    Reason::Key(_) | Reason::WeakKey { .. } => {
                        way.note(position + 1, candidate, reason, false)?;
                    }
                    _ => way.note(position, last, reason, false)?,
                }
                continue;
            }
            let checked = self.check_issuer(candidate, trusted, way.goal);
            let policy = &self.verifier.policy;
            let checked = checked
                .map_err(|reason| (position + 1, reason))
                .and_then(|()| path::check_length(&way.path, candidate, trusted, policy));
            if let Err((at, reason)) = checked {
                let whose = way.path.get(at).copied().unwrap_or(candidate);
                way.note(at, whose, reason, trusted)?;
                continue;
            }
            way.path.push(candidate);
            if self.climb(way)? {
                return Ok(true);
            }
            way.path.pop();
        }
        Ok(false)
    }

    /// All that may have issued a certificate, most likely ones first.
    fn candidates(&mut self, of: &'a Certificate) -> Result<Rc<[&'a Certificate]>, Reason> {
        let address = core::ptr::from_ref(of);
        if let Some(known) = self.candidates.get(&address) {
            return Ok(known.clone());
        }
        let store = self.verifier.store;
        let mut all: Vec<&'a Certificate> = store.named(of.issuer()).collect();
        let trusted = all.len();
        self.work.compare(trusted)?;
        let pool = self.pool.named(of.issuer().digest());
        for candidate in pool {
            self.work.compare(1)?;
            if !store.contains(candidate) {
                all.push(candidate);
            }
        }
        if all.len() > 1 {
            let wanted = of.extensions.issuer_key_id();
            let (pool, time) = (&self.pool, self.time);
            let is_cross_signed = all.len() > trusted + 1;
            let rank = |candidate: &&Certificate| {
                let fits = match (wanted, candidate.extensions.key_id()) {
                    (Some(wanted), Some(found)) if wanted == found => 0,
                    (Some(_), Some(_)) => 2,
                    _ => 1,
                };
                let steps = if is_cross_signed { pool.steps(store, candidate) } else { None };
                let leads_nowhere = is_cross_signed && steps.is_none();
                (leads_nowhere, fits, path::check_time(candidate, time).is_err(), steps)
            };
            all[..trusted].sort_by_cached_key(|candidate| {
                let (_, fits, is_early_or_late, _) = rank(candidate);
                (fits, is_early_or_late)
            });
            all[trusted..].sort_by_cached_key(rank);
        }
        let all: Rc<[&'a Certificate]> = all.into();
        self.candidates.insert(address, all.clone());
        Ok(all)
    }

    fn check_signature(&mut self, of: &'a Certificate, by: &'a Certificate) -> Result<(), Reason> {
        let pair = (core::ptr::from_ref(of), by.public_key_der());
        if let Some(known) = self.signatures.get(&pair) {
            return known.clone();
        }
        // A key that can't be used is the issuer's fault, and is said when the issuer is checked.
        let result = match self.facts.key(by) {
            Ok(key) => {
                self.work.sign(key, of.to_der().len())?;
                of.check_signature(key)
            }
            Err(reason) => {
                self.work.signatures(1)?;
                Err(reason)
            }
        };
        self.signatures.insert(pair, result.clone());
        result
    }

    fn check_issuer(&mut self, candidate: &'a Certificate, trusted: bool, goal: Goal) -> Result<(), Reason> {
        let is_wanted = goal == Goal::Wanted;
        let Verifier { purpose, policy, .. } = self.verifier;
        let for_anything = Purpose::any();
        let purpose = if is_wanted { purpose } else { &for_anything };
        let check = || path::check_issuer(candidate, trusted, &mut self.facts, purpose, policy, self.time);
        self.issuers.entry((core::ptr::from_ref(candidate), is_wanted)).or_insert_with(check).clone()
    }

    /// Checks a path that has got to a trusted certificate.
    fn check_path(&mut self, way: &Way<'a>) -> Result<(), Fault> {
        let Verifier { policy, revocation, .. } = self.verifier;
        match way.goal {
            Goal::Wanted => path::check(&way.path, policy, &mut self.facts, &mut self.work)?,
            // Certificate policies are asked of the certificate that's wanted.
            Goal::ListSigner(..) => {
                let policy = policy.without_certificate_policies();
                path::check(&way.path, &policy, &mut self.facts, &mut self.work)?;
            }
        }
        match revocation {
            Some(revocation) => revocation::check(revocation, &way.path, way.goal, self),
            None => Ok(()),
        }
    }

    /// Why there's no chain.
    fn verdict(&self, way: Way<'a>, leaf: &'a Certificate) -> Error {
        if let Some((weight, error)) = way.worst
            && weight > SIGNATURE_WEIGHT
        {
            return error;
        }
        // How far up does it go, over signatures that are right?
        let mut path: Vec<&Certificate> = alloc::vec![leaf];
        let next = |path: &[&'a Certificate]| {
            let last = path[path.len() - 1];
            let known = |candidate: &&Certificate| {
                let pair = (core::ptr::from_ref(last), candidate.public_key_der());
                self.signatures.get(&pair).is_some_and(Result::is_ok)
                    && !path.iter().any(|in_path| is_same_issuer(in_path, candidate))
            };
            self.pool.named(last.issuer().digest()).find(known)
        };
        while let Some(next) = next(&path) {
            path.push(next);
        }
        let (position, last) = (path.len() - 1, path[path.len() - 1]);
        let pool = self.pool.named(last.issuer().digest());
        let mut named = self.verifier.store.named(last.issuer()).chain(pool);
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

impl Way<'_> {
    /// Whether it may end at this trusted certificate.
    fn may_end_at(&self, trusted: &Certificate) -> bool {
        match self.goal {
            Goal::Wanted => true,
            Goal::ListSigner(anchor, _) => core::ptr::eq(anchor, trusted),
        }
    }

    /// Keeps a failure if it tells more than the ones before, and makes its error only then: names can be long. A budget
    /// that's spent ends the search.
    fn note(&mut self, position: usize, whose: &Certificate, reason: Reason, arrived: bool) -> Result<()> {
        if matches!(reason, Reason::Budget { .. }) {
            return Err(refused(position, whose, reason));
        }
        let weight = reason.weight() + if arrived { 10 } else { 0 };
        if self.worst.as_ref().is_none_or(|(known, _)| *known < weight) {
            self.worst = Some((weight, refused(position, whose, reason)));
        }
        Ok(())
    }
}

/// The certificates that may be between, found by their names.
struct Pool<'a> {
    all: &'a [Certificate],
    by_subject: OnceCell<Vec<(&'a [u8; 32], u32)>>,
    /// From each name that leads to a trusted one, how many steps that takes.
    distances: OnceCell<BTreeMap<&'a [u8; 32], u32>>,
}

impl<'a> Pool<'a> {
    /// Those with this subject, in their order.
    fn named(&self, subject: &[u8; 32]) -> impl Iterator<Item = &'a Certificate> {
        let index = self.by_subject.get_or_init(|| {
            let digests = self.all.iter().map(|certificate| certificate.subject().digest());
            let mut index: Vec<_> = digests.zip(0..).collect();
            index.sort_unstable();
            index
        });
        let start = index.partition_point(|(digest, _)| *digest < subject);
        let len = index[start..].partition_point(|(digest, _)| *digest <= subject);
        let all = self.all;
        index[start..start + len].iter().map(move |(_, i)| &all[*i as usize])
    }

    /// In how many steps a certificate of the pool leads to a trusted one, by the names alone; None if it doesn't.
    fn steps(&self, store: &'a TrustStore, of: &Certificate) -> Option<u32> {
        let distances = self.distances.get_or_init(|| {
            let mut by_issuer: Vec<_> = self
                .all
                .iter()
                .map(|between| (between.issuer().digest(), between.subject().digest()))
                .collect();
            by_issuer.sort_unstable();
            let mut distances: BTreeMap<_, _> =
                store.certificates().iter().map(|trusted| (trusted.subject().digest(), 0)).collect();
            let mut reached: Vec<_> = distances.keys().copied().collect();
            for steps in 1.. {
                let mut next = Vec::new();
                for issuer in reached {
                    let start = by_issuer.partition_point(|(digest, _)| *digest < issuer);
                    let issued = by_issuer[start..].iter().take_while(|(digest, _)| *digest == issuer);
                    for (_, subject) in issued {
                        if !distances.contains_key(subject) {
                            distances.insert(subject, steps);
                            next.push(*subject);
                        }
                    }
                }
                if next.is_empty() {
                    break;
                }
                reached = next;
            }
            distances
        });
        distances.get(of.issuer().digest()).copied()
    }
}

/// The weight of [`Reason::Signature`]: what weighs no more says only that a certificate wasn't the issuer.
const SIGNATURE_WEIGHT: u8 = 3;

/// Whether two certificates are one, or of one authority and its one key.
fn is_same_issuer(a: &Certificate, b: &Certificate) -> bool {
    core::ptr::eq(a, b) || (a.subject() == b.subject() && a.public_key_der() == b.public_key_der())
}
