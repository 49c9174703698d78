package ai

import (
	"sync"
	"unicode/utf8"

	"github.com/tiktoken-go/tokenizer/codec"

	"alleato/ai/model"
)

// What a request costs beside its texts: each message is wrapped in a few tokens of its own.
const perMessage = 4

// perImage is what a picture takes, about: models differ, and few take more.
const perImage = 1100

// longestAnswer is the room left for the reply in a large window; a small one keeps a quarter of itself.
const longestAnswer = 8192

// tokens counts as OpenAI's o200k models do. The vocabulary takes a moment and some memory to load, so
// it is loaded when a conversation is first long enough to matter.
type tokens struct {
	once  sync.Once
	mu    sync.Mutex // the codec does not say that it may be shared
	codec *codec.Codec
}

// piece is how many bytes are split into words at once. The splitter goes back over a mix of spaces
// and line breaks again and again: 100 KB of it in one go take a core for some seconds.
const piece = 1 << 10

// count cuts the text into pieces, which makes it a token or so more for each.
func (t *tokens) count(text string) (n int) {
	t.once.Do(func() { t.codec = codec.NewO200kBase() })
	for len(text) > piece {
		cut := piece
		for cut > piece-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
			cut--
		}
		n += t.countPiece(text[:cut])
		text = text[cut:]
	}
	return n + t.countPiece(text)
}

func (t *tokens) countPiece(text string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, err := t.codec.Count(text)
	if err != nil { // the splitter gave up: a token is a byte at least
		return len(text)
	}
	return n
}

// budget is how many tokens of a window a conversation may fill: the answer needs room, and other
// models' tokens are a little smaller than those that are counted.
func budget(window int) int { return window - min(longestAnswer, window/4) - window/20 }

func (r *Runner) cost(m model.Message) int {
	return perMessage + len(m.Images)*perImage + r.tokens.count(m.Text)
}

// fit gives the first of the messages that the model is sent. The last keep ones always are, with the
// system prompt; of the others the newest that fit, beginning with a question.
func (r *Runner) fit(messages []model.Message, keep, window int) (first int) {
	most, bytes := budget(window), 0
	for _, m := range messages {
		bytes += len(m.Text) + perMessage + len(m.Images)*perImage
	}
	if bytes <= most { // a token is a byte at least: no need to count
		return 0
	}
	last := len(messages) - keep
	used := r.cost(messages[0])
	for _, m := range messages[last:] {
		used += r.cost(m)
	}
	first = last
	for first > 1 {
		if used += r.cost(messages[first-1]); used > most {
			break
		}
		first--
	}
	for first < last && messages[first].Role != "user" {
		first++
	}
	if first <= 1 {
		return 0
	}
	return first
}
