//! The clock: contestants take turns, in short samples, until there are enough calm ones.
//!
//! A machine that others use runs the same code up to twice as slowly from one minute to the next. What
//! helps: everyone is measured in the same minute; time is the thread's own CPU time; and around each
//! sample stands a fixed piece of work, whose time says how fast the machine was just then. Samples between
//! slow ones, or with more time on the wall than on the CPU, are dropped.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// What a contestant does for one row, ready to run.
pub(crate) struct Entry {
    /// What the figure includes, for the notes under the table.
    pub(crate) work: String,
    /// Whether time depends on secrets: then it isn't counted as the best peer.
    pub(crate) vartime: bool,
    /// Of how many operations it is one call, among which its time is divided.
    pub(crate) batch: u64,
    /// The time that counts, if it isn't all of it.
    pub(crate) part: Option<Stopwatch>,
    /// Does it so many times, and gives the last result as bytes.
    pub(crate) run: Box<dyn FnMut(u64) -> Vec<u8>>,
}

impl Entry {
    /// An operation whose result is bytes.
    pub(crate) fn new<T: AsRef<[u8]>>(work: impl Into<String>, op: impl FnMut() -> T + 'static) -> Self {
        Self::with_output(work, op, |result| result.as_ref().to_vec())
    }

    /// An operation whose result `bytes` makes into bytes, once for each sample.
    pub(crate) fn with_output<T>(
        work: impl Into<String>,
        mut op: impl FnMut() -> T + 'static,
        bytes: impl Fn(&T) -> Vec<u8> + 'static,
    ) -> Self {
        let run = Box::new(move |times| {
            for _ in 1..times {
                black_box(op());
            }
            bytes(&black_box(op()))
        });
        Self { work: work.into(), vartime: false, batch: 1, part: None, run }
    }

    /// An operation of which only what that watch saw counts.
    #[allow(dead_code)] // which parts are used depends on the features
    pub(crate) fn of_part<T: AsRef<[u8]>>(
        work: impl Into<String>,
        part: Stopwatch,
        op: impl FnMut() -> T + 'static,
    ) -> Self {
        Self { part: Some(part), ..Self::new(work, op) }
    }

    /// Marks an operation whose time depends on secrets.
    pub(crate) fn vartime(self) -> Self {
        Self { vartime: true, ..self }
    }

    /// Marks a call that does so many operations: the figure is for one of them.
    pub(crate) fn batch_of(self, batch: usize) -> Self {
        Self { batch: batch as u64, ..self }
    }
}

/// Adds up the thread's CPU time of parts of an operation; or doesn't, for the parts that don't count.
#[allow(dead_code)]
#[derive(Clone)]
pub(crate) struct Stopwatch(Option<Rc<Cell<f64>>>);

#[allow(dead_code)]
impl Stopwatch {
    pub(crate) fn running() -> Self {
        Self(Some(Rc::default()))
    }

    pub(crate) fn stopped() -> Self {
        Self(None)
    }

    pub(crate) fn time<T>(&self, part: impl FnOnce() -> T) -> T {
        let Some(seconds) = &self.0 else { return part() };
        let start = thread_time();
        let result = part();
        seconds.set(seconds.get() + thread_time() - start);
        result
    }

    /// What it saw since the last time.
    fn take(&self) -> Option<f64> {
        self.0.as_ref().map(|seconds| seconds.take())
    }
}

/// How long to measure.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// How long one sample should take.
    pub(crate) sample: Duration,
    /// When a row has had its rounds, in time.
    pub(crate) row: Duration,
    /// How many rounds there are at least.
    pub(crate) rounds: usize,
    /// How many times a row's time it may take if it's noisy.
    pub(crate) patience: f64,
}

/// A figure in seconds, as it stands in the JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// The median of the calm samples, or the mean of all.
    pub(crate) seconds: f64,
    /// A quarter of the samples took no longer than the first, and a quarter no less than the second.
    pub(crate) quartiles: [f64; 2],
    /// How far another run may be from it, with nothing changed: of a median, half the distance of the quartiles; of a
    /// mean, twice its standard error. A median's standard error would be far less, but whole runs differ by more:
    /// what moves the samples of one run moves runs as well.
    pub(crate) noise: f64,
    /// The standard error, of a mean.
    pub(crate) standard_error: Option<f64>,
    /// How many samples it's made of.
    pub(crate) samples_used: usize,
    /// How many were taken.
    pub(crate) samples_taken: usize,
    /// Whether there were enough calm samples; otherwise it's made of all.
    pub(crate) calm: bool,
}

