package model

import (
	"strings"
	"testing"
	"unicode/utf8"

	"alleato/ai/model/script"
)

func pages(t testing.TB) *book {
	t.Helper()
	b, err := readBook()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// demoSays is the demo's answer to the last of these messages, which alternate
// between user and assistant.
func demoSays(t testing.TB, texts ...string) answer {
	t.Helper()
	messages := []script.Message{{Role: "system", Text: "You are Alleato."}}
	for i, text := range texts {
		messages = append(messages, script.Message{Role: [...]string{"user", "assistant"}[i%2], Text: text})
	}
	return pages(t).answer(messages)
}

func TestDemoTopics(t *testing.T) {
	tests := []struct{ question, topic string }{
		{"What can you do?", "about"}, {"Hello", "hello"}, {"hi there!", "hello"}, {"ciao", "hello"},
		{"Explain how a hash map works, with code", "hashmap"}, {"Plan a weekend in Torino as a table", "torino"},
		{"Write a haiku about the sea", "haiku"}, {"How do I connect a real model?", "connect"},
		{"how can i use OpenAI here", "connect"}, {"does it work with Ollama?", "ollama"},
		{"What happens when I reload the page?", "streaming"}, {"how do I stop a reply", "stop"},
		{"Where is my data kept?", "storage"}, {"Is it secure?", "security"}, {"How do I register?", "accounts"},
		{"Who is the administrator?", "admin"}, {"How do I install it?", "install"}, {"Which environment variables are there?", "settings"},
		{"can i use it with curl", "api"}, {"Is there a dark mode?", "look"}, {"What does it cost?", "licence"},
		{"show me a table", "table"}, {"Show me some Markdown", "markdown"}, {"Write a Python program", "code-python"},
		{"Write a Go program", "code-go"}, {"some SQL please", "code-sql"}, {"a c++ example", "code-c"}, {"Give me code", "code"},
		{"what's the weather today?", "news"}, {"thanks!", "thanks"}, {"Give me a riddle", "riddle"}, {"Translate this for me", "task"},
		{"Which limits are there?", "limits"}, {"Show me emoji", "unicode"}, {"Draw a diagram", "diagram"}, {"Show me a formula", "maths"},
	}
	b := pages(t)
	for _, tt := range tests {
		found, _ := b.find(tt.question)
		if found == nil || found.name != tt.topic {
			t.Errorf("%q leads to %v, want %s", tt.question, found, tt.topic)
		}
		if a := demoSays(t, tt.question); !strings.Contains(a.text, b.named(tt.topic).variants[0]) {
			t.Errorf("%q is not answered by %s", tt.question, tt.topic)
		}
	}
}

// Every answer is honest about what it is, and what it proposes leads somewhere.
func TestDemoAnswers(t *testing.T) {
	b := pages(t)
	if len(b.topics) < 40 {
		t.Errorf("only %d topics", len(b.topics))
	}
	questions := []string{"", "Wer bist du und was kannst du?", "zxcvb", "Is 91 prime?", "a long answer", imageMark}
	for _, topic := range b.topics {
		if len(topic.keywords) == 0 || len(topic.ask) == 0 || len(topic.variants) == 0 || topic.variants[0] == "" {
			t.Errorf("topic %s is not whole: %+v", topic.name, topic)
		}
		questions = append(questions, topic.ask...)
		for _, v := range topic.variants {
			if strings.Count(v, "```")%2 != 0 || !utf8.ValidString(v) {
				t.Errorf("topic %s: an open fence or broken text", topic.name)
			}
		}
		for _, q := range topic.ask {
			found, _ := b.find(q)
			if _, computes := compute(q); found == nil && !computes && !wantsLength.MatchString(q) {
				t.Errorf("%s proposes %q, which leads nowhere", topic.name, q)
			}
		}
	}
	for _, q := range questions {
		a := demoSays(t, q)
		for _, word := range []string{"demo model", "no language model is configured", "OPENAI_API_KEY", "OPENAI_BASE_URL", "Ollama"} {
			if !strings.Contains(a.text, word) {
				t.Errorf("the answer to %q does not say %q", q, word)
			}
		}
		if again := demoSays(t, q); again != a {
			t.Errorf("two answers to %q", q)
		}
	}
	if first, other := demoSays(t, "zxcvb").text, demoSays(t, "what about asdfgh").text; first[:20] == other[:20] {
		t.Error("always at a loss in the same words")
	}
	if !strings.Contains(demoSays(t, "Was ist die Hauptstadt von Peru?").text, "Demo-Modell") {
		t.Error("no word of German for a German question")
	}
}

func TestDemoComputes(t *testing.T) {
	tests := []struct{ question, want string }{
		{"Is 91 prime?", `$91 = 7 \times 13$`}, {"Think about it: is 97 prime?", "**Yes, 97 is prime.**"}, {"factors of 360", `2 \times 2 \times 2 \times 3 \times 3 \times 5`},
		{"What is 12345 * 6789?", "83810205"}, {"1,000 + 1", "1001"}, {"7 / 2", "3.500000"}, {"8/2", "= 4$"}, {"5 / 0", "divided by zero"},
		{"2^100", "1267650600228229401496703205376"}, {"Count to 12", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10,\n11, 12."}, {"count to 999999", "4999, 5000."},
		{"3 - 10", "-7"},
	}
	for _, tt := range tests {
		if got, ok := compute(tt.question); !ok || !strings.Contains(got.body, tt.want) {
			t.Errorf("%q gives %.200q, %v", tt.question, got.body, ok)
		}
	}
	for _, q := range []string{"2^99999", "is 99999999999999999999 prime", "count to 0", "hello", "2026-01-02 was a Friday", "what is 2026-01-02?", "the prime minister of 1990"} {
		if got, ok := compute(q); ok {
			t.Errorf("%q gives %q", q, got.body)
		}
	}
}

func TestDemoReasons(t *testing.T) {
	for _, q := range []string{"Think about it: is 91 prime?", "Think step by step", "Reason about the security of this", "Please think about asdf"} {
		if a := demoSays(t, q); !strings.Contains(a.reasoning, "I am the demo model") || a.text == "" {
			t.Errorf("%q: reasoning %q", q, a.reasoning)
		}
	}
	if a := demoSays(t, "Show me a table"); a.reasoning != "" {
		t.Errorf("reasoning without being asked: %q", a.reasoning)
	}
}

func TestDemoLong(t *testing.T) {
	for q, least := range map[string]int{"Give me a long answer": 2400, "Write 300 words": 300, "Write 8,000 words about numbers": 8000, "write 99999999 words": longestWords} {
		if n := len(strings.Fields(demoSays(t, q).text)); n < least || n > least+2500 {
			t.Errorf("%q gives %d words", q, n)
		}
	}
}

func TestDemoFollowUps(t *testing.T) {
	first := demoSays(t, "Tell me a joke").text
	second := demoSays(t, "Tell me a joke", first, "another one").text
	third := demoSays(t, "Tell me a joke", first, "another one", second, "more").text
	joke := func(s string) string { before, _, _ := strings.Cut(s, "\n\n---"); return before }
	if joke(first) == joke(second) || joke(second) == joke(third) || joke(first) == joke(third) {
		t.Errorf("the same joke twice:\n%s\n%s\n%s", joke(first), joke(second), joke(third))
	}
	if strings.Contains(second, fullNotice) || !strings.Contains(second, shortNotice) {
		t.Error("the whole notice again")
	}
}

func TestDemoContinues(t *testing.T) {
	whole := demoSays(t, "What can you do?").text
	partial := whole[:len(whole)/3]
	for _, texts := range [][]string{
		{"What can you do?", partial},
		{"What can you do?", partial, "Continue exactly where you left off."},
	} {
		if got := partial + demoSays(t, texts...).text; got != whole {
			t.Errorf("%d messages: the parts do not join", len(texts))
		}
	}
	if got := demoSays(t, "What can you do?", whole).text; got == "" || len(got) > 100 {
		t.Errorf("nothing is left, and it says %q", got)
	}
}

func TestDemoTitles(t *testing.T) {
	tests := []struct{ question, want string }{
		{"What can you do?", "What can you do"}, {"Explain how a hash map works, with code", "Hash map works with code"},
		{"Plan a weekend in Torino as a table", "Plan weekend Torino table"}, {"Write a haiku about the sea", "Haiku about the sea"},
		{"Python", "Python in brief"}, {"Hello", "A first hello"}, {"", "A first hello"}, {"   \n", "A first hello"}, {"天地玄黄宇宙洪荒日月盈昃辰宿列張", "天地玄黄宇宙洪荒日月盈昃"},
		{"**bold** `code` <script>alert(1)</script>", "Bold code script alert 1"},
		{"Wie installiere ich das auf einem Server?", "Wie installiere ich das auf"},
	}
	for _, tt := range tests {
		got := pages(t).answer([]script.Message{{Role: "system", Text: "Write a title of 2 to 5 words"}, {Role: "user", Text: tt.question}})
		if n := len(strings.Fields(got.text)); got.text != tt.want || n > 5 || got.reasoning != "" {
			t.Errorf("title of %q is %q, want %q", tt.question, got.text, tt.want)
		}
	}
}
