package store_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

// found shows results as chat title, kind, and the snippet with its matches in brackets.
func found(t testing.TB, s *store.Store, u *store.User, query string) []string {
	t.Helper()
	results, err := s.Search(ctx(t), u.ID, query, 0)
	must(t, err)
	list := []string{}
	for _, r := range results {
		var b strings.Builder
		for _, part := range r.Snippet {
			if part.Match {
				b.WriteString("[" + part.Text + "]")
			} else {
				b.WriteString(part.Text)
			}
		}
		list = append(list, r.Type+" "+b.String())
	}
	return list
}

func TestSearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, eve := guest(s), guest(s)
		a := start(t, s, u, "The café in Torino")
		finish(t, s, a, "Open from 7; see https://example.com/menu.html or e-mail bar@torino.it.")
		b := start(t, s, u, "Torino by night")
		finish(t, s, b, "**Il Mercato** è “aperto”: go-lang, 100% sì. O'Reilly's \"AND\" OR NOT")
		other := start(t, s, eve, "Torino, seen by somebody else")
		finish(t, s, other, "torino torino")
		for query, want := range map[string][]string{
			"torino night": {"chat [Torino] by [night]", "message [Torino] by [night]"},
			"TORINO":       {"chat [Torino] by night", "chat The café in [Torino]", "message [Torino] by night", "message Open from 7; see https://example.com/menu.html or e-mail bar@[torino].it.", "message The café in [Torino]"},
			"cafe tor":     {"chat The [café] in [Torino]", "message The [café] in [Torino]"},
			"CAFÉ":         {"chat The [café] in Torino", "message The [café] in Torino"},
			"menu.html":    {"message Open from 7; see https://example.com/[menu].[html] or e-mail bar@torino.it."},
			"html.menu":    {},
			"merca":        {`message Il [Mercato] è “aperto”: go-lang, 100% sì. O'Reilly's "AND" OR NOT`},
			"merca ":       {}, "ercato": {},
			`"AND" OR`: {`message Il Mercato è “aperto”: go-lang, 100% sì. O'Reilly's "[AND]" [OR] NOT`},
			"o'reilly": {`message Il Mercato è “aperto”: go-lang, 100% sì. [O]'[Reilly]'s "AND" OR NOT`},
			"":         {}, "  ": {}, "*": {}, `"`: {}, "' OR 1=1 --": {}, "owner : x": {}, "(": {}, "☃": {}, "a AND": {}, "nowhere": {}, "\x00\xff": {},
		} {
			got := found(t, s, u, query)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", query, diff)
			}
		}
	})
}

// TestSearchFollows: what changes, moves or goes is found as it is now.
func TestSearchFollows(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		r := start(t, s, u, "alpha")
		wants := func(step, query string, want int) {
			t.Helper()
			if got := found(t, s, u, query); len(got) != want {
				t.Errorf("%s: %q finds %q, want %d", step, query, got, want)
			}
		}
		must(t, s.Checkpoint(ctx(t), []store.Checkpoint{checkpoint(r, "midway")}, nil))
		wants("a checkpoint", "midway", 0)
		finish(t, s, r, "omega")
		wants("a finished reply", "omega", 1)
		title := "beta"
		_, err := s.UpdateChat(ctx(t), u.ID, r.Chat.ID, store.ChatPatch{Title: &title})
		must(t, err)
		wants("renamed", "alpha", 1) // the question
		wants("renamed", "beta", 1)
		must(t, s.DeleteChat(ctx(t), u.ID, r.Chat.ID))
		wants("deleted", "beta", 0)
		wants("deleted", "omega", 0)
		_, err = s.RestoreChat(ctx(t), u.ID, r.Chat.ID)
		must(t, err)
		wants("restored", "omega", 1)
		guestOf := *u
		u = register(t, s, "ada")
		u, err = s.SignIn(ctx(t), credentials("ada"), &guestOf)
		must(t, err)
		wants("merged", "beta", 1)
		wants("merged", "omega", 1)
		must(t, s.DeleteChat(ctx(t), u.ID, r.Chat.ID))
		c.advance(store.UndoTime)
		ids, err := s.PurgeChats(ctx(t))
		must(t, err)
		if len(ids) != 1 || count(t, s, "search_entries") != 0 || count(t, s, "messages") != 0 {
			t.Errorf("purged %v; left %d entries, %d messages", ids, count(t, s, "search_entries"), count(t, s, "messages"))
		}
	})
}

