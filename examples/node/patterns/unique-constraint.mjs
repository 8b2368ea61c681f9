/** The model of `users.dms.yml`: the email of a user is unique. */
export const schema = "users.dms.yml";
export const model = "User";

/** Lets only one item have a value. */
export default async function uniqueConstraint(db) {
  // region
  const users = db.model("User");
  await users.create({ id: "1", email: "ada@example.com", name: "Ada" });

  const error = await users.create({ id: "2", email: "ada@example.com", name: "Bob" }).catch((error) => error);
  console.log(error.code);

  // Who gives a value up leaves it to others.
  await users.update(["1"], { set: { email: "ada@example.org" } });
  const created = await users.create({ id: "2", email: "ada@example.com", name: "Bob" });
  console.log(created.name);
  // endregion
}

// Output:
// ErrUniqueConstraint
// Bob
