package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tabletheory/tabletheory-go"
	"github.com/tabletheory/tabletheory-go/tabletheorytest"
)

// Every file prints what its last comment says.
func TestPatterns(t *testing.T) {
	service := tabletheorytest.Run(t)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, pattern := range patterns {
		t.Run(name, func(t *testing.T) {
			source, err := os.ReadFile(name + ".go")
			if err != nil {
				t.Fatal(err)
			}
			_, wanted, found := strings.Cut(string(source), "\n// Output:\n")
			if !found {
				t.Fatal("no output is told")
			}
			db, err := tabletheory.Open(context.Background(), filepath.Join("..", pattern.document), service.Options(tabletheory.WithTablePrefix(name+"-"))...)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			printed := capture(t, func() error { return pattern.with(context.Background(), db) })
			if got, want := trimmed(printed), trimmed(strings.ReplaceAll(wanted, "// ", "")); got != want {
				t.Errorf("printed\n%s\nwanted\n%s", got, want)
			}
		})
	}
	for _, file := range files {
		if name := strings.TrimSuffix(file, ".go"); name != "main" && name != "patterns_test" && patterns[name].run == nil {
			t.Errorf("%s is not run", file)
		}
	}
}

func trimmed(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for n := range lines {
		lines[n] = strings.TrimSpace(lines[n])
	}
	return strings.Join(lines, "\n")
}

// capture gives what is printed meanwhile.
func capture(t *testing.T, run func() error) string {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdout
	os.Stdout = writer
	failure := run()
	os.Stdout = before
	writer.Close()
	printed, err := io.ReadAll(reader)
	if failure != nil || err != nil {
		t.Fatal(failure, err)
	}
	return string(printed)
}
