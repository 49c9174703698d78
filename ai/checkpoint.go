package ai

import (
	"context"
	"maps"
	"slices"
	"time"

	"alleato/store"
)

// beatEvery is how often running streams say in the database that they are alive; one that has not for
// four times as long is taken for dead.
const beatEvery = 5 * time.Second

// checkpointBatch is how many replies one transaction saves.
const checkpointBatch = 100

// saveLoop saves the parts of all running replies that have grown, every r.Checkpoint, until Shutdown
// has ended the last reply. The running streams' heartbeats go with it now and then.
func (r *Runner) saveLoop() {
	tick := time.NewTicker(r.Checkpoint)
	defer tick.Stop()
	var beaten time.Time
	for {
		select {
		case <-r.saverEnd:
			return
		case now := <-tick.C:
			beat := now.Sub(beaten) >= beatEvery
			if beat {
				beaten = now
			}
			r.checkpoint(beat)
			r.saveDocuments()
		}
	}
}

func (r *Runner) checkpoint(beat bool) {
	grown, running := r.grown()
	if !beat {
		running = nil
	}
	if len(grown) == 0 && len(running) == 0 {
		return
	}
	for batch := range slices.Chunk(grown, checkpointBatch) {
		r.save(batch, running)
		running = nil
	}
	if len(running) > 0 {
		r.save(nil, running)
	}
}

// save writes one transaction. Many small ones let others write in between, and hold the JSON of few
// replies at a time.
func (r *Runner) save(batch []*job, running []string) {
	points := make([]store.Checkpoint, 0, len(batch))
	for _, j := range batch {
		points = append(points, j.checkpoint())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := r.Store.Checkpoint(ctx, points, running); err != nil {
		r.Log.Warn("running replies could not be saved, trying again", "error", err)
		for _, j := range batch {
			j.markDirty()
		}
	}
}

// saveDocuments saves the documents that are being written, as far as they are. One that cannot be saved
// now is with its next text, and whole at its end.
func (r *Runner) saveDocuments() {
	r.mu.Lock()
	jobs := slices.Collect(maps.Values(r.jobs))
	r.mu.Unlock()
	var grown []store.Writing
	for _, j := range jobs {
		if w, ok := j.written(); ok {
			grown = append(grown, w)
		}
	}
	if len(grown) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := r.Store.WriteVersions(ctx, grown); err != nil {
		r.Log.Warn("documents being written could not be saved, trying again", "error", err)
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
