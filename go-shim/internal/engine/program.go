package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
)

// Program is the compiled core. It is safe for concurrent use.
type Program struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	info     string
	// spare is the instance that gave the info, for the first who needs one.
	spare atomic.Pointer[instance]
}

// Load compiles the embedded core, once per process, and not before the first call.
var Load = sync.OnceValues(func() (*Program, error) {
	return Compile(context.Background(), component)
})

// Compile compiles a component. The machine code is kept in the cache folder (see [cacheFolder]) for the next process.
func Compile(ctx context.Context, component []byte) (*Program, error) {
	module, err := coreModule(component)
	if err != nil {
		return nil, err
	}
	if folder := cacheFolder(); folder != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(folder); err == nil {
			// A damaged cache entry must not keep the library from working: compile without the cache then.
			if program, err := compile(ctx, module, wazero.NewRuntimeConfig().WithCompilationCache(cache)); err == nil {
				return program, nil
			}
			_ = cache.Close(ctx)
		}
	}
	return compile(ctx, module, wazero.NewRuntimeConfig())
}

func compile(ctx context.Context, module []byte, config wazero.RuntimeConfig) (*Program, error) {
	run := wazero.NewRuntimeWithConfig(ctx, config.WithDebugInfoEnabled(false))
	compiled, err := run.CompileModule(ctx, module)
	if err != nil {
		_ = run.Close(ctx)
		return nil, fmt.Errorf("the core does not compile: %w", err)
	}
	program := &Program{runtime: run, compiled: compiled}
	instance, err := program.instantiate(ctx)
	if err == nil {
		program.info, err = instance.info()
	}
	if err != nil {
		_ = run.Close(ctx)
		return nil, err
	}
	program.spare.Store(instance)
	return program, nil
}

// Info is the info document of the core.
func (p *Program) Info() string { return p.info }

// cacheFolder is $TABLETHEORY_CACHE_DIR or the user's cache folder, and empty (no cache) when others could write to
// it: what lies there is machine code that will be run.
func cacheFolder() string {
	folder := os.Getenv("TABLETHEORY_CACHE_DIR")
	if folder == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		folder = filepath.Join(base, "tabletheory")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil || !private(folder) {
		return ""
	}
	return folder
}

func private(folder string) bool {
	facts, err := os.Stat(folder)
	if err != nil || !facts.IsDir() {
		return false
	}
	return runtime.GOOS == "windows" || facts.Mode().Perm()&0o022 == 0 && ownedByUs(facts)
}
