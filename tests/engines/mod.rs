//! The engines that compute Montgomery products, for tests that force one after the other.

use oneway::bignum::{Modulus, Nat};
use oneway::hazmat::engine::Engine;

/// The engines that this CPU has. The others are named in the output of a test.
pub(crate) fn available() -> Vec<Engine> {
    for engine in Engine::ALL.into_iter().filter(|engine| !engine.is_available()) {
        println!("skipped: engine {engine} isn't available on this CPU");
    }
    Engine::available().collect()
}

/// A modulus on each engine that has code of its own for this width; none if there's no such modulus.
#[allow(dead_code, reason = "each test takes what it needs")]
pub(crate) fn moduli(m: &Nat) -> Vec<Modulus> {
    let on = |engine| Modulus::with_engine(m, engine).ok().filter(|m| m.engine() == engine);
    Engine::available().filter_map(on).collect()
}
