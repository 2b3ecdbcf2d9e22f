//! A row's contest: everyone's entry, checked, then timed.

use std::time::Duration;

use crate::machine;
use crate::peers::{self, Peer};
use crate::race::{self, Entry, Pace};
use crate::results::{Cell, Goals, Rate, Row, Statistic};
use crate::rows::{self, Fixtures, Op};

/// Who takes part, and what operations work on.
pub(crate) struct Contest {
    pub(crate) peers: Vec<Peer>,
    fixtures: Fixtures,
}

/// How much is done for a row.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) pace: Pace,
    pub(crate) keys: Keys,
}

/// How many keys everyone generates.
#[derive(Clone, Copy)]
pub(crate) enum Keys {
    /// So many of 2048 bits; half as many of 3072, a quarter of 4096.
    Count(usize),
    /// As many as fit into a time, and everyone has the same.
    Time(Duration),
}

/// How many keys there are of everyone's if time says how many: of fewer, nobody knows how they spread.
const LEAST_KEYS: usize = 4;

impl Contest {
    /// With all peers, or those whose names contain one of these words.
    pub(crate) fn new(words: &[String]) -> Result<Self, String> {
        let named = |peer: &Peer, word: &str| peer.name.to_lowercase().contains(&word.to_lowercase());
        let mut peers = peers::all();
        if let Some(word) = words.iter().find(|word| !peers.iter().any(|peer| named(peer, word))) {
            let names: Vec<&str> = peers.iter().map(|peer| peer.name).collect();
            return Err(format!("no peer is called {word:?}; there are: {}", names.join("; ")));
        }
        peers.retain(|peer| words.is_empty() || words.iter().any(|word| named(peer, word)));
        Ok(Self { peers, fixtures: Fixtures::new() })
    }

    /// Races a row. (A wrong result is a reason to stop, and not to tell times.)
    pub(crate) fn race(&self, section: &str, op: Op, effort: Effort) -> Row {
        let fixtures = &self.fixtures;
        let ours = peers::ours::enter(op, fixtures).into_iter().map(|(name, entry)| (name, true, entry));
        let theirs = |peer: &Peer| Some((peer.name.to_owned(), false, peer.entry(op, fixtures)?));
        let (mut names, mut entries) = (Vec::new(), Vec::new());
        for (name, ours, mut entry) in ours.chain(self.peers.iter().filter_map(theirs)) {
            if let Err(error) = rows::check(op, fixtures, &(entry.run)(1)) {
                panic!("{op}, {name}: {error}");
            }
            names.push((name, ours));
            entries.push(entry);
        }
        let figures = match (op, effort.keys) {
            (Op::Generate(bits), Keys::Count(keys)) => {
                let count = keys_of(bits, keys);
                race::means(&mut entries, &vec![count; names.len()])
            }
            (Op::Generate(_), Keys::Time(time)) => {
                let counts = race::counts(&mut entries, time, LEAST_KEYS);
                race::means(&mut entries, &counts)
            }
            _ => race::medians(&mut entries, effort.pace),
        };
        let cells = names.into_iter().zip(entries).zip(figures).map(|(((name, ours), entry), figure)| {
            let Entry { work, vartime, .. } = entry;
            Cell { name, ours, work, vartime, figure, ratio_to_best_peer: None }
        });
        let (goals, held) = (op.goals(), machine::held(op));
        let row = Row {
            section: section.to_owned(),
            name: op.to_string(),
            statistic: if matches!(op, Op::Generate(_)) { Statistic::Mean } else { Statistic::Median },
            best_peer: None,
            goals: Goals {
                goal_ifma: goals.map(|(ifma, _)| ifma),
                goal_other_engines: goals.map(|(_, others)| others),
                goal_portable: op.portable_goal(),
                holds_ifma: held.ifma,
                holds_other_engines: held.others,
            },
            portable_to_rustcrypto: None,
            rate: op.rate().map(|(amount, unit)| Rate { amount, unit: unit.to_owned() }),
            cells: cells.collect(),
        };
        row.with_ratios()
    }
}

/// How many keys there are of a size, if there are so many of 2048 bits.
fn keys_of(bits: usize, keys: usize) -> usize {
    let share = match bits {
        0..=2048 => 1,
        2049..=3072 => 2,
        _ => 4,
    };
    keys.div_ceil(share).max(2)
}
