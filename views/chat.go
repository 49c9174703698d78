package views

func (v ChatView) heading() string {
	if v.Chat == nil || v.Chat.Title == "" {
		return "New chat"
	}
	return v.Chat.Title
}
