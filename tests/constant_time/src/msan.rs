//! `MemorySanitizer`: how the program speaks to it, and how its findings are gathered.
//!
//! The compiler puts a second program beside the first, which keeps a *shadow* of every value: one bit for each
//! bit, "is it undefined?". A branch on an undefined value, an address or a divisor made of one calls
//! `__msan_warning`. As with memcheck, a secret is marked as undefined and keeps its value.
//!
//! This is a sanitizer for memory that was never written, and here it's to see secrets alone:
//! - `run` has it treat stack and undefined values as defined, and [`Allocator`] does that for the heap. So a
//!   bit is undefined because a case said so, or because it was computed from one.
//! - The standard library's own compiled functions aren't instrumented (its generic and inlined ones are, as
//!   part of the crates that use them). What such a function returns counts as defined, what it writes keeps
//!   the shadow that the place had (its `memcpy` is the sanitizer's and carries the shadow along), and
//!   nothing is found in it; its comparisons go through [`__wrap_memcmp`](self) and are looked at.
//! - A case whose result has lost its shadow fails, as everywhere.
//!
//! **Findings** would be printed one by one by the sanitizer, and `declassify` alone gives millions. So `run`
//! has the linker turn calls of `__msan_warning`, `memcmp` and `bcmp` to the code below (`--wrap`), which
//! counts them by the address that they come from. (The sanitizer's other entry points for findings are wrapped
//! too, and have no code here: if the compiler used one, the program wouldn't link.) An address in `declassify`
//! is excused, by the name of the function, as memcheck's suppressions do it.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::BTreeMap,
    process::Command,
    sync::{Mutex, OnceLock},
};

/// What the user is told.
pub(crate) const NAME: &str = "MemorySanitizer";

/// How many engines are looked at, from the best one down: the others can be seen by memcheck, which sees more.
pub(crate) const ENGINES: usize = 1;

/// Cases that can't be judged by this tool, as the secrets in them are lost on the way: a part of the name, and
/// why.
pub(crate) const LEFT_OUT: [(&str, &str); 5] = [
    ("common divisors and inverses", "made of products of words, whose upper half counts as public"),
    ("inverse of a residue", "made of products of words, whose upper half counts as public"),
    ("random prime of 64 bits", "its bits are the upper half of a product"),
    ("PKCS#1 v1.5 encryption", "the padding is the upper half of products"),
    ("OpenSSL wrote it", "SHA-1 uses an instruction that the sanitizer doesn't know"),
];

unsafe extern "C" {
    fn __msan_poison(x: *const u8, len: usize);
    fn __msan_unpoison(x: *const u8, len: usize);
    fn __msan_test_shadow(x: *const u8, len: usize) -> isize;
    static __executable_start: u8;
}

/// A place where something was found. (Written by the code below: its layout is known there.)
#[repr(C)]
#[derive(Clone, Copy)]
struct Place {
    /// The address behind the call, or 0: free.
    address: usize,
    count: usize,
    /// Where the function was called from, and so on, as far as frame pointers lead, when the place was new.
    callers: [usize; 14],
}

const PLACES: usize = 1 << 12;

#[unsafe(no_mangle)]
static mut ONEWAY_PLACES: [Place; PLACES] = [Place { address: 0, count: 0, callers: [0; 14] }; PLACES];

/// The end of the stack that holds frames of this program.
#[unsafe(no_mangle)]
static mut ONEWAY_STACK_END: usize = 0;

