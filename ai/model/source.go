package model

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	listingTTL = time.Hour
	retryPause = 30 * time.Second // before a failed endpoint is asked again
	ollamaTTL  = 30 * time.Second // models come and go there, and asking costs nothing
)

// source is the cached list of one endpoint's models. An old list is shown
// while a new one is fetched, and when that fails, so that a page waits for the
// provider at most once.
type source struct {
	endpoint *endpoint
	ttl      time.Duration
	forget   bool // a failed fetch empties the list
	log      *slog.Logger
	level    slog.Level      // of a failed fetch
	base     context.Context // ends with the catalogue
	work     *sync.WaitGroup
	version  *atomic.Int64 // of all lists of the catalogue

	mu      sync.Mutex
	models  []entry
	err     error
	loaded  time.Time
	tried   time.Time
	asked   bool          // the first fetch is over
	loading chan struct{} // closed at the end of the fetch in progress
}

// get returns the list; it waits for a fetch in progress only if there is no
// list yet, and this is the first fetch or the caller insists.
func (s *source) get(ctx context.Context, insist bool) ([]entry, error) {
	s.mu.Lock()
	loading := s.refresh()
	wait := len(s.models) == 0 && loading != nil && (insist || !s.asked)
	s.mu.Unlock()
	if wait {
		select {
		case <-loading:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.models, s.err
}

// refresh starts a fetch when one is due and returns the one in progress, if
// any. The caller holds the lock.
func (s *source) refresh() chan struct{} {
	now := s.endpoint.now()
	pause := min(retryPause, s.ttl)
	fresh := !s.loaded.IsZero() && now.Sub(s.loaded) < s.ttl
	if s.loading != nil || fresh || !s.tried.IsZero() && now.Sub(s.tried) < pause || s.base.Err() != nil {
		return s.loading
	}
	s.tried, s.loading = now, make(chan struct{})
	s.work.Go(s.load) // ends with the listing's timeout, or with the catalogue
	return s.loading
}

func (s *source) load() {
	models, err := s.fetch()
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.loading)
	s.loading, s.err, s.asked = nil, err, true
	s.version.Add(1)
	if err == nil {
		s.models, s.loaded = models, s.endpoint.now()
		return
	}
	s.log.Log(s.base, s.level, "list models", "provider", s.endpoint.provider, "err", err, "cause", errors.Unwrap(err))
	if s.forget {
		s.models, s.loaded = nil, time.Time{}
	}
}

func (s *source) fetch() (models []entry, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("list models: panic: %v", v)
		}
	}()
	ctx, cancel := context.WithTimeout(s.base, s.endpoint.listTimeout)
	defer cancel()
	return s.endpoint.list(ctx)
}

// listed reports whether the endpoint has ever told its models.
func (s *source) listed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.loaded.IsZero()
}

// gather collects the lists of several sources, all asked at once. The error is
// that of the first source without a list.
func gather(ctx context.Context, sources []*source, insist bool) ([][]entry, error) {
	for _, s := range sources { // start them all before waiting for one
		s.mu.Lock()
		s.refresh()
		s.mu.Unlock()
	}
	lists := make([][]entry, len(sources))
	var failure error
	for i, s := range sources {
		models, err := s.get(ctx, insist)
		if err != nil && len(models) == 0 && failure == nil {
			failure = err
		}
		lists[i] = models
	}
	if ctx.Err() != nil && isEmpty(lists) {
		return nil, ctx.Err()
	}
	return lists, failure
}

func isEmpty(lists [][]entry) bool {
	return !slices.ContainsFunc(lists, func(l []entry) bool { return len(l) > 0 })
}
