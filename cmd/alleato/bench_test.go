package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// scale says how much the bench does.
type scale struct {
	rounds  int   // of the delays; the median counts
	few     int   // streams
	many    int   // streams
	memory  int   // streams
	steps   []int // of the search for how many streams are held
	tokens  []int // of a long reply
	long    int   // long replies at the same time
	posts   int   // messages in a second
	chats   int   // that take them by turns
	starts  int
	seeded  int // chats of the person whose pages are read
	perSec  int // streams opened
	settle  time.Duration
	window  time.Duration
	measure time.Duration // of long replies: long enough for a page of tokens
}

var (
	whole = scale{rounds: 3, few: 100, many: 500, memory: 1000, steps: []int{750, 1000, 1250, 1500, 1750, 2000},
		tokens: []int{100, 1000, 10000}, long: 50, posts: 200, chats: 500, starts: 7, seeded: 10_000, perSec: 400,
		settle: time.Second, window: 4 * time.Second, measure: 5 * time.Second}
	smoke = scale{rounds: 1, few: 2, many: 4, memory: 6, steps: []int{6}, tokens: []int{10, 100}, long: 2, posts: 20, chats: 20,
		starts: 1, seeded: 20, perSec: 100, settle: 200 * time.Millisecond, window: 300 * time.Millisecond, measure: 300 * time.Millisecond}
)

// BenchmarkAlleato measures Alleato beside a bare reverse proxy on the same scripted model, each a
// process of its own, by turns so that a machine's moods meet both, and prints one table. -short gives
// a quick and rough one.
func BenchmarkAlleato(b *testing.B) {
	s := whole
	if testing.Short() {
		s = smoke
	}
	for b.Loop() {
		newBench(b, s).run(os.Stdout)
	}
}

// TestBench keeps the bench itself from rotting.
func TestBench(t *testing.T) {
	newBench(t, smoke).run(io.Discard)
}

type bench struct {
	scale
	tb   testing.TB
	data string
	runs int
}

func newBench(tb testing.TB, s scale) *bench {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		tb.Skip("no /proc here: the bench reads processor time and memory there")
	}
	return &bench{scale: s, tb: tb, data: tb.TempDir()}
}

const (
	direct = iota
	proxied
	ours
)

// taken is one measurement.
type taken struct {
	figures
	processor   time.Duration // of the party, for each delta
	idle, laden int64         // memory in bytes
}

// scene is a model, a party before it, and a load that waits for its cue.
type scene struct {
	model, target, load *party
	idle                int64
}

// open sets up a load against a party.
func (b *bench) open(who int, l load) *scene {
	b.tb.Helper()
	s := &scene{model: serve(b.tb, "model", "")}
	s.target = s.model
	switch who {
	case proxied:
		s.target = serve(b.tb, "proxy", s.model.addr)
	case ours:
		s.target, _ = alleato(b.tb, b.newData(), s.model.addr)
		l.Token = s.target.token()
	}
	time.Sleep(b.settle / 4)
	s.idle = s.target.memory()
	l.Addr = s.target.addr
	l.PerSec = cmp.Or(l.PerSec, b.perSec)
	argument, err := json.Marshal(l)
	if err != nil {
		b.tb.Fatal(err)
	}
	s.load = play(b.tb, "load", string(argument))
	s.load.expect("open")
	return s
}

func (b *bench) newData() string {
	b.runs++
	return fmt.Sprintf("%s/%d", b.data, b.runs)
}

// watch measures from the load's cue to its end, and closes.
func (s *scene) watch(settle time.Duration) taken {
	defer s.quit()
	time.Sleep(settle)
	before := s.target.processorTime()
	s.load.say("go")
	s.load.expect("end")
	t := taken{processor: s.target.processorTime() - before, idle: s.idle, laden: s.target.memory()}
	if err := json.Unmarshal([]byte(s.load.line()), &t.figures); err != nil {
		s.load.tb.Fatal(err)
	}
	t.processor /= time.Duration(max(t.N, 1))
	return t
}

