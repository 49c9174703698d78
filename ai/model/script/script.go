// Package script plays a language model from a script: an http.Handler that
// speaks the OpenAI protocol, for the demo model (in process, see
// RoundTripper), for tests and for benchmarks. It must not import any other
// package of ours.
package script

import (
	"net/http"
	"sync"
	"time"
)

// Handler answers /models and /chat/completions under any prefix. Its exported
// fields are set before the first request and not changed after.
type Handler struct {
	Models   []string            // ids that /models lists; nil: "scripted"
	Key      string              // when set, requests without this bearer get a 401
	Answer   func(Request) Reply // plays /chat/completions; nil: a short greeting
	Listing  func() Reply        // when set, plays /models instead of Models
	Remember int                 // how many requests Requests keeps; 0: 1000, negative: none

	mu       sync.Mutex
	active   int
	requests []Request
	ended    chan Ended
}

// Reply is what the handler plays for a request.
type Reply struct {
	Status int         // 0: 200
	Header http.Header // further headers, such as Retry-After
	Body   string      // sent as it is, instead of chunks

	Chunks []Chunk
	Next   func(i int) (Chunk, bool) // when set, gives the chunks instead; asked one by one, so it may be endless

	FinishReason string // "": stop, or tool_calls after a tool chunk
	Usage        *Usage // sent in a chunk of its own before [DONE]
	Bare         bool   // after the chunks end properly, but send no finish_reason, usage or [DONE]
	Cut          bool   // after the chunks break the connection
	Stall        bool   // after the chunks stay silent until the caller leaves
}

// Chunk is one step of a reply: at most one of Append, Bytes and Raw, or any of
// the other fields together. Each chunk is one write and one flush.
type Chunk struct {
	Delay time.Duration // after the previous chunk was due, so a paced script does not drift

	Text, Reasoning string // may end in half a UTF-8 character, and is then sent so
	ToolID          string
	ToolIndex       int
	ToolName        string
	ToolArgs        string

	Raw    string                  // JSON of a whole chunk, put behind "data: "
	Bytes  []byte                  // written as they are; see Encode
	Append func(dst []byte) []byte // appends what to write, at the moment it is due: for time stamps

	first bool // of its reply: it says whose the message is
}

// Usage counts tokens.
type Usage struct{ InputTokens, OutputTokens int }

// Ended tells that a call of /chat/completions is over.
type Ended struct {
	Request Request
	At      time.Time
	Sent    int  // chunks sent
	Gone    bool // the caller left before the end
}