// Not Rust: nothing here may be instrumented, touch the shadows of arguments, or be called without its caller's
// address being known. A hash table with open addressing, by addresses (rdi), which never becomes full: there
// are less places in a program that are found.
std::arch::global_asm!(
    ".globl __wrap___msan_warning",
    "__wrap___msan_warning:",
    "mov rdi, [rsp]",
    "oneway_msan_record:",
    "movabs rax, 0x9e3779b97f4a7c15",
    "imul rax, rdi",
    "shr rax, 52",
    "2:",
    "mov rcx, rax",
    "shl rcx, 7",
    "lea rdx, [rip + ONEWAY_PLACES]",
    "add rcx, rdx",
    "mov rdx, [rcx]",
    "cmp rdx, rdi",
    "je 4f",
    "test rdx, rdx",
    "jz 3f",
    "inc rax",
    "and eax, 4095",
    "jmp 2b",
    "3:",
    "mov [rcx], rdi",
    "mov r8, rbp",
    "mov r9d, 2",
    "5:",
    "cmp r8, rsp",
    "jb 4f",
    "cmp r8, qword ptr [rip + ONEWAY_STACK_END]",
    "jae 4f",
    "mov r10, [r8 + 8]",
    "mov [rcx + 8 * r9], r10",
    "mov r8, [r8]",
    "inc r9",
    "cmp r9, 16",
    "jb 5b",
    "4:",
    "inc qword ptr [rcx + 8]",
    "ret",
    // Comparisons of memory: a finding if any byte of the two is undefined, then the comparison.
    ".globl __wrap_memcmp",
    ".globl __wrap_bcmp",
    "__wrap_memcmp:",
    "__wrap_bcmp:",
    "push rdi",
    "push rsi",
    "push rdx",
    "mov rsi, rdx",
    "call __msan_test_shadow",
    "test rax, rax",
    "jns 2f",
    "mov rdi, [rsp + 8]",
    "mov rsi, [rsp]",
    "call __msan_test_shadow",
    "test rax, rax",
    "js 3f",
    "2:",
    "mov rdi, [rsp + 24]",
    "call oneway_msan_record",
    "3:",
    "pop rdx",
    "pop rsi",
    "pop rdi",
    "xor ecx, ecx",
    "4:",
    "cmp rcx, rdx",
    "je 5f",
    "movzx eax, byte ptr [rdi + rcx]",
    "movzx r8d, byte ptr [rsi + rcx]",
    "inc rcx",
    "sub eax, r8d",
    "je 4b",
    "ret",
    "5:",
    "xor eax, eax",
    "ret",
);

/// Gives memory that's defined, whatever was there before.
struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

// SAFETY: the system's allocator, and only shadows are written beside. (Functions that precompiled code calls
// aren't to believe in the shadows of their arguments.)
unsafe impl GlobalAlloc for Allocator {
    #[sanitize(memory = "off")]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise; what was allocated is there.
        unsafe {
            let place = System.alloc(layout);
            if !place.is_null() {
                __msan_unpoison(place, layout.size());
            }
            place
        }
    }

    #[sanitize(memory = "off")]
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }

    #[sanitize(memory = "off")]
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise. The copy is the sanitizer's own and takes the shadow along.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                copy(new, place, layout.size().min(size));
                self.dealloc(place, layout);
            }
            new
        }
    }
}

/// Instrumented, so that it's a copy with its shadow.
#[inline(never)]
unsafe fn copy(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { std::ptr::copy_nonoverlapping(from, to, len) }
}

/// Whether findings can be found.
pub(crate) fn running() -> bool {
    let here = 0u8;
    // SAFETY: one thread.
    unsafe { ONEWAY_STACK_END = &raw const here as usize };
    true
}

/// Marks the memory of `x` as secret. Its value stays.
///
/// The slice is mutable because the compiler has to believe that the request may have changed it: of a
/// shared slice it could keep using what it knew before, and a constant has no secret in it.
pub(crate) fn poison<T>(x: &mut [T]) {
    // SAFETY: a live slice.
    unsafe { __msan_poison(x.as_mut_ptr().cast(), size_of_val(x)) }
}

/// Marks the memory of `x` as public.
pub(crate) fn unpoison<T>(x: &[T]) {
    // SAFETY: a live slice.
    unsafe { __msan_unpoison(x.as_ptr().cast(), size_of_val(x)) }
}

/// Whether any bit of `x` is secret.
pub(crate) fn is_poisoned(x: &[u8]) -> bool {
    // SAFETY: a live slice.
    unsafe { __msan_test_shadow(x.as_ptr(), x.len()) >= 0 }
}

/// Forgets the shadows that earlier frames left on the unused part of the stack, before the standard library's
/// code, which doesn't see to that itself, gets there.
#[inline(never)]
fn sweep() {
    const LEN: usize = 1 << 18;
    let here = 0u8;
    // SAFETY: shadows alone are written, and of a place where nothing is.
    unsafe { __msan_unpoison((&raw const here).wrapping_sub(LEN), LEN) }
}

/// What the standard library's own code wrote of public numbers, on memory that may have held a secret before:
/// public too.
pub(crate) fn from_std(text: String) -> String {
    unpoison(text.as_bytes());
    text
}

/// The places where something was found.
fn places() -> impl Iterator<Item = Place> {
    // SAFETY: one thread, and a copy of it.
    let places = (0..PLACES).map(|i| unsafe { (&raw const ONEWAY_PLACES[i]).read_volatile() });
    places.filter(|place| place.address != 0)
}