func (s *scene) quit() {
	for _, p := range []*party{s.load, s.target, s.model} {
		p.quit()
	}
}

// stream measures so many running streams.
func (b *bench) stream(who, streams int) taken {
	b.tb.Helper()
	t := b.open(who, load{Ask: askTicks, Streams: streams, Window: b.window}).watch(b.settle)
	if t.N == 0 {
		b.tb.Fatalf("no delta came of %d streams", streams)
	}
	return t
}

// delays measures all parties by turns and gives each one's medians.
func (b *bench) delays(streams int) (out [3]taken) {
	var rounds [3][]taken
	for range b.rounds {
		for who := range rounds {
			rounds[who] = append(rounds[who], b.stream(who, streams))
		}
	}
	for who, all := range rounds {
		out[who].P50 = median(all, func(t taken) time.Duration { return t.P50 })
		out[who].P99 = median(all, func(t taken) time.Duration { return t.P99 })
		out[who].processor = median(all, func(t taken) time.Duration { return t.processor })
	}
	return out
}

func median[T any](all []T, of func(T) time.Duration) time.Duration {
	var values []time.Duration
	for _, one := range all {
		values = append(values, of(one))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

const tooLate = 50 * time.Millisecond

// held looks for the most streams that a party serves in time. A step that fails is tried once more: the
// machine may have been busy.
func (b *bench) held(base [3]taken) (held [3]int, laden [3]taken) {
	out := [3]bool{direct: true}
	for who := range out {
		if base[who].P99 <= tooLate {
			held[who] = b.many
		}
	}
	for _, streams := range b.steps {
		for try := range 2 {
			for who := proxied; who <= ours; who++ {
				if held[who] == streams || (out[who] && streams > b.memory) || (out[who] && try > 0) {
					continue
				}
				t := b.stream(who, streams)
				if streams == b.memory {
					laden[who] = t
				}
				if t.P99 <= tooLate && !out[who] {
					held[who] = streams
				}
			}
		}
		for who := range out {
			out[who] = out[who] || held[who] < streams
		}
	}
	return held, laden
}

// long measures the processor time of a token around a place of a long reply.
func (b *bench) longReply(pages bool, after int) time.Duration {
	b.tb.Helper()
	s := b.open(ours, load{Ask: askLong + strconv.Itoa(after), Streams: b.long, Pages: pages, Window: b.measure})
	for deadline := time.Now().Add(time.Minute); s.count().Started < int64(b.long); time.Sleep(tick) {
		if time.Now().After(deadline) {
			b.tb.Fatalf("the model has begun %d of %d long replies\n%s", s.count().Started, b.long, s.target.log)
		}
	}
	time.Sleep(b.settle)
	before, from := s.count().Paced, s.target.processorTime()
	s.load.say("go")
	s.load.expect("end")
	used, tokens := s.target.processorTime()-from, s.count().Paced-before
	s.quit()
	return used / time.Duration(max(tokens, 1))
}

func (s *scene) count() modelCount {
	c, err := count(s.model.addr)
	if err != nil {
		s.model.tb.Fatal(err)
	}
	return c
}

// post measures the time to the first byte of an answer.
func (b *bench) post(who int) taken {
	b.tb.Helper()
	l := load{Ask: askShort, Posts: true, Streams: b.chats, PerSec: b.posts, Window: b.window}
	return b.open(who, l).watch(b.settle * 5 / 4) // the first replies are over
}

// start measures from the start of the process to its first page, the database being there.
func (b *bench) start() time.Duration {
	b.tb.Helper()
	model := serve(b.tb, "model", "")
	defer model.quit()
	data := b.newData()
	var all []time.Duration
	for i := range b.starts + 1 {
		p, took := alleato(b.tb, data, model.addr)
		p.quit()
		if i > 0 { // the first has made the database
			all = append(all, took)
		}
	}
	return median(all, func(d time.Duration) time.Duration { return d })
}
