package views

import (
	"time"

	"alleato/store"
)

// ChatGroup is a run of chats under one heading of the sidebar.
type ChatGroup struct {
	Label string
	Chats []store.Chat
}

// ChatList is one page of the sidebar's chats. NextURL loads the next page, "" when there is none.
type ChatList struct {
	Groups  []ChatGroup
	NextURL string
}

// GroupChats puts chats, which come pinned first and then newest first, under the headings of
// the sidebar. Days are those of loc.
func GroupChats(chats []store.Chat, now time.Time, loc *time.Location) []ChatGroup {
	var groups []ChatGroup
	for _, chat := range chats {
		label := groupLabel(chat, now.In(loc), loc)
		if last := len(groups) - 1; last >= 0 && groups[last].Label == label {
			groups[last].Chats = append(groups[last].Chats, chat)
			continue
		}
		groups = append(groups, ChatGroup{Label: label, Chats: []store.Chat{chat}})
	}
	return groups
}

// groupLabel counts in calendar days, not in hours: AddDate keeps midnight midnight on the two
// days of the year that have 23 or 25 hours.
func groupLabel(chat store.Chat, now time.Time, loc *time.Location) string {
	if chat.PinnedAt != nil {
		return "Pinned"
	}
	year, month, day := now.Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, loc)
	switch at := chat.UpdatedAt; {
	case !at.Before(midnight):
		return "Today"
	case !at.Before(midnight.AddDate(0, 0, -1)):
		return "Yesterday"
	case !at.Before(midnight.AddDate(0, 0, -7)):
		return "Previous 7 days"
	case !at.Before(midnight.AddDate(0, 0, -30)):
		return "Previous 30 days"
	}
	return "Older"
}
