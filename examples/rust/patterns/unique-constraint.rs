use serde::{Deserialize, Serialize};
use tabletheory::{Error, TableTheory};

/// The model of `users.dms.yml`: the email of a user is unique.
#[derive(Debug, Serialize, Deserialize)]
struct User {
    id: String,
    email: String,
    name: String,
}

/// Lets only one item have a value.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let users = db.model::<User>("User")?;
    let user = |id: &str, email: &str, name: &str| User { id: id.into(), email: email.into(), name: name.into() };
    users.create(&user("1", "ada@example.com", "Ada")).await?;

    let error = users.create(&user("2", "ada@example.com", "Bob")).await.unwrap_err();
    println!("{}", error.code().as_str());

    // Who gives a value up leaves it to others.
    users.update("1").set("email", "ada@example.org").await?;
    users.create(&user("2", "ada@example.com", "Bob")).await?;
    println!("{}", users.get("2").consistent().await?.name);
    // endregion
    Ok(())
}

// Output:
// ErrUniqueConstraint
// Bob
