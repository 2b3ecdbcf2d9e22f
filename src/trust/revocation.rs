//! What revocation lists prove about a chain.
//!
//! **Revoked** is a certificate if a list whose signature holds, of its issuer or of somebody whom it names for that, has
//! its serial number: whatever else is wrong with the list. Late, early, of version 1, with changes only, with extensions
//! that aren't understood: the issuer has said so, and signed it. (One that's on hold may be free again by a later list.)
//!
//! **Good** is a certificate if lists that are current and aren't faulty cover it, for all reasons there may be, and it's
//! on none of them. Each list covers what its issuing distribution point and the certificate's distribution points leave
//! of it; several may cover it together (RFC 5280, section 6.3.3):
//!
//! | the certificate's distribution point | covered by |
//! |---|---|
//! | none | its issuer's lists without a distribution point |
//! | a name | its issuer's lists with that name, and those without one |
//! | a name, and who issues the list | their lists of that name, if they're indirect |
//! | reasons | the same, for these reasons alone |
//!
//! **Signed** is a list by its issuer's key: the one that's next in the chain, or another one with a chain of its own to the
//! same trusted certificate, that may sign lists and isn't revoked itself. What a list is about is compared before its
//! signature is checked, and what's found out about one is kept for the whole verification.
//!
//! Source: RFC 5280, sections 5.2.4, 5.2.5 and 6.3.3.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::certificate::Certificate;
use super::crl::{ALL_REASONS, Crl, HOLD, ON_HOLD, REMOVED, Revoked};
use super::der::{Reader, SET, sequence_of, written};
use super::distinguished::DistinguishedName;
use super::extensions::{Known, Point, PointName};
use super::general_name::{GeneralName, GeneralNames};
use super::path::Fault;
use super::policy::Rule;
use super::verify::{Goal, Search};
use super::{Reason, Result};

/// How much is asked about revocation, and what's believed.
///
/// ```
/// use oneway::trust::{Crl, Revocation};
///
/// fn strict(crls: &[Crl]) -> Revocation<'_> {
///     Revocation::crls(crls) // every certificate of the chain has to be on nobody's list, and on record as such
/// }
///
/// fn mild(crls: &[Crl]) -> Revocation<'_> {
///     Revocation::crls(crls).allow_unknown() // none of them is on a list that's at hand
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Revocation<'a> {
    crls: &'a [Crl],
    leaf_only: bool,
    allow_unknown: bool,
}

impl<'a> Revocation<'a> {
    /// Goes by these lists, for every certificate of the chain but the trusted one; one that no list covers is
    /// refused.
    pub fn crls(crls: &'a [Crl]) -> Self {
        Self { crls, leaf_only: false, allow_unknown: false }
    }

    /// Asks for a list about the certificate alone that's verified, not for ones about the authorities above it. (An
    /// authority that's on a list at hand is refused nevertheless.)
    #[must_use]
    pub fn leaf_only(self) -> Self {
        Self { leaf_only: true, ..self }
    }

    /// Takes a certificate that no list covers, or only one that's out of date or faulty. One that a signed list names
    /// is refused, whatever else is wrong with the list.
    #[must_use]
    pub fn allow_unknown(self) -> Self {
        Self { allow_unknown: true, ..self }
    }
}

/// What's known of lists, by their addresses.
#[derive(Default)]
pub(super) struct Lists<'a> {
    /// Whether a list's signature holds, under an issuer and a trusted certificate.
    signed: BTreeMap<(*const Crl, *const Certificate, *const Certificate), Result<(), &'static str>>,
    /// Those of which that's being found out.
    pending: Vec<*const Crl>,
    /// By their issuer's digest: the places of all of them.
    by_issuer: Option<Vec<(&'a [u8; 32], &'a Crl)>>,
    /// The names of their distribution points.
    keys: BTreeMap<*const Crl, Vec<Key<'a>>>,
    /// The distribution points of certificates, by their addresses.
    points: BTreeMap<*const Certificate, Rc<Points<'a>>>,
}

/// How many searches for who signed a list may be in one another.
const MAX_DEPTH: u8 = 3;

