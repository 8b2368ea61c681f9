//! Instances of one client. An instance runs one call at a time; an operation stays on the instance that started it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tabletheory::engine::{Connection, Engine, Moment, Operation, Reply, Step};
use tabletheory::{Code, Error, WriteOutcome};

use crate::component::{Component, Instance, trapped};

/// A few instances of one component, all opened with the same document and settings.
pub(crate) struct Pool {
    component: Component,
    document: Vec<u8>,
    settings: Vec<u8>,
    slots: Vec<Arc<Mutex<Slot>>>,
    next: AtomicUsize,
}

/// A place for an instance: filled when it is first needed, emptied by a trap.
#[derive(Default)]
struct Slot {
    instance: Option<(Instance, u32)>,
    /// Goes up with each instance: handles of the one before are not for this one.
    generation: u64,
}

impl Pool {
    pub fn new(component: Component, instances: usize, document: &[u8], settings: &[u8]) -> Result<Self, Error> {
        let slots = (0..instances.max(1)).map(|_| Arc::default()).collect();
        let pool = Pool {
            component,
            document: document.to_vec(),
            settings: settings.to_vec(),
            slots,
            next: AtomicUsize::new(0),
        };
        pool.with(&pool.slots[0], |_, _| Ok(()))?;
        Ok(pool)
    }

    /// Runs something on an instance, which is made if there is none; gives its generation, too. A trap discards the instance.
    fn with<R>(
        &self,
        slot: &Mutex<Slot>,
        run: impl FnOnce(&mut Instance, u32) -> wasmtime::Result<R>,
    ) -> Result<(R, u64), Error> {
        let mut slot = lock(slot);
        if slot.instance.is_none() {
            slot.instance = Some(self.opened()?);
            slot.generation += 1;
        }
        let (instance, client) = slot.instance.as_mut().expect("it was just filled");
        match run(instance, *client) {
            Ok(result) => Ok((result, slot.generation)),
            Err(error) => {
                slot.instance = None;
                Err(trapped(error))
            }
        }
    }

    fn opened(&self) -> Result<(Instance, u32), Error> {
        let mut instance = self.component.instantiate()?;
        let opened = instance.core.call_open(&mut instance.store, &self.document, &self.settings).map_err(trapped)?;
        opened.map(|client| (instance, client)).map_err(|error| Error::from_document(&error))
    }

    /// An instance that is free, else the next in turn.
    fn slot(&self) -> &Arc<Mutex<Slot>> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let idle = self.slots.iter().find(|slot| slot.try_lock().is_ok_and(|slot| slot.instance.is_some()));
        idle.unwrap_or(&self.slots[turn % self.slots.len()])
    }
}

fn lock(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    // A panic cannot leave an instance half-used: wasmtime gives traps as errors.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine for Pool {
    fn start(&self, call: &[u8], moment: Moment) -> (Option<Box<dyn Operation>>, Step) {
        let slot = self.slot();
        let started = self
            .with(slot, |instance, client| instance.core.call_start(&mut instance.store, client, call, moment.into()));
        let (started, generation) = match started {
            Ok(started) => started,
            Err(error) => return (None, Step::Failed(error)),
        };
        let operation = (started.operation != 0).then(|| {
            Box::new(Running {
                slot: slot.clone(),
                generation,
                handle: started.operation,
                over: false,
                connection: Connection::Keep,
            }) as Box<dyn Operation>
        });
        (operation, started.step.into())
    }

    fn describe(&self) -> Result<String, Error> {
        let (described, _) =
            self.with(self.slot(), |instance, client| instance.core.call_describe(&mut instance.store, client))?;
        described.map_err(|error| Error::from_document(&error))
    }

    fn explain(&self, call: &[u8], moment: Moment) -> Result<String, Error> {
        let (explained, _) = self.with(self.slot(), |instance, client| {
            instance.core.call_explain(&mut instance.store, client, call, moment.into())
        })?;
        explained.map_err(|error| Error::from_document(&error))
    }
}

/// An operation on its instance.
struct Running {
    slot: Arc<Mutex<Slot>>,
    generation: u64,
    handle: u32,
    over: bool,
    connection: Connection,
}

impl Running {
    /// The instance that the operation was started on, unless it is gone.
    fn instance(slot: &mut Slot, generation: u64) -> Option<&mut Instance> {
        slot.instance.as_mut().filter(|_| slot.generation == generation).map(|(instance, _)| instance)
    }
}

impl Operation for Running {
    fn resume(&mut self, request: u32, reply: Reply<'_>, moment: Moment) -> Step {
        let mut slot = lock(&self.slot);
        let Some(instance) = Running::instance(&mut slot, self.generation) else {
            self.over = true;
            return Step::Failed(lost());
        };
        match instance.core.call_resume(&mut instance.store, self.handle, request, &reply.into(), moment.into()) {
            Ok(turn) => {
                self.connection = turn.connection.into();
                let step = Step::from(turn.step);
                self.over = matches!(step, Step::Done(_) | Step::Failed(_));
                step
            }
            Err(error) => {
                slot.instance = None;
                self.over = true;
                self.connection = Connection::Close;
                Step::Failed(trapped(error).with_outcome(WriteOutcome::Unknown))
            }
        }
    }

    fn connection(&self) -> Connection {
        self.connection
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut slot = lock(&self.slot);
        if self.over {
            return;
        }
        if let Some(instance) = Running::instance(&mut slot, self.generation)
            && instance.core.call_abandon(&mut instance.store, self.handle).is_err()
        {
            slot.instance = None;
        }
    }
}

fn lost() -> Error {
    Error::new(Code::Internal, "the instance of this operation was discarded").with_outcome(WriteOutcome::Unknown)
}
