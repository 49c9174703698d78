package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

const (
	// spoolShare is how many bytes of a person may wait on the disk at a time, and spoolRoom those of all. The
	// largest import fits into a share.
	spoolShare = importBytes + hardLimit
	spoolRoom  = 6 * spoolShare
	// guestQuotas is how often the space that one guest has may be filled from one address in a day: whoever
	// comes without cookies is a new guest each time.
	guestQuotas = 10
	// busyWait is when to come again, where all places are taken.
	busyWait = 5 * time.Second
)

// payer is whose share a call takes of what there is little of: a person's, or for guests, whom
// anybody can be many of, that of their address.
func (s *Server) payer(c *fiber.Ctx) string {
	if u := callOf(c).user; u != nil && u.Role != store.RoleGuest {
		return u.ID
	}
	return s.address(c)
}

func errBusy(cause error) error {
	return store.Errorf(store.Unavailable, "The server is busy with other files just now.").WithHint("Try again in a moment.").
		WithRetryAfter(busyWait).WithCause(cause)
}

// limitGuest counts what guests keep from one address in a day.
func (s *Server) limitGuest(ctx context.Context, user *store.User, up *spooled, quota int64) error {
	if s.Rates == nil || user.Role != store.RoleGuest || quota <= 0 {
		return nil
	}
	n, reset, err := s.KV.Incr(ctx, "rate:"+up.who+":guest-uploads", up.size, 24*time.Hour)
	if err != nil {
		s.Log.Warn("uploads of guests not counted", "error", err)
		return nil
	}
	if n <= guestQuotas*quota {
		return nil
	}
	return store.Errorf(store.RateLimited, "Guests at your address have uploaded %s today.", store.Bytes(guestQuotas*quota)).
		WithHint("Sign in, or try again at " + reset.UTC().Format("15:04") + " UTC.").WithRetryAfter(max(reset.Sub(s.Options.Store.Now()), time.Second))
}

// spoolSpace counts the bytes that wait on the disk.
type spoolSpace struct {
	mu   sync.Mutex
	all  int64
	held map[string]int64
}

// check refuses a body of n bytes before it is read, where it cannot fit.
func (s *spoolSpace) check(who string, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fits(who, n)
}

func (s *spoolSpace) fits(who string, n int64) error {
	if s.held[who]+n > spoolShare || s.all+n > spoolRoom {
		return errBusy(fmt.Errorf("%s has %d bytes in the spool, all have %d", who, s.held[who], s.all))
	}
	return nil
}

func (s *spoolSpace) add(who string, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n > 0 {
		if err := s.fits(who, n); err != nil {
			return err
		}
	}
	s.all += n
	if s.held[who] += n; s.held[who] == 0 {
		delete(s.held, who)
	}
	return nil
}

// spooled is an upload on the disk, under no name: a crash leaves nothing behind.
type spooled struct {
	*os.File
	who  string // whose share of the room it takes
	name string
	size int64
	room *spoolSpace
}

// Write is part of io.Writer.
func (up *spooled) Write(p []byte) (int, error) {
	if err := up.room.add(up.who, int64(len(p))); err != nil {
		return 0, err
	}
	up.size += int64(len(p))
	return up.File.Write(p)
}

// Close is part of io.Closer.
func (up *spooled) Close() error {
	err := up.File.Close()
	if err == nil { // else it was closed before
		err = up.room.add(up.who, -up.size)
	}
	return err
}

func (s *Server) spool(r io.Reader, who, name string, limit int64) (_ *spooled, err error) {
	if err := store.CheckFileName(name); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(s.Spool, "upload-*")
	if err != nil {
		return nil, spoolError(err)
	}
	up := &spooled{File: f, who: who, name: name, room: &s.room}
	defer func() {
		if err != nil {
			err = errors.Join(err, up.Close())
		}
	}()
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	if _, err := io.Copy(struct{ io.Writer }{up}, bounded(r, limit, tooLarge(limit))); err != nil {
		return nil, spoolError(err)
	}
	return up, nil
}

// spoolError tells a full disk from a form that broke off.
func spoolError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return diskFull(err)
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return err
	}
	return badForm(err)
}

func diskFull(err error) error {
	return store.Errorf(store.Unavailable, "The server has no space left for files.").
		WithHint("Tell the operator; what is there can still be read.").WithCause(err)
}