const OTHERS: &str = "the revocation list is about other certificates";

/// Checks a path, leaf first, of which the signatures were checked.
pub(super) fn check<'a>(
    revocation: &Revocation<'a>,
    path: &[&'a Certificate],
    goal: Goal,
    search: &mut Search<'a, '_>,
) -> Result<(), Fault> {
    let anchor = path[path.len() - 1];
    let anchor = search.store().same(anchor).unwrap_or(anchor);
    let depth = match goal {
        Goal::Wanted => 0,
        Goal::ListSigner(_, depth) => depth,
    };
    for (position, pair) in path.windows(2).enumerate() {
        let is_leaf = position == 0 && goal == Goal::Wanted;
        let may_be_unknown = revocation.allow_unknown || (revocation.leaf_only && !is_leaf);
        let mut check = Check { certificate: pair[0], issuer: pair[1], anchor, depth, search };
        check.status(revocation.crls, may_be_unknown).map_err(|reason| (position, reason))?;
    }
    Ok(())
}

/// The check of one certificate.
struct Check<'a, 's, 'v> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    anchor: &'a Certificate,
    depth: u8,
    search: &'s mut Search<'a, 'v>,
}

impl<'a> Check<'a, '_, '_> {
    fn status(&mut self, crls: &'a [Crl], may_be_unknown: bool) -> Result<(), Reason> {
        let points = self.search.lists.points.entry(core::ptr::from_ref(self.certificate));
        let points = points.or_insert_with(|| Rc::new(Points::of(self.certificate))).clone();
        let lists = self.relevant(crls, &points);
        self.search.work.compare(lists.len())?;
        let mut problem = "there's no revocation list of its issuer";
        let (mut covered, mut held, mut good) = (0, Vec::new(), Vec::new());
        for crl in &lists {
            let entry = crl.entry(self.certificate.serial(), self.certificate.issuer().digest());
            // Only a list of changes takes something off (RFC 5280, section 5.3.1).
            let entry = entry.filter(|entry| entry.reason != REMOVED || crl.base.is_none());
            let reasons = self.covers(crl, &points, &lists)?;
            if entry.is_none() && reasons.is_ok_and(|reasons| reasons & !covered == 0) {
                continue;
            }
            if let (None, Err(why)) = (entry, reasons) {
                problem = why;
                continue;
            }
            if let Err(why) = self.is_signed(crl)? {
                problem = why;
                continue;
            }
            match (entry, reasons) {
                (Some(entry), _) if entry.reason != ON_HOLD => return Err(revoked(entry)),
                (Some(entry), reasons) => {
                    held.push((*crl, entry));
                    covered |= reasons.unwrap_or_default();
                }
                (None, Ok(reasons)) => {
                    good.push((*crl, reasons));
                    covered |= reasons;
                }
                (None, Err(_)) => {}
            }
        }
        for (crl, entry) in held {
            if !self.is_released(crl, &good, &lists)? {
                return Err(revoked(entry));
            }
        }
        if covered == ALL_REASONS || may_be_unknown {
            return Ok(());
        }
        if covered != 0 {
            problem = "the revocation lists are about some reasons only";
        }
        Err(Reason::RevocationUnknown { problem })
    }

