package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"alleato/ai/model/script"
)

// load is what the load generator is to do. It speaks HTTP by hand: a client library costs more than
// the servers under test, on the same processors.
type load struct {
	Addr  string
	Token string // of Alleato; empty: the target speaks the model's protocol
	Pages bool   // read as htmx does, instead of as a program
	Ask   string // the message, see the model's role

	Get     []string // paths to read by turns, instead of asking for replies
	Headers string   // of those requests

	Streams int // held open, or how many chats take the posts by turns
	PerSec  int // streams opened, or messages posted, in a second
	Posts   bool
	Window  time.Duration // of the measurement
}

// figures are what the generator has measured.
type figures struct {
	N        int
	P50, P99 time.Duration
}

// playLoad opens its streams, says so, and measures for the window once it is told to.
func playLoad(argument string) error {
	debug.SetGCPercent(400)
	g := &generator{}
	if err := json.Unmarshal([]byte(argument), &g.load); err != nil {
		return err
	}
	if err := g.open(); err != nil {
		return err
	}
	fmt.Println("open")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	out, err := g.measure()
	if err != nil {
		return fmt.Errorf("%+v: %w", g.load, err)
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

type generator struct {
	load
	from   atomic.Int64 // when the measurement began, Unix ns; 0: it has not
	over   atomic.Bool
	mu     sync.Mutex
	delays []time.Duration
	broken error
}

// open begins the streams, or gives each chat of the posts its first message.
func (g *generator) open() error {
	errs := make(chan error, g.Streams)
	pace := time.NewTicker(time.Second / time.Duration(g.PerSec))
	defer pace.Stop()
	for i := range g.Streams {
		<-pace.C
		go func() { errs <- g.openOne(i) }()
	}
	var err error
	for range g.Streams {
		err = errors.Join(err, <-errs)
	}
	return err
}

func (g *generator) openOne(i int) error {
	if len(g.Get) > 0 {
		_, err := g.get(func() bool { return true })
		return err
	}
	if g.Posts {
		_, err := g.post(i)
		return err
	}
	conn, rest, head, err := g.request(g.message(i))
	if err != nil {
		return err
	}
	if g.Pages { // whoever posted leaves, a page follows the reply
		id := streamID.FindSubmatch(head)
		if id == nil {
			return fmt.Errorf("no stream in %q", head)
		}
		if err := conn.Close(); err != nil {
			return err
		}
		if conn, rest, _, err = g.request([]byte("GET /streams/" + string(id[1]) + " HTTP/1.1\r\nHost: bench\r\nHX-Request: true\r\n\r\n")); err != nil {
			return err
		}
	}
	go g.read(conn, rest)
	return nil
}

var streamID = regexp.MustCompile(`(?i)x-stream-id: ([\w-]+)`)

// message is the request that asks for a reply. Its chat is public, so that a page may follow without
// a session.
func (g *generator) message(i int) []byte {
	path, body := "/v1/chat/completions", fmt.Sprintf(`{"model":"scripted","stream":true,"messages":[{"role":"user","content":%q}]}`, g.Ask)
	if g.Token != "" {
		path, body = fmt.Sprintf("/api/v1/chats/bench-%d/messages", i), fmt.Sprintf(`{"text":%q,"selectedVisibilityType":"public"}`, g.Ask)
	}
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, g.Token, len(body), body)
}

const patience = 20 * time.Second

// request sends a request over a connection of its own and reads the head of the answer.
func (g *generator) request(r []byte) (conn net.Conn, rest *bufio.Reader, head []byte, err error) {
	if conn, err = net.DialTimeout("tcp", g.Addr, patience); err != nil {
		return nil, nil, nil, err
	}
	if err = errors.Join(conn.SetDeadline(time.Now().Add(patience))); err == nil {
		_, err = conn.Write(r)
	}
	rest = bufio.NewReaderSize(conn, 4<<10)
	for err == nil && !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		var line []byte
		line, err = rest.ReadSlice('\n')
		head = append(head, line...)
	}
	if err == nil && !bytes.HasPrefix(head, []byte("HTTP/1.1 200")) {
		err = fmt.Errorf("refused: %s", head)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%.60q: %w", r, errors.Join(err, conn.Close()))
	}
	return conn, rest, head, conn.SetDeadline(time.Time{})
}

var stampMark = []byte(`"` + script.StampMark)

const stampDigits = 19 // of a time in Unix nanoseconds, this century

// read takes the stamps out of a stream and notes how old they are.
func (g *generator) read(conn net.Conn, from *bufio.Reader) {
	defer conn.Close()
	buf, kept := make([]byte, 4<<10), 0
	var delays []time.Duration
	for !g.over.Load() {
		n, err := from.Read(buf[kept:])
		if err != nil {
			g.end(delays, fmt.Errorf("%w after %q", err, buf[:kept+n]))
			return
		}
		begun, now, text := g.from.Load(), time.Now().UnixNano(), buf[:kept+n]
		i := bytes.Index(text, stampMark)
		for ; i >= 0 && len(text)-i >= len(stampMark)+stampDigits; i = bytes.Index(text, stampMark) {
			text = text[i+len(stampMark):]
			sent, err := strconv.ParseInt(string(text[:stampDigits]), 10, 64)
			if err == nil && begun > 0 && sent >= begun {
				delays = append(delays, time.Duration(now-sent))
			}
			text = text[stampDigits:]
		}
		if i < 0 { // a stamp may be cut in two, and so may its mark
			i = max(0, len(text)-len(stampMark)+1)
		}
		kept = copy(buf, text[i:])
	}
	g.end(delays, nil)
}

func (g *generator) end(delays []time.Duration, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.delays = append(g.delays, delays...)
	if err != nil && !g.over.Load() {
		g.broken = errors.Join(g.broken, fmt.Errorf("a stream ended: %w", err))
	}
}

func (g *generator) measure() (figures, error) {
	g.from.Store(time.Now().UnixNano())
	if g.Posts {
		g.postAll()
	} else if len(g.Get) > 0 {
		g.getAll()
	} else {
		time.Sleep(g.Window)
	}
	fmt.Println("end")
	g.over.Store(true)
	if !g.Posts {
		time.Sleep(4 * tick) // every stream has had one more delta to notice at
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.delays) == 0 {
		return figures{}, g.broken
	}
	slices.Sort(g.delays)
	n := len(g.delays)
	return figures{N: n, P50: g.delays[n/2], P99: g.delays[n*99/100]}, g.broken
}

// postAll sends messages at a fixed rate, however slow the answers are.
func (g *generator) postAll() {
	var wait sync.WaitGroup
	pace := time.NewTicker(time.Second / time.Duration(g.PerSec))
	defer pace.Stop()
	for i := range int(g.Window.Seconds() * float64(g.PerSec)) {
		<-pace.C
		wait.Go(func() {
			took, err := g.post(i % g.Streams)
			g.end([]time.Duration{took}, err)
		})
	}
	wait.Wait()
}

// post sends a message and gives the time to the first byte of its answer. The reply is read to its end.
func (g *generator) post(i int) (time.Duration, error) {
	start := time.Now()
	conn, rest, _, err := g.request(g.message(i))
	if err != nil {
		return 0, err
	}
	took := time.Since(start)
	go func() {
		defer conn.Close()
		_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second)) // a kept connection has no end
		_, _ = io.Copy(io.Discard, rest)
	}()
	return took, nil
}
