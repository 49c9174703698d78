package markdown_test

import (
	"testing"

	"alleato/views/markdown"
)

// TestWithPictures: a picture of ours is shown, one that is gone is said to be, and no other becomes one.
func TestWithPictures(t *testing.T) {
	r := markdown.New(markdown.Options{})
	find := func(address string) (string, bool) {
		switch address {
		case "/f/one/key/a.png":
			return `/f/one/new/a"b.png`, true
		case "/f/gone/key":
			return "", true
		}
		return "", false
	}
	for src, want := range map[string]string{
		`![A < b "x"](/f/one/key/a.png 'T')`: `<p><img class="picture" src="/f/one/new/a&#34;b.png" alt="A &lt; b &#34;x&#34;" loading="lazy"></p>` + "\n",
		"![](/f/one/key/a.png)":              `<p><img class="picture" src="/f/one/new/a&#34;b.png" alt="" loading="lazy"></p>` + "\n",
		"![x](/f/gone/key)":                  `<p><span class="picture-gone">x (this picture is not there any more)</span></p>` + "\n",
	} {
		if got := markdown.WithPictures(r.Render(src), find); got != want {
			t.Errorf("%s: %s", src, got)
		}
	}
	for _, src := range []string{"![x](https://f/one/key/a.png)", "![x](//f/one/key/a.png)", "[Image](/f/one/key/a.png)", "![x](/other)", "`![x](/f/one/key/a.png)`",
		`<a href="/f/one/key/a.png" class="image-link">Image: x</a>`, "[![x](/f/one/key/a.png)](https://x.example)"} {
		if page := r.Render(src); markdown.WithPictures(page, find) != page {
			t.Errorf("%s became %s", src, markdown.WithPictures(page, find))
		}
	}
}
