//! The same chains, made by the `openssl` command, before OpenSSL's verifier and ours.
//!
//! A case is a chain of drafts (leaf first, root last), what's asked about it, and what both should say.
//! OpenSSL verifies with `-x509_strict`, which makes it look at what RFC 5280 asks of authorities, and
//! `-auth_level 2`, which makes it refuse SHA-1 and RSA keys under 2048 bits; ours is [`Policy::rfc5280`]. A
//! verdict is compared with its reason: a refusal is right only for the right one.
//!
//! Where the two differ, the case is in [`DIFFERENCES`], with the paragraph that decides.
//!
//! Keys are made once, and shared; each test has a folder of its own for the certificates.

mod openssl;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, OnceLock};

use oneway::trust::x509_cert::der::asn1::ObjectIdentifier;
use oneway::trust::{Certificate, Crl, Name, Policy, Purpose, Revocation, Time, TrustStore, Verifier};
use openssl::OpenSsl;

/// How many cases there are in all.
const CASES: usize = 197;

/// Cases whose verdicts differ (with OpenSSL 3.0): who's milder, and why.
const DIFFERENCES: &[(&str, Milder, &str)] = &[
    ("the last second", Milder::Ours, "RFC 5280, section 4.1.2.5: the time includes notAfter"),
    ("a part of a label as wildcard", Milder::OpenSsl, "RFC 9525, section 6.3: the star is a whole label"),
    (
        "a common name in place of alternative names",
        Milder::OpenSsl,
        "RFC 9525, section 2: common names aren't looked at",
    ),
    (
        "cross-signed, through the other one",
        Milder::Ours,
        "RFC 4158, section 2.2: all ways up are tried; OpenSSL doesn't turn back once it took one",
    ),
    (
        "an authority without key usage",
        Milder::Ours,
        "RFC 5280, section 6.1.4 (n): verified if it's there (4.2.1.3 asks authorities to have it)",
    ),
    (
        "for anything",
        Milder::Ours,
        "RFC 5280, section 4.2.1.12: applications may refuse anyExtendedKeyUsage; `Policy::web` does",
    ),
    ("an authority for anything", Milder::Ours, "RFC 5280, section 4.2.1.12: as above"),
    (
        "an authority's certificate, verified",
        Milder::Ours,
        "RFC 8446, section 4.4.2.2: the key's usage doesn't fit; `Policy::web` has that rule",
    ),
    (
        "a leaf of version 1",
        Milder::OpenSsl,
        "RFC 5280, section 4.2.1.1: all but self-signed ones name their issuer's key",
    ),
    ("the serial number zero", Milder::OpenSsl, "RFC 5280, section 4.1.2.2: positive"),
    ("a serial number of 21 bytes", Milder::OpenSsl, "RFC 5280, section 4.1.2.2: at most 20 bytes"),
    (
        "a wildcard over an excluded host",
        Milder::OpenSsl,
        "RFC 5280, section 4.2.1.10: no name in an excluded subtree, and the wildcard stands for one",
    ),
    (
        "a domain constraint with a dot",
        Milder::OpenSsl,
        "RFC 5280, section 4.2.1.10: that's a form for URIs and mail; `Rule::StrictNameConstraints`",
    ),
    (
        "a common name outside of permitted domains",
        Milder::Ours,
        "RFC 5280, section 4.2.1.10: domain constraints are about alternative names, and no other is read",
    ),
    ("a constraint that isn't critical", Milder::OpenSsl, "RFC 5280, section 4.2.1.10: critical"),
    (
        "a constraint in a leaf",
        Milder::OpenSsl,
        "RFC 5280, section 4.2.1.10: in authorities' certificates only",
    ),
    (
        "a revoked authority, asked about the leaf",
        Milder::OpenSsl,
        "RFC 5280, section 6.3: who's on a valid list is revoked; `leaf_only` lets what's unknown pass, not that",
    ),
    ("a list without a number", Milder::OpenSsl, "RFC 5280, section 5.2.3: all lists have one"),
    ("a list that names no key", Milder::OpenSsl, "RFC 5280, section 5.2.1: all lists do"),
    (
        "a list signed with SHA-1",
        Milder::OpenSsl,
        "RFC 9155 and others: SHA-1 isn't for signatures; OpenSSL's levels aren't about lists",
    ),
    ("policy constraints that aren't critical", Milder::OpenSsl, "RFC 5280, section 4.2.1.11: critical"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Milder {
    OpenSsl,
    Ours,
}

// ---- certificates to be made ----

const FROM: &str = "20200101000000Z";
const UNTIL: &str = "20400101000000Z";
/// The time that cases ask about.
const NOW: &str = "2026-06-01T00:00:00Z";

/// A certificate that's to be made.
#[derive(Clone, Debug)]
struct Draft {
    key: &'static str,
    subject: String,
    from: &'static str,
    until: &'static str,
    serial: Option<&'static str>,
    /// How its issuer signs it: the options of `openssl ca`.
    signed: &'static str,
    /// None for a certificate of version 1.
    extensions: Option<Vec<(&'static str, String)>>,
    damage: Damage,
}

/// What happens to a certificate after it was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    None,
    /// A bit of its serial number.
    Tbs,
    /// The last bit of the signature.
    Signature,
}

impl Draft {
    fn new(key: &'static str, subject: &str) -> Self {
        Self {
            key,
            subject: subject.into(),
            from: FROM,
            until: UNTIL,
            serial: None,
            signed: "",
            extensions: Some(Vec::new()),
            damage: Damage::None,
        }
    }

    fn key(self, key: &'static str) -> Self {
        Self { key, ..self }
    }

    fn subject(self, subject: &str) -> Self {
        Self { subject: subject.into(), ..self }
    }

    fn from(self, from: &'static str) -> Self {
        Self { from, ..self }
    }

    fn until(self, until: &'static str) -> Self {
        Self { until, ..self }
    }

    fn serial(self, serial: &'static str) -> Self {
        Self { serial: Some(serial), ..self }
    }

    fn signed(self, signed: &'static str) -> Self {
        Self { signed, ..self }
    }

    fn damage(self, damage: Damage) -> Self {
        Self { damage, ..self }
    }

    /// With this extension, in place of one of the same name.
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self = self.without(name);
        self.extensions.as_mut().unwrap().push((name, value.into()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.extensions.as_mut().unwrap().retain(|(other, _)| *other != name);
        self
    }

    fn version_1(self) -> Self {
        Self { extensions: None, ..self }
    }
}

fn root() -> Draft {
    Draft::new("p256-1", "/O=Example/CN=Root")
        .with("basicConstraints", "critical,CA:true")
        .with("keyUsage", "critical,keyCertSign,cRLSign")
        .with("subjectKeyIdentifier", "hash")
}

/// An authority between the leaf and the root; each number has its own name and key.
fn authority(number: usize) -> Draft {
    let keys = ["p256-2", "p256-3", "p256-4", "p256-5"];
    root()
        .key(keys[number - 1])
        .subject(&format!("/O=Example/CN=Authority-{number}"))
        .with("authorityKeyIdentifier", "keyid")
}

fn leaf() -> Draft {
    Draft::new("p256-9", "/O=Example/CN=www.example.com")
        .with("basicConstraints", "critical,CA:false")
        .with("keyUsage", "critical,digitalSignature")
        .with("extendedKeyUsage", "serverAuth")
        .with("subjectAltName", "DNS:www.example.com")
        .with("subjectKeyIdentifier", "hash")
        .with("authorityKeyIdentifier", "keyid")
}

/// A revocation list that's to be made.
#[derive(Clone, Debug)]
struct List {
    /// Whose it is: a position in the chain.
    issuer: usize,
    /// Or someone else's.
    other_issuer: Option<Vec<Draft>>,
    /// Which certificates of the chain are on it.
    revoked: Vec<usize>,
    from: &'static str,
    until: &'static str,
    signed: &'static str,
    number: bool,
    extensions: Vec<&'static str>,
}

impl List {
    fn new(issuer: usize, revoked: &[usize]) -> Self {
        Self {
            issuer,
            other_issuer: None,
            revoked: revoked.to_vec(),
            from: "20260101000000Z",
            until: "20270101000000Z",
            signed: "",
            number: true,
            extensions: vec!["authorityKeyIdentifier=keyid"],
        }
    }

    fn times(self, from: &'static str, until: &'static str) -> Self {
        Self { from, until, ..self }
    }

    fn with(mut self, extension: &'static str) -> Self {
        self.extensions.push(extension);
        self
    }
}

// ---- the workshop ----

/// Private keys and requests for them as PEM, by name: `p256-1`, where the number tells keys of a kind apart.
fn key(openssl: &OpenSsl, name: &'static str) -> (Vec<u8>, Vec<u8>) {
    static KEYS: OnceLock<Mutex<HashMap<&'static str, (Vec<u8>, Vec<u8>)>>> = OnceLock::new();
    let mut keys = KEYS.get_or_init(Mutex::default).lock().unwrap();
    let made = keys.entry(name).or_insert_with(|| {
        let kind = match name.split('-').next().unwrap() {
            "rsa" => "RSA -pkeyopt rsa_keygen_bits:2048",
            "rsa1024" => "RSA -pkeyopt rsa_keygen_bits:1024",
            "p256" => "EC -pkeyopt ec_paramgen_curve:P-256",
            "p384" => "EC -pkeyopt ec_paramgen_curve:P-384",
            "p521" => "EC -pkeyopt ec_paramgen_curve:P-521",
            "ed25519" => "ED25519",
            other => panic!("{other}"),
        };
        openssl.run(&format!("genpkey -quiet -algorithm {kind} -out {name}.key"));
        openssl.write("request.cnf", b"[req]\ndistinguished_name=none\n[none]\n");
        openssl.run(&format!("req -new -key {name}.key -subj /CN=x -config request.cnf -out {name}.csr"));
        (openssl.read(&format!("{name}.key")), openssl.read(&format!("{name}.csr")))
    });
    made.clone()
}

/// What `openssl ca` goes by; extensions follow.
const CONFIG: &str = "\
[ca]
default_ca = here
[here]
database = index
new_certs_dir = .
policy = any
unique_subject = no
serial = serial
default_md = default
[any]
[organisation]
O = Example
[elsewhere]
O = Elsewhere
[only_leaves]
onlyuser = TRUE
[only_authorities]
onlyCA = TRUE
[some_reasons]
onlysomereasons = keyCompromise
[extensions]
";

/// Where certificates are made, each once.
struct Workshop {
    openssl: OpenSsl,
    /// Files' names by what's in them.
    made: HashMap<String, String>,
    serial: u32,
}

impl Workshop {
    fn new() -> Option<Self> {
        Some(Self { openssl: OpenSsl::new()?, made: HashMap::new(), serial: 0x1001 })
    }

    fn need_key(&self, name: &'static str) {
        let (key, request) = key(&self.openssl, name);
        self.openssl.write(&format!("{name}.key"), &key);
        self.openssl.write(&format!("{name}.csr"), &request);
    }

    /// Makes the first certificate of a chain, signed by the next; its file.
    fn make(&mut self, chain: &[Draft]) -> String {
        let id = format!("{chain:?}");
        if let Some(file) = self.made.get(&id) {
            return file.clone();
        }
        let (draft, above) = chain.split_first().unwrap();
        let by = match above.first() {
            Some(issuer) => format!("-cert {} -keyfile {}.key", self.make(above), issuer.key),
            None => format!("-selfsign -keyfile {}.key", draft.key),
        };
        self.need_key(draft.key);
        let file = format!("{}.pem", self.made.len());
        let mut config = CONFIG.to_string();
        for (name, value) in draft.extensions.iter().flatten() {
            writeln!(config, "{name} = {value}").unwrap();
        }
        for (name, number) in [("subjectKeyIdentifier", "2.5.29.14"), ("authorityKeyIdentifier", "2.5.29.35")]
        {
            let has = |(other, _): &(&str, String)| [name, number].contains(other);
            if !draft.extensions.iter().flatten().any(has) {
                // Else it's added unasked.
                writeln!(config, "{name} = none").unwrap();
            }
        }
        let extensions = if draft.extensions.is_some() { "-extensions extensions" } else { "" };
        self.openssl.write("ca.cnf", config.as_bytes());
        self.openssl.write("index", b"");
        let serial = draft.serial.map_or_else(|| format!("{:04x}", self.serial), ToString::to_string);
        self.serial += 1;
        self.openssl.write("serial", serial.as_bytes());
        self.openssl.run(&format!(
            "ca -batch -notext -preserveDN -config ca.cnf {extensions} {by} -in {}.csr -subj {} \
             -startdate {} -enddate {} -out {file} {}",
            draft.key, draft.subject, draft.from, draft.until, draft.signed
        ));
        if draft.damage != Damage::None {
            let mut der = self.certificate(&file).to_der().to_vec();
            let position = match draft.damage {
                // 30 82 …, 30 82 …, a0 03 02 01 02, 02 02 and the number.
                Damage::Tbs => 4 + 4 + 5 + 2,
                _ => der.len() - 1,
            };
            der[position] ^= 1;
            self.openssl.write(&file, Certificate::from_der(&der).unwrap().to_pem().as_bytes());
        }
        self.made.insert(id, file.clone());
        file
    }

    fn certificate(&self, file: &str) -> Certificate {
        Certificate::from_pem(self.openssl.read(file)).unwrap()
    }

    /// Makes a revocation list about certificates of a chain; the PEM text.
    fn make_list(&mut self, list: &List, chain: &[Draft]) -> Vec<u8> {
        let issuer = list.other_issuer.clone().unwrap_or_else(|| chain[list.issuer..].to_vec());
        let certificate = self.make(&issuer);
        let mut index = String::new();
        for position in &list.revoked {
            let file = self.make(&chain[*position..]);
            index.push_str("R\t400101000000Z\t260201000000Z,keyCompromise\t");
            for byte in self.certificate(&file).serial() {
                write!(index, "{byte:02X}").unwrap();
            }
            index.push_str("\tunknown\t/CN=x\n");
        }
        let number = if list.number { "crlnumber = crlnumber\n[any]" } else { "[any]" };
        let config = CONFIG.replace("[any]", number) + &list.extensions.join("\n");
        self.openssl.write("ca.cnf", config.as_bytes());
        self.openssl.write("index", index.as_bytes());
        self.openssl.write("crlnumber", b"07");
        let extensions = if list.extensions.is_empty() { "" } else { "-crlexts extensions" };
        self.openssl.run(&format!(
            "ca -gencrl -config ca.cnf {extensions} -cert {certificate} -keyfile {}.key -crl_lastupdate {} \
             -crl_nextupdate {} -out list.pem {}",
            issuer[0].key, list.from, list.until, list.signed
        ));
        self.openssl.read("list.pem")
    }
}

// ---- cases ----

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    Server,
    Client,
    Mail,
    Anything,
}

/// A chain, a question, and the answers.
struct Case {
    name: &'static str,
    chain: Vec<Draft>,
    /// What's trusted in place of the chain's last certificate; as a chain, of which the first is meant.
    trusted: Option<Vec<Draft>>,
    /// More chains, of which all but the last certificate are at hand too.
    more: Vec<Vec<Draft>>,
    /// Intermediates of the chain that aren't at hand, by their positions.
    missing: Vec<usize>,
    purpose: For,
    /// The option of `openssl verify`, and the name.
    wanted: Option<(&'static str, &'static str)>,
    at: &'static str,
    lists: Vec<List>,
    /// Whether all certificates have to be covered by lists, or the leaf alone.
    all_lists: bool,
    policies: Vec<&'static str>,
    inhibit_any: bool,
    inhibit_mapping: bool,
    /// What ours says, in part, and the number of OpenSSL's error.
    ours: Result<(), &'static str>,
    theirs: Result<(), u32>,
}

/// A case for `www.example.com` that's expected to be good.
fn case(name: &'static str, chain: impl Into<Vec<Draft>>) -> Case {
    Case {
        name,
        chain: chain.into(),
        trusted: None,
        more: Vec::new(),
        missing: Vec::new(),
        purpose: For::Server,
        wanted: Some(("hostname", "www.example.com")),
        at: NOW,
        lists: Vec::new(),
        all_lists: false,
        policies: Vec::new(),
        inhibit_any: false,
        inhibit_mapping: false,
        ours: Ok(()),
        theirs: Ok(()),
    }
}

impl Case {
    fn trusted(self, chain: impl Into<Vec<Draft>>) -> Self {
        Self { trusted: Some(chain.into()), ..self }
    }

    fn more(mut self, chain: impl Into<Vec<Draft>>) -> Self {
        self.more.push(chain.into());
        self
    }

    fn missing(mut self, position: usize) -> Self {
        self.missing.push(position);
        self
    }

    fn host(self, host: &'static str) -> Self {
        Self { wanted: Some(("hostname", host)), ..self }
    }

    fn ip(self, address: &'static str) -> Self {
        Self { wanted: Some(("ip", address)), ..self }
    }

    fn mail(self, address: &'static str) -> Self {
        Self { purpose: For::Mail, wanted: Some(("email", address)), ..self }
    }

    fn purpose(self, purpose: For) -> Self {
        Self { purpose, wanted: None, ..self }
    }

    fn at(self, at: &'static str) -> Self {
        Self { at, ..self }
    }

    /// The leaf has to be covered by one of these lists.
    fn lists(self, lists: impl Into<Vec<List>>) -> Self {
        Self { lists: lists.into(), ..self }
    }

    /// All certificates have to be.
    fn all_lists(self, lists: impl Into<Vec<List>>) -> Self {
        Self { lists: lists.into(), all_lists: true, ..self }
    }

    fn policy(mut self, oid: &'static str) -> Self {
        self.policies.push(oid);
        self
    }

    fn inhibit_any(self) -> Self {
        Self { inhibit_any: true, ..self }
    }

    fn inhibit_mapping(self) -> Self {
        Self { inhibit_mapping: true, ..self }
    }

    /// Expected to be bad: part of what ours says, and the number of OpenSSL's error.
    fn bad(self, ours: &'static str, theirs: u32) -> Self {
        Self { ours: Err(ours), theirs: Err(theirs), ..self }
    }

    fn bad_for_ours(self, ours: &'static str) -> Self {
        Self { ours: Err(ours), ..self }
    }

    fn bad_for_openssl(self, theirs: u32) -> Self {
        Self { theirs: Err(theirs), ..self }
    }
}

// ---- both verdicts ----

impl Case {
    /// Makes all that's needed and compares; what's wrong, if something is.
    fn run(&self, workshop: &mut Workshop) -> Result<(), String> {
        let leaf = workshop.make(&self.chain);
        let trusted = match &self.trusted {
            Some(chain) => workshop.make(chain),
            None => workshop.make(&self.chain[self.chain.len() - 1..]),
        };
        let mut pool = Vec::new();
        for position in 1..self.chain.len().saturating_sub(1) {
            if !self.missing.contains(&position) {
                pool.push(workshop.make(&self.chain[position..]));
            }
        }
        for chain in &self.more {
            (0..chain.len() - 1).for_each(|position| pool.push(workshop.make(&chain[position..])));
        }
        let lists: Vec<u8> =
            self.lists.iter().flat_map(|list| workshop.make_list(list, &self.chain)).collect();
        let theirs = self.ask_openssl(workshop, &leaf, &trusted, &pool, &lists);
        let ours = self.ask_ours(workshop, &leaf, &trusted, &pool, &lists);
        let as_expected = theirs == self.theirs
            && match (&ours, self.ours) {
                (Ok(()), Ok(())) => true,
                (Err(said), Err(part)) => said.contains(part),
                _ => false,
            };
        if as_expected {
            Ok(())
        } else {
            Err(format!("{}\n  ours:    {ours:?}\n  OpenSSL: {theirs:?}", self.name))
        }
    }

    fn ask_openssl(
        &self,
        workshop: &Workshop,
        leaf: &str,
        trusted: &str,
        pool: &[String],
        lists: &[u8],
    ) -> Result<(), u32> {
        let time: Time = self.at.parse().unwrap();
        let mut options = format!(
            "-x509_strict -auth_level 2 -partial_chain -no-CApath -no-CAstore -attime {} -CAfile {trusted}",
            time.unix_seconds()
        );
        let mut option = |text: &str| {
            options.push(' ');
            options.push_str(text);
        };
        for file in pool {
            option(&format!("-untrusted {file}"));
        }
        match self.purpose {
            For::Server => option("-purpose sslserver"),
            For::Client => option("-purpose sslclient"),
            For::Mail => option("-purpose smimesign"),
            For::Anything => option("-purpose any"),
        }
        if let Some((kind, name)) = self.wanted {
            option(&format!("-verify_{kind} {name}"));
        }
        if !self.lists.is_empty() {
            workshop.openssl.write("lists.pem", lists);
            option("-CRLfile lists.pem");
            option(if self.all_lists { "-crl_check_all" } else { "-crl_check" });
        }
        if self.policies.is_empty() {
            // Without one it takes nothing where an authority requires a policy.
            option("-policy anyPolicy");
        }
        for oid in &self.policies {
            option(&format!("-policy {oid} -explicit_policy"));
        }
        if self.inhibit_any {
            option("-inhibit_any");
        }
        if self.inhibit_mapping {
            option("-inhibit_map");
        }
        option(leaf);
        workshop.openssl.verify(&options)
    }

    fn ask_ours(
        &self,
        workshop: &Workshop,
        leaf: &str,
        trusted: &str,
        pool: &[String],
        lists: &[u8],
    ) -> Result<(), String> {
        let store: TrustStore = [workshop.certificate(trusted)].into_iter().collect();
        let leaf = workshop.certificate(leaf);
        let pool: Vec<_> = pool.iter().map(|file| workshop.certificate(file)).collect();
        let mut purpose = match self.purpose {
            For::Server => Purpose::any_server(),
            For::Client => Purpose::client(),
            For::Mail => Purpose::mail(self.wanted.unwrap().1).unwrap(),
            For::Anything => Purpose::any(),
        };
        if let Some((_, name)) = self.wanted {
            purpose = purpose.named(Name::new(name).unwrap());
        }
        let mut policy = Policy::strict();
        if !self.policies.is_empty() {
            policy =
                policy.require_policies(self.policies.iter().map(|oid| ObjectIdentifier::new_unwrap(oid)));
        }
        if self.inhibit_any {
            policy = policy.inhibit_any_policy();
        }
        if self.inhibit_mapping {
            policy = policy.inhibit_policy_mapping();
        }
        let time: Time = self.at.parse().unwrap();
        let mut verifier = Verifier::new(&store, Purpose::any())
            .intermediates(&pool)
            .at(time)
            .purpose(purpose)
            .policy(policy);
        let crls = if self.lists.is_empty() { Vec::new() } else { Crl::bundle_from_pem(lists).unwrap() };
        if !crls.is_empty() {
            let revocation = Revocation::crls(&crls);
            verifier = verifier.revocation(if self.all_lists { revocation } else { revocation.leaf_only() });
        }
        verifier.verify(&leaf).map(drop).map_err(|error| error.to_string())
    }
}

// ---- the table ----

/// RSA-PSS with a salt as long as the hash.
const PSS: &str =
    "-md sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256";

/// A leaf, authorities of these numbers, and the root.
fn chain<const N: usize>(authorities: [usize; N]) -> Vec<Draft> {
    let above = authorities.into_iter().map(authority);
    [leaf()].into_iter().chain(above).chain([root()]).collect()
}

fn keys() -> Vec<Case> {
    let root = |key| root().key(key);
    let authority = |key| authority(1).key(key);
    let leaf = |key| leaf().key(key);
    vec![
        case("all P-256", chain([1])),
        case("all P-384", [leaf("p384-3"), authority("p384-2"), root("p384-1")]),
        case("all P-521", [leaf("p521-3"), authority("p521-2"), root("p521-1")]),
        case("all Ed25519", [leaf("ed25519-3"), authority("ed25519-2"), root("ed25519-1")]),
        case("all RSA", [leaf("rsa-3"), authority("rsa-2"), root("rsa-1")]),
        case("RSA with SHA-512", [leaf("rsa-3").signed("-md sha512"), root("rsa-1").signed("-md sha384")]),
        case(
            "all RSA-PSS",
            [leaf("rsa-3").signed(PSS), authority("rsa-2").signed(PSS), root("rsa-1").signed(PSS)],
        ),
        case(
            "RSA-PSS with SHA-384 and another salt",
            [
                leaf("p256-9").signed("-md sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20"),
                root("rsa-1"),
            ],
        ),
        case("P-256 under RSA under P-384", [leaf("p256-9"), authority("rsa-2"), root("p384-1")]),
        case(
            "Ed25519 under P-521 under RSA-PSS",
            [leaf("ed25519-3"), authority("p521-2").signed(PSS), root("rsa-1").signed(PSS)],
        ),
        case(
            "P-384 with SHA-256",
            [leaf("p256-9").signed("-md sha256"), root("p384-1").signed("-md sha512")],
        ),
        case("SHA-1 on the leaf", [leaf("p256-9").signed("-md sha1"), root("rsa-1")])
            .bad("is signed by RSA with SHA-1, which is too weak", 68),
        case(
            "SHA-1 on the authority",
            [leaf("p256-9"), authority("p256-2").signed("-md sha1"), root("p256-1")],
        )
        .bad("is signed by ECDSA with SHA-1, which is too weak", 68),
        case("SHA-1 on the root alone", [leaf("p256-9"), root("p256-1").signed("-md sha1")]),
        case(
            "RSA-PSS with SHA-1",
            [leaf("p256-9").signed("-md sha1 -sigopt rsa_padding_mode:pss"), root("rsa-1")],
        )
        .bad("is signed by RSA-PSS with SHA-1, which is too weak", 68),
        case("RSA-1024 in the leaf", [leaf("rsa1024-1"), root("p256-1")])
            .bad("has an RSA key of 1024 bits, which is too weak", 66),
        case("RSA-1024 in the authority", [leaf("p256-9"), authority("rsa1024-1"), root("p256-1")])
            .bad("has an RSA key of 1024 bits, which is too weak", 67),
        case("RSA-1024 in the root", [leaf("p256-9"), root("rsa1024-1")])
            .bad("has an RSA key of 1024 bits, which is too weak", 67),
    ]
}

fn times() -> Vec<Case> {
    let (past, future) = ("20260531235959Z", "20260601000001Z");
    vec![
        case("depth 1", chain([])),
        case("depth 3", chain([2, 1])),
        case("depth 4", chain([3, 2, 1])),
        case("the last second", [leaf().until("20260601000000Z"), root()]).bad_for_openssl(10),
        case("the first second", [leaf().from("20260601000000Z"), root()]),
        case("an expired leaf", [leaf().until(past), root()]).bad("expired on 2026-05-31T23:59:59Z", 10),
        case("an expired authority", [leaf(), authority(1).until(past), root()])
            .bad("its issuer, CN=Authority-1,O=Example, expired on", 10),
        case("an expired root", [leaf(), authority(1), root().until(past)])
            .bad("authority 2 above it, CN=Root,O=Example, expired on", 10),
        case("a leaf not yet valid", [leaf().from(future), root()])
            .bad("isn't valid until 2026-06-01T00:00:01Z", 9),
        case("an authority not yet valid", [leaf(), authority(1).from(future), root()])
            .bad("CN=Authority-1,O=Example, isn't valid until", 9),
        case("a root not yet valid", [leaf(), authority(1), root().from(future)])
            .bad("CN=Root,O=Example, isn't valid until", 9),
        case("before all of them", chain([1])).at("2019-12-31T23:59:59Z").bad("isn't valid until", 9),
        case("after all of them", chain([1])).at("2040-01-01T00:00:01Z").bad("expired on", 10),
        case("years after 2050", [leaf().until("20991231235959Z"), root().until("20991231235959Z")])
            .at("2075-01-01T00:00:00Z"),
        case("two ways up, one expired", chain([1])).more([authority(1).until(past), root()]),
        case("two ways up, both expired", [leaf(), authority(1).until(past), root()])
            .more([authority(1).until("20250101000000Z"), root()])
            .bad("its issuer, CN=Authority-1,O=Example, expired on", 10),
    ]
}

fn names() -> Vec<Case> {
    let names = |names: &str| [leaf().with("subjectAltName", names), root()];
    let mail = |names: &str| {
        [leaf().with("extendedKeyUsage", "emailProtection").with("subjectAltName", names), root()]
    };
    vec![
        case("the second of two names", names("DNS:example.com,DNS:www.example.com")),
        case("upper case", names("DNS:WWW.Example.COM")),
        case("another host", names("DNS:www.example.org"))
            .bad("isn't for www.example.com, but for www.example.org", 62),
        case("a host below", names("DNS:example.com")).bad("isn't for www.example.com", 62),
        case("a wildcard", names("DNS:*.example.com")),
        case("a wildcard across labels", names("DNS:*.example.com"))
            .host("a.www.example.com")
            .bad("isn't for", 62),
        case("a wildcard for the domain itself", names("DNS:*.example.com"))
            .host("example.com")
            .bad("isn't for", 62),
        case("a wildcard in the middle", names("DNS:www.*.com")).bad("isn't for", 62),
        case("a wildcard of the whole top", names("DNS:*.com")).host("example.com").bad("isn't for", 62),
        case("a part of a label as wildcard", names("DNS:w*.example.com"))
            .bad_for_ours("isn't for www.example.com, but for w*.example.com"),
        case("a wildcard for an A-label", names("DNS:*.example.com")).host("xn--bcher-kva.example.com"),
        case("a name with an underscore", names("DNS:a_b.example.com")).host("a_b.example.com"),
        case("a common name in place of alternative names", [leaf().without("subjectAltName"), root()])
            .bad_for_ours("isn't for www.example.com: it names nobody"),
        case("a common name beside alternative names", names("DNS:example.org")).bad("isn't for", 62),
        case("an IPv4 address", names("IP:192.0.2.1")).ip("192.0.2.1"),
        case("another IPv4 address", names("IP:192.0.2.2"))
            .ip("192.0.2.1")
            .bad("isn't for 192.0.2.1, but for 192.0.2.2", 64),
        case("an IPv6 address", names("IP:2001:db8::1")).ip("2001:db8:0::1"),
        case("another IPv6 address", names("IP:2001:db8::2"))
            .ip("2001:db8::1")
            .bad("isn't for 2001:db8::1", 64),
        case("an IP address as domain name", names("DNS:192.0.2.1")).ip("192.0.2.1").bad("isn't for", 64),
        case("a mail address", mail("email:alice@example.com")).mail("alice@example.com"),
        case("a mail address at a host in upper case", mail("email:alice@EXAMPLE.com"))
            .mail("alice@example.com"),
        case("another mail address", mail("email:bob@example.com"))
            .mail("alice@example.com")
            .bad("isn't for", 63),
        case("a mail address in upper case", mail("email:Alice@example.com"))
            .mail("alice@example.com")
            .bad("isn't for", 63),
        case(
            "no subject, and critical alternative names",
            [leaf().subject("/").with("subjectAltName", "critical,DNS:www.example.com"), root()],
        ),
        case("no subject, and alternative names that aren't critical", [leaf().subject("/"), root()])
            .bad("alternative names that aren't critical", 88),
    ]
}

fn ways() -> Vec<Case> {
    let other_root = || root().key("p256-6").subject("/O=Example/CN=Other-root");
    vec![
        case("an unknown root", chain([1])).trusted([other_root()]).bad("or an intermediate is missing", 20),
        case("another root of the same name", chain([1]))
            .trusted([root().key("p256-6")])
            .bad("that its issuer's key didn't make", 20),
        case("a missing intermediate", chain([1])).missing(1).bad("or an intermediate is missing", 20),
        case("a missing intermediate further up", chain([2, 1]))
            .missing(2)
            .bad("its issuer, CN=Authority-2,O=Example, was issued by CN=Authority-1,O=Example, of whom", 20),
        case("a trusted intermediate", chain([1])).trusted([authority(1), root()]),
        case("a trusted leaf", chain([1])).trusted(chain([1])),
        case("a self-signed leaf", [leaf().without("authorityKeyIdentifier")])
            .trusted([root()])
            .bad("is signed by itself", 18),
        case("a self-signed leaf that's trusted", [leaf().without("authorityKeyIdentifier")]),
        case("a self-signed root that isn't trusted", chain([]))
            .trusted([other_root()])
            .more([root(), root()])
            .bad("is signed by itself", 19),
        case("a damaged leaf", [leaf().damage(Damage::Tbs), root()])
            .bad("has a signature that its issuer's key didn't make", 7),
        case("a damaged signature of the leaf", [leaf().damage(Damage::Signature), root()])
            .bad("has a signature that its issuer's key didn't make", 7),
        case("a damaged authority", [leaf(), authority(1).damage(Damage::Tbs), root()])
            .bad("its issuer, CN=Authority-1,O=Example, has a signature that", 7),
        case(
            "a damaged signature of the authority",
            [leaf(), authority(1).damage(Damage::Signature), root()],
        )
        .bad("its issuer, CN=Authority-1,O=Example, has a signature that", 7),
        case("another authority of the same name at hand", chain([1]))
            .more([authority(1).key("p256-6"), root()]),
        case("cross-signed, by a trusted root and an unknown one", chain([1]))
            .more([authority(1), other_root()]),
        case("cross-signed, through the other one", chain([1]))
            .trusted([other_root()])
            .more([authority(1), other_root()])
            .bad_for_openssl(20),
        case("a root under a new root", chain([1]))
            .trusted([other_root()])
            .more([root().with("authorityKeyIdentifier", "keyid"), other_root()]),
    ]
}

fn authorities() -> Vec<Case> {
    let no_authority = || leaf().key("p256-2").subject("/O=Example/CN=mail.example.com");
    let usage = |usage: &str| authority(1).with("keyUsage", usage);
    let extended = |usage: &str| [leaf(), authority(1).with("extendedKeyUsage", usage), root()];
    let leaf_with = |name, value: &str| [leaf().with(name, value), root()];
    let limit =
        |number, max| authority(number).with("basicConstraints", &format!("critical,CA:true,pathlen:{max}"));
    let newer = |draft: Draft| draft.key("p256-6");
    vec![
        case("a leaf that plays authority", [leaf(), no_authority(), root()])
            .bad("isn't an authority's: it says that it isn't", 79),
        case(
            "a leaf that says nothing and plays authority",
            [leaf(), no_authority().without("basicConstraints").without("keyUsage"), root()],
        )
        .bad("isn't an authority's: it doesn't say so", 79),
        case(
            "an authority that isn't one by its own words",
            [leaf(), authority(1).with("basicConstraints", "critical,CA:false"), root()],
        )
        .bad("isn't an authority's: it says that it isn't", 79),
        case(
            "basic constraints that aren't critical",
            [leaf(), authority(1).with("basicConstraints", "CA:true"), root()],
        )
        .bad("has basic constraints that aren't critical", 89),
        case("an authority whose key isn't for certificates", [leaf(), usage("critical,cRLSign"), root()])
            .bad("isn't for signing certificates", 79),
        case(
            "a root whose key isn't for certificates",
            [leaf(), root().with("keyUsage", "critical,cRLSign")],
        )
        .bad("isn't for signing certificates", 79),
        case("an authority without key usage", [leaf(), authority(1).without("keyUsage"), root()])
            .bad_for_openssl(92),
        case("path length 0 over a leaf", [leaf(), limit(1, 0), root()]),
        case("path length 0 over an authority", [leaf(), authority(2), limit(1, 0), root()])
            .bad("allows 0 authorities below it, and there are 1", 25),
        case("path length 1 over two authorities", [leaf(), authority(3), authority(2), limit(1, 1), root()])
            .bad("allows 1 authorities below it, and there are 2", 25),
        case("path length 1 over one", [leaf(), authority(2), limit(1, 1), root()]),
        case(
            "path length of the root",
            [leaf(), authority(1), root().with("basicConstraints", "critical,CA:true,pathlen:0")],
        )
        .bad("allows 0 authorities below it, and there are 1", 25),
        case(
            "path length 0 over a new key of the same authority",
            [leaf(), newer(authority(1)), limit(1, 0), root()],
        ),
        case("path lengths that grow", [leaf(), authority(3), limit(2, 5), limit(1, 1), root()])
            .bad("allows 1 authorities below it, and there are 2", 25),
        case("a server's certificate for clients", chain([1]))
            .purpose(For::Client)
            .bad("isn't for clients, but for", 26),
        case("a client's certificate", leaf_with("extendedKeyUsage", "clientAuth")).purpose(For::Client),
        case("a client's certificate for servers", leaf_with("extendedKeyUsage", "clientAuth"))
            .bad("isn't for servers, but for", 26),
        case("both in one", leaf_with("extendedKeyUsage", "clientAuth,serverAuth")),
        case("for nothing in particular", [leaf().without("extendedKeyUsage"), root()]),
        case("for anything", leaf_with("extendedKeyUsage", "anyExtendedKeyUsage")).bad_for_openssl(26),
        case("an authority for servers", extended("serverAuth")),
        case("an authority for clients", extended("clientAuth"))
            .bad("its issuer, CN=Authority-1,O=Example, isn't for servers, but for", 26),
        case("an authority for anything", extended("anyExtendedKeyUsage")).bad_for_openssl(26),
        case("a root for clients", [leaf(), root().with("extendedKeyUsage", "clientAuth")])
            .bad("isn't for servers, but for", 26),
        case("a server's key that's for signing lists", leaf_with("keyUsage", "critical,cRLSign"))
            .bad("has a key that isn't for a server's handshake", 26),
        case(
            "a server's key for encryption of keys",
            [leaf().key("rsa-3").with("keyUsage", "critical,keyEncipherment"), root()],
        ),
        case(
            "a client's key for encryption of keys",
            [
                leaf().with("extendedKeyUsage", "clientAuth").with("keyUsage", "critical,keyEncipherment"),
                root(),
            ],
        )
        .purpose(For::Client)
        .bad("has a key that isn't for a client's signatures", 26),
        case(
            "a leaf whose key is for certificates",
            leaf_with("keyUsage", "critical,digitalSignature,keyCertSign"),
        )
        .bad("has a key for signing certificates", 82),
        case("an authority's certificate, verified", [authority(1), root()])
            .purpose(For::Server)
            .bad_for_openssl(26),
    ]
}

fn extensions() -> Vec<Case> {
    let without = |name| [leaf(), authority(1).without(name), root()];
    let with_id = || {
        let id = "DER:30168014000102030405060708090a0b0c0d0e0f10111213";
        leaf().without("authorityKeyIdentifier").with("2.5.29.35", id)
    };
    vec![
        case("an unknown extension", [leaf().with("1.2.3.4", "DER:0500"), root()]),
        case("an unknown critical extension", [leaf().with("1.2.3.4", "critical,DER:0500"), root()])
            .bad("has an extension that must be understood, and isn't: 1.2.3.4", 34),
        case(
            "an unknown critical extension of an authority",
            [leaf(), authority(1).with("1.2.3.4", "critical,DER:0500"), root()],
        )
        .bad("CN=Authority-1,O=Example, has an extension that must be understood, and isn't: 1.2.3.4", 34),
        case(
            "an unknown critical extension of the root",
            [leaf(), root().with("1.2.3.4", "critical,DER:0500")],
        )
        .bad("CN=Root,O=Example, has an extension that must be understood, and isn't: 1.2.3.4", 34),
        case("no key identifier of the leaf", [leaf().without("subjectKeyIdentifier"), root()]),
        case("no key identifier of an authority", {
            let mut drafts = without("subjectKeyIdentifier");
            drafts[0] = with_id();
            drafts
        })
        .bad("is an authority without a key identifier", 86),
        case("no key identifier of the issuer in a leaf", [leaf().without("authorityKeyIdentifier"), root()])
            .bad("doesn't name the key identifier of its issuer", 85),
        case("no key identifier of the issuer in an authority", without("authorityKeyIdentifier"))
            .bad("doesn't name the key identifier of its issuer", 85),
        case("another key identifier of the issuer", [with_id(), root()])
            .bad("names another key identifier than its issuer has", 20),
        case("a leaf of version 1", [leaf().version_1(), root()])
            .purpose(For::Anything)
            .bad_for_ours("doesn't name the key identifier of its issuer"),
        case("an authority of version 1", [with_id(), authority(1).version_1(), root()])
            .bad("its issuer, CN=Authority-1,O=Example, isn't an authority's: it's of version 1", 79),
        case("a root of version 1", [with_id(), root().version_1()]).bad("it's of version 1", 79),
        case("the serial number zero", [leaf().serial("00"), root()])
            .bad_for_ours("has the serial number zero"),
        case(
            "a serial number of 20 bytes",
            [leaf().serial("7f0102030405060708090a0b0c0d0e0f10111213"), root()],
        ),
        case(
            "a serial number of 21 bytes",
            [leaf().serial("7f0102030405060708090a0b0c0d0e0f1011121314"), root()],
        )
        .bad_for_ours("has a serial number of more than 20 bytes"),
        case("an authority without a name", [leaf(), authority(1).subject("/"), root()])
            .bad("has no issuer", 83),
    ]
}

/// What ours says of a name that no permitted subtree takes in.
const OUTSIDE: &str = "may vouch for";

/// A chain with a constraint on its authority, and a leaf with these names.
fn under(constraint: &str, names: &str) -> [Draft; 3] {
    [
        leaf().subject("/O=Example/CN=leaf").with("subjectAltName", names),
        authority(1).with("nameConstraints", &format!("critical,{constraint}")),
        root(),
    ]
}

/// The same as a case, in which no name is asked for.
fn constrained(name: &'static str, constraint: &str, names: &str) -> Case {
    case(name, under(constraint, names)).purpose(For::Server)
}

fn domain_and_address_constraints() -> Vec<Case> {
    vec![
        constrained("a permitted domain", "permitted;DNS:example.com", "DNS:www.example.com"),
        constrained("a permitted domain itself", "permitted;DNS:example.com", "DNS:example.com"),
        constrained("a domain that isn't permitted", "permitted;DNS:example.com", "DNS:www.example.org")
            .bad(OUTSIDE, 47),
        constrained("a domain that only ends like it", "permitted;DNS:example.com", "DNS:badexample.com")
            .bad(OUTSIDE, 47),
        constrained(
            "one of two isn't permitted",
            "permitted;DNS:example.com",
            "DNS:www.example.com,DNS:www.example.org",
        )
        .bad(OUTSIDE, 47),
        constrained("an excluded domain", "excluded;DNS:example.com", "DNS:www.example.com")
            .bad("may not vouch for example.com", 48),
        constrained("a domain beside an excluded one", "excluded;DNS:example.com", "DNS:www.example.org"),
        constrained(
            "permitted, and excluded below",
            "permitted;DNS:example.com,excluded;DNS:a.example.com",
            "DNS:x.a.example.com",
        )
        .bad("may not vouch for a.example.com", 48),
        constrained("a wildcard in a permitted domain", "permitted;DNS:example.com", "DNS:*.example.com"),
        constrained("a wildcard over an excluded host", "excluded;DNS:a.example.com", "DNS:*.example.com")
            .bad_for_ours("may not vouch for a.example.com"),
        constrained("a domain constraint with a dot", "permitted;DNS:.example.com", "DNS:www.example.com")
            .bad_for_ours("a domain name that starts with a dot"),
        constrained("a permitted IPv4 net", "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.77"),
        constrained(
            "outside of a permitted IPv4 net",
            "permitted;IP:192.0.2.0/255.255.255.0",
            "IP:192.0.3.77",
        )
        .bad("names 192.0.3.77", 47),
        constrained("an excluded IPv4 net", "excluded;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.77")
            .bad("may not vouch for 192.0.2.0/24", 48),
        constrained(
            "an IPv6 address under a permitted IPv4 net",
            "permitted;IP:192.0.2.0/255.255.255.0",
            "IP:2001:db8::1",
        )
        .bad("names 2001:db8::1", 47),
        constrained("a permitted IPv6 net", "permitted;IP:2001:db8::/ffff:ffff::", "IP:2001:db8::1"),
        constrained(
            "a domain under a constraint on addresses",
            "permitted;IP:192.0.2.0/255.255.255.0",
            "DNS:www.example.com",
        ),
        constrained("all addresses excluded", "excluded;IP:0.0.0.0/0.0.0.0", "IP:192.0.2.1")
            .bad("may not vouch for 0.0.0.0/0", 48),
    ]
}

fn mail_and_uri_constraints() -> Vec<Case> {
    vec![
        constrained("a permitted mail host", "permitted;email:example.com", "email:alice@example.com"),
        constrained(
            "a mail host below a permitted one",
            "permitted;email:example.com",
            "email:alice@a.example.com",
        )
        .bad(OUTSIDE, 47),
        constrained(
            "mail hosts below a permitted one",
            "permitted;email:.example.com",
            "email:alice@a.example.com",
        ),
        constrained(
            "a permitted mail address",
            "permitted;email:alice@example.com",
            "email:alice@example.com",
        ),
        constrained(
            "another mail address than the permitted one",
            "permitted;email:alice@example.com",
            "email:bob@example.com",
        )
        .bad(OUTSIDE, 47),
        constrained("an excluded mail address", "excluded;email:bob@example.com", "email:bob@example.com")
            .bad("may not vouch for bob@example.com", 48),
        constrained(
            "a permitted host of URIs",
            "permitted;URI:www.example.com",
            "URI:https://www.example.com/a",
        ),
        constrained(
            "a host of URIs below a permitted one",
            "permitted;URI:example.com",
            "URI:https://www.example.com/a",
        )
        .bad(OUTSIDE, 47),
    ]
}

fn other_constraints() -> Vec<Case> {
    let directory = |name, constraint: &str, subject: &str| {
        let [leaf, authority, root] = under(constraint, "DNS:www.example.com");
        case(name, [leaf.subject(subject), authority, root])
    };
    vec![
        directory("a permitted directory name", "permitted;dirName:organisation", "/O=Example/CN=x"),
        directory(
            "a permitted directory name in other case",
            "permitted;dirName:organisation",
            "/O=EXAMPLE/CN=x",
        ),
        directory(
            "a directory name that isn't permitted",
            "permitted;dirName:organisation",
            "/O=Elsewhere/CN=x",
        )
        .bad("may vouch for O=Example only", 47),
        directory("an excluded directory name", "excluded;dirName:elsewhere", "/O=Elsewhere/CN=x")
            .bad("may not vouch for O=Elsewhere", 48),
        case("a common name outside of permitted domains", {
            let mut drafts = under("permitted;DNS:example.com", "DNS:x").to_vec();
            drafts[0] = leaf().subject("/CN=www.example.org").without("subjectAltName");
            drafts
        })
        .purpose(For::Server)
        .bad_for_openssl(47),
        case(
            "a constraint two authorities above",
            [
                leaf(),
                authority(2),
                authority(1).with("nameConstraints", "critical,permitted;DNS:example.org"),
                root(),
            ],
        )
        .bad("may vouch for example.org only", 47),
        case(
            "two constraints that leave nothing",
            [
                leaf(),
                authority(2).with("nameConstraints", "critical,permitted;DNS:example.com"),
                authority(1).with("nameConstraints", "critical,permitted;DNS:example.org"),
                root(),
            ],
        )
        .bad("may vouch for example.org only", 47),
        case(
            "a constraint of the root",
            [leaf(), root().with("nameConstraints", "critical,permitted;DNS:example.org")],
        )
        .bad("may vouch for example.org only", 47),
        case(
            "a constraint that isn't critical",
            [leaf(), authority(1).with("nameConstraints", "permitted;DNS:example.com"), root()],
        )
        .bad_for_ours("has name constraints that aren't critical"),
        case(
            "a constraint in a leaf",
            [leaf().with("nameConstraints", "critical,permitted;DNS:example.com"), root()],
        )
        .bad_for_ours("has name constraints, and isn't an authority's"),
    ]
}

fn revocation() -> Vec<Case> {
    let good = || List::new(1, &[]);
    let no_lists = || authority(1).with("keyUsage", "critical,keyCertSign");
    vec![
        case("nobody on the list", chain([1])).lists([good()]),
        case("a revoked leaf", chain([1]))
            .lists([List::new(1, &[0])])
            .bad("was revoked on 2026-02-01T00:00:00Z: its key is compromised", 23),
        case("a revoked leaf under the root", chain([]))
            .lists([List::new(1, &[0])])
            .bad("was revoked on", 23),
        case("all on nobody's list", chain([1])).all_lists([good(), List::new(2, &[])]),
        case("a revoked authority", chain([1]))
            .all_lists([good(), List::new(2, &[1])])
            .bad("its issuer, CN=Authority-1,O=Example, was revoked", 23),
        case("a revoked authority, asked about the leaf", chain([1]))
            .lists([good(), List::new(2, &[1])])
            .bad_for_ours("its issuer, CN=Authority-1,O=Example, was revoked"),
        case("no list about the authority", chain([1])).all_lists([good()]).bad(
            "its issuer, CN=Authority-1,O=Example, may have been revoked: there's no revocation list",
            3,
        ),
        case("no list about the leaf", chain([1]))
            .lists([List::new(2, &[])])
            .bad("may have been revoked: there's no revocation list", 3),
        case("an expired list", chain([1]))
            .lists([good().times("20260101000000Z", "20260531235959Z")])
            .bad("the revocation list is out of date", 12),
        case("a list of later on", chain([1]))
            .lists([good().times("20260601000001Z", "20270101000000Z")])
            .bad("the revocation list is from later on", 11),
        case("an expired list with the leaf on it", chain([1]))
            .lists([List::new(1, &[0]).times("20260101000000Z", "20260531235959Z")])
            .bad("was revoked on 2026-02-01", 12),
        case("an expired list beside a good one", chain([1]))
            .lists([good().times("20260101000000Z", "20260531235959Z"), good()]),
        case("a list of another key of the same name", chain([1]))
            .lists([List { other_issuer: Some(vec![authority(1).key("p256-6"), root()]), ..good() }])
            .bad("a signature that its issuer's key didn't make", 3),
        case("a list by an authority whose key isn't for lists", [leaf(), no_lists(), root()])
            .lists([good()])
            .bad("isn't for signing revocation lists", 35),
        case("a list about authorities", chain([1]))
            .lists([good().with("issuingDistributionPoint=critical,@only_authorities")])
            .bad("is about other certificates", 44),
        case("a list about leaves", chain([1]))
            .lists([good().with("issuingDistributionPoint=critical,@only_leaves")]),
        case("a list about some reasons", chain([1]))
            .lists([good().with("issuingDistributionPoint=critical,@some_reasons")])
            .bad("are about some reasons only", 3),
        case("a list without a number", chain([1]))
            .lists([List { number: false, ..good() }])
            .bad_for_ours("has no number"),
        case("a list that names no key", chain([1]))
            .lists([List { extensions: Vec::new(), ..good() }])
            .bad_for_ours("doesn't name its issuer's key"),
        case("a list with an unknown critical extension", chain([1]))
            .lists([good().with("1.2.3.4=critical,DER:0500")])
            .bad("has an extension that must be understood", 36),
        case("a list signed with SHA-1", chain([1]))
            .lists([List { signed: "-md sha1", ..good() }])
            .bad_for_ours("the revocation list is signed in a way that's too weak"),
        case("lists by RSA-PSS", [leaf(), authority(1).key("rsa-2").signed(PSS), root().key("rsa-1")])
            .all_lists([List { signed: PSS, ..good() }, List { signed: PSS, ..List::new(2, &[]) }]),
        case("lists by Ed25519", [leaf(), root().key("ed25519-1")])
            .lists([List::new(1, &[0])])
            .bad("was revoked on", 23),
    ]
}

fn policies() -> Vec<Case> {
    let with = |of_leaf: &str, of_authority: &str| {
        [
            leaf().with("certificatePolicies", of_leaf),
            authority(1).with("certificatePolicies", of_authority),
            root(),
        ]
    };
    let none = "isn't covered by a certificate policy of the whole chain, which the caller requires";
    let constrained =
        |value: &str, draft: Draft| draft.with("policyConstraints", &format!("critical,{value}"));
    let mapped = || {
        let [leaf, authority, root] = with("1.3.2", "1.3.1");
        [leaf, authority.with("policyMappings", "critical,1.3.1:1.3.2"), root]
    };
    vec![
        case("a required policy", with("1.3.1", "1.3.1")).policy("1.3.1"),
        case("one of two policies", with("1.3.1,1.3.2", "1.3.3,1.3.2")).policy("1.3.2").policy("1.3.5"),
        case("another policy", with("1.3.2", "1.3.2")).policy("1.3.1").bad(none, 43),
        case("a policy of the leaf alone", with("1.3.1", "1.3.2")).policy("1.3.1").bad(none, 43),
        case("a required policy, and none", chain([1])).policy("1.3.1").bad(none, 43),
        case("an authority for any policy", with("1.3.1", "anyPolicy")).policy("1.3.1"),
        case("a leaf for any policy", with("anyPolicy", "1.3.1")).policy("1.3.1"),
        case("any policy, inhibited by the caller", with("1.3.1", "anyPolicy"))
            .policy("1.3.1")
            .inhibit_any()
            .bad(none, 43),
        case("any policy, inhibited by an authority", {
            let [leaf, authority, root] = with("anyPolicy", "1.3.1");
            [leaf, authority.with("inhibitAnyPolicy", "critical,0"), root]
        })
        .policy("1.3.1")
        .bad(none, 43),
        case("a mapped policy", mapped()).policy("1.3.1"),
        case("a mapped policy by its other name", mapped()).policy("1.3.2").bad(none, 43),
        case("a mapped policy, inhibited by the caller", mapped())
            .policy("1.3.1")
            .inhibit_mapping()
            .bad(none, 43),
        case("a policy that an authority requires", {
            let [leaf, authority, root] = with("1.3.1", "1.3.1");
            [leaf, constrained("requireExplicitPolicy:0", authority), root]
        }),
        case("a policy that an authority requires, and none", {
            let [leaf, authority, root] = with("1.3.1", "1.3.2");
            [leaf, constrained("requireExplicitPolicy:0", authority), root]
        })
        .bad("which CN=Authority-1,O=Example requires", 43),
        case("policies that contradict, and nobody who requires one", with("1.3.1", "1.3.2")),
        case("mapping of any policy", {
            let [leaf, authority, root] = with("1.3.1", "1.3.1");
            [leaf, authority.with("policyMappings", "critical,1.3.1:anyPolicy"), root]
        })
        .policy("1.3.1")
        .bad("maps anyPolicy", 42),
        case("policy constraints that aren't critical", {
            let [leaf, authority, root] = with("1.3.1", "1.3.1");
            [leaf, authority.with("policyConstraints", "requireExplicitPolicy:0"), root]
        })
        .bad_for_ours("has policy constraints that aren't critical"),
    ]
}

// ---- the tests ----

const GROUPS: [fn() -> Vec<Case>; 11] = [
    keys,
    times,
    names,
    ways,
    authorities,
    extensions,
    domain_and_address_constraints,
    mail_and_uri_constraints,
    other_constraints,
    revocation,
    policies,
];

fn run(cases: &[Case]) {
    let Some(mut workshop) = Workshop::new() else { return };
    assert!(!cases.is_empty());
    let wrong: Vec<String> = cases.iter().filter_map(|case| case.run(&mut workshop).err()).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn keys_and_algorithms() {
    run(&keys());
}

#[test]
fn times_and_depths() {
    run(&times());
}

#[test]
fn names_of_leaves() {
    run(&names());
}

#[test]
fn ways_to_a_root() {
    run(&ways());
}

#[test]
fn what_authorities_may() {
    run(&authorities());
}

#[test]
fn extensions_and_versions() {
    run(&extensions());
}

#[test]
fn name_constraints() {
    run(&domain_and_address_constraints());
    run(&mail_and_uri_constraints());
    run(&other_constraints());
}

#[test]
fn revocation_lists() {
    run(&revocation());
}

#[test]
fn certificate_policies() {
    run(&policies());
}

/// The tables agree: every case has its own name, and [`DIFFERENCES`] are the cases with two verdicts.
#[test]
fn all_cases_and_differences() {
    let cases: Vec<Case> = GROUPS.iter().flat_map(|group| group()).collect();
    let mut names: Vec<_> = cases.iter().map(|case| case.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((cases.len(), names.len()), (CASES, CASES));
    let differing: Vec<_> = cases
        .iter()
        .filter(|case| case.ours.is_ok() != case.theirs.is_ok())
        .map(|case| (case.name, if case.ours.is_ok() { Milder::Ours } else { Milder::OpenSsl }))
        .collect();
    let listed: Vec<_> = DIFFERENCES.iter().map(|(name, milder, _)| (*name, *milder)).collect();
    assert_eq!(differing, listed);
}
