// Package turns shares out what only a few can use at once, such as memory for a picture, so that
// nobody can keep the others from it. It knows no nouns and imports nothing of ours.
package turns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrBusy is what every refusal wraps: no place came free in time, or too many wait for the same person.
var ErrBusy = errors.New("no place is free")

// maxWaiting is how many turns one may wait for at a time: each holds a request, or a file on the disk.
const maxWaiting = 32

// Queue is a number of places. Those who wait are called in turn, person by person: however much one of
// them asks for, another's first comes after at most one of theirs for each place.
type Queue struct {
	mu      sync.Mutex
	free    int
	share   int
	held    map[string]int
	waiting map[string][]chan struct{}
	order   []string // of whoever waits, as they are called
}

// New makes a queue for that many places, of which one person may hold share at a time.
func New(places, share int) *Queue {
	return &Queue{free: places, share: share, held: map[string]int{}, waiting: map[string][]chan struct{}{}}
}

// Take waits for a place for who, until ctx ends. leave gives it back and must be called once.
func (q *Queue) Take(ctx context.Context, who string) (leave func(), err error) {
	called, err := q.join(who)
	if err != nil {
		return nil, err
	}
	leave = sync.OnceFunc(func() { q.leave(who) })
	select {
	case <-called:
		return leave, nil
	case <-ctx.Done():
	}
	if q.giveUp(who, called) {
		return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
	return leave, nil // it was called at that very moment
}

func (q *Queue) join(who string) (called chan struct{}, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting[who]) >= maxWaiting {
		return nil, fmt.Errorf("%w: %d wait for one already", ErrBusy, maxWaiting)
	}
	called = make(chan struct{})
	if len(q.waiting[who]) == 0 {
		q.order = append(q.order, who)
	}
	q.waiting[who] = append(q.waiting[who], called)
	q.call()
	return called, nil
}

func (q *Queue) leave(who string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free++
	if q.held[who]--; q.held[who] == 0 {
		delete(q.held, who)
	}
	q.call()
}

// call gives the free places to those who may have one. Who was called goes to the end of the order.
func (q *Queue) call() {
	for i := 0; i < len(q.order) && q.free > 0; {
		who := q.order[i]
		if q.held[who] >= q.share {
			i++
			continue
		}
		q.free--
		q.held[who]++
		close(q.waiting[who][0])
		q.order = slices.Delete(q.order, i, i+1)
		if q.waiting[who] = q.waiting[who][1:]; len(q.waiting[who]) > 0 {
			q.order = append(q.order, who)
		} else {
			delete(q.waiting, who)
		}
		i = 0
	}
}

// giveUp takes one out of the queue, and is false when it has a place by now.
func (q *Queue) giveUp(who string, called chan struct{}) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting[who], called)
	if i < 0 {
		return false
	}
	if q.waiting[who] = slices.Delete(q.waiting[who], i, i+1); len(q.waiting[who]) == 0 {
		delete(q.waiting, who)
		q.order = slices.DeleteFunc(q.order, func(w string) bool { return w == who })
	}
	return true
}
