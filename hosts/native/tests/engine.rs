//! The library against a real engine: `tabletheory local`, over both transports.
#![cfg(all(feature = "http", feature = "aws-sdk"))]

mod support;

use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials as SdkCredentials, Region};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use support::{Note, SCHEMA, builder, note};
use tabletheory::table::Billing;
use tabletheory::testing::Local;
use tabletheory::{Code, Item, ReturnValues, Set, TableTheory, attr};

fn over_http(local: &Local, prefix: &str) -> TableTheory {
    local.builder().schema_str(SCHEMA).table_prefix(prefix).build().unwrap()
}

fn over_sdk(local: &Local, prefix: &str) -> TableTheory {
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(local.endpoint())
        .credentials_provider(SdkCredentials::new("local", "local", None, None, "test"))
        .http_client(
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https(),
        );
    let client = aws_sdk_dynamodb::Client::from_conf(config.build());
    builder().dynamodb_client(client).table_prefix(prefix).build().unwrap()
}

#[tokio::test]
async fn a_note_lives_its_life_over_both_transports() {
    let local = Local::start().unwrap();
    for (db, prefix) in [(over_http(&local, "http-"), "http-"), (over_sdk(&local, "sdk-"), "sdk-")] {
        lives(&db, prefix).await.unwrap_or_else(|error| panic!("{prefix}: {error:?}"));
    }
}

async fn lives(db: &TableTheory, prefix: &str) -> Result<(), tabletheory::Error> {
    assert_eq!(db.describe_table("Note").await.unwrap_err().code(), Code::TableNotFound);
    let made = db.ensure_table("Note").billing(Billing::PayPerRequest).await?;
    assert!(made.created && made.table.name.starts_with(prefix) && made.table.status == "ACTIVE");
    assert!(!db.ensure_table("Note").await?.created);

    let notes = db.model::<Note>("Note")?;
    let given = note("n#1", "hi ß 日本 \"quoted\"");
    let written = notes.create(&given).outcome().await?;
    assert!(written.stats.capacity.unwrap().total > 0.0);
    let stored = notes.get(&given).consistent().await?;
    assert_eq!(stored, written.value.stamp(&given)?);
    assert_eq!(notes.create(&given).await.unwrap_err().code(), Code::ConditionFailed);

    let tags = Set::from(["b".to_owned()]);
    let updated = notes.update(&stored).add("views", 2).add("tags", tags).expect_version(stored.version).await?;
    assert_eq!((updated.views, updated.version, updated.tags.len()), (2, 1, 2));
    let stale = notes.update(&stored).set("title", "late").expect_version(0).return_old_on_failure().await.unwrap_err();
    assert_eq!(stale.code(), Code::VersionConflict);
    assert_eq!(stale.old_item::<Note>()?.unwrap().views, 2);

    let unmet =
        notes.delete(&stored).condition(attr("views").between(5, 9) | attr("status").exists()).await.unwrap_err();
    assert_eq!(unmet.code(), Code::ConditionFailed);
    let raw: Item = db.model::<Item>("Note")?.find(&stored).projection(["pk", "views"]).await?.unwrap();
    assert_eq!((raw.len(), raw["views"].get::<u8>()), (2, Some(2)));
    let upserted = notes.upsert(&note("n#1", "again")).await?;
    assert_eq!((upserted.title.as_str(), upserted.version, &upserted.created_at), ("again", 2, &stored.created_at));
    let old = notes.delete(&stored).return_values(ReturnValues::AllOld).await?;
    assert_eq!(old.unwrap().title, "again");
    assert!(notes.find(&stored).await?.is_none());

    assert!(db.delete_table("Note").await?.deleted);
    assert!(!db.delete_table("Note").await?.deleted);
    assert_eq!(notes.get(&stored).await.unwrap_err().code(), Code::TableNotFound);
    Ok(())
}
