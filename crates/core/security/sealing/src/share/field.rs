//! Arithmetic in GF(2^8) modulo x^8+x^4+x^3+x^2+1, without tables and without branches on values.
//!
//! Time and memory accesses depend on the numbers of shares alone, which are public, never on the bytes of a key.

use crate::key::KEY_LENGTH;

/// x^8 reduced.
const REDUCED: u8 = 0x1d;

/// The product of two elements, in the same eight steps for all of them.
pub(super) const fn multiply(left: u8, right: u8) -> u8 {
    let (mut product, mut left, mut step) = (0, left, 0);
    while step < 8 {
        // 0xff if the bit is set, else 0: a mask instead of a branch.
        let taken = 0_u8.wrapping_sub((right >> step) & 1);
        let carried = 0_u8.wrapping_sub(left >> 7);
        product ^= left & taken;
        left = (left << 1) ^ (REDUCED & carried);
        step += 1;
    }
    product
}

/// The inverse, which is the 254th power; zero for zero.
pub(super) const fn invert(value: u8) -> u8 {
    let (mut power, mut result, mut step) = (value, 1, 0);
    // 254 = 2 + 4 + … + 128.
    while step < 7 {
        power = multiply(power, power);
        result = multiply(result, power);
        step += 1;
    }
    result
}

/// The value at `x` of one polynomial per byte; `coefficients` holds all of degree 0, then all of degree 1, ….
pub(super) fn evaluate(coefficients: &[u8], x: u8, out: &mut [u8; KEY_LENGTH]) {
    out.fill(0);
    for degree in coefficients.chunks_exact(KEY_LENGTH).rev() {
        for (value, coefficient) in out.iter_mut().zip(degree) {
            *value = multiply(*value, x) ^ coefficient;
        }
    }
}

/// The value at `x` of the polynomial of lowest degree through `points` (Lagrange). Their numbers differ.
pub(super) fn interpolate(points: &[(u8, &[u8; KEY_LENGTH])], x: u8, out: &mut [u8]) {
    out.fill(0);
    for &(own, y) in points {
        let (mut above, mut below) = (1, 1);
        for &(other, _) in points.iter().filter(|(other, _)| *other != own) {
            above = multiply(above, x ^ other);
            below = multiply(below, own ^ other);
        }
        let weight = multiply(above, invert(below));
        for (value, part) in out.iter_mut().zip(y) {
            *value ^= multiply(weight, *part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every product against shift-and-add on integers, every inverse against its definition.
    #[test]
    fn the_field_is_one() {
        for left in 0..=255_u8 {
            for right in 0..=255_u8 {
                let mut long = (0..8).filter(|bit| right >> bit & 1 == 1).fold(0_u16, |sum, bit| sum ^ (u16::from(left) << bit));
                for bit in (8..16).rev().filter(|bit| *bit < 15) {
                    if long >> bit & 1 == 1 {
                        long ^= 0x11d << (bit - 8);
                    }
                }
                assert_eq!(u16::from(multiply(left, right)), long);
            }
            assert_eq!(multiply(left, invert(left)), u8::from(left != 0));
        }
    }
}
