//! What a compiled schema says of its document.

use serde_json::{Value, json};
use tabletheory_core::dms::{Format, Model, Options, Projection, Schema, Type, Version, compile, describe};

fn schema(text: &str) -> Schema {
    compile(text.as_bytes(), Options { strict: true }).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn attribute_format(model: &Model, name: &str) -> Option<Format> {
    model.attribute(name).expect("the attribute").1.format
}

const SHOP: &str = r#"
dms_version: "0.2"
namespace: "shop"
models:
  - name: "Order"
    table: { name: "orders" }
    keys:
      partition: { attribute: "PK", type: "S" }
      sort: { attribute: "SK", type: "N" }
    write_policy: { protected_attributes: ["customer", "amount"] }
    attributes:
      - { attribute: "SK", type: "N", format: "int", roles: ["sk"] }
      - { attribute: "PK", type: "S", required: true, roles: ["pk"] }
      - { attribute: "amount", type: "N", format: "decimal_string", optional: true, omit_empty: true }
      - { attribute: "customer", type: "S" }
      - { attribute: "createdAt", type: "S", roles: ["created_at"] }
      - { attribute: "updatedAt", type: "S", roles: ["updated_at"] }
      - { attribute: "revision", type: "N", roles: ["version"] }
      - { attribute: "expires", type: "N", roles: ["ttl"] }
      - { attribute: "note", type: "M", json: true }
      - { attribute: "scan", type: "B", binary: true, encryption: {} }
    indexes:
      - { name: "by-customer", type: "GSI", partition: { attribute: "customer", type: "S" }, sort: { attribute: "createdAt", type: "S" } }
      - name: "by-amount"
        type: "LSI"
        partition: { attribute: "PK", type: "S" }
        sort: { attribute: "amount", type: "N" }
        projection: { type: "INCLUDE", fields: ["note", "customer"] }
  - name: "Log"
    table: { name: "log" }
    naming: { convention: "snake_case" }
    keys: { partition: { attribute: "id", type: "B" } }
    write_policy: { mode: "write_once" }
    attributes: [{ attribute: "id", type: "B" }]
"#;

#[test]
fn attributes_are_named_by_position() {
    let schema = schema(SHOP);
    assert_eq!((schema.version, schema.namespace.as_str()), (Version::V0_2, "shop"));
    assert!(schema.warnings.is_empty());
    let order = schema.model("Order").expect("the model");
    assert_eq!(
        (order.table.as_str(), order.naming.as_str(), order.version_of_dms),
        ("orders", "camelCase", Version::V0_2)
    );
    assert_eq!((order.sort, order.partition), (Some(0), 1));
    assert_eq!((order.created_at, order.updated_at), (Some(4), Some(5)));
    assert_eq!((order.version, order.ttl), (Some(6), Some(7)));
    assert!(order.is_key(0) && order.is_key(1) && !order.is_key(2));
    let positions: Vec<usize> =
        order.attributes.iter().map(|attribute| order.attribute(&attribute.name).unwrap().0).collect();
    assert_eq!(positions, (0..10).collect::<Vec<_>>());

    let log = schema.model("Log").expect("the model");
    assert_eq!((log.partition, log.sort, log.naming.as_str()), (0, None, "snake_case"));
    assert!(schema.model("log").is_none());
}

#[test]
fn flags_are_kept() {
    let schema = schema(SHOP);
    let order = schema.model("Order").expect("the model");
    let (_, pk) = order.attribute("PK").expect("the attribute");
    assert!(pk.required && !pk.optional && !pk.omit_empty && !pk.protected);
    assert_eq!((pk.kind, pk.roles.as_slice()), (Type::S, &["pk".to_owned()][..]));
    let (_, amount) = order.attribute("amount").expect("the attribute");
    assert!(!amount.required && amount.optional && amount.omit_empty && amount.protected);
    let (_, note) = order.attribute("note").expect("the attribute");
    assert!(note.json && !note.binary && !note.encrypted);
    let (_, scan) = order.attribute("scan").expect("the attribute");
    assert!(!scan.json && scan.binary && scan.encrypted);
    assert!(order.has_encrypted() && order.has_protected() && !order.write_once);
    let log = schema.model("Log").expect("the model");
    assert!(!log.has_encrypted() && !log.has_protected() && log.write_once);
}

#[test]
fn roles_imply_formats() {
    let schema = schema(SHOP);
    let order = schema.model("Order").expect("the model");
    assert_eq!(attribute_format(order, "createdAt"), Some(Format::Rfc3339Nano));
    assert_eq!(attribute_format(order, "updatedAt"), Some(Format::Rfc3339Nano));
    assert_eq!(attribute_format(order, "expires"), Some(Format::UnixSeconds));
    assert_eq!(attribute_format(order, "revision"), None);
    assert_eq!(attribute_format(order, "SK"), Some(Format::Int));
    assert_eq!(attribute_format(order, "amount"), Some(Format::DecimalString));

    // Where role and format disagree, the role counts (and there is a warning).
    let text = SHOP.replace("\"revision\", type: \"N\"", "\"revision\", type: \"N\", format: \"decimal_string\"");
    let schema = compile(text.as_bytes(), Options::default()).expect("a warning only");
    assert_eq!(schema.warnings.len(), 1);
    assert_eq!(attribute_format(&schema.models[0], "revision"), Some(Format::Int));
}

#[test]
fn indexes_mark_their_keys() {
    let schema = schema(SHOP);
    let order = schema.model("Order").expect("the model");
    let keys: Vec<&str> = order
        .attributes
        .iter()
        .filter(|attribute| attribute.index_key)
        .map(|attribute| attribute.name.as_str())
        .collect();
    assert_eq!(keys, ["PK", "amount", "customer", "createdAt"]);
    let [customer, amount] = order.indexes.as_slice() else { panic!("two indexes") };
    assert_eq!((customer.local, &*customer.partition, &*customer.sort), (false, &[3][..], &[4][..]));
    assert_eq!(customer.projection, Projection::All);
    assert_eq!((amount.local, &*amount.partition, &*amount.sort), (true, &[1][..], &[2][..]));
    assert_eq!(amount.projection, Projection::Include(vec!["note".to_owned(), "customer".to_owned()]));
}

#[test]
fn projections_are_cleaned_up() {
    let text = SHOP.replace("[\"note\", \"customer\"]", "[\"note\", \"PK\", \"amount\", \"note\", \"customer\"]");
    let schema = compile(text.as_bytes(), Options::default()).expect("warnings only");
    let codes: Vec<&str> = schema.warnings.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["projected_key", "projected_key", "repeated_projection_field"]);
    let fields = Projection::Include(vec!["note".to_owned(), "customer".to_owned()]);
    assert_eq!(schema.models[0].indexes[1].projection, fields);
}

