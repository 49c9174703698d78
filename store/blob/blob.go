// Package blob owns the bytes of files, under keys that we choose: a person's file name never gets
// here. It knows no nouns and imports nothing of ours.
package blob

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"
)

var (
	// ErrNotFound is what every miss wraps, and nothing else does.
	ErrNotFound = errors.New("blob: not found")
	// ErrFull is what a Put wraps that failed for want of space.
	ErrFull = errors.New("blob: no space left")
	// ErrKey is a key that no store takes.
	ErrKey = errors.New("blob: not a key")
)

// Info is what is known of a blob without reading it.
type Info struct {
	Key  string
	Size int64 // bytes
	// ModTime is when the blob was last put.
	ModTime time.Time
}

// Store keeps blobs. All methods may be called at the same time. A key is 1 to 200 characters of
// a-z, 0-9, - and _, in segments with / between.
type Store interface {
	// Put saves all of r, of unknown length, and gives the number of bytes. It is whole or not at
	// all: a reader that fails, or a full disk (ErrFull), leaves the key as it was.
	Put(ctx context.Context, key string, r io.Reader) (int64, error)
	// Get reads length bytes from offset, or to the end when length is negative; what lies past
	// the end is left out. A miss is ErrNotFound at once, not at the first read.
	Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
	// Stat gives a miss as ErrNotFound.
	Stat(ctx context.Context, key string) (Info, error)
	// Delete takes the keys away. A key that is not there is no error.
	Delete(ctx context.Context, keys ...string) error
	// List calls fn with every blob whose key begins with prefix, in no order, until fn fails.
	List(ctx context.Context, prefix string, fn func(Info) error) error
}

const maxKey = 200

// CheckKey is nil for a key that a store takes, else ErrKey.
func CheckKey(key string) error {
	if key == "" || len(key) > maxKey {
		return ErrKey
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || strings.Trim(segment, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return ErrKey
		}
	}
	return nil
}
