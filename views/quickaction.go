package views

// QuickAction is something that the assistant can be asked to do to a document with a press.
type QuickAction struct {
	Name, Label string
	Choices     []QuickChoice
}

// QuickChoice is one of the ways to do it.
type QuickChoice struct{ Name, Label string }

// canAsk: the assistant works on the newest version of one's own document.
func (v DocumentView) canAsk() bool { return v.canEdit() && len(v.Actions) > 0 }
