package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"alleato/ai/model/script"
)

// The bench's parties are processes of their own, as in life: the test program runs itself again in
// one of these roles. Go raises the limit of open files by itself.
const (
	roleVariable     = "BENCH_ROLE"
	argumentVariable = "BENCH_ARGUMENT"
)

// playRole makes this process a party of the bench, if it was started as one, and then does not return.
func playRole() {
	roles := map[string]func(argument string) error{"model": playModel, "proxy": playProxy, "load": playLoad}
	role := roles[os.Getenv(roleVariable)]
	if role == nil {
		return
	}
	if err := role(os.Getenv(argumentVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serveRole says where it listens and serves until the bench closes its input, or ends.
func serveRole(h http.Handler) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	served := make(chan error, 2)
	go func() { served <- http.Serve(listener, h) }()
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		served <- err
	}()
	return <-served
}

// playProxy is what Alleato is compared with: a reverse proxy that sends on at once and knows nothing.
func playProxy(target string) error {
	u, err := url.Parse("http://" + target)
	if err != nil {
		return err
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.FlushInterval = -1
	return serveRole(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// read whole first: an answer that comes before the proxy has seen the body's end breaks off at times
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
}

const (
	deltasPerSecond = 20
	tick            = time.Second / deltasPerSecond
)

// Messages to the scripted model, which say what it shall answer.
const (
	askTicks = "ticks"  // stamped deltas without end
	askShort = "short"  // the same for a second
	askLong  = "after " // a long reply: so many tokens at once, the rest one a tick
)

// scripted is the model of the bench. It counts what the cost of a long reply is divided by.
type scripted struct {
	started atomic.Int64 // long replies that are past their fast beginning
	paced   atomic.Int64 // tokens that they have sent since
}

func playModel(string) error {
	m := &scripted{}
	ticks, short := script.Ticks(-1, tick, "token"), script.Ticks(deltasPerSecond, tick, "token")
	chat := &script.Handler{Remember: -1, Answer: func(r script.Request) script.Reply {
		asked := r.Last("user")
		switch after, long := strings.CutPrefix(asked, askLong); {
		case strings.HasPrefix(r.Last("system"), "Write a title"):
			return script.Say("A title")
		case long:
			return m.long(after)
		case asked == askShort:
			return short
		}
		return ticks
	}}
	mux := http.NewServeMux()
	mux.Handle("/v1/", chat)
	mux.HandleFunc("/count", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(modelCount{Started: m.started.Load(), Paced: m.paced.Load()})
	})
	return serveRole(mux)
}

type modelCount struct{ Started, Paced int64 }

// page is what a long reply says again and again: about as many tokens as one measurement takes, so
// that each of them meets every kind of block.
const page = `## A heading of this part

A paragraph of plain words, with *emphasis*, **more of it**, a [link](https://example.com) and ` + "`code`" + `
in its second line, long enough to be shown more than once before it is settled.

- a list with an item
- another item, which has a few words more
- and the last one

` + "```go\nfunc add(a, b int) int {\n\t// the sum of both\n\tsum := a + b\n\treturn sum\n}\n```" + `

| name | what it is | size |
|---|---|---|
| first | a row of cells | 1 |
| second | another row | 2 |

1. First of all this, with words behind it
2. then that, which is shorter

> A quotation of one line ends the page.

`

// long answers with tokens of the page: the first without pause, then one a tick.
func (m *scripted) long(after string) script.Reply {
	first, err := strconv.Atoi(after)
	if err != nil {
		return script.Fail(http.StatusBadRequest)
	}
	tokens := script.Split(page)
	return script.Reply{Next: func(i int) (script.Chunk, bool) {
		chunk := script.Chunk{Text: tokens[i%len(tokens)]}
		if i == first {
			m.started.Add(1)
		}
		if i >= first {
			chunk.Delay = tick
			m.paced.Add(1)
		}
		return chunk, true
	}}
}

// count asks a model how far it is.
func count(addr string) (c modelCount, err error) {
	response, err := http.Get("http://" + addr + "/count")
	if err != nil {
		return c, err
	}
	err = json.NewDecoder(response.Body).Decode(&c)
	return c, errors.Join(err, response.Body.Close())
}
