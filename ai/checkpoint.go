package ai

import (
	"context"
	"time"

	"alleato/store"
)

// saveLoop saves the parts of all running replies that have grown, and every running stream's
// heartbeat, in one transaction every r.Checkpoint, until Shutdown has ended the last reply.
func (r *Runner) saveLoop() {
	tick := time.NewTicker(r.Checkpoint)
	defer tick.Stop()
	for {
		select {
		case <-r.saverEnd:
			return
		case <-tick.C:
			r.checkpoint()
		}
	}
}

func (r *Runner) checkpoint() {
	grown, running := r.grown()
	if len(running) == 0 {
		return
	}
	points := make([]store.Checkpoint, 0, len(grown))
	for _, j := range grown {
		points = append(points, j.checkpoint())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := r.Store.Checkpoint(ctx, points, running); err != nil {
		r.Log.Warn("running replies could not be saved, trying again", "error", err)
		for _, j := range grown {
			j.markDirty()
		}
	}
}

func (r *Runner) grown() (grown []*job, running []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, j := range r.jobs {
		running = append(running, id)
		j.mu.Lock()
		if j.dirty {
			grown = append(grown, j)
		}
		j.mu.Unlock()
	}
	return grown, running
}

func (j *job) checkpoint() store.Checkpoint {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.dirty = false
	return store.Checkpoint{
		StreamID: j.stream.ID, ChatID: j.stream.ChatID, MessageID: j.message, PartsJSON: j.draft.json(),
	}
}

func (j *job) markDirty() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.dirty = true
}
