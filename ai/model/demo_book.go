package model

import (
	"embed"
	"fmt"
	"strings"
	"unicode"
)

//go:embed demo/*.md
var demoFiles embed.FS

// topic is something that the demo model can speak about: one file of demo/.
// Its head names the keywords that lead to it and what to ask next; its body
// holds one or more variants, so that asking again shows something else.
type topic struct {
	name     string
	keywords []string
	ask      []string
	variants []string
}

// book holds all topics by name order.
type book struct{ topics []topic }

// readBook reads the embedded files; a mistake in them is one of the program,
// and a test reads them all.
func readBook() (*book, error) {
	files, err := demoFiles.ReadDir("demo")
	if err != nil {
		return nil, fmt.Errorf("demo topics: %w", err)
	}
	b := &book{}
	for _, f := range files {
		text, err := demoFiles.ReadFile("demo/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("demo topic %s: %w", f.Name(), err)
		}
		t, err := parseTopic(strings.TrimSuffix(f.Name(), ".md"), string(text))
		if err != nil {
			return nil, err
		}
		b.topics = append(b.topics, t)
	}
	return b, nil
}

func parseTopic(name, text string) (topic, error) {
	head, body, found := strings.Cut(text, "\n---\n")
	if !found {
		return topic{}, fmt.Errorf("demo topic %s: no head", name)
	}
	t := topic{name: name}
	for line := range strings.Lines(head) {
		field, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch field {
		case "keywords":
			t.keywords = strings.Split(value, ", ")
		case "ask":
			t.ask = strings.Split(value, " | ")
		}
	}
	for variant := range strings.SplitSeq(body, "\n===\n") {
		t.variants = append(t.variants, strings.TrimSpace(variant))
	}
	return t, nil
}

// find returns the topic that a question is about, nil for none, with the
// keywords that led to it. Of equal matches the first in name order wins.
func (b *book) find(question string) (best *topic, hits []string) {
	words := plainWords(question)
	top := 0
	for i := range b.topics {
		score, found := b.topics[i].score(words)
		if score > top {
			top, best, hits = score, &b.topics[i], found
		}
	}
	return best, hits
}

// score counts the words of the keywords found, one more for each keyword.
func (t *topic) score(words string) (score int, hits []string) {
	for _, k := range t.keywords {
		if strings.Contains(words, " "+k+" ") {
			score += 2 + strings.Count(k, " ")
			hits = append(hits, k)
		}
	}
	return score, hits
}

// named returns a topic that is known to exist, or an empty one.
func (b *book) named(name string) *topic {
	for i := range b.topics {
		if b.topics[i].name == name {
			return &b.topics[i]
		}
	}
	return &topic{name: name, variants: []string{""}}
}

// variant chooses by how often the topic came up before.
func (t *topic) variant(n int) string { return t.variants[n%len(t.variants)] }

// plainWords prepares a question for matching: lower case, single spaces, also
// at both ends, no punctuation but that within words such as node.js or c++.
func plainWords(s string) string {
	fields := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("_-.+#'’", r)
	})
	var b strings.Builder
	b.WriteByte(' ')
	for _, f := range fields {
		if f = strings.Trim(f, "-.'’"); f != "" {
			b.WriteString(f)
			b.WriteByte(' ')
		}
	}
	return b.String()
}
