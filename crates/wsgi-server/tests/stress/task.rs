//! The task of a request, and the response that it should get.

use crate::support::random::Random;

/// One request. Its number is in its path and in its bodies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub(crate) number: u64,
    pub(crate) work: Work,
    /// A number of bytes or microseconds, depending on the work.
    pub(crate) size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Answers at once.
    Quick,
    /// Sleeps for `size` microseconds first.
    Sleep,
    /// Answers with `size` bytes, which the loop sends.
    Bytes,
    /// Answers in chunks, and sleeps for `size` microseconds before each.
    Chunks,
    /// Writes `size` bytes, and flushes now and then.
    Write,
    /// Reads the body of `size` bytes, and answers with it.
    Echo,
    /// Leaves the body of `size` bytes unread.
    Ignore,
    /// Has another thread read the body of `size` bytes, and does not wait for it.
    Lend,
    /// Answers in chunks that another thread sends, `size` microseconds after each other.
    Live,
    /// The same, and fails after some of them.
    FailLive,
    /// Sets a deadline that no call reaches, and moves it.
    Deadline,
    /// Answers after a deadline that it sets.
    Late,
    /// Fails with an error.
    Fail,
    /// Panics in the call.
    PanicInCall,
    /// Panics in a chunk of the body.
    PanicInBody,
    /// Leaves values in the environ that panic when they are dropped.
    PanicInDrop,
    /// Panics in a hook.
    PanicInHook,
    /// Sleeps for `size` microseconds in a hook.
    SleepInHook,
}

impl Work {
    const ALL: [Self; 18] = [
        Self::Quick,
        Self::Sleep,
        Self::Bytes,
        Self::Chunks,
        Self::Write,
        Self::Echo,
        Self::Ignore,
        Self::Lend,
        Self::Live,
        Self::FailLive,
        Self::Deadline,
        Self::Late,
        Self::Fail,
        Self::PanicInCall,
        Self::PanicInBody,
        Self::PanicInDrop,
        Self::PanicInHook,
        Self::SleepInHook,
    ];

    /// Whether its request has a body.
    fn has_body(self) -> bool {
        matches!(self, Self::Echo | Self::Ignore | Self::Lend)
    }
}

impl Task {
    /// A task of any kind. Most tasks are what most applications do.
    pub(crate) fn any(number: u64, random: &mut Random) -> Self {
        let work = match random.below(100) {
            0..30 => Work::Quick,
            30..55 => Work::Sleep,
            _ => random.pick(&Work::ALL),
        };
        let size = match work {
            Work::Sleep => random.pick(&[50, 300, 1_000, 3_000, 20_000]),
            Work::Chunks | Work::Live | Work::FailLive | Work::SleepInHook => {
                random.pick(&[0, 300, 3_000])
            }
            Work::Bytes | Work::Write => random.pick(&[10, 5_000, 60_000, 70_000, 300_000]),
            Work::Echo | Work::Ignore | Work::Lend => {
                random.pick(&[10, 5_000, 66_000, 150_000, 400_000])
            }
            _ => random.below(100),
        };
        Self { number, work, size }
    }

    /// A task that does not end its connection.
    pub(crate) fn modest(number: u64, random: &mut Random) -> Self {
        loop {
            let task = Self::any(number, random);
            if !task.work.has_body() && !task.ends_its_connection() {
                return task;
            }
        }
    }

    pub(crate) fn path(&self) -> String {
        let work = Work::ALL.iter().position(|work| *work == self.work);
        format!("/{}/{}/{}", self.number, work.expect("a work"), self.size)
    }

    pub(crate) fn parse(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix('/')?.split('/');
        let mut next = || parts.next()?.parse::<u64>().ok();
        let (number, work, size) = (next()?, next()?, next()?);
        let work = *Work::ALL.get(work as usize)?;
        Some(Self { number, work, size })
    }

    /// The body of its request, if it has one.
    pub(crate) fn request_body(&self) -> Option<Vec<u8>> {
        self.work
            .has_body()
            .then(|| text(self.number, self.size as usize))
    }

    /// The body of its response.
    pub(crate) fn response_body(&self) -> Vec<u8> {
        let length = match self.work {
            Work::Bytes | Work::Write | Work::Echo => self.size,
            Work::Lend => 200_000,
            Work::Chunks | Work::PanicInBody | Work::Live | Work::FailLive => 5 * CHUNK as u64,
            _ => 20,
        };
        text(self.number, length as usize)
    }

    /// The status of its response.
    pub(crate) fn status(&self) -> u16 {
        match self.work {
            Work::Fail | Work::PanicInCall => 500,
            _ => 200,
        }
    }

    /// Whether its response breaks off.
    pub(crate) fn breaks_off(&self) -> bool {
        matches!(self.work, Work::PanicInBody | Work::FailLive)
    }

    /// Whether its connection may end with it, or before its answer.
    fn ends_its_connection(&self) -> bool {
        self.breaks_off() || self.work == Work::Late
    }

    /// Whether a hook waits for the end of its request.
    pub(crate) fn has_hook(&self) -> bool {
        matches!(self.work, Work::PanicInHook | Work::SleepInHook) || self.number.is_multiple_of(3)
    }
}

/// The length of a chunk of a response.
pub(crate) const CHUNK: usize = 700;

/// `length` bytes that belong to the request of this number and to no other.
pub(crate) fn text(number: u64, length: usize) -> Vec<u8> {
    let pattern = format!("{number};");
    pattern.bytes().cycle().take(length).collect()
}
