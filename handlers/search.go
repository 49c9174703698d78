package handlers

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

type searchOut struct {
	Results []store.Result `json:"results"`
}

// searchLimit is how many results a page of them holds.
const searchLimit = 30

func (s *Server) search(c *fiber.Ctx) error {
	limit, err := queryInt(c, "limit", searchLimit)
	if err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	results, err := s.Options.Store.Search(ctx, callOf(c).reader(), c.Query("q"), limit)
	if err != nil {
		return err
	}
	view := views.SearchView{Query: c.Query("q"), Results: results, Now: s.Options.Store.Now(), Zone: zone(c)}
	return s.send(c, fiber.StatusOK, reply{
		JSON: searchOut{results},
		Part: func() (templ.Component, error) { return views.SearchResults(s.part(c), view), nil },
		Page: func() (templ.Component, error) {
			page, err := s.page(c, "Search")
			return views.SearchPage(page, view), err
		},
	})
}
