//! The lower bounds of stores: the disk's syncs, and the commands of Redis.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use redis::{Client, Connection};

use crate::run::Run;
use crate::{DATA, Result};

/// Writes a page of a file in place, and syncs it.
pub(crate) fn sync(run: Run, path: &Path) -> Result<f64> {
    run.rate(|_| {
        let file = File::create(path)?;
        let mut page = [0; 4096];
        file.write_all_at(&page, 0)?;
        file.sync_all()?;
        Ok(move || {
            page[0] ^= 1;
            file.write_all_at(&page, 0)?;
            Ok(file.sync_data()?)
        })
    })
}

pub(crate) fn redis_get(run: Run, url: &str) -> Result<f64> {
    run.rate(|thread| {
        let (mut connection, name) = connect(url, thread)?;
        redis::cmd("SET")
            .arg(&name)
            .arg(DATA)
            .exec(&mut connection)?;
        Ok(move || {
            let value: Vec<u8> = redis::cmd("GET").arg(&name).query(&mut connection)?;
            if value == DATA.as_bytes() {
                Ok(())
            } else {
                Err("another value was got".into())
            }
        })
    })
}

pub(crate) fn redis_set(run: Run, url: &str) -> Result<f64> {
    run.rate(|thread| {
        let (mut connection, name) = connect(url, thread)?;
        Ok(move || {
            let mut set = redis::cmd("SET");
            Ok(set.arg(&name).arg(DATA).exec(&mut connection)?)
        })
    })
}

fn connect(url: &str, thread: usize) -> Result<(Connection, String)> {
    Ok((
        Client::open(url)?.get_connection()?,
        format!("bare {thread}"),
    ))
}
