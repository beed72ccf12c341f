//! x86-64: what the machine has is found out when the program runs.

pub(super) mod avx2;
mod lanes;
pub(super) mod vnni;
mod wide_lanes;
