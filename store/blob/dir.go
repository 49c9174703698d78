package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"
)

// partial begins the names of blobs that are still being written. No key has a dot.
const partial = ".part-"

// abandoned is when a partial file is one that a crash left behind.
const abandoned = time.Hour

// Dir keeps blobs as files below a directory, which it never leaves: os.Root refuses whatever
// would, symbolic links included.
type Dir struct{ root *os.Root }

var _ Store = (*Dir)(nil)

// OpenDir makes the directory if it is not there.
func OpenDir(dir string) (*Dir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &Dir{root}, nil
}

// Close releases the directory.
func (d *Dir) Close() error { return d.root.Close() }

// Put is part of Store. A name of its own until all is on the disk, then one rename.
func (d *Dir) Put(ctx context.Context, key string, r io.Reader) (n int64, err error) {
	if err := CheckKey(key); err != nil {
		return 0, err
	}
	if err := d.root.MkdirAll(path.Dir(key), 0o700); err != nil {
		return 0, normal(err)
	}
	temporary := path.Join(path.Dir(key), partial+rand.Text())
	f, err := d.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, normal(err)
	}
	n, err = io.Copy(f, &reader{ctx, r})
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.root.Rename(temporary, key)
	}
	if err != nil {
		return 0, normal(errors.Join(err, d.root.Remove(temporary)))
	}
	return n, nil
}

// reader ends a copy when ctx does.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// Get is part of Store.
func (d *Dir) Get(_ context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := CheckKey(key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	f, err := d.root.Open(key)
	if err != nil {
		return nil, normal(err)
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return nil, errors.Join(ErrNotFound, err, f.Close())
	}
	if length < 0 {
		length = info.Size()
	}
	offset = max(offset, 0)
	length = max(min(length, info.Size()-offset), 0)
	return &section{io.NewSectionReader(f, offset, length), f}, nil
}

type section struct {
	*io.SectionReader
	f *os.File
}

func (s *section) Close() error { return s.f.Close() }

// Stat is part of Store.
func (d *Dir) Stat(_ context.Context, key string) (Info, error) {
	if err := CheckKey(key); err != nil {
		return Info{}, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	info, err := d.root.Stat(key)
	if err != nil {
		return Info{}, normal(err)
	}
	if info.IsDir() {
		return Info{}, ErrNotFound
	}
	return Info{key, info.Size(), info.ModTime()}, nil
}

// Delete is part of Store.
func (d *Dir) Delete(_ context.Context, keys ...string) error {
	var all error
	for _, key := range keys {
		if CheckKey(key) != nil {
			continue
		}
		if err := d.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}

// List is part of Store. On its way it takes away what a crash left half written; it goes into no
// directory beside those that the prefix names.
func (d *Dir) List(ctx context.Context, prefix string, fn func(Info) error) error {
	return fs.WalkDir(d.root.FS(), path.Dir(prefix+"*"), func(key string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return errors.Join(ignoreMissing(err), ctx.Err())
		}
		info, err := entry.Info()
		if err != nil {
			return ignoreMissing(err)
		}
		if strings.HasPrefix(entry.Name(), partial) {
			if time.Since(info.ModTime()) > abandoned {
				return ignoreMissing(d.root.Remove(key))
			}
			return nil
		}
		if !strings.HasPrefix(key, prefix) || CheckKey(key) != nil {
			return ctx.Err()
		}
		return errors.Join(fn(Info{key, info.Size(), info.ModTime()}), ctx.Err())
	})
}

// ignoreMissing: what goes away while it is looked at was there for nobody.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// normal gives the errors of the file system our names.
func normal(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
