//! Numbers with no order, the same in every run.

/// Returns for each number another one with no order among them (splitmix64). No
/// two numbers have the same.
pub fn scattered(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// Numbers that look random and are the same in every run.
#[derive(Debug, Clone)]
pub struct Random {
    seed: u64,
    drawn: u64,
}

// === impl Random ===

impl Random {
    /// Begins a sequence; each seed has another one.
    pub fn new(seed: u64) -> Self {
        let seed = scattered(seed);
        Self { seed, drawn: 0 }
    }

    /// Returns the next number.
    pub fn draw(&mut self) -> u64 {
        self.drawn += 1;
        scattered(self.seed ^ self.drawn)
    }
}
