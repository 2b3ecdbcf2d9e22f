//! The switch between this program and what it traces: a second set of registers, on the same processor.
//!
//! `enter` loads the registers of the traced code and jumps to a piece of it; the piece ends in a jump to
//! `leave`, which stores them again. The traced code has a stack of its own.

use super::arena::{empty, region};
use iced_x86::Register;
use std::{arch::global_asm, mem::offset_of};

/// How many addresses a piece of code can note.
pub(super) const SLOTS: usize = 128;

/// What's touched by machine code has its place here.
#[repr(C, align(64))]
struct Context {
    /// In the format of XSAVE: the vector registers, masks and their control.
    vectors: [u8; 4096],
    /// rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, …, r15, as instructions number them.
    registers: [u64; 16],
    flags: u64,
    target: u64,
    our_stack: u64,
    /// Where code that notes an address keeps rax.
    kept: u64,
    slots: [u64; SLOTS],
}

static mut CONTEXT: Context = Context {
    vectors: [0; 4096],
    registers: [0; 16],
    flags: 0,
    target: 0,
    our_stack: 0,
    kept: 0,
    slots: [0; SLOTS],
};

// 0xe7: the components of x87, SSE, AVX and AVX-512, of those that the processor has.
global_asm!(
    "{enter}:",
    "push rbx", "push rbp", "push r12", "push r13", "push r14", "push r15",
    "mov [rip + {context} + {our_stack}], rsp",
    "mov eax, 0xe7",
    "xor edx, edx",
    "lea rcx, [rip + {context}]",
    "xrstor64 [rcx]",
    "push qword ptr [rip + {context} + {flags}]",
    "popfq",
    "mov rax, [rip + {context} + {registers}]",
    "mov rcx, [rip + {context} + {registers} + 8]",
    "mov rdx, [rip + {context} + {registers} + 16]",
    "mov rbx, [rip + {context} + {registers} + 24]",
    "mov rsp, [rip + {context} + {registers} + 32]",
    "mov rbp, [rip + {context} + {registers} + 40]",
    "mov rsi, [rip + {context} + {registers} + 48]",
    "mov rdi, [rip + {context} + {registers} + 56]",
    "mov r8, [rip + {context} + {registers} + 64]",
    "mov r9, [rip + {context} + {registers} + 72]",
    "mov r10, [rip + {context} + {registers} + 80]",
    "mov r11, [rip + {context} + {registers} + 88]",
    "mov r12, [rip + {context} + {registers} + 96]",
    "mov r13, [rip + {context} + {registers} + 104]",
    "mov r14, [rip + {context} + {registers} + 112]",
    "mov r15, [rip + {context} + {registers} + 120]",
    "jmp qword ptr [rip + {context} + {target}]",
    // rax is in the context already.
    "{leave}:",
    "mov [rip + {context} + {registers} + 8], rcx",
    "mov [rip + {context} + {registers} + 16], rdx",
    "mov [rip + {context} + {registers} + 24], rbx",
    "mov [rip + {context} + {registers} + 32], rsp",
    "mov [rip + {context} + {registers} + 40], rbp",
    "mov [rip + {context} + {registers} + 48], rsi",
    "mov [rip + {context} + {registers} + 56], rdi",
    "mov [rip + {context} + {registers} + 64], r8",
    "mov [rip + {context} + {registers} + 72], r9",
    "mov [rip + {context} + {registers} + 80], r10",
    "mov [rip + {context} + {registers} + 88], r11",
    "mov [rip + {context} + {registers} + 96], r12",
    "mov [rip + {context} + {registers} + 104], r13",
    "mov [rip + {context} + {registers} + 112], r14",
    "mov [rip + {context} + {registers} + 120], r15",
    "mov rsp, [rip + {context} + {our_stack}]",
    "pushfq",
    "pop qword ptr [rip + {context} + {flags}]",
    "mov eax, 0xe7",
    "xor edx, edx",
    "lea rcx, [rip + {context}]",
    "xsave64 [rcx]",
    "cld",
    "pop r15", "pop r14", "pop r13", "pop r12", "pop rbp", "pop rbx",
    "ret",
    enter = sym oneway_trace_enter,
    leave = sym oneway_trace_leave,
    context = sym CONTEXT,
    registers = const offset_of!(Context, registers),
    flags = const offset_of!(Context, flags),
    target = const offset_of!(Context, target),
    our_stack = const offset_of!(Context, our_stack),
);

