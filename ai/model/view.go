package model

import (
	"context"
	"slices"
)

// preferred are the models to begin with where a provider offers dozens.
var preferred = []string{"gpt-5", "gpt-5-mini", "gpt-4.1", "gpt-4o", "openai/gpt-5", "openai/gpt-4o", "mistral-large-latest", "deepseek-chat"}

// view is what is on offer, merged from all sources.
type view struct {
	version int64
	entries []entry
	infos   []Info
	byID    map[string]int
}

func newView(version int64, entries []entry) *view {
	v := &view{version: version, entries: entries, byID: make(map[string]int, len(entries))}
	for i, e := range entries {
		v.infos = append(v.infos, e.Info)
		v.byID[e.ID] = i
	}
	return v
}

// entry finds a model; an empty id means the default one.
func (c *Catalogue) entry(ctx context.Context, id string) (entry, error) {
	v, err := c.view(ctx)
	if err != nil {
		return entry{}, err
	}
	if id == "" {
		return v.entries[v.defaultIndex(len(c.only) > 0)], nil
	}
	i, found := v.byID[id]
	if !found {
		return entry{}, ErrUnknownModel
	}
	return v.entries[i], nil
}

func (v *view) defaultIndex(ordered bool) int {
	if ordered {
		return 0
	}
	for _, id := range preferred {
		if i, found := v.byID[id]; found {
			return i
		}
	}
	return 0
}

// view returns what is on offer now; it never returns an empty one.
func (c *Catalogue) view(ctx context.Context) (*view, error) {
	if len(c.sources) > 0 {
		return c.configured(ctx)
	}
	if c.ollama != nil {
		v, err := c.gathered(ctx, []*source{c.ollama}, false)
		if err == nil && len(v.entries) > 0 {
			return v, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return c.demo, nil
}

func (c *Catalogue) configured(ctx context.Context) (*view, error) {
	v, err := c.gathered(ctx, c.sources, false)
	if err == nil && len(v.entries) == 0 {
		v, err = c.gathered(ctx, c.sources, true)
	}
	if err == nil && len(v.entries) == 0 {
		err = nothingOnOffer()
	}
	return v, err
}

// gathered merges the lists of sources. It fails only when there is nothing at
// all to show and somebody to blame for it.
func (c *Catalogue) gathered(ctx context.Context, sources []*source, insist bool) (*view, error) {
	version := c.version.Load()
	lists, failure := gather(ctx, sources, insist)
	if ctx.Err() != nil && isEmpty(lists) {
		return nil, ctx.Err()
	}
	v := c.remembered(version, func() []entry { return merge(sources, lists, c.only) })
	if len(v.entries) == 0 && failure != nil && (insist || c.ollama != nil) {
		return nil, failure
	}
	return v, nil
}

// remembered merges again only after a list has changed: pages ask for the
// models all the time. A list that changed while they were being collected makes
// a view for this once.
func (c *Catalogue) remembered(version int64, build func() []entry) *view {
	if c.version.Load() != version {
		return newView(version, build())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.merged == nil || c.merged.version != version {
		c.merged = newView(version, build())
	}
	return c.merged
}

// merge puts the lists together. A model id that a second provider offers too
// is told apart by that provider's name; one that the same provider offers
// under a second key is not repeated.
func merge(sources []*source, lists [][]entry, only []string) []entry {
	var all []entry
	owner := map[string]string{} // id to provider
	for i, list := range lists {
		list = append(slices.Clone(list), unlisted(sources[i], lists, only)...)
		for _, e := range list {
			if owner[e.ID] != "" && owner[e.ID] != e.Provider {
				e.ID += "@" + slug(e.Provider)
			}
			if owner[e.ID] == "" {
				owner[e.ID] = e.Provider
				all = append(all, e)
			}
		}
	}
	return narrow(all, only)
}

// unlisted takes the wanted models that no endpoint lists to be at the first
// endpoint that lists nothing: not every server has /models.
func unlisted(s *source, lists [][]entry, only []string) []entry {
	if s.listed() {
		return nil
	}
	var out []entry
	for _, id := range only {
		known := slices.ContainsFunc(lists, func(l []entry) bool {
			return slices.ContainsFunc(l, func(e entry) bool { return e.id == id })
		})
		if !known {
			out = append(out, bareEntry(id, s.endpoint))
		}
	}
	return out
}

// narrow keeps the wanted models in the wanted order; without a wish, those
// that can chat.
func narrow(all []entry, only []string) []entry {
	var out []entry
	if len(only) == 0 {
		for _, e := range all {
			if !notForChat.MatchString(e.id) {
				out = append(out, e)
			}
		}
		return out
	}
	for _, id := range only {
		for _, e := range all {
			if (e.ID == id || e.id == id) && !slices.ContainsFunc(out, func(o entry) bool { return o.ID == e.ID }) {
				out = append(out, e)
			}
		}
	}
	return out
}

func nothingOnOffer() *Error {
	e := &Error{final: true}
	e.say(CodeNotFound, "The model provider offers no model that this server may use. Check ALLEATO_MODELS.")
	return e
}
