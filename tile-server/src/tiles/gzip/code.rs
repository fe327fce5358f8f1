//! Huffman codes as deflate has them: canonical, of limited length (RFC 1951, section 3.2.2).

/// The longest code of a letter: four of them and what waits fit a word.
pub(super) const LONGEST: u8 = 12;
/// The most letters of an alphabet.
const MOST: usize = 288;

/// A letter's code, its first bit lowest; without bits if the letter is not used.
#[derive(Clone, Copy, Default)]
pub(super) struct Letter {
    pub(super) bits: u16,
    pub(super) length: u8,
}

/// Returns the lengths of the best codes for letters that occur so often, none longer than `longest`.
pub(super) fn lengths<const N: usize>(counts: &[u32; N], longest: u8) -> [u8; N] {
    let mut lengths = [0; N];
    let mut used = [0_u64; MOST];
    let mut count = 0;
    for (letter, &often) in counts.iter().enumerate().filter(|(_, often)| **often > 0) {
        used[count] = u64::from(often) << 16 | letter as u64;
        count += 1;
    }
    let used = &mut used[..count];
    used.sort_unstable();
    let mut weights = [0; MOST];
    for (weight, entry) in weights.iter_mut().zip(&*used) {
        *weight = (entry >> 16) as u32;
    }
    let weights = &mut weights[..count];
    let mut depths = depths(weights);
    // Less uneven counts make a lower tree; with all alike it is low enough.
    while depths[..count].iter().any(|&depth| depth > longest) {
        for weight in &mut *weights {
            *weight = *weight >> 1 | 1;
        }
        depths = self::depths(weights);
    }
    for (entry, depth) in used.iter().zip(depths) {
        lengths[(entry & 0xffff) as usize] = depth;
    }
    lengths
}

/// Returns how deep each leaf lies in Huffman's tree; the weights ascend.
fn depths(weights: &[u32]) -> [u8; 2 * MOST] {
    let leaves = weights.len();
    let mut depths = [0; 2 * MOST];
    if leaves < 2 {
        depths[0] = 1;
        return depths;
    }
    let root = 2 * leaves - 2;
    let (mut sums, mut parents) = ([0_u32; 2 * MOST], [0_u16; 2 * MOST]);
    sums[..leaves].copy_from_slice(weights);
    // Leaves and inner nodes both ascend, so the lightest node is at the head of one of the two queues.
    let (mut leaf, mut inner) = (0, leaves);
    for node in leaves..=root {
        for _ in 0..2 {
            let next = if leaf < leaves && (inner == node || sums[leaf] <= sums[inner]) {
                &mut leaf
            } else {
                &mut inner
            };
            sums[node] += sums[*next];
            parents[*next] = node as u16;
            *next += 1;
        }
    }
    for node in (0..root).rev() {
        depths[node] = depths[usize::from(parents[node])] + 1;
    }
    depths
}

/// Returns the codes that such lengths stand for.
pub(super) fn letters<const N: usize>(lengths: &[u8; N]) -> [Letter; N] {
    let mut next = [0_u16; 16];
    for &length in lengths.iter().filter(|length| **length > 0) {
        for (further, code) in (1..).zip(&mut next[usize::from(length) + 1..]) {
            *code += 1 << further;
        }
    }
    lengths.map(|length| {
        if length == 0 {
            return Letter::default();
        }
        let code = &mut next[usize::from(length)];
        let bits = code.reverse_bits() >> (16 - length);
        *code += 1;
        Letter { bits, length }
    })
}
