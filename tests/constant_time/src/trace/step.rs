//! What a processor executes, and which memory it touches, step by step.
//!
//! An operation isn't run where it is. Each *block* of it, up to a jump, is copied, and beside each instruction
//! with an operand in memory the copy has code that [notes](super::machine::note) the operand's address. The copied
//! instructions are the very same ones, but for the distances in those that address memory relative to themselves.
//! A block is run on the processor; the jump at its end is carried out here, which gives the address of the next
//! block. Traced code sees its own addresses everywhere (in return addresses too), and can't tell the difference.
//!
//! A trace is the sequence of the blocks' addresses, which is that of all instructions' addresses, and the sequence
//! of addresses in memory. Of `rep` instructions the addresses are noted, and the count before and after.
//!
//! (The processor's own way of doing this is the trap flag, with a signal after each instruction. In a virtual
//! machine each of these is a matter for the machine below: 28 µs were measured, 2026-11, for what takes 7 to 20 ns
//! here.)
//!
//! **`declassify`** isn't part of the trace, as its branch on a secret is what it's for: no other witness reports it
//! either. It's known by its name in the program's table of symbols.
//!
//! Not seen: values, and the time of single instructions; which lanes of a vector a mask leaves out, but for
//! gathers and scatters, whose indices are noted as far as the mask goes; what the kernel does in a system call. A case
//! that comes across an instruction which isn't understood fails.

use super::{
    arena,
    machine::{Machine, SLOTS, ending, note, note_stored},
    program::Program,
};
use iced_x86::{
    Code, CodeSize, ConditionCode, Decoder, DecoderOptions, Encoder, FlowControl, Instruction,
    InstructionInfoFactory, MemoryOperand, OpKind, Register, UsedMemory,
};
use std::{
    any::Any,
    collections::HashMap,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What was executed, in short.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Trace {
    /// The number of instructions.
    pub(super) steps: u64,
    /// A hash of their addresses, in order.
    pub(super) code: u64,
    /// A hash of the addresses of their operands in memory, in order.
    pub(super) data: u64,
}

/// A block that was executed: its address, and a hash of the addresses of its operands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) code: u64,
    pub(super) data: u64,
}

/// What's kept of a run besides its hashes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Nothing,
    /// Each block, up to [`RECORDED`].
    Record,
    /// The first block that isn't as in the record.
    Difference,
    /// The addresses that are noted in this block.
    Addresses(usize),
}

/// How many blocks a record has room for.
pub(super) const RECORDED: usize = 1 << 24;

/// How many instructions a block has at most.
const LONGEST: usize = 64;

/// How many words are noted for an operand at most: a gather's base, mask, and eight words of indices.
const MOST: usize = 10;

/// Where an operation returns to: not an address of code.
const END: u64 = 0x10;

pub(super) struct Stepper {
    machine: Machine,
    program: Program,
    blocks: Vec<Block>,
    /// The blocks by their addresses.
    found: HashMap<u64, usize>,
    caches: Vec<Cache>,
    record: Vec<Step>,
    difference: Option<(usize, u64)>,
    addresses: Vec<u64>,
}

struct Block {
    address: u64,
    /// The copy.
    code: u64,
    /// The number of instructions.
    count: u64,
    /// For each address that is noted, the instruction.
    operands: Vec<u64>,
    /// The jump, unless it's just long.
    jump: Option<Instruction>,
    end: u64,
    excused: bool,
}

/// Memory for copies, from which a distance in 32 bits leads to where they are from.
struct Cache {
    next: u64,
    end: u64,
}

const CACHE: usize = 1 << 24;

/// An operation to be run, and what it returned.
struct Call<F, T> {
    operation: Option<F>,
    result: Option<Result<T, Box<dyn Any + Send>>>,
}

/// The first function of the traced code.
extern "C" fn first<F: FnOnce() -> T, T>(call: *mut Call<F, T>) {
    // SAFETY: from a box that `run` has.
    let call = unsafe { &mut *call };
    let operation = call.operation.take().expect("run once");
    call.result = Some(catch_unwind(AssertUnwindSafe(operation)));
}

impl Stepper {
    pub(super) fn new(program: Program) -> Self {
        Self {
            machine: Machine::new(),
            program,
            blocks: vec![],
            found: HashMap::new(),
            caches: vec![],
            record: vec![],
            difference: None,
            addresses: vec![],
        }
    }

