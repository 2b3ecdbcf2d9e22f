//! The engines that have code of their own for curves, for tests that force one after the other.

use oneway::hazmat::engine::Engine;

/// Those that this CPU has. The others are named in the output of a test.
pub(crate) fn available() -> Vec<Engine> {
    let all = Engine::ALL.into_iter().filter(|engine| *engine != Engine::Avx2);
    let (here, missing): (Vec<_>, Vec<_>) = all.partition(|engine| engine.is_available());
    for engine in missing {
        println!("skipped: engine {engine} isn't available on this CPU");
    }
    here
}
