//! Tiles on Intel's AMX. A tile register holds 16 rows of 64 bytes: a tile of a factor, or 16 x 16 floats of the result.
//! (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18.) The eight registers hold 2 x 2 tiles
//! of the result and two of each factor.

use std::arch::asm;

use super::{BLOCK, TILE, Tile, each_block};

/// What `LDTILECFG` reads: the shapes of the registers.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    bytes_of_a_row: [u16; 16],
    rows: [u8; 16],
}

static SHAPES: Shapes = {
    let (mut bytes_of_a_row, mut rows) = ([0; 16], [0; 16]);
    let mut register = 0;
    while register < 8 {
        bytes_of_a_row[register] = 64;
        rows[register] = TILE as u8;
        register += 1;
    }
    Shapes {
        palette: 1,
        start_row: 0,
        reserved: [0; 14],
        bytes_of_a_row,
        rows,
    }
};

/// Asks the processor for the instructions and Linux for the room that their registers take.
pub fn permitted() -> bool {
    /// From `asm/prctl.h`, and the number of the tiles' state in `XCR0`.
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XTILEDATA: libc::c_long = 18;
    /// Of leaf 7's EDX.
    const AMX_BF16: u32 = 1 << 22;
    const AMX_TILE: u32 = 1 << 24;
    let known = std::arch::x86_64::__cpuid_count(7, 0).edx;
    if known & AMX_BF16 == 0 || known & AMX_TILE == 0 {
        return false;
    }
    // SAFETY: the call takes two numbers, and where Linux does not know it changes nothing.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XTILEDATA) == 0 }
}

/// Multiplies as [`super::BlockRow`] says. Only where the tiles are [`permitted`].
pub fn block_row(left: &[Tile], right: &[Tile], out: &mut [f32], n: usize) {
    if left.is_empty() {
        return;
    }
    // SAFETY: tiles may be used, as the caller has found.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPES, options(nostack, preserves_flags)) };
    each_block(right.len() / left.len(), out, n, |number, out, stride| {
        let right = &right[number * left.len()..][..left.len()];
        assert!(out.len() >= (BLOCK - 1) * stride + BLOCK);
        // SAFETY: 32 rows of 32 numbers lie there.
        unsafe { multiply(left, right, out.as_mut_ptr(), stride) };
    });
    // SAFETY: gives the registers back, so that a switch of threads need not save them.
    unsafe { asm!("tilerelease", options(nostack, preserves_flags)) };
}

/// Adds the product of two blocks to 32 rows of 32 numbers, `stride` numbers apart.
///
/// # Safety
/// The registers have their shapes, and the rows at `out` can be read and written.
unsafe fn multiply(left: &[Tile], right: &[Tile], out: *mut f32, stride: usize) {
    assert!(!left.is_empty() && left.len() == right.len());
    // SAFETY: reads two tiles of either side a step, as many as there are; the caller answers for the rest.
    unsafe {
        asm!(
            "tileloadd tmm0, [{upper} + {stride}]",
            "tileloadd tmm1, [{upper} + {stride} + 64]",
            "tileloadd tmm2, [{lower} + {stride}]",
            "tileloadd tmm3, [{lower} + {stride} + 64]",
            "2:",
            "tileloadd tmm4, [{left} + {line}]",
            "tileloadd tmm6, [{right} + {line}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{right} + {line} + 1024]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{left} + {line} + 1024]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {left}, 2048",
            "add {right}, 2048",
            "dec {steps}",
            "jnz 2b",
            "tilestored [{upper} + {stride}], tmm0",
            "tilestored [{upper} + {stride} + 64], tmm1",
            "tilestored [{lower} + {stride}], tmm2",
            "tilestored [{lower} + {stride} + 64], tmm3",
            upper = in(reg) out,
            lower = in(reg) out.add(TILE * stride),
            stride = in(reg) stride * size_of::<f32>(),
            line = in(reg) 64_usize,
            left = inout(reg) left.as_ptr() => _,
            right = inout(reg) right.as_ptr() => _,
            steps = inout(reg) left.len() / 2 => _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
