package views

import "github.com/a-h/templ"

// tooltip is a control's name with its shortcut.
func tooltip(label, keys string) string {
	if keys == "" {
		return label
	}
	return label + " (" + keys + ")"
}

// pressable is what a button says that can be on.
func pressable(toggle bool) templ.Attributes {
	if !toggle {
		return nil
	}
	return templ.Attributes{"aria-pressed": "false"}
}
