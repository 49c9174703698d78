package handlers

import (
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

// adminFile is what an administrator is told of a file: whose it is and how large, and no address at
// which it could be read. What people upload stays theirs.
type adminFile struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	ContentType string    `json:"contentType"`
	Size        int64     `json:"size"`
	SHA256      string    `json:"sha256"`
	Bucket      string    `json:"bucket"`
	CreatedAt   time.Time `json:"createdAt"`
	Owner       fileOwner `json:"owner"`
}

type fileOwner struct {
	ID    string     `json:"id"`
	Email *string    `json:"email"`
	Role  store.Role `json:"role"`
}

type adminFilesOut struct {
	Files      []adminFile `json:"files"`
	NextCursor *string     `json:"nextCursor"`
}

func (s *Server) adminFileList(c *fiber.Ctx) error {
	q, err := fileQuery(c)
	if err != nil {
		return err
	}
	q.Owner = c.Query("owner")
	ctx, cancel := s.ctx()
	defer cancel()
	files, next, err := s.Options.Store.AllFiles(ctx, q)
	if err != nil {
		return err
	}
	out := adminFilesOut{Files: []adminFile{}}
	for _, f := range files {
		out.Files = append(out.Files, adminFile{f.ID, f.Name, f.ContentType, f.Size, f.SHA256, f.Bucket, f.CreatedAt,
			fileOwner{f.UserID, f.OwnerEmail, f.OwnerRole}})
	}
	if next != "" {
		out.NextCursor = &next
	}
	view := s.filesView(c, "adminFileList", q, files, next)
	return s.send(c, fiber.StatusOK, reply{JSON: out,
		Page: s.pageOf(c, "Everybody's files", func(p views.Page) templ.Component { return views.AdminFilesPage(p, view) }),
		Part: func() (templ.Component, error) { return views.AdminFilesPart(s.part(c), view), nil }})
}

// adminFileDelete takes anybody's file away, and leaves a line in the audit.
func (s *Server) adminFileDelete(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	id := c.Params("id")
	err := s.Options.Store.DeleteAnyFile(ctx, id, store.AuditEntry{UserID: &callOf(c).user.ID, Action: "file.delete",
		Address: s.address(c), RequestID: callOf(c).id})
	if err != nil {
		return err
	}
	s.reapSoon(ctx)
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("adminFileList"),
		Part: component(views.AdminFileDeleted(id))})
}