    /// Runs an operation, step by step, with its memory from the arena.
    ///
    /// # Panics
    /// If it does.
    pub(super) fn run<F: FnOnce() -> T, T>(&mut self, keep: Keep, operation: F) -> (T, Trace) {
        let mut call = Box::new(Call { operation: Some(operation), result: None });
        self.machine.reset(&raw mut *call as u64, END);
        arena::leave();
        self.difference = None;
        if keep == Keep::Record {
            self.record.clear();
        }
        let (mut trace, mut executed, mut at) = (Trace::default(), 0, first::<F, T> as *const () as u64);
        while at != END {
            let found = self.found.get(&at).copied();
            let index = found.unwrap_or_else(|| self.translate(at));
            arena::enter_again();
            // SAFETY: the copy of the block that comes next.
            unsafe { self.machine.run(self.blocks[index].code) };
            arena::leave();
            let mut addresses = self.jump(index, &mut at);
            let block = &self.blocks[index];
            if block.excused {
                continue;
            }
            let noted = self.machine.noted(block.operands.len());
            let data = noted.iter().chain(addresses.iter()).fold(0, |hash, address| mix(hash, *address));
            let step = Step { code: block.address, data };
            match keep {
                Keep::Record if executed < RECORDED => self.record.push(step),
                Keep::Difference if self.difference.is_none() && self.record.get(executed) != Some(&step) => {
                    self.difference = Some((executed, block.address));
                }
                Keep::Addresses(block) if block == executed => {
                    addresses.splice(0..0, noted.iter().copied());
                    self.addresses = addresses;
                }
                _ => {}
            }
            executed += 1;
            trace.steps += block.count;
            trace.code = mix(trace.code, block.address);
            trace.data = mix(trace.data, data);
        }
        arena::enter_again();
        match call.result.take().expect("the operation has ended") {
            Ok(result) => (result, trace),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Where the last run was the first time not as the recorded one: the number of blocks before, and the block.
    pub(super) fn difference(&self) -> Option<(usize, u64)> {
        self.difference
    }

    /// The address of a block that was recorded.
    pub(super) fn recorded(&self, at: usize) -> Option<u64> {
        self.record.get(at).map(|step| step.code)
    }

    /// The addresses that were kept.
    pub(super) fn addresses(&self) -> &[u64] {
        &self.addresses
    }

    /// The instruction of a block that has its operand at a position among the addresses.
    pub(super) fn instruction(&self, block: u64, position: usize) -> u64 {
        let block = &self.blocks[self.found[&block]];
        block.operands.get(position).copied().unwrap_or(block.end)
    }

    /// The address of the jump at the end of a block.
    pub(super) fn end(&self, block: u64) -> u64 {
        self.blocks[self.found[&block]].end
    }

    pub(super) fn program(&self) -> &Program {
        &self.program
    }

    /// Copies the block at an address.
    fn translate(&mut self, address: u64) -> usize {
        let executable = &self.program.executable;
        let code = code_at(address, executable);
        let mut decoder = Decoder::with_ip(64, code, address, DecoderOptions::NONE);
        let mut factory = InstructionInfoFactory::new();
        let cache = cache_near(&mut self.caches, address);
        let (mut copy, mut operands, mut count, mut jump) = (vec![], vec![], 0, None);
        let mut end = address;
        while count < LONGEST as u64 && operands.len() + 2 * MOST <= SLOTS {
            let start = decoder.ip();
            let instruction = decoder.decode();
            assert!(!instruction.is_invalid(), "no instruction at {}", self.program.relative(start));
            (end, count) = (start, count + 1);
            if instruction.flow_control() != FlowControl::Next && instruction.code() != Code::Syscall {
                jump = Some(instruction);
                break;
            }
            for used in factory.info(&instruction).used_memory() {
                let slot = operands.len();
                let (code, slots) = noting(&instruction, used, slot).unwrap_or_else(|| {
                    panic!("an operand at {} that isn't understood", self.program.relative(start))
                });
                copy.extend(code);
                operands.extend(vec![start; slots]);
            }
            // How often an instruction is to be repeated, and how often it wasn't.
            let is_repeated = instruction.has_rep_prefix() || instruction.has_repne_prefix();
            let mut note_count = |copy: &mut Vec<u8>| {
                if is_repeated {
                    copy.extend(note(operands.len(), &[0x48, 0x89, 0xc8])); // mov rax, rcx
                    operands.push(start);
                }
            };
            note_count(&mut copy);
            let from = (start - address) as usize;
            let mut bytes = code[from..from + instruction.len()].to_vec();
            if instruction.is_ip_rel_memory_operand() {
                let next = cache.next + (copy.len() + bytes.len()) as u64;
                let distance = instruction.ip_rel_memory_address().wrapping_sub(next) as i64;
                let distance = i32::try_from(distance).expect("the copy is near");
                let place = decoder.get_constant_offsets(&instruction).displacement_offset();
                bytes[place..place + 4].copy_from_slice(&distance.to_le_bytes());
            }
            copy.extend(bytes);
            note_count(&mut copy);
        }
        if jump.is_none() {
            end = decoder.ip();
        }
        copy.extend(ending());
        let excused = self.program.excused.iter().any(|range| range.contains(&address));
        let code = cache.put(&copy);
        self.blocks.push(Block { address, code, count, operands, jump, end, excused });
        self.found.insert(address, self.blocks.len() - 1);
        self.blocks.len() - 1
    }

    /// Carries out the jump of a block, and sets the address of the next one. The addresses of its operands in memory
    /// are returned.
    fn jump(&mut self, block: usize, next: &mut u64) -> Vec<u64> {
        let Some(jump) = self.blocks[block].jump else {
            *next = self.blocks[block].end;
            return vec![];
        };
        let machine = &mut self.machine;
        let mut addresses = vec![];
        let indirect = |machine: &mut Machine, addresses: &mut Vec<u64>| match jump.op0_kind() {
            OpKind::Register => *machine.register(jump.op0_register()),
            OpKind::Memory => {
                let place = jump
                    .virtual_address(0, 0, |register, _, _| match register {
                        Register::CS | Register::DS | Register::ES | Register::SS => Some(0),
                        _ => register.is_gpr64().then(|| *machine.register(register)),
                    })
                    .expect("an address from general registers");
                addresses.push(place);
                machine.read(place)
            }
            _ => panic!("a jump of an unknown kind"),
        };
        let (direct, after) = (jump.near_branch_target(), jump.next_ip());
        match jump.flow_control() {
            FlowControl::UnconditionalBranch => *next = direct,
            FlowControl::ConditionalBranch => {
                let taken = match jump.code() {
                    Code::Jrcxz_rel8_64 => *machine.register(Register::RCX) == 0,
                    _ => holds(jump.condition_code(), machine.flags()),
                };
                *next = if taken { direct } else { after };
            }
            FlowControl::IndirectBranch => *next = indirect(machine, &mut addresses),
            FlowControl::Call | FlowControl::IndirectCall => {
                let is_direct = jump.flow_control() == FlowControl::Call;
                *next = if is_direct { direct } else { indirect(machine, &mut addresses) };
                *machine.register(Register::RSP) -= 8;
                let top = *machine.register(Register::RSP);
                addresses.push(top);
                machine.write(top, after);
            }
            FlowControl::Return => {
                let top = *machine.register(Register::RSP);
                addresses.push(top);
                *next = machine.read(top);
                let more = if jump.op_count() == 1 { u64::from(jump.immediate16()) } else { 0 };
                *machine.register(Register::RSP) += 8 + more;
            }
            _ => panic!("a jump of an unknown kind at {}", self.program.relative(jump.ip())),
        }
        addresses
    }
}

/// A step of a hash: for a given value of one, a bijection of the other.
fn mix(hash: u64, x: u64) -> u64 {
    let h = (hash.rotate_left(23) ^ x).wrapping_mul(0x9fb2_1c65_1e98_df25);
    h ^ h >> 29
}

/// Whether a condition holds, for flags.
fn holds(condition: ConditionCode, flags: u64) -> bool {
    let flag = |bit: u32| flags >> bit & 1 == 1;
    let (carry, parity, zero, sign, overflow) = (flag(0), flag(2), flag(6), flag(7), flag(11));
    match condition {
        ConditionCode::o => overflow,
        ConditionCode::no => !overflow,
        ConditionCode::b => carry,
        ConditionCode::ae => !carry,
        ConditionCode::e => zero,
        ConditionCode::ne => !zero,
        ConditionCode::be => carry | zero,
        ConditionCode::a => !(carry | zero),
        ConditionCode::s => sign,
        ConditionCode::ns => !sign,
        ConditionCode::p => parity,
        ConditionCode::np => !parity,
        ConditionCode::l => sign != overflow,
        ConditionCode::ge => sign == overflow,
        ConditionCode::le => zero | (sign != overflow),
        ConditionCode::g => !zero & (sign == overflow),
        ConditionCode::None => panic!("a jump without a condition"),
    }
}

/// The program's code from an address on.
fn code_at(address: u64, executable: &[Range<u64>]) -> &'static [u8] {
    let range = executable.iter().find(|range| range.contains(&address)).expect("executed, so executable");
    let len = (range.end - address).min(15 * LONGEST as u64) as usize;
    // SAFETY: mapped, readable as all code here is, and never written.
    unsafe { std::slice::from_raw_parts(address as *const u8, len) }
}

/// Code that notes an operand's address, in how many slots from a given one on. Segments don't matter: those that
/// aren't zero begin at the same address throughout.
fn noting(instruction: &Instruction, used: &UsedMemory, slot: usize) -> Option<(Vec<u8>, usize)> {
    if used.vsib_size() == 0 {
        return Some((note(slot, &lea(used, used.index())?), 1));
    }
    // A gather or scatter of AVX-512: base, mask, and the indices that the mask leaves.
    if instruction.op_mask() == Register::None {
        return None;
    }
    let base = note(slot, &lea(used, Register::None)?);
    let mask = Instruction::with2(Code::VEX_Kmovq_r64_kr, Register::RAX, instruction.op_mask()).ok()?;
    let mask = note(slot + 1, &encoded(&mask)?);
    let code = match used.vsib_size() {
        8 => Code::EVEX_Vmovdqu64_zmmm512_k1z_zmm,
        _ => Code::EVEX_Vmovdqu32_zmmm512_k1z_zmm,
    };
    let to_rax = MemoryOperand::with_base(Register::RAX);
    let mut store = Instruction::with2(code, to_rax, used.index().full_register()).ok()?;
    store.set_op_mask(instruction.op_mask());
    Some(([base, mask, note_stored(slot + 2, &encoded(&store)?)].concat(), MOST))
}

/// An instruction that computes an operand's address into rax, with an index of the caller's.
fn lea(used: &UsedMemory, index: Register) -> Option<Vec<u8>> {
    let is_general = |register: Register| register == Register::None || register.is_gpr64();
    let is_64 = matches!(used.address_size(), CodeSize::Code64 | CodeSize::Unknown);
    if !is_general(used.base()) || !is_general(index) || !is_64 {
        return None;
    }
    let displacement = used.displacement() as i64;
    let lea = if used.base() == Register::None && index == Register::None {
        Instruction::with2(Code::Mov_r64_imm64, Register::RAX, displacement)
    } else {
        let scale = if index == Register::None { 1 } else { used.scale() };
        let operand = MemoryOperand::new(used.base(), index, scale, displacement, 8, false, Register::None);
        Instruction::with2(Code::Lea_r64_m, Register::RAX, operand)
    };
    encoded(&lea.ok()?)
}

/// The bytes of an instruction, which can be anywhere.
fn encoded(instruction: &Instruction) -> Option<Vec<u8>> {
    let mut encoder = Encoder::new(64);
    encoder.encode(instruction, 0).ok()?;
    Some(encoder.take_buffer())
}

impl Cache {
    fn is_near(&self, address: u64) -> bool {
        self.end.abs_diff(address) < 3 << 29
    }

