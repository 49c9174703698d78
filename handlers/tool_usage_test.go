package handlers_test

import (
	"strings"
	"testing"

	"alleato/ai/model/script"
)

// TestToolUsage: what a tool's own model call took is counted with its reply.
func TestToolUsage(t *testing.T) {
	s := withTools(t, func(r script.Request) script.Reply {
		reply := writer(r)
		switch {
		case strings.HasPrefix(system(r), "Write the document"):
			reply.Usage = &script.Usage{InputTokens: 1000, OutputTokens: 200}
		case strings.HasPrefix(system(r), "Suggest improvements"):
			reply.Usage = &script.Usage{InputTokens: 5000, OutputTokens: 600}
		default:
			reply.Usage = &script.Usage{InputTokens: 10, OutputTokens: 3}
		}
		return reply
	})
	p := s.program()
	for _, c := range []struct {
		text    string
		in, out int
	}{{"create", 1020, 206}, {"suggest", 5020, 606}, {"Hello", 10, 3}} {
		reply := p.says(c.text)
		in, out := reply.Usage.InputTokens, reply.Usage.OutputTokens
		if in == nil || out == nil || *in != c.in || *out != c.out {
			t.Errorf("%s: %v in, %v out; want %d, %d", c.text, in, out, c.in, c.out)
		}
	}
}
