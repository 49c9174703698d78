package handlers

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"alleato/store"
)

const (
	// transfersAtOnce are the exports and imports that a process works on; others wait.
	transfersAtOnce = 2
	// transferTime is how long one may take.
	transferTime = time.Hour
	// transferBeat is how often one says that it is alive, and how far.
	transferBeat = time.Second
	// transferSweep is how often those that died, and exports past their day, are looked for.
	transferSweep = 10 * time.Second
	// transfersPerHour are the exports, and the imports, that a person may begin in an hour.
	transfersPerHour = 20
)

// limitTransfers counts the exports or imports that a person begins.
func (s *Server) limitTransfers(ctx context.Context, kind, userID string) error {
	if s.Rates == nil {
		return nil
	}
	n, reset, err := s.KV.Incr(ctx, "rate:"+userID+":"+kind, 1, time.Hour)
	if err != nil {
		s.Log.Warn("rate limit not counted", "error", err)
		return nil
	}
	if n > transfersPerHour {
		wait := max(reset.Sub(s.Options.Store.Now()), time.Second)
		return store.Errorf(store.RateLimited, "That was more than %d %ss in an hour.", transfersPerHour, kind).
			WithHint(fmt.Sprintf("Try again at %s UTC.", reset.UTC().Format("15:04"))).WithRetryAfter(wait)
	}
	return nil
}

// begin works on a transfer in the background: bounded in time and in how many run at once, with a sign of
// life every second, ended with the server or when the transfer is ended elsewhere. One of who runs at a time. The channel gives
// what came of it and is then closed.
func (s *Server) begin(t *store.Transfer, who string, work func(ctx context.Context, tell func(float64)) error) <-chan error {
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(s.life, transferTime)
	var progress atomic.Int64
	s.background.Add(2)
	go func() {
		defer s.background.Done()
		s.guarded("signs of life of a transfer", func() { s.beatTransfer(ctx, cancel, t.ID, &progress) })
	}()
	go func() {
		defer s.background.Done()
		defer close(ended)
		defer cancel()
		err := s.workOn(ctx, who, func() error {
			return work(ctx, func(share float64) { progress.Store(int64(share * 99)) })
		})
		if err != nil {
			s.failTransfer(t, err)
		}
		ended <- err
	}()
	return ended
}

// workOn waits for a place, and makes a panic an error. When there is none before the end, the work is called
// all the same, to find that out and to let go of what it holds.
func (s *Server) workOn(ctx context.Context, who string, work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("panic in an export or import", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	leave, busy := s.transfers.Take(ctx, who)
	if busy == nil {
		defer leave()
	}
	return work()
}

func (s *Server) beatTransfer(ctx context.Context, cancel context.CancelFunc, id string, progress *atomic.Int64) {
	tick := time.NewTicker(transferBeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := s.Options.Store.BeatTransfer(ctx, id, int(progress.Load()))
		if store.CodeOf(err) == store.Conflict { // ended elsewhere, or its user is gone
			cancel()
		} else if err != nil && ctx.Err() == nil {
			s.Log.Warn("a transfer could not say that it is alive", "transfer", id, "error", err)
		}
	}
}

// failTransfer notes why a transfer failed. Only what is written for people is shown.
func (s *Server) failTransfer(t *store.Transfer, cause error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.life), 5*time.Second)
	defer cancel()
	message := "Something went wrong on the server. Try again; if it goes on, tell the operator."
	var own *store.Error
	switch {
	case errors.As(cause, &own) && own.Code != store.Internal:
		message = own.Message + " " + own.Hint
	case s.life.Err() != nil:
		message = "The server was stopped meanwhile. Start it again."
	case errors.Is(cause, context.DeadlineExceeded):
		message = "It took longer than an hour."
	case errors.Is(cause, context.Canceled): // ended elsewhere
	default:
		s.Log.Error("an export or import failed", "transfer", t.ID, "kind", t.Kind, "error", cause)
	}
	if err := s.Options.Store.FailTransfer(ctx, t.ID, message); err != nil {
		s.Log.Error("a failed transfer was not noted", "transfer", t.ID, "error", err)
	}
}

// SweepTransfers ends the transfers whose server died, and takes away the exports whose day is over.
func (s *Server) SweepTransfers(ctx context.Context) error {
	dead, err := s.Options.Store.FailSilentTransfers(ctx, store.TransferSilence)
	if err != nil {
		return err
	}
	if dead > 0 {
		s.Log.Warn("exports or imports were cut off when a server stopped", "transfers", dead)
	}
	expired, err := s.Options.Store.ExpireExports(ctx)
	if err == nil && expired > 0 {
		err = s.reap(ctx)
	}
	return err
}

func (s *Server) sweepTransfers() {
	ctx, cancel := s.ctx()
	defer cancel()
	if err := s.SweepTransfers(ctx); err != nil && s.life.Err() == nil {
		s.Log.Warn("exports and imports could not be swept", "error", err)
	}
}
