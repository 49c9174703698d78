package model

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	longWords    = 2500
	longestWords = 20000
)

// chapters is the order in which a long answer goes through the topics.
var chapters = [...]string{
	"about", "connect", "ollama", "install", "settings", "accounts", "admin", "streaming", "stop", "chats",
	"storage", "security", "limits", "api", "look", "licence", "hashmap", "code-go", "code-python", "code-sql", "maths", "torino",
}

// longAnswer writes as many words as were asked for: a guide to Alleato, then
// notes about numbers, in which a gap or a repeat would show at once.
func (t talk) longAnswer() string {
	want := wantedWords(t.question)
	var b strings.Builder
	fmt.Fprintf(&b, "# A long answer\n\nYou wanted something long, so here is about %d words: everything I know about Alleato, chapter by chapter. Reload the page while it runs, open it in a second tab, or stop it whenever you have seen enough.", want)
	words := 0
	for n, name := range chapters {
		body := t.named(name).variant(0)
		fmt.Fprintf(&b, "\n\n## Chapter %d\n\n%s", n+1, body)
		if words += len(strings.Fields(body)); words >= want {
			break
		}
	}
	if words < want {
		b.WriteString("\n\n## Notes about numbers\n\nThat was all about Alleato. The rest is numbers.\n")
	}
	for n := 1; words < want; n++ {
		note := numberNote(n)
		b.WriteString(note)
		words += len(strings.Fields(note))
	}
	return b.String()
}

func wantedWords(question string) int {
	m := wantsLength.FindStringSubmatch(question)
	if len(m) < 3 {
		return longWords
	}
	n, err := strconv.Atoi(strings.NewReplacer(",", "", ".", "").Replace(m[2]))
	if err != nil || n <= 0 {
		return longWords
	}
	return min(n, longestWords)
}

func numberNote(n int) string {
	kind := "composite"
	if f := smallestFactor(int64(n)); n == 1 {
		kind = "neither prime nor composite"
	} else if f == int64(n) {
		kind = "prime"
	}
	return fmt.Sprintf("\n%d. The number **%d** is %s; its square is %d, and in binary it is `%b`.", n, n, kind, n*n, n)
}
