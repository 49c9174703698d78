package views

import "alleato/store"

func shareName(v ChatView) string {
	if v.Chat.Visibility == store.Public {
		return "Public"
	}
	return "Private"
}
