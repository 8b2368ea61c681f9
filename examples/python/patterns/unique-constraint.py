from tabletheory import TableTheory, UniqueConstraint

SCHEMA, MODEL = "users.dms.yml", "User"  # the email of a user is unique


def run(db: TableTheory) -> None:
    """Lets only one item have a value."""
    # region
    users = db.model("User")
    users.create({"id": "1", "email": "ada@example.com", "name": "Ada"})

    try:
        users.create({"id": "2", "email": "ada@example.com", "name": "Bob"})
    except UniqueConstraint as error:
        print(error.code)

    # Who gives a value up leaves it to others.
    users.update("1", set={"email": "ada@example.org"})
    print(users.create({"id": "2", "email": "ada@example.com", "name": "Bob"})["name"])
    # endregion


# Output:
# ErrUniqueConstraint
# Bob
