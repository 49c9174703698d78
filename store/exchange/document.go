package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"alleato/store"
)

// documents writes every version of every document, the oldest first, and then the suggestions for them.
// A version at a time is in memory: a document may have hundreds, of megabytes each.
func (w *Writer) documents(ctx context.Context, l *list) error {
	var ids []string
	for cursor := ""; ; {
		some, next, err := w.Store.Documents(ctx, w.User.ID, store.DocumentQuery{Limit: 100, Cursor: cursor})
		if err != nil {
			return err
		}
		for i := range some {
			ids = append(ids, some[i].ID)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	l.raw(`],"documents":[`)
	for _, id := range ids {
		if err := orGone(w.versions(ctx, l, id)); err != nil {
			return err
		}
	}
	l.raw(`],"suggestions":[`)
	for _, id := range ids {
		suggestions, err := w.Store.Suggestions(ctx, w.User.ID, id)
		if err := orGone(err); err != nil {
			return err
		}
		for i := range suggestions {
			if err := l.element(&suggestions[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// orGone takes a document that was deleted meanwhile for one that never was.
func orGone(err error) error {
	if store.CodeOf(err) == store.NotFound {
		return nil
	}
	return err
}

func (w *Writer) versions(ctx context.Context, l *list, id string) error {
	d, err := w.Store.Document(ctx, w.User.ID, id, 0)
	if err != nil {
		return err
	}
	numbers := []int{d.Version}
	for cursor := strconv.Itoa(d.Version); cursor != ""; {
		var some []store.Document
		if some, cursor, err = w.Store.Versions(ctx, w.User.ID, id, 100, cursor); err != nil {
			return err
		}
		for i := range some {
			numbers = append(numbers, some[i].Version)
		}
	}
	for i := len(numbers) - 1; i >= 0; i-- {
		d, err := w.Store.Document(ctx, w.User.ID, id, numbers[i])
		if err == nil {
			err = l.element(d)
		}
		if err := errors.Join(orGone(err), ctx.Err()); err != nil { // an autosave may have been replaced
			return err
		}
	}
	return nil
}

// ownDocument reads a version of a document.
func (r *reading) ownDocument(d *json.Decoder) error {
	var v store.Document
	if err := decode(d, &v); err != nil {
		return err
	}
	if !store.ValidID(v.ID) || v.Version < 1 || v.Content == nil {
		r.left.add(LeftUnknown, 1)
		return nil
	}
	if r.a.Document == nil {
		return nil
	}
	v.CreatedAt = when(v.CreatedAt, r.now, r.now)
	v.UpdatedAt = when(v.UpdatedAt, v.CreatedAt, r.now)
	return r.a.Document(&v)
}

func (r *reading) ownSuggestion(d *json.Decoder) error {
	var g store.Suggestion
	if err := decode(d, &g); err != nil {
		return err
	}
	if r.a.Suggestion == nil || !store.ValidID(g.ID) {
		return nil
	}
	return r.a.Suggestion(&g)
}