/// The findings of a case: how often at which address, beside those that were there before.
pub(crate) struct Findings {
    before: BTreeMap<usize, usize>,
}

impl Findings {
    /// To be counted from here on.
    pub(crate) fn begin(_name: &str) -> Self {
        sweep();
        Self { before: places().map(|place| (place.address, place.count)).collect() }
    }

    fn new(&self) -> impl Iterator<Item = (Place, usize)> {
        let before = |place: &Place| self.before.get(&place.address).copied().unwrap_or(0);
        let new = places().map(move |place| (place, place.count - before(&place)));
        new.filter(|(place, count)| *count > 0 && !is_declassify(place.address) && !is_unknown(place.address))
    }

    pub(crate) fn count(&self) -> usize {
        sweep();
        self.new().map(|(_, count)| count).sum()
    }

    /// Prints them, if they aren't as they have to be. The callers of a place are those of its first time.
    pub(crate) fn end(&self, _name: &str, unexpected: bool) {
        if unexpected {
            for (place, count) in self.new() {
                println!("  {count} times:");
                let calls = [place.address].into_iter().chain(place.callers);
                describe(calls.take_while(|address| *address != 0));
            }
        }
    }
}

/// Prints the functions that these return addresses are in, the inlined ones too, down to the case.
fn describe(addresses: impl Iterator<Item = usize>) {
    let text = addr2line(&["-i", "-f", "-C", "-p"], addresses);
    for line in text.lines().take_while(|line| !line.contains("__rust_try")) {
        println!("    {}", line.chars().take(160).collect::<String>());
    }
}

fn addr2line(options: &[&str], addresses: impl Iterator<Item = usize>) -> String {
    // One less: in the call, and not behind it.
    let addresses = addresses.map(|address| format!("{:#x}", address.wrapping_sub(base() + 1)));
    let program = std::env::current_exe().expect("the path of this program");
    let mut command = Command::new("addr2line");
    let output = command.args(options).arg("-e").arg(program).args(addresses).output().expect("binutils");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Where the program was loaded.
fn base() -> usize {
    &raw const __executable_start as usize
}

/// The end of `declassify`'s path as compilers write it into names of symbols.
const DECLASSIFY: &str = "6oneway6kernel6secret10declassify";

/// Instructions that this sanitizer doesn't know, and whose time doesn't depend on their operands: it reports
/// a secret that comes to one, and takes the result as public.
const UNKNOWN: [&str; 3] = ["_mm256_ternarylogic_epi64", "_mm_aeskeygenassist_si128", "_mm_sha1rnds4_epu32"];

/// A conditional move, written as `asm!` in the crate cmov, by which HPKE's ciphers compare tags: unknown as well.
/// The branch that follows, on whether a tag is right, is on what's public then, and is meant.
const UNKNOWN_MOVE: &str = "<u64 as cmov::CmovEq>::cmovne";

/// Whether an address is that of an unknown instruction.
fn is_unknown(address: usize) -> bool {
    static SEEN: Mutex<BTreeMap<usize, bool>> = Mutex::new(BTreeMap::new());
    let mut seen = SEEN.lock().expect("one thread");
    *seen.entry(address).or_insert_with(|| {
        // A name such as core::core_arch::x86::sha::_mm_sha1rnds4_epu32::<0>.
        let name = addr2line(&["-f", "-C"], [address].into_iter());
        let name = name.lines().next().unwrap_or("");
        let mut path = name.split("::").skip_while(|part| *part != "core_arch");
        path.any(|part| UNKNOWN.contains(&part)) || name == UNKNOWN_MOVE
    })
}

/// Whether an address is in oneway's `declassify` or in the copy of it in `planted`, by the mangled name.
fn is_declassify(address: usize) -> bool {
    static RANGES: OnceLock<Vec<(usize, usize)>> = OnceLock::new();
    let ranges = RANGES.get_or_init(|| {
        let program = std::env::current_exe().expect("the path of this program");
        let output = Command::new("nm").arg("--print-size").arg(program).output().expect("binutils");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = |text: &str| usize::from_str_radix(text, 16).expect("an address of nm's");
        // Lines of address, size, kind, name.
        let parts = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let ranges: Vec<_> = parts
            .filter_map(|parts| match parts[..] {
                [start, size, _, name] if name.contains(DECLASSIFY) => Some((number(start), number(size))),
                _ => None,
            })
            .collect();
        assert!(!ranges.is_empty(), "there is a `declassify`");
        ranges
    });
    ranges.iter().any(|(start, size)| (start + 1..=start + size).contains(&(address - base())))
}
