// Its programs run with the feature, so it is shown and tested where that is on.
#![cfg_attr(feature = "run", doc = include_str!("../DEPLOYMENT.md"))]
#![cfg_attr(
    not(feature = "run"),
    doc = "How a program is put behind nginx or Apache: with the feature `run`."
)]