unsafe extern "C" {
    fn oneway_trace_enter();
    fn oneway_trace_leave();
}

/// The traced code's stack, in bytes.
const STACK: usize = 1 << 23;

/// The traced code's registers and stack.
pub(super) struct Machine {
    stack: usize,
}

impl Machine {
    pub(super) fn new() -> Self {
        Self { stack: region(STACK) as usize }
    }

    fn context(&mut self) -> &mut Context {
        // SAFETY: there's one machine, and machine code uses the context in `enter` alone.
        unsafe { (&raw mut CONTEXT).as_mut().expect("a static's address") }
    }

    /// Everything as at the start of a function with one argument, which returns to `end`.
    pub(super) fn reset(&mut self, argument: u64, end: u64) {
        empty(self.stack, STACK);
        // As after a call: 8 less than a multiple of 16.
        let top = (self.stack + STACK) as u64 - 64 - 8;
        let context = self.context();
        context.vectors.fill(0);
        context.vectors[24..28].copy_from_slice(&0x1f80u32.to_le_bytes()); // MXCSR
        context.registers = [0; 16];
        context.flags = 2;
        context.slots = [0; SLOTS];
        *self.register(Register::RSP) = top;
        *self.register(Register::RDI) = argument;
        self.write(top, end);
    }

    /// Runs a piece of code that ends as [`ending`] says.
    ///
    /// # Safety
    /// It's a translation of what the traced code does next.
    pub(super) unsafe fn run(&mut self, code: u64) {
        self.context().target = code;
        // SAFETY: the caller's promise; all registers that a function has to keep are kept.
        unsafe { oneway_trace_enter() };
    }

    pub(super) fn register(&mut self, register: Register) -> &mut u64 {
        assert!(register.is_gpr64(), "a general register");
        &mut self.context().registers[register.number()]
    }

    pub(super) fn flags(&mut self) -> u64 {
        self.context().flags
    }

    /// The addresses that the last piece of code noted.
    pub(super) fn noted(&mut self, count: usize) -> &[u64] {
        &self.context().slots[..count]
    }

    /// A word of the traced code's memory.
    pub(super) fn read(&mut self, address: u64) -> u64 {
        // SAFETY: an instruction that's being carried out reads it.
        unsafe { (address as *const u64).read_unaligned() }
    }

    /// Changes a word of the traced code's memory.
    pub(super) fn write(&mut self, address: u64, value: u64) {
        // SAFETY: an instruction that's being carried out writes it.
        unsafe { (address as *mut u64).write_unaligned(value) }
    }
}

/// `mov [address], rax`
fn store(address: u64) -> Vec<u8> {
    [&[0x48, 0xa3][..], &address.to_le_bytes()].concat()
}

fn context() -> u64 {
    (&raw const CONTEXT) as u64
}

/// Code that notes an address, without a change of registers and flags: `lea` is an instruction that puts it into
/// rax.
pub(super) fn note(slot: usize, lea: &[u8]) -> Vec<u8> {
    let kept = context() + offset_of!(Context, kept) as u64;
    let slot = context() + offset_of!(Context, slots) as u64 + 8 * slot as u64;
    let restore = [&[0x48, 0xa1][..], &kept.to_le_bytes()].concat(); // mov rax, [kept]
    [&store(kept), lea, &store(slot), &restore].concat()
}

/// Code that notes what an instruction stores at the address in rax: eight words at most.
pub(super) fn note_stored(slot: usize, instruction: &[u8]) -> Vec<u8> {
    let kept = context() + offset_of!(Context, kept) as u64;
    let slot = context() + offset_of!(Context, slots) as u64 + 8 * slot as u64;
    let address = [&[0x48, 0xb8][..], &slot.to_le_bytes()].concat(); // mov rax, slot
    let restore = [&[0x48, 0xa1][..], &kept.to_le_bytes()].concat(); // mov rax, [kept]
    [&store(kept), &address, instruction, &restore].concat()
}

/// Code that ends a piece of code: rax to its place, and mov rax, leave; jmp rax.
pub(super) fn ending() -> Vec<u8> {
    let leave = oneway_trace_leave as *const () as u64;
    let rax = context() + offset_of!(Context, registers) as u64;
    [&store(rax)[..], &[0x48, 0xb8], &leave.to_le_bytes(), &[0xff, 0xe0]].concat()
}
