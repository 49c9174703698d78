package model

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"alleato/ai/model/script"
)

// What opens the requests that write documents, as package ai has them.
const (
	writePrompt   = "Write the document"
	rewritePrompt = "Rewrite the document"
	finishPrompt  = "Go on with the document"
	suggestPrompt = "Suggest improvements"
)

var (
	wantsDocument    = regexp.MustCompile(`(?i)\b(write|draft|create|make|start|give me)\b.*\b(document|artifact|artefact)\b`)
	wantsRewrite     = regexp.MustCompile(`(?i)\b(rewrite|update|change|shorten|lengthen|polish|finish)\b.*\b(document|artifact|artefact)\b`)
	wantsSuggestions = regexp.MustCompile(`(?i)\b(suggest|suggestions|improvements)\b.*\b(document|artifact|artefact)\b`)
	demoCharted      = regexp.MustCompile(`^Make a new page document with a chart of the data in the document “(.*?)”`) // the quick action
	documentLine     = regexp.MustCompile(`(?m)^- id ([\w-]+), kind (\w+), title "(.*)"$`)
	documentText     = regexp.MustCompile(`(?s)<document-\w+>\n(.*)\n</document-`)
)

// document answers what has to do with documents: the calls of tools, what they write, and what is said
// after them.
func (b *book) document(r script.Request, start, pace time.Duration) (script.Reply, bool) {
	system, question := "", r.Last("user")
	if len(r.Messages) > 0 && r.Messages[0].Role == "system" {
		system = r.Messages[0].Text
	}
	text := ""
	switch {
	case strings.HasPrefix(system, writePrompt):
		text = demoDocument(system, question)
	case strings.HasPrefix(system, rewritePrompt):
		text = demoRewritten(system, question)
	case strings.HasPrefix(system, finishPrompt):
		text = demoRest(system)
	case strings.HasPrefix(system, suggestPrompt):
		text = demoSuggestions(system, question)
	case len(r.Tools) == 0:
		return script.Reply{}, false
	case r.Messages[len(r.Messages)-1].Role == "tool":
		text = demoAfterTool(r.Messages[len(r.Messages)-1].Text)
	default:
		name, arguments := demoCall(system, question)
		if name == "" {
			return script.Reply{}, false
		}
		return script.Reply{Chunks: []script.Chunk{{ToolID: fmt.Sprintf("call_%d", len(r.Messages)), ToolName: name, ToolArgs: arguments, Delay: start}}}, true
	}
	chunks := script.Words(text, pace)
	chunks[0].Delay = start
	return script.Reply{Chunks: chunks}, true
}

// demoCall chooses a tool by the words of the question.
func demoCall(system, question string) (name, arguments string) {
	known := documentLine.FindStringSubmatch(system)
	encode := func(fields map[string]string) string {
		b, err := json.Marshal(fields)
		if err != nil {
			return "{}" // cannot happen: strings
		}
		return string(b)
	}
	switch {
	case wantsSuggestions.MatchString(question) && known != nil:
		return "requestSuggestions", encode(map[string]string{"documentId": known[1], "description": question})
	case wantsRewrite.MatchString(question) && known != nil:
		return "updateDocument", encode(map[string]string{"id": known[1], "description": question})
	case demoCharted.MatchString(question):
		return "createDocument", encode(map[string]string{"title": "Chart of " + demoCharted.FindStringSubmatch(question)[1], "kind": "html"})
	case wantsDocument.MatchString(question):
		return "createDocument", encode(map[string]string{"title": demoTitle([]script.Message{{Role: "user", Text: question}}), "kind": demoKind(question)})
	}
	return "", ""
}

func demoKind(question string) string {
	for _, k := range [...]struct{ kind, words string }{
		{"sheet", " sheet spreadsheet csv table rows "}, {"code", " code script program function python javascript "}, {"html", " page html svg website web "},
	} {
		for _, word := range strings.Fields(plainWords(question)) {
			if strings.Contains(k.words, " "+word+" ") {
				return k.kind
			}
		}
	}
	return "text"
}

