//! The checksum of bodies, `x-amz-crc32`.

use std::sync::LazyLock;

use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// Made at the first use, in microseconds: in the module, these tables of noise would be a twentieth of each download.
/// They are boxed because a module holds the room of its statics, too.
static CRC32: LazyLock<Box<Crc<u32, Table<16>>>> =
    LazyLock::new(|| Box::new(Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC)));

/// CRC-32 of these bytes.
pub fn crc32(bytes: &[u8]) -> u32 {
    CRC32.checksum(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_another_implementation() {
        let bytes: Vec<u8> = (0..1000_u32).map(|at| ((at * at) >> 3) as u8).collect();
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        for end in 0..bytes.len() {
            assert_eq!(crc32(&bytes[..end]), crc32fast::hash(&bytes[..end]));
        }
    }
}
