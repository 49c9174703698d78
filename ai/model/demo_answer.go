package model

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	imageMark   = "[image]"
	howToModel  = "Set `OPENAI_API_KEY` or `OPENAI_BASE_URL`, or start Ollama, and restart the server."
	maxQuoted   = 160 // runes of a question that is repeated
	fullNotice  = "*This is Alleato's demo model: no language model is configured on this server. " + howToModel + "*"
	shortNotice = "*Demo model; no language model is configured.*"
)

var (
	wantsThought = regexp.MustCompile(`(?i)\b(think|thinking|reason|reasoning|step by step|carefully|riddle|puzzle)\b`)
	wantsLength  = regexp.MustCompile(`(?i)\b(long|longer|lengthy|in detail|detailed|in depth|essay|thousand words|([\d][\d.,]*)\s*(words|tokens))\b`)
	wantsMore    = regexp.MustCompile(`(?i)^\W*(more|another|again|one more|go on|continue|tell me more|and|else|what else|why|how so|really|ok|okay|yes|sure|please)\b.{0,24}$`)
)

// talk is one question in its conversation.
type talk struct {
	*book
	question string
	before   []string // earlier questions, oldest first
}

// reply answers a question.
func (t talk) reply() answer {
	body, ask, thought := t.choose()
	var b strings.Builder
	b.WriteString(body)
	b.WriteString("\n\n---\n\n")
	if len(t.before) == 0 {
		b.WriteString(fullNotice)
	} else {
		b.WriteString(shortNotice)
	}
	if len(ask) > 0 {
		fmt.Fprintf(&b, "\n\n**Ask me next:** %s", "“"+strings.Join(ask, "” · “")+"”")
	}
	a := answer{text: b.String()}
	if wantsThought.MatchString(t.question) {
		a.reasoning = t.think(thought)
	}
	return a
}

// choose finds the body of the answer, what to ask next, and a thought about it.
func (t talk) choose() (body string, ask []string, thought string) {
	if found, ok := compute(t.question); ok {
		return found.body, []string{"Count to 100", "What is 12345 * 6789?", "What can you do?"}, found.thought
	}
	switch {
	case strings.TrimSpace(t.question) == "":
		return t.topic(t.named("hello"))
	case strings.Contains(t.question, imageMark):
		return seesNothing, []string{"How do I connect a real model?", "What can you do?"}, "There is an image, and I have no eyes."
	case wantsLength.MatchString(t.question):
		return t.longAnswer(), []string{"What happens when I reload?", "How do I stop a reply?"}, "A long answer is wanted, so I go through everything I know, chapter by chapter."
	}
	if found, hits := t.find(t.question); found != nil {
		body, ask, _ = t.topic(found)
		return body, ask, "The words “" + strings.Join(hits, "”, “") + "” lead to my page about *" + found.name + "*."
	}
	if n := len(t.before); n > 0 && wantsMore.MatchString(strings.TrimSpace(t.question)) {
		earlier := talk{t.book, t.before[n-1], t.before[:n-1]}
		if found, _ := t.find(earlier.question); found != nil {
			body, ask, _ = t.topic(found)
			return body, ask, "This goes on from the question before, which was about *" + found.name + "*."
		}
	}
	if wantsThought.MatchString(t.question) {
		return t.topic(t.named("reasoning"))
	}
	return t.atALoss()
}

// topic gives the next variant of a topic.
func (t talk) topic(found *topic) (body string, ask []string, thought string) {
	n, last := 0, ""
	for _, q := range t.before {
		about, _ := t.find(q)
		switch {
		case about != nil:
			last = about.name
		case !wantsMore.MatchString(strings.TrimSpace(q)):
			last = ""
		}
		if last == found.name {
			n++
		}
	}
	return found.variant(n), found.ask, "My page about *" + found.name + "* fits."
}

// think writes the reasoning: truly how the demo chose its answer.
func (t talk) think(thought string) string {
	words := strings.Count(strings.TrimSpace(plainWords(t.question)), " ") + 1
	return fmt.Sprintf("The question is “%s”: %d words. I am the demo model, so I cannot think about it as a language model would; "+
		"what I can do is say how I find my answer.\n\nFirst I look for something to compute: a sum, a prime, a count. "+
		"Then I compare the words with the keywords of my %d pages.\n\n%s\n\nThat settles it. I should say plainly that no model is configured, and what to ask next.",
		quoted(t.question), words, len(t.topics), thought)
}

const seesNothing = "I see that you attached an image, but not what is on it: the demo model has no eyes. " +
	"With a model that takes images (GPT-4o and later, Claude, Gemini, Llama 4, Qwen-VL, …) it would be looked at here. " + howToModel

// atALoss answers what no page is about; not always in the same words.
func (t talk) atALoss() (body string, ask []string, thought string) {
	ask = []string{"What can you do?", "How do I connect a real model?", "Show me some Markdown"}
	openings := [...]string{
		"You asked: “%s”\n\nI would like to answer, but I am only the **demo model**: a script that knows its way around Alleato and little else.",
		"“%s”\n\nThat is beyond me. No language model is configured on this server, and I, the **demo model**, have only a script to go by.",
		"I have no page about “%s”.\n\nI am the **demo model** that speaks while no real one is configured, and I would rather say so than invent something.",
	}
	opening := fmt.Sprintf(openings[len(t.question)%len(openings)], quoted(t.question))
	body = inTheirLanguage(t.question) + opening + "\n\n" +
		"To get a real answer, connect a model:\n\n" +
		"1. `OPENAI_API_KEY=…` for OpenAI, or\n2. `OPENAI_BASE_URL=…` for any OpenAI-compatible server, or\n3. [Ollama](https://ollama.com) on the same machine: it is found by itself.\n\n" +
		"Restart, and ask again in this very chat: your question is kept."
	return body, ask, "None of my pages fits, so I say so."
}

// inTheirLanguage says in the asker's language that the demo speaks English.
func inTheirLanguage(question string) string {
	words := plainWords(question)
	for _, l := range [...]struct{ marks, line string }{
		{" ich ist und wie was kannst der die das ein eine bitte warum ", "Ich bin nur das Demo-Modell und antworte auf Englisch."},
		{" je est et comment le les une un vous pourquoi quel quelle ", "Je ne suis que le modèle de démonstration, et je réponds en anglais."},
		{" yo es y como cómo el los una por qué puedes cuál ", "Solo soy el modelo de demostración y respondo en inglés."},
		{" io è e come il gli una un perché puoi qual che ", "Sono solo il modello dimostrativo e rispondo in inglese."},
	} {
		hits := 0
		for _, w := range strings.Fields(words) {
			if strings.Contains(l.marks, " "+w+" ") {
				hits++
			}
		}
		if hits >= 2 {
			return "*" + l.line + "*\n\n"
		}
	}
	return ""
}

// quoted shortens what a person wrote and takes out what Markdown would take
// for its own, so that it can stand inside a sentence.
func quoted(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxQuoted {
		s = strings.TrimSpace(string([]rune(s)[:maxQuoted])) + "…"
	}
	return strings.NewReplacer("\\", "\\\\", "*", "\\*", "_", "\\_", "`", "\\`", "<", "\\<", "[", "\\[", "]", "\\]", "$", "\\$", "|", "\\|", "~", "\\~").Replace(s)
}
