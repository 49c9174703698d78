package views_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/views"
)

func TestGroupChats(t *testing.T) {
	// The clocks go back an hour on this night: that day has 25 hours.
	torino, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Skip("no time zone database on this machine:", err)
	}
	now := time.Date(2026, 10, 26, 9, 0, 0, 0, torino)
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, torino).UTC()
	}
	pinned := now
	chats := []store.Chat{
		{ID: "pinned", PinnedAt: &pinned, UpdatedAt: at(1, 1, 0)}, {ID: "now", UpdatedAt: now.UTC()}, {ID: "midnight", UpdatedAt: at(10, 26, 0)},
		{ID: "late", UpdatedAt: at(10, 25, 23)}, {ID: "start of yesterday", UpdatedAt: at(10, 25, 0)}, {ID: "before", UpdatedAt: at(10, 24, 23)},
		{ID: "week", UpdatedAt: at(10, 19, 0)}, {ID: "month", UpdatedAt: at(10, 18, 23)}, {ID: "old", UpdatedAt: at(9, 25, 23)},
	}
	got := [][]string{}
	for _, group := range views.GroupChats(chats, now, torino) {
		row := []string{group.Label}
		for _, chat := range group.Chats {
			row = append(row, chat.ID)
		}
		got = append(got, row)
	}
	want := [][]string{
		{"Pinned", "pinned"}, {"Today", "now", "midnight"}, {"Yesterday", "late", "start of yesterday"},
		{"Previous 7 days", "before", "week"}, {"Previous 30 days", "month"}, {"Older", "old"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if groups := views.GroupChats(nil, now, torino); len(groups) != 0 {
		t.Errorf("no chats: %v", groups)
	}
}

func TestSidebarChats(t *testing.T) {
	p := page()
	p.ChatID = "c2"
	stream := "s1"
	list := views.ChatList{NextURL: "/chats?cursor=x", Groups: []views.ChatGroup{
		{Label: "Today", Chats: []store.Chat{{ID: "c1", Title: "<b>", StreamID: &stream}, {ID: "c2", Title: "Two"}}},
	}}
	doc := render(t, views.SidebarChats(p, list))
	wants(t, doc, map[string]int{
		id("sidebar-chat"): 2, `#chat-c2 > a[href="/chatShow/c2"][aria-current="page"]`: 1, `#chat-c1 > a[aria-current]`: 0,
		"#chat-c1 .live-dot": 1, "#chat-c2 .live-dot": 0, `a.chat-more[hx-get="/chats?cursor=x"][href="/chats?cursor=x"]`: 1,
		`#chat-c1 form[method="post"][action="/chatDelete/c1"] input[name="_method"][value="DELETE"]`: 1, id("chat-delete") + `[hx-confirm]`: 2,
	})
	if got := doc.Find("#chat-c1-title").Text(); got != "<b>" {
		t.Errorf("title %q", got)
	}
	wants(t, render(t, views.SidebarChats(p, views.ChatList{})), map[string]int{"[data-empty]": 1, ".chat-more": 0})
}
