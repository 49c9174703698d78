package main

import (
	"context"
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
