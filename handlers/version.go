package handlers

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

type versionsOut struct {
	Versions   []store.Document `json:"versions"`
	NextCursor *string          `json:"nextCursor"`
}

type versionIn struct {
	Version int `json:"version" form:"version" validate:"required,gte=1"`
}

type diffOut struct {
	Diff store.Diff `json:"diff"`
}

func (s *Server) versionList(c *fiber.Ctx) error {
	limit, err := queryInt(c, "limit", 0)
	if err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	versions, next, err := s.Options.Store.Versions(ctx, callOf(c).reader(), c.Params("id"), limit, c.Query("cursor"))
	if err != nil {
		return s.orForbidden(c, ctx, err)
	}
	out := versionsOut{Versions: versions}
	if next != "" {
		out.NextCursor = &next
	}
	view := views.VersionsView{ID: c.Params("id"), Versions: versions, Next: next, Cursor: c.Query("cursor"), Now: s.Options.Store.Now(), Zone: zone(c)}
	return s.send(c, fiber.StatusOK, reply{JSON: out,
		Part: func() (templ.Component, error) {
			if inPane(c) && c.Query("cursor") == "" {
				return views.VersionsPane(s.part(c), view), nil
			}
			return views.VersionPart(s.part(c), view), nil
		},
		Page: func() (templ.Component, error) {
			page, err := s.page(c, "Versions")
			return views.VersionsPage(page, view), err
		}})
}

func (s *Server) versionRestore(c *fiber.Ctx) error {
	var in versionIn
	if err := s.bind(c, &in); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	d, err := s.Options.Store.RestoreVersion(ctx, callOf(c).reader(), c.Params("id"), in.Version)
	if err != nil {
		return s.orForbidden(c, ctx, err)
	}
	return s.sendDocument(c, ctx, fiber.StatusOK, d, s.link("documentShow", d.ID))
}

// documentDiff compares two versions: without `to` the newest, without `from` the one before `to`.
func (s *Server) documentDiff(c *fiber.Ctx) error {
	from, err := queryInt(c, "from", 0)
	if err != nil {
		return err
	}
	to, err := queryInt(c, "to", 0)
	if err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	user, id := callOf(c).reader(), c.Params("id")
	b, err := s.Options.Store.Document(ctx, user, id, to)
	if err != nil {
		return s.orForbidden(c, ctx, err)
	}
	if from == 0 {
		from = b.Previous
	}
	a := &store.Document{Kind: b.Kind} // before the first version there was nothing
	if from != 0 {
		if a, err = s.Options.Store.Document(ctx, user, id, from); err != nil {
			return err
		}
	}
	diff := store.Compare(a, b)
	view := views.DiffView{Document: b, Diff: diff, Now: s.Options.Store.Now(), Zone: zone(c)}
	if b.Kind == store.KindImage {
		if view.Before, view.After, err = s.picturePair(c, ctx, a, b); err != nil {
			return err
		}
	}
	return s.send(c, fiber.StatusOK, reply{JSON: diffOut{diff},
		Part: func() (templ.Component, error) {
			if inPane(c) {
				return views.DiffPane(s.part(c), view), nil
			}
			return views.DocumentDiff(s.part(c), view), nil
		},
		Page: func() (templ.Component, error) {
			page, err := s.page(c, b.Title)
			return views.DiffPage(page, view), err
		}})
}

// showCut marks the parts of messages that show a version which was cut off.
func (s *Server) showCut(ctx context.Context, ownerID string, messages []store.Message) error {
	shown, ids := map[*store.Part]store.VersionID{}, []string{}
	for i := range messages {
		for j := range messages[i].Parts {
			var id store.VersionID
			p := &messages[i].Parts[j]
			if p.Type == "data-document" && json.Unmarshal(p.Data, &id) == nil && store.ValidID(id.Document) {
				shown[p], ids = id, append(ids, id.Document)
			}
		}
	}
	cut, err := s.Options.Store.CutVersions(ctx, ownerID, ids)
	for p, id := range shown {
		p.Partial = cut[id]
	}
	return err
}

// documentConflict answers a save that came too late: programs get both texts in the problem, people
// the page that shows both.
func (s *Server) documentConflict(c *fiber.Ctx, err error) error {
	var stale *store.StaleError
	if !errors.As(err, &stale) || shapeOf(c, shapePage, shapeJSON) == shapeJSON {
		return err
	}
	mine := *stale.Current
	mine.Content = &stale.Yours
	view := views.ConflictView{Current: stale.Current, Yours: stale.Yours, Diff: store.Compare(stale.Current, &mine)}
	return s.send(c, fiber.StatusConflict, reply{
		Part: func() (templ.Component, error) { return views.Conflict(s.part(c), view), nil },
		Page: func() (templ.Component, error) {
			page, err := s.page(c, stale.Current.Title)
			return views.ConflictPage(page, view), err
		}})
}
