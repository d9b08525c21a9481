//! The memory of a compressor, for one body after the other.

use std::any::Any;

use ::brotli::enc::{Allocator, BrotliAlloc, SliceWrapper, SliceWrapperMut, StandardAlloc};

/// Smaller pieces are not kept, in bytes. The allocator has them at hand.
const LARGE: usize = 64 * 1024;

/// An allocator that keeps the large pieces of a body that has ended for the next one. The system
/// would otherwise take them back after each body, and clear them anew page by page.
///
/// Pieces are of fixed types and lengths for bodies of 64 KiB and more. Those of a type that do not
/// fit are given up before another one is allocated, so there is never more memory than one body
/// takes.
#[derive(Default)]
pub(crate) struct Memory {
    kept: Vec<Box<dyn Any + Send>>,
    /// Whether the body has ended, so that what is freed is kept.
    is_between: bool,
}

type Piece<T> = <StandardAlloc as Allocator<T>>::AllocatedMemory;

impl Memory {
    /// Keeps what is freed from now on.
    pub(super) fn end_body(&mut self) {
        self.is_between = true;
    }

    /// The same memory for another body.
    pub(super) fn for_next_body(&mut self) -> Self {
        Self {
            kept: std::mem::take(&mut self.kept),
            is_between: false,
        }
    }
}

impl<T: Clone + Default + Send + 'static> Allocator<T> for Memory {
    type AllocatedMemory = Piece<T>;

    fn alloc_cell(&mut self, length: usize) -> Piece<T> {
        if is_large::<T>(length) {
            let fits = |piece: &Box<dyn Any + Send>| {
                let piece = piece.downcast_ref::<Piece<T>>();
                piece.is_some_and(|piece| piece.slice().len() == length)
            };
            if let Some(place) = self.kept.iter().position(fits)
                && let Ok(mut piece) = self.kept.swap_remove(place).downcast::<Piece<T>>()
            {
                // Nothing of one response must get into another.
                piece.slice_mut().fill(T::default());
                return *piece;
            }
            self.kept.retain(|piece| !piece.is::<Piece<T>>());
        }
        StandardAlloc::default().alloc_cell(length)
    }

    fn free_cell(&mut self, piece: Piece<T>) {
        if self.is_between && is_large::<T>(piece.slice().len()) {
            self.kept.push(Box::new(piece));
        }
    }
}

impl BrotliAlloc for Memory {}

fn is_large<T>(length: usize) -> bool {
    length.saturating_mul(size_of::<T>()) >= LARGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_body_gets_the_same_memory_without_its_contents() {
        let mut memory = Memory::default();
        let mut piece: Piece<u32> = memory.alloc_cell(LARGE);
        piece.slice_mut().fill(7);
        let place = piece.slice().as_ptr();
        memory.end_body();
        memory.free_cell(piece);
        let mut memory = memory.for_next_body();
        let piece: Piece<u32> = memory.alloc_cell(LARGE);
        assert_eq!(piece.slice().as_ptr(), place);
        assert!(piece.slice().iter().all(|&number| number == 0));
    }

    #[test]
    fn memory_of_another_length_is_given_up() {
        let mut memory = Memory::default();
        memory.end_body();
        for _ in 0..2 {
            let piece: Piece<u8> = StandardAlloc::default().alloc_cell(LARGE);
            memory.free_cell(piece);
        }
        let piece: Piece<u16> = StandardAlloc::default().alloc_cell(LARGE);
        memory.free_cell(piece);
        let mut memory = memory.for_next_body();
        let longer: Piece<u8> = memory.alloc_cell(LARGE + 1);
        assert_eq!(longer.slice().len(), LARGE + 1);
        assert_eq!(memory.kept.len(), 1, "that of the other type");
    }

    #[test]
    fn nothing_is_kept_within_a_body() {
        let mut memory = Memory::default();
        let piece: Piece<u8> = memory.alloc_cell(LARGE);
        memory.free_cell(piece);
        assert!(memory.kept.is_empty());
    }
}
