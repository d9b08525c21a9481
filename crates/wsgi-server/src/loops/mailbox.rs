//! What threads tell a loop that they do not run.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::*},
    },
};

use crate::{connections::key::Key, event_queue::Waker, loops::message::Message};

/// The mailbox of a loop. However much comes before the loop looks, it is woken once.
pub(crate) struct Mailbox {
    /// `None` once the loop has ended.
    mail: Mutex<Option<Mail>>,
    has_mail: AtomicBool,
    waker: Arc<Waker>,
}

/// The mail of a loop.
#[derive(Default)]
pub(crate) struct Mail {
    pub(crate) messages: Vec<Message>,
    /// The connections whose live bodies have something to send.
    pub(crate) rung: Vec<Key>,
}

impl Mailbox {
    pub(super) fn new(waker: Arc<Waker>) -> Self {
        Mailbox {
            mail: Mutex::new(Some(Mail::default())),
            has_mail: AtomicBool::new(false),
            waker,
        }
    }

    /// Sends a message to the loop, or returns it if the loop has ended.
    pub(crate) fn send(&self, message: Message) -> Result<(), Message> {
        match &mut *self.mail() {
            Some(mail) => mail.messages.push(message),
            None => return Err(message),
        }
        self.tell();
        Ok(())
    }

    fn ring(&self, key: Key) {
        match &mut *self.mail() {
            Some(mail) => mail.rung.push(key),
            None => return,
        }
        self.tell();
    }

    fn tell(&self) {
        if !self.has_mail.swap(true, AcqRel) {
            self.wake();
        }
    }

    /// Whether something has come.
    #[inline]
    pub(crate) fn has_mail(&self) -> bool {
        self.has_mail.load(Acquire)
    }

    /// Takes what has come.
    pub(crate) fn take(&self) -> Mail {
        self.has_mail.store(false, Release);
        self.mail().as_mut().map(mem::take).unwrap_or_default()
    }

    /// Takes nothing further. Returns what came too late.
    pub(super) fn close(&self) -> Mail {
        self.mail().take().unwrap_or_default()
    }

    /// The bell of a connection, by which the senders of a live body have the loop drive it soon,
    /// if it still has it. It does not keep the loop alive.
    pub(crate) fn doorbell(self: &Arc<Self>, key: Key) -> impl Fn() + use<> {
        let mailbox = Arc::downgrade(self);
        move || {
            if let Some(mailbox) = mailbox.upgrade() {
                mailbox.ring(key);
            }
        }
    }

    /// The waker of the loop, as long as the loop lives.
    pub(super) fn waker(&self) -> Weak<Waker> {
        Arc::downgrade(&self.waker)
    }

    #[inline(never)] // as it makes a system call from many places
    pub(crate) fn wake(&self) {
        // It only fails if the loop is gone, or has been woken often enough.
        let _ = self.waker.wake();
    }

    fn mail(&self) -> MutexGuard<'_, Option<Mail>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
