package handlers_test

import (
	"strings"
	"testing"
)

// TestPreviewOfPictures: a drawing runs nothing, a diagram nothing but what draws it, and both stay in
// their frames.
func TestPreviewOfPictures(t *testing.T) {
	b := newSite(t, say("Hello")).browser()
	const svg, flow = `<?xml version="1.0"?><svg onload="x()"><script>x()</script></svg>`, "graph TD\n  A[\"</pre><script>x()</script>\"] --> B"
	for name, c := range map[string]struct {
		text     string
		language any
		policy   string
		holds    string
		lacks    string
	}{
		"svg":     {svg, nil, "sandbox; default-src 'none'; style-src 'unsafe-inline';", `<body><svg onload`, "<?xml"},
		"mermaid": {flow, nil, "sandbox allow-scripts; default-src 'none'; script-src 'self';", `<pre id="source" hidden>graph TD`, "<script>x()"},
		"chosen":  {"<svg></svg>", "html", "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline';", "<svg></svg>", "place-items"},
	} {
		d := b.newDocument("html", "Page", c.text, m{"language": c.language})
		a := b.do("GET", "/documents/"+d.ID+"/preview", nil, append([]string{"Sec-Fetch-Dest", "iframe"}, asPage...)...)
		if policy := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, c.policy) || !strings.Contains(policy, "frame-ancestors 'self'") || strings.Contains(policy, "same-origin") {
			t.Errorf("%s: the policy is %s", name, policy)
		}
		if a.status != 200 || !strings.Contains(a.body, c.holds) || strings.Contains(a.body, c.lacks) || a.header.Get("X-Frame-Options") != "SAMEORIGIN" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if a := b.do("GET", "/documents/"+d.ID+"/preview", nil, append([]string{"Sec-Fetch-Dest", "document"}, asPage...)...); a.status != 403 {
			t.Errorf("%s by itself: %d", name, a.status)
		}
	}
}

// TestPageLanguage: a page has one of three languages, or none.
func TestPageLanguage(t *testing.T) {
	b := newSite(t, say("Hello")).browser()
	for language, want := range map[string]int{"": 201, "SVG": 201, "mermaid": 201, "python": 422} {
		a := b.do("POST", "/documents", m{"kind": "html", "title": "x", "content": "y", "language": language}, asJSON...)
		if a.status != want {
			t.Errorf("%q: %d %s", language, a.status, a.body)
		}
	}
	d := b.newDocument("html", "x", "graph TD", nil)
	if a := b.do("PUT", "/documents/"+d.ID, m{"content": "graph TD", "language": "html"}, asJSON...); a.status != 200 || !strings.Contains(a.body, `"language":"html"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := b.do("PUT", "/documents/"+d.ID, m{"content": "graph TD", "language": ""}, asJSON...); a.status != 200 || !strings.Contains(a.body, `"language":null`) {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestPageReader: who may only read a page can look at its source too, without a script; it is not
// fetched for who edits it.
func TestPageReader(t *testing.T) {
	s := newSite(t, say("Hello"))
	b := s.browser()
	d := b.newDocument("html", "Page", "<p id=one>Words</p>", m{"visibility": "public"})
	if a := s.browser().do("GET", "/documents/"+d.ID, nil, asPage...); !strings.Contains(a.body, "&lt;") || !strings.Contains(a.body, `value="split"`) || strings.Contains(a.body, "data-host") {
		t.Errorf("a reader gets %s", a.body)
	}
	if a := b.do("GET", "/documents/"+d.ID, nil, asPage...); strings.Contains(a.body, "Words") || !strings.Contains(a.body, "data-host") {
		t.Errorf("its owner gets %s", a.body)
	}
}
