package markdown

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestBoundedGivesUp(t *testing.T) {
	p, end := newPool(1), make(chan struct{})
	stopped := make(chan bool, 1)
	wait := patienceOf(50 * time.Millisecond)
	if _, ok := bounded(p, inline+1, &wait, func(stop *atomic.Bool) int {
		<-end
		stopped <- stop.Load()
		return 1
	}); ok {
		t.Fatal("work that does not end is waited for")
	}
	wait = patienceOf(50 * time.Millisecond)
	if _, ok := bounded(p, inline+1, &wait, func(*atomic.Bool) int { return 1 }); ok {
		t.Fatal("work given up on has lost its place in the pool")
	}
	close(end)
	if !<-stopped {
		t.Error("work given up on was not told")
	}
	wait = patienceOf(5 * time.Second)
	if v, ok := bounded(p, inline+1, &wait, func(*atomic.Bool) int { return 1 }); !ok || v != 1 {
		t.Error("the place in the pool did not come back")
	}
}

func TestBoundedSurvivesPanic(t *testing.T) {
	p := newPool(1)
	for _, size := range []int{0, inline + 1, inline + 1} {
		wait := patienceOf(time.Second)
		if _, ok := bounded(p, size, &wait, func(*atomic.Bool) int { panic("no") }); ok {
			t.Errorf("%d bytes: a panic is no result", size)
		}
	}
}

// TestRenderFallsBack: a renderer whose pool is taken still answers, with the text.
func TestRenderFallsBack(t *testing.T) {
	r := New(Options{Workers: 1, Timeout: 20 * time.Millisecond})
	<-r.jobs.places
	text := strings.Repeat("*a* <b>\n", 1_000)
	if got, want := r.Render(text), plainText(text); got != want {
		t.Errorf("got %.100q", got)
	}
	s := r.Stream()
	s.Write(text)
	if u, ok := s.Update(); !ok || u.Tail == nil || !strings.Contains(*u.Tail, "*a* &lt;b&gt;") {
		t.Errorf("update %+v", u)
	}
}

func TestNormaliserJoinsPieces(t *testing.T) {
	text := "a\r\nb\rc\r\r\nd\x00é世😀\xff\xe4\xb8x\xf0\x9f\r"
	for size := 1; size < len(text); size++ {
		var n normaliser
		var got []byte
		for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
			got = n.append(got, rest[:min(size, len(rest))])
		}
		if got := string(n.flush(got)); got != normalise(text) {
			t.Errorf("in pieces of %d: %q, at once: %q", size, got, normalise(text))
		}
	}
	if want := "a\nb\nc\n\ndé世😀\ufffd\ufffd\ufffdx\ufffd\ufffd\n"; normalise(text) != want {
		t.Errorf("%q", normalise(text))
	}
}
