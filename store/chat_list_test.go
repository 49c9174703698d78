package store_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

func listAll(t *testing.T, s *store.Store, userID string, q store.ChatQuery) []string {
	t.Helper()
	out := []string{}
	for page := 0; ; page++ {
		chats, after, err := s.Chats(ctx(t), userID, q)
		must(t, err)
		if q.Limit > 0 && len(chats) > q.Limit {
			t.Fatalf("%d chats on a page of %d", len(chats), q.Limit)
		}
		for _, c := range chats {
			out = append(out, c.Title)
		}
		if after == "" {
			return out
		}
		if q.Cursor = after; page > 1000 {
			t.Fatal("the pages do not end")
		}
	}
}

// TestChatsPageOverTies: equal times, whole seconds and fractions, pinned and
// not: whatever the page size, each chat comes once and in the same order.
func TestChatsPageOverTies(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		steps := []time.Duration{0, 0, 0, time.Microsecond, 0, 9 * time.Microsecond, 90 * time.Microsecond, 0, time.Second, 0, time.Hour}
		type row struct {
			title, id string
			at        time.Time
			pinned    bool
		}
		var rows []row
		for i, step := range steps {
			c.advance(step)
			chat := &store.Chat{Title: fmt.Sprint("chat ", i)}
			must(t, s.CreateChat(ctx(t), u, chat))
			if i%3 == 1 {
				_, err := s.UpdateChat(ctx(t), u.ID, chat.ID, store.ChatPatch{Pinned: ptr(true)})
				must(t, err)
			}
			rows = append(rows, row{chat.Title, chat.ID, chat.UpdatedAt, i%3 == 1})
		}
		start(t, s, guest(s), "a stranger's")
		slices.SortFunc(rows, func(a, b row) int {
			if a.pinned != b.pinned {
				return map[bool]int{true: -1, false: 1}[a.pinned]
			}
			if n := b.at.Compare(a.at); n != 0 {
				return n
			}
			return strings.Compare(b.id, a.id)
		})
		want := []string{}
		for _, r := range rows {
			want = append(want, r.title)
		}
		for limit := range len(steps) + 2 {
			if diff := cmp.Diff(want, listAll(t, s, u.ID, store.ChatQuery{Limit: limit})); diff != "" {
				t.Errorf("pages of %d (-want +got):\n%s", limit, diff)
			}
		}
	})
}

func TestChatsMoveWithMessages(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		one := start(t, s, u, "one")
		c.advance(time.Second)
		two := start(t, s, u, "two")
		finish(t, s, two, "done")
		c.advance(time.Second)
		_, err := s.UpdateChat(ctx(t), u.ID, one.Chat.ID, store.ChatPatch{Model: ptr("m")})
		must(t, err)
		if diff := cmp.Diff([]string{"two", "one"}, listAll(t, s, u.ID, store.ChatQuery{})); diff != "" {
			t.Errorf("a change is no message (-want +got):\n%s", diff)
		}
		chats, _, err := s.Chats(ctx(t), u.ID, store.ChatQuery{})
		must(t, err)
		if chats[0].StreamID != nil || chats[1].StreamID == nil || *chats[1].StreamID != one.Stream.ID {
			t.Errorf("in progress: %v, %v", chats[0].StreamID, chats[1].StreamID)
		}
		finish(t, s, one, "done")
		if diff := cmp.Diff([]string{"one", "two"}, listAll(t, s, u.ID, store.ChatQuery{})); diff != "" {
			t.Errorf("after a reply (-want +got):\n%s", diff)
		}
	})
}

func TestChatsSearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		for _, title := range []string{"Élan vital", "100% sure", "snake_case", `back\slash`, "O'Brien", "plain"} {
			must(t, s.CreateChat(ctx(t), u, &store.Chat{Title: title}))
		}
		for q, want := range map[string][]string{
			"PLAIN": {"plain"}, "élan": {"Élan vital"}, "ÉLAN": {"Élan vital"}, "%": {"100% sure"}, "_": {"snake_case"},
			`\`: {`back\slash`}, "o'b": {"O'Brien"}, "nothing": {}, "a\x00n": {"Élan vital"}, "' OR 1=1 --": {},
		} {
			got := listAll(t, s, u.ID, store.ChatQuery{Q: q, Limit: 2})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", q, diff)
			}
		}
	})
}

func TestChatsLimitsAndCursors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		for range 105 {
			must(t, s.CreateChat(ctx(t), u, &store.Chat{}))
		}
		for limit, want := range map[int]int{0: 50, -1: 50, 7: 7, 100: 100, 1 << 30: 100} {
			chats, after, err := s.Chats(ctx(t), u.ID, store.ChatQuery{Limit: limit})
			must(t, err)
			if len(chats) != want || after == "" {
				t.Errorf("limit %d: %d chats, cursor %q", limit, len(chats), after)
			}
		}
		for _, bad := range []string{
			"nonsense", "e30", "%", base64.RawURLEncoding.EncodeToString([]byte(`{"t":1,"i":"a' OR 1=1"}`)),
			base64.RawURLEncoding.EncodeToString([]byte(`{"t":9223372036854775807,"i":"a"}`)),
		} {
			_, _, err := s.Chats(ctx(t), u.ID, store.ChatQuery{Cursor: bad})
			wantField(t, err, store.Invalid, "cursor")
		}
		chats, after, err := s.Chats(ctx(t), "nobody", store.ChatQuery{})
		if len(chats) != 0 || chats == nil || after != "" || err != nil {
			t.Errorf("nobody's: %v, %q, %v", chats, after, err)
		}
	})
}
