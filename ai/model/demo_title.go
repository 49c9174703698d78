package model

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"alleato/ai/model/script"
)

const (
	titlePrompt   = "Write a title" // begins the system message that asks for one
	titleWords    = 5
	unspacedTitle = 12 // runes, of a script without spaces between words
)

// fillers begin questions without saying what they are about.
const fillers = " please can could would will you i me my we us a an the is are do does to for of what whats what's how why when where who show tell give write explain make create help about some with hello hi hey let's just and with or in on at by from into it its this that these those works work first then as "

func isTitlePrompt(messages []script.Message) bool {
	return len(messages) > 0 && messages[0].Role == "system" && strings.HasPrefix(messages[0].Text, titlePrompt)
}

// demoTitle makes 2 to 5 words of what the user wrote: its first words after
// those that say nothing.
func demoTitle(messages []script.Message) string {
	text := script.Request{Messages: messages}.Last("user")
	words := strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`.,;:!?"“”()[]{}<>*_#|~`+"`", r)
	})
	kept := dropFillers(words)
	if len(kept) == 0 && len(words) > 1 {
		kept = words // such as "What can you do"
	}
	switch len(kept) {
	case 0:
		return "A first hello"
	case 1:
		return oneWordTitle(kept[0])
	}
	return capital(strings.Join(kept[:min(len(kept), titleWords)], " "))
}

// dropFillers takes fillers off the front, and elsewhere only while enough words
// remain.
func dropFillers(words []string) []string {
	for len(words) > 0 && isFiller(words[0]) {
		words = words[1:]
	}
	var kept []string
	for _, w := range words {
		if !isFiller(w) || len(words) <= titleWords {
			kept = append(kept, w)
		}
	}
	for len(kept) > 0 && isFiller(kept[min(len(kept), titleWords)-1]) {
		kept = kept[:min(len(kept), titleWords)-1]
	}
	return kept
}

func isFiller(word string) bool { return strings.Contains(fillers, " "+strings.ToLower(word)+" ") }

func oneWordTitle(word string) string {
	if n := utf8.RuneCountInString(word); n > 2*unspacedTitle || n > 1 && len(word) > 2*n {
		return string([]rune(word)[:min(n, unspacedTitle)])
	}
	return capital(word) + " in brief"
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
