package model

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// entry is a model on offer, and how to reach it.
type entry struct {
	Info
	id       string // as the provider knows it
	created  int64
	endpoint *endpoint
}

const (
	longestID      = 200    // bytes
	cautiousWindow = 8192   // of a model on somebody's own machine
	hostedWindow   = 128000 // of a model at a provider
)

var (
	// notForChat finds the ids of models that OpenAI and others list beside those that chat.
	notForChat = regexp.MustCompile(`(?i)embed|whisper|(^|[-_/])(tts|asr|ocr|sora|rerank\w*|bge|dall-e|imagen|veo|moderation|transcribe|realtime|audio|image|guard|davinci|babbage|ada|curie)([-_.:/]|\d|$)|gpt-3\.5-turbo-instruct|text-(similarity|search)`)
	// knownReasoning, knownVision and knownTools guess where a provider says nothing.
	knownReasoning = regexp.MustCompile(`(?i)(^|/)o[134](-|$)|gpt-(5|6|oss)|deepseek-(r\d|reasoner)|(^|[-_/])(qwq|qwen3|r1)|think|reason|magistral|grok-(3-mini|4)|claude-(3-7|sonnet-4|opus-4|haiku-4)|gemini-(2\.5|3)`)
	knownVision    = regexp.MustCompile(`(?i)gpt-(4o|4\.1|4-turbo|5|6)|(^|/)o[134](-|$)|claude-|gemini|vision|llava|pixtral|[-.\d]vl([-:.\d]|$)|gemma-?3|llama-?4|mistral-(small-3|medium-3)|moondream|minicpm-v`)
	knownTools     = regexp.MustCompile(`(?i)gpt-(4|5|6|oss)|(^|/)o[134](-|$)|claude-|gemini|grok|qwen|llama-?3\.[1-9]|llama-?4|mistral|mixtral|command-r|granite|hermes|devstral|magistral|deepseek-v|glm-4|kimi`)
	windowFields   = [...]string{"context_length", "context_window", "max_context_length", "max_model_len", "max_input_tokens", "meta.n_ctx", "meta.n_ctx_train"}
)

// parseListing reads the forms of /models: an object with data (OpenAI) or
// models (Google, Ollama), or a bare list (Together). It reports false for
// anything else, such as a page of HTML. Newest models come first.
func parseListing(body []byte, e *endpoint) ([]entry, bool) {
	if !gjson.ValidBytes(body) {
		return nil, false
	}
	list := gjson.ParseBytes(body)
	for _, field := range [...]string{"data", "models"} {
		if inner := list.Get(field); inner.Exists() && !list.IsArray() {
			list = inner
		}
	}
	if list.Type == gjson.Null && list.Raw != "" {
		return nil, true // Ollama without any model
	}
	if !list.IsArray() {
		return nil, false
	}
	var out []entry
	list.ForEach(func(_, m gjson.Result) bool {
		if it := parseModel(m, e); it.id != "" {
			out = append(out, it)
		}
		return true
	})
	slices.SortStableFunc(out, func(a, b entry) int { return int(min(max(b.created-a.created, -1), 1)) })
	return out, true
}

func parseModel(m gjson.Result, e *endpoint) entry {
	id := m.Get("id").Str
	if id == "" {
		id = m.Get("name").Str
	}
	id = oneLine(strings.ToValidUTF8(id, ""))
	if len(id) > longestID {
		id = "" // no model's; the caller leaves it out
	}
	it := entry{id: id, created: m.Get("created").Int(), endpoint: e}
	it.Info = Info{ID: id, Label: label(m, id), Provider: e.provider, ContextWindow: contextWindow(m, e.local)}
	it.Capabilities = guess(id, e.local)
	if m.Get("supported_parameters").IsArray() || m.Get("capabilities").Exists() {
		it.Capabilities = Capabilities{
			Tools:     says(m, "tools", "function_calling", "tool_use"),
			Images:    says(m, "image", "vision", "multimodal"),
			Reasoning: says(m, "reasoning", "thinking"),
		}
	}
	return it
}

func label(m gjson.Result, id string) string {
	if name := oneLine(strings.ToValidUTF8(m.Get("name").Str, "")); name != "" && name != id && len(name) <= longestID {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(id, "models/"), ":latest")
}

func contextWindow(m gjson.Result, local bool) int {
	for _, field := range windowFields {
		if n := m.Get(field).Int(); n > 0 {
			return int(n)
		}
	}
	if local {
		return cautiousWindow
	}
	return hostedWindow
}

// says looks for a capability in the places where providers name them: OpenRouter
// in two lists, Mistral in an object of booleans, llama.cpp in a list.
func says(m gjson.Result, names ...string) bool {
	for _, name := range names {
		if m.Get("capabilities." + name).Bool() {
			return true
		}
		for _, list := range [...]string{"supported_parameters", "architecture.input_modalities", "capabilities"} {
			found := false
			if values := m.Get(list); values.IsArray() {
				values.ForEach(func(_, v gjson.Result) bool { found = v.Str == name; return !found })
			}
			if found {
				return true
			}
		}
	}
	return false
}

// bareEntry is a model of which only the id is known.
func bareEntry(id string, e *endpoint) entry {
	it := entry{id: id, endpoint: e}
	it.Info = Info{ID: id, Label: id, Provider: e.provider, ContextWindow: contextWindow(gjson.Result{}, e.local)}
	it.Capabilities = guess(id, e.local)
	return it
}

func guess(id string, local bool) Capabilities {
	return Capabilities{
		Tools:     !local || knownTools.MatchString(id),
		Images:    knownVision.MatchString(id),
		Reasoning: knownReasoning.MatchString(id),
	}
}
