package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

const (
	attempts      = 3
	firstBackoff  = 250 * time.Millisecond
	longestWait   = 5 * time.Second // a longer Retry-After is told instead of waited for
	listTimeout   = 8 * time.Second
	ollamaTimeout = time.Second // to find out whether there is one
	maxListing    = 8 << 20
)

// endpoint is one API that models are called at.
type endpoint struct {
	baseURL, key string
	provider     string // as shown, unique among the endpoints
	local        bool   // runs on somebody's own machine: smaller models
	client       *http.Client
	idle         time.Duration
	maxBytes     int64
	listTimeout  time.Duration
	now          func() time.Time

	noUsage atomic.Bool // it refuses stream_options
}

// stream starts a reply, again if it fails before the first delta in a way that
// may pass.
func (e *endpoint) stream(ctx context.Context, id string, r Request) (*Stream, error) {
	for attempt := 1; ; attempt++ {
		s, err := e.open(ctx, id, r)
		if err == nil {
			err = s.prime()
			if err == nil || attempt == attempts || !mayPass(err) {
				return s, nil // Recv tells the error
			}
			s.shut()
		}
		if attempt == attempts || !mayPass(err) {
			return giveUp(err)
		}
		if err := pause(ctx, backoff(attempt, err)); err != nil {
			return nil, err
		}
	}
}

// giveUp keeps ErrIdle and ErrCut for Recv, so that a caller finds them in one
// place whenever they happen.
func giveUp(err error) (*Stream, error) {
	if errors.Is(err, ErrIdle) || errors.Is(err, ErrCut) {
		return failedStream(err), nil
	}
	return nil, err
}

// open makes one attempt. A provider that does not know stream_options is asked
// again without them, and from then on.
func (e *endpoint) open(ctx context.Context, id string, r Request) (*Stream, error) {
	withUsage := !e.noUsage.Load()
	x := newExchange(ctx, e.client, e.key, e.idle, e.now)
	err := x.open(e.baseURL, wireRequest(id, r, withUsage))
	if err == nil {
		return newStream(x, e.maxBytes), nil
	}
	var refused *Error
	if withUsage && errors.As(err, &refused) && strings.Contains(refused.detail, "stream_options") {
		e.noUsage.Store(true)
		return e.open(ctx, id, r)
	}
	return nil, err
}

// mayPass reports whether the same request may succeed a moment later.
func mayPass(err error) bool {
	var refused *Error
	if !errors.As(err, &refused) {
		return errors.Is(err, ErrCut) && !errors.Is(err, ErrTooLong)
	}
	if refused.final || refused.RetryAfter > longestWait {
		return false
	}
	return refused.Code == CodeRateLimited || refused.Code == CodeUnavailable && (refused.Status == 0 || refused.Status >= 500)
}

// backoff is jittered, so that the replies that failed together do not come
// back together.
func backoff(attempt int, err error) time.Duration {
	var refused *Error
	if errors.As(err, &refused) && refused.RetryAfter > 0 {
		return refused.RetryAfter + rand.N(firstBackoff)
	}
	step := firstBackoff << (attempt - 1)
	return step/2 + rand.N(step)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// list asks for the models on offer. It is not the library's ListModels, which
// keeps only the ids, and fails on the forms that some providers send.
func (e *endpoint) list(ctx context.Context) ([]entry, error) {
	x := newExchange(ctx, e.client, e.key, e.listTimeout, e.now)
	defer x.end()
	body, err := x.get(e.baseURL + "/models")
	if err != nil {
		return nil, x.failed(err)
	}
	list, ok := parseListing(body, e)
	if !ok {
		return nil, notAnAPI()
	}
	return list, nil
}

func (x *exchange) get(address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(x.ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("models address: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	if x.key != "" {
		r.Header.Set("Authorization", "Bearer "+x.key)
	}
	resp, err := x.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxListing))
	if err != nil {
		return nil, fmt.Errorf("read models: %w", err)
	}
	return body, nil
}
