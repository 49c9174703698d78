package model

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// providers names the well-known ones by the end of their host name.
var providers = [...]struct{ host, name string }{
	{"openai.com", "OpenAI"}, {"openai.azure.com", "Azure"}, {"openrouter.ai", "OpenRouter"},
	{"anthropic.com", "Anthropic"}, {"googleapis.com", "Google"}, {"mistral.ai", "Mistral"},
	{"groq.com", "Groq"}, {"deepseek.com", "DeepSeek"}, {"together.xyz", "Together"},
	{"together.ai", "Together"}, {"fireworks.ai", "Fireworks"}, {"x.ai", "xAI"},
	{"cerebras.ai", "Cerebras"}, {"perplexity.ai", "Perplexity"}, {"huggingface.co", "Hugging Face"},
	{"cohere.com", "Cohere"}, {"cohere.ai", "Cohere"}, {"nvidia.com", "NVIDIA"},
	{"moonshot.ai", "Moonshot"}, {"aliyuncs.com", "Alibaba"}, {"github.ai", "GitHub"},
}

// localPorts names what usually listens there on one's own machine.
var localPorts = map[string]string{"11434": "Ollama", "1234": "LM Studio", "8080": "llama.cpp"}

// providerName is what people see of an endpoint. The name of a private host is
// nobody's business but the operator's, so it is not shown.
func providerName(baseURL string) (name string, local bool) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Hostname() == "" {
		return "Local", true
	}
	host := strings.ToLower(u.Hostname())
	if isPrivate(host) {
		if name, ok := localPorts[u.Port()]; ok {
			return name, true
		}
		return "Local", true
	}
	for _, p := range providers {
		if host == p.host || strings.HasSuffix(host, "."+p.host) {
			return p.name, false
		}
	}
	return strings.TrimPrefix(strings.TrimPrefix(host, "www."), "api."), false
}

// isPrivate reports a host that is not a public name: an address, a bare name
// such as localhost or a compose service, or a name that DNS keeps for networks
// at home.
func isPrivate(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return true
	}
	for _, end := range [...]string{".local", ".localhost", ".internal", ".lan", ".home.arpa", ".invalid", ".test"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}

// nameSources gives each endpoint its provider's name, numbered where two hosts
// would share one. Two keys for the same host stay one provider.
func nameSources(list []*source) {
	hosts := map[string]string{} // name to host
	for _, s := range list {
		e := s.endpoint
		base, local := providerName(e.baseURL)
		e.provider, e.local = base, local
		for n := 2; hosts[e.provider] != "" && hosts[e.provider] != hostOf(e.baseURL); n++ {
			e.provider = fmt.Sprintf("%s %d", base, n)
		}
		hosts[e.provider] = hostOf(e.baseURL)
	}
}

func hostOf(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" {
		return baseURL
	}
	return strings.ToLower(u.Host)
}

// slug makes a provider's name fit for a model id.
func slug(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.'
	}), "-")
}
