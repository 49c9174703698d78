package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"alleato/store"
)

// sweepEvery is how often what was deleted, and can no longer be had back, is destroyed.
const sweepEvery = time.Minute

// sweep destroys deleted chats until ctx ends; done is closed then. Every server of a database may do
// it: what one has taken another does not find.
func sweep(ctx context.Context, st *store.Store, every time.Duration, log *slog.Logger) (done <-chan struct{}) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if p := recover(); p != nil {
				log.Error("panic while deleted chats were swept away", "panic", p)
			}
		}()
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				sweepOnce(ctx, st, log)
				sweepUsers(ctx, st, log)
			}
		}
	}()
	return ended
}

func sweepOnce(ctx context.Context, st *store.Store, log *slog.Logger) {
	for ctx.Err() == nil {
		ids, err := st.PurgeChats(ctx)
		if err != nil && ctx.Err() == nil {
			log.Warn("deleted chats could not be swept away, trying again later", "error", err)
		}
		if err != nil || len(ids) == 0 {
			return
		}
		log.Info("deleted chats swept away", "chats", len(ids))
	}
}

// sweepUsers goes on with the accounts that were deleted, where it took too long or was cut off. Those
// whose files' bytes are still there come later.
func sweepUsers(ctx context.Context, st *store.Store, log *slog.Logger) {
	ids, err := st.DeletedUsers(ctx)
	for _, id := range ids {
		gone, failed := st.PurgeUser(ctx, id)
		if err = errors.Join(err, failed); gone {
			log.Info("a deleted account swept away", "user", id)
		}
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("deleted accounts could not be swept away, trying again later", "error", err)
	}
}
