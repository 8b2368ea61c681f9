package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tabletheory/tabletheory-go"
)

// User is the model of ../../users.dms.yml: the email of a user is unique.
type User struct {
	ID    string `tabletheory:"id"`
	Email string `tabletheory:"email"`
	Name  string `tabletheory:"name"`
}

// uniqueConstraint lets only one item have a value.
func uniqueConstraint(ctx context.Context, db *tabletheory.DB) error {
	// region
	users := tabletheory.ModelOf[User](db)
	if err := users.Create(ctx, &User{ID: "1", Email: "ada@example.com", Name: "Ada"}); err != nil {
		return err
	}

	err := users.Create(ctx, &User{ID: "2", Email: "ada@example.com", Name: "Bob"})
	var failure *tabletheory.Error
	if !errors.As(err, &failure) {
		return fmt.Errorf("not refused: %w", err)
	}
	fmt.Println(failure.Code)

	// Who gives a value up leaves it to others.
	if _, err := users.Update(ctx, tabletheory.Key{"1"}, tabletheory.Set("email", "ada@example.org")); err != nil {
		return err
	}
	err = users.Create(ctx, &User{ID: "2", Email: "ada@example.com", Name: "Bob"})
	fmt.Println(err)
	return nil
	// endregion
}

// Output:
// ErrUniqueConstraint
// <nil>