// TestSearchLongText: a text beyond what an index takes is saved, and found by its beginning.
func TestSearchLongText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		r := start(t, s, u, "begin")
		var b strings.Builder
		b.WriteString("beginning ")
		for i := range 400_000 {
			fmt.Fprintf(&b, "w%x ", i)
		}
		finish(t, s, r, b.String())
		if got := found(t, s, u, "beginning"); len(got) != 1 {
			t.Errorf("found %d", len(got))
		}
	})
}

// vocabulary makes words of three to ten letters: few of them are everywhere, most are rare, as in
// people's own texts.
type vocabulary struct {
	random *rand.Rand
	zipf   *rand.Zipf
	words  []string
}

func newVocabulary() *vocabulary {
	random := rand.New(rand.NewPCG(1, 2))
	v := &vocabulary{random: random, zipf: rand.NewZipf(random, 1.1, 3, 19_999)}
	for range 20_000 {
		var b strings.Builder
		for range 2 + random.IntN(4) {
			b.WriteString(string("bcdfglmnprstvz"[random.IntN(14)]) + string("aeiou"[random.IntN(5)]))
		}
		v.words = append(v.words, b.String())
	}
	return v
}

func (v *vocabulary) sentence(words int) string {
	var b strings.Builder
	for range words {
		b.WriteString(v.words[v.zipf.Uint64()] + " ")
	}
	return b.String()
}

// addMessages gives a chat replies of these texts, which hold no quotes, all at once.
func addMessages(t testing.TB, s *store.Store, chatID string, texts []string) {
	t.Helper()
	var values []string
	for i, text := range texts {
		values = append(values, fmt.Sprintf("('%s','%s',%d,'assistant','complete','2026-01-01','%s','[]')", chatID, store.NewID(), i+1, text))
	}
	_, err := s.Writer().DB.ExecContext(ctx(t), "INSERT INTO messages (chat_id,id,seq,role,status,created_at,text,parts) VALUES "+strings.Join(values, ","))
	must(t, err)
}

// fillMessages gives a user 1,000 chats with that many messages in all.
func fillMessages(t testing.TB, s *store.Store, u *store.User, messages int) *vocabulary {
	t.Helper()
	v := newVocabulary()
	for chat := range 1000 {
		c := &store.Chat{Title: v.sentence(4)}
		must(t, s.CreateChat(ctx(t), u, c))
		var texts []string
		for i := range messages / 1000 {
			texts = append(texts, v.sentence(60))
			if chat == 3 && i == 5 {
				texts[i] += " needle"
			}
		}
		addMessages(t, s, c.ID, texts)
	}
	if s.Dialect() == "postgres" {
		_, err := s.Writer().DB.ExecContext(ctx(t), "ANALYZE search_entries")
		must(t, err)
	}
	return v
}

// BenchmarkSearchOf100000 fails above 50 ms: one person's 100,000 messages, and a word that is everywhere, a rare one,
// several, the first letters of one.
func BenchmarkSearchOf100000(b *testing.B) {
	eachB(b, func(b *testing.B, s *store.Store) {
		u := guest(s)
		w := fillMessages(b, s, u, 100_000).words
		for name, query := range map[string]string{
			"one": "needle", "everywhere": w[0] + " ", "three": w[0] + " " + w[1] + " " + w[2] + " ", "two": w[30] + " " + w[9000], "rare": w[19_000],
			"begin2": w[0][:2], "begin3": w[0][:3], "begin4": w[3][:4], "begin": w[0], "letter": w[7][:1], "both": w[0] + " needle", "missing": "missing",
		} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Search(b.Context(), u.ID, query, 30); err != nil {
						b.Fatal(err)
					}
				}
				if each := b.Elapsed() / time.Duration(b.N); each > 50*time.Millisecond {
					b.Errorf("%q takes %s", query, each)
				}
			})
		}
	})
}

// TestSearchLongTexts: the match at the end of long texts is found, without a piece of memory for each of their words.
func TestSearchLongTexts(t *testing.T) {
	s := storetest.Open(t)
	u, c := guest(s), &store.Chat{}
	must(t, s.CreateChat(ctx(t), u, c))
	texts := make([]string, 10)
	for i := range texts {
		texts[i] = strings.Repeat("é ä ", 24_900) + "needle"
	}
	addMessages(t, s, c.ID, texts)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := found(t, s, u, "needle")
	runtime.ReadMemStats(&after)
	if made := after.Mallocs - before.Mallocs; len(got) != 10 || !strings.HasSuffix(got[0], "[needle]") || made > 50_000 {
		t.Errorf("%d results, %d allocations", len(got), made)
	}
}
