//! What oneway's benchmarks share. They're criterion's, one file for each module: `cargo bench --bench rsa`.

use oneway::hazmat::engine::Engine;

/// The engines of this CPU that curves have.
pub fn curve_engines() -> impl Iterator<Item = Engine> {
    Engine::available().filter(|engine| *engine != Engine::Avx2)
}
