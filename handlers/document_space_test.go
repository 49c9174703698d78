package handlers_test

import (
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"alleato/ai/model/script"
	"alleato/store"
	"alleato/store/storetest"
)

// TestDocumentSpace: where there is no more space a save says what to do and a form keeps the text; an
// assistant keeps what it wrote until then, and its card says why it ended.
func TestDocumentSpace(t *testing.T) {
	limits := map[store.Role]store.Limit{store.RoleGuest: {DocumentBytes: 4000, Documents: 3}}
	st := storetest.OpenLimited(t, os.Getenv("ALLEATO_TEST_DATABASE") == "postgres", limits)
	s := newSiteOn(t, st, func(r script.Request) script.Reply {
		if strings.HasPrefix(system(r), "Write the document") {
			return saying(0, strings.Split(strings.Repeat("word ", 2000), " ")...)
		}
		return script.Say("Talk")
	})
	p := s.program()
	d := p.newDocument("text", "Plan", "short")
	a := p.do("PUT", "/api/v1/documents/"+d.ID, m{"content": strings.Repeat("x", 4000)}, asJSON...)
	if a.status != 413 || !strings.Contains(a.body, "3.9 KB") || !strings.Contains(a.body, "Delete documents") {
		t.Errorf("a save: %d %s", a.status, a.body)
	}
	var reply struct{ Message store.Message }
	p.json("POST", "/api/v1/chats/c/messages", m{"text": "a long text", "document": "text"}, &reply)
	card := ""
	for _, part := range reply.Message.Parts {
		card += part.ErrorText
	}
	if !strings.Contains(card, "no more space for documents") {
		t.Errorf("the card says %q, the reply is %s", card, reply.Message.Status)
	}
	var list struct {
		Documents []store.Document
		Usage     struct{ Documents, MaxDocuments, Used, Quota int64 }
	}
	p.json("GET", "/api/v1/documents", nil, &list)
	written := p.document(list.Documents[0].ID)
	if n := len(written.Text()); n < 3000 || n > 4000 || written.StreamID != nil || list.Usage.Used > 4000 || list.Usage.Quota != 4000 || list.Usage.MaxDocuments != 3 || list.Usage.Documents != 2 {
		t.Errorf("%d bytes were kept; usage %+v", n, list.Usage)
	}
	p.json("DELETE", "/api/v1/documents/"+written.ID, nil, nil)
	p.json("PUT", "/api/v1/documents/"+d.ID, m{"content": strings.Repeat("x", 3000)}, nil)

	b := s.browser()
	mine := b.newDocument("text", "Plan", "short")
	refused := b.do("POST", "/documents/"+mine.ID, url.Values{"_method": {"PUT"}, "content": {"kept " + strings.Repeat("y", 5000)}, "title": {"My new title"}}, asPage...)
	if refused.status != 413 || !strings.Contains(refused.body, "kept yyyy") || !strings.Contains(refused.body, "My new title") || !strings.Contains(refused.body, "artifact-problem") {
		t.Errorf("a form: %d %.500s", refused.status, refused.body)
	}
	if strings.Contains(refused.body, "data-editable") {
		t.Error("an editor with what is stored would take the place of what was not saved")
	}
}

// TestDocumentSpaceInParallel: two replies that write documents at the same time do not both fit into the last space;
// what each could take is kept, and what it did not need is free again.
func TestDocumentSpaceInParallel(t *testing.T) {
	const quota = 40_000
	st := storetest.OpenLimited(t, os.Getenv("ALLEATO_TEST_DATABASE") == "postgres", map[store.Role]store.Limit{store.RoleGuest: {DocumentBytes: quota}})
	var both sync.WaitGroup
	both.Add(2)
	s := newSiteOn(t, st, func(r script.Request) script.Reply {
		if strings.HasPrefix(system(r), "Write the document") {
			both.Done() // each has its version by now
			both.Wait()
			return saying(0, strings.SplitAfter(strings.Repeat("word ", 6000), " ")...)
		}
		return script.Say("Talk")
	})
	p := s.program()
	var replies sync.WaitGroup
	for _, chat := range []string{"a", "b"} {
		replies.Go(func() {
			p.do("POST", "/api/v1/chats/"+chat+"/messages", m{"text": "a long text", "document": "text"}, asJSON...)
		})
	}
	replies.Wait()
	var list struct {
		Documents []store.Document
		Usage     struct{ Used int64 }
	}
	p.json("GET", "/api/v1/documents", nil, &list)
	sum := int64(0)
	for _, d := range list.Documents {
		d = p.document(d.ID)
		if sum += d.Size(); len(d.Text()) == 0 {
			t.Error("one of the two got nothing")
		}
	}
	short := int64(2 * len("word ")) // each may have no room for one word more
	if len(list.Documents) != 2 || sum > quota || sum <= quota-short || list.Usage.Used != sum {
		t.Errorf("%d documents take %d bytes of %d, counted as %d", len(list.Documents), sum, quota, list.Usage.Used)
	}
}

// TestDocumentBadInput: the longest text passes and one byte more does not; what is no text is refused; a
// broken sheet is shown as well as it can be.
func TestDocumentBadInput(t *testing.T) {
	s := newSite(t, say("Hello"))
	p := s.program()
	longest := strings.Repeat("x", store.MaxDocument)
	d := p.newDocument("text", "Long", longest)
	if got := p.document(d.ID); len(got.Text()) != store.MaxDocument {
		t.Errorf("%d bytes were kept", len(got.Text()))
	}
	for name, c := range map[string]struct {
		body   any
		status int
		says   string
	}{
		"one byte more": {m{"kind": "text", "content": longest + "x"}, 413, "2 MB at most"},
		"NUL":           {raw(`{"kind":"text","content":"a\u0000b"}`), 415, "text alone"},
		"a program":     {m{"kind": "text", "content": "\x7fELF\x01\x01\x01"}, 415, "text alone"},
		"no UTF-8":      {raw("{\"kind\":\"text\",\"content\":\"a\xffb\"}"), 415, "text alone"},
	} {
		if a := p.do("POST", "/api/v1/documents", c.body, asJSON...); a.status != c.status || !strings.Contains(a.body, c.says) {
			t.Errorf("%s: %d %.200s", name, a.status, a.body)
		}
	}
	b := s.browser()
	sheet := b.newDocument("sheet", "Broken", "a,b\" c\n1,2,3,4,5\n")
	if page := b.do("GET", "/documents/"+sheet.ID, nil, asPage...); page.status != 200 || !strings.Contains(page.body, "not quite proper CSV") || !strings.Contains(page.body, ">5<") {
		t.Errorf("a broken sheet: %d, said %v", page.status, strings.Contains(page.body, "proper CSV"))
	}
}
