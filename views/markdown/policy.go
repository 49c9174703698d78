package markdown

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// newPolicy is the allow-list for everything this package returns. It starts from nothing,
// since UGCPolicy lets ids, images and more through, and names exactly the markup that
// html.go, link.go and code.go write. No svg, math, style, select or option: bluemonday has
// had holes there.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li",
		"em", "strong", "del", "code", "pre", "span", "div", "figure", "figcaption",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^\d{1,9}$`)).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|right|center)$`)).OnElements("td", "th")
	allowLinks(p)
	allowCode(p)
	allowHelpers(p)
	return p
}

func allowLinks(p *bluemonday.Policy) {
	p.AllowAttrs("href", "title").OnElements("a")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^image-link$`)).OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
}

func allowCode(p *bluemonday.Policy) {
	class := func(pattern string, elements ...string) {
		p.AllowAttrs("class").Matching(regexp.MustCompile(pattern)).OnElements(elements...)
	}
	class(`^code$`, "figure")
	class(`^code-(copy|wrap)$`, "button")
	class(`^(chroma|plain|pending)$`, "pre")
	class(`^(code-open|language-[\w+#.-]{1,32}( code-open)?)$`, "code")
	class(`^(code-lang|math|math-display|image-alt|image-host|[a-z][a-z0-9]{0,2})$`, "span")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^button$`)).OnElements("button")
	p.AllowAttrs("data-copy", "data-wrap").Matching(regexp.MustCompile(`^code$`)).OnElements("button")
}

// allowHelpers: scrolling regions that a keyboard can reach, and read-only check boxes.
func allowHelpers(p *bluemonday.Policy) {
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).OnElements("pre", "div")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(table-wrap|math-display)$`)).OnElements("div")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^group$`)).OnElements("div")
	p.AllowAttrs("aria-label").Matching(regexp.MustCompile(`^Table$`)).OnElements("div")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").Matching(regexp.MustCompile(`^$`)).OnElements("input")
	p.AllowAttrs("aria-label").Matching(regexp.MustCompile(`^(Done|To do)$`)).OnElements("input")
}
