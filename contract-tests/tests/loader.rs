//! Scenario documents that must not be understood.

use contract_tests::scenario::{Course, Scenario};
use contract_tests::yaml;

const HEAD: &str = "name: n\ndms_version: \"0.2\"\nmodel: M\n";

fn load(rest: &str) -> Result<Scenario, String> {
    Scenario::load(yaml::parse(&format!("{HEAD}{rest}"))?)
}

fn steps(step: &str) -> Result<Scenario, String> {
    load(&format!("steps:\n  - {{ {step} }}\n"))
}

fn scripted(step: &str) -> Result<Scenario, String> {
    load(&format!("transport: scripted\nsteps:\n  - {{ {step} }}\n"))
}

/// Each text is refused with an error that says so.
fn refused(load: impl Fn(&str) -> Result<Scenario, String>, cases: &[(&str, &str)]) {
    for (text, said) in cases {
        let error = load(text).map(|_| String::from("understood")).unwrap_or_else(|error| error);
        assert!(error.contains(said), "{text}\n  said: {error}\n  not:  {said}");
    }
}

#[test]
fn documents() {
    refused(
        load,
        &[
            ("", "either `steps`"),
            ("steps: []", "/steps: at least one step"),
            ("steps: {}", "/steps: an array is needed, not an object"),
            ("stepz: []", "either `steps`"),
            ("steps: [{ op: get, key: {} }]\ncolour: green", "unknown field `colour`"),
            ("steps: [{ op: get, key: {} }]\nmodels: [M]", "unknown field `models`"),
            ("steps: [{ op: get, key: {} }]\nseed_runtime: go", "either `steps`"),
            ("seed_runtime: go\nseed_steps: [{ op: get, key: {} }]", "either `steps`"),
            ("seed_runtime: cobol\nseed_steps: [{ op: get }]\nread_steps: [{ op: get }]", "`cobol` is no host"),
            (
                "seed_runtime: go\nseed_runtimes: [go]\nseed_steps: [{ op: get }]\nread_steps: [{ op: get }]",
                "exclude each other",
            ),
            ("steps: [{ op: get }]\ntransport: pigeon", "/transport"),
            ("steps: [{ op: get }]\nclock: noon", "/clock: `noon` is no RFC 3339 instant"),
            ("steps: [{ op: get }]\nseed: \"12\"", "/seed: 32 hex digits"),
            ("steps: [{ op: get }]\ntable: { name: t, colour: green }", "/table: unknown field `colour`"),
            ("steps: [{ op: get }]\nclient: { retries: 3 }", "/client: unknown field `retries`"),
            ("steps: [{ op: get }]\nclient: { region: 5 }", "/client/region"),
            ("steps: [{ op: get }]\nclient: { credentials: {} }", "/client/credentials"),
            ("steps: [{ op: get }]\nrequires_capabilities: crud", "/requires_capabilities: an array of strings"),
            ("steps: [{ op: get }]\nencryption: { seed: s }", "/encryption: `provider` is missing"),
            ("steps: [{ op: get }]\nmodel: M", "key `model` is given twice"),
        ],
    );
    for missing in ["name", "dms_version", "model"] {
        let text: String =
            HEAD.lines().filter(|line| !line.starts_with(missing)).map(|line| format!("{line}\n")).collect();
        let error = Scenario::load(yaml::parse(&format!("{text}steps: [{{ op: get }}]")).unwrap()).unwrap_err();
        assert_eq!(error, format!("the document: `{missing}` is missing"));
    }
}

