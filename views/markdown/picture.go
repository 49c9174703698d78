package markdown

import (
	"html"
	"regexp"
	"strings"
)

// picturePlace finds what this package writes in the place of a picture that is not of another host.
var picturePlace = regexp.MustCompile(`<a href="([^"]*)"[^<>]* class="image-link"[^<>]*>Image(?:: ([^<]*))?</a>`)

// WithPictures puts pictures of this server into HTML that Render made. find says of an address whether it
// is a file of ours, and where that can be read: "" is one that is gone, of which the words stay. Other
// addresses stay links: a picture of somebody else's host is never loaded by itself.
func WithPictures(page string, find func(address string) (src string, ours bool)) string {
	return picturePlace.ReplaceAllStringFunc(page, func(link string) string {
		m := picturePlace.FindStringSubmatch(link)
		src, ours := find(html.UnescapeString(m[1]))
		switch alt := m[2]; {
		case !ours:
			return link
		case src == "":
			return `<span class="picture-gone">` + strings.TrimSpace(alt+" (this picture is not there any more)") + `</span>`
		default:
			return `<img class="picture" src="` + html.EscapeString(src) + `" alt="` + alt + `" loading="lazy">`
		}
	})
}
