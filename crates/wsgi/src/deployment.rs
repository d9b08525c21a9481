#![doc = include_str!("../DEPLOYMENT.md")]
