//go:build unix

package engine

import (
	"os"
	"syscall"
)

func ownedByUs(facts os.FileInfo) bool {
	stat, ok := facts.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