struct Sample {
    seconds: f64,
    /// The slower of the fixed pieces of work before and after.
    around: f64,
    /// More time on the wall than on the CPU.
    waited: bool,
}

/// The medians of contestants that take turns.
pub(crate) fn medians(entries: &mut [Entry], pace: Pace) -> Vec<Figure> {
    let times: Vec<u64> = entries.iter_mut().map(|entry| times_for(entry, pace.sample)).collect();
    let mut samples: Vec<Vec<Sample>> = entries.iter().map(|_| Vec::new()).collect();
    let start = Instant::now();
    for round in 0.. {
        let over = start.elapsed().as_secs_f64() / pace.row.as_secs_f64();
        if round >= pace.rounds && (over > pace.patience || over > 1.0 && all_calm(&samples, pace.rounds)) {
            break;
        }
        let mut before = fixed_work();
        for i in order(entries.len(), round) {
            let mut sample = sample(&mut entries[i], times[i]);
            let after = fixed_work();
            sample.around = before.max(after);
            before = after;
            samples[i].push(sample);
        }
    }
    let calm = calm_time(&samples);
    samples.iter().map(|samples| median(samples, calm, pace.rounds)).collect()
}

/// The means of contestants that take turns, over so many runs each, for work that varies from run to run.
///
/// Nothing is dropped: long runs are disturbed more often than short ones, and without them the mean would
/// be too low.
pub(crate) fn means(entries: &mut [Entry], counts: &[usize]) -> Vec<Figure> {
    let mut samples: Vec<Vec<f64>> = entries.iter().map(|_| Vec::new()).collect();
    for i in turns(counts) {
        samples[i].push(sample(&mut entries[i], 1).seconds);
    }
    samples.iter().map(|samples| mean(samples)).collect()
}

/// How many runs of each contestant take that time together, with the same time for each, but `least` runs. It's said
/// by runs that don't count later, for a tenth of the time: to stop when time is up would be to prefer runs that are
/// short.
pub(crate) fn counts(entries: &mut [Entry], time: Duration, least: usize) -> Vec<usize> {
    let share = time.as_secs_f64() / entries.len() as f64;
    let count = |entry: &mut Entry| {
        let (mut runs, mut seconds) = (0.0, 0.0);
        while seconds <= 0.1 * share {
            seconds += sample(entry, 1).seconds;
            runs += 1.0;
        }
        (0.9 * share * runs / seconds) as usize
    };
    entries.iter_mut().map(|entry| count(entry).clamp(least, 2000)).collect()
}

/// Whose turn it is, for contestants with so many turns each, all spread evenly from start to end.
fn turns(counts: &[usize]) -> Vec<usize> {
    let turns = counts.iter().enumerate().flat_map(|(i, &count)| {
        // Anywhere in its part of the time, so that nobody comes after the same contestant always.
        let when = move |turn: usize| {
            (turn as f64 + (scramble(i * 100_000 + turn) >> 11) as f64 / (1u64 << 53) as f64) / count as f64
        };
        (0..count).map(move |turn| (when(turn), i))
    });
    let mut turns: Vec<(f64, usize)> = turns.collect();
    turns.sort_by(|a, b| a.0.total_cmp(&b.0));
    turns.into_iter().map(|(_, i)| i).collect()
}

/// 0 … n − 1 in an order that looks random and is another one each round: nobody comes after the same
/// contestant always.
fn order(n: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&i| scramble(round * n + i));
    order
}

