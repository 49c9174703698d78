package views

type shortcut struct {
	does string
	keys []string // pressed together; Ctrl is the command key on a Mac
}

type shortcutGroup struct {
	title string
	list  []shortcut
}

var shortcuts = []shortcutGroup{
	{"Anywhere", []shortcut{
		{"New chat", []string{"Ctrl", "Shift", "O"}},
		{"Search", []string{"Ctrl", "K"}},
		{"This list", []string{"?"}},
		{"This list, while writing", []string{"Ctrl", "/"}},
	}},
	{"Writing a message", []shortcut{
		{"Send", []string{"Enter"}},
		{"New line", []string{"Shift", "Enter"}},
		{"Commands", []string{"/"}},
		{"Paste a picture or a file", []string{"Ctrl", "V"}},
	}},
	{"Editing a question", []shortcut{
		{"Send", []string{"Ctrl", "Enter"}},
		{"Cancel", []string{"Esc"}},
	}},
	{"Documents", []shortcut{
		{"Save as a version", []string{"Ctrl", "S"}},
		{"Next suggestion", []string{"F8"}},
		{"Previous suggestion", []string{"Shift", "F8"}},
	}},
	{"Menus and dialogs", []shortcut{
		{"Walk the items", []string{"↑", "↓"}},
		{"Close", []string{"Esc"}},
	}},
}