#[test]
fn steps_of_all_kinds() {
    refused(
        steps,
        &[
            ("item: {}", "/steps/0: `op` is missing"),
            ("op: fly", "/steps/0: unknown op `fly`"),
            ("op: get, key: {}, colour: green", "/steps/0: unknown field `colour`"),
            ("op: create", "/steps/0: `item` is missing"),
            ("op: put, item: {}, if_not_exists: true", "`if_not_exists` belongs to `create`"),
            ("op: put, item: {}, fields: [a]", "`fields` belongs to an `update`"),
            ("op: update, key: {}, fields: [a]", "`fields` belongs to an `update` with an `item`"),
            ("op: sleep", "`ms` is missing"),
            ("op: sleep, ms: 1, expect: { ok: false }", "`sleep` takes no `expect`"),
            ("op: sleep, ms: -1", "/steps/0/ms"),
            ("op: call", "`call` is missing"),
            ("op: call, call: text", "/steps/0/call: an object is needed"),
            ("op: call, call: {}, item: {}", "`call` takes no `item`"),
            ("op: raw_call", "`call` is missing"),
            ("op: raw_put, key: {}", "`attributes` is missing"),
            ("op: raw_put, attributes: {}", "`key` is missing"),
            ("op: raw_get, key: {}, expect: { error: ErrX }", "no answer of a host"),
            ("op: raw_get, key: {}, expect: { result: { a: 1 } }", "no answer of a host"),
            ("op: transact_write", "`transact_write` is missing"),
            ("op: get, key: {}, script: [{ body: {} }]", "a `script` needs `transport: scripted`"),
            ("op: get, key: {}, clock: noon", "/steps/0/clock"),
            ("op: get, key: {}, seed: xyz", "/steps/0/seed: 32 hex digits"),
            ("op: get, key: {}, save: { a: 1 }", "/steps/0/save: an object of strings"),
            ("op: put, item: { a: { $repeat: { text: x } } }", "`$repeat` needs `times`"),
        ],
    );
}

#[test]
fn scripts() {
    refused(
        scripted,
        &[
            ("op: get, key: {}, script: [{}]", "/steps/0/script/0: exactly one of"),
            ("op: get, key: {}, script: [{ body: {}, body_text: x }]", "exactly one of"),
            ("op: get, key: {}, script: [{ failure: bored }]", "`bored` is no kind of failure"),
            ("op: get, key: {}, script: [{ failure: connect, status: 200 }]", "unknown field `status`"),
            ("op: get, key: {}, script: [{ body: {}, crc32: maybe }]", "`crc32` is `right` or `wrong`"),
            ("op: get, key: {}, script: [{ body_base64: \"%\" }]", "`body_base64` is not base64"),
            ("op: get, key: {}, script: [{ body: {}, colour: green }]", "unknown field `colour`"),
            ("op: get, key: {}, script: [{ body: {}, status: ok }]", "/steps/0/script/0/status"),
            ("op: raw_get, key: {}", "a scripted scenario has no database"),
            ("op: get, key: {}, expect: { raw_item_absent: true }", "a scripted scenario has no database"),
        ],
    );
}

