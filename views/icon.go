package views

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// icon is one of the sprite's symbols. The asset build finds the names it must put into the
// sprite by reading these calls: name is always a literal, and so is class. It is written by hand,
// as a page has hundreds: a component that templ makes of it costs ten times as much.
func icon(p Page, name, class string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<svg class="`+class+`" aria-hidden="true"><use href="`+templ.EscapeString(p.Asset("icons.svg"))+"#"+name+`"></use></svg>`)
		return err
	})
}
