//! A blog, called in process. Each file has the tests of one subject.

mod conditions;
mod damage;
mod feeds;
mod forms;
mod frames;
mod hostile;
mod limits;
mod negotiation;
mod programs;
mod searches;
mod support;
mod writers;