func demoDocument(system, question string) string {
	switch {
	case strings.Contains(system, "It is code"):
		return "```python\n# A sieve of Eratosthenes, from the demo model.\ndef primes(limit):\n    sieve = [True] * (limit + 1)\n    for n in range(2, limit + 1):\n        if sieve[n]:\n            yield n\n            for multiple in range(n * n, limit + 1, n):\n                sieve[multiple] = False\n\nprint(list(primes(50)))\n```"
	case strings.Contains(system, "It is a sheet"):
		return "Region,Revenue,Growth\nTorino,2210000,38\nMilano,1320000,21\nBologna,670000,9\n"
	case strings.Contains(system, "It is a page") && demoChart(system) != "":
		return demoChart(system)
	case strings.Contains(system, "It is a page"):
		return "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Demo</title>\n<style>body { font: 18px/1.6 system-ui; display: grid; place-items: center; min-height: 90vh }</style>\n<h1>Hello from the demo model</h1>\n<p>It is <output id=\"now\"></output>.</p>\n<script>document.getElementById('now').textContent = new Date().toLocaleTimeString()</script>\n</html>\n"
	}
	return "# A document of the demo model\n\nYou asked: “" + quoted(question) + "”\n\nNo language model is configured on this server, so this text is always the same. It is a document all the same: you can edit it, walk through its versions, compare them, share it and download it.\n\n## What to try\n\n- Ask me to **rewrite the document**, and look at what changed.\n- Ask me to **suggest improvements of the document**, and accept one.\n- Write your own words here, and save them.\n"
}

func demoRewritten(system, question string) string {
	text := "Nothing was there.\n"
	if m := documentText.FindStringSubmatch(system); m != nil {
		text = m[1]
	}
	note := "As you asked: “" + strings.Join(strings.Fields(strings.ReplaceAll(firstWords(question), "--", "—")), " ") + "”"
	body := strings.TrimRight(text, "\n")
	switch {
	case strings.Contains(system, "It is code"):
		return demoCode(body, question, note)
	case strings.Contains(system, "It is a sheet"):
		return demoCleaned(text)
	case strings.Contains(system, "It is a page") && strings.HasPrefix(strings.TrimSpace(body), "<"):
		return body + "\n<!-- " + note + " -->\n"
	case strings.Contains(system, "It is a page"): // a diagram
		return body + "\n%% " + note + "\n"
	}
	return body + "\n\n## Rewritten\n\nAs you asked: “" + quoted(question) + "”\n"
}

// demoRest is what the demo model lets a document of its own end with, whatever is missing.
func demoRest(system string) string {
	switch {
	case strings.Contains(system, "It is code"):
		return "```python\n# The end, from the demo model.\n```"
	case strings.Contains(system, "It is a sheet"):
		return "The end,0,0\n"
	case strings.Contains(system, "It is the source of a page"):
		return "<p>The end, from the demo model.</p>\n"
	}
	return "## The end\n\nThe demo model does not know what else was to come.\n"
}

var wantsLanguage = regexp.MustCompile(`in another language: ([\w+#]+)\.`)

// demoCode notes in the code what was asked for. It knows no languages: what is to be in another one becomes
// a comment there.
func demoCode(code, question, note string) string {
	m := wantsLanguage.FindStringSubmatch(question)
	if m == nil {
		return demoComment(code) + " " + note + "\n" + code + "\n"
	}
	comment := map[string]string{"Python": "#", "Bash": "#", "SQL": "--"}[m[1]]
	if comment == "" {
		comment = "//"
	}
	lines := strings.Split("The demo model knows no "+m[1]+"; another model writes it here, of this:\n\n"+code, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(comment+" "+line, " ")
	}
	return "```" + strings.ToLower(m[1]) + "\n" + strings.Join(lines, "\n") + "\n```\n"
}

// demoCleaned leaves out the rows that are empty or doubled, and the blanks around cells.
func demoCleaned(text string) string {
	seen := map[string]bool{"": true}
	var b strings.Builder
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSpace(line), ",")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if row := strings.Join(cells, ","); !seen[row] {
			seen[row] = true
			b.WriteString(row + "\n")
		}
	}
	return b.String()
}

// firstWords is a question without what it quotes.
func firstWords(question string) string {
	words, _, _ := strings.Cut(question, "\n")
	return words
}

func demoAfterTool(result string) string {
	switch {
	case strings.HasPrefix(result, "Error: "):
		return "That did not work: " + quoted(strings.TrimPrefix(result, "Error: ")) + "\n\n" + shortNotice
	case strings.Contains(result, `"count"`):
		return "I left my suggestions in the document: open it to accept or dismiss them.\n\n---\n\n" + shortNotice
	}
	return "I put that into a document beside this chat. Open it to read, edit, compare or share it.\n\n---\n\n" + shortNotice
}
