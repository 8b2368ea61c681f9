//go:build unix

package tabletheory

import "syscall"

// nothingToRead says that a socket, which does not block, is open and has nothing to be read.
func nothingToRead(fd uintptr) bool {
	var one [1]byte
	_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK)
	return err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
}
