//! The component with wasmtime's fuel switched on: one unit for each WebAssembly instruction, bulk copies counting as one.

use bench_stub::calls::Call;
use bench_stub::canned::Reply as Canned;
use bench_stub::request::head;
use tabletheory_component::boundary::{Connection, Core, Moment, Reply, Request, Step};
use tabletheory_component::path;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, ResourceLimiter, Store};

const SCHEMA: &[u8] = include_bytes!("../../../../bench/bench.dms.yml");
/// The default of the hosts: the core speaks HTTP.
const SETTINGS: &[u8] = br#"{"transport":"socket","region":"eu-west-1","endpoint":"http://127.0.0.1:8000"}"#;
const CREDENTIALS: &[u8] =
    br#"{"access_key_id":"AKIDEXAMPLE","secret_access_key":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}"#;
/// Always the same instant and randomness: whatever is counted twice gives the same count.
const NOW: Moment = Moment { nanos: 1_767_323_045_678_901_234, seed_high: 1, seed_low: 2 };
/// Calls before the one that is counted: caches are filled, and memory has grown as far as it will.
const WARM: usize = 5;
/// Calls whose average counts.
const COUNTED: usize = 8;

/// What one call takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// WebAssembly instructions, from the call document to the result document.
    pub instructions: u64,
    /// How often the host entered the core: `start` and each `resume`.
    pub entries: u64,
    /// Memory of an instance that did nothing but this call, in KiB.
    pub memory_kib: u64,
}

/// The component, compiled so that it counts.
pub struct Program {
    engine: Engine,
    component: Component,
}

/// How much memory an instance has.
#[derive(Default)]
struct Memory(usize);

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.0 = desired;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

impl Program {
    /// Compiles the component of this repository.
    pub fn new() -> Self {
        let mut config = Config::new();
        config.wasm_component_model(true).consume_fuel(true);
        let engine = Engine::new(&config).unwrap();
        let component = Component::from_file(&engine, path()).unwrap();
        Program { engine, component }
    }

    /// Counts one call, on an instance of its own that has done the same call before.
    pub fn count(&self, call: &Call) -> Counts {
        let mut store = Store::new(&self.engine, Memory::default());
        store.limiter(|memory| memory);
        store.set_fuel(u64::MAX).unwrap();
        let core = Core::instantiate(&mut store, &self.component, &Linker::new(&self.engine)).unwrap();
        let client = core.call_open(&mut store, SCHEMA, SETTINGS).unwrap().unwrap();
        let mut instance = Instance { core, store, client };
        for _ in 0..WARM {
            instance.run(call);
        }
        let counts = [(); COUNTED].map(|()| instance.run(call));
        let instructions = counts.map(|counts| counts.instructions);
        // The allocator's search for room is all that may still differ.
        let (least, most) = (instructions.iter().min().unwrap(), instructions.iter().max().unwrap());
        assert!(most - least <= least / 50, "{} is not steady: {instructions:?}", call.name);
        Counts { instructions: instructions.iter().sum::<u64>() / COUNTED as u64, ..counts[COUNTED - 1] }
    }
}

struct Instance {
    core: Core,
    store: Store<Memory>,
    client: u32,
}

impl Instance {
    fn run(&mut self, call: &Call) -> Counts {
        let before = self.store.get_fuel().unwrap();
        let mut entries = 1;
        let mut step = {
            let started = self.core.call_start(&mut self.store, self.client, call.document.as_bytes(), NOW).unwrap();
            (started.operation, started.step)
        };
        let mut waiting: Vec<Request> = Vec::new();
        let result = loop {
            let (operation, now) = step;
            let (request, reply) = match now {
                Step::Run(run) => {
                    waiting.extend(run.requests);
                    let next = waiting.pop().expect("a call waits for nothing but replies");
                    (next.id, Reply::Received(answer(&next, call)))
                }
                Step::Credentials => (0, Reply::Credentials(CREDENTIALS.to_vec())),
                Step::Done(result) => break result,
                Step::Failed(error) => panic!("{}: {error}", call.name),
            };
            let turn = self.core.call_resume(&mut self.store, operation, request, &reply, NOW).unwrap();
            assert!(matches!(turn.connection, Connection::Keep), "{}: {:?}", call.name, turn.connection);
            entries += 1;
            step = (operation, turn.step);
        };
        let instructions = before - self.store.get_fuel().unwrap();
        call.check(&result).unwrap_or_else(|wrong| panic!("{}: {wrong}", call.name));
        Counts { instructions, entries, memory_kib: self.store.data().0 as u64 / 1024 }
    }
}

/// What the stub answers, once it has compared the request with what it ought to be.
fn answer(sent: &Request, call: &Call) -> Vec<u8> {
    let message = sent.body.as_bytes();
    let head = head(message).unwrap().expect("a whole message");
    assert!(head.signed && message.len() == head.head + head.body, "{}: {}", call.name, sent.body);
    let body = call.answer(head.action, &message[head.head..]);
    Canned::new("200 OK", &body.unwrap_or_else(|wrong| panic!("{}: {wrong}", call.name))).bytes
}
