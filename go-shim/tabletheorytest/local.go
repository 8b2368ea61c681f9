// Package tabletheorytest helps with tests: the local stand-in of DynamoDB, scripted replies, recordings, faults, and a scripted clock.
package tabletheorytest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tabletheory/tabletheory-go"
)

// Local is a running `tabletheory local`, in memory and empty.
type Local struct {
	// Endpoint is its URL.
	Endpoint string
	command  *exec.Cmd
	stop     io.Closer
}

// Start starts `tabletheory local` on a free port. The program is the one that $TABLETHEORY_LOCAL names, the one of a
// checkout of TableTheory around the working folder, or the one on the PATH. It ends with this process at the latest.
func Start(ctx context.Context) (*Local, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, "local", "--port", "0", "--stop-with-stdin")
	command.Stderr = os.Stderr
	stop, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	local := &Local{command: command, stop: stop}
	stopEarly := context.AfterFunc(ctx, func() { _ = stop.Close() })
	defer stopEarly()
	line, err := bufio.NewReader(output).ReadString('\n')
	_, endpoint, found := strings.Cut(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		return nil, errors.Join(fmt.Errorf("`%s local` did not start: it said `%s`", program, strings.TrimSpace(line)), err, local.Stop())
	}
	local.Endpoint = endpoint
	return local, nil
}

// Run starts `tabletheory local` for a test, and stops it when the test ends.
func Run(t testing.TB) *Local {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	local, err := Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := local.Stop(); err != nil {
			t.Error(err)
		}
	})
	return local
}

// Options are what [tabletheory.Open] needs to use it: endpoint, a region, and credentials that mean nothing.
func (l *Local) Options(more ...tabletheory.Option) []tabletheory.Option {
	return append([]tabletheory.Option{
		tabletheory.WithEndpoint(l.Endpoint),
		tabletheory.WithRegion("eu-west-1"),
		tabletheory.WithCredentials(tabletheory.StaticCredentials("local", "local", "")),
	}, more...)
}

// Stop ends it.
func (l *Local) Stop() error {
	_ = l.stop.Close()
	return l.command.Wait()
}

func find() (string, error) {
	if named := os.Getenv("TABLETHEORY_LOCAL"); named != "" {
		return named, nil
	}
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		for _, profile := range []string{"debug", "release"} {
			program := filepath.Join(folder, "target", profile, "tabletheory")
			if facts, err := os.Stat(program); err == nil && !facts.IsDir() {
				return program, nil
			}
		}
	}
	program, err := exec.LookPath("tabletheory")
	if err != nil {
		return "", fmt.Errorf("the program `tabletheory` was not found: name it in TABLETHEORY_LOCAL, or put it on the PATH: %w", err)
	}
	return program, nil
}
