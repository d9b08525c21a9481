#![doc = include_str!("../pictures/pictures.md")]
#![doc = include_str!("../ARCHITECTURE.md")]
