package handlers

import (
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"alleato/store"
	"alleato/store/blob"
)

const (
	reapEvery = time.Hour
	reapBatch = 100
	// sweepBatch is for how many files at a time the database is asked.
	sweepBatch = 500
	// orphanAge is how old a blob without a row is before it is taken away: its upload may be going on.
	orphanAge = time.Hour
)

// reapSoon removes the blobs of what was just deleted. What it does not come to, Housekeep does.
func (s *Server) reapSoon(ctx context.Context) {
	if err := s.reap(ctx); err != nil {
		s.Log.Warn("blobs of deleted files are still there", "error", err)
	}
}

// reap removes the blobs of deleted files, then their rows: in this order nothing is ever lost sight of.
func (s *Server) reap(ctx context.Context) error {
	files, err := s.Options.Store.Deleted(ctx, reapBatch)
	if err != nil {
		return err
	}
	for i := range files {
		if err := s.Blobs.Delete(ctx, files[i].BlobKeys()...); err != nil {
			return err
		}
		if err := s.Options.Store.ForgetFile(ctx, files[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// reapAll goes on until there is nothing left to remove.
func (s *Server) reapAll(ctx context.Context) error {
	for {
		before, err := s.Options.Store.Deleted(ctx, 1)
		if err != nil || len(before) == 0 {
			return err
		}
		if err := s.reap(ctx); err != nil {
			return err
		}
	}
}

// Housekeep takes away, now and every hour until ctx ends, what deleted files and crashes left behind.
func (s *Server) Housekeep(ctx context.Context) {
	tick := time.NewTicker(reapEvery)
	defer tick.Stop()
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("housekeeping", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Server) sweep(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("panic while housekeeping", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if err := s.reapAll(ctx); err != nil {
		return err
	}
	if err := s.Options.Store.SweepDeliveries(ctx); err != nil {
		return err
	}
	return s.SweepBlobs(ctx, s.Options.Store.Now().Add(-orphanAge))
}

// SweepBlobs removes the blobs last written before a time that belong to no file. What is not named
// as ours are is left alone: the place may hold other things, or not be the one that was meant.
func (s *Server) SweepBlobs(ctx context.Context, before time.Time) error {
	removed := 0
	batch := map[string][]string{} // by the file's own key, the blobs of one file
	flush := func() error {
		there, err := s.Options.Store.HasBlobs(ctx, slices.Collect(maps.Keys(batch)))
		if err != nil {
			return err
		}
		var orphans []string
		for own, keys := range batch {
			if !there[own] {
				orphans = append(orphans, keys...)
			}
		}
		clear(batch)
		removed += len(orphans)
		return s.Blobs.Delete(ctx, orphans...)
	}
	find := func(i blob.Info) error {
		own, ok := store.FileBlobKey(i.Key)
		if !ok || !i.ModTime.Before(before) {
			return nil
		}
		batch[own] = append(batch[own], i.Key)
		if len(batch) < sweepBatch {
			return nil
		}
		return flush()
	}
	var all error
	for _, bucket := range store.Buckets() {
		all = errors.Join(all, s.Blobs.List(ctx, bucket+"/", find))
	}
	all = errors.Join(all, flush())
	if removed > 0 {
		s.Log.Info("blobs without a file removed", "blobs", removed)
	}
	return all
}
