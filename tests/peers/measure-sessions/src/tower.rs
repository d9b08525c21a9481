//! The memory store of tower-sessions: a load, and a save of the same record.
//!
//! Its records contain values where ours contain text, so a load clones them. It saves without a
//! check for another save meanwhile.

use std::sync::Arc;
use std::thread;

use time::{Duration, OffsetDateTime};
use tokio::runtime::Builder;
use tower_sessions::session::{Id, Record};
use tower_sessions::{MemoryStore, SessionStore};

use crate::run::{Gate, Run};
use crate::{DATA, Result, SESSIONS};

/// The loads and saves per second, by a task for each thread of ours, on a runtime with one thread
/// per core, as in a server.
pub(crate) fn rate(run: Run) -> Result<f64> {
    let store = MemoryStore::default();
    let gate = Arc::new(Gate::default());
    let cores = thread::available_parallelism()?.get();
    let runtime = Builder::new_multi_thread()
        .worker_threads(cores.min(run.threads))
        .build()?;
    let mut tasks = Vec::new();
    for _ in 0..run.threads {
        let ids = runtime.block_on(create(&store, SESSIONS / run.threads))?;
        tasks.push(runtime.spawn(work(store.clone(), ids, Arc::clone(&gate))));
    }
    let seconds = gate.open(run.duration);
    let mut done = 0;
    for task in tasks {
        done += runtime.block_on(task)??;
    }
    Ok(done as f64 / seconds)
}

async fn create(store: &MemoryStore, sessions: usize) -> Result<Vec<Id>> {
    let mut ids = Vec::new();
    for _ in 0..sessions {
        let mut record = Record {
            id: Id::default(),
            data: serde_json::from_str(DATA)?,
            expiry_date: OffsetDateTime::now_utc() + Duration::HOUR,
        };
        store.create(&mut record).await?;
        ids.push(record.id);
    }
    Ok(ids)
}

/// The number of loads and saves of one task while the gate is open.
async fn work(store: MemoryStore, ids: Vec<Id>, gate: Arc<Gate>) -> Result<u64, String> {
    let mut done = 0;
    for id in ids.iter().cycle() {
        if gate.is_closed() {
            break;
        }
        let loaded = store.load(id).await.map_err(|error| error.to_string())?;
        let record = loaded.ok_or("no session was loaded")?;
        store
            .save(&record)
            .await
            .map_err(|error| error.to_string())?;
        done += u64::from(gate.is_open());
    }
    Ok(done)
}
