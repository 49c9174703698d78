package handlers

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/exchange"
	"alleato/views"
)

type exportIn struct {
	Format string `json:"format" form:"format" validate:"required,oneof=json csv markdown"`
}

// anExport is an export as its owner sees it; url is null until it can be fetched, and after its day.
type anExport struct {
	*store.Transfer
	URL       *string    `json:"url"`
	Size      *int64     `json:"size"`
	ExpiresAt *time.Time `json:"expiresAt"`
}

type exportOut struct {
	Export anExport `json:"export"`
}

type exportsOut struct {
	Exports []anExport `json:"exports"`
}

// exportCreate begins an export. Its answer says where to ask how far it is.
func (s *Server) exportCreate(c *fiber.Ctx) error {
	t, err := s.beginExport(c)
	if err != nil {
		return s.accountAgain(c, err, "export")
	}
	c.Set(fiber.HeaderLocation, s.location(c, "exportShow", t.ID))
	// a page whose address names a place in it would not refresh itself while the export runs
	return s.send(c, fiber.StatusAccepted, reply{JSON: exportOut{s.exportOf(c, t)}, Goto: s.link("accountShow"), Part: s.exportsPart(c)})
}

func (s *Server) beginExport(c *fiber.Ctx) (*store.Transfer, error) {
	var in exportIn
	if err := s.bind(c, &in); err != nil {
		return nil, err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	user := *callOf(c).user // the request's own may change
	if err := s.limitTransfers(ctx, store.Export, user.ID); err != nil {
		return nil, err
	}
	t, err := s.Options.Store.StartTransfer(ctx, user.ID, store.Export, in.Format, "")
	if err != nil {
		return nil, err
	}
	s.audit(c, "export", &user)
	s.begin(t, s.payer(c), func(ctx context.Context, tell func(float64)) error { return s.export(ctx, &user, t, tell) })
	return t, nil
}

// export writes the file, blob first: without its row nobody finds it, and the sweep takes it away.
func (s *Server) export(ctx context.Context, user *store.User, t *store.Transfer, tell func(float64)) error {
	ending, contentType := exchange.Kind(t.Format)
	name := "alleato-" + t.Format + "-" + s.Options.Store.Now().Format(time.DateOnly) + ending
	f := s.Options.Store.NewFile(user.ID, store.Exports, name, contentType)
	w := &exchange.Writer{Store: s.Options.Store, User: user, Tell: tell, Open: func(ctx context.Context, f *store.File) (io.ReadCloser, error) {
		content, err := s.Blobs.Get(ctx, f.BlobKey, 0, -1)
		if err != nil {
			return nil, noBytes(err)
		}
		return content, nil
	}}
	content := s.piped(func(to io.Writer) error { return w.Write(ctx, t.Format, to) })
	err := errors.Join(s.keepBytes(ctx, f, content), content.Close())
	if err == nil {
		f.CreatedAt = s.Options.Store.Now()
		err = s.Options.Store.FinishExport(ctx, t.ID, f)
	}
	if err != nil {
		return notTaken(errors.Join(err, s.Blobs.Delete(context.WithoutCancel(ctx), f.BlobKey)))
	}
	s.reapSoon(ctx)
	return nil
}

func (s *Server) exportList(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	list, err := s.Options.Store.Transfers(ctx, callOf(c).user.ID, store.Export)
	if err != nil {
		return err
	}
	out := exportsOut{Exports: []anExport{}}
	for i := range list {
		out.Exports = append(out.Exports, s.exportOf(c, &list[i]))
	}
	return s.send(c, fiber.StatusOK, reply{JSON: out, Goto: s.link("accountShow") + "#exports", Part: s.exportsPart(c)})
}

func (s *Server) exportShow(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	t, err := s.Options.Store.Transfer(ctx, callOf(c).user.ID, store.Export, c.Params("id"))
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: exportOut{s.exportOf(c, t)}, Goto: s.link("accountShow") + "#exports", Part: s.exportsPart(c)})
}

func (s *Server) exportOf(c *fiber.Ctx, t *store.Transfer) anExport {
	out := anExport{Transfer: t}
	if t.File != nil {
		url, expires := s.origin(c)+s.location(c, "fileContent", t.File.ID), t.File.CreatedAt.Add(store.ExportLife)
		out.URL, out.Size, out.ExpiresAt = &url, &t.File.Size, &expires
	}
	return out
}

// exportsPart is the list alone, which asks for itself again while one runs.
func (s *Server) exportsPart(c *fiber.Ctx) func() (templ.Component, error) {
	return func() (templ.Component, error) {
		ctx, cancel := s.ctx()
		defer cancel()
		list, err := s.Options.Store.Transfers(ctx, callOf(c).user.ID, store.Export)
		return views.Exports(s.part(c), list, zone(c)), err
	}
}
