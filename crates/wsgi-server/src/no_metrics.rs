//! The numbers of a server without the feature `metrics`, which keeps none. `metrics.rs` has the
//! same names.

pub(crate) mod handle {
    use std::sync::Arc;

    use crate::{counting::recorder::Recorder, loops::shared::Shared};

    /// The numbers of a server, which there are not.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Recording(());

    impl Recording {
        pub(crate) fn recorder(&self, _: usize) -> Recorder {
            Recorder::default()
        }

        pub(crate) fn attach(&self, _: &Arc<Shared>) {}
    }
}
