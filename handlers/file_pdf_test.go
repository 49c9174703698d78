package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"alleato/ai/model/script"
)

// aPDF has one page with this text.
func aPDF(text string) []byte {
	content := "BT /F1 12 Tf 50 700 Td (" + text + ") Tj ET"
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content), "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}
	b, xref := []byte("%PDF-1.4\n"), "0000000000 65535 f \n"
	for i, o := range objects {
		xref += fmt.Sprintf("%010d 00000 n \n", len(b))
		b = fmt.Appendf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	return fmt.Appendf(b, "xref\n0 6\n%strailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", xref, len(b))
}

// TestPDFAttachment: the model gets the text; of a PDF without any the page says so.
func TestPDFAttachment(t *testing.T) {
	got := make(chan string, 10)
	s := newSite(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(r.Messages[0].Text, "You are") {
			got <- r.Last("user")
		}
		return saying(0, "Fine.")
	})
	p := s.program()
	for chat, c := range map[string][3]string{"full": {"Total: 42 euros", "<attachment name=\"bill.pdf\">\nTotal: 42 euros\n</attachment>", ""},
		"bare": {"", "holds no text that can be read", "does not see this file"}} {
		f := p.upload("bill.pdf", aPDF(c[0]))
		p.json("POST", "/api/v1/chats/"+chat+"/messages", map[string]any{"text": "How much?", "files": []string{f.ID}}, nil)
		if text := <-got; !strings.Contains(text, c[1]) {
			t.Errorf("%s: the model got %q", chat, text)
		}
		if shown := p.do("GET", "/api/v1/chats/"+chat, nil); !strings.Contains(shown.body, c[2]) {
			t.Errorf("%s: %s", chat, shown.body)
		}
		if a := p.do("GET", s.at(f.URL), nil); a.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %v", chat, a.header)
		}
	}
	p.json("DELETE", "/api/v1/chats", nil, nil)
	s.purge()
	p.empty("deleted PDFs")
}
