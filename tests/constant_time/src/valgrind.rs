//! Client requests: how a program under valgrind speaks to it.
//!
//! A request is a sequence of instructions that does nothing on a processor and that valgrind recognises:
//! four rotations of `rdi` that add up to 128 bits, and `xchg rbx, rbx`. The address of six words (the
//! request and its arguments) is in `rax`, the answer comes in `rdx`; without valgrind `rdx` keeps the
//! default. Source: `valgrind.h` and `memcheck.h` of valgrind 3.19.
//!
//! memcheck keeps one bit beside every bit of memory and registers: "is it defined?". The bit follows the
//! value through arithmetic, and memcheck reports a conditional jump or an address that depends on an
//! undefined value. Marking a secret as undefined turns that into a report on each branch and each address
//! that depends on the secret.
//!
//! On other targets than x86-64 nothing is asked and [`running`] is false.

use std::{ffi::CString, hint::black_box};

/// "MC" in the two high bytes: requests to memcheck rather than to the core.
const MEMCHECK: usize = (b'M' as usize) << 24 | (b'C' as usize) << 16;
const MAKE_MEM_UNDEFINED: usize = MEMCHECK + 1;
const MAKE_MEM_DEFINED: usize = MEMCHECK + 2;
const GET_VBITS: usize = MEMCHECK + 8;
const RUNNING_ON_VALGRIND: usize = 0x1001;
const COUNT_ERRORS: usize = 0x1201;
const PRINTF_VALIST_BY_REF: usize = 0x1403;

/// What the user is told.
pub(crate) const NAME: &str = "memcheck";

/// How many engines are looked at, from the best one down: all.
pub(crate) const ENGINES: usize = usize::MAX;

/// Cases that can't be judged by this tool.
pub(crate) const LEFT_OUT: [(&str, &str); 0] = [];

/// Whether this program runs under valgrind.
pub(crate) fn running() -> bool {
    request(RUNNING_ON_VALGRIND, []) != 0
}

/// The number of findings since the program began; those that a suppression covers aren't counted.
/// A place that is found again counts again (and is printed only once).
fn errors() -> usize {
    request(COUNT_ERRORS, [])
}

/// The findings of a case.
///
/// Lines in valgrind's log let `run` cut out what was found between them; those of a case that isn't as it
/// has to be end in "unexpected".
pub(crate) struct Findings {
    before: usize,
}

impl Findings {
    /// To be counted from here on.
    pub(crate) fn begin(name: &str) -> Self {
        log(&format!("[case {name}"));
        Self { before: errors() }
    }

    pub(crate) fn count(&self) -> usize {
        errors() - self.before
    }

    pub(crate) fn end(&self, name: &str, unexpected: bool) {
        log(&format!("case {name}: {}{}]", self.count(), if unexpected { ", unexpected" } else { "" }));
    }
}

/// Marks the memory of `x` as secret. Its value stays.
///
/// The slice is mutable because the compiler has to believe that the request may have changed it: of a
/// shared slice it could keep using what it knew before, and a constant has no secret in it.
pub(crate) fn poison<T>(x: &mut [T]) {
    request(MAKE_MEM_UNDEFINED, [x.as_mut_ptr() as usize, size_of_val(x)]);
}

/// Marks the memory of `x` as public.
pub(crate) fn unpoison<T>(x: &[T]) {
    request(MAKE_MEM_DEFINED, [x.as_ptr() as usize, size_of_val(x)]);
}

/// Whether any bit of `x` is secret. (Asking for the bits, as this does, is no finding.)
pub(crate) fn is_poisoned(x: &[u8]) -> bool {
    let mut undefined = vec![0u8; x.len()];
    request(GET_VBITS, [x.as_ptr() as usize, undefined.as_mut_ptr() as usize, x.len()]);
    black_box(undefined).iter().any(|bits| *bits != 0)
}

/// What the standard library wrote: known here as everything is.
pub(crate) fn from_std(text: String) -> String {
    text
}

/// Writes a line into valgrind's log, where it stands between the findings.
fn log(line: &str) {
    let format = CString::new(format!("{}\n", line.replace('%', "%%"))).expect("a line without a zero byte");
    let no_arguments = [0usize; 3]; // a `va_list`: three words on this target, and read only where a % asks for it
    request(PRINTF_VALIST_BY_REF, [format.as_ptr() as usize, no_arguments.as_ptr() as usize]);
}

/// Asks, and gives zero without valgrind.
#[cfg(target_arch = "x86_64")]
fn request<const N: usize>(request: usize, arguments: [usize; N]) -> usize {
    let mut words = [0; 6];
    words[0] = request;
    words[1..=N].copy_from_slice(&arguments);
    let mut answer = 0usize;
    // SAFETY: on a processor the sequence changes nothing but flags. Under valgrind it reads `words`,
    // and the memory that a request names is that of a live reference (or a string) of the caller.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") words.as_ptr(), inout("rdx") answer, inout("rdi") 0usize => _,
        );
    }
    answer
}

#[cfg(not(target_arch = "x86_64"))]
fn request<const N: usize>(_request: usize, _arguments: [usize; N]) -> usize {
    0
}