/// A number that looks random.
fn scramble(i: usize) -> u64 {
    (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn mean(samples: &[f64]) -> Figure {
    let n = samples.len() as f64;
    let seconds = samples.iter().sum::<f64>() / n;
    let variance = samples.iter().map(|x| (x - seconds).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let error = (variance / n).sqrt();
    let mut sorted = samples.to_vec();
    Figure {
        seconds,
        quartiles: quartiles(&mut sorted),
        // Of a single run nothing is known but that times are about as far from their mean as from 0.
        noise: if samples.len() > 1 { 2.0 * error } else { seconds },
        standard_error: (samples.len() > 1).then_some(error),
        samples_used: samples.len(),
        samples_taken: samples.len(),
        calm: true,
    }
}

fn median(samples: &[Sample], calm_time: f64, enough: usize) -> Figure {
    let mut kept: Vec<f64> = samples.iter().filter(|s| s.is_calm(calm_time)).map(|s| s.seconds).collect();
    let calm = kept.len() >= enough;
    if !calm {
        kept = samples.iter().map(|s| s.seconds).collect();
    }
    let quartiles = quartiles(&mut kept);
    Figure {
        seconds: kept[kept.len() / 2],
        quartiles,
        noise: (quartiles[1] - quartiles[0]) / 2.0,
        standard_error: None,
        samples_used: kept.len(),
        samples_taken: samples.len(),
        calm,
    }
}

/// The first and the third quartile; sorts.
fn quartiles(samples: &mut [f64]) -> [f64; 2] {
    samples.sort_by(f64::total_cmp);
    [samples[samples.len() / 4], samples[samples.len() - 1 - samples.len() / 4]]
}

impl Sample {
    fn is_calm(&self, calm_time: f64) -> bool {
        !self.waited && self.around <= 1.05 * calm_time
    }
}

fn all_calm(samples: &[Vec<Sample>], enough: usize) -> bool {
    let calm = calm_time(samples);
    samples.iter().all(|s| s.iter().filter(|s| s.is_calm(calm)).count() >= enough)
}

/// The time of the fixed work when the machine is calm: the tenth percentile of all.
fn calm_time(samples: &[Vec<Sample>]) -> f64 {
    let mut around: Vec<f64> = samples.iter().flatten().map(|s| s.around).collect();
    around.sort_by(f64::total_cmp);
    around.get(around.len() / 10).copied().unwrap_or(f64::MAX)
}

/// How often to do it for a sample of that length; warms up, too.
fn times_for(entry: &mut Entry, length: Duration) -> u64 {
    let mut times = 1;
    loop {
        let seconds = sample(entry, times).seconds * (times * entry.batch) as f64;
        let factor = length.as_secs_f64() / seconds.max(1e-9);
        if factor < 2.0 {
            return ((times as f64 * factor) as u64).max(1);
        }
        times = (times as f64 * factor.min(100.0)) as u64;
    }
}

fn sample(entry: &mut Entry, times: u64) -> Sample {
    let part = |entry: &Entry| entry.part.as_ref().and_then(Stopwatch::take);
    part(entry);
    let (cpu, wall) = (thread_time(), Instant::now());
    black_box((entry.run)(times));
    let (cpu, wall) = (thread_time() - cpu, wall.elapsed().as_secs_f64());
    let counted = part(entry).unwrap_or(cpu);
    Sample { seconds: counted / (times * entry.batch) as f64, around: 0.0, waited: wall > 1.02 * cpu + 10e-6 }
}

/// The time of a fixed piece of work, some 20 µs: four independent chains of multiplications, which notice
/// a lower clock, a neighbour on the same core, and being interrupted.
fn fixed_work() -> f64 {
    let start = thread_time();
    let mut x = black_box([3u64, 5, 7, 11]);
    for _ in 0..10_000 {
        for x in &mut x {
            *x = x.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17);
        }
    }
    black_box(x);
    thread_time() - start
}

/// The CPU time that this thread has used, in seconds.
fn thread_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_known_samples() {
        let figure = mean(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((figure.seconds, figure.quartiles), (3.0, [2.0, 4.0]));
        let error = (2.5f64 / 5.0).sqrt();
        assert_eq!((figure.standard_error, figure.noise), (Some(error), 2.0 * error));

        let sample = |seconds, around, waited| Sample { seconds, around, waited };
        // Slow or waiting samples don't count, as long as enough are left.
        let samples = [
            sample(1.0, 1.0, false),
            sample(3.0, 1.0, false),
            sample(2.0, 1.04, false),
            sample(9.0, 1.06, false),
            sample(9.0, 1.0, true),
        ];
        let figure = median(&samples, 1.0, 3);
        assert_eq!((figure.seconds, figure.samples_used, figure.samples_taken), (2.0, 3, 5));
        assert!(figure.calm);
        let figure = median(&samples, 1.0, 4);
        assert_eq!((figure.seconds, figure.noise, figure.calm), (3.0, 3.5, false));
    }

    #[test]
    fn turns_are_as_many_as_they_should_be_and_spread_evenly() {
        let turns = turns(&[10, 3, 40]);
        for (i, count) in [10, 3, 40].into_iter().enumerate() {
            assert_eq!(turns.iter().filter(|&&turn| turn == i).count(), count);
        }
        let early = turns[..turns.len() / 2].iter().filter(|&&turn| turn == 2).count();
        assert!((17..=23).contains(&early), "{early} of 40 in the first half");
    }
}