#[test]
fn assertions() {
    let expect = |text: &str| steps(&format!("op: get, key: {{ a: b }}, expect: {text}"));
    refused(
        expect,
        &[
            ("{}", "/steps/0/expect: asserts nothing"),
            ("[]", "/steps/0/expect: an object is needed"),
            ("{ okay: true }", "unknown field `okay`"),
            ("{ ok: yes }", "/steps/0/expect/ok: a boolean is needed"),
            ("{ item_contains: {} }", "/steps/0/expect/item_contains: asserts nothing"),
            ("{ item_equals: {} }", "asserts nothing"),
            ("{ item_has_fields: [] }", "asserts nothing"),
            ("{ raw_attribute_types: {} }", "asserts nothing"),
            ("{ errors: [] }", "asserts nothing"),
            ("{ result: {} }", "asserts nothing"),
            ("{ item_contains: [a] }", "an object is needed"),
            ("{ item_has_fields: createdAt }", "an array of strings"),
            ("{ ok: true, error: ErrX }", "exclude each other"),
            ("{ error: ErrX, errors: [ErrX] }", "exclude each other"),
            ("{ error: ErrX, item_contains: { a: 1 } }", "cannot stand beside an error"),
            ("{ error: ErrX, item_has_fields: [a] }", "cannot stand beside an error"),
            ("{ error: ErrX, raw_attribute_types: { a: S } }", "cannot stand beside an error"),
            ("{ error: ErrX, item_absent: true }", "cannot stand beside an error"),
            ("{ errors: [ErrX], result: { a: 1 } }", "cannot stand beside an error"),
            ("{ ok: false, raw_item_contains: { a: 1 } }", "cannot stand beside an error"),
            ("{ error_document: { code: ErrX } }", "`error_document` needs"),
            ("{ item_count: 1 }", "no pages and counts nothing"),
            ("{ cursor_equals: x }", "no pages and counts nothing"),
            ("{ requests: [{ action: GetItem }] }", "scripted scenarios only"),
            ("{ waits: [soon] }", "whole numbers"),
            ("{ waits_within: [[1]] }", "pairs of whole numbers"),
        ],
    );
    refused(
        |text| scripted(&format!("op: get, key: {{}}, expect: {text}")),
        &[
            ("{ requests: [{}] }", "/steps/0/expect/requests/0: `action` is missing"),
            ("{ requests: [{ action: GetItem, colour: green }] }", "unknown field `colour`"),
        ],
    );
    refused(
        steps,
        &[
            ("op: query, query: { partition: {} }", "/steps/0/query/partition: `attribute` is missing"),
            ("op: query, query: { sort: { attribute: a, operator: like, value: b } }", "unknown operator `like`"),
            ("op: query, query: { sort: { attribute: a } }", "`value` or `values` is missing"),
            ("op: query, query: { sort: { attribute: a, value: b, values: [c] } }", "exclude each other"),
            ("op: query, query: { filter: { attribute: a } }", "an array is needed"),
            ("op: query, query: { colour: green }", "unknown field `colour`"),
            ("op: query, key: [a], segments: 2", "unknown field `segments`"),
            ("op: scan, key: [a]", "`scan` takes no `key`"),
            ("op: scan, item: { a: b }", "`scan` takes no `item`"),
            ("op: count", "`count` is missing"),
            ("op: count, count: {}", "exactly one of `query` and `scan`"),
            ("op: create_all", "`items` is missing"),
            ("op: create_all, items: [], expect: { ok: false }", "`create_all` takes no `expect`"),
        ],
    );
    let walk = scripted("op: scan, walk: true").unwrap_err();
    assert!(walk.contains("a scripted step is one call"), "{walk}");
    let keyless = steps("op: ensure_table, expect: { raw_item_absent: true }").unwrap_err();
    assert!(keyless.contains("a `key` or `item` is needed"), "{keyless}");
}

#[test]
fn what_is_understood() {
    let interop =
        load("seed_runtime: py\nseed_steps: [{ op: sleep, ms: 1 }]\nread_steps: [{ op: get, model: N, key: {} }]")
            .unwrap();
    assert!(matches!(&interop.course, Course::Interop { seeders, .. } if *seeders == ["python"]));
    assert_eq!(interop.models(), ["M", "N"]);
    let transition = "op: transition_append_event, actual: { model: A, key: {} }, event: { model: E, item: {} }";
    assert_eq!(steps(transition).unwrap().models(), ["M", "A", "E"]);
    steps("op: count, count: { scan: {} }, expect: { count: 2, item_count: 0 }").unwrap();
    steps("op: delete, key: {}, expect: { error: ErrX, raw_item_absent: false, error_document: { code: ErrX } }")
        .unwrap();
}

#[test]
fn the_scenarios_of_the_repository() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = contract_tests::files::find(&root.join("scenarios")).unwrap();
    let mut names = std::collections::HashSet::new();
    for path in &files {
        let scenario = Scenario::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(names.insert(scenario.name.clone()), "`{}` is there twice", scenario.name);
    }
    assert!(files.len() > 60, "{} scenarios", files.len());
}
