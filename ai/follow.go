package ai

import (
	"context"
	"errors"

	"alleato/store"
	"alleato/store/kv"
)

// Follow gives a cursor over the log of a reply, from after the entry of that number. A reply whose
// log is gone is read from its saved message: such a log ignores after and is sent whole.
func (r *Runner) Follow(ctx context.Context, stream *store.Stream, after int64) (kv.Cursor, error) {
	cursor, err := r.KV.Follow(ctx, stream.ID, after)
	if !errors.Is(err, kv.ErrNotFound) {
		return cursor, err
	}
	m, err := r.Store.Message(ctx, stream.ChatID, stream.MessageID)
	if err != nil {
		return nil, err
	}
	if m.Status == store.StatusStreaming { // its process died and nobody has marked it yet
		m.Status = store.StatusInterrupted
	}
	return &replayed{entries: replay(m)}, nil
}

// replayed is the log of a finished reply, read once.
type replayed struct{ entries [][]byte }

// Take gives everything at once, then the end.
func (c *replayed) Take() (first int64, entries [][]byte, ended bool, err error) {
	entries, c.entries = c.entries, nil
	return 1, entries, true, nil
}

// Wake never fires: Take has reported the end.
func (c *replayed) Wake() <-chan struct{} { return nil }

// Close has nothing to let go.
func (c *replayed) Close() {}
