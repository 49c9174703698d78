package script

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	maxBody       = 64 << 20 // of a request: attachments travel as data URLs
	defaultMemory = 1000     // requests kept for Requests
	endedBuffer   = 1024     // Ended values kept for Closed
)

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case h.Key != "" && r.Header.Get("Authorization") != "Bearer "+h.Key:
		sendError(w, http.StatusUnauthorized, "Incorrect API key provided.", "invalid_api_key")
	case strings.HasSuffix(r.URL.Path, "/models"):
		h.models(w, r)
	case strings.HasSuffix(r.URL.Path, "/chat/completions") && r.Method == http.MethodPost:
		h.chat(w, r)
	default:
		sendError(w, http.StatusNotFound, "Unknown request URL.", "unknown_url")
	}
}

func (h *Handler) models(w http.ResponseWriter, r *http.Request) {
	if h.Listing != nil {
		newPlayer(w, r, h.Listing(), Request{}).run()
		return
	}
	type entry struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Created int64  `json:"created"`
		OwnedBy string `json:"owned_by"`
	}
	ids := h.Models
	if ids == nil {
		ids = []string{"scripted"}
	}
	list := make([]entry, 0, len(ids))
	for _, id := range ids {
		list = append(list, entry{id, "model", 1700000000, "script"})
	}
	sendJSON(w, http.StatusOK, map[string]any{"object": "list", "data": list})
}

func (h *Handler) chat(w http.ResponseWriter, r *http.Request) {
	// The server notices a caller who leaves only once the body is read whole.
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return
	}
	in, err := parseRequest(body, r)
	if err != nil {
		sendError(w, http.StatusBadRequest, "The request is not valid JSON.", "invalid_request_error")
		return
	}
	h.begin(in)
	p := newPlayer(w, r, h.reply(in), in)
	defer func() { h.end(in, p.sent, r.Context().Err() != nil || p.failed) }()
	p.run()
}

func (h *Handler) reply(in Request) Reply {
	if h.Answer == nil {
		return Reply{Chunks: Words("Hello from the script.", 0)}
	}
	return h.Answer(in)
}

func (h *Handler) begin(in Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.active++
	limit := h.Remember
	if limit == 0 {
		limit = defaultMemory
	}
	if limit < 0 {
		return
	}
	if len(h.requests) >= limit {
		h.requests = append(h.requests[:0], h.requests[len(h.requests)-limit+1:]...)
	}
	h.requests = append(h.requests, in)
}

func (h *Handler) end(in Request, sent int, gone bool) {
	c := h.endedChan()
	h.mu.Lock()
	h.active--
	h.mu.Unlock()
	if h.Remember < 0 {
		in = Request{Model: in.Model} // the waiting values shall not keep bodies alive
	}
	select {
	case c <- Ended{Request: in, At: time.Now(), Sent: sent, Gone: gone}:
	default:
	}
}

func (h *Handler) endedChan() chan Ended {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended == nil {
		h.ended = make(chan Ended, endedBuffer)
	}
	return h.ended
}

// Active is the number of calls of /chat/completions in progress.
func (h *Handler) Active() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.active
}

// Requests returns the remembered requests, oldest first.
func (h *Handler) Requests() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Request(nil), h.requests...)
}

// Closed gives one Ended per finished call, to one reader; when nobody reads,
// the 1024 oldest are kept and the rest dropped.
func (h *Handler) Closed() <-chan Ended { return h.endedChan() }

func sendJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":{"message":"not encodable"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller who left needs no answer
}

func sendError(w http.ResponseWriter, status int, message, code string) {
	sendJSON(w, status, errorBody(message, code))
}

func errorBody(message, code string) map[string]any {
	return map[string]any{"error": map[string]any{"message": message, "type": code, "code": code}}
}