    /// The lists of the certificate's issuer, and of those whom it names; those that are later come first.
    fn relevant(&mut self, crls: &'a [Crl], points: &Points<'a>) -> Vec<&'a Crl> {
        let index = self.search.lists.by_issuer.get_or_insert_with(|| {
            let mut index: Vec<_> = crls.iter().map(|crl| (crl.issuer().digest(), crl)).collect();
            index.sort_by(|(a, crl), (b, other)| {
                a.cmp(b).then_with(|| other.this_update().cmp(&crl.this_update()))
            });
            index
        });
        let mut all = Vec::new();
        for issuer in points.issuers() {
            let start = index.partition_point(|(digest, _)| **digest < issuer);
            let own = index[start..].iter().take_while(|(digest, _)| **digest == issuer);
            all.extend(own.map(|(_, crl)| *crl));
        }
        all
    }

    /// For which reasons a list would have the certificate if it were revoked; or why for none.
    fn covers(
        &mut self,
        crl: &'a Crl,
        points: &Points<'a>,
        lists: &[&'a Crl],
    ) -> Result<Result<u16, &'static str>, Reason> {
        if let Some(problem) = crl.unusable {
            return Ok(Err(problem));
        }
        if crl.base.is_some() {
            return Ok(Err("the revocation list has changes only (a delta)"));
        }
        let is_authority = self.certificate.is_authority();
        let scope = &crl.scope;
        let is_direct = crl.issuer() == self.certificate.issuer();
        if (scope.only_users && is_authority)
            || (scope.only_authorities && !is_authority)
            || !(is_direct || scope.is_indirect)
        {
            return Ok(Err(OTHERS));
        }
        let keys = self.search.lists.keys.entry(core::ptr::from_ref(crl)).or_insert_with(|| keys_of(crl));
        self.search.work.compare(1 + keys.len())?;
        let reasons = points.reasons(crl, keys) & scope.reasons.unwrap_or(ALL_REASONS) & ALL_REASONS;
        if reasons == 0 {
            return Ok(Err(OTHERS));
        }
        if let Err(problem) = self.is_current(crl)
            && !self.is_kept_current(crl, lists)?
        {
            return Ok(Err(problem));
        }
        Ok(Ok(reasons))
    }

    /// Whether it's the time of a list, and it has what the policy asks of it; if not, why not.
    fn is_current(&self, crl: &Crl) -> Result<(), &'static str> {
        if self.search.policy().has(Rule::RevocationLists) {
            if crl.number().is_none() || crl.extensions.issuer_key_id().is_none() {
                return Err("the revocation list has no number, or doesn't name its issuer's key");
            }
            if crl.next_update().is_none() {
                return Err("the revocation list doesn't say when the next one comes");
            }
            if crl.has_empty_list {
                return Err("the revocation list has a list of entries that's empty");
            }
        }
        let time = self.search.time;
        if crl.this_update() > time {
            return Err("the revocation list is from later on");
        }
        if crl.next_update().is_some_and(|next| next < time) {
            return Err("the revocation list is out of date");
        }
        Ok(())
    }

    /// Whether a list of changes, which is current and signed, makes a list whole that's out of date.
    fn is_kept_current(&mut self, crl: &'a Crl, lists: &[&'a Crl]) -> Result<bool, Reason> {
        if crl.this_update() > self.search.time {
            return Ok(false);
        }
        self.search.work.compare(lists.len() * (1 + crl.scope.der.len() / 64))?;
        for delta in lists.iter().filter(|delta| is_delta_of(delta, crl)) {
            if self.is_current(delta).is_ok() && self.is_signed(delta)?.is_ok() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a certificate that a list has on hold was taken off by a later one.
    fn is_released(
        &mut self,
        by: &'a Crl,
        good: &[(&'a Crl, u16)],
        lists: &[&'a Crl],
    ) -> Result<bool, Reason> {
        // One that's about other reasons says nothing of holds.
        if good.iter().any(|(crl, reasons)| reasons & HOLD != 0 && crl.this_update() > by.this_update()) {
            return Ok(true);
        }
        self.search.work.compare(good.len() + lists.len() * (1 + by.scope.der.len() / 64))?;
        let issuer = self.certificate.issuer().digest();
        for delta in lists.iter().filter(|delta| is_delta_of(delta, by)) {
            let entry = delta.entry(self.certificate.serial(), issuer);
            if entry.is_some_and(|entry| entry.reason == REMOVED)
                && self.is_current(delta).is_ok()
                && self.is_signed(delta)?.is_ok()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a list's signature holds, by a key that may sign lists; if not, why not.
    fn is_signed(&mut self, crl: &'a Crl) -> Result<Result<(), &'static str>, Reason> {
        let key =
            (core::ptr::from_ref(crl), core::ptr::from_ref(self.issuer), core::ptr::from_ref(self.anchor));
        if let Some(known) = self.search.lists.signed.get(&key) {
            return Ok(*known);
        }
        // A list vouches for its own signer only if the signer's certificate says that nobody else would know: by a
        // distribution point that names who issues its lists. Otherwise whoever stole a key for lists would sign one.
        if self.search.lists.pending.contains(&key.0) {
            return Ok(if crl.issuer() == self.certificate.issuer() {
                Err("the revocation list is about its own signer")
            } else {
                Ok(())
            });
        }
        self.search.lists.pending.push(key.0);
        let found = self.finds_signer(crl);
        self.search.lists.pending.pop();
        let found = found?;
        if self.search.lists.pending.is_empty() {
            self.search.lists.signed.insert(key, found);
        }
        Ok(found)
    }

    fn finds_signer(&mut self, crl: &'a Crl) -> Result<Result<(), &'static str>, Reason> {
        let mut problem = "the revocation list has a signature that its issuer's key didn't make";
        let mut tried: Vec<&[u8]> = Vec::new();
        let is_named = |signer: &&'a Certificate| signer.subject() == crl.issuer();
        let next = [self.issuer].into_iter().filter(is_named);
        let trusted = self.search.store().named(crl.issuer());
        let pool = self.search.named(crl.issuer().digest());
        let key_id = crl.extensions.issuer_key_id();
        for signer in next.chain(trusted).chain(pool) {
            self.search.work.compare(1)?;
            let fits = |id| signer.extensions.key_id().is_none_or(|own| own == id);
            if !core::ptr::eq(signer, self.issuer) && !key_id.is_none_or(fits) {
                continue;
            }
            if signer.key_usage().is_some_and(|usage| !usage.crl_sign()) {
                problem = "the key of its issuer isn't for signing revocation lists";
                continue;
            }
            let Ok(key) = self.search.facts.key(signer) else { continue };
            // The first key's work is in proportion to the list.
            let len = if tried.is_empty() { 0 } else { crl.to_der().len() };
            self.search.work.sign(key, len)?;
            tried.push(signer.public_key_der());
            match crl.check_signature(key) {
                Ok(()) => {}
                Err(Reason::SignatureAlgorithm { weak: true, .. }) => {
                    return Ok(Err("the revocation list is signed in a way that's too weak"));
                }
                Err(Reason::SignatureAlgorithm { .. }) => {
                    return Ok(Err("the revocation list is signed in a way that isn't known here"));
                }
                Err(_) => continue,
            }
            if core::ptr::eq(signer, self.issuer) {
                return Ok(Ok(()));
            }
            problem =
                "the revocation list is signed by a key without a chain to the same trusted certificate";
            let goal = Goal::ListSigner(self.anchor, self.depth + 1);
            if self.depth < MAX_DEPTH && self.search.finds_list_signer(signer, goal)? {
                return Ok(Ok(()));
            }
        }
        Ok(Err(problem))
    }
}

fn revoked(entry: &Revoked) -> Reason {
    Reason::Revoked { since: entry.since, why: entry.why() }
}

/// Whether a list has changes of another one, or of one before it (RFC 5280, section 5.2.4 and 6.3.3 (c)).
fn is_delta_of(delta: &Crl, of: &Crl) -> bool {
    /// Big-endian numbers without zeros before them.
    fn order(number: &[u8]) -> (usize, &[u8]) {
        (number.len(), number)
    }
    let (Some(base), Some(number)) = (&delta.base, of.number()) else { return false };
    of.base.is_none()
        && delta.unusable.is_none()
        && delta.issuer() == of.issuer()
        && delta.extensions.issuer_key_id() == of.extensions.issuer_key_id()
        && order(base) <= order(number)
        && delta.number().is_some_and(|later| order(number) <= order(later))
        && delta.scope.der == of.scope.der
}

/// A name of a distribution point, in a form in which equal ones are equal.
type Key<'a> = (u8, Cow<'a, [u8]>);

/// The names of a list's distribution point; none if it has none.
fn keys_of(crl: &Crl) -> Vec<Key<'_>> {
    match crl.scope.name() {
        None => Vec::new(),
        Some(name) => keys(name, crl.issuer()),
    }
}

/// The names of a distribution point, of which one may be relative to who issues the list.
fn keys<'a>(name: PointName<'a>, issuer: &DistinguishedName) -> Vec<Key<'a>> {
    match name {
        PointName::Full(names) => all_keys(names),
        PointName::Relative(set) => {
            let mut sets = Reader::of_sequence(issuer.to_der()).unwrap_or(Reader::new(&[]));
            let mut all = Vec::new();
            while let Ok(element) = sets.any() {
                all.push(element.whole.to_vec());
            }
            all.push(written(SET, &[set]));
            alloc::vec![directory(&sequence_of(all))]
        }
    }
}

/// A directory name.
fn directory(der: &[u8]) -> Key<'static> {
    let (kind, digest) = GeneralName::Directory(der).same();
    (kind, Cow::Owned(digest.into_owned()))
}

fn all_keys(names: &[u8]) -> Vec<Key<'_>> {
    GeneralNames::of(names).into_iter().flatten().map(|name| name.same()).collect()
}

/// The directory names among names.
fn directory_names(names: &[u8]) -> impl Iterator<Item = DistinguishedName> {
    GeneralNames::of(names).into_iter().flatten().filter_map(|name| match name {
        GeneralName::Directory(der) => Some(DistinguishedName::known(der)),
        _ => None,
    })
}

/// A certificate's distribution points: for which reasons it's on the lists of an issuer (by their digest) with a
/// distribution point of a name, or with none. Sorted, as there may be thousands, and so may those of a list be.
struct Points<'a>(Vec<([u8; 32], Option<Key<'a>>, u16)>);

