// The program worker runs what bench/run.py asks for, one JSON line per command (see bench/README.md). Libraries are opened when
// first used.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// call is one operation, done once.
type call = func(ctx context.Context) error

// contender is one library.
type contender struct {
	name   string
	module string // whose version is told
	open   func(ctx context.Context) (map[string]call, error)
}

var contenders = []contender{
	{"floor", "", openFloor},
	{"sdk", "github.com/aws/aws-sdk-go-v2/service/dynamodb", openSDK},
	{"guregu", "github.com/guregu/dynamo/v2", openGuregu},
	{"tabletheory", "github.com/tabletheory/tabletheory-go", openOurs},
	{"inside", "github.com/tabletheory/tabletheory-go", openInside},
}

type command struct {
	Contender, Operation string
	Calls, Concurrency   int
	Latencies            bool
	Allocations          bool
}

func main() {
	if err := serve(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context) error {
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(ready()); err != nil {
		return err
	}
	opened := map[string]map[string]call{}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var c command
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			return err
		}
		answer, err := run(ctx, opened, c)
		if err != nil {
			answer = map[string]any{"error": err.Error()}
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
	return in.Err()
}

func ready() map[string]any {
	versions := map[string]string{}
	info, _ := debug.ReadBuildInfo()
	names := []string{}
	for _, c := range contenders {
		names = append(names, c.name)
		for _, module := range info.Deps {
			if module.Path == c.module {
				versions[c.name] = strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return map[string]any{"runtime": "Go " + strings.TrimPrefix(runtime.Version(), "go"), "contenders": names, "versions": versions}
}

func run(ctx context.Context, opened map[string]map[string]call, c command) (map[string]any, error) {
	if opened[c.Contender] == nil {
		for _, known := range contenders {
			if known.name == c.Contender {
				operations, err := known.open(ctx)
				if err != nil {
					return nil, err
				}
				opened[c.Contender] = operations
			}
		}
	}
	do := opened[c.Contender][c.Operation]
	if do == nil {
		return map[string]any{"absent": true}, nil
	}
	lanes := make([][]int64, max(c.Concurrency, 1))
	var before, after runtime.MemStats
	if c.Allocations {
		runtime.ReadMemStats(&before)
	}
	began, cpu := time.Now(), cpuTime()
	err := repeat(ctx, do, c.Calls, lanes, c.Latencies)
	cpu, wall := cpuTime()-cpu, time.Since(began)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{"cpu_us": float64(cpu.Nanoseconds()) / 1e3, "wall_us": float64(wall.Nanoseconds()) / 1e3}
	if c.Allocations {
		runtime.ReadMemStats(&after)
		answer["allocations"], answer["allocated_bytes"] = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	}
	if c.Latencies {
		var all []int64
		for _, lane := range lanes {
			all = append(all, lane...)
		}
		answer["latencies_us"] = all
	}
	return answer, nil
}

// repeat does so many calls, one at a time in each lane.
func repeat(ctx context.Context, do call, calls int, lanes [][]int64, latencies bool) error {
	if len(lanes) == 1 && !latencies {
		for range calls {
			if err := do(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	var left atomic.Int64
	left.Store(int64(calls))
	failures := make([]error, len(lanes))
	var group sync.WaitGroup
	for lane := range lanes {
		group.Go(func() {
			for left.Add(-1) >= 0 && failures[lane] == nil {
				began := time.Now()
				failures[lane] = do(ctx)
				if latencies {
					lanes[lane] = append(lanes[lane], time.Since(began).Microseconds())
				}
			}
		})
	}
	group.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

// cpuTime is what this process has used so far, in user and system mode, in all threads.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