#[test]
fn describe_gives_the_models_document() {
    let schema = schema(SHOP);
    let text = describe(&schema, &|model| format!("dev-{}", model.table));
    let models: Value = serde_json::from_str(&text).expect("models are JSON");
    assert_eq!(models["warnings"], json!([]));
    let order = &models["models"][0];
    assert_eq!((&order["name"], &order["table"]), (&json!("Order"), &json!("dev-orders")));
    assert_eq!(
        order["keys"],
        json!({"partition": {"attribute": "PK", "type": "S"}, "sort": {"attribute": "SK", "type": "N"}})
    );
    assert_eq!(order["write_policy"], json!({"mode": "mutable", "protected_attributes": ["amount", "customer"]}));
    assert_eq!(
        order["attributes"][7],
        json!({"attribute": "expires", "type": "N", "roles": ["ttl"], "required": false, "omit_empty": false, "json": false,
               "binary": false, "encrypted": false, "unique": false, "format": "unix_seconds"})
    );
    assert_eq!(
        order["indexes"][1],
        json!({"name": "by-amount", "type": "LSI", "partition": [{"attribute": "PK", "type": "S"}],
               "sort": [{"attribute": "amount", "type": "N"}],
               "projection": {"type": "INCLUDE", "fields": ["note", "customer"]}})
    );
    let log = &models["models"][1];
    assert_eq!(log["keys"], json!({"partition": {"attribute": "id", "type": "B"}, "sort": null}));
    assert_eq!(log["write_policy"], json!({"mode": "write_once", "protected_attributes": []}));
    assert_eq!(log["indexes"], json!([]));
}

#[test]
fn since_version_0_3_keys_have_several_attributes_and_attributes_are_unique() {
    let text = include_str!("../../dms/examples/valid/version-0.3.yml");
    let schema = schema(text);
    assert_eq!(schema.version, Version::V0_3);
    let matches = schema.model("Match").expect("the model");
    assert_eq!((&*matches.indexes[0].partition, &*matches.indexes[0].sort), (&[1, 2][..], &[3, 4, 0][..]));
    assert_eq!((&*matches.indexes[1].partition, &*matches.indexes[1].sort), (&[5][..], &[3][..]));
    let keys: Vec<bool> = matches.attributes.iter().map(|attribute| attribute.index_key).collect();
    assert_eq!(keys, [true, true, true, true, true, true, false]);
    let player = schema.model("Player").expect("the model");
    let unique: Vec<bool> = player.attributes.iter().map(|attribute| attribute.unique).collect();
    assert_eq!(unique, [false, false, true, true, false]);
    let described: Value =
        serde_json::from_str(&describe(&schema, &|model| model.table.clone())).expect("models are JSON");
    assert_eq!(
        described["models"][0]["indexes"][0]["partition"],
        json!([{"attribute": "tournamentId", "type": "S"}, {"attribute": "region", "type": "S"}])
    );
    assert_eq!(described["models"][0]["indexes"][0]["sort"].as_array().map(Vec::len), Some(3));
    assert_eq!(described["models"][1]["attributes"][3]["unique"], json!(true));
}

#[test]
fn json_goes_by_the_version() {
    let with = |version: &str, kind: &str| {
        let text = format!(
            "{{\"dms_version\": \"{version}\", \"models\": [{{\"name\": \"A\", \"table\": {{\"name\": \"abc\"}},
               \"keys\": {{\"partition\": {{\"attribute\": \"k\", \"type\": \"S\"}}}},
               \"attributes\": [{{\"attribute\": \"k\", \"type\": \"S\"}}, {{\"attribute\": \"j\", \"type\": \"{kind}\", \"json\": true}}]}}]}}"
        );
        compile(text.as_bytes(), Options::default()).map(|schema| schema.models[0].version_of_dms)
    };
    for kind in ["S", "N", "BOOL", "NULL", "L", "M"] {
        assert_eq!(with("0.2", kind), Ok(Version::V0_2), "{kind}");
        assert_eq!(with("0.3", kind), Ok(Version::V0_3), "{kind}");
        let expected = if kind == "S" { Some(Version::V0_1) } else { None };
        assert_eq!(with("0.1", kind).ok(), expected, "{kind}");
    }
    for kind in ["B", "SS", "NS", "BS"] {
        for version in ["0.1", "0.2"] {
            let problems = with(version, kind).expect_err("no carrier of JSON");
            assert_eq!(problems.len(), 1);
            assert_eq!(problems[0].code, "json_type");
        }
    }
}
