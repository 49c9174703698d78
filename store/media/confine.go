//go:build !race

package media

import "syscall"

// confineMemory ends this process when it asks for more than it may have.
func confineMemory() error {
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: childMemory, Max: childMemory})
}
