//! Chance that falls the same way every time.

/// The next of a fixed sequence (a 64-bit linear congruential generator, Knuth's constants): the demo is the same everywhere.
pub(super) fn pick(chance: &mut u64, below: usize) -> usize {
    *chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*chance >> 33).unwrap_or(0).checked_rem(below).unwrap_or(0)
}
