//! What can go wrong, in words a person can act on.

use core::fmt;

/// Every error of this crate.
///
/// Errors about public data (a key's size, a message's length) say what was found and what is allowed.
/// Errors of secret operations say nothing but that the operation failed: a decryption that fails
/// has one reason, whatever the reason was.
///
/// `Debug` says the same as `Display`, since that's what `unwrap` and a `main` that returns a `Result` print.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The source of randomness failed, or what it gave can't be random.
    Random,
    /// A number is wider than what the operation takes.
    TooWide {
        /// The width that was given, in bits.
        bits: usize,
        /// The widest that is taken, in bits.
        max: usize,
    },
    /// A modulus has to be odd and at least three.
    Modulus,
    /// A number has to be below the modulus.
    NotReduced,
    /// Text that isn't a number in the expected base.
    NotANumber,
    /// The size of a prime or of a key is outside of what's offered.
    Size {
        /// The size that was asked for, in bits.
        bits: usize,
        /// The sizes that are offered.
        allowed: &'static str,
    },
    /// A public exponent has to be odd, at least 3 and below 2^33.
    PublicExponent,
    /// A key isn't consistent; the text names the check that failed.
    InvalidKey(&'static str),
    /// A message is longer than the key and the scheme can carry.
    MessageTooLong {
        /// The length of the message, in bytes.
        len: usize,
        /// The longest message that fits, in bytes.
        max: usize,
    },
    /// A key is too small for the hash (and the salt) of the scheme.
    KeyTooSmall,
    /// An input's length isn't the one that the key or the hash calls for.
    Length {
        /// The length that was given, in bytes.
        len: usize,
        /// The length that is called for, in bytes.
        expected: usize,
    },
    /// A hash is too short for a curve: a signature of it could be made by anybody, or soon found.
    HashTooShort {
        /// The length that was given, in bytes.
        len: usize,
        /// The shortest that is taken, in bytes: half as many as the curve's numbers have.
        min: usize,
    },
    /// More output was asked for than the function may give.
    OutputTooLong,
    /// The ciphertext doesn't decrypt under this key: nothing more is said, on purpose.
    Decryption,
    /// The signature isn't one of this message under this key.
    Signature,
    /// The authentication tag isn't one of this message under this key.
    Mac,
    /// A key's bytes aren't what their form calls for.
    Malformed {
        /// The part of the key that's wrong.
        part: &'static str,
        /// What's wrong with it.
        problem: &'static str,
    },
    /// These bytes are something else than what was asked for.
    Found {
        /// What was found.
        found: &'static str,
        /// What was asked for.
        expected: &'static str,
    },
    /// A kind of key, or of its encryption, that this crate doesn't have.
    Unsupported(&'static str),
    /// The key is encrypted: the functions that take a password read it.
    PasswordNeeded,
    /// An encrypted key doesn't decrypt: the password is wrong, or the file is damaged.
    Password,
    /// A key is encrypted in an old way, which is too weak; it's read if
    /// `key::Decryption::allow_legacy` says so.
    Legacy {
        /// The cipher.
        algorithm: &'static str,
    },
    /// Nothing is written under an empty password: it would look protected, and wouldn't be.
    EmptyPassword,
    /// The file asks for more work than the password's check may cost.
    KdfLimit {
        /// What the file asks for.
        cost: &'static str,
        /// How much of it.
        value: u64,
        /// The most that's done.
        max: u64,
    },
    /// The key is bound to a scheme by its file, and this isn't it: the text names what differs.
    Scheme(&'static str),
    /// Under this key no further message is encrypted: their numbers are used up.
    MessageLimit,
    /// A private-key operation failed its own check: a fault of the machine. The result was discarded.
    Fault,
}

impl Error {
    /// Another error in place of [`Error::NotReduced`]: a damaged input is at or above the modulus by chance.
    #[cfg(feature = "alloc")]
    pub(crate) fn if_not_reduced(self, other: Self) -> Self {
        if self == Self::NotReduced { other } else { self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Random => f.write_str("the source of randomness failed"),
            Self::TooWide { bits, max } => {
                write!(f, "a number of {bits} bits, but at most {max} bits are taken here")
            }
            Self::Modulus => f.write_str("a modulus has to be odd and at least 3"),
            Self::NotReduced => f.write_str("the number isn't below the modulus"),
            Self::NotANumber => f.write_str("the text isn't a number"),
            Self::Size { bits, allowed } => write!(f, "{bits} bits, but {allowed} are offered"),
            Self::PublicExponent => f.write_str("a public exponent has to be odd, at least 3 and below 2^33"),
            Self::InvalidKey(check) => write!(f, "the key is invalid: {check}"),
            Self::MessageTooLong { len, max } => {
                write!(f, "a message of {len} bytes, but this key and scheme carry at most {max}")?;
                // What to do instead; no cipher needs it.
                if max < 1 << 16 { f.write_str(" (longer ones: `hpke`)") } else { Ok(()) }
            }
            Self::KeyTooSmall => f.write_str("the key is too small for this scheme's hash and salt"),
            Self::Length { len, expected } => {
                write!(f, "{len} bytes, where this key, curve or hash calls for {expected}")
            }
            Self::HashTooShort { len, min } => {
                write!(f, "a hash of {len} bytes, but this curve takes none of less than {min}")
            }
            Self::OutputTooLong => f.write_str("more output asked for than the function gives (HKDF: 255 hashes)"),
            Self::Decryption => f.write_str("decryption failed"),
            Self::Signature => f.write_str("the signature is not valid"),
            Self::Mac => f.write_str("the authentication tag is not valid"),
            Self::Malformed { part, problem } => write!(f, "malformed {part}: {problem}"),
            Self::Found { found, expected } => write!(f, "{found}, not {expected}"),
            Self::Unsupported(what) => write!(f, "{what} aren't supported"),
            Self::PasswordNeeded => f.write_str(
                "an encrypted key: a password is needed (`from_encrypted_pem`, with the feature `encryption`)",
            ),
            Self::Password => f.write_str("wrong password, or a damaged file"),
            Self::Legacy { algorithm } => write!(
                f,
                "it's encrypted by {algorithm}, which is too weak (`Decryption::allow_legacy` reads it nevertheless)"
            ),
            Self::EmptyPassword => f.write_str("an empty password protects nothing, and nothing is written under it"),
            Self::KdfLimit { cost, value, max } => {
                write!(f, "the file asks for {value} {cost}, but at most {max} are done")
            }
            Self::Scheme(what) => write!(f, "the key is bound to RSASSA-PSS: {what}"),
            Self::MessageLimit => f.write_str("this key has encrypted all the messages that it may"),
            Self::Fault => f.write_str("a private-key operation failed its check; the result was discarded"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Error {}

/// For the traits of the crate `signature`: its error has ours as its source, where there's a heap to keep it on.
impl From<Error> for signature::Error {
    #[cfg(feature = "alloc")]
    fn from(error: Error) -> Self {
        Self::from_source(error)
    }

    #[cfg(not(feature = "alloc"))]
    fn from(_: Error) -> Self {
        Self::new()
    }
}
