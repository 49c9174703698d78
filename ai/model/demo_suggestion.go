package model

import (
	"encoding/json"
	"regexp"
	"strings"
)

// demoSuggestion is a change that the demo model proposes where a text holds its original words.
type demoSuggestion struct {
	Original    string `json:"originalText"`
	Suggested   string `json:"suggestedText"`
	Description string `json:"description"`
}

// demoChanges are what it knows, by the words of the request that name the kind of the document.
var demoChanges = map[string][]demoSuggestion{
	"It is a text": {
		{"always the same", "the same every time", "Shorter, and nearer to how people speak."},
		{"What to try", "Try this", "Shorter, and nearer to how people speak."},
		{"Write your own words here", "Put your own words here", "Shorter, and nearer to how people speak."},
	},
	"It is code": {
		{"# A sieve of Eratosthenes, from the demo model.", "# A sieve of Eratosthenes.", "Says what is there, not who wrote it."},
		{"def primes(limit):", "def primes(limit):\n    \"\"\"Yield the primes up to limit.\"\"\"", "Says what it does."},
		{"for multiple in range(n * n, limit + 1, n):\n                sieve[multiple] = False", "sieve[n * n::n] = [False] * len(sieve[n * n::n])", "One assignment instead of a loop."},
		{"print(list(primes(50)))", "if __name__ == \"__main__\":\n    print(list(primes(50)))", "Prints as a program, and is quiet when it is imported."},
		{"except:", "except Exception:", "Lets Ctrl+C through."},
		{"== None", "is None", "There is one None."},
		{"fmt.Println(err)", "fmt.Fprintln(os.Stderr, err)", "Errors go where errors are looked for."},
		{"var ", "let ", "Is known in its block alone."},
	},
	"It is a sheet": {
		{"Revenue", "Revenue (EUR)", "Says in which currency."},
		{"Growth", "Growth (%)", "Says what is counted."},
	},
	"It is the source of a page": {
		{`<meta charset="utf-8">`, "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">", "Fits the width of a phone."},
		{"font: 18px/1.6", "font: 1.125rem/1.6", "Follows the size that the reader has chosen."},
		{"Hello from the demo model", "Hello", "Greets who reads it."},
		{"<html>", `<html lang="en">`, "Screen readers need to know the language."},
		{"<svg ", `<svg role="img" `, "Screen readers take it for one picture."},
	},
}

// demoSelected are the lines of the part of a document that a question is about alone: a quotation in it.
var demoSelected = regexp.MustCompile(`(?m)^> > ?(.*)$`)

// demoSuggestions improves what it knows to improve, or else the first words.
func demoSuggestions(system, text string) string {
	var part []string
	for _, m := range demoSelected.FindAllStringSubmatch(system, -1) {
		part = append(part, m[1])
	}
	if lines := strings.Join(part, "\n"); strings.Contains(text, lines) && lines != "" {
		text = lines
	}
	kind := "It is a text"
	for known := range demoChanges {
		if strings.Contains(system, known) {
			kind = known
		}
	}
	var found []demoSuggestion
	for _, g := range demoChanges[kind] {
		if strings.Contains(text, g.Original) {
			found = append(found, g)
		}
	}
	if len(found) == 0 {
		found = demoOwnSuggestion(kind, text)
	}
	var b strings.Builder
	for _, g := range found {
		line, err := json.Marshal(g)
		if err != nil { // cannot happen: strings
			continue
		}
		b.Write(append(line, '\n'))
	}
	if b.Len() == 0 {
		return "There is nothing to improve."
	}
	return b.String()
}

// demoOwnSuggestion is one that fits any document of a kind but a page, of which nobody knows what it does.
func demoOwnSuggestion(kind, text string) []demoSuggestion {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	words := strings.Fields(first)
	switch {
	case len(words) == 0 || strings.HasPrefix(first, "<"):
		return nil
	case kind == "It is code":
		return []demoSuggestion{{first, demoComment(text) + " Say here what this is for.\n" + first, "Whoever reads it next will be glad."}}
	case kind == "It is a sheet":
		cell := strings.FieldsFunc(first, func(r rune) bool { return strings.ContainsRune(",;\t\"\r", r) })
		if len(cell) == 0 {
			return nil
		}
		return []demoSuggestion{{cell[0], strings.TrimSpace(cell[0]) + " (checked)", "The demo model has looked at it."}}
	}
	return []demoSuggestion{{words[0], strings.ToUpper(words[0]) + "!", "The demo model likes capitals."}}
}

// demoComment is what begins a comment in a program, as far as it can be told by its looks.
func demoComment(code string) string {
	switch {
	case strings.Contains(code, "//") || strings.Contains(code, "{\n") || strings.Contains(code, ";\n"):
		return "//"
	case strings.HasPrefix(strings.ToUpper(strings.TrimSpace(code)), "SELECT"):
		return "--"
	}
	return "#"
}
