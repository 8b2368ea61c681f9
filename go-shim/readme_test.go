package tabletheory_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// block is the first fenced block of a language.
func block(t *testing.T, text, language string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n```"+language+"\n")
	code, _, closed := strings.Cut(rest, "\n```\n")
	if !found || !closed {
		t.Fatalf("no block of %s", language)
	}
	return code + "\n"
}

func TestTheQuickStartRuns(t *testing.T) {
	service, err := local()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	// Another table than the demo's, in case both meet on one service.
	schema, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	required := strings.Replace(string(module), "module github.com/tabletheory/tabletheory-go\n", "module quickstart\n", 1)
	folder := t.TempDir()
	for name, text := range map[string]string{
		"main.go": block(t, string(readme), "go"), "go.sum": string(sum),
		"go.mod":        required + "\nrequire github.com/tabletheory/tabletheory-go v0.1.0\n\nreplace github.com/tabletheory/tabletheory-go => " + here + "\n",
		"notes.dms.yml": strings.Replace(string(schema), "tabletheory-demo-notes", fmt.Sprint("quick-start-notes-", tables.Add(1)), 1),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := exec.Command("go", "run", "-mod=mod", ".")
	run.Dir = folder
	run.Env = append(os.Environ(), "GOWORK=off", "AWS_REGION=eu-west-1", "AWS_ENDPOINT_URL_DYNAMODB="+service.Endpoint,
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local")
	said, err := run.CombinedOutput()
	if want := block(t, string(readme), "text"); err != nil || string(said) != want {
		t.Fatalf("%v\n%s\nwanted\n%s", err, said, want)
	}
}