    /// Copies code to the next free place.
    fn put(&mut self, code: &[u8]) -> u64 {
        let place = self.next;
        assert!(code.len() as u64 <= self.end - place, "too much code");
        // SAFETY: memory of this cache that isn't used yet.
        unsafe { std::ptr::copy_nonoverlapping(code.as_ptr(), place as *mut u8, code.len()) };
        self.next += code.len() as u64;
        place
    }

    /// New memory that can be executed; near an address, if the system likes.
    fn new(hint: u64) -> Self {
        // SAFETY: new memory at an address of the system's choice.
        let start = unsafe {
            libc::mmap(
                hint as *mut libc::c_void,
                CACHE,
                libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        assert!(start != libc::MAP_FAILED && !start.is_null(), "the system has no memory");
        Self { next: start as u64, end: start as u64 + CACHE as u64 }
    }
}

/// Memory for the copy of code from an address.
fn cache_near(caches: &mut Vec<Cache>, address: u64) -> &mut Cache {
    let found = caches.iter().position(|cache| cache.is_near(address)).unwrap_or_else(|| {
        let hints = (1..20).map(|i| (address & !0xfff) - (i << 26));
        let cache = hints.map(Cache::new).find(|cache| cache.is_near(address));
        caches.push(cache.expect("there's memory near the program"));
        caches.len() - 1
    });
    &mut caches[found]
}
