//! What a request asks the application to do, and what comes of it.

use crate::random::Random;

/// One request: its number is in all that is said of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub(crate) number: u64,
    pub(crate) work: Work,
    /// Bytes or microseconds, by the kind of work.
    pub(crate) size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Answers at once.
    Quick,
    /// Sleeps for so many microseconds first.
    Sleep,
    /// Answers with so many bytes, which the loop sends.
    Bytes,
    /// Answers in chunks, with so many microseconds before each.
    Chunks,
    /// Writes so many bytes, and flushes now and then.
    Write,
    /// Reads the body of so many bytes, and answers with it.
    Echo,
    /// Leaves the body of so many bytes unread.
    Ignore,
    /// Has another thread read the body of so many bytes, and does not wait for it.
    Lend,
    /// Fails with an error.
    Fail,
    /// Panics in the call, in a chunk of the body, when what it left is dropped, in a hook.
    PanicInCall,
    PanicInBody,
    PanicInDrop,
    PanicInHook,
    /// Sleeps for so many microseconds in a hook.
    SleepInHook,
}

impl Work {
    const ALL: [Work; 14] = [
        Work::Quick,
        Work::Sleep,
        Work::Bytes,
        Work::Chunks,
        Work::Write,
        Work::Echo,
        Work::Ignore,
        Work::Lend,
        Work::Fail,
        Work::PanicInCall,
        Work::PanicInBody,
        Work::PanicInDrop,
        Work::PanicInHook,
        Work::SleepInHook,
    ];

    /// Whether its request has a body.
    fn has_body(self) -> bool {
        matches!(self, Work::Echo | Work::Ignore | Work::Lend)
    }
}

impl Task {
    /// Any work; most of it is what most applications do.
    pub(crate) fn any(number: u64, random: &mut Random) -> Self {
        let work = match random.below(100) {
            0..30 => Work::Quick,
            30..55 => Work::Sleep,
            _ => random.pick(&Work::ALL),
        };
        let size = match work {
            Work::Sleep => random.pick(&[50, 300, 1_000, 3_000, 20_000]),
            Work::Chunks | Work::SleepInHook => random.pick(&[0, 300, 3_000]),
            Work::Bytes | Work::Write => random.pick(&[10, 5_000, 60_000, 70_000, 300_000]),
            Work::Echo | Work::Ignore | Work::Lend => {
                random.pick(&[10, 5_000, 66_000, 150_000, 400_000])
            }
            _ => random.below(100),
        };
        Task { number, work, size }
    }

    /// Something that ends its connection only when it is told to.
    pub(crate) fn modest(number: u64, random: &mut Random) -> Self {
        loop {
            let task = Task::any(number, random);
            if !task.work.has_body() && task.work != Work::PanicInBody {
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
        Some(Task { number, work, size })
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
            Work::Chunks | Work::PanicInBody => 5 * CHUNK as u64,
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
        self.work == Work::PanicInBody
    }

    /// Whether a hook waits for the end of its request.
    pub(crate) fn has_hook(&self) -> bool {
        matches!(self.work, Work::PanicInHook | Work::SleepInHook) || self.number.is_multiple_of(3)
    }
}

/// The length of a chunk of a body that comes in chunks.
pub(crate) const CHUNK: usize = 700;

/// So many bytes that belong to the request of this number and to no other.
pub(crate) fn text(number: u64, length: usize) -> Vec<u8> {
    let pattern = format!("{number};");
    pattern.bytes().cycle().take(length).collect()
}
