package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// table is what the bench prints: each row a measurement of all parties and the target.
type table struct {
	*tabwriter.Writer
}

func newTable(w io.Writer) table {
	t := table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.row("what", "direct", "proxy", "alleato", "alleato/proxy", "target", "")
	return t
}

func (t table) row(cells ...any) {
	for _, cell := range cells {
		_, _ = fmt.Fprint(t, cell, "\t")
	}
	_, _ = fmt.Fprintln(t)
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "MISSED"
}

func ratio[T int | int64 | time.Duration](a, b T) string {
	if b == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(a)/float64(b))
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1e3) }
func micros(d time.Duration) string { return fmt.Sprintf("%.1f µs", d.Seconds()*1e6) }
func megas(bytes int64) string      { return fmt.Sprintf("%.0f MB", float64(bytes)/(1<<20)) }

// run measures everything and prints the table.
func (b *bench) run(w io.Writer) {
	t := newTable(w)
	defer t.Flush()
	few, many := b.delays(b.few), b.delays(b.many)
	t.delays(b.few, few, false)
	t.delays(b.many, many, true)
	held, laden := b.held(many)
	t.row(fmt.Sprintf("streams held, p99 <= %s", tooLate), "", held[proxied], held[ours], ratio(held[ours], held[proxied]),
		"not fewer", verdict(held[ours] >= held[proxied]))
	t.memory(b.memory, laden)
	for _, pages := range []bool{false, true} {
		b.longReplies(t, pages)
	}
	start := b.start()
	t.row("process start to first page", "", "", millis(start), "", "< 150 ms", verdict(start < 150*time.Millisecond))
	proxy, own := b.post(proxied), b.post(ours)
	t.row(fmt.Sprintf("post to first byte, %d/s: p50", b.posts), "", millis(proxy.P50), millis(own.P50), ratio(own.P50, proxy.P50), "", "")
	t.row(fmt.Sprintf("post to first byte, %d/s: p99", b.posts), "", millis(proxy.P99), millis(own.P99), ratio(own.P99, proxy.P99),
		"< 25 ms", verdict(own.P99 < 25*time.Millisecond))
	b.pages(t)
}

// delays are those of a delta from the model's write to the reader's read.
func (t table) delays(streams int, by [3]taken, judged bool) {
	for _, p := range []struct {
		name   string
		of     func(taken) time.Duration
		within time.Duration
	}{
		{"p50", func(d taken) time.Duration { return d.P50 }, time.Millisecond},
		{"p99", func(d taken) time.Duration { return d.P99 }, 5 * time.Millisecond},
	} {
		target, met := "", ""
		if judged {
			target, met = fmt.Sprintf("proxy + %s", p.within), verdict(p.of(by[ours]) <= p.of(by[proxied])+p.within)
		}
		t.row(fmt.Sprintf("delay of a delta, %d streams: %s", streams, p.name), millis(p.of(by[direct])), millis(p.of(by[proxied])),
			millis(p.of(by[ours])), ratio(p.of(by[ours]), p.of(by[proxied])), target, met)
	}
	target, met := "", ""
	if judged {
		target, met = "<= 1.5", verdict(2*by[ours].processor <= 3*by[proxied].processor)
	}
	t.row(fmt.Sprintf("processor time of a delta, %d streams", streams), "", micros(by[proxied].processor), micros(by[ours].processor),
		ratio(by[ours].processor, by[proxied].processor), target, met)
}

func (t table) memory(streams int, laden [3]taken) {
	proxy, own := laden[proxied], laden[ours]
	t.row("resident memory, idle", "", megas(proxy.idle), megas(own.idle), ratio(own.idle, proxy.idle), "< 40 MB", verdict(own.idle < 40<<20))
	t.row(fmt.Sprintf("resident memory, %d streams", streams), "", megas(proxy.laden), megas(own.laden), ratio(own.laden, proxy.laden),
		"< 150 MB", verdict(own.laden < 150<<20))
	t.row(fmt.Sprintf("processor time of a delta, %d streams", streams), "", micros(proxy.processor), micros(own.processor),
		ratio(own.processor, proxy.processor), "", "")
}

// longReplies prints the cost of a token at several places of a long reply, and each against the first.
func (b *bench) longReplies(t table, pages bool) {
	reader := "program"
	if pages {
		reader = "page"
	}
	var first time.Duration
	for i, at := range b.tokens {
		cost := b.longReply(pages, at)
		target, met := "", ""
		if i == 0 {
			first = cost
		} else {
			target, met = fmt.Sprintf("flat: %s of the first", ratio(cost, first)), verdict(cost <= first*3/2)
		}
		t.row(fmt.Sprintf("processor time of a token, %s: at the %d.", reader, at), "", "", micros(cost), "", target, met)
	}
}
