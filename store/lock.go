package store

import (
	"errors"
	"os"
	"syscall"
)

var errLocked = errors.New("the file is locked by another process")

// fileLock is a lock that ends with the process, however that ends. The file
// stays: removing it would let two processes lock two files of one name.
type fileLock struct{ f *os.File }

// lockFile fails with errLocked when somebody has the lock.
func lockFile(path string) (*fileLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &fileLock{f}, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	return nil, errors.Join(err, f.Close())
}

func (l *fileLock) release() error {
	err := l.f.Close()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
