package store_test

import (
	"strings"
	"testing"

	"alleato/store"
	"alleato/store/storetest"
)

func TestSetModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		_, err := s.Writer().DB.ExecContext(ctx(t), `UPDATE users SET settings = '{"other":[1]}'`)
		must(t, err)
		for _, model := range []string{"smart", `a "quoted" one`} {
			must(t, s.SetModel(ctx(t), u.ID, model))
			read, err := s.User(ctx(t), u.ID)
			must(t, err)
			if read.Model() != model || !strings.Contains(string(read.Settings), `"other":[1]`) {
				t.Errorf("model %q in %s", read.Model(), read.Settings)
			}
		}
		wantCode(t, s.SetModel(ctx(t), "nobody", "x"), store.NotFound)
	})
}