impl<'a> Points<'a> {
    fn of(certificate: &'a Certificate) -> Self {
        let own = certificate.issuer();
        let mut all = Self(Vec::new());
        for point in certificate.extensions.points(Known::DistributionPoints).into_iter().flatten() {
            // What can't be read covers nothing.
            let Ok(Point { name, reasons, issuer }) = point else { break };
            let reasons = reasons.unwrap_or(ALL_REASONS);
            match issuer {
                None => {
                    let names = name.map_or_else(Vec::new, |name| keys(name, own));
                    all.add(own, names, reasons);
                }
                Some(issuers) => {
                    for issuer in directory_names(issuers) {
                        let names = name.map_or_else(|| all_keys(issuers), |name| keys(name, &issuer));
                        all.add(&issuer, names, reasons);
                    }
                }
            }
        }
        // Lists that no distribution point names are looked at as if one did, for all reasons.
        all.add(own, alloc::vec![directory(own.to_der())], ALL_REASONS);
        all.0.sort_unstable();
        all.0.dedup_by(|next, first| {
            let is_same = next.0 == first.0 && next.1 == first.1;
            if is_same {
                first.2 |= next.2;
            }
            is_same
        });
        all
    }

    fn add(&mut self, issuer: &DistinguishedName, names: Vec<Key<'a>>, reasons: u16) {
        let issuer = *issuer.digest();
        self.0.extend(names.into_iter().map(|name| (issuer, Some(name), reasons)));
        self.0.push((issuer, None, reasons));
    }

    /// Who may issue lists about the certificate.
    fn issuers(&self) -> Vec<[u8; 32]> {
        let mut all: Vec<[u8; 32]> = self.0.iter().map(|(issuer, ..)| *issuer).collect();
        all.dedup();
        all
    }

    /// For which reasons a list with these names covers the certificate.
    fn reasons(&self, crl: &Crl, names: &[Key<'_>]) -> u16 {
        let start = self.0.partition_point(|(issuer, ..)| issuer < crl.issuer().digest());
        let len = self.0[start..].partition_point(|(issuer, ..)| issuer <= crl.issuer().digest());
        let own = &self.0[start..start + len];
        let reasons = |wanted: Option<&Key<'_>>| {
            let found = own.binary_search_by(|(_, name, _)| name.as_ref().cmp(&wanted));
            found.map_or(0, |i| own[i].2)
        };
        if names.is_empty() {
            return reasons(None);
        }
        names.iter().fold(0, |all, name| all | reasons(Some(name)))
    }
}
